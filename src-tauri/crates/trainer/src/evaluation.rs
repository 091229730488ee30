//! A network's outputs on many rows, in pieces: memory stays bounded, and a
//! request to stop is noticed between two pieces.

use crate::backend::{BackendError, Group};
use crate::metrics::Predictions;
use crate::prepared::Part;
use retort_domain::protocol::ModelSpec;
use retort_domain::{Metric, MetricSet, TargetTransform};

/// Activations of the widest layer that one piece may hold, about 16 MB.
const PIECE_VALUES: usize = 4 << 20;

/// Outputs for `x: [n_rows, n_features]`; None when `cancelled` said so.
/// Pieces depend on shapes alone, so that the same rows give the same bits.
pub fn outputs(
    group: &mut dyn Group,
    trial: usize,
    spec: &ModelSpec,
    x: &[f32],
    n_rows: usize,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<Vec<f32>>, BackendError> {
    let piece_rows = piece_rows(spec, 1);
    if n_rows <= piece_rows {
        return if n_rows == 0 { Ok(Some(Vec::new())) } else { group.outputs(trial, x, n_rows).map(Some) };
    }
    let mut outputs = Vec::with_capacity(n_rows * spec.n_outputs);
    let mut first = 0;
    while first < n_rows {
        if cancelled() {
            return Ok(None);
        }
        let rows = piece_rows.min(n_rows - first);
        let piece = &x[first * spec.n_features..(first + rows) * spec.n_features];
        outputs.extend(group.outputs(trial, piece, rows)?);
        first += rows;
    }
    Ok(Some(outputs))
}

/// Outputs of every trial for the same rows, one vector a trial; None when
/// `cancelled` said so. No rows give no outputs.
pub fn outputs_of_all(
    group: &mut dyn Group,
    spec: &ModelSpec,
    x: &[f32],
    n_rows: usize,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<Vec<Vec<f32>>>, BackendError> {
    let n_trials = group.n_trials();
    let mut outputs = vec![Vec::with_capacity(n_rows * spec.n_outputs); n_trials];
    for piece in x.chunks((piece_rows(spec, n_trials) * spec.n_features).max(1)) {
        if cancelled() {
            return Ok(None);
        }
        let of_piece = group.outputs_of_all(piece, piece.len() / spec.n_features.max(1))?;
        outputs.iter_mut().zip(of_piece).for_each(|(all, piece)| all.extend(piece));
    }
    Ok(Some(outputs))
}

/// Rows that one piece may hold.
fn piece_rows(spec: &ModelSpec, n_trials: usize) -> usize {
    let widest =
        spec.hidden_layers.iter().copied().chain([spec.n_features, spec.n_outputs]).max().unwrap_or(1);
    (PIECE_VALUES / (widest * n_trials).max(1)).clamp(64, 1 << 16)
}

/// What a network is worth on one part.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evaluation {
    /// None without rows.
    pub loss: Option<f64>,
    pub metrics: MetricSet,
    /// `[n_rows, n_outputs]`
    pub outputs: Vec<f32>,
}

impl Evaluation {
    pub fn of(
        target: &TargetTransform,
        outputs: Vec<f32>,
        part: Part<'_>,
        class_weights: Option<&[f32]>,
    ) -> Self {
        let predictions = Predictions { outputs: &outputs, y: part.y };
        let loss = crate::metrics::loss(target, predictions, class_weights);
        Self { loss, metrics: crate::metrics::metrics(target, predictions), outputs }
    }

    /// False where an output, and with it a metric, is no number.
    pub fn is_finite(&self) -> bool {
        let numbers: fn(&(&Metric, &f64)) -> bool = |(_, value)| value.is_finite();
        self.loss.is_none_or(f64::is_finite)
            && self.outputs.iter().all(|v| v.is_finite())
            && self.metrics.iter().all(|m| numbers(&m))
    }
}
