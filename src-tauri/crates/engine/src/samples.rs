//! The samples that ship with the app. Each is imported once, ever: one that a
//! person has deleted does not come back.

use crate::Engine;
use crate::blocking::blocking;
use retort_datasets::{ImportOptions, SampleEntry};
use retort_domain::AppError;
use std::path::{Path, PathBuf};

/// Imports those not seen before, first one first.
pub(crate) async fn import_new(engine: Engine, folder: PathBuf) {
    let listed = {
        let folder = folder.clone();
        blocking(move || retort_datasets::read_manifest(&folder)).await
    };
    let samples = match listed {
        Ok(samples) => samples,
        Err(error) => {
            tracing::warn!(%error, "there are no samples");
            return;
        }
    };
    for sample in samples {
        if engine.is_closing() {
            return;
        }
        if let Err(error) = import_once(&engine, &folder, &sample).await {
            tracing::warn!(%error, sample = sample.id, "a sample was not imported");
        }
    }
}

async fn import_once(engine: &Engine, folder: &Path, sample: &SampleEntry) -> Result<(), AppError> {
    let key = format!("sample:{}", sample.id);
    if engine.store().setting(&key).await?.is_some() {
        return Ok(());
    }
    let options = ImportOptions { name: Some(sample.title.clone()), ..ImportOptions::default() };
    let mut dataset = engine.read_file(folder.join(&sample.file), options, None).await?;
    dataset.default_target = dataset.column(&sample.target).map(|column| column.name.clone());
    dataset.is_sample = true;
    // It changes with the app, not with a person's work.
    dataset.source = None;
    dataset.attribution = Some(format!("{}. Licence: {}", sample.source, sample.licence));
    let registered = engine.register(dataset, false).await?;
    engine.store().set_setting(&key, registered.id.as_str()).await?;
    Ok(())
}
