//! Which rows are in which part: by lot, by time, by group, or as a column says.
//! Also which rows take part at all, and what the split would come to.

use crate::{
    duplicates::repeats,
    error::{ColumnUse, DatasetError},
    features::mean_and_sd,
    ordered_split::{by_group, by_time, n_moments},
    split::{self, Draw, Fractions, Parts},
    table::{ColumnView, Table},
    target::{Labelled, TargetValues, check_column, read_target},
};
use polars::prelude::PlHashMap;
use retort_domain::{Dataset, PartPreview, PreparationSpec, SplitPart, SplitPreview, SplitRule, ValueCount};
use std::borrow::Cow;

/// Rows that take part, and their parts.
pub(crate) struct Partition {
    pub labelled: Labelled,
    /// Positions among the labelled rows.
    pub parts: Parts,
    /// What binds rows together when the parts are divided again.
    pub bonds: Bonds,
}

/// What the split went by, one value a labelled row.
pub(crate) enum Bonds {
    None,
    /// Index of each row's group, and how many groups there are.
    Groups(Vec<u32>, usize),
    /// Grows with time.
    Moments(Vec<i64>),
}

/// Reads the target, leaves out what does not take part, and splits the rest.
pub(crate) fn partition(
    table: &Table,
    dataset: &Dataset,
    spec: &PreparationSpec,
    notes: &mut Vec<String>,
) -> Result<Partition, DatasetError> {
    let fractions = checked_fractions(spec)?;
    let mut labelled = read_target(table, dataset, &spec.target, spec.task)?;
    if labelled.dropped > 0 {
        notes.push(format!("{} without a value of {} left out", rows_were(labelled.dropped), spec.target));
    }
    if spec.drop_duplicates {
        let repeats = repeats(table, dataset, &labelled.rows)?;
        let dropped = labelled.keep(|position, _| !repeats[position]);
        if dropped > 0 {
            notes.push(format!("{} left out that repeat another in every column", rows_were(dropped)));
        }
    }
    let split = Split { table, dataset, spec, fractions };
    let (parts, bonds) = match &spec.split {
        SplitRule::Random => (split.at_random(&labelled, notes)?, Bonds::None),
        SplitRule::ByTime { column } => {
            let moments = split.moments(column, &mut labelled, notes)?;
            let parts = by_time(&moments, fractions)
                .ok_or_else(|| split.too_few_moments(column, n_moments(&moments)))?;
            notes.push(format!("the split is by time: {column} grows from training to test"));
            (parts, Bonds::Moments(moments))
        }
        SplitRule::ByGroup { column } => {
            let (groups, n_groups) = split.groups(column, &labelled, notes)?;
            let needed = 2 + usize::from(fractions.validation > 0.0);
            if n_groups < needed {
                let (dataset, column) = (dataset.name.clone(), column.clone());
                return Err(DatasetError::TooFewGroups { dataset, column, groups: n_groups, needed });
            }
            let parts = by_group(&groups, n_groups, fractions, split.draw())
                .ok_or_else(|| split.too_few_rows(groups.len()))?;
            notes.push(format!("the split is by group: no {column} is in two parts"));
            (parts, Bonds::Groups(groups, n_groups))
        }
        SplitRule::ByColumn { column } => (split.as_named(column, &labelled, notes)?, Bonds::None),
    };
    note_unlearned_classes(&labelled, &parts, notes);
    Ok(Partition { labelled, parts, bonds })
}

