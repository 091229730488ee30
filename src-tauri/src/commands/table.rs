//! The table of a dataset: rows, search, pictures of columns, what columns are.

use super::{Answer, checked_dataset};
use crate::state::EngineState;
use retort_domain::{
    CellPosition, ColumnKind, ColumnRoleChoice, ColumnSummary, Dataset, DatasetId, SearchDirection,
    SearchHit, TablePage, TableQuery, TableView,
};
use specta::Types;
use specta::datatype::DataType;
use tauri::State;
use tauri::ipc::{InvokeResponseBody, IpcResponse};

/// A page as the bytes of [`TablePage::to_bytes`]: JSON of as many cells takes
/// several times as long on its way.
pub struct PageBytes(Vec<u8>);

impl IpcResponse for PageBytes {
    fn body(self) -> tauri::Result<InvokeResponseBody> {
        Ok(InvokeResponseBody::Raw(self.0))
    }
}

impl specta::Type for PageBytes {
    fn definition(_: &mut Types) -> DataType {
        DataType::Reference(specta_typescript::define("ArrayBuffer"))
    }
}

impl From<TablePage> for PageBytes {
    fn from(page: TablePage) -> Self {
        Self(page.to_bytes())
    }
}

/// How many rows a query shows. A query still at work on the same table is
/// given up for a newer one and answers with the code `cancelled`.
#[tauri::command]
#[specta::specta]
pub async fn datasets_view(
    state: State<'_, EngineState>,
    id: DatasetId,
    query: TableQuery,
) -> Answer<TableView> {
    state.engine().await?.datasets_view(&checked_dataset(id)?, query).await
}

/// Rows that a query shows, from `offset` on, at most 1,000; of some columns by
/// their place in the dataset, or of all. The answer is a `TablePage` as bytes:
/// little-endian u32 `offset`, `n_rows`, `n_matching`, number of rows here,
/// number of columns; the row numbers; row by row the length of each cell in
/// UTF-16 code units, 4294967295 for a missing one; then the text of all cells
/// as UTF-8.
#[tauri::command]
#[specta::specta]
pub async fn datasets_rows(
    state: State<'_, EngineState>,
    id: DatasetId,
    query: TableQuery,
    offset: u32,
    limit: u32,
    columns: Option<Vec<u32>>,
) -> Answer<PageBytes> {
    let (engine, id) = (state.engine().await?, checked_dataset(id)?);
    Ok(engine.datasets_rows(&id, query, offset, limit, columns).await?.into())
}

/// The next cell, or the one before, that contains a text, whatever the case;
/// the search passes the end and goes on from the other side. It begins beside
/// `from`, or at the start (the end) of the rows.
#[tauri::command]
#[specta::specta]
pub async fn datasets_find(
    state: State<'_, EngineState>,
    id: DatasetId,
    query: TableQuery,
    text: String,
    from: Option<CellPosition>,
    direction: SearchDirection,
) -> Answer<Option<SearchHit>> {
    state.engine().await?.datasets_find(&checked_dataset(id)?, query, text, from, direction).await
}

/// A picture of each column, of some or of all, over the rows that a query
/// shows, or over all rows.
#[tauri::command]
#[specta::specta]
pub async fn datasets_summaries(
    state: State<'_, EngineState>,
    id: DatasetId,
    query: Option<TableQuery>,
    columns: Option<Vec<u32>>,
) -> Answer<Vec<ColumnSummary>> {
    state.engine().await?.datasets_summaries(&checked_dataset(id)?, query, columns).await
}

/// Cells of the rows that a query shows as tab-separated text, with the
/// columns' names above where that is wanted; at most a million cells.
#[tauri::command]
#[specta::specta]
pub async fn datasets_copy(
    state: State<'_, EngineState>,
    id: DatasetId,
    query: TableQuery,
    offset: u32,
    limit: u32,
    columns: Option<Vec<u32>>,
    header: bool,
) -> Answer<String> {
    state.engine().await?.datasets_copy(&checked_dataset(id)?, query, offset, limit, columns, header).await
}

/// Says what columns are for; kept with the dataset, and what a run does unless
/// it is told otherwise. A new target takes the place of another.
#[tauri::command]
#[specta::specta]
pub async fn datasets_roles_set(
    state: State<'_, EngineState>,
    id: DatasetId,
    choices: Vec<ColumnRoleChoice>,
) -> Answer<Dataset> {
    state.engine().await?.datasets_roles_set(&checked_dataset(id)?, choices).await
}

/// Says what a column holds: one of the kinds in its summary.
#[tauri::command]
#[specta::specta]
pub async fn datasets_kind_set(
    state: State<'_, EngineState>,
    id: DatasetId,
    column: String,
    kind: ColumnKind,
) -> Answer<Dataset> {
    state.engine().await?.datasets_kind_set(&checked_dataset(id)?, column, kind).await
}
