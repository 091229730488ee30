import { expect, it } from "vitest";
import { decodeTablePage } from "./table-page";

/** As `TablePage::to_bytes` of the core writes it. */
function encoded(words: number[], text: string): ArrayBuffer {
  const tail = new TextEncoder().encode(text);
  const bytes = new Uint8Array(words.length * 4 + tail.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(index * 4, word, true));
  bytes.set(tail, words.length * 4);
  return bytes.buffer;
}

it("reads cells of any script, missing ones and empty ones", () => {
  const bytes = encoded([7, 100, 9, 2, 2, 40, 3, 4, 0xffff_ffff, 0, 1], "aé😀x");
  expect(decodeTablePage(bytes)).toEqual({
    offset: 7,
    n_rows: 100,
    n_matching: 9,
    row_numbers: [40, 3],
    rows: [
      ["aé😀", null],
      ["", "x"],
    ],
  });
});

it("reads a page without rows", () => {
  const page = decodeTablePage(encoded([0, 5, 0, 0, 0], ""));
  expect(page).toEqual({ offset: 0, n_rows: 5, n_matching: 0, row_numbers: [], rows: [] });
});

it("keeps a byte order mark that is part of a cell", () => {
  expect(decodeTablePage(encoded([0, 1, 1, 1, 1, 0, 2], "\uFEFFa")).rows).toEqual([["\uFEFFa"]]);
});
