"""Reads the corpus of polluted tables with the readers that people know.

`RETORT_POLLUTION_DIR=DIR cargo test -p retort-datasets --test pollution -- --ignored`
writes the corpus with what Retort reads of it; `pollution_peers.py DIR` then
scores all readers alike, as the benchmark Pollock does: a point for a table at
all, and precision, recall and F1 of the header, of the records and of the
cells. It ends with status 1 where a peer does better than Retort.
"""

import collections
import csv
import datetime
import json
import pathlib
import sys
import warnings

import clevercsv
import clevercsv.encoding
import duckdb
import polars

warnings.simplefilter("ignore")


def shares(got, truth):
    got, truth = collections.Counter(got), collections.Counter(truth)
    n_got, n_truth = got.total(), truth.total()
    if n_got == 0 and n_truth == 0:
        return [1.0, 1.0, 1.0]
    hits = (got & truth).total()
    precision = hits / n_got if n_got else 0.0
    recall = hits / n_truth if n_truth else 0.0
    return [precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0]


def score(table, truth):
    if table is None:
        return 0.0
    (header, rows), (true_header, true_rows) = table, truth
    cells = lambda rows: (cell for row in rows for cell in row)
    return 1.0 + sum(
        shares(header, true_header)
        + shares(map(tuple, rows), map(tuple, true_rows))
        + shares(cells(rows), cells(true_rows))
    )


def shown(cell):
    """A cell's text, as Retort shows values."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    if isinstance(cell, (datetime.date, datetime.datetime)):
        return cell.isoformat()
    return str(cell)


def split(rows, has_header):
    return (rows[0], rows[1:]) if has_header and rows else ([], rows)


def with_clevercsv(path, typed):
    with open(path, newline="", encoding=clevercsv.encoding.get_encoding(path)) as file:
        text = file.read()
    detector = clevercsv.Detector()
    dialect = detector.detect(text)
    rows = list(clevercsv.reader(text.splitlines(keepends=True), dialect))
    return split(rows, detector.has_header(text))


def with_sniffer(path, typed):
    with open(path, newline="", encoding="utf-8") as file:
        text = file.read()
    # As Python's manual does it.
    sniffer, start = csv.Sniffer(), text[:1024]
    rows = list(csv.reader(text.splitlines(keepends=True), sniffer.sniff(start)))
    return split(rows, sniffer.has_header(start))


def with_duckdb(path, typed):
    has_header = duckdb.sql(f"select HasHeader from sniff_csv('{path}')").fetchall()[0][0]
    table = duckdb.read_csv(str(path), all_varchar=not typed)
    rows = [[shown(cell) for cell in row] for row in table.fetchall()]
    return (table.columns if has_header else [], rows)


def with_polars(path, typed):
    table = polars.read_csv(path, infer_schema=typed, try_parse_dates=typed)
    return (table.columns, [[shown(cell) for cell in row] for row in table.rows()])


PEERS = {
    "CleverCSV": with_clevercsv,
    "csv.Sniffer": with_sniffer,
    "DuckDB": with_duckdb,
    "polars": with_polars,
}


def read(peer, path, typed):
    try:
        return PEERS[peer](path, typed)
    except Exception:  # Whatever a reader says of a file that it cannot read.
        return None


def main(folder):
    sums, behind, n_kinds = collections.Counter(), [], 0
    names = ["Retort", *PEERS]
    print("  ".join(f"{name:>11}" for name in names), " kind")
    for described in sorted(folder.glob("*.json")):
        case = json.loads(described.read_text(encoding="utf-8"))
        truth = (case["header"], case["rows"])
        scores = {"Retort": score(case["retort"], truth)}
        for peer in PEERS:
            scores[peer] = score(read(peer, folder / case["file"], case["typed"]), truth)
        sums.update(scores)
        n_kinds += 1
        best = max(scores[peer] for peer in PEERS)
        if best > scores["Retort"] + 1e-9:
            behind.append(case["kind"])
        print("  ".join(f"{scores[name]:11.3f}" for name in names), "", case["kind"])
    print("  ".join(f"{sums[name] / n_kinds:11.3f}" for name in names), f" mean of {n_kinds} kinds")
    print("a peer is ahead on:", ", ".join(behind) if behind else "no kind")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
