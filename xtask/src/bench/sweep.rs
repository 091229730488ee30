//! Trials a minute: our sweeps, grouped and ungrouped, beside Optuna with loops
//! in Python on as many processes as there are cores. In one run, taking turns;
//! the peers train fewer trials of the same kind, as a rate needs no more.

use super::Options;
use super::report::{Machine, Spread, write_results};
use super::training::peers::ensure_environment;
use crate::layout::{Layout, binary};
use crate::process::step;
use crate::setup;
use anyhow::{Context, Result, bail};
use retort_domain::Platform;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EPOCHS: u32 = 20;
const PROCESSES: u32 = 2;

/// A sweep to measure.
struct Scene {
    name: &'static str,
    data: &'static str,
    target: &'static str,
    /// Layouts of the hidden layers.
    hidden: &'static str,
    /// Ours, grouped; ours, one by one; each process of a peer.
    trials: [u32; 3],
    /// Least ratio of grouped to one by one.
    bar_grouped: f64,
}

const SCENES: [Scene; 4] = [
    Scene {
        name: "letter, up to 32 units",
        data: "letter.csv",
        target: "letter",
        hidden: "[[32],[32,32]]",
        trials: [256, 32, 2],
        bar_grouped: 4.0,
    },
    Scene {
        name: "letter, 64 units",
        data: "letter.csv",
        target: "letter",
        hidden: "[[64],[64,64]]",
        trials: [256, 32, 2],
        bar_grouped: 2.0,
    },
    Scene {
        name: "penguins, up to 32 units",
        data: "penguins.csv",
        target: "species",
        hidden: "[[32],[32,32]]",
        trials: [256, 128, 16],
        bar_grouped: 4.0,
    },
    Scene {
        name: "penguins, 64 units",
        data: "penguins.csv",
        target: "species",
        hidden: "[[64],[64,64]]",
        trials: [256, 128, 16],
        bar_grouped: 2.0,
    },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Contender {
    Grouped(Platform),
    Ungrouped(Platform),
    /// The loop, its platform, and how much faster we mean to be.
    Peer(&'static str, Platform, f64),
}

const CONTENDERS: [Contender; 7] = [
    Contender::Grouped(Platform::Pytorch),
    Contender::Ungrouped(Platform::Pytorch),
    Contender::Peer("dataloader", Platform::Pytorch, 10.0),
    Contender::Peer("sliced", Platform::Pytorch, 4.0),
    Contender::Grouped(Platform::Tensorflow),
    Contender::Ungrouped(Platform::Tensorflow),
    Contender::Peer("keras", Platform::Tensorflow, 10.0),
];

impl Contender {
    fn title(self) -> String {
        match self {
            Self::Grouped(platform) => format!("Retort, {platform}"),
            Self::Ungrouped(platform) => format!("Retort, {platform}, one by one"),
            Self::Peer(name, ..) => format!("Optuna, {name}"),
        }
    }

    fn platform(self) -> Platform {
        match self {
            Self::Grouped(platform) | Self::Ungrouped(platform) | Self::Peer(_, platform, _) => platform,
        }
    }
}

/// Measures, prints the table and writes it to `bench-results/sweep.*`.
pub fn run(layout: &Layout, options: &Options) -> Result<()> {
    setup::runtimes(layout)?;
    let python = ensure_environment(layout)?;
    step(
        "build workers and command line (release)",
        layout.cargo().args(["build", "--release", "--workspace", "--exclude", "xtask"]).args([
            "--bin=retort",
            "--bin=retort-worker-pytorch",
            "--bin=retort-worker-tensorflow",
        ]),
    )?;
    let machine = Machine::this();
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let mut lines = Vec::new();
    for scene in &SCENES {
        let prepared = prepare(layout, folder.path(), scene)?;
        let mut rates: Vec<Vec<f64>> = vec![Vec::new(); CONTENDERS.len()];
        for repetition in 0..options.repetitions {
            eprintln!("▸ {}, repetition {} of {}", scene.name, repetition + 1, options.repetitions);
            let mut order: Vec<usize> = (0..CONTENDERS.len()).collect();
            // Forth and back, so that nobody always comes first.
            if repetition % 2 == 1 {
                order.reverse();
            }
            for index in order {
                let contender = CONTENDERS[index];
                let rate = match contender {
                    Contender::Grouped(platform) => ours(layout, folder.path(), scene, platform, None)?,
                    Contender::Ungrouped(platform) => ours(layout, folder.path(), scene, platform, Some(1))?,
                    Contender::Peer(name, ..) => peer(layout, &python, &prepared, scene, name)?,
                };
                eprintln!("  {:<34} {rate:>9.1} trials/min", contender.title());
                rates[index].push(rate);
            }
        }
        lines.extend(table(scene, &rates).context("too few measurements")?);
    }
    let markdown = markdown(&machine, &lines);
    write_results(layout, "sweep", &markdown, &json!({ "machine": machine.json(), "lines": lines }))
}

/// One line a contender: rate, and ours as a ratio to it.
fn table(scene: &Scene, rates: &[Vec<f64>]) -> Option<Vec<Value>> {
    let mut lines = Vec::new();
    for (contender, of_contender) in CONTENDERS.iter().zip(rates) {
        let grouped = CONTENDERS.iter().position(|c| *c == Contender::Grouped(contender.platform()))?;
        let ratios: Vec<f64> =
            rates[grouped].iter().zip(of_contender).map(|(ours, theirs)| ours / theirs).collect();
        let bar = match contender {
            Contender::Grouped(_) => None,
            Contender::Ungrouped(_) => Some(scene.bar_grouped),
            Contender::Peer(_, _, bar) => Some(*bar),
        };
        let (rate, ratio) = (Spread::of(of_contender.clone())?, Spread::of(ratios)?);
        let verdict = bar.map(|bar| if ratio.median >= bar { "met" } else { "missed" });
        lines.push(json!({
            "scene": scene.name, "contender": contender.title(), "trials_per_minute": rate.json(),
            "ours_times_this": ratio.json(), "bar": bar, "verdict": verdict,
        }));
    }
    Some(lines)
}

fn markdown(machine: &Machine, lines: &[Value]) -> String {
    let mut text = String::from(
        "# Sweeps\n\nTrials a minute on both cores, 20 epochs each, batch 64 to 256, validation after every epoch. \
         The ratio is ours, grouped, to the line's, repetition by repetition.\n\n",
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "Machine: {machine}.\n");
    text.push_str("| data, hidden layers | who | trials/min | ours is × | min | max | bar | |\n");
    text.push_str("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |\n");
    for line in lines {
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let number = |value: &Value| value.as_f64().map_or_else(String::new, |v| format!("{v:.2}"));
        let ratio = &line["ours_times_this"];
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {} | {} | {} | {} | {} |",
            word("scene"),
            word("contender"),
            line["trials_per_minute"]["median"].as_f64().unwrap_or_default(),
            number(&ratio["median"]),
            number(&ratio["min"]),
            number(&ratio["max"]),
            number(&line["bar"]),
            word("verdict"),
        );
    }
    text
}

fn retort(layout: &Layout, data_dir: &Path) -> Result<Command> {
    let mut command = Command::new(binary(&layout.target()?.join("release"), "retort"));
    command.arg("--json").arg("--data-dir").arg(data_dir).current_dir(&layout.root).stdin(Stdio::null());
    Ok(command)
}

fn sweep_command(
    layout: &Layout,
    data_dir: &Path,
    scene: &Scene,
    platform: Platform,
    trials: u32,
) -> Result<Command> {
    let space = data_dir.join("space.json");
    fs::write(
        &space,
        format!(
            r#"{{"hidden_layers": {{"choice": {}}}, "batch_size": {{"choice": [64, 128, 256]}},
               "learning_rate": {{"float": [0.0003, 0.03], "log": true}}, "epochs": {EPOCHS}}}"#,
            scene.hidden
        ),
    )?;
    let mut command = retort(layout, data_dir)?;
    command
        .args(["sweep", &format!("data/{}", scene.data), "--target", scene.target, "--sampler", "random"])
        .args(["--platform", platform.key(), "--trials", &trials.to_string(), "--space"])
        .arg(&space);
    Ok(command)
}

