//! The teacher's outputs on all rows, computed once by its own worker and kept
//! beside the prepared file, and the teacher's figures that follow from them.

use super::request::is_for_classes;
use super::teacher::{Teachers, unreadable};
use super::{Lesson, Trouble, Work};
use crate::Engine;
use crate::blocking::blocking;
use retort_domain::protocol::Request;
use retort_domain::{
    AppError, ArtifactKind, Dataset, DistillationError, DistillationPhase, DistillationWarning, Metric,
    MetricSet, NetworkFigures, Preparation, PreparationSpec, Run, SeedFigure, Transfer,
};
use retort_trainer::lesson::{TEACHER_TEST, TEACHER_TRAIN, TEACHER_VALIDATION, X_TRANSFER};
use retort_trainer::metrics::{self, Predictions};
use retort_trainer::prepared::Part;
use retort_trainer::{NamedTensor, Prepared, artifacts, tensors};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Goes into every file's name: outputs made by other rules are others.
const RULES_VERSION: &str = "retort lesson 1\n";
/// Stands in for the logarithm of a probability that is 0.
const LEAST_PROBABILITY: f64 = 1e-30;

impl Engine {
    /// The data as the teachers saw it.
    async fn prepare_as(&self, teachers: &Teachers) -> Result<(PathBuf, Preparation), AppError> {
        let seen = &teachers.preparation;
        let is_same = |now: &Preparation| {
            now.split == seen.split && now.features == seen.features && now.target == seen.target
        };
        if let Ok(found) = self.prepare(seen.spec.clone()).await
            && is_same(&found.1)
        {
            return Ok(found);
        }
        // Where columns were left out since, or taken in, those that the teachers
        // saw are asked for by name.
        let columns = seen.features.iter().map(|feature| feature.column().to_owned()).collect();
        let spec = PreparationSpec { features: Some(columns), ..seen.spec.clone() };
        let found = self.prepare(spec).await?;
        if is_same(&found.1) {
            return Ok(found);
        }
        Err(DistillationError::DatasetChanged { name: teachers.runs[0].name.clone() }.into())
    }

    /// The teachers' outputs in a file that is there, or is made; its name, and
    /// how many rows it has without a target.
    async fn lesson(
        &self,
        teachers: &Teachers,
        transfer: Transfer,
        prepared: &Path,
        preparation: &Preparation,
    ) -> Result<(String, u32), AppError> {
        let dataset = self.datasets_get(&preparation.spec.dataset).await?;
        let name = self.lesson_name(teachers, transfer, preparation).await?;
        let path = prepared.with_file_name(&name);
        let there = {
            let (path, prepared) = (path.clone(), prepared.to_owned());
            blocking(move || {
                let prepared = Prepared::open(&prepared).map_err(unreadable)?;
                let n_rows = retort_trainer::lesson::Lesson::open(&path, &prepared)
                    .ok()
                    .map(|lesson| lesson.rows(&prepared).n_rows - prepared.train().n_rows);
                Ok::<_, AppError>(n_rows)
            })
            .await?
        };
        if let Some(n_transfer) = there {
            return Ok((name, n_transfer as u32));
        }
        let temporary = self.inner.folders.temporary();
        let folder = tempfile::tempdir_in(&temporary)
            .map_err(|error| crate::runs::cannot_write(&temporary, &error))?;
        let input = folder.path().join("x.safetensors");
        let x_transfer = self.transfer_rows(transfer, &dataset, prepared, preparation).await?;
        let x_transfer = {
            let (prepared, input) = (prepared.to_owned(), input.clone());
            let n_features = preparation.n_features as usize;
            blocking(move || {
                write_input(&prepared, &x_transfer, n_features, &input)?;
                Ok::<_, AppError>(x_transfer)
            })
            .await?
        };
        let mut outputs = Vec::with_capacity(teachers.runs.len());
        for (number, run) in teachers.runs.iter().enumerate() {
            let output = folder.path().join(format!("outputs-{number}.safetensors"));
            let artifact_dir = self.inner.folders.run(&run.id);
            let request = Request::Predict { artifact_dir, input: input.clone(), output: output.clone() };
            self.ask_worker(run, request).await?;
            outputs.push(output);
        }
        let (prepared, preparation) = (prepared.to_owned(), preparation.clone());
        blocking(move || {
            let mut all = Vec::with_capacity(outputs.len());
            for output in &outputs {
                let mut read = tensors::read(output).map_err(unreadable)?;
                let found = read.tensors.remove("outputs");
                all.push(found.ok_or_else(|| unreadable("the teacher's outputs are missing"))?.data);
            }
            let n_outputs = preparation.target.n_outputs();
            let mean = mean_outputs(&all, n_outputs, is_for_classes(&preparation));
            let n_transfer = x_transfer.len() / (preparation.n_features as usize).max(1);
            write_lesson(&path, &prepared, x_transfer, &mean, &preparation)?;
            Ok::<_, AppError>((name, n_transfer as u32))
        })
        .await
    }

