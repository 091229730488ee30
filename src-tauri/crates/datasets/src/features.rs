//! Columns to matrix columns: what is fitted on training rows, and how it is
//! applied to any rows.

use crate::{
    error::{DatasetError, near_names},
    moment::{self, date_of, hour_of},
    number,
    profile::quantile,
    table::{ColumnView, Table},
};
use chrono::Datelike;
use retort_domain::{Dataset, DatePart, FeatureTransform, MAX_CATEGORIES, Standardization};
use std::collections::HashMap;

const PARTS: [DatePart; 5] =
    [DatePart::Year, DatePart::Month, DatePart::Day, DatePart::Weekday, DatePart::Hour];

fn part_of(micros: i64, part: DatePart) -> f64 {
    let date = date_of(micros);
    match part {
        DatePart::Year => f64::from(date.year()),
        DatePart::Month => f64::from(date.month()),
        DatePart::Day => f64::from(date.day()),
        DatePart::Weekday => f64::from(date.weekday().number_from_monday()),
        DatePart::Hour => hour_of(micros) as f64,
    }
}

/// Median of the values that are there, then mean and population standard
/// deviation with the median in place of those that are not. Without any value
/// the median is 0.
pub(crate) fn standardization(values: &[Option<f64>]) -> Standardization {
    let mut present: Vec<f64> = values.iter().flatten().copied().collect();
    present.sort_by(f64::total_cmp);
    let median = if present.is_empty() { 0.0 } else { quantile(&present, 0.5) };
    let imputed: Vec<f64> = values.iter().map(|v| v.unwrap_or(median)).collect();
    let (mean, sd) = mean_and_sd(&imputed);
    Standardization { median, mean, sd }
}

/// Mean and population standard deviation; 1 where all values are equal.
pub(crate) fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let Some(&first) = values.first() else { return (0.0, 1.0) };
    if values.iter().all(|&v| v == first) {
        // Rounding must not turn a constant into a column of noise.
        return (first, 1.0);
    }
    let moments = |scale: f64| {
        let mean = values.iter().map(|v| v / scale).sum::<f64>() / n;
        let variance = values.iter().map(|v| (v / scale - mean).powi(2)).sum::<f64>() / n;
        (mean * scale, variance.sqrt() * scale)
    };
    let (mean, sd) = moments(1.0);
    let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    // Squares overflow near the largest float, and vanish near the smallest.
    let (mean, sd) =
        if sd.is_finite() && mean.is_finite() && sd > 0.0 { (mean, sd) } else { moments(largest) };
    if sd.is_finite() && sd > 0.0 { (mean, sd) } else { (mean, 1.0) }
}

/// Fits a column on training rows, by its values, or as names whatever they are
/// where it is a category; none where it gives no matrix column (a
/// date no part of which varies).
pub(crate) fn fit(
    column: &str,
    view: ColumnView,
    as_category: bool,
    train: &[u32],
) -> Option<FeatureTransform> {
    let column = column.to_owned();
    match view {
        ColumnView::Number(_) | ColumnView::Moment(..) if as_category => {
            Some(FeatureTransform::OneHot { column, categories: categories(view, train) })
        }
        ColumnView::Number(v) => {
            let values: Vec<_> = train.iter().map(|&r| v.get(r as usize)).collect();
            Some(FeatureTransform::Numeric { column, scale: standardization(&values) })
        }
        ColumnView::Text(_) | ColumnView::Boolean(..) => {
            Some(FeatureTransform::OneHot { column, categories: categories(view, train) })
        }
        ColumnView::Moment(v, _) => {
            let moments: Vec<_> = train.iter().map(|&r| v.get(r as usize)).collect();
            let parts: Vec<_> = PARTS
                .into_iter()
                .filter_map(|part| {
                    let values: Vec<_> = moments.iter().map(|m| m.map(|m| part_of(m, part))).collect();
                    let mut present = values.iter().flatten();
                    let first = present.next()?;
                    present.any(|v| v != first).then(|| (part, standardization(&values)))
                })
                .collect();
            (!parts.is_empty()).then_some(FeatureTransform::Datetime { column, parts })
        }
    }
}

