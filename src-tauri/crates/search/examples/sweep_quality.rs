//! How good the best trial is that TPE finds, on functions of which the best
//! is known. Prints one line of JSON a function, method and seed, for
//! `tests/bench/sweep_compare.py` to set beside Optuna's
//! (`tests/bench/optuna_quality.py`, which has the same functions).

use retort_domain::{ParameterValue, PrunerKind, SamplerKind, SearchSpace, TrainingConfig};
use retort_search::{Observation, Outcome, Plan, Point, Rung, Space, suggest};
use std::collections::BTreeMap;
use std::f64::consts::PI;

/// Full trials' worth of epochs, after each of which the best is told.
const BUDGETS: [u32; 2] = [100, 200];
const EPOCHS: u32 = 27;

struct Problem {
    name: &'static str,
    space: &'static str,
    /// Of the swept values; lower is better.
    loss: fn(&BTreeMap<String, ParameterValue>) -> f64,
}

const PLAIN: [&str; 6] =
    ["dropout", "learning_rate", "momentum", "weight_decay", "lr_step_factor", "gradient_clip_norm"];

const PLAIN_2: &str = r#"{"dropout":{"float":[0.2,0.8]},"learning_rate":{"float":[0.2,0.8]}}"#;
const PLAIN_4: &str = r#"{"dropout":{"float":[0.2,0.8]},"learning_rate":{"float":[0.2,0.8]},
    "momentum":{"float":[0.2,0.8]},"weight_decay":{"float":[0.2,0.8]}}"#;
const PLAIN_6: &str = r#"{"dropout":{"float":[0.2,0.8]},"learning_rate":{"float":[0.2,0.8]},
    "momentum":{"float":[0.2,0.8]},"weight_decay":{"float":[0.2,0.8]},
    "lr_step_factor":{"float":[0.2,0.8]},"gradient_clip_norm":{"float":[0.2,0.8]}}"#;
const MIXED: &str = r#"{"optimizer":{"choice":["sgd","adam","rmsprop"]},
    "learning_rate":{"float":[1e-5,1.0],"log":true},
    "momentum":{"float":[0.0,0.99],"when":{"optimizer":["sgd","rmsprop"]}},
    "batch_size":{"int":[16,512],"log":true},
    "hidden_layers":{"layers":[1,5],"units":[8,512],"log":true},
    "dropout":{"float":[0.0,0.6]},
    "lr_schedule":{"choice":["constant","step","cosine"]},
    "lr_step_factor":{"float":[0.05,0.95],"when":{"lr_schedule":["step"]}}}"#;

const PROBLEMS: [Problem; 5] = [
    Problem { name: "branin", space: PLAIN_2, loss: |v| branin(&plain(v)) },
    Problem { name: "hartmann6", space: PLAIN_6, loss: |v| hartmann(&plain(v)) },
    Problem { name: "rosenbrock2", space: PLAIN_2, loss: |v| rosenbrock(&plain(v)) },
    Problem { name: "rosenbrock4", space: PLAIN_4, loss: |v| rosenbrock(&plain(v)) },
    Problem { name: "mixed", space: MIXED, loss: mixed },
];

fn number(values: &BTreeMap<String, ParameterValue>, key: &str) -> Option<f64> {
    match values.get(key)? {
        ParameterValue::Number(number) => Some(*number),
        _ => None,
    }
}

fn text<'a>(values: &'a BTreeMap<String, ParameterValue>, key: &str) -> &'a str {
    match values.get(key) {
        Some(ParameterValue::Text(text)) => text,
        _ => "",
    }
}

/// Numbers between 0 and 1.
fn plain(values: &BTreeMap<String, ParameterValue>) -> Vec<f64> {
    PLAIN.iter().filter_map(|key| number(values, key)).map(|value| (value - 0.2) / 0.6).collect()
}

fn branin(x: &[f64]) -> f64 {
    let (a, b) = (15.0 * x[0] - 5.0, 15.0 * x[1]);
    (b - 5.1 / (4.0 * PI * PI) * a * a + 5.0 / PI * a - 6.0).powi(2)
        + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * a.cos()
        + 10.0
}

fn hartmann(x: &[f64]) -> f64 {
    const ALPHA: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let term = |i: usize| -> f64 {
        let inner: f64 = (0..6).map(|j| A[i][j] * (x[j] - P[i][j]).powi(2)).sum();
        ALPHA[i] * (-inner).exp()
    };
    -(0..4).map(term).sum::<f64>()
}

/// On [-5, 10] in each direction.
fn rosenbrock(x: &[f64]) -> f64 {
    let x: Vec<f64> = x.iter().map(|x| 15.0 * x - 5.0).collect();
    x.windows(2).map(|p| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2)).sum()
}

