//! A trial gives the same losses and weights, to the bit, in a group of any
//! size, wherever its steps are cut into calls, after others were dropped, and
//! after a resume.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Distillation, DistillationLoss, Optimizer, Task};
use retort_trainer::{Backend, Group, Tensors, TrainRows, TrialSetup, TrialSteps, random};
use retort_worker_pytorch::PyTorch;

const N_ROWS: usize = 410;
const N_FEATURES: usize = 11;
const N_CLASSES: usize = 5;
const BATCH_SIZE: usize = 64;
const N_EPOCHS: u32 = 6;
/// The last batch of an epoch holds 26 rows.
const STEPS_PER_EPOCH: usize = N_ROWS.div_ceil(BATCH_SIZE);

struct Data {
    x: Vec<f32>,
    y: Vec<f32>,
    /// Nobody's business but distilled trials'.
    teacher: Vec<f32>,
}

impl Data {
    fn new(task: Task) -> Self {
        let x: Vec<f32> = (0..N_ROWS * N_FEATURES).map(|i| (i as f32 * 1.7).sin()).collect();
        let y = x.chunks_exact(N_FEATURES).enumerate().map(|(row, x)| match task {
            Task::Classification => ((x[0] * 2.0 + x[1] * x[2] * 3.0).abs() as usize + row % 2) as f32,
            Task::Regression => x[0] - x[1] * x[2] + 0.1 * x[3],
        });
        let y = y.collect();
        let n_outputs = if task == Task::Classification { N_CLASSES } else { 1 };
        let teacher = (0..N_ROWS * n_outputs).map(|i| 2.0 * (i as f32 * 0.9).cos()).collect();
        Self { x, y, teacher }
    }

    fn rows(&self) -> TrainRows<'_> {
        TrainRows { x: &self.x, y: &self.y, n_rows: N_ROWS, teacher: Some(&self.teacher) }
    }
}

/// How the trials of a group differ.
#[derive(Clone, Copy, PartialEq)]
enum Seeds {
    Own,
    Shared,
}

struct Case {
    name: &'static str,
    spec: ModelSpec,
    seeds: Seeds,
    setup: fn(usize) -> TrialSetup,
}

fn plain(_: usize) -> TrialSetup {
    TrialSetup::for_weights(Vec::new())
}

fn everything(trial: usize) -> TrialSetup {
    TrialSetup {
        dropout: [0.0, 0.1, 0.5][trial % 3],
        momentum: [0.9, 0.0, 0.5, 0.8][trial % 4],
        nesterov: trial.is_multiple_of(4),
        weight_decay: [0.0, 1e-4, 1e-2][trial / 2 % 3],
        gradient_clip_norm: trial.is_multiple_of(2).then_some(0.5),
        class_weights: (trial % 5 < 2).then(|| (0..N_CLASSES).map(|c| 0.5 + c as f32 * 0.3).collect()),
        ..plain(trial)
    }
}

/// Every third is a control; settings differ from one to the next.
fn distilled(trial: usize, loss: DistillationLoss) -> TrialSetup {
    let distillation = Distillation {
        loss,
        alpha: [0.9, 0.5, 1.0, 0.3][trial % 4],
        temperature: [2.0, 1.0, 4.0][trial / 2 % 3],
    };
    TrialSetup { distillation: (!trial.is_multiple_of(3)).then_some(distillation), ..everything(trial) }
}

fn cases() -> Vec<Case> {
    let spec = ModelSpec {
        n_features: N_FEATURES,
        hidden_layers: vec![32, 20],
        n_outputs: N_CLASSES,
        activation: Activation::Relu,
        batch_norm: false,
        task: Task::Classification,
        optimizer: Optimizer::Adam,
    };
    let with = |activation, batch_norm, optimizer, hidden_layers: &[usize]| ModelSpec {
        activation,
        batch_norm,
        optimizer,
        hidden_layers: hidden_layers.to_vec(),
        ..spec.clone()
    };
    let regression = ModelSpec { task: Task::Regression, n_outputs: 1, ..spec.clone() };
    let distilled_regression = regression.clone();
    let case = |name, spec, seeds, setup| Case { name, spec, seeds, setup };
    vec![
        case("plain, shared seed", spec.clone(), Seeds::Shared, plain),
        case("plain, own seeds", spec.clone(), Seeds::Own, plain),
        case("everything, shared seed", spec.clone(), Seeds::Shared, everything),
        case("no hidden layer", with(Activation::Relu, false, Optimizer::Sgd, &[]), Seeds::Own, everything),
        case("sgd, normalised", with(Activation::Gelu, true, Optimizer::Sgd, &[48]), Seeds::Own, everything),
        case(
            "rmsprop, sigmoid",
            with(Activation::Sigmoid, false, Optimizer::Rmsprop, &[9, 64]),
            Seeds::Own,
            everything,
        ),
        case(
            "adamw, tanh",
            with(Activation::Tanh, true, Optimizer::Adamw, &[16, 16, 16]),
            Seeds::Own,
            everything,
        ),
        case("wide, silu", with(Activation::Silu, false, Optimizer::Adam, &[300]), Seeds::Own, everything),
        case("regression", regression, Seeds::Own, |trial| TrialSetup {
            class_weights: None,
            ..everything(trial)
        }),
        case("distilled", spec.clone(), Seeds::Own, |trial| distilled(trial, DistillationLoss::Hinton)),
        case("distilled, shared seed", spec, Seeds::Shared, |trial| {
            distilled(trial, DistillationLoss::Decoupled { beta: 2.0 })
        }),
        case("distilled regression", distilled_regression, Seeds::Own, |trial| TrialSetup {
            class_weights: None,
            ..distilled(trial, DistillationLoss::TeacherBounded { margin: 0.1 })
        }),
    ]
}

