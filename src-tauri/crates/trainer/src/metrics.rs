//! Every metric, once, in Rust, so that a difference between the platforms is
//! never a difference between two libraries' metrics. Definitions are
//! scikit-learn's; what is undefined is absent, never an invented number.

use retort_domain::{Metric, MetricSet, TargetTransform};

/// A network's outputs on some rows beside the truth.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// `[n_rows, n_outputs]`: logits, or the standardised target.
    pub outputs: &'a [f32],
    /// `[n_rows]`: class index, or the standardised target.
    pub y: &'a [f32],
}

/// `confusion[true][predicted]`, counts of rows.
pub type Confusion = Vec<Vec<u32>>;

/// All metrics that the target's task has and that are defined on these rows;
/// none without rows.
pub fn metrics(target: &TargetTransform, predictions: Predictions<'_>) -> MetricSet {
    if predictions.y.is_empty() {
        return MetricSet::new();
    }
    match target {
        TargetTransform::Classification { labels } => classification(labels.len(), predictions),
        TargetTransform::Regression { sd, .. } => regression(*sd, predictions),
    }
}

/// One metric alone, where it is defined on these rows; cheaper than all.
pub fn metric(target: &TargetTransform, predictions: Predictions<'_>, which: Metric) -> Option<f64> {
    if predictions.y.is_empty() {
        return None;
    }
    let n_rows = predictions.y.len() as f64;
    match (target, which) {
        (TargetTransform::Classification { labels }, Metric::Accuracy) => {
            let right = predictions
                .outputs
                .chunks_exact(labels.len())
                .zip(predictions.y)
                .filter(|(logits, class)| predicted_class(logits) == **class as usize);
            Some(right.count() as f64 / n_rows)
        }
        (TargetTransform::Classification { labels }, Metric::MacroF1) => {
            Some(macro_f1(&confusion(labels.len(), predictions)))
        }
        (TargetTransform::Classification { .. }, Metric::LogLoss) => loss(target, predictions, None),
        (TargetTransform::Classification { labels }, Metric::RocAuc) => roc_auc(labels.len(), predictions),
        (TargetTransform::Regression { sd, .. }, Metric::Rmse | Metric::Mae | Metric::R2) => {
            regression(*sd, predictions).get(&which).copied()
        }
        (TargetTransform::Classification { .. }, Metric::Rmse | Metric::Mae | Metric::R2)
        | (
            TargetTransform::Regression { .. },
            Metric::Accuracy | Metric::MacroF1 | Metric::LogLoss | Metric::RocAuc,
        ) => None,
    }
}

/// The training loss on these rows: weighted mean negative log-likelihood
/// (`class_weights[class]` a row, 1 where there are none), or mean squared
/// error of the standardised target. None without rows or weight.
pub fn loss(
    target: &TargetTransform,
    predictions: Predictions<'_>,
    class_weights: Option<&[f32]>,
) -> Option<f64> {
    let Predictions { outputs, y } = predictions;
    let (mut sum, mut weight_sum) = (0.0, 0.0);
    match target {
        TargetTransform::Classification { labels } => {
            for (logits, &class) in outputs.chunks_exact(labels.len()).zip(y) {
                let weight = class_weights.map_or(1.0, |w| f64::from(w[class as usize]));
                sum -= weight * log_probability(logits, class as usize);
                weight_sum += weight;
            }
        }
        TargetTransform::Regression { .. } => {
            sum = outputs.iter().zip(y).map(|(&o, &y)| (f64::from(o) - f64::from(y)).powi(2)).sum();
            weight_sum = y.len() as f64;
        }
    }
    (weight_sum > 0.0).then(|| sum / weight_sum)
}

/// Counts of rows by true and predicted class.
pub fn confusion(n_classes: usize, predictions: Predictions<'_>) -> Confusion {
    let mut counts = vec![vec![0; n_classes]; n_classes];
    for (logits, &class) in predictions.outputs.chunks_exact(n_classes).zip(predictions.y) {
        counts[class as usize][predicted_class(logits)] += 1;
    }
    counts
}

fn classification(n_classes: usize, predictions: Predictions<'_>) -> MetricSet {
    let Predictions { outputs, y } = predictions;
    let counts = confusion(n_classes, predictions);
    let n_rows = y.len() as f64;
    let right: u32 = (0..n_classes).map(|c| counts[c][c]).sum();
    let log_loss =
        -outputs.chunks_exact(n_classes).zip(y).map(|(z, &c)| log_probability(z, c as usize)).sum::<f64>()
            / n_rows;
    let mut set = MetricSet::from([
        (Metric::Accuracy, f64::from(right) / n_rows),
        (Metric::MacroF1, macro_f1(&counts)),
        (Metric::LogLoss, log_loss),
    ]);
    set.extend(roc_auc(n_classes, predictions).map(|auc| (Metric::RocAuc, auc)));
    set
}

