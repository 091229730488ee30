//! What it takes to import a large file: `import_scale write FILE ROWS COLUMNS`
//! writes a CSV file of numbers, whole numbers, categories, dates and texts;
//! `import_scale FILE FOLDER` imports a file into a folder and prints how long
//! the first rows, understanding and importing take, on the clock and of all
//! threads, and how much memory the process came to need.

mod process;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_datasets::{ImportOptions, glance, import};
use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

const CITIES: [&str; 8] =
    ["Graz", "Wien", "Linz", "Salzburg", "Innsbruck", "Bregenz", "Eisenstadt", "Klagenfurt"];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", file, rows, columns] => write(Path::new(file), rows.parse()?, columns.parse()?),
        [file, folder] => read(&PathBuf::from(file), &PathBuf::from(folder)),
        _ => Err("usage: import_scale write FILE ROWS COLUMNS, or import_scale FILE FOLDER".into()),
    }
}

fn write(file: &Path, n_rows: u64, n_columns: usize) -> Result<(), Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let names: Vec<String> = (0..n_columns).map(|c| format!("column_{c}")).collect();
    writeln!(out, "{}", names.join(","))?;
    for row in 0..n_rows {
        for c in 0..n_columns {
            if c > 0 {
                out.write_all(b",")?;
            }
            let drawn = random.next_u32();
            match c % 10 {
                4 => write!(out, "{}", CITIES[drawn as usize % CITIES.len()])?,
                5 => write!(out, "{}-{:02}-{:02}", 2000 + drawn % 25, drawn % 12 + 1, drawn % 28 + 1)?,
                6 if c == 6 => write!(out, "T{row:08}-{:04x}", drawn % 65_536)?,
                7 => write!(out, "{}", drawn % 1000)?,
                8 => write!(out, "{}", drawn % 1_000_000)?,
                _ if drawn.is_multiple_of(50) => {}
                _ => write!(out, "{}.{:04}", drawn % 100_000, drawn % 10_000)?,
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()?;
    println!("{} bytes", file.metadata()?.len());
    Ok(())
}

fn read(file: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let options = ImportOptions::default();
    let (start, before) = (Instant::now(), process::cpu_secs());
    let first = glance(file, &options)?;
    told(if first.is_some() { "first rows" } else { "no first rows" }, start, before);
    let (start, before) = (Instant::now(), process::cpu_secs());
    let imported = import(file, &options, folder, 0.0, &|_| true)?;
    told("imported", start, before);
    let dataset = imported.dataset;
    println!("{}: {} rows, {} columns", dataset.id, dataset.n_rows, dataset.columns.len());
    Ok(())
}

fn told(what: &str, start: Instant, before: f64) {
    let wall = start.elapsed().as_secs_f64();
    let (cpu, peak) = (process::cpu_secs() - before, process::peak());
    println!("{what}: {wall:.2} s, {cpu:.2} s of all threads, {peak}");
}
