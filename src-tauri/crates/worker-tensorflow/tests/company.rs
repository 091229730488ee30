//! A trial in company trains as it does alone: groups of 1, 7 and 32 whose
//! trials differ in all that may differ, dropped trials, resumed groups, and
//! trials that are at other places than the rest.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use retort_domain::{Activation, Optimizer, Task, protocol::ModelSpec};
use retort_trainer::random::{initial_weights, row_order};
use retort_trainer::{Backend, Group, Tensors, TrainRows, TrialSetup, TrialSteps};

const N_ROWS: usize = 150;
const N_FEATURES: usize = 6;
const BATCH: usize = 32;
/// A last batch of 22 rows in each.
const STEPS_AN_EPOCH: usize = N_ROWS.div_ceil(BATCH);
const N_EPOCHS: usize = 8;
const TOLERANCE: f64 = 1e-5;

struct Data {
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Data {
    fn new(task: Task) -> Self {
        let x: Vec<f32> = (0..N_ROWS * N_FEATURES).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
        let of_row = |row: &[f32]| row.iter().sum::<f32>() + row[0] * row[1];
        let y = x.chunks(N_FEATURES).map(|row| match task {
            Task::Classification => (of_row(row).abs() as usize).min(2) as f32,
            Task::Regression => of_row(row),
        });
        Self { y: y.collect(), x }
    }

    fn rows(&self) -> TrainRows<'_> {
        TrainRows { x: &self.x, y: &self.y, n_rows: N_ROWS }
    }
}

fn spec(optimizer: Optimizer, task: Task, batch_norm: bool) -> ModelSpec {
    ModelSpec {
        n_features: N_FEATURES,
        hidden_layers: vec![12, 9],
        n_outputs: if task == Task::Classification { 3 } else { 1 },
        activation: Activation::Silu,
        batch_norm,
        task,
        optimizer,
    }
}

/// What differs by trial.
#[derive(Clone, Copy, PartialEq)]
enum Variety {
    /// Learning rates and initial weights; row orders are the same.
    Rates,
    /// Everything, row orders too.
    All,
}

struct Trial {
    setup: TrialSetup,
    rate: f64,
    order_seed: u32,
}

fn trials(spec: &ModelSpec, variety: Variety) -> Vec<Trial> {
    let classes = spec.task == Task::Classification;
    (0..32_u32)
        .map(|k| {
            let mut setup = TrialSetup { seed: k, ..TrialSetup::for_weights(initial_weights(spec, k)) };
            if variety == Variety::All {
                setup.class_weights = (classes && k % 3 == 0).then(|| vec![1.0, 2.0, 0.5]);
                setup.dropout = [0.0, 0.2, 0.5][k as usize % 3];
                setup.momentum = [0.9, 0.0, 0.5][k as usize / 2 % 3];
                setup.nesterov = k % 2 == 0;
                setup.weight_decay = [0.0, 0.01][k as usize / 3 % 2];
                setup.gradient_clip_norm = [None, Some(0.3), Some(2.0)][k as usize / 4 % 3];
            }
            let order_seed = if variety == Variety::All { k % 5 } else { 9 };
            Trial { setup, rate: 0.002 * (1.0 + f64::from(k % 8)), order_seed }
        })
        .collect()
}

fn open<'d>(spec: &ModelSpec, data: &'d Data, trials: &[&Trial]) -> Box<dyn Group + 'd> {
    let setups: Vec<TrialSetup> = trials.iter().map(|trial| trial.setup.clone()).collect();
    support::backend().open(spec, data.rows(), &setups).unwrap()
}

/// Trains steps `from..to` of the whole training, `portion` a call at most and
/// none beyond an epoch. Learning rates fall from step to step.
fn train(
    group: &mut dyn Group,
    trials: &[&Trial],
    from: usize,
    to: usize,
    portion: usize,
) -> Vec<Vec<f32>> {
    let mut losses = vec![Vec::new(); trials.len()];
    let mut first = from;
    while first < to {
        let (epoch, start) = (first / STEPS_AN_EPOCH, first % STEPS_AN_EPOCH);
        let count = portion.min(to - first).min(STEPS_AN_EPOCH - start);
        let orders: Vec<Vec<u32>> =
            trials.iter().map(|t| row_order(t.order_seed, epoch as u32, N_ROWS as u32)).collect();
        let rates: Vec<Vec<f64>> = trials
            .iter()
            .map(|t| (first..first + count).map(|s| t.rate / (1.0 + 0.01 * s as f64)).collect())
            .collect();
        let steps: Vec<TrialSteps<'_>> = orders
            .iter()
            .zip(&rates)
            .map(|(order, rates)| TrialSteps {
                rows: &order[start * BATCH..((start + count) * BATCH).min(N_ROWS)],
                batch_size: BATCH,
                learning_rates: rates,
                first_step: first as u64,
            })
            .collect();
        for (all, new) in losses.iter_mut().zip(group.train_steps(&steps).unwrap()) {
            all.extend(new);
        }
        first += count;
    }
    losses
}

const END: usize = N_EPOCHS * STEPS_AN_EPOCH;

fn assert_close(got: &[f32], want: &[f32], what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (step, (got, want)) in got.iter().zip(want).enumerate() {
        let (got, want) = (f64::from(*got), f64::from(*want));
        let apart = (got - want).abs() / want.abs().max(1e-3);
        assert!(apart <= TOLERANCE, "{what}, step {step}: {got} in company, {want} alone");
    }
}

