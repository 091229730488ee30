/** Pages of a table as the core sends them: bytes, laid out as its `TablePage::to_bytes` says. */

/** Some rows of those that a query shows, and some columns of them. */
export interface PageCells {
  /** Place of the first row here among the rows shown, from 0. */
  offset: number;
  /** Rows of the whole table. */
  nRows: number;
  /** Rows that the query shows. */
  nMatching: number;
  /** Rows here. */
  length: number;
  /** Columns here. */
  nColumns: number;
  /** Number of a row in the dataset, from 0; by its place here. */
  numberOf: (row: number) => number;
  /** By the row's place here and the column's among those asked for; null where a value is missing. */
  cell: (row: number, column: number) => string | null;
}

const MISSING_CELL = 0xffff_ffff;
const N_HEADER_WORDS = 5;

/**
 * The page that these bytes hold. One decoding of text and one addition a cell;
 * a cell's own text is cut out when it is drawn, as most never are.
 */
export function decodeTablePage(bytes: ArrayBuffer): PageCells {
  const [offset = 0, nRows = 0, nMatching = 0, length = 0, nColumns = 0] = new Uint32Array(bytes, 0, N_HEADER_WORDS);
  const nCells = length * nColumns;
  const words = new Uint32Array(bytes, 0, N_HEADER_WORDS + length + nCells);
  const lengthsAt = N_HEADER_WORDS + length;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes, words.byteLength));
  const ends = new Uint32Array(nCells);
  let end = 0;
  for (let cell = 0; cell < nCells; cell += 1) {
    const units = words[lengthsAt + cell] ?? 0;
    if (units !== MISSING_CELL) end += units;
    ends[cell] = end;
  }
  return {
    offset,
    nRows,
    nMatching,
    length,
    nColumns,
    numberOf: (row) => words[N_HEADER_WORDS + row] ?? 0,
    cell: (row, column) => {
      const index = row * nColumns + column;
      const units = words[lengthsAt + index];
      const last = ends[index];
      if (units === undefined || last === undefined || units === MISSING_CELL) return null;
      return text.slice(last - units, last);
    },
  };
}
