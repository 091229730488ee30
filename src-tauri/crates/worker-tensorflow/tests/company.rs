//! A trial in company trains as it does alone: groups of 1, 7 and 32 whose
//! trials differ in all that may differ, dropped trials, resumed groups, and
//! trials that are at other places than the rest.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use retort_domain::{Activation, Distillation, DistillationLoss, Optimizer, Task, protocol::ModelSpec};
use retort_trainer::random::{initial_weights, row_order};
use retort_trainer::{Backend, Group, Tensors, TrainRows, TrialSetup, TrialSteps};
use retort_worker_tensorflow::TensorFlow;

const N_ROWS: usize = 803;
const N_FEATURES: usize = 6;
/// Beyond the first epoch in each case.
const N_STEPS: usize = 60;
const TOLERANCE: f64 = 1e-5;

struct Data {
    x: Vec<f32>,
    y: Vec<f32>,
    /// Nobody's business but distilled trials'.
    teacher: Vec<f32>,
}

impl Data {
    fn new(task: Task) -> Self {
        let x: Vec<f32> = (0..N_ROWS * N_FEATURES).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
        let of_row = |row: &[f32]| row.iter().sum::<f32>() + row[0] * row[1];
        let y = x.chunks(N_FEATURES).map(|row| match task {
            Task::Classification => (of_row(row).abs() as usize).min(2) as f32,
            Task::Regression => of_row(row),
        });
        let n_outputs = if task == Task::Classification { 3 } else { 1 };
        let teacher = (0..N_ROWS * n_outputs).map(|i| 2.0 * (i as f32 * 0.9).cos()).collect();
        Self { y: y.collect(), x, teacher }
    }

    fn rows(&self) -> TrainRows<'_> {
        TrainRows { x: &self.x, y: &self.y, n_rows: N_ROWS, teacher: Some(&self.teacher) }
    }
}

/// A shape, what differs among its trials, and rows a batch: with so few that
/// an epoch is long, loops are compiled; the last batch of each epoch is
/// smaller.
struct Case {
    spec: ModelSpec,
    variety: Variety,
    batch: usize,
    data: Data,
    backend: TensorFlow,
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
    /// Everything, and every third is a control of those that are distilled.
    Distilled,
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
            // Among trials that are compiled, some that are too short for it.
            setup.planned_steps = if k % 4 == 1 { N_STEPS as u64 } else { u64::MAX };
            if variety != Variety::Rates {
                setup.class_weights = (classes && k % 3 == 0).then(|| vec![1.0, 2.0, 0.5]);
                setup.dropout = [0.0, 0.2, 0.5][k as usize % 3];
                setup.momentum = [0.9, 0.0, 0.5][k as usize / 2 % 3];
                setup.nesterov = k % 2 == 0;
                setup.weight_decay = [0.0, 0.01][k as usize / 3 % 2];
                setup.gradient_clip_norm = [None, Some(0.3), Some(2.0)][k as usize / 4 % 3];
            }
            if variety == Variety::Distilled && k % 3 != 0 {
                let loss = match spec.task {
                    Task::Classification if spec.optimizer == Optimizer::Adam => DistillationLoss::Hinton,
                    Task::Classification => DistillationLoss::Decoupled { beta: 2.0 },
                    Task::Regression => DistillationLoss::Mse,
                };
                setup.distillation = Some(Distillation {
                    loss,
                    alpha: [0.9, 0.5, 1.0, 0.3][k as usize % 4],
                    temperature: [2.0, 1.0, 4.0][k as usize / 2 % 3],
                });
            }
            let order_seed = if variety == Variety::Rates { 9 } else { k % 5 };
            Trial { setup, rate: 0.0005 * (1.0 + f64::from(k % 8)), order_seed }
        })
        .collect()
}

impl Case {
    fn new(spec: ModelSpec, variety: Variety, batch: usize) -> Self {
        Self { data: Data::new(spec.task), spec, variety, batch, backend: support::backend() }
    }

