//! The tables: each figure beside the empty window's, and the bars.

use super::super::report::{Machine, Spread};
use retort_domain::Platform;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write as _;

const MAX_FIRST_PAINT_RATIO: f64 = 1.3;
const MAX_MORE_PRIVATE_MB: f64 = 60.0;
const MAX_FIRST_RUN_SECONDS: f64 = 2.0;
const MAX_SECOND_RUN_SECONDS: f64 = 0.3;

const INTRODUCTION: &str = "\
# Start-up

The release build beside an empty Tauri window: no core, a page with one full stop. First paint counts from the start of
the process to WebKit's first contentful paint. Memory is what the app's own process shares with no other, once the
window is at rest: table and form drawn, runtimes warmed up, next to nothing left to do. A warm start is one on folders
that were used before, samples imported; a first start is on empty ones. Ratios and differences are taken within a
pair of windows opened one after the other. A first run is the first of its process, and its epoch is on screen when
the frame that shows it in the summary has been drawn. The bars are held against medians of warm starts.

";

/// As the windows write it.
#[derive(Deserialize, Serialize)]
pub struct Measurements {
    openings: Vec<Opening>,
    epochs: Vec<FirstEpoch>,
}

#[derive(Deserialize, Serialize)]
struct Opening {
    contender: Contender,
    start: Start,
    /// Openings of one pair stood side by side.
    pair: u32,
    first_paint_ms: f64,
    at_rest_ms: f64,
    private_bytes: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Contender {
    Empty,
    Retort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Start {
    First,
    Warm,
}

#[derive(Deserialize, Serialize)]
struct FirstEpoch {
    platform: Platform,
    pressed: Pressed,
    run: RunInProcess,
    dataset: String,
    milliseconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum Pressed {
    #[serde(rename = "at rest")]
    AtRest,
    #[serde(rename = "at once")]
    AtOnce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum RunInProcess {
    First,
    Second,
}

struct Line {
    what: String,
    unit: &'static str,
    figures: Spread,
    /// The most that it may be; none where it is told for completeness.
    bar: Option<f64>,
}

impl Line {
    fn verdict(&self) -> &'static str {
        match self.bar {
            Some(bar) if self.figures.median <= bar => "met",
            Some(_) => "missed",
            None => "",
        }
    }

    fn markdown(&self) -> String {
        let Self { what, unit, figures: Spread { min, median, max }, bar } = self;
        let bar = bar.map(|bar| format!("{bar}")).unwrap_or_default();
        format!("| {what} | {unit} | {median:.2} | {min:.2} | {max:.2} | {bar} | {} |", self.verdict())
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what, "unit": self.unit, "figures": self.figures.json(),
            "bar": self.bar, "verdict": self.bar.map(|_| self.verdict()),
        })
    }
}

/// What a run of the benchmark came to.
pub struct Report {
    machine: Machine,
    dataset: String,
    lines: Vec<Line>,
}

impl Report {
    /// Sums up the measurements; `None` where some are missing.
    pub fn new(machine: Machine, measurements: &Measurements) -> Option<Self> {
        let mut lines = Vec::new();
        for (start, name) in [(Start::Warm, "warm start"), (Start::First, "first start")] {
            let has_bars = start == Start::Warm;
            let paint = |o: &Opening| o.first_paint_ms / 1e3;
            let memory = |o: &Opening| o.private_bytes / 1e6;
            let openings = &measurements.openings;
            let mut line = |what: &str, unit, figures: Vec<f64>, bar: Option<f64>| {
                let figures = Spread::of(figures)?;
                lines.push(Line { what: format!("{name}: {what}"), unit, figures, bar });
                Some(())
            };
            line(
                "first paint, times the empty window's",
                "×",
                in_pairs(openings, start, |ours, empty| paint(ours) / paint(empty)),
                has_bars.then_some(MAX_FIRST_PAINT_RATIO),
            )?;
            line("first paint", "s", each(openings, Contender::Retort, start, paint), None)?;
            line("first paint, empty window", "s", each(openings, Contender::Empty, start, paint), None)?;
            line(
                "private memory above the empty window's",
                "MB",
                in_pairs(openings, start, |ours, empty| memory(ours) - memory(empty)),
                has_bars.then_some(MAX_MORE_PRIVATE_MB),
            )?;
            line("private memory", "MB", each(openings, Contender::Retort, start, memory), None)?;
            line(
                "private memory, empty window",
                "MB",
                each(openings, Contender::Empty, start, memory),
                None,
            )?;
            let rest = |o: &Opening| o.at_rest_ms / 1e3;
            line("at rest", "s", each(openings, Contender::Retort, start, rest), None)?;
        }
        for pressed in [Pressed::AtRest, Pressed::AtOnce] {
            for run in [RunInProcess::First, RunInProcess::Second] {
                for platform in Platform::ALL {
                    lines.push(epoch_line(&measurements.epochs, pressed, run, platform)?);
                }
            }
        }
        let dataset = measurements.epochs.first()?.dataset.clone();
        Some(Self { machine, dataset, lines })
    }

