//! A table, a target and a split become matrices in a file. Whatever is fitted
//! is fitted on training rows only.

use crate::{
    error::{ColumnUse, DatasetError},
    features::{apply, fit, mean_and_sd},
    partition::{Partition, partition},
    prepared_file::{self, PartTensors, read_preparation},
    resampling,
    split::Parts,
    table::Table,
    target::{Labelled, TargetValues, check_column},
};
use retort_domain::{
    Column, ColumnKind, Dataset, FeatureTransform, Preparation, PreparationSpec, SplitSizes, TargetTransform,
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

/// Goes into every hash: a preparation made by other rules is another one.
const RULES_VERSION: &str = "retort preparation 1\n";
/// Largest matrix that is made.
const MAX_MATRIX_GIB: u64 = 8;

/// Hash of everything that decides a preparation, 32 hex digits; the file's name.
pub fn preparation_hash(spec: &PreparationSpec) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(RULES_VERSION.as_bytes());
    // Fields come in the order of their declaration, so equal specs give equal
    // text; a spec is plain data and always has a JSON form.
    hasher.update(&serde_json::to_vec(spec).unwrap_or_default());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Hash of a preparation of a dataset. Where a person has said what columns hold,
/// that decides too; what is left out does where no columns are named.
fn hash_on(dataset: &Dataset, spec: &PreparationSpec) -> String {
    let hash = preparation_hash(spec);
    let mut hasher = blake3::Hasher::new();
    hasher.update(hash.as_bytes());
    if spec.features.is_some() {
        hasher.update(b"named\n");
        let by_hand = |c: &&Column| dataset.kinds_by_hand.contains(&c.name);
        for column in dataset.columns.iter().filter(by_hand) {
            hasher.update(format!("{:?} {:?}\n", column.name, column.kind).as_bytes());
        }
    } else if dataset.described_by_hand {
        for column in &dataset.columns {
            let is_left_out = column.excluded_because.is_some();
            hasher.update(format!("{:?} {:?} {is_left_out}\n", column.name, column.kind).as_bytes());
        }
    } else {
        return hash;
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Prepares a table for training and returns the file with what it came to. A
/// file that is there and whole is used as it is.
pub fn prepare(
    table: &Table,
    dataset: &Dataset,
    spec: &PreparationSpec,
    prepared_dir: &Path,
) -> Result<(PathBuf, Preparation), DatasetError> {
    let hash = hash_on(dataset, spec);
    let path = prepared_dir.join(format!("{hash}.safetensors"));
    if let Ok(cached) = read_preparation(&path)
        && cached.hash == hash
        && cached.spec == *spec
    {
        return Ok((path, cached));
    }
    let mut notes = Vec::new();
    let Partition { labelled, parts, bonds } = partition(table, dataset, spec, &mut notes)?;
    let columns = chosen_columns(dataset, spec, &mut notes)?;
    let source = Source { table, dataset, spec, labelled: &labelled, columns: &columns };
    let (preparation, tensors) = match resampling::divide(&source, &parts, &bonds, &mut notes)? {
        None => prepare_split(&source, &parts, hash, notes)?,
        Some(divisions) => resampling::prepare_folds(&source, &divisions, hash, notes)?,
    };
    prepared_file::write(&path, &preparation, &tensors)?;
    Ok((path, preparation))
}

/// What a preparation is made from.
pub(crate) struct Source<'a> {
    pub table: &'a Table,
    pub dataset: &'a Dataset,
    pub spec: &'a PreparationSpec,
    pub labelled: &'a Labelled,
    /// To learn from, in the dataset's order.
    pub columns: &'a [&'a str],
}

fn prepare_split(
    source: &Source<'_>,
    parts: &Parts,
    hash: String,
    mut notes: Vec<String>,
) -> Result<(Preparation, Vec<PartTensors>), DatasetError> {
    let Source { table, dataset, spec, labelled, .. } = *source;
    let features = fit_features(source, &rows_at(labelled, &parts.train), &mut notes)?;
    let n_features: usize = features.iter().map(FeatureTransform::width).sum();
    check_size(dataset, labelled.rows.len(), n_features)?;

    let (target, y) = encode_target(labelled, &parts.train);
    let mut tensors = Vec::with_capacity(3);
    for (part, positions) in
        [("train", &parts.train), ("validation", &parts.validation), ("test", &parts.test)]
    {
        let rows = rows_at(labelled, positions);
        let x = apply(&features, table, dataset, &rows)?;
        tensors.push(PartTensors { part, x, y: positions.iter().map(|&p| y[p as usize]).collect(), rows });
    }
    let preparation = Preparation {
        hash,
        spec: spec.clone(),
        split: SplitSizes {
            train: parts.train.len() as u32,
            validation: parts.validation.len() as u32,
            test: parts.test.len() as u32,
        },
        folds: Vec::new(),
        dropped_rows: labelled.dropped,
        features,
        n_features: n_features as u32,
        target,
        notes,
    };
    Ok((preparation, tensors))
}

/// Names of the columns to learn from, in the dataset's order.
fn chosen_columns<'a>(
    dataset: &'a Dataset,
    spec: &PreparationSpec,
    notes: &mut Vec<String>,
) -> Result<Vec<&'a str>, DatasetError> {
    for column in &spec.exclude {
        check_column(dataset, column, ColumnUse::Exclude)?;
    }
    for column in spec.features.iter().flatten() {
        check_column(dataset, column, ColumnUse::Feature)?;
    }
    let excluded: HashSet<&str> = spec.exclude.iter().map(String::as_str).collect();
    let listed: Option<HashSet<&str>> =
        spec.features.as_ref().map(|f| f.iter().map(String::as_str).collect());
    if listed.as_ref().is_some_and(|l| l.contains(spec.target.as_str())) {
        notes.push(format!("{} is the target and was not used as a feature", spec.target));
    }
    let chosen: Vec<&str> = dataset
        .columns
        .iter()
        .filter(|c| c.name != spec.target && !excluded.contains(c.name.as_str()))
        .filter(|c| match &listed {
            Some(listed) => listed.contains(c.name.as_str()),
            None => c.excluded_because.is_none() && spec.split.column() != Some(c.name.as_str()),
        })
        .map(|c| c.name.as_str())
        .collect();
    if chosen.is_empty() { Err(no_features(dataset, spec)) } else { Ok(chosen) }
}