/// What the split of `spec` would come to: its parts as a preparation would
/// have them, with nothing prepared.
pub fn preview_split(
    table: &Table,
    dataset: &Dataset,
    spec: &PreparationSpec,
) -> Result<SplitPreview, DatasetError> {
    let mut notes = Vec::new();
    let Partition { labelled, parts, bonds } = partition(table, dataset, spec, &mut notes)?;
    let of_part = |part, positions: &[u32]| -> Result<PartPreview, DatasetError> {
        let mut preview = PartPreview {
            part,
            rows: positions.len() as u32,
            classes: Vec::new(),
            target_mean: None,
            target_sd: None,
            groups: None,
            first: None,
            last: None,
        };
        match &labelled.values {
            TargetValues::Classes { labels, of_row } => {
                let mut counts = vec![0_u32; labels.len()];
                positions.iter().for_each(|&p| counts[of_row[p as usize] as usize] += 1);
                let classes = labels.iter().zip(counts);
                preview.classes =
                    classes.map(|(label, count)| ValueCount { value: label.clone(), count }).collect();
            }
            TargetValues::Numbers(values) if !positions.is_empty() => {
                let values: Vec<f64> = positions.iter().map(|&p| values[p as usize]).collect();
                let (mean, sd) = mean_and_sd(&values);
                let varies = values.iter().any(|v| *v != values[0]);
                (preview.target_mean, preview.target_sd) = (Some(mean), Some(if varies { sd } else { 0.0 }));
            }
            TargetValues::Numbers(_) => {}
        }
        match (&bonds, spec.split.column()) {
            (Bonds::Groups(groups, n_groups), _) => {
                let mut is_there = vec![false; *n_groups];
                positions.iter().for_each(|&p| is_there[groups[p as usize] as usize] = true);
                preview.groups = Some(is_there.iter().filter(|there| **there).count() as u32);
            }
            (Bonds::Moments(moments), Some(column)) => {
                let view = table.column(column)?;
                let shown = |position: Option<&u32>| {
                    let row = labelled.rows[*position? as usize];
                    view.text(row as usize).map(Cow::into_owned)
                };
                preview.first = shown(positions.iter().min_by_key(|&&p| moments[p as usize]));
                preview.last = shown(positions.iter().max_by_key(|&&p| moments[p as usize]));
            }
            (Bonds::Moments(_) | Bonds::None, _) => {}
        }
        Ok(preview)
    };
    Ok(SplitPreview {
        parts: vec![
            of_part(SplitPart::Train, &parts.train)?,
            of_part(SplitPart::Validation, &parts.validation)?,
            of_part(SplitPart::Test, &parts.test)?,
        ],
        dropped_rows: labelled.dropped,
        notes,
    })
}

fn checked_fractions(spec: &PreparationSpec) -> Result<Fractions, DatasetError> {
    let (test, validation) = (spec.test_fraction, spec.validation_fraction);
    let wrong = |field, value, allowed| Err(DatasetError::InvalidFraction { field, value, allowed });
    if !(test > 0.0 && test < 1.0) {
        return wrong("test_fraction", test, "it must be above 0 and below 1");
    }
    if !(0.0..1.0).contains(&validation) {
        return wrong("validation_fraction", validation, "it must be at least 0 and below 1");
    }
    if test + validation >= 1.0 {
        return wrong("validation_fraction", validation, "with test_fraction it must leave rows to train on");
    }
    Ok(Fractions { test, validation })
}

fn rows_were(count: u32) -> String {
    if count == 1 { "1 row was".to_owned() } else { format!("{count} rows were") }
}

/// Under any split but the random one, all rows of a class may be outside
/// training.
fn note_unlearned_classes(labelled: &Labelled, parts: &Parts, notes: &mut Vec<String>) {
    let TargetValues::Classes { labels, of_row } = &labelled.values else { return };
    let mut is_trained = vec![false; labels.len()];
    parts.train.iter().for_each(|&p| is_trained[of_row[p as usize] as usize] = true);
    let without = labels.iter().zip(is_trained).filter(|(_, trained)| !trained);
    let without: Vec<&str> = without.map(|(label, _)| label.as_str()).collect();
    if let [first, rest @ ..] = without.as_slice() {
        let others = if rest.is_empty() { String::new() } else { format!(" and {} others", rest.len()) };
        notes
            .push(format!("no training row has the class \"{first}\"{others}, which cannot be learned then"));
    }
}

/// What a split is made from.
struct Split<'a> {
    table: &'a Table,
    dataset: &'a Dataset,
    spec: &'a PreparationSpec,
    fractions: Fractions,
}

impl<'a> Split<'a> {
    fn draw(&self) -> Draw {
        Draw { seed: self.spec.seed, round: 0 }
    }

