//! Curves that PyTorch itself produced from given weights and row orders, to
//! be reproduced by a backend: the harness of both workers' tests.

mod soft_loss;

pub use soft_loss::run_soft_loss_cases;

use crate::backend::{Backend, NamedTensor, Tensors, TrainRows, TrialSetup, TrialSteps};
use crate::tensors;
use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Optimizer, Task};
use serde::Deserialize;
use std::path::{Path, PathBuf};

const LOSS_TOLERANCE: f64 = 1e-5;
const WEIGHT_TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Case {
    hidden: Vec<usize>,
    activation: Activation,
    batch: usize,
    lr: f64,
    #[serde(default)]
    weight_decay: f64,
    task: String,
    outputs: usize,
    optimizer: CaseOptimizer,
}

#[derive(Deserialize)]
struct CaseOptimizer {
    kind: Optimizer,
    #[serde(default)]
    momentum: f64,
    #[serde(default)]
    nesterov: bool,
}

/// Largest relative deviation of a case.
struct Deviation {
    loss: f64,
    weight: f64,
}

/// Runs every case folder of the checkout's `tests/goldens` and of the folder
/// named by `RETORT_GOLDENS`, and prints each case's largest deviations.
///
/// # Panics
/// Where there is no case, a case lacks a file, or one deviates by more than
/// 1e-5 (losses) or 1e-4 (final weights), relative.
pub fn run_cases(backend: &dyn Backend) {
    let folders = case_folders();
    assert!(!folders.is_empty(), "no golden cases found; is tests/goldens in the checkout?");
    let mut failures = Vec::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match run_case(backend, &folder) {
            Ok(Deviation { loss, weight }) => {
                println!(
                    "{:<28} {:<10} loss {loss:.1e}  weights {weight:.1e}",
                    name,
                    backend.platform().key()
                );
                // Written so that NaN fails.
                if !(loss <= LOSS_TOLERANCE && weight <= WEIGHT_TOLERANCE) {
                    failures.push(format!("{name}: loss off by {loss:.1e}, weights by {weight:.1e}"));
                }
            }
            Err(reason) => failures.push(format!("{name}: {reason}")),
        }
    }
    assert!(failures.is_empty(), "{} deviates:\n{}", backend.platform(), failures.join("\n"));
}

/// Folders that hold a `case.json`, sorted.
fn case_folders() -> Vec<PathBuf> {
    // Set by cargo when a test runs; not baked in, since binaries travel.
    let checkout = std::env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|dir| Path::new(&dir).ancestors().map(|a| a.join("tests/goldens")).find(|g| g.is_dir()));
    let mut cases = Vec::new();
    for root in checkout.into_iter().chain(std::env::var_os("RETORT_GOLDENS").map(PathBuf::from)) {
        let entries =
            std::fs::read_dir(&root).unwrap_or_else(|e| panic!("cannot list golden cases in {root:?}: {e}"));
        let mut found: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
        found.sort();
        cases.append(&mut found);
    }
    cases
}

fn run_case(backend: &dyn Backend, folder: &Path) -> Result<Deviation, String> {
    let case: Case =
        serde_json::from_str(&text(folder, "case.json")?).map_err(|e| format!("case.json: {e}"))?;
    let x: Vec<Vec<f32>> = csv(folder, "x.csv")?;
    let y: Vec<f32> = csv(folder, "y.csv")?.concat();
    let order: Vec<u32> = csv(folder, "order.csv")?.concat();
    let expected: Vec<f64> = csv(folder, "losses_pytorch.csv")?.concat();
    let n_features = x.first().ok_or("x.csv holds no rows")?.len();
    let (x, n_rows) = (x.concat(), x.len());

    let spec = ModelSpec {
        n_features,
        hidden_layers: case.hidden,
        n_outputs: case.outputs,
        activation: case.activation,
        batch_norm: false,
        task: if case.task == "regression" { Task::Regression } else { Task::Classification },
        optimizer: case.optimizer.kind,
    };
    let weights = |name: &str| tensors::read_weights(&folder.join(name), &spec).map_err(|e| e.to_string());
    let setup = TrialSetup {
        momentum: case.optimizer.momentum,
        nesterov: case.optimizer.nesterov,
        weight_decay: case.weight_decay,
        ..TrialSetup::for_weights(weights("init.safetensors")?)
    };
    let rows = TrainRows { x: &x, y: &y, n_rows, teacher: None };
    let mut group = backend.open(&spec, rows, &[setup]).map_err(|e| e.to_string())?;
    let learning_rates = vec![case.lr; expected.len()];
    let steps =
        TrialSteps { rows: &order, batch_size: case.batch, learning_rates: &learning_rates, first_step: 0 };
    let losses = group.train_steps(&[steps]).map_err(|e| e.to_string())?.concat();
    if losses.len() != expected.len() {
        return Err(format!("{} losses for {} steps", losses.len(), expected.len()));
    }
    let relative = |(&got, &want): (&f32, &f64)| (f64::from(got) - want).abs() / want.abs();
    let loss = losses.iter().zip(&expected).map(relative).fold(0.0, worse);
    let trained = group.weights(0).map_err(|e| e.to_string())?;
    Ok(Deviation { loss, weight: weight_deviation(&trained, &weights("final_pytorch.safetensors")?)? })
}

/// Largest difference of a value, relative to the largest value of its tensor:
/// a weight that happens to be near 0 has no meaningful relative error.
fn weight_deviation(got: &Tensors, want: &Tensors) -> Result<f64, String> {
    let of_tensor = |(got, want): (&NamedTensor, &NamedTensor)| {
        if got.name != want.name || got.shape != want.shape {
            return Err(format!(
                "{} {:?} stands where {} {:?} should",
                got.name, got.shape, want.name, want.shape
            ));
        }
        let scale = want.data.iter().fold(0.0, |m: f64, v| m.max(f64::from(v.abs()))).max(f64::MIN_POSITIVE);
        let off = got.data.iter().zip(&want.data).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs());
        Ok(off.fold(0.0, worse) / scale)
    };
    let each = got.iter().zip(want).map(of_tensor).collect::<Result<Vec<_>, _>>()?;
    Ok(each.into_iter().fold(0.0, worse))
}

/// The larger; NaN wins, where `f64::max` would drop it.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

fn text(folder: &Path, name: &str) -> Result<String, String> {
    std::fs::read_to_string(folder.join(name)).map_err(|e| format!("{name}: {e}"))
}

fn csv<T: std::str::FromStr>(folder: &Path, name: &str) -> Result<Vec<Vec<T>>, String>
where
    T::Err: std::fmt::Display,
{
    let cell = |cell: &str| cell.trim().parse::<T>().map_err(|e| format!("{name}: {cell:?}: {e}"));
    let text = text(folder, name)?;
    text.lines().filter(|l| !l.trim().is_empty()).map(|l| l.split(',').map(cell).collect()).collect()
}
