//! The loop over a backend of a few lines: a linear model, stochastic gradient
//! descent with momentum, so that there is state to lose.

use super::*;
use crate::backend::{NamedTensor, SavedNetwork, Tensors, TrainRows, TrialSetup};
use proptest::prelude::*;
use retort_domain::{
    Artifact, ArtifactKind, DatasetId, Optimizer, Platform, Preparation, PreparationSpec, SplitSizes,
    TargetTransform,
};
use safetensors::tensor::{Dtype, TensorView};
use std::cell::Cell;
use std::collections::HashMap;
use std::path::Path;

mod folds;

struct Linear;

struct LinearGroup<'d> {
    rows: TrainRows<'d>,
    n_features: usize,
    n_outputs: usize,
    trials: Vec<(Tensors, Tensors, TrialSetup)>,
}

impl Backend for Linear {
    fn platform(&self) -> Platform {
        Platform::Pytorch
    }

    fn version(&self) -> String {
        "0".into()
    }

    fn open<'d>(
        &self,
        spec: &ModelSpec,
        rows: TrainRows<'d>,
        trials: &[TrialSetup],
    ) -> Result<Box<dyn Group + 'd>, BackendError> {
        let state = |weights: &Tensors| -> Tensors {
            let zeros = |t: &NamedTensor| NamedTensor {
                name: format!("{}.momentum_buffer", t.name),
                shape: t.shape.clone(),
                data: vec![0.0; t.data.len()],
            };
            weights.iter().map(zeros).collect()
        };
        let trials = trials.iter().map(|t| (t.weights.clone(), state(&t.weights), t.clone())).collect();
        Ok(Box::new(LinearGroup { rows, n_features: spec.n_features, n_outputs: spec.n_outputs, trials }))
    }

    fn load(&self, _: &Path) -> Result<Box<dyn SavedNetwork>, BackendError> {
        let message = "networks of the tests have no format of their own".into();
        Err(BackendError::Framework { platform: self.platform(), action: "open a network", message })
    }
}

fn linear(weights: &Tensors, x: &[f32], n_features: usize) -> Vec<f32> {
    let row = |x: &[f32]| -> Vec<f32> {
        let units = weights[0].data.chunks_exact(n_features).zip(&weights[1].data);
        units.map(|(w, b)| w.iter().zip(x).map(|(w, x)| w * x).sum::<f32>() + b).collect()
    };
    x.chunks_exact(n_features).flat_map(row).collect()
}

