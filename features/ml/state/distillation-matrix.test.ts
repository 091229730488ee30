import { describe, expect, it } from "vitest";
import { comparison, network, result } from "../test/distillations";
import { matrixOf } from "./distillation-matrix";

const both = [comparison(), comparison({ platform: "tensorflow" })];

describe("teachers by students", () => {
  it("is no table while teachers are of one platform", () => {
    expect(matrixOf([result({ students: both })])).toEqual([]);
  });

  it("has a cell for each pair that was run, of the answer at hand first", () => {
    const here = result({ job_id: "here", students: both });
    const older = result({ job_id: "older", students: [comparison({ sentence: "older" })] });
    const other = result({ job_id: "other", teacher: network({ platforms: ["tensorflow"] }), students: [comparison()] });
    const cells = matrixOf([here, older, other]);
    expect(cells.map(({ teacher, student }) => `${teacher} ${student}`)).toEqual([
      "pytorch pytorch",
      "pytorch tensorflow",
      "tensorflow pytorch",
    ]);
    expect(cells[0]?.comparison.sentence).not.toBe("older");
  });

  it("leaves out ensembles of both platforms", () => {
    const mixed = result({ teacher: network({ platforms: ["pytorch", "tensorflow"] }) });
    expect(matrixOf([mixed, result({ teacher: network({ platforms: ["tensorflow"] }) })])).toEqual([]);
  });
});
