//! Divides the rows of training and validation again, for trials that are
//! judged on several folds. Each fold is prepared for itself, as a split of its
//! own would be; the test part stays out of it.

use crate::{
    error::DatasetError,
    features::apply,
    prepare::{Source, check_size, encode_target, fit_features, rows_at},
    prepared_file::PartTensors,
    split::{self, Draw, Fractions, Parts},
    target::TargetValues,
};
use retort_domain::{FeatureTransform, Fold, Preparation, Resampling, SplitSizes};

/// Positions of each fold among the labelled rows; none where the split is
/// used as it is.
pub(crate) fn divide(source: &Source<'_>, split: &Parts) -> Result<Option<Vec<Parts>>, DatasetError> {
    let mut pool: Vec<u32> = split.train.iter().chain(&split.validation).copied().collect();
    pool.sort_unstable();
    let classes: Option<(Vec<u32>, usize)> = match &source.labelled.values {
        TargetValues::Numbers(_) => None,
        TargetValues::Classes { labels, of_row } => {
            Some((pool.iter().map(|&p| of_row[p as usize]).collect(), labels.len()))
        }
    };
    let classes = classes.as_ref().map(|(classes, n)| (classes.as_slice(), *n));
    let seed = source.spec.seed;
    let divisions: Option<Vec<Parts>> = match source.spec.resampling {
        Resampling::Holdout => return Ok(None),
        Resampling::KFold { folds } => {
            split::k_fold(pool.len(), classes, folds as usize, Draw { seed, round: 1 })
        }
        Resampling::RepeatedHoldout { repeats } => {
            let held_out = split.validation.len() as f64 / pool.len() as f64;
            let fractions = Fractions { test: 0.0, validation: held_out };
            let again = |round| match classes {
                Some((classes, n_classes)) => {
                    split::stratified(classes, n_classes, fractions, Draw { seed, round })
                }
                None => split::plain(pool.len(), fractions, Draw { seed, round }),
            };
            (1..=repeats).map(again).collect()
        }
    };
    let of_pool = |positions: &[u32]| positions.iter().map(|&p| pool[p as usize]).collect::<Vec<u32>>();
    let divisions = divisions.filter(|d| !d.is_empty() && d.iter().all(|fold| !fold.validation.is_empty()));
    match divisions {
        Some(divisions) => Ok(Some(
            divisions
                .iter()
                .map(|fold| Parts {
                    train: of_pool(&fold.train),
                    validation: of_pool(&fold.validation),
                    test: Vec::new(),
                })
                .collect(),
        )),
        None => Err(DatasetError::TooFewRowsForFolds {
            dataset: source.dataset.name.clone(),
            rows: pool.len(),
            folds: source.spec.resampling.n_folds(),
        }),
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
    if divisions.iter().any(|parts| parts.validation.len() != divisions[0].validation.len()) {
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
