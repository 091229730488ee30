//! The first seed's student in fewer bits, judged as the student itself is, and
//! kept where it loses no more than was allowed.

use super::comparison::metric_of;
use super::teacher::unreadable;
use super::{Lesson, Trouble, Work};
use crate::Engine;
use crate::blocking::blocking;
use retort_domain::protocol::Request;
use retort_domain::{
    AppError, Artifact, ArtifactKind, CompressedFormat, CompressedStudent, Compression, JobEventKind, Metric,
    MetricSet, Run,
};
use retort_trainer::metrics::{self, Predictions};
use retort_trainer::{NamedTensor, Prepared, artifacts, compression, tensors};
use std::path::Path;

impl Work {
    /// Adds rows to the answer, where that was asked for.
    pub(super) async fn compress(&mut self, lesson: &Lesson) -> Result<(), Trouble> {
        let Some(bound) = self.spec.compression else { return Ok(()) };
        let Some(mut result) = self.state.result.take() else { return Ok(()) };
        let runs = self.runs().await?;
        for comparison in &mut result.students {
            let first = comparison.student.run_ids.first();
            let Some(run) = first.and_then(|id| runs.iter().find(|run| run.id == *id)) else { continue };
            let mut run = run.clone();
            comparison.compressed.clear();
            for format in CompressedFormat::ALL {
                let made = self.engine.compressed(&run, format, bound, lesson);
                let made = self.unless_stopped(made).await?;
                if !made.is_refused {
                    list(&mut run, &made);
                }
                comparison.compressed.push(made);
            }
            self.record(vec![JobEventKind::RunChanged { run: Box::new(run) }]).await?;
        }
        self.state.result = Some(result);
        self.keep().await
    }
}

/// Names the file among what the run left behind, once.
fn list(run: &mut Run, made: &CompressedStudent) {
    let kind = match made.format {
        CompressedFormat::Float16 => ArtifactKind::Float16,
        CompressedFormat::Int8 => ArtifactKind::Int8,
    };
    if let Some(outcome) = &mut run.outcome {
        outcome.artifacts.retain(|artifact| artifact.kind != kind);
        let name = compression::file_name(made.format).into();
        outcome.artifacts.push(Artifact { kind, name, bytes: made.weights_bytes });
    }
}

/// Validation rows, then test rows, for which outputs are computed.
struct Rows {
    prepared: Prepared,
    n_validation: usize,
}

impl Engine {
    async fn compressed(
        &self,
        run: &Run,
        format: CompressedFormat,
        bound: Compression,
        lesson: &Lesson,
    ) -> Result<CompressedStudent, AppError> {
        let temporary = self.inner.folders.temporary();
        let folder = tempfile::tempdir_in(&temporary)
            .map_err(|error| crate::runs::cannot_write(&temporary, &error))?;
        let source = self.inner.folders.run(&run.id);
        let kept = source.join(compression::file_name(format));
        let place = folder.path().to_owned();
        let (input, output) = (place.join("x.safetensors"), place.join("outputs.safetensors"));

        let (rows, weights_bytes) = {
            let (kept, input) = (kept.clone(), input.clone());
            let (place, prepared) = (place.clone(), lesson.prepared.clone());
            blocking(move || write_compressed(&source, &kept, format, &place, &prepared, &input)).await?
        };
        let request = Request::Predict { artifact_dir: place, input, output: output.clone() };
        self.ask_worker(run, request).await?;
        let own = run.outcome.as_ref().map(|outcome| outcome.metrics.clone()).unwrap_or_default();
        blocking(move || {
            let mut read = tensors::read(&output).map_err(unreadable)?;
            let outputs = read.tensors.remove("outputs");
            let outputs = outputs.ok_or_else(|| unreadable("the outputs are missing"))?.data;
            let target = &rows.prepared.preparation().target;
            let metric = metric_of(target);
            let (of_validation, of_test) = outputs.split_at(rows.n_validation * target.n_outputs());
            let judge = |outputs: &[f32], y: &[f32]| metrics::metrics(target, Predictions { outputs, y });
            let validation = judge(of_validation, rows.prepared.validation().y);
            let test = judge(of_test, rows.prepared.test().y);
            // Validation rows decide, where there are some.
            let lost = if rows.n_validation > 0 {
                points_lost(&validation, &own.validation, metric)
            } else {
                points_lost(&test, &own.test, metric)
            };
            let is_refused = lost.is_none_or(|lost| lost > bound.max_points_lost);
            if is_refused && let Err(error) = std::fs::remove_file(&kept) {
                tracing::warn!(%error, ?kept, "a refused file stays");
            }
            let change = test.get(&metric).zip(own.test.get(&metric)).map(|(now, before)| now - before);
            Ok::<_, AppError>(CompressedStudent {
                format,
                weights_bytes,
                metric_change: change,
                validation,
                test,
                is_refused,
            })
        })
        .await
    }
}

fn write_compressed(
    source: &Path,
    kept: &Path,
    format: CompressedFormat,
    place: &Path,
    prepared: &Path,
    input: &Path,
) -> Result<(Rows, f64), AppError> {
    let model = artifacts::read_description(source).map_err(unreadable)?.model;
    let weights = tensors::read_weights(&source.join(artifacts::WEIGHTS_FILE), &model).map_err(unreadable)?;
    let n_bytes = compression::write(kept, &weights, format).map_err(unreadable)?;
    // What is judged is what was kept, read back.
    let restored = compression::read(kept).map_err(unreadable)?;
    tensors::write(&place.join(artifacts::WEIGHTS_FILE), &restored, None).map_err(unreadable)?;
    std::fs::copy(source.join(artifacts::DESCRIPTION_FILE), place.join(artifacts::DESCRIPTION_FILE))
        .map_err(unreadable)?;
    let prepared = Prepared::open(prepared).map_err(unreadable)?;
    let (validation, test) = (prepared.validation(), prepared.test());
    let data = [validation.x, test.x].concat();
    let shape = vec![validation.n_rows + test.n_rows, model.n_features];
    tensors::write(input, [&NamedTensor { name: "x".into(), shape, data }], None).map_err(unreadable)?;
    let n_validation = validation.n_rows;
    Ok((Rows { prepared, n_validation }, n_bytes as f64))
}

/// Percentage points of a share, or percent of an error; none where a figure is
/// missing or no number.
fn points_lost(now: &MetricSet, before: &MetricSet, metric: Metric) -> Option<f64> {
    let (now, before) = (*now.get(&metric)?, *before.get(&metric)?);
    let lost = if metric.higher_is_better() {
        100.0 * (before - now)
    } else if now <= before {
        0.0
    } else {
        100.0 * (now / before - 1.0)
    };
    (!lost.is_nan()).then_some(lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_points_of_a_share_and_percent_of_an_error() {
        let of = |metric, value| MetricSet::from([(metric, value)]);
        let lost = |metric, now, before| points_lost(&of(metric, now), &of(metric, before), metric);
        assert!((lost(Metric::Accuracy, 0.90, 0.92).unwrap() - 2.0).abs() < 1e-9);
        assert!((lost(Metric::Rmse, 2.1, 2.0).unwrap() - 5.0).abs() < 1e-9);
        assert_eq!(lost(Metric::Rmse, 1.9, 2.0), Some(0.0));
        assert_eq!(lost(Metric::Rmse, f64::NAN, 2.0), None);
        assert_eq!(points_lost(&MetricSet::new(), &of(Metric::Rmse, 2.0), Metric::Rmse), None);
    }
}
