//! Divides the rows of training and validation again, for trials that are
//! judged on several folds. Each fold is prepared for itself, as a split of its
//! own would be; the test part stays out of it.

use crate::{
    error::DatasetError,
    features::apply,
    ordered_split::{by_group, equal_training, group_folds, time_folds},
    partition::Bonds,
    prepare::{Source, check_size, encode_target, fit_features, rows_at},
    prepared_file::PartTensors,
    split::{self, Draw, Fractions, Parts},
    target::TargetValues,
};
use retort_domain::{FeatureTransform, Fold, Preparation, Resampling, SplitRule, SplitSizes};
use std::collections::HashMap;

/// Positions of each fold among the labelled rows; none where the split is
/// used as it is. Folds keep groups together and time in order, as the split
/// does.
pub(crate) fn divide(
    source: &Source<'_>,
    split: &Parts,
    bonds: &Bonds,
    notes: &mut Vec<String>,
) -> Result<Option<Vec<Parts>>, DatasetError> {
    let resampling = source.spec.resampling;
    if resampling.is_holdout() {
        return Ok(None);
    }
    let mut pool: Vec<u32> = split.train.iter().chain(&split.validation).copied().collect();
    pool.sort_unstable();
    let held_out = split.validation.len() as f64 / pool.len() as f64;
    let (seed, n_folds) = (source.spec.seed, resampling.n_folds() as usize);
    let draw = Draw { seed, round: 1 };
    let divisions: Option<Vec<Parts>> = match (bonds, resampling) {
        (_, Resampling::Holdout) => return Ok(None),
        (Bonds::None, Resampling::KFold { .. } | Resampling::RepeatedHoldout { .. }) => {
            divide_by_lot(source, &pool, held_out)
        }
        (Bonds::Groups(groups, _), Resampling::KFold { .. }) => {
            let (groups, n_groups) = of_pool(groups, &pool);
            if n_groups < n_folds {
                return Err(too_few_groups(source, n_groups, n_folds));
            }
            group_folds(&groups, n_groups, n_folds, draw)
        }
        (Bonds::Groups(groups, _), Resampling::RepeatedHoldout { repeats }) => {
            let (groups, n_groups) = of_pool(groups, &pool);
            if n_groups < 2 {
                return Err(too_few_groups(source, n_groups, 2));
            }
            let fractions = Fractions { test: 0.0, validation: held_out };
            let again = |round| by_group(&groups, n_groups, fractions, Draw { seed, round });
            (1..=repeats).map(again).collect::<Option<_>>().and_then(|folds| equal_training(folds, draw))
        }
        (Bonds::Moments(moments), Resampling::KFold { .. } | Resampling::RepeatedHoldout { .. }) => {
            let moments: Vec<i64> = pool.iter().map(|&p| moments[p as usize]).collect();
            let validation = match resampling {
                Resampling::RepeatedHoldout { .. } => split.validation.len(),
                Resampling::KFold { .. } | Resampling::Holdout => pool.len() / (n_folds + 1),
            };
            notes.push("each fold is validated on rows that are later than those it trains on".to_owned());
            time_folds(&moments, n_folds, validation)
        }
    };
    let of_pool = |positions: &[u32]| positions.iter().map(|&p| pool[p as usize]).collect::<Vec<u32>>();
    let divisions = divisions.filter(|d| !d.is_empty() && d.iter().all(|fold| !fold.validation.is_empty()));
    let Some(divisions) = divisions else {
        return Err(DatasetError::TooFewRowsForFolds {
            dataset: source.dataset.name.clone(),
            rows: pool.len(),
            folds: n_folds as u32,
        });
    };
    if let (Bonds::Groups(..), Resampling::KFold { .. }) = (bonds, resampling) {
        let unused = divisions.iter().map(|fold| pool.len() - fold.train.len() - fold.validation.len());
        if let Some(most) = unused.max().filter(|most| *most > 0) {
            notes.push(format!(
                "groups differ in size: folds leave up to {most} rows out, so that all train on equally many"
            ));
        }
    }
    let divisions = divisions.iter().map(|fold| Parts {
        train: of_pool(&fold.train),
        validation: of_pool(&fold.validation),
        test: Vec::new(),
    });
    Ok(Some(divisions.collect()))
}

