//! How fast a large table is on screen: makes one of so many rows and columns
//! in a folder, then prints how long pages, sorting, filters, search and a
//! profile take, on the clock and of all threads, and how much memory the
//! process came to need.
//!
//! `table_scale FOLDER ROWS COLUMNS`

mod process;

use polars::prelude::{
    Column, DataFrame, Float64Chunked, Int64Chunked, IntoColumn, KeyValueMetadata, NamedFrom,
    NewChunkedArray, ParquetWriter, Series, StringChunked, TimeUnit,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_datasets::{Cells, Table, View};
use retort_domain::{
    CellCondition, ColumnFilter, ColumnKind, Dataset, DatasetId, RangeEnd, SearchDirection, TableQuery,
    TableSort, TextOperator,
};
use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::Instant;

const ROWS_A_GROUP: usize = 250_000;
const N_PAGES: usize = 300;
const ROWS_A_PAGE: u32 = 200;
const CITIES: [&str; 8] =
    ["Graz", "Wien", "Linz", "Salzburg", "Innsbruck", "Bregenz", "Eisenstadt", "Klagenfurt"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(rows), Some(columns)) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: table_scale FOLDER ROWS COLUMNS".into());
    };
    let (folder, n_rows, n_columns) = (Path::new(&folder), rows.parse::<usize>()?, columns.parse::<usize>()?);
    let dataset = made(folder, n_rows, n_columns)?;
    println!("{n_rows} rows x {n_columns} columns");
    told("made");

    let always = || true;
    let cells = timed("cells written", || Cells::open(folder, &dataset.id, &always))?;
    told("written");
    timed("cells opened", || Cells::open(folder, &dataset.id, &always))?;
    let whole = View::whole(&cells);
    timed("summaries of all rows", || cells.summaries(&dataset, &whole, None, &always))?;
    pages("pages in the file's order", &cells, &dataset, &whole)?;

    let by = |column: usize, descending| TableSort { column: name(column), descending };
    let sorts = [
        ("sort by numbers", vec![by(0, false)]),
        ("sort by categories", vec![by(2, false)]),
        ("sort by dates, newest first", vec![by(3, true)]),
        ("sort by texts", vec![by(4, false)]),
        ("sort by categories and numbers", vec![by(2, false), by(0, true)]),
    ];
    let mut sorted = whole.clone();
    for (what, sort) in sorts {
        let query = TableQuery { sort, ..TableQuery::default() };
        sorted = timed(what, || first_page(&cells, &dataset, &query))?;
    }
    pages("pages of a sorted table", &cells, &dataset, &sorted)?;

    let filter = |column: usize, condition| ColumnFilter { column: name(column), condition };
    let text = |text: &str| CellCondition::Text { operator: TextOperator::Contains, text: text.to_owned() };
    let range = CellCondition::Range {
        from: Some(RangeEnd { value: 100.0, inclusive: true }),
        to: Some(RangeEnd { value: 200.0, inclusive: false }),
        keep_missing: false,
    };
    let filters = [
        ("filter numbers by range", vec![filter(0, range.clone())]),
        ("filter categories by text", vec![filter(2, text("wien"))]),
        ("filter texts by text", vec![filter(4, text("ff"))]),
        ("filter numbers by text", vec![filter(0, text("99"))]),
        ("two filters", vec![filter(0, range), filter(2, text("i"))]),
    ];
    let mut filtered = whole.clone();
    for (what, filters) in filters {
        let query = TableQuery { filters, ..TableQuery::default() };
        filtered = timed(what, || first_page(&cells, &dataset, &query))?;
    }
    timed("summaries of the filtered rows", || cells.summaries(&dataset, &filtered, None, &always))?;
    pages("pages of a filtered table", &cells, &dataset, &filtered)?;
    for (what, sought) in [
        ("search for a word that is nowhere", "nowhere"),
        ("search for digits that are nowhere", "0000000000"),
    ] {
        timed(what, || cells.find(&dataset, &whole, sought, None, SearchDirection::Next, &always))?;
    }
    let query = TableQuery { search: Some("wien".to_owned()), ..TableQuery::default() };
    timed("rows with a word", || first_page(&cells, &dataset, &query))?;
    told("before the profile");
    let target = name(0);
    timed("profile", || Table::open(folder, &dataset.id)?.profile(&dataset, Some(&target), &|_| true))?;
    told("at the end");
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let (start, before) = (Instant::now(), process::cpu_secs());
    let result = work();
    let wall = start.elapsed().as_secs_f64() * 1e3;
    println!("{what}: {wall:.0} ms, {:.0} ms of all threads", (process::cpu_secs() - before) * 1e3);
    result
}

fn first_page(cells: &Cells, dataset: &Dataset, query: &TableQuery) -> Result<View, Box<dyn Error>> {
    let view = cells.view(dataset, query, &|| true)?;
    cells.page(dataset, &view, 0, ROWS_A_PAGE.min(view.counts().n_matching), None)?;
    Ok(view)
}

