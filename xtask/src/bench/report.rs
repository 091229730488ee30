//! What both reports have in common.

use crate::layout::Layout;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fmt::{Display, Formatter};
use std::fs;

/// Prints the table and writes it, with what programs read, to
/// `bench-results/NAME.md` and `.json`.
pub fn write_results(layout: &Layout, name: &str, markdown: &str, json: &Value) -> Result<()> {
    println!("{markdown}");
    let folder = layout.root.join("bench-results");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let texts = [("md", markdown.to_owned()), ("json", serde_json::to_string_pretty(json)?)];
    for (extension, text) in texts {
        let file = folder.join(format!("{name}.{extension}"));
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    eprintln!("Written to bench-results/{name}.md and bench-results/{name}.json.");
    Ok(())
}

/// Least, middle and greatest of some figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Least.
    pub min: f64,
    /// Middle.
    pub median: f64,
    /// Greatest.
    pub max: f64,
}

impl Spread {
    /// `None` of nothing.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (&min, &max) = (figures.first()?, figures.last()?);
        let (low, high) = (figures[(figures.len() - 1) / 2], figures[figures.len() / 2]);
        Some(Self { min, median: (low + high) / 2.0, max })
    }

    /// For programs.
    pub fn json(self) -> Value {
        json!({ "min": self.min, "median": self.median, "max": self.max })
    }
}

/// Where it was measured.
pub struct Machine {
    processor: String,
    cores: usize,
    system: String,
    /// Over the last minute, before measuring began; a busy machine measures itself.
    load: Option<f64>,
}

impl Machine {
    /// This one, now.
    pub fn this() -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        let load = fs::read_to_string("/proc/loadavg")
            .ok()
            .and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self {
            processor: processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            system: std::env::consts::OS.to_owned(),
            load,
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let Self { processor, cores, system, load } = self;
        json!({ "processor": processor, "cores": cores, "system": system, "load_before": load })
    }
}

impl Display for Machine {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} cores, {}", self.processor, self.cores, self.system)?;
        match self.load {
            Some(load) => write!(f, ", load {load:.2} before"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_even_and_none() {
        let spread = |figures: &[f64]| Spread::of(figures.to_vec()).map(|s| (s.min, s.median, s.max));
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some((1.0, 2.0, 3.0)));
        assert_eq!(spread(&[4.0, 1.0, 2.0, 3.0]), Some((1.0, 2.5, 4.0)));
        assert_eq!(spread(&[]), None);
    }
}
