//! The table of a dataset as a person looks at it.

use crate::Engine;
use retort_domain::{
    AppError, CellPosition, ColumnKind, ColumnRoleChoice, ColumnSummary, Dataset, DatasetId, ErrorCode,
    SearchDirection, SearchHit, TablePage, TableQuery, TableView,
};

impl Engine {
    /// How many rows a query shows. What is found out for it serves
    /// [`Engine::datasets_rows`] too. A query still at work on the same table is
    /// given up for a newer one and answers with [`ErrorCode::Cancelled`].
    pub async fn datasets_view(&self, id: &DatasetId, query: TableQuery) -> Result<TableView, AppError> {
        let _ = (id, query);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }

    /// Rows that a query shows, from `offset` on, at most `limit` and never more
    /// than 1,000; of some columns by their place in the dataset, or of all.
    pub async fn datasets_rows(
        &self,
        id: &DatasetId,
        query: TableQuery,
        offset: u32,
        limit: u32,
        columns: Option<Vec<u32>>,
    ) -> Result<TablePage, AppError> {
        let _ = (id, query, offset, limit, columns);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }

    /// The next cell, or the one before, whose shown text contains `text`,
    /// whatever the case; the search passes the end and goes on from the other
    /// side. It begins beside `from`, or at the start (the end) of the rows.
    pub async fn datasets_find(
        &self,
        id: &DatasetId,
        query: TableQuery,
        text: String,
        from: Option<CellPosition>,
        direction: SearchDirection,
    ) -> Result<Option<SearchHit>, AppError> {
        let _ = (id, query, text, from, direction);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }

    /// A picture of each column, of some or of all, over the rows that a query
    /// shows, or over all rows.
    pub async fn datasets_summaries(
        &self,
        id: &DatasetId,
        query: Option<TableQuery>,
        columns: Option<Vec<u32>>,
    ) -> Result<Vec<ColumnSummary>, AppError> {
        let _ = (id, query, columns);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }

    /// Cells of the rows that a query shows as tab-separated text, whole, with
    /// the columns' names above where that is wanted; at most a million cells.
    pub async fn datasets_copy(
        &self,
        id: &DatasetId,
        query: TableQuery,
        offset: u32,
        limit: u32,
        columns: Option<Vec<u32>>,
        header: bool,
    ) -> Result<String, AppError> {
        let _ = (id, query, offset, limit, columns, header);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }

    /// Says what columns are for; kept with the dataset, and what a run does
    /// unless it is told otherwise. A new target takes the place of another.
    pub async fn datasets_roles_set(
        &self,
        id: &DatasetId,
        choices: Vec<ColumnRoleChoice>,
    ) -> Result<Dataset, AppError> {
        let _ = (id, choices);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }

    /// Says what a column holds, where its values allow it: one of the kinds in
    /// its summary.
    pub async fn datasets_kind_set(
        &self,
        id: &DatasetId,
        column: String,
        kind: ColumnKind,
    ) -> Result<Dataset, AppError> {
        let _ = (id, column, kind);
        Err(AppError::new(ErrorCode::Internal, "views are not there yet"))
    }
}
