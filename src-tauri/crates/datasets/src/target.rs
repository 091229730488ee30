//! The column to predict: which rows have it, which task it is, its classes or
//! its scale.

use crate::{
    error::{ColumnUse, DatasetError, near_names},
    number,
    table::{ColumnView, Table},
};
use retort_domain::{Dataset, Task};
use std::{cmp::Ordering, collections::HashMap};

/// Most classes that a classification may have.
const MAX_CLASSES: usize = 1000;

/// A target's values, one a labelled row.
#[derive(Debug)]
pub(crate) enum TargetValues {
    /// Class of each row, an index into the labels.
    Classes { labels: Vec<String>, of_row: Vec<u32> },
    /// Value of each row.
    Numbers(Vec<f64>),
}

/// Rows that have a target, with its values in the same order.
#[derive(Debug)]
pub(crate) struct Labelled {
    /// Rows of the dataset, ascending.
    pub rows: Vec<u32>,
    /// Their targets.
    pub values: TargetValues,
    /// Rows left out: without a target, or for another reason.
    pub dropped: u32,
}

impl Labelled {
    /// Keeps the rows that `wanted` says (asked with the position and the row),
    /// counts the others as dropped, and says how many they were.
    pub fn keep(&mut self, wanted: impl Fn(usize, u32) -> bool) -> u32 {
        let is_kept: Vec<bool> = self.rows.iter().enumerate().map(|(p, &row)| wanted(p, row)).collect();
        let dropped = is_kept.iter().filter(|kept| !**kept).count() as u32;
        if dropped > 0 {
            fn retain<T>(values: &mut Vec<T>, is_kept: &[bool]) {
                let mut kept = is_kept.iter();
                values.retain(|_| kept.next().is_some_and(|kept| *kept));
            }
            retain(&mut self.rows, &is_kept);
            match &mut self.values {
                TargetValues::Classes { of_row, .. } => retain(of_row, &is_kept),
                TargetValues::Numbers(values) => retain(values, &is_kept),
            }
            self.dropped += dropped;
        }
        dropped
    }
}

/// An error, with the names that may have been meant, where a dataset has no
/// column that a person named.
pub fn check_column(dataset: &Dataset, column: &str, wanted_as: ColumnUse) -> Result<(), DatasetError> {
    if dataset.column(column).is_some() {
        return Ok(());
    }
    Err(DatasetError::ColumnNotFound {
        dataset: dataset.name.clone(),
        column: column.to_owned(),
        wanted_as,
        near: near_names(column, dataset.columns.iter().map(|c| c.name.as_str())),
    })
}

/// Reads the target; `task` none means as its kind suggests.
pub(crate) fn read_target(
    table: &Table,
    dataset: &Dataset,
    column: &str,
    task: Option<Task>,
) -> Result<Labelled, DatasetError> {
    check_column(dataset, column, ColumnUse::Target)?;
    let view = table.column(column)?;
    let rows: Vec<u32> = (0..table.n_rows()).filter(|&r| !view.is_missing(r)).map(|r| r as u32).collect();
    let dropped = (table.n_rows() - rows.len()) as u32;
    let (name, column) = (dataset.name.clone(), column.to_owned());
    if rows.is_empty() {
        return Err(DatasetError::TargetMissingEverywhere { dataset: name, column });
    }
    let task = task.or_else(|| dataset.suggested_task(&column)).unwrap_or(Task::Classification);
    let values = match (task, view) {
        (Task::Regression, ColumnView::Number(v)) => {
            TargetValues::Numbers(rows.iter().filter_map(|&r| v.get(r as usize)).collect())
        }
        (Task::Regression, other) => {
            let row = rows[0] as usize;
            let value = other.text(row).map(|t| t.into_owned()).unwrap_or_default();
            return Err(DatasetError::TargetNotNumeric { dataset: name, column, row: row + 1, value });
        }
        (Task::Classification, view) => classes(&rows, view, name, column)?,
    };
    Ok(Labelled { rows, values, dropped })
}

fn classes(
    rows: &[u32],
    view: ColumnView,
    dataset: String,
    column: String,
) -> Result<TargetValues, DatasetError> {
    let mut index: HashMap<String, u32> = HashMap::new();
    let mut of_row = Vec::with_capacity(rows.len());
    for &row in rows {
        let label = view.text(row as usize).unwrap_or_default();
        let next = index.len() as u32;
        let class = match index.get(label.as_ref()) {
            Some(&class) => class,
            None => *index.entry(label.into_owned()).or_insert(next),
        };
        of_row.push(class);
    }
    let mut labels: Vec<String> = index.keys().cloned().collect();
    sort_labels(&mut labels);
    match labels.as_slice() {
        [label] => return Err(DatasetError::OneClass { dataset, column, label: label.clone() }),
        many if many.len() > MAX_CLASSES => {
            return Err(DatasetError::TooManyClasses {
                dataset,
                column,
                classes: many.len(),
                limit: MAX_CLASSES,
            });
        }
        _ => {}
    }
    let mut place = vec![0_u32; labels.len()];
    for (position, label) in (0_u32..).zip(&labels) {
        if let Some(&class) = index.get(label) {
            place[class as usize] = position;
        }
    }
    of_row.iter_mut().for_each(|class| *class = place[*class as usize]);
    Ok(TargetValues::Classes { labels, of_row })
}

/// Numerically where all are numbers, otherwise by text.
fn sort_labels(labels: &mut [String]) {
    let value = |label: &str| match number::parse(label, false) {
        number::Parsed::Number(v) => Some(v),
        _ => None,
    };
    if labels.iter().all(|l| value(l).is_some()) {
        labels.sort_by(|a, b| {
            value(a).partial_cmp(&value(b)).unwrap_or(Ordering::Equal).then_with(|| a.cmp(b))
        });
    } else {
        labels.sort();
    }
}
