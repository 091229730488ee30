//! Trials that are judged on several folds.

use super::*;
use retort_domain::protocol::TrialResult;
use retort_domain::{Fold, TrialEpoch};

const N_TRAIN: usize = 40;
/// Of each fold.
const N_VALIDATION: [usize; 3] = [11, 11, 10];

/// The scene's trials on three folds, and on each of them alone.
fn scenes(configs: &[TrainingConfig]) -> (Scene, Vec<Scene>) {
    let mut seed = 3.0_f32;
    let parts: Vec<[Rows; 3]> =
        N_VALIDATION.map(|n| [N_TRAIN, n, 20].map(|n| Rows::draw(&mut seed, n))).into();
    let together = scene(configs, 10);
    let mut stacked = [0, 1, 2].map(|_| Rows { x: vec![], y: vec![] });
    for part in [0, 1] {
        for fold in &parts {
            stacked[part].x.extend(&fold[part].x);
            stacked[part].y.extend(&fold[part].y);
        }
    }
    let fold = |n| Fold { train: N_TRAIN as u32, validation: n as u32, target: target() };
    write_parts(&together.request.prepared, &stacked, N_VALIDATION.map(fold).into());
    let alone = parts.iter().map(|fold| {
        let scene = scene(configs, 10);
        write_parts(&scene.request.prepared, fold, vec![]);
        scene
    });
    (together, alone.collect())
}

fn result(frames: &[Frame], id: &str) -> TrialResult {
    let of_trial = frames.iter().find_map(|frame| match frame {
        Frame::TrialEnded { run_id, result } if run_id.as_str() == id => Some(result.clone()),
        _ => None,
    });
    of_trial.expect("a result")
}

fn epochs(frames: &[Frame], id: &str) -> Vec<TrialEpoch> {
    let told =
        frames.iter().filter_map(|f| if let Frame::Epochs { records } = f { Some(records) } else { None });
    told.flatten().filter(|(run, _)| run.as_str() == id).map(|(_, epoch)| *epoch).collect()
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} instead of {expected}");
}

#[test]
fn a_trial_tells_the_mean_of_what_each_fold_would_tell_alone() {
    let configs = [config(1, 6), config(2, 4)];
    let (together, alone) = scenes(&configs);
    let found = train(&sweep(&together, None, None), usize::MAX);
    let of_folds: Vec<Vec<Frame>> =
        alone.iter().map(|scene| train(&sweep(scene, None, None), usize::MAX)).collect();
    for config in &configs {
        let id = format!("run-{}", config.seed);
        let mean = |of: &dyn Fn(&[Frame]) -> f64| of_folds.iter().map(|frames| of(frames)).sum::<f64>() / 3.0;
        let told = epochs(&found, &id);
        assert_eq!(told.len(), config.epochs as usize);
        for (i, epoch) in told.iter().enumerate() {
            assert_near(epoch.train_loss, mean(&|frames| epochs(frames, &id)[i].train_loss));
            let loss = |frames: &[Frame]| epochs(frames, &id)[i].validation_loss.expect("a loss");
            assert_near(epoch.validation_loss.expect("a loss"), mean(&loss));
        }
        // The best epoch is that of the mean curve, and the rest is from there.
        let result = result(&found, &id);
        let best = told.iter().min_by(|a, b| a.objective.partial_cmp(&b.objective).unwrap()).expect("epochs");
        assert_eq!((result.best_epoch, result.objective), (best.epoch, best.objective));
        let objective = |frames: &Vec<Frame>| {
            epochs(frames, &id)[best.epoch as usize - 1].objective.expect("an objective")
        };
        let objectives: Vec<f64> = of_folds.iter().map(objective).collect();
        let mean = objectives.iter().sum::<f64>() / 3.0;
        let variance = objectives.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 2.0;
        assert_near(result.objective_sd.expect("a deviation"), variance.sqrt());
        assert_near(result.metrics[&retort_domain::Metric::LogLoss], mean);
        assert!(!weights_file(&together.folder.path().join(&id), &id).exists(), "no fold is the model");
    }
}

#[test]
fn a_holdout_has_no_deviation() {
    let frames = train(&sweep(&scene(&[config(1, 2)], 10), None, None), usize::MAX);
    assert_eq!(result(&frames, "run-1").objective_sd, None);
}

#[test]
fn folds_alone_in_a_group_paused_and_resumed_are_the_same() {
    let configs = [config(1, 8), config(2, 3), config(3, 8)];
    let whole = train(&sweep(&scenes(&configs).0, None, None), usize::MAX);
    let told = |frames: &[Frame], id: &str| (epochs(frames, id), format!("{:?}", result(frames, id)));
    for config in &configs {
        let id = format!("run-{}", config.seed);
        let alone = train(&sweep(&scenes(std::slice::from_ref(config)).0, None, None), usize::MAX);
        assert_eq!(told(&alone, &id), told(&whole, &id), "alone");
    }

    // One ends before the pause.
    let (parts, _) = scenes(&configs);
    let mut frames = train(&sweep(&parts, Some(5), None), usize::MAX);
    let mut rest = sweep(&parts, None, Some(5));
    rest.trials.remove(1);
    frames.extend(train(&rest, usize::MAX));
    for id in ["run-1", "run-2", "run-3"] {
        assert_eq!(told(&frames, id), told(&whole, id), "paused at a rung");
    }

    for looks in [1, 3, 6] {
        let (parts, _) = scenes(&configs);
        let request = sweep(&parts, None, None);
        let first = train(&request, looks);
        assert_eq!(first.last(), Some(&Frame::GroupDone { cancelled: true }));
        // What the checkpoint holds is told again.
        let frames = train(&request, usize::MAX);
        for id in ["run-1", "run-2", "run-3"] {
            assert_eq!(told(&frames, id), told(&whole, id), "stopped after {looks} looks");
        }
    }
}