/// The class predicted from a row's logits: the first of the largest; class 0
/// where nothing compares.
pub fn predicted_class(logits: &[f32]) -> usize {
    let mut best = 0;
    for (class, value) in logits.iter().enumerate() {
        if *value > logits[best] {
            best = class;
        }
    }
    best
}

/// Softmax of a row's logits.
pub fn probabilities(logits: &[f32]) -> Vec<f64> {
    let norm = log_sum_exp(logits);
    logits.iter().map(|&z| (f64::from(z) - norm).exp()).collect()
}

/// `Σ p·(ln p - ln q)` of the softmax p of one row's logits and q of another's,
/// nats.
pub fn divergence(p: &[f32], q: &[f32]) -> f64 {
    let (norm_p, norm_q) = (log_sum_exp(p), log_sum_exp(q));
    p.iter()
        .zip(q)
        .map(|(&p, &q)| {
            let (log_p, log_q) = (f64::from(p) - norm_p, f64::from(q) - norm_q);
            log_p.exp() * (log_p - log_q)
        })
        .sum()
}

fn log_sum_exp(logits: &[f32]) -> f64 {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    f64::from(max) + logits.iter().map(|&z| (f64::from(z) - f64::from(max)).exp()).sum::<f64>().ln()
}

fn log_probability(logits: &[f32], class: usize) -> f64 {
    f64::from(logits[class]) - log_sum_exp(logits)
}

/// Mean of F1 over the classes that occur in truth or predictions.
fn macro_f1(counts: &Confusion) -> f64 {
    let scores: Vec<f64> = (0..counts.len())
        .filter_map(|c| {
            let truth: u32 = counts[c].iter().sum();
            let predicted: u32 = counts.iter().map(|row| row[c]).sum();
            let rows = f64::from(truth) + f64::from(predicted);
            (rows > 0.0).then(|| 2.0 * f64::from(counts[c][c]) / rows)
        })
        .collect();
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

/// Two classes: of class 1's probability. More: unweighted mean over the
/// classes present of one against the rest. None where the rows hold a single
/// class.
fn roc_auc(n_classes: usize, predictions: Predictions<'_>) -> Option<f64> {
    let Predictions { outputs, y } = predictions;
    let normalizers: Vec<f64> = outputs.chunks_exact(n_classes).map(log_sum_exp).collect();
    let of_class = |class: usize| {
        let scores = outputs.iter().skip(class).step_by(n_classes).zip(&normalizers);
        let mut scored: Vec<(f64, bool)> = scores
            .zip(y)
            .map(|((&z, norm), &y)| ((f64::from(z) - norm).exp(), y as usize == class))
            .collect();
        area_by_ranks(&mut scored)
    };
    if n_classes == 2 {
        return of_class(1);
    }
    let areas: Vec<f64> = (0..n_classes).filter_map(of_class).collect();
    (!areas.is_empty()).then(|| areas.iter().sum::<f64>() / areas.len() as f64)
}

/// Mann and Whitney's statistic; rows of equal score share their mean rank.
fn area_by_ranks(scored: &mut [(f64, bool)]) -> Option<f64> {
    let positives = scored.iter().filter(|s| s.1).count() as f64;
    let negatives = scored.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    scored.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut below) = (0.0, 0.0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let n_tied = tied.len() as f64;
        rank_sum += tied.iter().filter(|s| s.1).count() as f64 * (below + (n_tied + 1.0) / 2.0);
        below += n_tied;
    }
    Some((rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

fn regression(sd: f64, predictions: Predictions<'_>) -> MetricSet {
    let Predictions { outputs, y } = predictions;
    let n_rows = y.len() as f64;
    let residuals = || outputs.iter().zip(y).map(|(&o, &y)| (f64::from(o) - f64::from(y)) * sd);
    let squares: f64 = residuals().map(|r| r * r).sum();
    let mut set = MetricSet::from([
        (Metric::Rmse, (squares / n_rows).sqrt()),
        (Metric::Mae, residuals().map(f64::abs).sum::<f64>() / n_rows),
    ]);
    let mean = y.iter().map(|&y| f64::from(y)).sum::<f64>() / n_rows;
    let spread: f64 = y.iter().map(|&y| ((f64::from(y) - mean) * sd).powi(2)).sum();
    if y.iter().any(|&v| v != y[0]) && spread > 0.0 {
        set.insert(Metric::R2, 1.0 - squares / spread);
    }
    set
}

#[cfg(test)]
mod tests;