fn cases() -> Vec<(ModelSpec, Variety)> {
    let mut cases = Vec::new();
    for optimizer in [Optimizer::Sgd, Optimizer::Adam, Optimizer::Adamw, Optimizer::Rmsprop] {
        for (task, batch_norm) in [(Task::Classification, true), (Task::Regression, false)] {
            for variety in [Variety::Rates, Variety::All] {
                cases.push((spec(optimizer, task, batch_norm), variety));
            }
        }
    }
    let linear = ModelSpec { hidden_layers: vec![], ..spec(Optimizer::Adam, Task::Classification, false) };
    cases.push((linear.clone(), Variety::Rates));
    cases.push((linear, Variety::All));
    cases
}

#[test]
fn groups_of_any_size_give_the_losses_of_trials_alone() {
    for (spec, variety) in cases() {
        let data = Data::new(spec.task);
        let trials = trials(&spec, variety);
        let all: Vec<&Trial> = trials.iter().collect();
        let alone: Vec<Vec<f32>> = all
            .iter()
            .map(|trial| {
                let mut group = open(&spec, &data, &[trial]);
                train(&mut *group, &[trial], 0, END, END).concat()
            })
            .collect();
        for size in [7, 32] {
            let mut group = open(&spec, &data, &all[..size]);
            let losses = train(&mut *group, &all[..size], 0, END, END);
            for k in 0..size {
                assert_close(&losses[k], &alone[k], &format!("{spec:?}, trial {k} of {size}"));
            }
        }
    }
}

#[test]
fn dropped_trials_and_a_resume_in_other_company_change_no_loss() {
    const DROP: usize = END / 3;
    const RESUME: usize = 2 * END / 3;
    for (spec, variety) in cases() {
        let data = Data::new(spec.task);
        let trials = trials(&spec, variety);
        let all: Vec<&Trial> = trials.iter().collect();
        let mut group = open(&spec, &data, &all[..7]);
        train(&mut *group, &all[..7], 0, DROP, END);
        group.retain(&[false, true, true, false, false, true, false]).unwrap();
        let kept = [all[1], all[2], all[5]];
        assert_eq!(group.n_trials(), kept.len());
        let before = train(&mut *group, &kept, DROP, RESUME, END);

        // The last of them goes on beside two that start anew at that place.
        let company = [all[8], all[5], all[9]];
        let mut resumed = open(&spec, &data, &company);
        resumed.set_weights(1, &group.weights(2).unwrap()).unwrap();
        resumed.set_optimizer_state(1, &group.optimizer_state(2).unwrap()).unwrap();
        let after = train(&mut *resumed, &company, RESUME, END, END);

        let mut alone = open(&spec, &data, &[all[5]]);
        let expected = train(&mut *alone, &[all[5]], 0, END, END).concat();
        assert_close(&before[2], &expected[DROP..RESUME], &format!("{spec:?}, after the drop"));
        assert_close(&after[1], &expected[RESUME..], &format!("{spec:?}, after the resume"));
        let names = |state: Tensors| state.into_iter().map(|t| t.name).collect::<Vec<_>>();
        assert_eq!(
            names(resumed.optimizer_state(1).unwrap()),
            names(alone.optimizer_state(0).unwrap()),
            "{spec:?}"
        );
    }
}

#[test]
fn a_group_repeats_itself_to_the_bit_however_its_steps_are_cut() {
    for (spec, variety) in cases() {
        let data = Data::new(spec.task);
        let trials = trials(&spec, variety);
        let all: Vec<&Trial> = trials.iter().take(7).collect();
        let run = |portion| {
            let mut group = open(&spec, &data, &all);
            let losses = train(&mut *group, &all, 0, END, portion);
            let ends: Vec<(Tensors, Tensors)> =
                (0..7).map(|k| (group.weights(k).unwrap(), group.optimizer_state(k).unwrap())).collect();
            (losses, ends)
        };
        let whole = run(END);
        for portion in [1, 2, END] {
            assert!(run(portion) == whole, "{spec:?}, {portion} steps a call");
        }
    }
}

#[test]
fn trials_at_other_places_and_trials_at_their_end_keep_to_their_own() {
    let spec = spec(Optimizer::Adam, Task::Classification, true);
    let data = Data::new(spec.task);
    let trials = trials(&spec, Variety::All);
    let all: Vec<&Trial> = trials.iter().take(3).collect();
    let order = row_order(1, 1, N_ROWS as u32);
    let rates = [0.01; 3];
    let steps = |count: usize, batch_size: usize| TrialSteps {
        rows: &order[..count * batch_size],
        batch_size,
        learning_rates: &rates[..count],
        first_step: 0,
    };
    let asked = [steps(3, 16), steps(0, 16), steps(2, 8)];
    let mut group = open(&spec, &data, &all);
    let before = group.weights(1).unwrap();
    let losses = group.train_steps(&asked).unwrap();
    assert_eq!(group.weights(1).unwrap(), before);
    assert!(losses[1].is_empty());
    for k in [0, 2] {
        let mut alone = open(&spec, &data, &all[k..=k]);
        let expected = alone.train_steps(&asked[k..=k]).unwrap().concat();
        assert_close(&losses[k], &expected, &format!("trial {k}"));
    }
}

#[test]
fn outputs_of_all_are_the_outputs_of_each() {
    for (spec, _) in cases() {
        let data = Data::new(spec.task);
        let trials = trials(&spec, Variety::All);
        let all: Vec<&Trial> = trials.iter().collect();
        let mut group = open(&spec, &data, &all);
        train(&mut *group, &all, 0, STEPS_AN_EPOCH, END);
        let together = group.outputs_of_all(&data.x, N_ROWS).unwrap();
        assert_eq!(together.len(), all.len());
        for (k, together) in together.iter().enumerate() {
            let alone = group.outputs(k, &data.x, N_ROWS).unwrap();
            assert_close(together, &alone, &format!("{spec:?}, trial {k}"));
        }
    }
}
