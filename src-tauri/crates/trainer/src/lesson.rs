//! What a teacher has to say, as students learn it: one safetensors file beside
//! the prepared one, written by the engine and named by what it holds.
//!
//! Its tensors, all f32 and row-major: `teacher_train` (`[n + m, n_outputs]`:
//! logits, or standardised predictions, for the `n` training rows and then for
//! the transfer rows), `teacher_validation` and `teacher_test` for those parts,
//! and `x_transfer` (`[m, n_features]`): further rows, prepared as the training
//! rows are, that have the teacher's outputs and no target. `m` may be 0.

use crate::backend::{NamedTensor, TrainRows};
use crate::prepared::Prepared;
use crate::random;
use crate::tensors::{self, TensorFileError};
use std::path::{Path, PathBuf};

/// The teacher's outputs on training and transfer rows.
pub const TEACHER_TRAIN: &str = "teacher_train";
/// The teacher's outputs on validation rows.
pub const TEACHER_VALIDATION: &str = "teacher_validation";
/// The teacher's outputs on test rows.
pub const TEACHER_TEST: &str = "teacher_test";
/// Rows without a target.
pub const X_TRANSFER: &str = "x_transfer";

/// Why nothing can be learned from a teacher's file.
#[derive(Debug, thiserror::Error)]
pub enum LessonError {
    /// The file.
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
    /// It belongs to other data.
    #[error("{name} of the teacher's outputs {path:?} has shape {got:?}, expected {want:?}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: &'static str,
        /// Found.
        got: Vec<usize>,
        /// Needed.
        want: Vec<usize>,
    },
    /// Nobody learns from that.
    #[error("row {row} of {name} of the teacher's outputs {path:?} is not finite")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: &'static str,
        /// Row in the tensor, from 0.
        row: usize,
    },
}

/// Training rows with a teacher's outputs.
#[derive(Debug)]
pub struct Lesson {
    teacher: Vec<f32>,
    /// Training rows, then transfer rows; None where there are none of those,
    /// and the prepared file's own rows do.
    all_rows: Option<(Vec<f32>, Vec<f32>)>,
    n_rows: usize,
}

impl Lesson {
    /// Reads the file and checks it against the data that it is for.
    pub fn open(path: &Path, prepared: &Prepared) -> Result<Self, LessonError> {
        let train = prepared.train();
        let preparation = prepared.preparation();
        let (n_features, n_outputs) = (preparation.n_features as usize, preparation.target.n_outputs());
        let mut file = tensors::read(path)?;
        let mut take = |name: &'static str| {
            let missing = || TensorFileError::Missing { path: path.into(), name: name.into() };
            file.tensors.remove(name).ok_or_else(missing)
        };
        let transfer = take(X_TRANSFER)?;
        let n_transfer = transfer.shape.first().copied().unwrap_or(0);
        let n_rows = train.n_rows + n_transfer;
        let teacher = take(TEACHER_TRAIN)?;
        check(path, X_TRANSFER, &transfer, [n_transfer, n_features])?;
        check(path, TEACHER_TRAIN, &teacher, [n_rows, n_outputs])?;
        let all_rows = (n_transfer > 0).then(|| {
            let x = [train.x, &transfer.data].concat();
            let mut y = train.y.to_vec();
            y.resize(n_rows, f32::NAN);
            (x, y)
        });
        Ok(Self { teacher: teacher.data, all_rows, n_rows })
    }

    /// All rows, those without a target last.
    pub fn rows<'d>(&'d self, prepared: &'d Prepared) -> TrainRows<'d> {
        let train = prepared.train();
        let (x, y) = match &self.all_rows {
            Some((x, y)) => (x.as_slice(), y.as_slice()),
            None => (train.x, train.y),
        };
        TrainRows { x, y, n_rows: self.n_rows, teacher: Some(&self.teacher) }
    }
}

fn check(path: &Path, name: &'static str, tensor: &NamedTensor, want: [usize; 2]) -> Result<(), LessonError> {
    if tensor.shape != want {
        let (got, want) = (tensor.shape.clone(), want.to_vec());
        return Err(LessonError::Shape { path: path.into(), name, got, want });
    }
    match tensor.data.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(LessonError::NotFinite { path: path.into(), name, row: at / want[1].max(1) }),
        None => Ok(()),
    }
}

/// The `n_rows` rows that a trial sees in its epoch `epoch`, from 0, drawn from
/// the first `n_drawn`. Where these are fewer, the trial goes through them again
/// and again, each time in another order, and stops at an epoch's end only to go
/// on from there: it makes as many steps as one that sees all rows.
pub fn row_order(seed: u32, epoch: u32, n_drawn: usize, n_rows: usize) -> Vec<u32> {
    if n_drawn == n_rows || n_drawn == 0 {
        return random::row_order(seed, epoch + 1, n_rows as u32);
    }
    let first = u64::from(epoch) * n_rows as u64;
    let mut pass = (first / n_drawn as u64) as u32;
    let mut skipped = (first % n_drawn as u64) as usize;
    let mut order = Vec::with_capacity(n_rows);
    while order.len() < n_rows {
        let of_pass = random::row_order(seed, pass + 1, n_drawn as u32);
        order.extend(of_pass.iter().skip(skipped).take(n_rows - order.len()));
        (pass, skipped) = (pass + 1, 0);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_are_gone_through_again_across_epochs() {
        let drawn: Vec<u32> = (0..3).flat_map(|epoch| row_order(7, epoch, 4, 10)).collect();
        assert_eq!(drawn.len(), 30);
        for (pass, rows) in drawn.chunks(4).enumerate() {
            let whole = random::row_order(7, pass as u32 + 1, 4);
            assert_eq!(rows, &whole[..rows.len()], "pass {pass}");
        }
    }

    #[test]
    fn all_rows_are_drawn_as_without_a_teacher() {
        assert_eq!(row_order(3, 5, 9, 9), random::row_order(3, 6, 9));
    }
}