impl Case {
    fn seed(&self, trial: usize) -> u32 {
        if self.seeds == Seeds::Own { trial as u32 } else { 3 }
    }

    fn setup(&self, trial: usize) -> TrialSetup {
        let seed = self.seed(trial);
        TrialSetup { seed, weights: random::initial_weights(&self.spec, seed), ..(self.setup)(trial) }
    }

    fn open<'d>(&self, data: &'d Data, trials: &[usize]) -> Box<dyn Group + 'd> {
        let setups: Vec<TrialSetup> = trials.iter().map(|&trial| self.setup(trial)).collect();
        PyTorch::load().open(&self.spec, data.rows(), &setups).unwrap()
    }

    /// Trains the trials, which are those of the group, through `epochs`, from
    /// step `cut` of the first on if there is one. Returns their losses.
    fn train(
        &self,
        group: &mut dyn Group,
        trials: &[usize],
        epochs: std::ops::Range<u32>,
        pieces: &[usize],
    ) -> Vec<Vec<f32>> {
        let mut losses = vec![Vec::new(); trials.len()];
        for epoch in epochs {
            let orders: Vec<Vec<u32>> = trials
                .iter()
                .map(|&trial| random::row_order(self.seed(trial), epoch + 1, N_ROWS as u32))
                .collect();
            let mut done = 0;
            for &n_steps in pieces {
                let rates: Vec<Vec<f64>> = trials
                    .iter()
                    .map(|&trial| {
                        let at = |step: usize| 0.01 / (1 + trial % 6) as f64 / (1.0 + 0.01 * step as f64);
                        (done..done + n_steps).map(|step| at(step + epoch as usize)).collect()
                    })
                    .collect();
                let rows = done * BATCH_SIZE..((done + n_steps) * BATCH_SIZE).min(N_ROWS);
                let steps: Vec<TrialSteps<'_>> = orders
                    .iter()
                    .zip(&rates)
                    .map(|(order, learning_rates)| TrialSteps {
                        rows: &order[rows.clone()],
                        batch_size: BATCH_SIZE,
                        learning_rates,
                        first_step: (epoch as usize * STEPS_PER_EPOCH + done) as u64,
                    })
                    .collect();
                for (all, more) in losses.iter_mut().zip(group.train_steps(&steps).unwrap()) {
                    all.extend(more);
                }
                done += n_steps;
            }
            assert_eq!(done, STEPS_PER_EPOCH);
        }
        losses
    }

    fn alone(&self, data: &Data, trial: usize) -> (Vec<f32>, Tensors) {
        let mut group = self.open(data, &[trial]);
        let losses = self.train(group.as_mut(), &[trial], 0..N_EPOCHS, &[STEPS_PER_EPOCH]);
        (losses.concat(), group.weights(0).unwrap())
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn weight_bits(weights: &Tensors) -> Vec<Vec<u32>> {
    weights.iter().map(|tensor| bits(&tensor.data)).collect()
}

#[test]
fn a_trial_is_the_same_in_groups_of_1_7_and_32() {
    for case in cases() {
        let data = Data::new(case.spec.task);
        let alone: Vec<_> = (0..32).map(|trial| case.alone(&data, trial)).collect();
        for n_trials in [7, 32] {
            let trials: Vec<usize> = (0..n_trials).collect();
            let mut group = case.open(&data, &trials);
            let losses = case.train(group.as_mut(), &trials, 0..N_EPOCHS, &[STEPS_PER_EPOCH]);
            let outputs = group.outputs_of_all(&data.x, N_ROWS).unwrap();
            for trial in trials {
                let what = format!("{}: trial {trial} of {n_trials}", case.name);
                let (alone_losses, alone_weights) = &alone[trial];
                assert!(alone_losses.iter().all(|loss| loss.is_finite()), "{what} diverged");
                assert_eq!(bits(&losses[trial]), bits(alone_losses), "{what}: losses");
                assert_eq!(
                    weight_bits(&group.weights(trial).unwrap()),
                    weight_bits(alone_weights),
                    "{what}: weights"
                );
                let one = group.outputs(trial, &data.x, N_ROWS).unwrap();
                assert_eq!(bits(&outputs[trial]), bits(&one), "{what}: outputs");
            }
        }
    }
}

#[test]
fn where_steps_are_cut_makes_no_difference() {
    for case in cases() {
        let data = Data::new(case.spec.task);
        let trials: Vec<usize> = (0..9).collect();
        let run = |pieces: &[usize]| {
            let mut group = case.open(&data, &trials);
            case.train(group.as_mut(), &trials, 0..2, pieces)
        };
        let whole = run(&[STEPS_PER_EPOCH]);
        for pieces in [vec![1, 4, 2], vec![3, 4], vec![1; STEPS_PER_EPOCH]] {
            assert_eq!(run(&pieces), whole, "{} in pieces of {pieces:?}", case.name);
        }
    }
}

#[test]
fn those_who_stay_are_as_if_the_others_had_never_been() {
    for case in cases() {
        let data = Data::new(case.spec.task);
        let mut trials: Vec<usize> = (0..20).collect();
        let mut group = case.open(&data, &trials);
        let mut losses = case.train(group.as_mut(), &trials, 0..2, &[STEPS_PER_EPOCH]);
        // Evaluated in between, so that nothing outlives the move.
        group.outputs_of_all(&data.x, N_ROWS).unwrap();
        for (epoch, every) in [(2, 3), (3, 2)] {
            let keep: Vec<bool> = trials.iter().map(|trial| trial % every != 0).collect();
            group.retain(&keep).unwrap();
            trials.retain(|trial| trial % every != 0);
            assert_eq!(group.n_trials(), trials.len());
            let more = case.train(group.as_mut(), &trials, epoch..epoch + 1, &[STEPS_PER_EPOCH]);
            for (trial, more) in trials.iter().zip(more) {
                losses[*trial].extend(more);
            }
        }
        let rest = case.train(group.as_mut(), &trials, 4..N_EPOCHS, &[STEPS_PER_EPOCH]);
        let outputs = group.outputs_of_all(&data.x, N_ROWS).unwrap();
        for (place, (&trial, rest)) in trials.iter().zip(rest).enumerate() {
            losses[trial].extend(rest);
            let (alone_losses, alone_weights) = case.alone(&data, trial);
            assert_eq!(bits(&losses[trial]), bits(&alone_losses), "{}: trial {trial}", case.name);
            assert_eq!(weight_bits(&group.weights(place).unwrap()), weight_bits(&alone_weights));
            let mut alone = case.open(&data, &[trial]);
            alone.set_weights(0, &alone_weights).unwrap();
            assert_eq!(bits(&outputs[place]), bits(&alone.outputs(0, &data.x, N_ROWS).unwrap()));
        }
    }
}

#[test]
fn a_resumed_group_goes_on_as_if_nothing_had_happened() {
    for case in cases() {
        let data = Data::new(case.spec.task);
        let trials: Vec<usize> = (0..7).collect();
        let mut group = case.open(&data, &trials);
        let mut losses = case.train(group.as_mut(), &trials, 0..3, &[STEPS_PER_EPOCH]);
        let mut resumed = case.open(&data, &trials);
        for trial in 0..trials.len() {
            resumed.set_weights(trial, &group.weights(trial).unwrap()).unwrap();
            resumed.set_optimizer_state(trial, &group.optimizer_state(trial).unwrap()).unwrap();
        }
        let rest = case.train(resumed.as_mut(), &trials, 3..N_EPOCHS, &[STEPS_PER_EPOCH]);
        for (trial, rest) in rest.into_iter().enumerate() {
            losses[trial].extend(rest);
            assert_eq!(bits(&losses[trial]), bits(&case.alone(&data, trial).0), "{}", case.name);
        }
    }
}

#[test]
fn a_trial_without_steps_and_one_that_diverges_leave_the_others_alone() {
    let case = &cases()[1];
    let data = Data::new(case.spec.task);
    let run = |with_others: bool| {
        let mut group = case.open(&data, &[0, 1, 2]);
        let order = random::row_order(1, 1, N_ROWS as u32);
        let (sane, insane) = (vec![0.01; STEPS_PER_EPOCH], vec![1e30; STEPS_PER_EPOCH]);
        let steps = TrialSteps { rows: &order, batch_size: BATCH_SIZE, learning_rates: &sane, first_step: 0 };
        let none = TrialSteps { rows: &[], learning_rates: &[], ..steps };
        let first = if with_others { TrialSteps { learning_rates: &insane, ..steps } } else { none };
        let last = if with_others { none } else { steps };
        group.train_steps(&[first, steps, last]).unwrap()
    };
    let (together, apart) = (run(true), run(false));
    assert!(together[0].iter().any(|loss| !loss.is_finite()), "{:?}", together[0]);
    assert_eq!((together[2].len(), apart[0].len()), (0, 0));
    assert_eq!(together[1], apart[1]);
}
