/** Pages of a table as the core sends them: bytes, laid out as its `TablePage::to_bytes` says. */
import type { TablePage } from "./bindings";

const MISSING_CELL = 0xffff_ffff;
const N_HEADER_WORDS = 5;

/** The page that these bytes hold. */
export function decodeTablePage(bytes: ArrayBuffer): TablePage {
  const view = new DataView(bytes);
  const word = (index: number) => view.getUint32(index * 4, true);
  const [nRows, nColumns] = [word(3), word(4)];
  const lengthsAt = N_HEADER_WORDS + nRows;
  const textAt = lengthsAt + nRows * nColumns;
  // One decoding for all cells: as many calls as cells would take longer than all else.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes, textAt * 4));
  let start = 0;
  const cell = (index: number): string | null => {
    const length = word(lengthsAt + index);
    if (length === MISSING_CELL) return null;
    start += length;
    return text.slice(start - length, start);
  };
  return {
    offset: word(0),
    n_rows: word(1),
    n_matching: word(2),
    row_numbers: Array.from({ length: nRows }, (_, row) => word(N_HEADER_WORDS + row)),
    rows: Array.from({ length: nRows }, (_, row) =>
      Array.from({ length: nColumns }, (_, column) => cell(row * nColumns + column)),
    ),
  };
}
