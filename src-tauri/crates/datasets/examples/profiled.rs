//! Prints what a profile says of a file: `profiled FILE [TARGET]`, where no
//! target means each column in turn; or how long one takes on a table made on
//! the spot: `profiled ROWS COLUMNS`.

use polars::prelude::{DataFrame, Float64Chunked, IntoColumn, NewChunkedArray, ParquetWriter, StringChunked};
use retort_datasets::{ImportOptions, Table, import};
use retort_domain::Dataset;
use std::{error::Error, fmt::Write as _, path::Path, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = tempfile::tempdir()?;
    let (first, second) = (arguments.first().ok_or("name a file")?, arguments.get(1));
    if let (Ok(rows), Some(columns)) = (first.parse::<u32>(), second) {
        let file = folder.path().join("made.parquet");
        made(&file, rows, columns.parse()?)?;
        let (dataset, table) = read(&file, folder.path())?;
        let started = Instant::now();
        let profile = table.profile(&dataset, Some("y"), &|_| true)?;
        let took = started.elapsed().as_secs_f64();
        println!("{} rows x {} columns: {took:.2} s", profile.n_rows, profile.columns.len());
        profile.warnings.iter().for_each(|w| println!("  {:?} {:?}: {}", w.kind, w.columns, w.message));
        return Ok(());
    }
    let (dataset, table) = read(Path::new(first), folder.path())?;
    let targets: Vec<String> = match second {
        Some(target) => vec![target.clone()],
        None => dataset.columns.iter().map(|c| c.name.clone()).collect(),
    };
    for target in targets {
        let profile = table.profile(&dataset, Some(&target), &|_| true)?;
        println!("{} · {target}", dataset.name);
        let mut associations = String::new();
        for column in &profile.columns {
            if let Some(association) = column.association {
                write!(associations, " {} {association:.3}", column.name)?;
            }
        }
        println!("  associations:{associations}");
        for w in &profile.warnings {
            println!("  {:?} {:?}: {} {:?}", w.kind, w.columns, w.message, w.figures);
        }
    }
    Ok(())
}

fn read(file: &Path, folder: &Path) -> Result<(Dataset, Table), Box<dyn Error>> {
    let tables = folder.join("tables");
    let dataset = import(file, &ImportOptions::default(), &tables, 0.0, &|_| true)?.dataset;
    Ok((dataset.clone(), Table::open(&tables, &dataset.id)?))
}

/// Numbers, and every fifth column names; `y` follows the first two.
fn made(file: &Path, rows: u32, columns: u32) -> Result<(), Box<dyn Error>> {
    let mut state = 7_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let n = rows as usize;
    let mut made = Vec::new();
    for c in 0..columns.saturating_sub(1) {
        let name = format!("c{c}").into();
        made.push(if c % 5 == 4 {
            let names: Vec<String> = (0..30).map(|i| format!("name{i}")).collect();
            let cells: Vec<&str> = (0..n).map(|_| names[(next() * 30.0) as usize].as_str()).collect();
            StringChunked::from_slice(name, &cells).into_column()
        } else {
            let cells: Vec<f64> = (0..n).map(|_| (next() * 1e5).round() / 1e3).collect();
            Float64Chunked::from_vec(name, cells).into_column()
        });
    }
    let (a, b) = (made[0].f64()?, made[1].f64()?);
    let y: Vec<f64> = a
        .iter()
        .zip(b.iter())
        .map(|(a, b)| 3.0 * a.unwrap_or(0.0) + b.unwrap_or(0.0) + 100.0 * next())
        .collect();
    made.push(Float64Chunked::from_vec("y".into(), y).into_column());
    ParquetWriter::new(std::fs::File::create(file)?).finish(&mut DataFrame::new(n, made)?)?;
    Ok(())
}
