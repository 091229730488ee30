//! A table at a glance: figures of each column, how columns hang together, and
//! what would spoil a model. Each sort of finding has its file; here they are
//! brought together.

mod alike;
mod alone;
mod association;
mod cells;
mod figures;
mod outliers;
mod sample;
mod sums;
mod together;
mod warnings;

use crate::{
    duplicates::{RowHashes, is_compared},
    error::{ColumnUse, DatasetError},
    table::{ColumnView, Table},
    target::check_column,
};
use alike::{AlikeRows, alike_rows};
use alone::{Alone, alone};
use association::association;
use cells::{Cells, Target, TargetCells};
pub(crate) use figures::quantile;
use figures::{counts_of, figures_of};
use outliers::{Outliers, outliers};
use retort_domain::{Column, ColumnKind, ColumnProfile, Dataset, DatasetProfile, Task};
pub use sample::GoesOn;
pub(crate) use sample::scrambled;
use sample::{Progress, Sample};
use std::collections::HashMap;
use sums::Relation;
use together::Together;
use warnings::binds_rows;

/// What was seen of one column.
struct Seen {
    figures: ColumnProfile,
    /// None for the target, for what does not vary, and without a target.
    alone: Option<Alone>,
    outliers: Option<Outliers>,
    /// Chance that two rows agree in it.
    collision: f64,
    /// Numbers without fractions.
    is_whole: bool,
    /// Moments with a date.
    is_dated: bool,
}

/// What warnings are made from.
struct Facts<'a> {
    columns: &'a [Column],
    /// One a column.
    seen: &'a [Seen],
    n_rows: usize,
    target: Option<&'a Column>,
    task: Task,
    /// Rows of each class, most first; empty in a regression.
    class_counts: Vec<(String, u32)>,
    relation: Option<Relation>,
    alike: AlikeRows,
}

impl Facts<'_> {
    fn with_seen(&self) -> impl Iterator<Item = (&Column, &Seen)> {
        self.columns.iter().zip(self.seen)
    }

    fn seen_of(&self, name: &str) -> Option<&Seen> {
        self.with_seen().find(|(column, _)| column.name == name).map(|(_, seen)| seen)
    }

    /// Columns that are learned from by default.
    fn learnable(&self) -> impl Iterator<Item = (&Column, &Seen)> {
        let target = self.target.map(|target| target.name.as_str());
        self.with_seen().filter(move |(c, _)| c.excluded_because.is_none() && Some(c.name.as_str()) != target)
    }

    /// Columns in which equal rows agree.
    fn compared(&self) -> impl Iterator<Item = (&Column, &Seen)> {
        self.with_seen().filter(|(column, _)| is_compared(column))
    }
}