impl Group for LinearGroup<'_> {
    fn n_trials(&self) -> usize {
        self.trials.len()
    }

    fn train_steps(&mut self, steps: &[TrialSteps<'_>]) -> Result<Vec<Vec<f32>>, BackendError> {
        let (n_features, n_outputs, rows) = (self.n_features, self.n_outputs, self.rows);
        let train =
            |((weights, state, setup), steps): (&mut (Tensors, Tensors, TrialSetup), &TrialSteps<'_>)| {
                let batches =
                    steps.rows.chunks(steps.batch_size).zip(steps.learning_rates).zip(steps.first_step..);
                let step = |((batch, &rate), number): ((&[u32], &f64), u64)| {
                    let mut mask = [0.0; 1];
                    crate::random::dropout_mask(setup.seed, number, 0, 0.1, &mut mask);
                    let (mut loss, mut grads) =
                        (0.0, [vec![0.0; n_features * n_outputs], vec![0.0; n_outputs]]);
                    for &row in batch {
                        let x = &rows.x[row as usize * n_features..][..n_features];
                        let z = linear(weights, x, n_features);
                        let sum: f32 = z.iter().map(|z| z.exp()).sum();
                        let class = rows.y[row as usize] as usize;
                        loss -= (z[class].exp() / sum).ln();
                        for unit in 0..n_outputs {
                            let residual = z[unit].exp() / sum - f32::from(u8::from(unit == class));
                            grads[1][unit] += residual;
                            for (grad, x) in grads[0][unit * n_features..].iter_mut().zip(x) {
                                *grad += residual * x * mask[0];
                            }
                        }
                    }
                    for ((tensor, state), grads) in weights.iter_mut().zip(state.iter_mut()).zip(&grads) {
                        for ((w, m), g) in tensor.data.iter_mut().zip(&mut state.data).zip(grads) {
                            *m = 0.9 * *m + g / batch.len() as f32;
                            *w -= rate as f32 * *m;
                        }
                    }
                    loss / batch.len() as f32
                };
                batches.map(step).collect()
            };
        Ok(self.trials.iter_mut().zip(steps).map(train).collect())
    }

    fn outputs(&mut self, trial: usize, x: &[f32], _n_rows: usize) -> Result<Vec<f32>, BackendError> {
        Ok(linear(&self.trials[trial].0, x, self.n_features))
    }

    fn weights(&self, trial: usize) -> Result<Tensors, BackendError> {
        Ok(self.trials[trial].0.clone())
    }

    fn set_weights(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError> {
        self.trials[trial].0.clone_from(weights);
        Ok(())
    }

    fn optimizer_state(&self, trial: usize) -> Result<Tensors, BackendError> {
        Ok(self.trials[trial].1.clone())
    }

    fn set_optimizer_state(&mut self, trial: usize, state: &Tensors) -> Result<(), BackendError> {
        self.trials[trial].1.clone_from(state);
        Ok(())
    }

    fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError> {
        let mut keep = keep.iter();
        self.trials.retain(|_| *keep.next().unwrap());
        Ok(())
    }

    fn export(&mut self, _trial: usize, dir: &Path) -> Result<Artifact, BackendError> {
        std::fs::write(dir.join("model.pt"), b"net").unwrap();
        Ok(Artifact { kind: ArtifactKind::Torchscript, name: "model.pt".into(), bytes: 3.0 })
    }
}

const N_FEATURES: usize = 3;

/// Of two overlapping classes.
struct Rows {
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Rows {
    fn draw(seed: &mut f32, n: usize) -> Rows {
        let mut next = || {
            *seed = (*seed * 12.9898).sin() * 43.123;
            seed.fract()
        };
        let x: Vec<f32> = (0..n * N_FEATURES).map(|_| next()).collect();
        let y = x.chunks(N_FEATURES).map(|r| f32::from(u8::from(r[0] + 0.5 * r[1] > 0.1))).collect();
        Rows { x, y }
    }
}

/// 60 rows to train on, `n_validation` and 20.
fn write_prepared(path: &Path, n_validation: u32) {
    let mut seed = 1.0_f32;
    let parts = [60, n_validation as usize, 20].map(|n| Rows::draw(&mut seed, n));
    write_parts(path, &parts, vec![]);
}

/// Train, validation and test.
fn write_parts(path: &Path, parts: &[Rows; 3], folds: Vec<retort_domain::Fold>) {
    let [train, validation, test] = [0, 1, 2].map(|i| parts[i].y.len() as u32);
    let preparation = Preparation {
        hash: "h".into(),
        spec: PreparationSpec {
            dataset: DatasetId::from("d"),
            target: "t".into(),
            task: None,
            features: None,
            exclude: vec![],
            test_fraction: 0.2,
            validation_fraction: 0.1,
            seed: 0,
            resampling: Default::default(),
            split: Default::default(),
            drop_duplicates: false,
        },
        split: SplitSizes { train, validation, test },
        folds,
        dropped_rows: 0,
        features: vec![],
        n_features: N_FEATURES as u32,
        target: target(),
        notes: vec![],
    };
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, Rows { x, y }) in ["train", "validation", "test"].iter().zip(parts) {
        let bytes = |v: &[f32]| v.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
        tensors.push((format!("x_{name}"), vec![y.len(), N_FEATURES], bytes(x)));
        tensors.push((format!("y_{name}"), vec![y.len()], bytes(y)));
    }
    let views =
        tensors.iter().map(|(name, shape, b)| (name, TensorView::new(Dtype::F32, shape.clone(), b).unwrap()));
    let metadata = HashMap::from([("preparation".to_owned(), serde_json::to_string(&preparation).unwrap())]);
    std::fs::write(path, safetensors::serialize(views, Some(metadata)).unwrap()).unwrap();
}

fn target() -> TargetTransform {
    TargetTransform::Classification { labels: vec!["a".into(), "b".into()] }
}

fn config(seed: u32, epochs: u32) -> TrainingConfig {
    TrainingConfig {
        hidden_layers: vec![],
        optimizer: Optimizer::Sgd,
        momentum: 0.9,
        learning_rate: 0.05,
        batch_size: 7,
        seed,
        epochs,
        ..Default::default()
    }
}

struct Scene {
    folder: tempfile::TempDir,
    request: GroupRequest,
}

fn scene(configs: &[TrainingConfig], n_validation: u32) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let prepared = folder.path().join("prepared.safetensors");
    write_prepared(&prepared, n_validation);
    let trial = |config: &TrainingConfig| {
        let artifact_dir = folder.path().join(format!("run-{}", config.seed));
        std::fs::create_dir_all(&artifact_dir).unwrap();
        TrialRequest {
            run_id: RunId(format!("run-{}", config.seed)),
            config: config.clone(),
            artifact_dir,
            continue_from: None,
            pause_after: None,
            distillation: None,
        }
    };
    let request = GroupRequest {
        prepared,
        trials: configs.iter().map(trial).collect(),
        checkpoint: folder.path().join("checkpoint.safetensors"),
        checkpoint_every_secs: 1e9,
        purpose: Purpose::Runs,
        teacher: None,
    };
    Scene { folder, request }
}