fn document(mut command: Command) -> Result<Value> {
    let output = command.output().context("cannot start the command line")?;
    if !output.status.success() {
        bail!("the sweep failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("the sweep printed no document")
}

/// The matrices that the peers train on: ours.
fn prepare(layout: &Layout, folder: &Path, scene: &Scene) -> Result<PathBuf> {
    let data_dir = folder.join(scene.data);
    fs::create_dir_all(&data_dir)?;
    document(sweep_command(layout, &data_dir, scene, Platform::Pytorch, 1)?)?;
    let of_dataset =
        fs::read_dir(data_dir.join("prepared"))?.flatten().next().context("nothing was prepared")?;
    let file = fs::read_dir(of_dataset.path())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|e| e == "safetensors"));
    file.context("no matrices were prepared")
}

fn ours(
    layout: &Layout,
    folder: &Path,
    scene: &Scene,
    platform: Platform,
    group_size: Option<u32>,
) -> Result<f64> {
    let data_dir = folder.join(scene.data);
    let trials = if group_size.is_some() { scene.trials[1] } else { scene.trials[0] };
    let mut command = sweep_command(layout, &data_dir, scene, platform, trials)?;
    if let Some(size) = group_size {
        command.args(["--max-group-size", &size.to_string()]);
    }
    let document = document(command)?;
    let seconds = document["elapsed_seconds"].as_f64().context("no seconds were told")?;
    Ok(f64::from(trials) * 60.0 / seconds)
}

fn peer(layout: &Layout, python: &Path, prepared: &Path, scene: &Scene, name: &str) -> Result<f64> {
    let processes: Vec<_> = (0..PROCESSES)
        .map(|seed| {
            Command::new(python)
                .current_dir(layout.root.join("tests/bench"))
                .args(["-B", "sweep_peer.py", "--loop", name, "--hidden", scene.hidden, "--data"])
                .arg(prepared)
                .args(["--trials", &scene.trials[2].to_string(), "--epochs", &EPOCHS.to_string()])
                .args(["--seed", &seed.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
        })
        .collect::<Result<_, _>>()
        .context("cannot start Python")?;
    let mut rate = 0.0;
    for process in processes {
        let output = process.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("{name} failed: {}", complaint.trim().lines().last().unwrap_or("it said nothing"));
        }
        let answer: Value = serde_json::from_str(said.trim().lines().last().unwrap_or_default())
            .with_context(|| format!("{name} said something else"))?;
        rate += f64::from(scene.trials[2]) * 60.0 / answer["seconds"].as_f64().context("no seconds")?;
    }
    Ok(rate)
}