    fn trials(&self) -> Vec<Trial> {
        trials(&self.spec, self.variety)
    }

    fn open(&self, trials: &[&Trial]) -> Box<dyn Group + '_> {
        let setups: Vec<TrialSetup> = trials.iter().map(|trial| trial.setup.clone()).collect();
        self.backend.open(&self.spec, self.data.rows(), &setups).unwrap()
    }

    fn name(&self) -> String {
        format!("{:?} in batches of {}", self.spec, self.batch)
    }
}

/// Trains steps `from..to` of the whole training, `portion` a call at most and
/// none beyond an epoch. Learning rates fall from step to step.
fn train(
    case: &Case,
    group: &mut dyn Group,
    trials: &[&Trial],
    from: usize,
    to: usize,
    portion: usize,
) -> Vec<Vec<f32>> {
    let batch = case.batch;
    let steps_an_epoch = N_ROWS.div_ceil(batch);
    let mut losses = vec![Vec::new(); trials.len()];
    let mut first = from;
    while first < to {
        let (epoch, start) = (first / steps_an_epoch, first % steps_an_epoch);
        let count = portion.min(to - first).min(steps_an_epoch - start);
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
                rows: &order[start * batch..((start + count) * batch).min(N_ROWS)],
                batch_size: batch,
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

fn assert_close(got: &[f32], want: &[f32], what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (step, (got, want)) in got.iter().zip(want).enumerate() {
        let (got, want) = (f64::from(*got), f64::from(*want));
        let apart = (got - want).abs() / want.abs().max(1e-3);
        assert!(apart <= TOLERANCE, "{what}, step {step}: {got} in company, {want} alone");
    }
}

fn cases() -> Vec<Case> {
    use Task::{Classification, Regression};
    let mut cases: Vec<Case> = [
        (Optimizer::Sgd, Classification, Variety::All, 128),
        (Optimizer::Sgd, Regression, Variety::Rates, 128),
        (Optimizer::Adam, Classification, Variety::Rates, 128),
        (Optimizer::Adam, Regression, Variety::All, 16),
        (Optimizer::Adamw, Classification, Variety::All, 16),
        (Optimizer::Adamw, Regression, Variety::All, 128),
        (Optimizer::Rmsprop, Classification, Variety::Rates, 16),
        (Optimizer::Rmsprop, Classification, Variety::All, 128),
        (Optimizer::Adam, Classification, Variety::Distilled, 16),
        (Optimizer::Adam, Classification, Variety::Distilled, 128),
        (Optimizer::Sgd, Classification, Variety::Distilled, 16),
        (Optimizer::Adam, Regression, Variety::Distilled, 16),
    ]
    .into_iter()
    .map(|(optimizer, task, variety, batch)| {
        Case::new(spec(optimizer, task, task == Classification), variety, batch)
    })
    .collect();
    let linear = ModelSpec { hidden_layers: vec![], ..spec(Optimizer::Adam, Classification, false) };
    cases.push(Case::new(linear.clone(), Variety::Rates, 128));
    cases.push(Case::new(linear, Variety::All, 128));
    cases
}

#[test]
fn groups_of_any_size_give_the_losses_of_trials_alone() {
    for case in cases() {
        let trials = case.trials();
        let all: Vec<&Trial> = trials.iter().collect();
        let together = |size: usize| {
            let mut group = case.open(&all[..size]);
            train(&case, &mut *group, &all[..size], 0, N_STEPS, N_STEPS)
        };
        let (seven, whole) = (together(7), together(32));
        for k in [0, 1, 2, 3, 4, 5, 6, 18, 31] {
            let mut group = case.open(&[all[k]]);
            let alone = train(&case, &mut *group, &[all[k]], 0, N_STEPS, N_STEPS).concat();
            assert_close(&whole[k], &alone, &format!("{}, trial {k} of 32", case.name()));
            if let Some(seven) = seven.get(k) {
                assert_close(seven, &alone, &format!("{}, trial {k} of 7", case.name()));
            }
        }
    }
}

#[test]
fn dropped_trials_and_a_resume_in_other_company_change_no_loss() {
    const DROP: usize = N_STEPS / 3;
    const RESUME: usize = 2 * N_STEPS / 3;
    for case in cases() {
        let trials = case.trials();
        let all: Vec<&Trial> = trials.iter().collect();
        let mut group = case.open(&all[..7]);
        train(&case, &mut *group, &all[..7], 0, DROP, N_STEPS);
        group.retain(&[false, true, true, false, false, true, false]).unwrap();
        let kept = [all[1], all[2], all[5]];
        assert_eq!(group.n_trials(), kept.len());
        let before = train(&case, &mut *group, &kept, DROP, RESUME, N_STEPS);

        // The last of them goes on beside two that start anew at that place.
        let company = [all[8], all[5], all[9]];
        let mut resumed = case.open(&company);
        resumed.set_weights(1, &group.weights(2).unwrap()).unwrap();
        resumed.set_optimizer_state(1, &group.optimizer_state(2).unwrap()).unwrap();
        let after = train(&case, &mut *resumed, &company, RESUME, N_STEPS, N_STEPS);

        let mut alone = case.open(&[all[5]]);
        let expected = train(&case, &mut *alone, &[all[5]], 0, N_STEPS, N_STEPS).concat();
        assert_close(&before[2], &expected[DROP..RESUME], &format!("{}, after the drop", case.name()));
        assert_close(&after[1], &expected[RESUME..], &format!("{}, after the resume", case.name()));
        let names = |state: Tensors| state.into_iter().map(|t| t.name).collect::<Vec<_>>();
        assert_eq!(
            names(resumed.optimizer_state(1).unwrap()),
            names(alone.optimizer_state(0).unwrap()),
            "{}",
            case.name()
        );
    }
}

#[test]
fn a_group_repeats_itself_to_the_bit_however_its_steps_are_cut() {
    for case in cases() {
        let trials = case.trials();
        let all: Vec<&Trial> = trials.iter().take(7).collect();
        let run = |portion| {
            let mut group = case.open(&all);
            let losses = train(&case, &mut *group, &all, 0, N_STEPS, portion);
            let ends: Vec<(Tensors, Tensors)> =
                (0..7).map(|k| (group.weights(k).unwrap(), group.optimizer_state(k).unwrap())).collect();
            (losses, ends)
        };
        let whole = run(N_STEPS);
        for portion in [1, 3, N_STEPS] {
            assert!(run(portion) == whole, "{}, {portion} steps a call", case.name());
        }
    }
}

#[test]
fn trials_at_other_places_and_trials_at_their_end_keep_to_their_own() {
    let case = Case::new(spec(Optimizer::Adam, Task::Classification, true), Variety::All, 16);
    let trials = case.trials();
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
    let mut group = case.open(&all);
    let before = group.weights(1).unwrap();
    let losses = group.train_steps(&asked).unwrap();
    assert_eq!(group.weights(1).unwrap(), before);
    assert!(losses[1].is_empty());
    for k in [0, 2] {
        let mut alone = case.open(&all[k..=k]);
        let expected = alone.train_steps(&asked[k..=k]).unwrap().concat();
        assert_close(&losses[k], &expected, &format!("trial {k}"));
    }
}

#[test]
fn outputs_of_all_are_the_outputs_of_each() {
    for case in cases() {
        let trials = case.trials();
        let all: Vec<&Trial> = trials.iter().collect();
        let mut group = case.open(&all);
        let together = group.outputs_of_all(&case.data.x, N_ROWS).unwrap();
        assert_eq!(together.len(), all.len());
        for (k, together) in together.iter().enumerate() {
            let alone = group.outputs(k, &case.data.x, N_ROWS).unwrap();
            assert_eq!(alone.len(), N_ROWS * case.spec.n_outputs);
            for (got, want) in together.iter().zip(&alone) {
                assert!((got - want).abs() < 1e-5, "{}, trial {k}: {got}, {want}", case.name());
            }
        }
    }
}