/// Frames without the seconds, which differ from run to run.
fn train(request: &GroupRequest, cancel_after_looks: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    let looks = Cell::new(0);
    let cancelled = || {
        looks.set(looks.get() + 1);
        looks.get() > cancel_after_looks
    };
    train_group(&Linear, request, &mut |frame| frames.push(frame), &cancelled).unwrap();
    for frame in &mut frames {
        match frame {
            Frame::Epoch { record, .. } => record.train_seconds = 0.0,
            Frame::Finished { outcome, .. } => outcome.train_seconds = 0.0,
            Frame::TrialEnded { result, .. } | Frame::TrialPaused { result, .. } => {
                result.train_seconds = 0.0;
            }
            _ => {}
        }
    }
    frames
}

/// The scene's trials as those of a sweep, up to an epoch.
fn sweep(scene: &Scene, pause_after: Option<u32>, continues_after: Option<u32>) -> GroupRequest {
    let mut request = scene.request.clone();
    request.purpose =
        Purpose::Sweep { objective: retort_domain::Metric::LogLoss, judged_epoch: Default::default() };
    for trial in &mut request.trials {
        trial.pause_after = pause_after;
        trial.continue_from =
            continues_after.map(|epoch| state_file(&trial.artifact_dir, trial.run_id.as_str(), epoch));
    }
    request
}

fn trial_weights(scene: &Scene, seed: u32) -> Vec<u8> {
    let id = format!("run-{seed}");
    std::fs::read(weights_file(&scene.folder.path().join(&id), &id)).unwrap()
}

#[test]
fn a_paused_trial_goes_on_as_if_it_never_stopped() {
    // One ends before the pause.
    let configs = [config(1, 8), config(2, 2), config(3, 8)];
    let whole = scene(&configs, 10);
    let undisturbed = train(&sweep(&whole, None, None), usize::MAX);

    let parts = scene(&configs, 10);
    let mut first = train(&sweep(&parts, Some(3), None), usize::MAX);
    let paused = |f: &&Frame| matches!(f, Frame::TrialPaused { .. });
    assert_eq!(first.iter().filter(paused).count(), 2, "{first:?}");
    let mut rest = sweep(&parts, None, Some(3));
    rest.trials.remove(1);
    first.extend(train(&rest, usize::MAX));

    let results = |frames: &[Frame]| {
        let mut results: Vec<String> = frames
            .iter()
            .filter(|f| matches!(f, Frame::TrialEnded { .. }))
            .map(|f| format!("{f:?}"))
            .collect();
        results.sort();
        results
    };
    assert_eq!(results(&first), results(&undisturbed));
    for seed in 1..=3 {
        assert_eq!(trial_weights(&parts, seed), trial_weights(&whole, seed), "trial {seed}");
    }
    let epochs = |frames: &[Frame]| {
        let mut epochs: Vec<_> = frames
            .iter()
            .filter_map(|f| if let Frame::Epochs { records } = f { Some(records.clone()) } else { None })
            .flatten()
            .map(|(id, record)| (id, record.epoch, record.train_loss.to_bits()))
            .collect();
        epochs.sort();
        epochs
    };
    assert_eq!(epochs(&first), epochs(&undisturbed), "each epoch is told once");
}