/// The most frequent values on training rows, by name where equally frequent.
fn categories(view: ColumnView, train: &[u32]) -> Vec<String> {
    let mut counts: HashMap<_, usize> = HashMap::new();
    for value in train.iter().filter_map(|&r| view.text(r as usize)) {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(MAX_CATEGORIES);
    counts.into_iter().map(|(value, _)| value.into_owned()).collect()
}

/// Applies fitted features to rows: `[rows.len(), n_features]`, row-major. The
/// table may be another than the one they were fitted on.
pub(crate) fn apply(
    features: &[FeatureTransform],
    table: &Table,
    dataset: &Dataset,
    rows: &[u32],
) -> Result<Vec<f32>, DatasetError> {
    let width: usize = features.iter().map(FeatureTransform::width).sum();
    let mut matrix = vec![0.0_f32; rows.len() * width];
    let mut offset = 0;
    for feature in features {
        let name = feature.column();
        if dataset.column(name).is_none() {
            return Err(DatasetError::FeatureMissing {
                dataset: dataset.name.clone(),
                column: name.to_owned(),
                near: near_names(name, dataset.columns.iter().map(|c| c.name.as_str())),
            });
        }
        let view = table.column(name)?;
        let unfit = |row: u32, expected| DatasetError::FeatureOfAnotherKind {
            dataset: dataset.name.clone(),
            column: name.to_owned(),
            row: row as usize + 1,
            value: view.text(row as usize).unwrap_or_default().chars().take(60).collect(),
            expected,
        };
        let cells = matrix.chunks_exact_mut(width.max(1)).zip(rows);
        match feature {
            FeatureTransform::Numeric { scale, .. } => {
                for (out, &row) in cells {
                    let value = number_at(view, row).map_err(|()| unfit(row, "numbers"))?;
                    out[offset] = scaled(value, scale);
                }
            }
            FeatureTransform::OneHot { categories, .. } => {
                let place: HashMap<&str, usize> =
                    categories.iter().zip(0..).map(|(c, i)| (c.as_str(), i)).collect();
                for (out, &row) in cells {
                    let hot = match view.text(row as usize) {
                        Some(value) => place.get(value.as_ref()).copied().unwrap_or(categories.len() + 1),
                        None => categories.len(),
                    };
                    out[offset + hot] = 1.0;
                }
            }
            FeatureTransform::Datetime { parts, .. } => {
                for (out, &row) in cells {
                    let moment = moment_at(view, row).map_err(|()| unfit(row, "dates or times"))?;
                    for (i, (part, scale)) in parts.iter().enumerate() {
                        out[offset + i] = scaled(moment.map(|m| part_of(m, *part)), scale);
                    }
                }
            }
        }
        offset += feature.width();
    }
    Ok(matrix)
}

fn scaled(value: Option<f64>, scale: &Standardization) -> f32 {
    let z = (value.unwrap_or(scale.median) - scale.mean) / scale.sd;
    z.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

/// A number, from text too: a column of few rows may have been read as text.
fn number_at(view: ColumnView, row: u32) -> Result<Option<f64>, ()> {
    let row = row as usize;
    match view {
        ColumnView::Number(v) => Ok(v.get(row)),
        ColumnView::Text(v) => match v.get(row).map(|text| number::parse(text, false)) {
            None | Some(number::Parsed::NotFinite) => Ok(None),
            Some(number::Parsed::Number(value)) => Ok(Some(value)),
            Some(number::Parsed::Code) => v.get(row).map(|t| t.parse().map_err(|_| ())).transpose(),
            Some(number::Parsed::Other) => Err(()),
        },
        other if other.is_missing(row) => Ok(None),
        _ => Err(()),
    }
}

fn moment_at(view: ColumnView, row: u32) -> Result<Option<i64>, ()> {
    let row = row as usize;
    match view {
        ColumnView::Moment(v, _) => Ok(v.get(row)),
        ColumnView::Text(v) => {
            v.get(row).map(|text| moment::parse(text).map(|(micros, _)| micros).ok_or(())).transpose()
        }
        other if other.is_missing(row) => Ok(None),
        _ => Err(()),
    }
}
