//! The history of runs and what each left behind.

use crate::blocking::blocking;
use crate::datasets::checked_name;
use crate::{Engine, not_found};
use retort_domain::{AppError, ArtifactKind, EpochRecord, ErrorCode, Run, RunId};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const LIST_HINT: &str = "Look at the list of runs";

impl Engine {
    /// All runs, newest first.
    pub async fn runs_list(&self) -> Result<Vec<Run>, AppError> {
        Ok(self.store().runs().await?)
    }

    /// The run of that id.
    pub async fn runs_get(&self, id: &RunId) -> Result<Run, AppError> {
        self.store().run(id).await?.ok_or_else(|| not_found("run", id.as_str(), LIST_HINT))
    }

    /// The run of that id, or whose id alone begins like that.
    pub async fn runs_resolve(&self, text: &str) -> Result<Run, AppError> {
        let id = RunId::from(text);
        if let Some(run) = self.store().run(&id).await? {
            return Ok(run);
        }
        let all = self.runs_list().await?;
        let mut alike = all.into_iter().filter(|r| !text.is_empty() && r.id.as_str().starts_with(text));
        match (alike.next(), alike.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => {
                Err(AppError::new(ErrorCode::Conflict, format!("several runs begin with \"{text}\""))
                    .with_hint("Give the whole id"))
            }
            (None, _) => Err(not_found("run", text, LIST_HINT)),
        }
    }

    /// Every epoch of a run so far.
    pub async fn runs_epochs(&self, id: &RunId) -> Result<Vec<EpochRecord>, AppError> {
        self.runs_get(id).await?;
        Ok(self.store().epochs(id).await?)
    }

    /// Gives a run another name.
    pub async fn runs_rename(&self, id: &RunId, name: String) -> Result<(), AppError> {
        let name = checked_name(&name)?;
        let _in_order = self.inner.telling.lock().await;
        let event = self.store().rename_run(id, &name, self.now()).await?;
        self.tell(event);
        Ok(())
    }

    /// Deletes a run that has ended, with its files.
    pub async fn runs_delete(&self, id: &RunId) -> Result<(), AppError> {
        let run = self.runs_get(id).await?;
        let job = self.store().job(&run.job_id).await?;
        if !run.status.is_terminal() || job.is_some_and(|j| !j.status.is_terminal()) {
            return Err(AppError::new(
                ErrorCode::Conflict,
                format!("the job of run \"{}\" has not ended", run.name),
            )
            .with_hint("Cancel the job or wait for its end"));
        }
        self.store().delete_run(id).await?;
        let folder = self.inner.folders.run(id);
        if let Err(error) = tokio::fs::remove_dir_all(&folder).await
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, ?folder, "a deleted run's files stay");
        }
        let _ = tokio::fs::remove_file(self.inner.folders.checkpoint(id)).await;
        Ok(())
    }

    /// Copies all of a run's files into a folder, which is made where it is
    /// missing. Nothing that lies there is replaced.
    pub async fn run_export(&self, id: &RunId, folder: PathBuf) -> Result<(), AppError> {
        let run = self.runs_get(id).await?;
        let source = self.inner.folders.run(id);
        let names = artifact_names(&run, None)?;
        blocking(move || {
            fs::create_dir_all(&folder).map_err(|e| cannot_write(&folder, &e))?;
            let copies: Vec<_> = names.iter().map(|name| (source.join(name), folder.join(name))).collect();
            for (_, target) in &copies {
                refuse_existing(target)?;
            }
            copies.iter().try_for_each(|(from, to)| copy(from, to).map_err(|e| cannot_write(to, &e)))
        })
        .await
    }

    /// Copies one of a run's files to a path where nothing lies.
    pub async fn run_export_artifact(
        &self,
        id: &RunId,
        kind: ArtifactKind,
        path: PathBuf,
    ) -> Result<(), AppError> {
        let run = self.runs_get(id).await?;
        let source = self.inner.folders.run(id);
        let names = artifact_names(&run, Some(kind))?;
        blocking(move || {
            refuse_existing(&path)?;
            names
                .iter()
                .try_for_each(|name| copy(&source.join(name), &path).map_err(|e| cannot_write(&path, &e)))
        })
        .await
    }
}

fn artifact_names(run: &Run, kind: Option<ArtifactKind>) -> Result<Vec<String>, AppError> {
    let names: Vec<String> = run
        .outcome
        .iter()
        .flat_map(|outcome| &outcome.artifacts)
        .filter(|artifact| kind.as_ref().is_none_or(|k| *k == artifact.kind))
        .map(|artifact| artifact.name.clone())
        .collect();
    if names.is_empty() {
        let hint =
            if run.outcome.is_some() { "Choose another format" } else { "Choose a run that succeeded" };
        return Err(AppError::new(
            ErrorCode::NotFound,
            format!("run \"{}\" left no such files behind", run.name),
        )
        .with_hint(hint));
    }
    Ok(names)
}

fn refuse_existing(path: &Path) -> Result<(), AppError> {
    if path.exists() {
        return Err(AppError::new(
            ErrorCode::Conflict,
            format!("there is something already: {}", path.display()),
        )
        .with_hint("Choose another place, or take it away first"));
    }
    Ok(())
}

pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> AppError {
    AppError::new(ErrorCode::Storage, format!("cannot write ({error}): {}", path.display()))
        .with_hint("Check that the folder exists, can be written and has room")
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