#[test]
fn a_lost_state_is_told_and_spares_the_others() {
    let parts = scene(&[config(1, 4), config(2, 4)], 10);
    train(&sweep(&parts, Some(2), None), usize::MAX);
    let rest = sweep(&parts, None, Some(2));
    std::fs::write(rest.trials[0].continue_from.clone().unwrap(), b"torn").unwrap();
    let frames = train(&rest, usize::MAX);
    let of = |wanted: fn(&Frame) -> bool| frames.iter().filter(|f| wanted(f)).count();
    assert_eq!(of(|f| matches!(f, Frame::StateLost { run_id } if run_id.as_str() == "run-1")), 1);
    assert_eq!(of(|f| matches!(f, Frame::TrialEnded { run_id, .. } if run_id.as_str() == "run-2")), 1);

    std::fs::write(rest.trials[1].continue_from.clone().unwrap(), b"torn").unwrap();
    let frames = train(&rest, usize::MAX);
    assert_eq!(frames.len(), 3, "two lost, then the end: {frames:?}");
}

#[test]
fn the_best_trial_becomes_a_run_with_test_figures() {
    let whole = scene(&[config(1, 6)], 10);
    let frames = train(&sweep(&whole, None, None), usize::MAX);
    let Some(Frame::TrialEnded { run_id, result }) =
        frames.iter().find(|f| matches!(f, Frame::TrialEnded { .. })).cloned()
    else {
        panic!("{frames:?}");
    };
    let folder = whole.folder.path().join("promoted");
    std::fs::create_dir(&folder).unwrap();
    let promotion = retort_domain::protocol::Promotion {
        prepared: whole.request.prepared.clone(),
        weights: weights_file(&whole.request.trials[0].artifact_dir, run_id.as_str()),
        run_id: RunId::from("promoted"),
        config: whole.request.trials[0].config.clone(),
        result: result.clone(),
        artifact_dir: folder.clone(),
    };
    let Frame::Finished { outcome, .. } = promote(&Linear, &promotion, &|| false).unwrap() else {
        panic!("no outcome");
    };
    assert_eq!(outcome.metrics.validation, result.metrics);
    assert!(!outcome.metrics.test.is_empty());
    assert_eq!(crate::artifacts::read_description(&folder).unwrap().best_epoch, result.best_epoch);
    let test = crate::tensors::read(&folder.join(crate::artifacts::TEST_OUTPUTS_FILE)).unwrap();
    assert_eq!(test.tensors["outputs"].shape[0], test.tensors["y"].shape[0]);
}

fn of_run(frames: &[Frame], run: &str) -> Vec<Frame> {
    let is_of = |frame: &&Frame| match frame {
        Frame::Epoch { run_id, .. } | Frame::Finished { run_id, .. } | Frame::Diverged { run_id, .. } => {
            run_id.as_str() == run
        }
        _ => false,
    };
    frames.iter().filter(is_of).cloned().collect()
}

fn weights(scene: &Scene, seed: u32) -> Vec<u8> {
    std::fs::read(scene.folder.path().join(format!("run-{seed}/weights.safetensors"))).unwrap()
}

#[test]
fn the_loss_falls_and_artefacts_are_left() {
    let scene = scene(&[config(1, 12)], 10);
    let frames = train(&scene.request, usize::MAX);
    let losses: Vec<f64> = frames
        .iter()
        .filter_map(|f| match f {
            Frame::Epoch { record, .. } => Some(record.train_loss),
            _ => None,
        })
        .collect();
    assert_eq!(losses.len(), 12);
    assert!(losses[11] < 0.7 * losses[0], "{losses:?}");
    let folder = scene.folder.path().join("run-1");
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["model.json", "model.pt", "test_outputs.safetensors", "weights.safetensors"]);
    assert_eq!(crate::artifacts::read_description(&folder).unwrap().epochs_run, 12);
    assert_eq!(frames.last(), Some(&Frame::GroupDone { cancelled: false }));
}

#[test]
fn without_validation_the_last_epoch_counts() {
    let scene = scene(&[config(1, 4)], 0);
    let frames = train(&scene.request, usize::MAX);
    let Some(Frame::Finished { outcome, .. }) = frames.iter().find(|f| matches!(f, Frame::Finished { .. }))
    else {
        panic!("{frames:?}");
    };
    assert_eq!((outcome.best_epoch, outcome.epochs_run), (4, 4));
    assert!(outcome.metrics.validation.is_empty() && !outcome.metrics.test.is_empty());
}

