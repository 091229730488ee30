//! Imports a file so many times and prints what each time took:
//! `imported FILE [TIMES]`. Seconds on the clock and of all threads, and the
//! most memory that the process came to need, where the system says so.

use retort_datasets::{ImportOptions, import};
use std::{error::Error, path::PathBuf, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("usage: imported FILE [TIMES]")?);
    let times: u32 = arguments.next().map_or(Ok(1), |n| n.to_string_lossy().parse())?;
    for _ in 0..times {
        let tables = tempfile::tempdir()?;
        let (start, before) = (Instant::now(), cpu_ticks());
        let dataset = import(&path, &ImportOptions::default(), tables.path(), 0.0, &|_| true)?.dataset;
        let (wall, ticks) = (start.elapsed().as_secs_f64(), cpu_ticks() - before);
        let kept: u64 =
            std::fs::read_dir(tables.path())?.flatten().flat_map(|f| f.metadata()).map(|m| m.len()).sum();
        println!(
            "{} x {}: {wall:.2} s, {:.2} s of all threads, {:.0} MB kept, {}",
            dataset.n_rows,
            dataset.columns.len(),
            // Linux counts a hundred a second.
            ticks as f64 / 100.0,
            kept as f64 / 1e6,
            most_memory()
        );
    }
    Ok(())
}

fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("memory unknown").to_owned()
}

fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit_once(')').map_or("", |s| s.1);
    behind_name.split_whitespace().skip(11).take(2).flat_map(str::parse::<u64>).sum()
}