fn pages(what: &str, cells: &Cells, dataset: &Dataset, view: &View) -> Result<(), Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut millis = Vec::with_capacity(N_PAGES);
    for _ in 0..N_PAGES {
        let offset = random.next_u32() % view.counts().n_matching.max(1);
        let start = Instant::now();
        let page = cells.page(dataset, view, offset, ROWS_A_PAGE, None)?;
        let bytes = page.to_bytes();
        millis.push(start.elapsed().as_secs_f64() * 1e3);
        assert!(!bytes.is_empty());
    }
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis[((N_PAGES - 1) as f64 * share) as usize];
    println!("{what}: p50 {:.1} ms, p95 {:.1} ms, worst {:.1} ms", at(0.5), at(0.95), at(1.0));
    Ok(())
}

/// Prints the most memory that the process has had, where the system says it.
fn told(when: &str) {
    println!("{when}: {}", process::peak());
}

fn name(column: usize) -> String {
    format!("column_{column}")
}

fn kind(column: usize) -> ColumnKind {
    match column % 8 {
        2 => ColumnKind::Category,
        3 => ColumnKind::Datetime,
        4 => ColumnKind::Text,
        _ => ColumnKind::Numeric,
    }
}

/// About how many of a column's values differ, as an import would say.
fn distinct(column: usize, n_rows: usize) -> u32 {
    let most = match kind(column) {
        ColumnKind::Category => CITIES.len(),
        ColumnKind::Datetime => 1_700_000_000,
        _ if column % 8 == 1 => 1_000_000,
        _ => n_rows,
    };
    most.min(n_rows) as u32
}

/// Writes a table group by group, so that making it takes little memory.
fn made(folder: &Path, n_rows: usize, n_columns: usize) -> Result<Dataset, Box<dyn Error>> {
    let id = DatasetId::from(format!("scale{n_rows}x{n_columns}").as_str());
    let path = folder.join(format!("{id}.parquet"));
    if !path.exists() {
        let moment = serde_json::json!({ "moment": {
            "date": "dashes", "time": true, "joiner": " ", "seconds": true, "fraction": 0, "utc": false
        } });
        let formats: Vec<_> = (0..n_columns)
            .map(|c| if kind(c) == ColumnKind::Datetime { moment.clone() } else { serde_json::Value::Null })
            .collect();
        let formats = vec![("retort.formats".to_owned(), serde_json::to_string(&formats)?)];
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let sample = group(&mut random, 1, n_columns)?;
        let mut writer = ParquetWriter::new(File::create(&path)?)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(formats)))
            .batched(sample.schema())?;
        for start in (0..n_rows).step_by(ROWS_A_GROUP) {
            writer.write_batch(&group(&mut random, ROWS_A_GROUP.min(n_rows - start), n_columns)?)?;
        }
        writer.finish()?;
    }
    let columns = (0..n_columns)
        .map(|c| retort_domain::Column {
            name: name(c),
            kind: kind(c),
            missing: 0,
            distinct: distinct(c, n_rows),
            excluded_because: None,
        })
        .collect();
    Ok(Dataset {
        id,
        name: "scale".to_owned(),
        source_file: "scale.parquet".to_owned(),
        source_bytes: 0.0,
        sheet: None,
        n_rows: u32::try_from(n_rows)?,
        columns,
        warnings: Vec::new(),
        imported_at: 0.0,
        default_target: None,
        described_by_hand: false,
        kinds_by_hand: Vec::new(),
        is_sample: false,
        attribution: None,
        notes: String::new(),
        tags: Vec::new(),
        source: None,
        first_version: None,
        version: 1,
    })
}

fn group(random: &mut ChaCha8Rng, n: usize, n_columns: usize) -> Result<DataFrame, Box<dyn Error>> {
    let columns: Vec<Column> = (0..n_columns)
        .map(|c| {
            let name = name(c).into();
            let mut next = || random.next_u32();
            match kind(c) {
                ColumnKind::Category => {
                    let cells = (0..n).map(|_| CITIES.get(next() as usize % 9).copied());
                    StringChunked::from_iter_options(name, cells.collect::<Vec<_>>().into_iter())
                        .into_column()
                }
                ColumnKind::Datetime => {
                    let values: Vec<Option<i64>> =
                        (0..n).map(|_| Some(i64::from(next() % 1_700_000_000) * 1_000_000)).collect();
                    Int64Chunked::from_slice_options(name, &values)
                        .into_datetime(TimeUnit::Microseconds, None)
                        .into_column()
                }
                ColumnKind::Text => {
                    let cells: Vec<String> = (0..n).map(|_| format!("T{:07x}", next() >> 4)).collect();
                    Series::new(name, cells).into_column()
                }
                _ if c % 8 == 1 => {
                    let values: Vec<Option<f64>> =
                        (0..n).map(|_| Some(f64::from(next() % 1_000_000))).collect();
                    Float64Chunked::from_slice_options(name, &values).into_column()
                }
                _ => {
                    let values: Vec<Option<f64>> = (0..n)
                        .map(|_| next())
                        .map(|x| (x % 50 != 0).then(|| f64::from(x) / 4_294_967.0))
                        .collect();
                    Float64Chunked::from_slice_options(name, &values).into_column()
                }
            }
        })
        .collect();
    Ok(DataFrame::new(n, columns)?)
}
