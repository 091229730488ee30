import { describe, expect, it } from "vitest";
import { dataset } from "../test/examples";
import { exportName, refusalOf } from "./export-kinds";

describe("exports", () => {
  it("suggest a file name that every system takes", () => {
    expect(exportName(dataset, "csv_typed")).toBe("Flowers.csv");
    expect(exportName({ ...dataset, name: "prices 1/2: \"May\"\t?" }, "xlsx")).toBe("prices 1 2 May.xlsx");
    expect(exportName({ ...dataset, name: "..." }, "parquet")).toBe("table.parquet");
  });

  it("do not offer a sheet more rows than it holds", () => {
    expect(refusalOf("xlsx", { ...dataset, n_rows: 1_048_575 })).toBeNull();
    expect(refusalOf("xlsx", { ...dataset, n_rows: 1_048_576 })).toBe("It has more rows than a sheet holds");
    expect(refusalOf("parquet", { ...dataset, n_rows: 10_000_000 })).toBeNull();
  });
});