impl Table {
    /// Figures of every column in the dataset's order, and warnings about what
    /// would spoil a model that learns `target`. `goes_on` is told the share
    /// that is done, from several threads, and stops the work by saying no.
    pub fn profile(
        &self,
        dataset: &Dataset,
        target: Option<&str>,
        goes_on: GoesOn<'_>,
    ) -> Result<DatasetProfile, DatasetError> {
        if let Some(target) = target {
            check_column(dataset, target, ColumnUse::Target)?;
        }
        let target = target.and_then(|name| dataset.column(name));
        let n_rows = self.n_rows();
        let sample = Sample::of(n_rows);
        let all: Vec<&Column> = dataset.columns.iter().collect();
        // Of those in which equal rows agree; the target comes first.
        let compared = (target.into_iter())
            .chain(all.iter().copied().filter(|c| is_compared(c) && target.is_none_or(|t| t.name != c.name)));
        let compared: HashMap<&str, usize> = compared.map(|column| column.name.as_str()).zip(0..).collect();
        let hashes = RowHashes::new(n_rows);
        let progress = Progress::new(goes_on, all.len() + 2);
        let task = target.and_then(|t| dataset.suggested_task(&t.name)).unwrap_or(Task::Classification);
        let read_target = target.map(|t| self.column(&t.name).map(|view| Target::of(view, task, &sample)));
        let read_target = read_target.transpose()?.filter(|target| !target.positions.is_empty());
        let together = Together::of(dataset, &sample, target, read_target.as_ref());
        let places: HashMap<&str, usize> = all.iter().map(|c| c.name.as_str()).zip(0..).collect();

        let seen: Vec<Seen> = self.of_each(&all, |column, view| {
            let is_target = target.is_some_and(|target| target.name == column.name);
            let about = read_target.as_ref().filter(|_| !is_target);
            let cells = Cells::of(view, &sample);
            let seen = see(column, view, n_rows, &cells, about);
            together.keep(places[column.name.as_str()], column, &cells, seen.figures.association);
            if let Some(&place) = compared.get(column.name.as_str()) {
                hashes.add(place, view);
            }
            progress.step().map(|()| seen)
        })?;
        let seen = match &read_target {
            Some(about) => self.without_siblings(dataset, target, seen, &sample, about)?,
            None => seen,
        };
        let alike = alike_rows(self, hashes, target.filter(|_| compared.len() > 1))?;
        progress.step()?;
        let (relation, correlations) = together.found(dataset);
        let class_counts = match target {
            Some(target) if task == Task::Classification => {
                let counts = counts_of(self.column(&target.name)?);
                counts.into_iter().map(|(label, n)| (label.into_owned(), n)).collect()
            }
            Some(_) | None => Vec::new(),
        };
        let columns = &dataset.columns;
        let facts = Facts { columns, seen: &seen, n_rows, target, task, class_counts, relation, alike };
        let warnings = warnings::warnings(&facts);
        progress.step()?;
        Ok(DatasetProfile {
            target: target.map(|target| target.name.clone()),
            n_rows: n_rows as u32,
            sampled_rows: sample.rows.len() as u32,
            columns: seen.into_iter().map(|seen| seen.figures).collect(),
            correlations,
            warnings,
        })
    }

    /// Where rows come in groups that are alike, columns that tell a group from
    /// others tell the target of its other rows, and leak nothing: they are
    /// judged again with whole groups in each half.
    fn without_siblings(
        &self,
        dataset: &Dataset,
        target: Option<&Column>,
        mut seen: Vec<Seen>,
        sample: &Sample,
        about: &Target,
    ) -> Result<Vec<Seen>, DatasetError> {
        let is_classes = matches!(about.values, TargetCells::Classes(..));
        let n_classes = if is_classes { about.coded.n } else { 0 };
        let columns = &dataset.columns;
        let grouping = columns.iter().zip(&seen).find(|(column, seen)| binds_rows(column, seen, n_classes));
        let Some((grouping, _)) = grouping else { return Ok(seen) };
        let groups = Cells::of(self.column(&grouping.name)?, sample).named();
        let (judged, places): (Vec<&Column>, Vec<usize>) = columns
            .iter()
            .enumerate()
            .filter(|(_, c)| c.name != grouping.name && target.is_none_or(|t| t.name != c.name))
            .filter(|&(place, _)| seen[place].alone.is_some())
            .map(|(place, column)| (column, place))
            .unzip();
        let again =
            self.of_each(&judged, |_, view| Ok(alone(&Cells::of(view, sample), about, Some(&groups))))?;
        for (place, alone) in places.into_iter().zip(again) {
            seen[place].alone = alone;
        }
        Ok(seen)
    }
}

/// Everything that is looked at in one column.
fn see(column: &Column, view: ColumnView, n_rows: usize, cells: &Cells, target: Option<&Target>) -> Seen {
    let mut figures = figures_of(column, view, n_rows, cells);
    let is_varied = column.kind != ColumnKind::Constant;
    if let Some(target) = target.filter(|_| is_varied) {
        figures.association = association(&cells.coded(&target.positions), target);
    }
    let alone = target.filter(|_| is_varied).and_then(|target| alone(cells, target, None));
    let is_number = column.kind == ColumnKind::Numeric;
    let outliers = match (view, cells) {
        (ColumnView::Number(all), Cells::Numbers(numbers)) if is_number => {
            outliers(numbers, all, (figures.min, figures.max))
        }
        (_, _) => None,
    };
    let is_whole = match cells {
        Cells::Numbers(numbers) => is_number && numbers.different.iter().all(|v| v.fract() == 0.0),
        Cells::Names(_) => false,
    };
    let is_dated = matches!(view, ColumnView::Moment(_, format) if format.date.is_some());
    Seen { figures, alone, outliers, collision: cells.collision(), is_whole, is_dated }
}
