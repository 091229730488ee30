//! A sweep's trial becomes a run: its weights are judged on every part, test
//! rows among them, and written with all artefacts.

use super::TrainError;
use super::opening::model_of;
use crate::artifacts::{self, Describe, Environment};
use crate::backend::{Backend, TrainRows, TrialSetup};
use crate::evaluation::{self, Evaluation};
use crate::metrics::{self, Predictions};
use crate::prepared::Prepared;
use crate::tensors;
use retort_domain::protocol::{Frame, Promotion};
use retort_domain::{ClassWeighting, MetricSet, PartMetrics, TargetTransform, TrialOutcome};

/// Answers with `Finished`. The network's outputs on the test rows are written
/// beside the artefacts, for comparisons row by row.
pub fn promote(
    backend: &dyn Backend,
    promotion: &Promotion,
    cancelled: &dyn Fn() -> bool,
) -> Result<Frame, TrainError> {
    let Promotion { run_id, config, result, artifact_dir, .. } = promotion;
    let prepared = Prepared::open(&promotion.prepared)?;
    let preparation = prepared.preparation();
    let spec = model_of(config, preparation);
    let weights = tensors::read_weights(&promotion.weights, &spec)?;
    let rows = TrainRows {
        x: &prepared.train().x[..spec.n_features],
        y: &prepared.train().y[..1],
        n_rows: 1,
        teacher: None,
    };
    let mut group = backend.open(&spec, rows, &[TrialSetup::for_weights(weights)])?;

    let class_weights = match config.class_weighting {
        ClassWeighting::None => None,
        ClassWeighting::Balanced => {
            super::opening::balanced_class_weights(&preparation.target, prepared.train().y)
        }
    };
    let mut evaluations = Vec::with_capacity(3);
    for part in [prepared.train(), prepared.validation(), prepared.test()] {
        let outputs = evaluation::outputs(group.as_mut(), 0, &spec, part.x, part.n_rows, cancelled)?
            .ok_or(TrainError::Cancelled)?;
        evaluations.push(Evaluation::of(&preparation.target, outputs, part, class_weights.as_deref()));
    }
    if !evaluations.iter().all(Evaluation::is_finite) {
        return Err(TrainError::NotFinite { run_id: run_id.clone() });
    }
    let environment = Environment::of(backend);
    let describe = Describe { environment: &environment, model: &spec, preparation };
    let description = describe.trial(run_id, config, result.epochs_run, result.best_epoch);
    let written = artifacts::write(group.as_mut(), 0, &description, artifact_dir)?;

    let test = Predictions { outputs: &evaluations[2].outputs, y: prepared.test().y };
    let confusion = match &preparation.target {
        TargetTransform::Classification { labels } => Some(metrics::confusion(labels.len(), test)),
        TargetTransform::Regression { .. } => None,
    };
    artifacts::write_test_outputs(artifact_dir, &spec, &prepared, &evaluations[2].outputs)?;
    let [train, validation, test] = [0, 1, 2].map(|i| evaluations[i].metrics.clone());
    let outcome = TrialOutcome {
        epochs_run: result.epochs_run,
        best_epoch: result.best_epoch,
        metrics: PartMetrics { train, validation, test },
        last_validation: MetricSet::new(),
        confusion,
        train_seconds: result.train_seconds,
        parameter_count: u32::try_from(description.parameter_count).unwrap_or(u32::MAX),
        artifacts: written,
    };
    Ok(Frame::Finished { run_id: run_id.clone(), outcome: Box::new(outcome) })
}
