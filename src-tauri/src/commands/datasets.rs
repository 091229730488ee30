//! Datasets: the one registry that all pages share.

use super::{Answer, checked_dataset, checked_work};
use crate::state::EngineState;
use retort_domain::{
    Dataset, DatasetDetails, DatasetId, DatasetProfile, ExportFormat, PreparationSpec, Reading,
    ReadingOptions, Refreshed, SheetInfo, SourceState, SplitPreview, WorkId,
};
use retort_engine::ImportOptions;
use std::path::PathBuf;
use tauri::State;

/// All datasets, the samples among them.
#[tauri::command]
#[specta::specta]
pub async fn datasets_list(state: State<'_, EngineState>) -> Answer<Vec<Dataset>> {
    state.engine().await?.datasets_list().await
}

/// The sheets of a workbook; none for a text file.
#[tauri::command]
#[specta::specta]
pub async fn datasets_sheets(state: State<'_, EngineState>, path: String) -> Answer<Vec<SheetInfo>> {
    state.engine().await?.datasets_sheets(PathBuf::from(path)).await
}

/// How a file would be read, with the evidence. What is made of a large one
/// meanwhile is kept until it is imported or given up. Without a sheet, the first
/// of a workbook that holds anything. Progress is told by an event under the name
/// `work`, by which it can be stopped; so with an import.
#[tauri::command]
#[specta::specta]
pub async fn datasets_understand(
    state: State<'_, EngineState>,
    path: String,
    sheet: Option<String>,
    options: ReadingOptions,
    work: WorkId,
) -> Answer<Reading> {
    let work = Some(checked_work(work)?);
    let options = ImportOptions { name: None, sheet, reading: options };
    state.engine().await?.datasets_read_ahead(PathBuf::from(path), options, work).await
}

/// A file that was looked at is not imported now.
#[tauri::command]
#[specta::specta]
pub async fn datasets_give_up(state: State<'_, EngineState>, path: String) -> Answer<()> {
    state.engine().await?.datasets_give_up(PathBuf::from(path)).await
}

/// How the first rows of a file are read, before all of it is; none where they
/// cannot be had without all the others.
#[tauri::command]
#[specta::specta]
pub async fn datasets_glance(
    state: State<'_, EngineState>,
    path: String,
    sheet: Option<String>,
    options: ReadingOptions,
) -> Answer<Option<Reading>> {
    let options = ImportOptions { name: None, sheet, reading: options };
    state.engine().await?.datasets_glance(PathBuf::from(path), options).await
}

/// Writes to the file `out`, as CSV, everything of a file that is left out or
/// does not fit when it is read like this.
#[tauri::command]
#[specta::specta]
pub async fn datasets_reading_report(
    state: State<'_, EngineState>,
    path: String,
    sheet: Option<String>,
    options: ReadingOptions,
    out: String,
    work: WorkId,
) -> Answer<()> {
    let work = Some(checked_work(work)?);
    let options = ImportOptions { name: None, sheet, reading: options };
    state.engine().await?.reading_report(PathBuf::from(path), options, PathBuf::from(out), work).await
}

/// Reads a file and keeps its table; the same file again, read in the same way,
/// answers with what is there already.
#[tauri::command]
#[specta::specta]
pub async fn datasets_import(
    state: State<'_, EngineState>,
    path: String,
    name: Option<String>,
    sheet: Option<String>,
    options: ReadingOptions,
    work: WorkId,
) -> Answer<Dataset> {
    let work = Some(checked_work(work)?);
    let options = ImportOptions { name, sheet, reading: options };
    state.engine().await?.datasets_import(PathBuf::from(path), options, work).await
}

/// Figures of every column, and what would spoil a model that learns `target`.
/// Progress is told by an event while it is computed.
#[tauri::command]
#[specta::specta]
pub async fn datasets_profile(
    state: State<'_, EngineState>,
    id: DatasetId,
    target: Option<String>,
) -> Answer<DatasetProfile> {
    state.engine().await?.datasets_profile(&checked_dataset(id)?, target).await
}

/// Stops the profiles of a dataset that are under way.
#[tauri::command]
#[specta::specta]
pub async fn datasets_profile_cancel(state: State<'_, EngineState>, id: DatasetId) -> Answer<()> {
    state.engine().await?.datasets_profile_cancel(&checked_dataset(id)?);
    Ok(())
}

/// What a split would come to: rows and classes of each part.
#[tauri::command]
#[specta::specta]
pub async fn datasets_split_preview(
    state: State<'_, EngineState>,
    preparation: PreparationSpec,
) -> Answer<SplitPreview> {
    let dataset = checked_dataset(preparation.dataset)?;
    state.engine().await?.datasets_split_preview(PreparationSpec { dataset, ..preparation }).await
}

/// Whether the file that a dataset was read from has changed since.
#[tauri::command]
#[specta::specta]
pub async fn datasets_source(state: State<'_, EngineState>, id: DatasetId) -> Answer<SourceState> {
    state.engine().await?.datasets_source(&checked_dataset(id)?).await
}

/// Reads a dataset's file again, as it was read; a changed one becomes a new
/// version.
#[tauri::command]
#[specta::specta]
pub async fn datasets_refresh(
    state: State<'_, EngineState>,
    id: DatasetId,
    work: WorkId,
) -> Answer<Refreshed> {
    let (id, work) = (checked_dataset(id)?, checked_work(work)?);
    state.engine().await?.datasets_refresh(&id, Some(work)).await
}

/// Gives a dataset another name.
#[tauri::command]
#[specta::specta]
pub async fn datasets_rename(state: State<'_, EngineState>, id: DatasetId, name: String) -> Answer<()> {
    state.engine().await?.datasets_rename(&checked_dataset(id)?, name).await
}

/// Gives a dataset other notes, other tags, or both.
#[tauri::command]
#[specta::specta]
pub async fn datasets_annotate(
    state: State<'_, EngineState>,
    id: DatasetId,
    notes: Option<String>,
    tags: Option<Vec<String>>,
) -> Answer<Dataset> {
    state.engine().await?.datasets_annotate(&checked_dataset(id)?, notes, tags).await
}

/// Room that a dataset takes, and what was trained on it.
#[tauri::command]
#[specta::specta]
pub async fn datasets_details(state: State<'_, EngineState>, id: DatasetId) -> Answer<DatasetDetails> {
    state.engine().await?.datasets_details(&checked_dataset(id)?).await
}

/// Writes a dataset's table to the file that a person named. Progress is told by
/// an event under the name `work`, by which it can be stopped.
#[tauri::command]
#[specta::specta]
pub async fn datasets_export(
    state: State<'_, EngineState>,
    id: DatasetId,
    path: String,
    format: ExportFormat,
    typed: bool,
    work: WorkId,
) -> Answer<()> {
    let (id, work) = (checked_dataset(id)?, checked_work(work)?);
    state.engine().await?.datasets_export(&id, PathBuf::from(path), Some(format), typed, Some(work)).await
}

/// Stops work that was given this name; it answers that it was cancelled.
#[tauri::command]
#[specta::specta]
pub async fn work_cancel(state: State<'_, EngineState>, work: WorkId) -> Answer<()> {
    state.engine().await?.work_cancel(&checked_work(work)?);
    Ok(())
}

/// Takes a dataset out of the registry; its runs keep their numbers.
#[tauri::command]
#[specta::specta]
pub async fn datasets_delete(state: State<'_, EngineState>, id: DatasetId) -> Answer<()> {
    state.engine().await?.datasets_delete(&checked_dataset(id)?).await
}
