//! Imports tables in turns with the readers that people know, in one run, and
//! prints the ratios of the best times: `import_speed DIR PYTHON`. DIR and the
//! peers are `tests/bench/import_peer.py`'s. Ours reads the file, understands
//! it, counts, and writes the dataset; theirs read it with the schema given.

use retort_datasets::{ImportOptions, glance, import, understand};
use serde::Deserialize;
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

const ROUNDS: usize = 3;
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/bench/import_peer.py");

#[derive(Deserialize)]
struct Answer {
    rows: u32,
    seconds: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(python)) = (arguments.next(), arguments.next()) else {
        return Err("usage: import_speed DIR PYTHON".into());
    };
    let texts: &[&str] = &["polars", "pandas"];
    for (file, peers) in
        [("english.csv", texts), ("german.csv", texts), ("orders.xlsx", &["python-calamine", "openpyxl"])]
    {
        let path = folder.join(file);
        let (mut ours, mut understood, mut seen) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        let mut theirs = vec![f64::INFINITY; peers.len()];
        for _ in 0..ROUNDS {
            let (rows, seconds) = imported(&path)?;
            ours = ours.min(seconds);
            let start = Instant::now();
            glance(&path, &ImportOptions::default())?;
            seen = seen.min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            understand(&path, &ImportOptions::default(), &std::env::temp_dir(), &|_| true)?;
            understood = understood.min(start.elapsed().as_secs_f64());
            for (peer, best) in peers.iter().zip(&mut theirs) {
                let answer = read_by(&python, &path, peer)?;
                assert_eq!(answer.rows, rows, "{peer} reads other rows");
                *best = answer.seconds.into_iter().fold(*best, f64::min);
            }
        }
        println!(
            "{file}: first rows after {seen:.2} s, understood in {understood:.2} s, imported in {ours:.2} s"
        );
        for (peer, seconds) in peers.iter().zip(theirs) {
            println!("  {peer}: {seconds:.2} s; ours takes {:.2} of it", ours / seconds);
        }
    }
    Ok(())
}

/// Rows of a file, and the seconds that its import took.
fn imported(path: &Path) -> Result<(u32, f64), Box<dyn Error>> {
    let tables = tempfile::tempdir()?;
    let start = Instant::now();
    let imported = import(path, &ImportOptions::default(), tables.path(), 0.0, &|_| true)?;
    Ok((imported.dataset.n_rows, start.elapsed().as_secs_f64()))
}

fn read_by(python: &Path, path: &Path, peer: &str) -> Result<Answer, Box<dyn Error>> {
    let rounds = if peer == "openpyxl" { "1" } else { "2" };
    let output = Command::new(python).arg(PEER).arg("read").arg(path).args([peer, rounds]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
