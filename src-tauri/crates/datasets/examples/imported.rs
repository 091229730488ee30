//! Imports a file so many times and prints what each time took:
//! `imported FILE [TIMES]`. Seconds on the clock and of all threads, and the
//! most memory that the process came to need, where the system says so.

mod process;

use retort_datasets::{ImportOptions, import};
use std::{error::Error, path::PathBuf, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("usage: imported FILE [TIMES]")?);
    let times: u32 = arguments.next().map_or(Ok(1), |n| n.to_string_lossy().parse())?;
    for _ in 0..times {
        let tables = tempfile::tempdir()?;
        let (start, before) = (Instant::now(), process::cpu_secs());
        let dataset = import(&path, &ImportOptions::default(), tables.path(), 0.0, &|_| true)?.dataset;
        let (wall, cpu) = (start.elapsed().as_secs_f64(), process::cpu_secs() - before);
        let kept: u64 =
            std::fs::read_dir(tables.path())?.flatten().flat_map(|f| f.metadata()).map(|m| m.len()).sum();
        println!(
            "{} x {}: {wall:.2} s, {:.2} s of all threads, {:.0} MB kept, {}",
            dataset.n_rows,
            dataset.columns.len(),
            cpu,
            kept as f64 / 1e6,
            process::peak()
        );
    }
    Ok(())
}