    /// Of everything that decides the teacher's outputs.
    async fn lesson_name(
        &self,
        teachers: &Teachers,
        transfer: Transfer,
        preparation: &Preparation,
    ) -> Result<String, AppError> {
        let mut files: Vec<PathBuf> = teachers
            .runs
            .iter()
            .map(|run| self.inner.folders.run(&run.id).join(artifacts::WEIGHTS_FILE))
            .collect();
        files.sort();
        let (hash, platforms) = (preparation.hash.clone(), teachers.runs.iter().map(|run| run.platform));
        let parts = serde_json::json!([RULES_VERSION, hash, transfer, platforms.collect::<Vec<_>>()]);
        blocking(move || {
            let mut hasher = blake3::Hasher::new();
            hasher.update(parts.to_string().as_bytes());
            for file in &files {
                hasher.update(&std::fs::read(file).map_err(unreadable)?);
            }
            let own = hasher.finalize().to_hex()[..32].to_owned();
            Ok::<_, AppError>(format!("{hash}-{own}.teacher.safetensors"))
        })
        .await
    }

    async fn transfer_rows(
        &self,
        transfer: Transfer,
        dataset: &Dataset,
        prepared: &Path,
        preparation: &Preparation,
    ) -> Result<Vec<f32>, AppError> {
        match transfer {
            Transfer::None => Ok(Vec::new()),
            Transfer::Unlabelled => {
                let table = self.inner.tables.open(&dataset.id).await?;
                let target = preparation.spec.target.clone();
                let (dataset, preparation) = (dataset.clone(), preparation.clone());
                let rows = blocking(move || retort_datasets::unlabelled(&table, &dataset, &preparation));
                let (x, rows) = rows.await?;
                if rows.is_empty() {
                    return Err(DistillationError::NothingUnlabelled { target }.into());
                }
                Ok(x)
            }
            Transfer::Synthetic { rows, method } => {
                let (prepared, preparation) = (prepared.to_owned(), preparation.clone());
                blocking(move || {
                    let prepared = Prepared::open(&prepared).map_err(unreadable)?;
                    let made = retort_datasets::synthetic(
                        &preparation.features,
                        prepared.train().x,
                        rows as usize,
                        method,
                        preparation.spec.seed,
                    );
                    made.ok_or_else(|| unreadable("there are no training rows to make rows from"))
                })
                .await
            }
        }
    }
}

/// All rows one after the other: training, validation, test, transfer.
fn write_input(prepared: &Path, x_transfer: &[f32], n_features: usize, input: &Path) -> Result<(), AppError> {
    let prepared = Prepared::open(prepared).map_err(unreadable)?;
    let parts = [prepared.train(), prepared.validation(), prepared.test()];
    let mut data = Vec::new();
    parts.iter().for_each(|part| data.extend_from_slice(part.x));
    data.extend_from_slice(x_transfer);
    let shape = vec![data.len() / n_features.max(1), n_features];
    tensors::write(input, [&NamedTensor { name: "x".into(), shape, data }], None).map_err(unreadable)?;
    Ok(())
}

