//! What samplers propose lies in the space, is valid, repeats, and covers.

use proptest::prelude::*;
use retort_domain::{ParameterValue, PrunerKind, SamplerKind, SearchSpace, TrainingConfig};
use retort_search::{Observation, Outcome, Plan, Point, Space};
use std::collections::HashSet;

mod spaces;
use spaces::{any_space, space};

const KINDS: [SamplerKind; 4] =
    [SamplerKind::Grid, SamplerKind::Random, SamplerKind::Sobol, SamplerKind::Tpe];

fn suggest(
    space: &Space,
    kind: SamplerKind,
    seed: u32,
    first: u32,
    n: u32,
    history: &[Observation],
) -> Vec<Point> {
    retort_search::suggest(space, &Plan::new(kind, PrunerKind::None, 30), seed, first, n, history)
}

fn values_in_words(space: &Space, point: &Point) -> String {
    serde_json::to_string(&space.values(point)).expect("JSON")
}

/// Trials as they might have ended.
fn history(space: &Space, seed: u32, n: u32) -> Vec<Observation> {
    let points = suggest(space, SamplerKind::Random, seed, 0, n, &[]);
    let outcome = |number: usize| match number % 5 {
        0 => Outcome::Failed,
        1 => Outcome::Pruned { value: number as f64, epoch: 1 + number as u32 % 3 },
        2 => Outcome::Pending,
        _ => Outcome::Value((number as f64 * 0.7).sin()),
    };
    points.into_iter().enumerate().map(|(i, point)| Observation { point, outcome: outcome(i) }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_suggested_is_valid_and_found_again(
        (written, space) in any_space(), seed: u32, first in 0_u32..70,
    ) {
        let history = history(&space, seed, 70);
        for kind in KINDS {
            for point in suggest(&space, kind, seed, first, 5, &history) {
                let config = space.config(&point);
                prop_assert_eq!(config.validate(), Ok(()), "{:?} {:?}", kind, &written);
                let values = space.values(&point);
                prop_assert_eq!(space.point_of(&values), Some(point), "{:?} {:?} {:?}", kind, &values, &written);
                for key in values.keys() {
                    prop_assert!(space.swept().contains(key));
                }
            }
        }
    }

    #[test]
    fn the_same_is_suggested_however_it_is_asked_for((_, space) in any_space(), seed: u32, cut in 0_u32..9) {
        for kind in [SamplerKind::Grid, SamplerKind::Random, SamplerKind::Sobol] {
            let whole = suggest(&space, kind, seed, 3, 9, &[]);
            let mut parts = suggest(&space, kind, seed, 3, cut, &[]);
            parts.extend(suggest(&space, kind, seed, 3 + cut, 9 - cut, &[]));
            prop_assert_eq!(parts, whole, "{:?}", kind);
        }
    }

    #[test]
    fn a_grid_holds_each_combination_once((_, space) in any_space()) {
        if let Ok(n) = space.grid_len() && n < 5_000 {
            let points = suggest(&space, SamplerKind::Grid, 0, 0, n + 10, &[]);
            let distinct: HashSet<String> = points.iter().map(|p| values_in_words(&space, p)).collect();
            prop_assert_eq!(points.len(), n as usize);
            prop_assert_eq!(distinct.len(), n as usize);
        }
    }
}

#[test]
fn a_grid_goes_through_the_last_parameter_first_and_heeds_conditions() {
    let space = space(
        r#"{"optimizer":{"choice":["sgd","adam"]},"momentum":{"float":[0.1,0.3],"step":0.1,"when":{"optimizer":["sgd"]}},
            "batch_size":{"choice":[32,64]}}"#,
    );
    assert_eq!(space.swept(), ["optimizer", "momentum", "batch_size"]);
    assert_eq!(space.n_combinations(), Some(8.0));
    let points = suggest(&space, SamplerKind::Grid, 0, 0, 100, &[]);
    let words: Vec<String> = points.iter().map(|point| values_in_words(&space, point)).collect();
    assert_eq!(
        words,
        [
            r#"{"batch_size":32.0,"momentum":0.1,"optimizer":"sgd"}"#,
            r#"{"batch_size":64.0,"momentum":0.1,"optimizer":"sgd"}"#,
            r#"{"batch_size":32.0,"momentum":0.2,"optimizer":"sgd"}"#,
            r#"{"batch_size":64.0,"momentum":0.2,"optimizer":"sgd"}"#,
            r#"{"batch_size":32.0,"momentum":0.3,"optimizer":"sgd"}"#,
            r#"{"batch_size":64.0,"momentum":0.3,"optimizer":"sgd"}"#,
            r#"{"batch_size":32.0,"optimizer":"adam"}"#,
            r#"{"batch_size":64.0,"optimizer":"adam"}"#,
        ]
    );
}