/// As a validation loss might depend on these: the best learning rate shifts
/// with optimizer, batch size and momentum, the best dropout with the layers.
fn mixed(values: &BTreeMap<String, ParameterValue>) -> f64 {
    let get = |key| number(values, key).unwrap_or(0.0);
    let units = match values.get("hidden_layers") {
        Some(ParameterValue::Units(units)) => units.clone(),
        _ => Vec::new(),
    };
    let (layers, width) = (units.len() as f64, f64::from(units.first().copied().unwrap_or(1)));
    let (offset, best_rate) = match text(values, "optimizer") {
        "sgd" => (0.05, -1.0),
        "adam" => (0.0, -3.0),
        _ => (0.1, -3.3),
    };
    let mut loss = offset;
    let mut best_rate: f64 = best_rate + 0.5 * (get("batch_size") / 64.0).log10();
    if let Some(momentum) = number(values, "momentum") {
        best_rate += 0.7 * (1.0 - momentum).log10();
        loss += 0.3 * (momentum - 0.8).powi(2);
    }
    loss += 0.3 * (get("learning_rate").log10() - best_rate).powi(2);
    loss += 0.02 * (width.log2() - 6.5).powi(2) + 0.03 * (layers - 3.0).powi(2);
    loss += 1.5 * (get("dropout") - 0.05 - 0.08 * layers).powi(2);
    loss += match text(values, "lr_schedule") {
        "constant" => 0.1,
        "step" => 0.02 + 0.4 * (get("lr_step_factor") - 0.3).powi(2),
        _ => 0.04,
    };
    loss
}

/// What a trial is worth after `epoch` epochs: what it comes to, and a rest that
/// dies down at a pace of its own, so that early ranks mislead a little.
fn after(loss: f64, epoch: u32) -> f64 {
    let pace = 3.0 + 3.0 * (loss * 1e3).sin();
    let scale = 1.0 + loss.abs();
    loss + 0.5 * scale * (-f64::from(epoch) / pace).exp() - 0.5 * scale * (-f64::from(EPOCHS) / pace).exp()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let n_seeds: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(20);
    let only = arguments.next().filter(|name| name != "all");
    let wanted: Vec<String> = arguments.collect();
    let methods = [
        ("retort sobol", SamplerKind::Sobol, PrunerKind::None),
        ("retort tpe", SamplerKind::Tpe, PrunerKind::None),
        ("retort tpe+hyperband", SamplerKind::Tpe, PrunerKind::Hyperband),
        ("retort tpe+halving", SamplerKind::Tpe, PrunerKind::Halving),
    ];
    for problem in PROBLEMS.iter().filter(|problem| only.as_deref().is_none_or(|name| name == problem.name)) {
        let written: SearchSpace = serde_json::from_str(problem.space).expect("a space");
        let space = Space::new(&written, &TrainingConfig::default()).expect("a good space");
        for (method, sampler, pruner) in methods {
            if !wanted.is_empty() && !wanted.iter().any(|name| name == method) {
                continue;
            }
            for seed in 0..n_seeds {
                let best = run(&space, problem.loss, Plan::new(sampler, pruner, EPOCHS), seed);
                println!(
                    "{}",
                    serde_json::json!({"function": problem.name, "method": method, "seed": seed, "best": best})
                );
            }
        }
    }
}

/// The best loss of a trial trained to its end, by budget.
fn run(space: &Space, loss: fn(&BTreeMap<String, ParameterValue>) -> f64, plan: Plan, seed: u32) -> Vec<f64> {
    let mut history: Vec<Observation> = Vec::new();
    let mut finished: Vec<(u32, f64)> = Vec::new();
    let mut spent = 0;
    while spent < BUDGETS[1] * EPOCHS {
        let first = history.len() as u32;
        let wave = plan.wave_of(first).numbers;
        let n = wave.end.min(BUDGETS[1] * EPOCHS) - first;
        let points = suggest(space, &plan, seed, first, n, &history);
        let losses: Vec<f64> = points.iter().map(|point| loss(&space.values(point))).collect();
        let mut outcomes = vec![Outcome::Pending; points.len()];
        let mut next = first;
        while next < first + n && spent < BUDGETS[1] * EPOCHS {
            let bracket = plan.bracket_of(next);
            let end = bracket.members.end.min(first + n);
            let mut alive: Vec<u32> = (next..end).collect();
            let mut before = 0;
            let end_of_training = Rung { epoch: EPOCHS, one_in: 1 };
            for rung in bracket.rungs.iter().chain([&end_of_training]) {
                let at = rung.epoch;
                let mut values = Vec::new();
                for &number in &alive {
                    spent += at - before;
                    let final_loss = losses[(number - first) as usize];
                    if at == EPOCHS {
                        outcomes[(number - first) as usize] = Outcome::Value(final_loss);
                        finished.push((spent, final_loss));
                    } else {
                        values.push((number, Some(after(final_loss, at))));
                    }
                }
                if at < EPOCHS {
                    alive = rung.survivors(&values);
                    for (number, value) in values {
                        if !alive.contains(&number) {
                            let value = value.unwrap_or(f64::NAN);
                            outcomes[(number - first) as usize] = Outcome::Pruned { value, epoch: at };
                        }
                    }
                    before = at;
                }
            }
            next = end;
        }
        history.extend(
            points
                .into_iter()
                .zip(outcomes)
                .map(|(point, outcome): (Point, Outcome)| Observation { point, outcome }),
        );
    }
    let best = |budget: u32| {
        let within = finished.iter().filter(|(spent, _)| *spent <= budget * EPOCHS);
        within.map(|(_, loss)| *loss).fold(f64::INFINITY, f64::min)
    };
    BUDGETS.iter().map(|&budget| best(budget)).collect()
}
