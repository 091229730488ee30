//! The table of a dataset as a person looks at it, and what the person says of
//! its columns.

use crate::blocking::blocking;
use crate::datasets::has_unfinished_jobs;
use crate::view_cache::{Work, key_of};
use crate::{Engine, not_found};
use retort_datasets::{ColumnUse, DatasetError, check_column, written_filter};
use retort_domain::{
    AppError, CellPosition, ColumnFilter, ColumnKind, ColumnRole, ColumnRoleChoice, ColumnSummary, Dataset,
    DatasetId, SearchDirection, SearchHit, TablePage, TableQuery, TableView,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Most rows that one page holds.
const MAX_PAGE_ROWS: u32 = 1_000;

impl Engine {
    /// How many rows a query shows. What is found out for it serves
    /// [`Engine::datasets_rows`] too. A query still at work on the same table is
    /// given up for a newer one and answers with [`retort_domain::ErrorCode::Cancelled`].
    pub async fn datasets_view(&self, id: &DatasetId, query: TableQuery) -> Result<TableView, AppError> {
        let dataset = self.datasets_get(id).await?;
        let (_, view) = self.inner.views.view(&dataset, &query).await?;
        Ok(view.counts())
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
        let dataset = self.datasets_get(id).await?;
        let (cells, view) = self.inner.views.view(&dataset, &query).await?;
        blocking(move || cells.page(&dataset, &view, offset, limit.min(MAX_PAGE_ROWS), columns.as_deref()))
            .await
    }

    /// A filter from a line such as `price>=3`, as [`written_filter`] reads it.
    pub fn datasets_filter(&self, dataset: &Dataset, text: &str) -> Result<ColumnFilter, AppError> {
        Ok(written_filter(dataset, text)?)
    }

    /// Places of columns among a dataset's, by their names.
    pub fn datasets_places(&self, dataset: &Dataset, names: &[String]) -> Result<Vec<u32>, AppError> {
        let mut places = Vec::with_capacity(names.len());
        for name in names {
            check_column(dataset, name, ColumnUse::Show)?;
            places
                .extend((0..).zip(&dataset.columns).filter(|(_, c)| c.name == *name).map(|(place, _)| place));
        }
        Ok(places)
    }

    /// The next cell, or the one before, whose shown text contains `text`,
    /// whatever the case; the search passes the end and goes on from the other
    /// side. It begins beside `from`, or at the start (the end) of the rows. A
    /// search still at work on the same table is given up for another.
    pub async fn datasets_find(
        &self,
        id: &DatasetId,
        query: TableQuery,
        text: String,
        from: Option<CellPosition>,
        direction: SearchDirection,
    ) -> Result<Option<SearchHit>, AppError> {
        let dataset = self.datasets_get(id).await?;
        let about = format!("{text}\n{from:?}\n{direction:?}\n{}", key_of(id, &query).1);
        let superseded = self.inner.views.begin_work(id, Work::Find, about);
        let (cells, view) = self.inner.views.view(&dataset, &query).await?;
        let wanted = move || !superseded.load(Ordering::Relaxed);
        blocking(move || cells.find(&dataset, &view, &text, from, direction, &wanted)).await
    }

    /// A picture of each column, of some or of all, over the rows that a query
    /// shows, or over all rows. Summaries still at work on the same table are
    /// given up for those of another query.
    pub async fn datasets_summaries(
        &self,
        id: &DatasetId,
        query: Option<TableQuery>,
        columns: Option<Vec<u32>>,
    ) -> Result<Vec<ColumnSummary>, AppError> {
        let dataset = self.datasets_get(id).await?;
        // With its order, so that it waits for the rows that are on their way to
        // the screen, and gives up nothing.
        let query = query.unwrap_or_default();
        let (cells, view) = self.inner.views.view(&dataset, &query).await?;
        let unsorted = TableQuery { sort: Vec::new(), ..query };
        let superseded = match unsorted == TableQuery::default() {
            // Of all rows the pictures are known already.
            true => Arc::default(),
            false => self.inner.views.begin_work(id, Work::Summaries, key_of(id, &unsorted).1),
        };
        let wanted = move || !superseded.load(Ordering::Relaxed);
        blocking(move || cells.summaries(&dataset, &view, columns.as_deref(), &wanted)).await
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
        let dataset = self.datasets_get(id).await?;
        let (cells, view) = self.inner.views.view(&dataset, &query).await?;
        let end = offset.saturating_add(limit).min(view.counts().n_matching.max(offset));
        blocking(move || cells.copied(&dataset, &view, offset..end, columns.as_deref(), header)).await
    }

    /// Says what columns are for; kept with the dataset, and what a run does
    /// unless it is told otherwise. A new target takes the place of another.
    pub async fn datasets_roles_set(
        &self,
        id: &DatasetId,
        choices: Vec<ColumnRoleChoice>,
    ) -> Result<Dataset, AppError> {
        self.describe(id, |dataset| {
            for ColumnRoleChoice { column, role } in choices {
                check_column(dataset, &column, ColumnUse::Describe)?;
                // Whatever else it is to be, it is the target no more.
                dataset.default_target.take_if(|target| *target == column);
                let because = match role {
                    ColumnRole::Target => {
                        dataset.default_target = Some(column.clone());
                        None
                    }
                    ColumnRole::Feature => None,
                    ColumnRole::Excluded { because } => {
                        let because = because.trim();
                        Some(if because.is_empty() { "left out by hand" } else { because }.to_owned())
                    }
                };
                if let Some(described) = dataset.columns.iter_mut().find(|c| c.name == column) {
                    described.excluded_because = because;
                }
            }
            Ok(())
        })
        .await
    }

    /// Says what a column holds, where its values allow it: one of the kinds in
    /// its summary. Free text and identifiers are then left out, other kinds
    /// not. Refused while a job on the dataset has not ended, because it could
    /// not be resumed.
    pub async fn datasets_kind_set(
        &self,
        id: &DatasetId,
        column: String,
        kind: ColumnKind,
    ) -> Result<Dataset, AppError> {
        let dataset = self.datasets_get(id).await?;
        check_column(&dataset, &column, ColumnUse::Describe)?;
        if self.store().has_unfinished_jobs_on(id).await? {
            return Err(has_unfinished_jobs(&dataset));
        }
        let cells = self.inner.views.cells(id).await?;
        self.describe(id, |dataset| {
            let name = dataset.name.clone();
            let Some(described) = dataset.columns.iter_mut().find(|c| c.name == column) else {
                return Ok(());
            };
            if described.kind == kind {
                return Ok(());
            }
            let possible = cells.kinds_of(described);
            if !possible.contains(&kind) {
                return Err(DatasetError::KindNotPossible {
                    dataset: name,
                    column: described.name.clone(),
                    kind: in_words(kind),
                    possible: possible.into_iter().map(in_words).collect(),
                });
            }
            described.kind = kind;
            if !dataset.kinds_by_hand.contains(&column) {
                dataset.kinds_by_hand.push(column.clone());
            }
            described.excluded_because = match kind {
                ColumnKind::Text => Some("free text".to_owned()),
                ColumnKind::Identifier => Some("an identifier".to_owned()),
                ColumnKind::Constant => Some("one value only".to_owned()),
                ColumnKind::Numeric | ColumnKind::Category | ColumnKind::Boolean | ColumnKind::Datetime => {
                    None
                }
            };
            Ok(())
        })
        .await
    }

    async fn describe(
        &self,
        id: &DatasetId,
        change: impl FnOnce(&mut Dataset) -> Result<(), DatasetError> + Send,
    ) -> Result<Dataset, AppError> {
        let changed = self
            .store()
            .change_dataset(id, |dataset| {
                change(dataset).map_err(AppError::from)?;
                dataset.described_by_hand = true;
                Ok::<_, AppError>(())
            })
            .await?;
        let dataset =
            changed.ok_or_else(|| not_found("dataset", id.as_str(), "Look at the list of datasets"))?;
        self.datasets_changed();
        Ok(dataset)
    }
}

fn in_words(kind: ColumnKind) -> String {
    format!("{kind:?}").to_lowercase()
}
