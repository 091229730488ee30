//! What a suggestion costs after many trials: milliseconds of one core, the
//! least of five waves, as one line of JSON a number of trials.

use retort_domain::{PrunerKind, SamplerKind, SearchSpace, TrainingConfig};
use retort_search::{Observation, Outcome, Plan, Space, suggest};
use std::time::Instant;

const SPACE: &str = r#"{"optimizer":{"choice":["sgd","adam","rmsprop"]},
    "learning_rate":{"float":[1e-5,1.0],"log":true},
    "momentum":{"float":[0.0,0.99],"when":{"optimizer":["sgd","rmsprop"]}},
    "weight_decay":{"float":[1e-6,1e-2],"log":true},
    "batch_size":{"int":[16,512],"log":true},
    "hidden_layers":{"layers":[1,5],"units":[8,512],"log":true},
    "activation":{"choice":["relu","tanh","gelu"]},
    "dropout":{"float":[0.0,0.6]},
    "epochs":{"int":[10,40]}}"#;

fn main() {
    let written: SearchSpace = serde_json::from_str(SPACE).expect("a space");
    let space = Space::new(&written, &TrainingConfig::default()).expect("a good space");
    let plan = Plan::new(SamplerKind::Tpe, PrunerKind::None, 40);
    let random = Plan::new(SamplerKind::Random, PrunerKind::None, 40);
    let points = suggest(&space, &random, 0, 0, 100_100, &[]);
    let history: Vec<Observation> = points
        .into_iter()
        .map(|point| {
            let loss: f64 = space.config(&point).learning_rate.log10() + 3.0 + space.config(&point).dropout;
            Observation { point, outcome: Outcome::Value(loss.abs()) }
        })
        .collect();
    for n_trials in [50, 100, 500, 1_000, 10_000, 100_000] {
        let wave = plan.wave_of(n_trials).numbers;
        let seconds = |seed| {
            let start = Instant::now();
            let proposed = suggest(&space, &plan, seed, wave.start, wave.len() as u32, &history);
            start.elapsed().as_secs_f64() / proposed.len() as f64
        };
        let least = (0..5).map(seconds).fold(f64::INFINITY, f64::min);
        println!(
            "{}",
            serde_json::json!({"trials": n_trials, "wave": wave.len(), "dimensions": space.n_dimensions(), "milliseconds_a_suggestion": 1e3 * least})
        );
    }
}
