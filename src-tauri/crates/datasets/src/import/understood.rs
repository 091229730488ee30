//! What was understood of a file, its cells aside.

use super::count;
use crate::{
    column::ColumnCells,
    infer::Typed,
    kind::judge,
    raw::{CappedWarnings, Missing},
};
use retort_domain::{Column, ColumnReading, DataWarning, Reading};

/// Rows shown of what was understood.
const PREVIEW_ROWS: usize = 20;

/// A column, and how it was read.
#[derive(Debug)]
pub(super) struct UnderstoodColumn {
    pub column: Column,
    reading: ColumnReading,
    warnings: Vec<DataWarning>,
    /// The first cells as they are in the file, where that shows them.
    head: Vec<Option<String>>,
    /// No cell holds anything, not even a spelling of missing.
    pub is_blank: bool,
}

/// A file.
#[derive(Debug)]
pub(super) struct Understood {
    pub columns: Vec<Column>,
    /// What the file has instead of a column's name, where that is another one.
    pub names_in_file: Vec<Option<String>>,
    pub warnings: Vec<DataWarning>,
    pub reading: Reading,
}

impl UnderstoodColumn {
    /// Judges a column. `cells` are those of a text, with the spellings of
    /// missing.
    pub fn new(name: &str, typed: &Typed, cells: Option<(&ColumnCells, &Missing)>, n_rows: usize) -> Self {
        let judged = judge(name, typed);
        let head = |cells: &ColumnCells| (0..n_rows.min(PREVIEW_ROWS)).map(|row| cells.head(row)).collect();
        Self {
            column: Column {
                name: name.to_owned(),
                kind: judged.kind,
                missing: count(judged.missing),
                distinct: count(judged.distinct),
                excluded_because: judged.excluded_because,
            },
            reading: ColumnReading {
                name: name.to_owned(),
                kind: judged.kind,
                rule: typed.rule.clone(),
                evidence: typed.evidence.clone(),
                question: typed.question.clone(),
                missing: cells.map_or_else(Vec::new, |(cells, missing)| cells.missing_spellings(missing)),
            },
            warnings: typed.warnings.clone(),
            head: cells.map_or_else(Vec::new, |(cells, _)| head(cells)),
            is_blank: cells.is_some_and(|(cells, _)| cells.is_blank()),
        }
    }
}

impl Understood {
    /// Of a file with these columns, given what else was noticed and read.
    pub fn new(
        of: Vec<UnderstoodColumn>,
        names_in_file: Vec<Option<String>>,
        mut warnings: Vec<DataWarning>,
        mut reading: Reading,
    ) -> Self {
        let n_shown = of.iter().map(|column| column.head.len()).max().unwrap_or(0);
        reading.preview =
            (0..n_shown).map(|row| of.iter().map(|c| c.head.get(row).cloned().flatten()).collect()).collect();
        let (mut noticed, mut asked) = (CappedWarnings::default(), CappedWarnings::default());
        let mut columns = Vec::with_capacity(of.len());
        for UnderstoodColumn { column, reading: of_column, warnings, .. } in of {
            warnings.into_iter().for_each(|warning| noticed.add(|| warning));
            if let Some(q) = &of_column.question {
                asked.add(|| DataWarning {
                    message: format!("{} Assumed: {}. It may be {}.", q.question, q.chosen, q.other),
                    row: None,
                    column: Some(of_column.name.clone()),
                });
            }
            columns.push(column);
            reading.columns.push(of_column);
        }
        warnings.extend(noticed.finish("columns hold cells that do not fit"));
        warnings.extend(asked.finish("columns can be read in more than one way"));
        Self { columns, names_in_file, warnings, reading }
    }
}