    /// For people.
    pub fn markdown(&self) -> String {
        let mut text = String::from(INTRODUCTION);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Machine: {}. Trained on: {}.\n", self.machine, self.dataset);
        text.push_str("| what | unit | median | min | max | bar: at most | |\n");
        text.push_str("| --- | --- | ---: | ---: | ---: | ---: | --- |\n");
        for line in &self.lines {
            let _ = writeln!(text, "{}", line.markdown());
        }
        text
    }

    /// For programs, with every single measurement.
    pub fn json(&self, measurements: &Measurements) -> Value {
        json!({
            "machine": self.machine.json(),
            "dataset": self.dataset,
            "figures": self.lines.iter().map(Line::json).collect::<Vec<_>>(),
            "measurements": measurements,
        })
    }
}

fn each(
    openings: &[Opening],
    contender: Contender,
    start: Start,
    figure: impl Fn(&Opening) -> f64,
) -> Vec<f64> {
    openings.iter().filter(|o| o.contender == contender && o.start == start).map(figure).collect()
}

/// Of ours and of the empty window beside it.
fn in_pairs(openings: &[Opening], start: Start, figure: impl Fn(&Opening, &Opening) -> f64) -> Vec<f64> {
    let of =
        |contender: Contender| openings.iter().filter(move |o| o.contender == contender && o.start == start);
    of(Contender::Retort)
        .filter_map(|ours| Some(figure(ours, of(Contender::Empty).find(|empty| empty.pair == ours.pair)?)))
        .collect()
}

fn epoch_line(
    epochs: &[FirstEpoch],
    pressed: Pressed,
    run: RunInProcess,
    platform: Platform,
) -> Option<Line> {
    let measured = epochs.iter().filter(|e| e.platform == platform && e.pressed == pressed && e.run == run);
    let (ordinal, most) = match run {
        RunInProcess::First => ("first", MAX_FIRST_RUN_SECONDS),
        RunInProcess::Second => ("second", MAX_SECOND_RUN_SECONDS),
    };
    let (when, bar) = match pressed {
        Pressed::AtRest => ("", Some(most)),
        Pressed::AtOnce => (", Train pressed as soon as it is there", None),
    };
    Some(Line {
        what: format!("{platform}, {ordinal} run: click to epoch on screen{when}"),
        unit: "s",
        figures: Spread::of(measured.map(|e| e.milliseconds / 1e3))?,
        bar,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(contender: Contender, pair: u32, first_paint_ms: f64) -> Opening {
        Opening { contender, start: Start::Warm, pair, first_paint_ms, at_rest_ms: 0.0, private_bytes: 0.0 }
    }

    #[test]
    fn ratios_are_taken_within_a_pair() {
        let openings = [
            opening(Contender::Empty, 0, 100.0),
            opening(Contender::Retort, 0, 200.0),
            opening(Contender::Retort, 1, 500.0),
            opening(Contender::Empty, 1, 250.0),
            opening(Contender::Retort, 2, 1.0),
        ];
        let ratio = |ours: &Opening, empty: &Opening| ours.first_paint_ms / empty.first_paint_ms;
        assert_eq!(in_pairs(&openings, Start::Warm, ratio), [2.0, 2.0]);
        assert_eq!(in_pairs(&openings, Start::First, ratio), [0.0_f64; 0]);
    }
}
