import { expect, it } from "vitest";
import { encodedPage } from "../test/tables";
import { decodeTablePage } from "./table-page";

function cellsOf(bytes: ArrayBuffer, nColumns: number) {
  const page = decodeTablePage(bytes);
  return Array.from({ length: page.length }, (_, row) =>
    Array.from({ length: nColumns }, (_, column) => page.cell(row, column)),
  );
}

it("reads cells back, missing ones and letters beyond ASCII among them", () => {
  const rows = [
    ["aé😀", null],
    ["", "x"],
  ];
  const bytes = encodedPage({ offset: 7, n_rows: 100, n_matching: 9, row_numbers: [40, 3], rows });
  const page = decodeTablePage(bytes);
  expect([page.offset, page.nRows, page.nMatching, page.length]).toEqual([7, 100, 9, 2]);
  expect([page.numberOf(0), page.numberOf(1)]).toEqual([40, 3]);
  expect(cellsOf(bytes, 2)).toEqual(rows);
});

it("reads a page without rows", () => {
  const bytes = encodedPage({ offset: 0, n_rows: 5, n_matching: 0, row_numbers: [], rows: [] });
  expect(decodeTablePage(bytes)).toMatchObject({ length: 0, nRows: 5, nMatching: 0 });
  expect(cellsOf(bytes, 2)).toEqual([]);
});

it("keeps a mark of byte order that a cell begins with", () => {
  const bytes = encodedPage({ offset: 0, n_rows: 1, n_matching: 1, row_numbers: [0], rows: [["\uFEFFa"]] });
  expect(cellsOf(bytes, 1)).toEqual([["\uFEFFa"]]);
});

it("reads a large page cell by cell as it was written", () => {
  const rows = Array.from({ length: 200 }, (_, row) =>
    Array.from({ length: 64 }, (_, column) => (column % 7 === 3 ? null : `${row}ß${column}`)),
  );
  const bytes = encodedPage({ offset: 0, n_rows: 200, n_matching: 200, row_numbers: rows.map((_, row) => row), rows });
  expect(cellsOf(bytes, 64)).toEqual(rows);
});