    /// The column to split by, checked.
    fn view(&self, column: &str) -> Result<ColumnView<'a>, DatasetError> {
        check_column(self.dataset, column, ColumnUse::Split)?;
        if column == self.spec.target {
            let (dataset, column) = (self.dataset.name.clone(), column.to_owned());
            return Err(DatasetError::SplitByTarget { dataset, column });
        }
        self.table.column(column)
    }

    fn too_few_rows(&self, rows: usize) -> DatasetError {
        DatasetError::TooFewRows {
            dataset: self.dataset.name.clone(),
            column: self.spec.target.clone(),
            rows,
            // Two rows to train on and one for each other part.
            needed: 3 + usize::from(self.fractions.validation > 0.0),
        }
    }

    fn at_random(&self, labelled: &Labelled, notes: &mut Vec<String>) -> Result<Parts, DatasetError> {
        let fractions = self.fractions;
        let rows = labelled.rows.len();
        let parts = match &labelled.values {
            TargetValues::Numbers(_) => split::plain(rows, fractions, self.draw()),
            TargetValues::Classes { labels, of_row } => {
                let mut counts = vec![0_usize; labels.len()];
                of_row.iter().for_each(|&class| counts[class as usize] += 1);
                if counts.iter().all(|&n| n <= 1) {
                    let (dataset, column) = (self.dataset.name.clone(), self.spec.target.clone());
                    return Err(DatasetError::OnlySingleRowClasses { dataset, column });
                }
                notes.push("the split is stratified: each class has its share in every part".to_owned());
                let single: Vec<&str> =
                    labels.iter().zip(&counts).filter(|&(_, &n)| n == 1).map(|(l, _)| l.as_str()).collect();
                if let Some(note) = single_row_note(&single) {
                    notes.push(note);
                }
                split::stratified(of_row, labels.len(), fractions, self.draw())
            }
        };
        parts
            .filter(|p| !p.test.is_empty() && (fractions.validation == 0.0 || !p.validation.is_empty()))
            .ok_or_else(|| self.too_few_rows(rows))
    }

    /// A number a labelled row that grows with time; rows without one are left
    /// out.
    fn moments(
        &self,
        column: &str,
        labelled: &mut Labelled,
        notes: &mut Vec<String>,
    ) -> Result<Vec<i64>, DatasetError> {
        let view = self.view(column)?;
        let at = |row: u32| match view {
            ColumnView::Moment(v, _) => v.get(row as usize),
            ColumnView::Number(v) => v.get(row as usize).map(ordered_bits),
            ColumnView::Text(_) | ColumnView::Boolean(..) => None,
        };
        if !matches!(view, ColumnView::Moment(..) | ColumnView::Number(_)) {
            let (dataset, column) = (self.dataset.name.clone(), column.to_owned());
            return Err(DatasetError::NoDates { dataset, column });
        }
        let dropped = labelled.keep(|_, row| at(row).is_some());
        if dropped > 0 {
            notes.push(format!("{} without a value of {column} left out", rows_were(dropped)));
        }
        if labelled.rows.is_empty() {
            let (dataset, column) = (self.dataset.name.clone(), column.to_owned());
            return Err(DatasetError::NoDates { dataset, column });
        }
        Ok(labelled.rows.iter().filter_map(|&row| at(row)).collect())
    }

    fn too_few_moments(&self, column: &str, moments: usize) -> DatasetError {
        let needed = 2 + usize::from(self.fractions.validation > 0.0);
        let (dataset, column) = (self.dataset.name.clone(), column.to_owned());
        if moments < needed {
            DatasetError::TooFewMoments { dataset, column, moments, needed }
        } else {
            // Moments suffice, but the first has one row only.
            DatasetError::TooFewMoments { dataset, column, moments, needed: needed + 1 }
        }
    }

    /// Group of each labelled row, and how many there are. Rows without a value
    /// are one group.
    fn groups(
        &self,
        column: &str,
        labelled: &Labelled,
        notes: &mut Vec<String>,
    ) -> Result<(Vec<u32>, usize), DatasetError> {
        let view = self.view(column)?;
        let mut index: PlHashMap<Option<Cow<str>>, u32> = PlHashMap::default();
        let mut n_missing = 0_u32;
        let groups = labelled.rows.iter().map(|&row| {
            let value = view.text(row as usize);
            n_missing += u32::from(value.is_none());
            let next = index.len() as u32;
            *index.entry(value).or_insert(next)
        });
        let groups: Vec<u32> = groups.collect();
        if n_missing > 0 {
            let rows = if n_missing == 1 { "1 row".to_owned() } else { format!("{n_missing} rows") };
            notes.push(format!("{rows} without a value of {column} are one group"));
        }
        Ok((groups, index.len()))
    }

    /// As each row says.
    fn as_named(
        &self,
        column: &str,
        labelled: &Labelled,
        notes: &mut Vec<String>,
    ) -> Result<Parts, DatasetError> {
        let view = self.view(column)?;
        let mut parts = Parts::default();
        for (position, &row) in (0_u32..).zip(&labelled.rows) {
            let value = view.text(row as usize);
            match value.as_deref().and_then(part_named) {
                Some(SplitPart::Train) => parts.train.push(position),
                Some(SplitPart::Validation) => parts.validation.push(position),
                Some(SplitPart::Test) => parts.test.push(position),
                None => {
                    return Err(DatasetError::UnknownPart {
                        dataset: self.dataset.name.clone(),
                        column: column.to_owned(),
                        row: row as usize + 1,
                        value: value.map(|text| text.chars().take(60).collect()),
                    });
                }
            }
        }
        let empty = |part| DatasetError::EmptyPart {
            dataset: self.dataset.name.clone(),
            column: column.to_owned(),
            part,
        };
        if parts.train.is_empty() {
            return Err(empty("training"));
        }
        if parts.test.is_empty() {
            return Err(empty("test"));
        }
        notes.push(format!("the split is as {column} says"));
        if parts.validation.is_empty() && self.fractions.validation > 0.0 {
            let fractions = Fractions { test: 0.0, validation: self.fractions.validation };
            let divided = match &labelled.values {
                TargetValues::Numbers(_) => split::plain(parts.train.len(), fractions, self.draw()),
                TargetValues::Classes { labels, of_row } => {
                    let classes: Vec<u32> = parts.train.iter().map(|&p| of_row[p as usize]).collect();
                    split::stratified(&classes, labels.len(), fractions, self.draw())
                }
            };
            let divided = divided.ok_or_else(|| empty("validation"))?;
            let of_train = |places: &[u32]| places.iter().map(|&p| parts.train[p as usize]).collect();
            parts.validation = of_train(&divided.validation);
            parts.train = of_train(&divided.train);
            notes.push(format!(
                "{column} names no validation rows: {} of those to train on were taken by lot",
                parts.validation.len()
            ));
        }
        if parts.train.len() < 2 {
            return Err(self.too_few_rows(labelled.rows.len()));
        }
        Ok(parts)
    }
}

