"""Reads the tables of `import_speed` with its peers, and writes those tables.

`import_peer.py write DIR` writes a million rows of 20 columns (numbers, whole
numbers, categories, dates, some cells missing) as English and as German CSV,
and 200,000 of them as a workbook. `import_peer.py read FILE PEER REPEATS`
prints one line of JSON: the seconds that each reading took.
"""

import json
import pathlib
import sys
import time

import numpy as np

ROWS = 1_000_000
SHEET_ROWS = 200_000
CITIES = ["Köln", "Graz", "Lyon", "Torino", "Malmö", "Århus", "Genève", "Porto"]
STATES = ["new", "open", "paid", "late", "closed"]


def frame(n_rows):
    import pandas as pd

    rng = np.random.default_rng(7)
    columns = {"key": np.arange(1, n_rows + 1) * 7 + 100_000}
    for i in range(8):
        values = np.round(rng.normal(100 * 3**i, 40 * 2**i, n_rows), i % 4 + 1)
        columns[f"measure_{i}"] = np.where(rng.random(n_rows) < 0.02, np.nan, values)
    for i in range(4):
        columns[f"count_{i}"] = rng.integers(0, 10 ** (i + 1), n_rows)
    columns["city"] = np.array(CITIES)[rng.integers(0, len(CITIES), n_rows)]
    columns["state"] = np.array(STATES)[rng.integers(0, len(STATES), n_rows)]
    columns["grade"] = np.array(list("ABCDEF"))[rng.integers(0, 6, n_rows)]
    columns["branch"] = np.array([f"branch {i:02}" for i in range(60)])[rng.integers(0, 60, n_rows)]
    start = np.datetime64("2015-01-01")
    columns["ordered"] = pd.to_datetime(start + rng.integers(0, 3650, n_rows))
    columns["shipped"] = pd.to_datetime(start + rng.integers(0, 3650, n_rows))
    columns["express"] = np.array(["no", "yes"])[rng.integers(0, 2, n_rows)]
    return pd.DataFrame(columns)


def write(folder):
    import openpyxl

    folder.mkdir(parents=True, exist_ok=True)
    table = frame(ROWS)
    table.to_csv(folder / "english.csv", index=False, date_format="%Y-%m-%d")
    table.to_csv(folder / "german.csv", index=False, sep=";", decimal=",", date_format="%d.%m.%Y")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    table = table.head(SHEET_ROWS)
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append([None if cell != cell else cell for cell in row])
    book.save(folder / "orders.xlsx")


def schema(german):
    import polars as pl

    dates = pl.String if german else pl.Date
    kinds = {"key": pl.Int64}
    kinds |= {f"measure_{i}": pl.Float64 for i in range(8)}
    kinds |= {f"count_{i}": pl.Int64 for i in range(4)}
    kinds |= {name: pl.String for name in ("city", "state", "grade", "branch")}
    return kinds | {"ordered": dates, "shipped": dates, "express": pl.String}


def with_polars(path):
    import polars as pl

    german = path.stem == "german"
    separator = ";" if german else ","
    table = pl.read_csv(path, separator=separator, decimal_comma=german, schema=schema(german))
    if german:
        table = table.with_columns(pl.col("ordered", "shipped").str.to_date("%d.%m.%Y"))
    return table.height


def with_pandas(path):
    import pandas as pd

    if path.stem == "german":
        dates = {"parse_dates": ["ordered", "shipped"], "date_format": "%d.%m.%Y"}
        return len(pd.read_csv(path, sep=";", decimal=",", **dates))
    return len(pd.read_csv(path, parse_dates=["ordered", "shipped"], date_format="%Y-%m-%d"))


def with_calamine(path):
    import python_calamine

    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return len(rows) - 1


def with_openpyxl(path):
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return sum(1 for _ in book.active.iter_rows(values_only=True)) - 1


PEERS = {
    "polars": with_polars,
    "pandas": with_pandas,
    "python-calamine": with_calamine,
    "openpyxl": with_openpyxl,
}


def read(path, peer, repeats):
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        rows = PEERS[peer](path)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"peer": peer, "rows": rows, "seconds": seconds}))


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(pathlib.Path(sys.argv[2]))
    else:
        read(pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
