//! A trained network applied to a file of new rows.

use crate::Engine;
use crate::blocking::blocking;
use crate::runs::cannot_write;
use retort_datasets::{ImportOptions, Table};
use retort_domain::protocol::{Frame, Request};
use retort_domain::{AppError, Dataset, ErrorCode, Preparation, Run, RunId, RunStatus, TargetTransform};
use retort_trainer::{NamedTensor, artifacts, metrics, tensors};
use std::borrow::Cow;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// Rows that are read from the table at once.
const PAGE_ROWS: u32 = 10_000;

impl Engine {
    /// Predicts every row of a file with a run's network and writes them as CSV:
    /// the file's columns, then `prediction`, and for a classification
    /// `probability_…` a class. Returns the number of rows. The file is not
    /// imported for good; what lies at `out` is replaced once all is written.
    pub async fn predict(&self, id: &RunId, file: PathBuf, out: PathBuf) -> Result<usize, AppError> {
        let run = self.runs_get(id).await?;
        if run.status != RunStatus::Succeeded {
            return Err(AppError::new(
                ErrorCode::Conflict,
                format!("run \"{}\" has no trained network", run.name),
            )
            .with_hint("Choose a run that succeeded"));
        }
        let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !parent.is_dir() {
            return Err(cannot_write(&out, &io::ErrorKind::NotFound.into()));
        }
        let temporary = self.inner.folders.temporary();
        let folder = tempfile::tempdir_in(&temporary).map_err(|e| cannot_write(&temporary, &e))?;
        let artifact_dir = self.inner.folders.run(id);
        let (input, output) =
            (folder.path().join("x.safetensors"), folder.path().join("outputs.safetensors"));

        let rows = {
            let (tables, artifact_dir, input, now) =
                (folder.path().to_owned(), artifact_dir.clone(), input.clone(), self.now());
            blocking(move || read_rows(&file, &tables, &artifact_dir, &input, now)).await?
        };
        self.ask_worker(&run, Request::Predict { artifact_dir, input, output: output.clone() }).await?;
        blocking(move || {
            let outputs = read_outputs(&output)?;
            write_predictions(&rows, &outputs, &out)?;
            Ok::<_, AppError>(rows.table.n_rows())
        })
        .await
    }

    pub(crate) async fn ask_worker(&self, run: &Run, request: Request) -> Result<(), AppError> {
        let failed = |reason: String| {
            AppError::new(ErrorCode::WorkerFailed, reason)
                .with_hint("Try again; if it stays, look at the log")
        };
        let predicted = |frame| if let Frame::Predicted { .. } = frame { Ok(()) } else { Err(frame) };
        self.inner.pool.ask(run.platform, &request, failed, predicted).await
    }
}

/// New rows, read, and how to read the network's outputs.
struct Rows {
    dataset: Dataset,
    table: Table,
    target: TargetTransform,
}

fn read_rows(
    file: &Path,
    tables: &Path,
    artifact_dir: &Path,
    input: &Path,
    now: f64,
) -> Result<Rows, AppError> {
    let preparation: Preparation = artifacts::read_description(artifact_dir)
        .map_err(|e| AppError::new(ErrorCode::Storage, e.to_string()).with_hint("Train the run again"))?
        .preparation;
    let dataset = retort_datasets::import(file, &ImportOptions::default(), tables, now, &|_| true)?.dataset;
    let table = Table::open(tables, &dataset.id)?;
    let data = retort_datasets::transform(&table, &dataset, &preparation)?;
    let shape = vec![table.n_rows(), preparation.n_features as usize];
    let x = NamedTensor { name: "x".into(), shape, data };
    tensors::write(input, [&x], None)
        .map_err(|e| AppError::new(ErrorCode::Storage, e.to_string()).with_hint("Make room on the disk"))?;
    Ok(Rows { dataset, table, target: preparation.target })
}

/// `[n_rows, n_outputs]`, row-major.
fn read_outputs(path: &Path) -> Result<Vec<f32>, AppError> {
    let failed = |reason: String| {
        AppError::new(ErrorCode::Internal, format!("the worker's outputs cannot be read: {reason}"))
            .with_hint("Report it with the log")
    };
    let mut file = tensors::read(path).map_err(|e| failed(e.to_string()))?;
    Ok(file.tensors.remove("outputs").ok_or_else(|| failed("they are missing".into()))?.data)
}

fn write_predictions(rows: &Rows, outputs: &[f32], out: &Path) -> Result<(), AppError> {
    let failed = |error: io::Error| cannot_write(out, &error);
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BufWriter::new(file));
    let csv_failed = |error: csv::Error| cannot_write(out, &io::Error::other(error.to_string()));
    writer.write_record(header(rows)).map_err(csv_failed)?;
    let n_outputs = rows.target.n_outputs();
    let mut predictions = outputs.chunks_exact(n_outputs);
    let mut offset = 0;
    loop {
        let page = rows.table.page(&rows.dataset, offset, PAGE_ROWS)?;
        if page.rows.is_empty() {
            break;
        }
        offset += page.rows.len() as u32;
        for (cells, outputs) in page.rows.iter().zip(&mut predictions) {
            let source = cells.iter().map(|cell| Cow::Borrowed(cell.as_deref().unwrap_or_default()));
            let predicted = predicted_cells(&rows.target, outputs).into_iter().map(Cow::Owned);
            writer
                .write_record(source.chain(predicted).map(|c: Cow<'_, str>| c.into_owned()))
                .map_err(csv_failed)?;
        }
    }
    let buffered = writer.into_inner().map_err(|e| failed(io::Error::other(e.to_string())))?;
    let file = buffered.into_inner().map_err(|e| failed(e.into_error()))?;
    file.persist(out).map_err(|e| failed(e.error))?;
    Ok(())
}

fn header(rows: &Rows) -> Vec<String> {
    let mut names: Vec<String> = rows.dataset.columns.iter().map(|c| c.name.clone()).collect();
    let mut add = |name: String| {
        // The file may hold such a column itself.
        let free = (2_u32..).map(|n| format!("{name} ({n})"));
        let name = [name.clone()].into_iter().chain(free).find(|n| !names.contains(n)).unwrap_or(name);
        names.push(name);
    };
    add("prediction".into());
    if let TargetTransform::Classification { labels } = &rows.target {
        labels.iter().for_each(|label| add(format!("probability_{label}")));
    }
    names
}

fn predicted_cells(target: &TargetTransform, outputs: &[f32]) -> Vec<String> {
    match target {
        TargetTransform::Regression { mean, sd } => {
            outputs.iter().map(|&z| (f64::from(z) * sd + mean).to_string()).collect()
        }
        TargetTransform::Classification { labels } => {
            let probabilities = metrics::probabilities(outputs);
            let best =
                probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
            let label = labels.get(best).cloned().unwrap_or_default();
            [label].into_iter().chain(probabilities.iter().map(f64::to_string)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regressions_come_back_in_the_targets_units() {
        let target = TargetTransform::Regression { mean: 10.0, sd: 2.0 };
        assert_eq!(predicted_cells(&target, &[-1.5]), ["7"]);
    }

    #[test]
    fn classifications_name_the_likeliest_class_first() {
        let target = TargetTransform::Classification { labels: vec!["no".into(), "yes".into()] };
        let cells = predicted_cells(&target, &[0.0, 3.0_f32.ln()]);
        assert_eq!(cells[0], "yes");
        assert!(cells[2].starts_with("0.7"), "{cells:?}");
    }
}