/// One teacher's outputs as they are; of several the mean of their predictions,
/// or the logarithm of the mean of their probabilities.
fn mean_outputs(all: &[Vec<f32>], n_outputs: usize, is_for_classes: bool) -> Vec<f32> {
    let [first, _, ..] = all else { return all.first().cloned().unwrap_or_default() };
    let mut sums = vec![0.0_f64; first.len()];
    for outputs in all {
        for (sums, outputs) in sums.chunks_mut(n_outputs).zip(outputs.chunks(n_outputs)) {
            let values = if is_for_classes {
                metrics::probabilities(outputs)
            } else {
                outputs.iter().copied().map(f64::from).collect()
            };
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
    let n = all.len() as f64;
    let mean = |sum: &f64| if is_for_classes { (sum / n).max(LEAST_PROBABILITY).ln() } else { sum / n };
    sums.iter().map(|sum| mean(sum) as f32).collect()
}

fn write_lesson(
    path: &Path,
    prepared: &Path,
    x_transfer: Vec<f32>,
    outputs: &[f32],
    preparation: &Preparation,
) -> Result<(), AppError> {
    let prepared = Prepared::open(prepared).map_err(unreadable)?;
    let n_outputs = preparation.target.n_outputs();
    let n_features = preparation.n_features as usize;
    let [train, validation, test] =
        [prepared.train(), prepared.validation(), prepared.test()].map(|part| part.n_rows * n_outputs);
    let tensor = |name: &str, data: Vec<f32>, width: usize| NamedTensor {
        name: name.into(),
        shape: vec![data.len() / width.max(1), width],
        data,
    };
    let (of_parts, of_transfer) = outputs
        .split_at_checked(train + validation + test)
        .ok_or_else(|| unreadable("the teacher answered for fewer rows than it was asked about"))?;
    let tensors = [
        tensor(TEACHER_TRAIN, [&of_parts[..train], of_transfer].concat(), n_outputs),
        tensor(TEACHER_VALIDATION, of_parts[train..train + validation].to_vec(), n_outputs),
        tensor(TEACHER_TEST, of_parts[train + validation..].to_vec(), n_outputs),
        tensor(X_TRANSFER, x_transfer, n_features),
    ];
    tensors::write(path, &tensors, None).map_err(unreadable)?;
    Ok(())
}

impl Work {
    /// Makes the teacher's outputs, or finds them as they were left.
    pub(super) async fn learn_from_teacher(&mut self) -> Result<Lesson, Trouble> {
        self.enter(DistillationPhase::AskingTeacher).await?;
        let (engine, spec, run_ids) =
            (self.engine.clone(), self.spec.clone(), self.state.teacher_runs.clone());
        let kept = self.state.lesson.clone().zip(self.state.teacher.clone());
        if let Some((name, _)) = kept
            && let Some(lesson) = self.unless_stopped(engine.kept_lesson(&spec, &name)).await?
        {
            return Ok(lesson);
        }
        let made = async {
            let teachers = engine.teachers(&spec, &run_ids).await?;
            let (prepared, preparation) = engine.prepare_as(&teachers).await?;
            let (name, n_transfer) = engine.lesson(&teachers, spec.transfer, &prepared, &preparation).await?;
            let file = prepared.with_file_name(&name);
            let figures = {
                let (runs, file) = (teachers.runs, file.clone());
                let (prepared, preparation) = (prepared.clone(), preparation.clone());
                blocking(move || teacher_figures(&runs, &prepared, &file, &preparation)).await?
            };
            Ok::<_, AppError>((Lesson { prepared, preparation, file }, name, n_transfer, figures))
        };
        let (lesson, name, n_transfer, figures) = self.unless_stopped(made).await?;
        self.state.lesson = Some(name);
        self.state.n_transfer_rows = n_transfer;
        if self.spec.seeds == 1 {
            self.state.warnings.push(DistillationWarning::OneSeed);
        }
        self.state.teacher = Some(figures);
        self.keep().await?;
        Ok(lesson)
    }
}

impl Engine {
    /// What an earlier process left; none where it is not there any more.
    async fn kept_lesson(
        &self,
        spec: &retort_domain::DistillationSpec,
        name: &str,
    ) -> Result<Option<Lesson>, AppError> {
        // The prepared file is named by the first half of the lesson's name.
        let folder = self.inner.folders.prepared(&spec.dataset);
        let Some((hash, _)) = name.split_once('-') else { return Ok(None) };
        let (prepared, file) = (folder.join(format!("{hash}.safetensors")), folder.join(name));
        blocking(move || {
            let Ok(opened) = Prepared::open(&prepared) else { return Ok(None) };
            let is_whole = retort_trainer::lesson::Lesson::open(&file, &opened).is_ok();
            let preparation = opened.preparation().clone();
            Ok::<_, AppError>(is_whole.then_some(Lesson { prepared, preparation, file }))
        })
        .await
    }
}

/// One figure of one network.
pub(super) fn alone(value: f64) -> SeedFigure {
    SeedFigure { mean: value, sd: None, by_seed: vec![value] }
}

fn teacher_figures(
    runs: &[Run],
    prepared: &Path,
    lesson: &Path,
    preparation: &Preparation,
) -> Result<NetworkFigures, AppError> {
    let prepared = Prepared::open(prepared).map_err(unreadable)?;
    let mut outputs = tensors::read(lesson).map_err(unreadable)?;
    let mut judged = |name: &str, part: Part<'_>| -> Result<BTreeMap<Metric, SeedFigure>, AppError> {
        let found = outputs.tensors.remove(name).ok_or_else(|| unreadable(format!("{name} is missing")))?;
        let predictions = Predictions { outputs: &found.data, y: part.y };
        let set: MetricSet = metrics::metrics(&preparation.target, predictions);
        Ok(set.into_iter().map(|(metric, value)| (metric, alone(value))).collect())
    };
    let validation = judged(TEACHER_VALIDATION, prepared.validation())?;
    let test = judged(TEACHER_TEST, prepared.test())?;
    let outcomes = || runs.iter().filter_map(|run| run.outcome.as_ref());
    Ok(NetworkFigures {
        run_ids: runs.iter().map(|run| run.id.clone()).collect(),
        platforms: runs.iter().map(|run| run.platform).collect(),
        name: match runs {
            [run] => run.name.clone(),
            several => format!("{} runs together", several.len()),
        },
        hidden_layers: runs.first().map(|run| run.config.hidden_layers.clone()).unwrap_or_default(),
        parameter_count: outcomes().map(|outcome| f64::from(outcome.parameter_count)).sum(),
        weights_bytes: runs.iter().filter_map(weights_bytes).sum(),
        artifact_bytes: runs.iter().map(Run::artifact_bytes).sum(),
        validation,
        test,
        train_seconds: outcomes().map(|outcome| outcome.train_seconds).sum(),
        speed: None,
    })
}

/// Bytes of a run's weights.
pub(super) fn weights_bytes(run: &Run) -> Option<f64> {
    let artifacts = &run.outcome.as_ref()?.artifacts;
    artifacts.iter().find(|artifact| artifact.kind == ArtifactKind::Weights).map(|artifact| artifact.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn teachers_speak_with_the_mean_of_their_probabilities() {
        // Softmax of these is (0.75, 0.25) and (0.25, 0.75), then (0.5, 0.5) and (0.9, 0.1).
        let first = vec![3.0_f32.ln(), 0.0, 0.0, 0.0];
        let second = vec![0.0, 3.0_f32.ln(), 9.0_f32.ln(), 0.0];
        let mean = mean_outputs(&[first.clone(), second], 2, true);
        for (got, want) in mean.iter().zip([0.5_f32, 0.5, 0.7, 0.3]) {
            assert!((got.exp() - want).abs() < 1e-6, "{got} {want}");
        }
        assert_eq!(mean_outputs(std::slice::from_ref(&first), 2, true), first);
        assert_eq!(mean_outputs(&[vec![1.0, 2.0], vec![3.0, 2.0]], 1, false), [2.0, 2.0]);
    }
}