#[test]
fn patience_stops_and_the_best_epoch_is_kept() {
    // A rate so large that validation soon gets worse.
    let restless = TrainingConfig { learning_rate: 3.0, early_stopping_patience: Some(2), ..config(1, 500) };
    let scene = scene(&[restless], 10);
    let frames = train(&scene.request, usize::MAX);
    let Some(Frame::Finished { outcome, .. }) = frames.iter().find(|f| matches!(f, Frame::Finished { .. }))
    else {
        panic!("{frames:?}");
    };
    assert_eq!(outcome.epochs_run, outcome.best_epoch + 2);
    let of_best = frames.iter().find_map(|f| match f {
        Frame::Epoch { record, .. } if record.epoch == outcome.best_epoch => Some(&record.validation_metrics),
        _ => None,
    });
    assert_eq!(Some(&outcome.metrics.validation), of_best);
}

#[test]
fn a_loss_that_is_not_finite_ends_that_trial_alone() {
    let wild = TrainingConfig { learning_rate: 1000.0, ..config(2, 5) };
    let scene = scene(&[config(1, 5), wild], 10);
    let frames = train(&scene.request, usize::MAX);
    let diverged = frames.iter().find_map(|f| match f {
        Frame::Diverged { run_id, message, .. } => Some((run_id.as_str(), message)),
        _ => None,
    });
    let (run, message) = diverged.expect("a trial diverges");
    assert!(run == "run-2" && message.contains("learning_rate"), "{run}: {message}");
    assert!(matches!(of_run(&frames, "run-1").last(), Some(Frame::Finished { .. })));
}

#[test]
fn a_checkpoint_of_something_else_is_ignored() {
    let scene = scene(&[config(1, 3)], 10);
    let undisturbed = train(&scene.request, usize::MAX);
    for content in [&b""[..], b"not a checkpoint", &[255; 4096]] {
        std::fs::write(&scene.request.checkpoint, content).unwrap();
        assert_eq!(train(&scene.request, usize::MAX), undisturbed);
    }
    let mut other = scene.request.clone();
    other.trials[0].config.learning_rate = 0.01;
    train(&other, 3);
    assert_eq!(train(&scene.request, usize::MAX), undisturbed);
}

#[test]
fn requests_that_cannot_be_trained_say_why() {
    let good = scene(&[config(1, 3)], 10);
    let reason = |request: &GroupRequest| {
        train_group(&Linear, request, &mut |_| {}, &|| false).unwrap_err().to_string()
    };

    let mut request = good.request.clone();
    request.trials[0].config.learning_rate = f64::NAN;
    assert!(reason(&request).contains("learning_rate is NaN"));
    let mut request = good.request.clone();
    request.trials.clear();
    assert_eq!(reason(&request), "the request holds no trials");
    let whole = std::fs::read(&good.request.prepared).unwrap();
    std::fs::write(&good.request.prepared, &whole[..whole.len() / 2]).unwrap();
    assert!(reason(&good.request).contains("is damaged"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Stopped any number of times, wherever the loop looks.
    #[test]
    fn stopping_and_resuming_changes_no_bit(stops in prop::collection::vec(0_usize..8, 1..6), n_validation in 0_u32..2) {
        let configs = [config(1, 6), config(2, 4)];
        let n_validation = n_validation * 10;
        let undisturbed = scene(&configs, n_validation);
        let want = train(&undisturbed.request, usize::MAX);

        let resumed = scene(&configs, n_validation);
        for looks in stops {
            train(&resumed.request, looks);
        }
        let got = train(&resumed.request, usize::MAX);
        for seed in [1, 2] {
            let run = format!("run-{seed}");
            prop_assert_eq!(of_run(&got, &run), of_run(&want, &run));
            prop_assert_eq!(weights(&resumed, seed), weights(&undisturbed, seed));
        }
    }

    #[test]
    fn a_trial_in_a_group_gives_what_it_gives_alone(seeds in prop::collection::btree_set(0_u32..100, 2..4)) {
        let configs: Vec<_> = seeds.iter().map(|&seed| config(seed, 2 + seed % 3)).collect();
        let together = scene(&configs, 10);
        let frames = train(&together.request, usize::MAX);
        for config in &configs {
            let alone = scene(std::slice::from_ref(config), 10);
            let run = format!("run-{}", config.seed);
            prop_assert_eq!(of_run(&train(&alone.request, usize::MAX), &run), of_run(&frames, &run));
            prop_assert_eq!(weights(&alone, config.seed), weights(&together, config.seed));
        }
    }
}