#[test]
fn combinations_are_counted_without_going_through_them() {
    for (json, n) in [
        (
            r#"{"hidden_layers":{"choice":[[16,16],[64]]},"batch_size":{"choice":[64,128]},"epochs":20}"#,
            Some(4.0),
        ),
        (r#"{"batch_size":{"int":[1,100000]},"epochs":{"int":[1,100000]}}"#, Some(1e10)),
        (r#"{"batch_size":{"int":[16,64],"step":16},"epochs":{"int":[5,10],"log":true}}"#, Some(24.0)),
        (r#"{"hidden_layers":{"layers":[0,3],"units":[8,16]}}"#, Some(1.0 + 3.0 * 9.0)),
        (r#"{"dropout":{"float":[0,0.3],"step":0.1}}"#, Some(4.0)),
        (r#"{"dropout":{"float":[0,0.3]}}"#, None),
        (
            r#"{"optimizer":{"choice":["sgd","adam","rmsprop"]},"momentum":{"choice":[0.5,0.9],"when":{"optimizer":["sgd","rmsprop"]}},
                "nesterov":{"choice":[true,false],"when":{"optimizer":["sgd"]}}}"#,
            Some(4.0 + 2.0 + 1.0),
        ),
    ] {
        assert_eq!(space(json).n_combinations(), n, "{json}");
    }
}

#[test]
fn what_does_not_matter_keeps_the_configurations_own_value() {
    let json =
        r#"{"optimizer":{"choice":["sgd","adam"]},"momentum":{"choice":[0.9],"when":{"optimizer":["sgd"]}}}"#;
    let written: SearchSpace = serde_json::from_str(json).expect("a space");
    let base = TrainingConfig { momentum: 0.25, ..Default::default() };
    let space = Space::new(&written, &base).expect("fine");
    let points = suggest(&space, SamplerKind::Grid, 0, 0, 9, &[]);
    let momenta: Vec<f64> = points.iter().map(|point| space.config(point).momentum).collect();
    assert_eq!(momenta, [0.9, 0.25]);
}

#[test]
fn plain_values_are_fixed() {
    let space = space(r#"{"epochs":20,"optimizer":"sgd","dropout":{"choice":[0,0.5]},"hidden_layers":[7]}"#);
    let points = suggest(&space, SamplerKind::Random, 0, 0, 3, &[]);
    for config in points.iter().map(|point| space.config(point)) {
        assert_eq!((config.epochs, config.hidden_layers.as_slice()), (20, [7].as_slice()));
    }
    assert_eq!(space.swept(), ["dropout"]);
}

#[test]
fn hidden_layers_are_drawn_by_layers_and_units() {
    let space = space(r#"{"hidden_layers":{"layers":[1,4],"units":[16,256],"log":true,"taper":[0.4,1]}}"#);
    let mut lengths = [0; 5];
    for point in suggest(&space, SamplerKind::Sobol, 1, 0, 400, &[]) {
        let units = space.config(&point).hidden_layers;
        assert!((16..=256).contains(&units[0]) && units.is_sorted_by(|a, b| a >= b), "{units:?}");
        lengths[units.len()] += 1;
        assert_eq!(space.values(&point)["hidden_layers"], ParameterValue::Units(units));
    }
    assert!(lengths[1..].iter().all(|n| (90..=110).contains(n)), "{lengths:?}");
}

#[test]
fn ranges_are_drawn_as_they_say() {
    let space = space(
        r#"{"learning_rate":{"float":[0.0001,1],"log":true},"batch_size":{"int":[1,100],"log":true},
            "dropout":{"float":[0.2,0.6]},"epochs":{"int":[11,14]},"activation":{"choice":["relu","tanh"]}}"#,
    );
    for kind in [SamplerKind::Random, SamplerKind::Sobol] {
        let points = suggest(&space, kind, 3, 0, 4000, &[]);
        let share = |is_one: &dyn Fn(&TrainingConfig) -> bool| {
            points.iter().filter(|point| is_one(&space.config(point))).count() as f64 / 4000.0
        };
        for (expected, found) in [
            (0.5, share(&|c| c.learning_rate < 0.01)),
            (0.5, share(&|c| c.dropout < 0.4)),
            (0.25, share(&|c| c.epochs == 11)),
            (0.25, share(&|c| c.epochs == 14)),
            (0.5, share(&|c| c.batch_size <= 7)),
            (0.5, share(&|c| c.activation == retort_domain::Activation::Tanh)),
        ] {
            assert!((expected - found).abs() < 0.03, "{kind:?}: {found} for {expected}");
        }
    }
}

/// Squared L2 star discrepancy (Warnock 1972).
fn discrepancy(points: &[Vec<f64>]) -> f64 {
    let n = points.len() as f64;
    let d = points[0].len() as i32;
    let product = |f: &dyn Fn(usize) -> f64| (0..d as usize).map(f).product::<f64>();
    let single: f64 = points.iter().map(|x| product(&|k| (1.0 - x[k] * x[k]) / 2.0)).sum();
    let pairs: f64 = points
        .iter()
        .flat_map(|x| points.iter().map(move |y| (x, y)))
        .map(|(x, y)| product(&|k| 1.0 - x[k].max(y[k])))
        .sum();
    3.0_f64.powi(-d) - 2.0 / n * single + pairs / (n * n)
}

#[test]
fn sobol_covers_better_than_chance() {
    let space = space(
        r#"{"dropout":{"float":[0,0.5]},"momentum":{"float":[0,0.5]},"lr_step_factor":{"float":[0.5,1]},
            "weight_decay":{"float":[0,1]},"learning_rate":{"float":[0.5,1]}}"#,
    );
    let scaled = |kind, seed| -> Vec<Vec<f64>> {
        let points = suggest(&space, kind, seed, 0, 256, &[]);
        let ends = [(0.0, 0.5), (0.5, 1.0), (0.0, 0.5), (0.0, 1.0), (0.5, 1.0)];
        // Display order: dropout, learning_rate, momentum, weight_decay, lr_step_factor.
        points
            .iter()
            .map(|p| {
                p.coordinates()
                    .iter()
                    .zip(ends)
                    .map(|(x, (low, high))| (x.expect("all matter") - low) / (high - low))
                    .collect()
            })
            .collect()
    };
    for seed in 0..5 {
        let [sobol, random] =
            [SamplerKind::Sobol, SamplerKind::Random].map(|kind| discrepancy(&scaled(kind, seed)));
        assert!(sobol < 0.5 * random, "seed {seed}: {sobol} against {random}");
    }
}

fn observed(points: Vec<Point>, outcome: impl Fn(usize, &Point) -> Outcome) -> Vec<Observation> {
    let numbered = points.into_iter().enumerate();
    numbered.map(|(i, point)| Observation { outcome: outcome(i, &point), point }).collect()
}

const TWO: &str = r#"{"learning_rate":{"float":[0.0001,1],"log":true},"dropout":{"float":[0,0.5]},
    "optimizer":{"choice":["adam","sgd"]},"momentum":{"float":[0,0.9],"when":{"optimizer":["sgd"]}}}"#;

#[test]
fn tpe_knows_only_what_its_wave_may_know() {
    let space = space(TWO);
    let plan = Plan::new(SamplerKind::Tpe, PrunerKind::None, 30);
    let wave = plan.wave_of(40);
    let (first, n) = (wave.numbers.start, wave.numbers.len() as u32);
    let points = suggest(&space, SamplerKind::Random, 0, 0, first + n, &[]);
    let as_if = |late: Outcome| {
        let known = wave.known as usize;
        let history =
            observed(points.clone(), |i, _| if i < known { Outcome::Value((i as f64).sin()) } else { late });
        retort_search::suggest(&space, &plan, 3, first, n, &history)
    };
    let proposed = as_if(Outcome::Pending);
    assert_eq!(as_if(Outcome::Value(-1e3)), proposed);
    assert_eq!(as_if(Outcome::Failed), proposed);
    for (i, point) in proposed.iter().enumerate() {
        assert!(!proposed[..i].contains(point), "the wave's points keep apart");
    }
    let mut history = observed(points[..first as usize].to_vec(), |i, _| Outcome::Value((i as f64).sin()));
    for point in &proposed {
        let one = retort_search::suggest(&space, &plan, 3, history.len() as u32, 1, &history);
        assert_eq!(one[0], *point, "one at a time, with those before it told");
        history.push(Observation { point: one[0].clone(), outcome: Outcome::Pending });
    }
}

#[test]
fn tpe_finds_what_chance_does_not() {
    let space = space(TWO);
    let loss = |point: &Point| {
        let config = space.config(point);
        let rate = config.learning_rate.log10() + 2.0;
        let offset = if config.optimizer == retort_domain::Optimizer::Sgd { 0.0 } else { 0.5 };
        offset + rate * rate + (config.dropout - 0.2).abs() + (config.momentum - 0.7).abs()
    };
    let best = |history: &[Observation]| history.iter().map(|o| loss(&o.point)).fold(f64::INFINITY, f64::min);
    for seed in 0..5 {
        let plan = Plan::new(SamplerKind::Tpe, PrunerKind::None, 30);
        let mut history: Vec<Observation> = Vec::new();
        while history.len() < 80 {
            let wave = plan.wave_of(history.len() as u32).numbers;
            let points = retort_search::suggest(&space, &plan, seed, wave.start, wave.len() as u32, &history);
            history.extend(observed(points, |_, point| Outcome::Value(loss(point))));
        }
        let by_chance = suggest(&space, SamplerKind::Random, seed, 0, 80, &[]);
        let by_chance = best(&observed(by_chance, |_, _| Outcome::Pending));
        assert!(best(&history) < 0.3 * by_chance, "seed {seed}: {} against {by_chance}", best(&history));
    }
}

#[test]
fn tpe_repeats_nothing_while_there_is_something_new() {
    let space =
        space(r#"{"batch_size":{"int":[16,128],"step":16},"activation":{"choice":["relu","tanh","gelu"]}}"#);
    let points = suggest(&space, SamplerKind::Grid, 0, 0, 16, &[]);
    let history = observed(points, |i, _| Outcome::Value(f64::from(i as u32 % 7)));
    let proposed = suggest(&space, SamplerKind::Tpe, 0, 16, 8, &history);
    let all: HashSet<String> = history
        .iter()
        .map(|o| &o.point)
        .chain(&proposed)
        .map(|point| values_in_words(&space, point))
        .collect();
    assert_eq!(all.len(), 24);
}

#[test]
fn tpe_goes_on_evenly_where_nothing_was_learnt() {
    let space = space(TWO);
    let points = suggest(&space, SamplerKind::Sobol, 0, 0, 48, &[]);
    for outcome in [Outcome::Failed, Outcome::Value(f64::NAN), Outcome::Value(0.5)] {
        let history = observed(points[..40].to_vec(), |_, _| outcome);
        assert_eq!(suggest(&space, SamplerKind::Tpe, 0, 40, 8, &history), points[40..], "{outcome:?}");
    }
}

/// A stored sweep must be extendable by a later version.
#[test]
fn suggestions_never_change() {
    let space =
        space(r#"{"learning_rate":{"float":[0.0001,0.03],"log":true},"batch_size":{"choice":[32,64,128]}}"#);
    let words = |kind| {
        let points = suggest(&space, kind, 7, 1, 2, &[]);
        points.iter().map(|point| values_in_words(&space, point)).collect::<Vec<_>>()
    };
    assert_eq!(words(SamplerKind::Random), FIRST_RANDOM);
    assert_eq!(words(SamplerKind::Sobol), FIRST_SOBOL);
    let history = observed(suggest(&space, SamplerKind::Sobol, 7, 0, 32, &[]), |i, _| {
        Outcome::Value((i as f64 - 9.0).abs())
    });
    let proposed = suggest(&space, SamplerKind::Tpe, 7, 32, 2, &history);
    assert_eq!(proposed.iter().map(|point| values_in_words(&space, point)).collect::<Vec<_>>(), FIRST_TPE);
}

const FIRST_RANDOM: [&str; 2] = [
    r#"{"batch_size":128.0,"learning_rate":0.00397371}"#,
    r#"{"batch_size":32.0,"learning_rate":0.0107665}"#,
];
const FIRST_SOBOL: [&str; 2] = [
    r#"{"batch_size":64.0,"learning_rate":0.000187571}"#,
    r#"{"batch_size":128.0,"learning_rate":0.00715643}"#,
];
const FIRST_TPE: [&str; 2] = [
    r#"{"batch_size":32.0,"learning_rate":0.000100046}"#,
    r#"{"batch_size":32.0,"learning_rate":0.00453564}"#,
];