fn no_features(dataset: &Dataset, spec: &PreparationSpec) -> DatasetError {
    DatasetError::NoUsableFeatures { dataset: dataset.name.clone(), target: spec.target.clone() }
}

pub(crate) fn rows_at(labelled: &Labelled, positions: &[u32]) -> Vec<u32> {
    positions.iter().map(|&p| labelled.rows[p as usize]).collect()
}

pub(crate) fn fit_features(
    source: &Source<'_>,
    train: &[u32],
    notes: &mut Vec<String>,
) -> Result<Vec<FeatureTransform>, DatasetError> {
    let Source { table, dataset, spec, columns, .. } = *source;
    let mut features = Vec::with_capacity(columns.len());
    for &column in columns {
        let as_category = dataset.column(column).is_some_and(|c| c.kind == ColumnKind::Category);
        match fit(column, table.column(column)?, as_category, train) {
            Some(feature) => features.push(feature),
            None => notes.push(format!("{column} does not vary on training rows and was left out")),
        }
    }
    if features.is_empty() { Err(no_features(dataset, spec)) } else { Ok(features) }
}

pub(crate) fn check_size(dataset: &Dataset, rows: usize, columns: usize) -> Result<(), DatasetError> {
    let bytes = rows as u64 * columns as u64 * 4;
    if bytes <= MAX_MATRIX_GIB << 30 {
        return Ok(());
    }
    Err(DatasetError::MatrixTooLarge {
        dataset: dataset.name.clone(),
        rows,
        columns,
        limit_gib: MAX_MATRIX_GIB,
    })
}

/// The transform, and the encoded target of every labelled row.
pub(crate) fn encode_target(labelled: &Labelled, train: &[u32]) -> (TargetTransform, Vec<f32>) {
    match &labelled.values {
        TargetValues::Classes { labels, of_row } => {
            let y = of_row.iter().map(|&class| class as f32).collect();
            (TargetTransform::Classification { labels: labels.clone() }, y)
        }
        TargetValues::Numbers(values) => {
            let fitted: Vec<f64> = train.iter().map(|&p| values[p as usize]).collect();
            let (mean, sd) = mean_and_sd(&fitted);
            let y = values.iter().map(|v| ((v - mean) / sd) as f32).collect();
            (TargetTransform::Regression { mean, sd }, y)
        }
    }
}