/// Positions within `pool`.
fn divide_by_lot(source: &Source<'_>, pool: &[u32], held_out: f64) -> Option<Vec<Parts>> {
    let classes: Option<(Vec<u32>, usize)> = match &source.labelled.values {
        TargetValues::Numbers(_) => None,
        TargetValues::Classes { labels, of_row } => {
            Some((pool.iter().map(|&p| of_row[p as usize]).collect(), labels.len()))
        }
    };
    let classes = classes.as_ref().map(|(classes, n)| (classes.as_slice(), *n));
    let seed = source.spec.seed;
    match source.spec.resampling {
        Resampling::Holdout => None,
        Resampling::KFold { folds } => {
            split::k_fold(pool.len(), classes, folds as usize, Draw { seed, round: 1 })
        }
        Resampling::RepeatedHoldout { repeats } => {
            let fractions = Fractions { test: 0.0, validation: held_out };
            let again = |round| match classes {
                Some((classes, n_classes)) => {
                    split::stratified(classes, n_classes, fractions, Draw { seed, round })
                }
                None => split::plain(pool.len(), fractions, Draw { seed, round }),
            };
            (1..=repeats).map(again).collect()
        }
    }
}

/// The groups of some rows, numbered anew without gaps, and how many they are.
fn of_pool(groups: &[u32], pool: &[u32]) -> (Vec<u32>, usize) {
    let mut index: HashMap<u32, u32> = HashMap::new();
    let groups = pool.iter().map(|&p| {
        let next = index.len() as u32;
        *index.entry(groups[p as usize]).or_insert(next)
    });
    let groups = groups.collect();
    (groups, index.len())
}

fn too_few_groups(source: &Source<'_>, groups: usize, needed: usize) -> DatasetError {
    DatasetError::TooFewGroups {
        dataset: source.dataset.name.clone(),
        column: source.spec.split.column().unwrap_or_default().to_owned(),
        groups,
        needed,
    }
}

/// One fold, prepared.
struct Prepared {
    features: Vec<FeatureTransform>,
    width: usize,
    fold: Fold,
    /// Target of every labelled row.
    y: Vec<f32>,
}

/// All folds, one after another in the same tensors.
pub(crate) fn prepare_folds(
    source: &Source<'_>,
    divisions: &[Parts],
    hash: String,
    mut notes: Vec<String>,
) -> Result<(Preparation, Vec<PartTensors>), DatasetError> {
    let mut prepared = Vec::with_capacity(divisions.len());
    for parts in divisions {
        // That a column does not vary in one fold is no news.
        let features = fit_features(source, &rows_at(source.labelled, &parts.train), &mut Vec::new())?;
        let (target, y) = encode_target(source.labelled, &parts.train);
        let (train, validation) = (parts.train.len() as u32, parts.validation.len() as u32);
        let width = features.iter().map(FeatureTransform::width).sum();
        prepared.push(Prepared { features, width, fold: Fold { train, validation, target }, y });
    }
    let n_features = prepared.iter().map(|p| p.width).max().unwrap_or(0);
    let n_train = divisions.iter().map(|parts| parts.train.len()).sum::<usize>();
    let n_validation = divisions.iter().map(|parts| parts.validation.len()).sum::<usize>();
    check_size(source.dataset, n_train + n_validation, n_features)?;

    let stack = |part: &'static str, positions_of: fn(&Parts) -> &[u32]| {
        let mut tensors = PartTensors { part, x: Vec::new(), y: Vec::new(), rows: Vec::new() };
        for (prepared, parts) in prepared.iter().zip(divisions) {
            let positions = positions_of(parts);
            let rows = rows_at(source.labelled, positions);
            let x = apply(&prepared.features, source.table, source.dataset, &rows)?;
            for row in x.chunks(prepared.width.max(1)) {
                tensors.x.extend(row);
                tensors.x.resize(tensors.x.len() + n_features - prepared.width, 0.0);
            }
            tensors.y.extend(positions.iter().map(|&p| prepared.y[p as usize]));
            tensors.rows.extend(rows);
        }
        Ok(tensors)
    };
    let tensors =
        vec![stack("train", |p| &p.train)?, stack("validation", |p| &p.validation)?, stack("test", |_| &[])?];

    let folds: Vec<Fold> = prepared.into_iter().map(|p| p.fold).collect();
    let Some(first) = folds.first() else {
        return Err(DatasetError::TooFewRowsForFolds {
            dataset: source.dataset.name.clone(),
            rows: 0,
            folds: 0,
        });
    };
    notes.push(format!("each of {} folds trains on {} rows", folds.len(), first.train));
    let is_by_lot = matches!(source.spec.split, SplitRule::Random | SplitRule::ByColumn { .. });
    if is_by_lot && divisions.iter().any(|parts| parts.validation.len() != divisions[0].validation.len()) {
        notes.push(
            "rows do not divide evenly: folds that validate on one row less leave one row out, so that all train on equally many"
                .to_owned(),
        );
    }
    let preparation = Preparation {
        hash,
        spec: source.spec.clone(),
        split: SplitSizes { train: n_train as u32, validation: n_validation as u32, test: 0 },
        target: first.target.clone(),
        folds,
        dropped_rows: source.labelled.dropped,
        features: Vec::new(),
        n_features: n_features as u32,
        notes,
    };
    Ok((preparation, tensors))
}
