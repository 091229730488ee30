//! The tables that were used last, kept in memory: training on one again does
//! not read it again, unless it is too large to keep.

use crate::blocking::blocking;
use retort_datasets::Table;
use retort_domain::{AppError, DatasetId};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

const N_TABLES: usize = 3;

pub(crate) struct TableCache {
    folder: PathBuf,
    /// Used last first.
    recent: Mutex<VecDeque<(DatasetId, Table)>>,
}

impl TableCache {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, recent: Mutex::default() }
    }

    pub async fn open(&self, id: &DatasetId) -> Result<Table, AppError> {
        if let Some(table) = self.recall(id) {
            return Ok(table.for_work());
        }
        let (folder, wanted) = (self.folder.clone(), id.clone());
        let table = blocking(move || Table::open(&folder, &wanted)).await?;
        let mut recent = self.recent();
        recent.push_front((id.clone(), table.clone()));
        recent.truncate(N_TABLES);
        Ok(table.for_work())
    }

    pub fn forget(&self, id: &DatasetId) {
        self.recent().retain(|(kept, _)| kept != id);
    }

    fn recall(&self, id: &DatasetId) -> Option<Table> {
        let mut recent = self.recent();
        let position = recent.iter().position(|(kept, _)| kept == id)?;
        let entry = recent.remove(position)?;
        let table = entry.1.clone();
        recent.push_front(entry);
        Some(table)
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<(DatasetId, Table)>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