/// The part that a word names, however it is written.
fn part_named(text: &str) -> Option<SplitPart> {
    let word: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Some(match word.as_str() {
        "train" | "training" | "trn" | "trainset" | "trainingset" => SplitPart::Train,
        "validation" | "valid" | "val" | "validate" | "dev" | "development" | "validationset" | "devset" => {
            SplitPart::Validation
        }
        "test" | "testing" | "tst" | "holdout" | "heldout" | "testset" => SplitPart::Test,
        _ => return None,
    })
}

/// A whole number in the order of `x`.
fn ordered_bits(x: f64) -> i64 {
    // Adding 0 makes -0 and 0 one moment.
    let bits = (x + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn single_row_note(labels: &[&str]) -> Option<String> {
    let shown = labels.iter().take(5).map(|l| format!("\"{l}\"")).collect::<Vec<_>>().join(", ");
    match labels.len() {
        0 => None,
        1 => Some(format!("class {shown} has one row, which went to training")),
        n if n <= 5 => Some(format!("classes {shown} have one row each, which went to training")),
        n => Some(format!("{n} classes ({shown}, …) have one row each, which went to training")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_usual_names() {
        let named = |text| part_named(text);
        for (text, part) in [
            ("train", SplitPart::Train),
            (" TRAIN ", SplitPart::Train),
            ("Training", SplitPart::Train),
            ("valid", SplitPart::Validation),
            ("val", SplitPart::Validation),
            ("Validation", SplitPart::Validation),
            ("dev", SplitPart::Validation),
            ("Test", SplitPart::Test),
            ("hold-out", SplitPart::Test),
        ] {
            assert_eq!(named(text), Some(part), "{text}");
        }
        assert_eq!((named("0"), named(""), named("tray")), (None, None, None));
    }

    #[test]
    fn numbers_keep_their_order_as_bits() {
        let ordered = [f64::MIN, -2.5, -1.0, -1e-300, 0.0, 1e-300, 1.0, 2024.0, f64::MAX];
        assert!(ordered.windows(2).all(|pair| ordered_bits(pair[0]) < ordered_bits(pair[1])));
        assert_eq!(ordered_bits(-0.0), ordered_bits(0.0));
    }
}
