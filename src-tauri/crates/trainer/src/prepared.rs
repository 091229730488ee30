//! Reads the matrices that `retort_datasets::prepare` wrote (their layout is
//! described in `retort_domain::preparation`). The file is mapped, not copied:
//! rows are read from disk when first touched, and workers share the pages.

use crate::backend::TrainRows;
use crate::tensors::floats;
use memmap2::Mmap;
use retort_domain::{Preparation, TargetTransform};
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why a prepared file cannot be trained on.
#[derive(Debug, thiserror::Error)]
pub enum PreparedError {
    /// Not there, or not readable.
    #[error("cannot open the prepared data {path:?}: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Cut short, or something else.
    #[error("the prepared data {path:?} is damaged: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SafeTensorError,
    },
    /// The description of the preparation is missing or unreadable.
    #[error("the prepared data {path:?} has no readable description: {reason}")]
    Description {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The folds do not make up the matrices.
    #[error("the folds of the prepared data {path:?} do not make up its rows, or train on unequal numbers")]
    Folds {
        /// The file.
        path: PathBuf,
    },
    /// A matrix is not what the description says.
    #[error("{name} of the prepared data {path:?} is {got}, expected {want}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Type and shape found.
        got: String,
        /// Type and shape needed.
        want: String,
    },
    /// A target is not a number, or not a class.
    #[error("row {row} of {name} of the prepared data {path:?} holds {value}, which is no target")]
    Target {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Row in the tensor, from 0.
        row: usize,
        /// What is there.
        value: f32,
    },
}

/// One part of the split.
#[derive(Debug, Clone, Copy)]
pub struct Part<'d> {
    /// `[n_rows, n_features]`
    pub x: &'d [f32],
    /// `[n_rows]`: the standardised target, or the class index.
    pub y: &'d [f32],
    /// Rows.
    pub n_rows: usize,
}

impl<'d> Part<'d> {
    fn rows(self, first: usize, n_rows: usize, n_features: usize) -> Self {
        Self {
            x: &self.x[first * n_features..(first + n_rows) * n_features],
            y: &self.y[first..first + n_rows],
            n_rows,
        }
    }
}

impl<'d> From<Part<'d>> for TrainRows<'d> {
    fn from(part: Part<'d>) -> Self {
        Self { x: part.x, y: part.y, n_rows: part.n_rows, teacher: None }
    }
}

/// Rows that one network of a trial trains on and is judged on.
#[derive(Debug, Clone, Copy)]
pub struct FoldData<'d> {
    /// Where its training rows begin in [`Prepared::train`].
    pub first_row: u32,
    /// Rows trained on.
    pub train: Part<'d>,
    /// Rows judged on.
    pub validation: Part<'d>,
    /// The target, as encoded for these rows.
    pub target: &'d TargetTransform,
}

/// Values in the mapped file, or copied where they lie unaligned there.
#[derive(Debug)]
enum Values {
    Mapped(Range<usize>),
    Copied(Vec<f32>),
}

#[derive(Debug)]
struct PartValues {
    x: Values,
    y: Values,
    n_rows: usize,
}

/// A prepared dataset, checked.
#[derive(Debug)]
pub struct Prepared {
    map: Mmap,
    preparation: Preparation,
    /// Train, validation, test.
    parts: [PartValues; 3],
}

impl Prepared {
    /// Maps `path` and checks types, shapes and targets against its own
    /// description. A part without rows is no error.
    pub fn open(path: &Path) -> Result<Self, PreparedError> {
        let open = |source| PreparedError::Open { path: path.into(), source };
        let file = File::open(path).map_err(open)?;
        // SAFETY: prepared files are written under another name and renamed,
        // and never changed afterwards.
        let map = unsafe { Mmap::map(&file) }.map_err(open)?;
        let format = |source| PreparedError::Format { path: path.into(), source };
        let (_, header) = SafeTensors::read_metadata(&map).map_err(format)?;
        let description = |reason: String| PreparedError::Description { path: path.into(), reason };
        let json = header
            .metadata()
            .as_ref()
            .and_then(|m| m.get("preparation"))
            .ok_or_else(|| description("there is no entry \"preparation\"".into()))?;
        let preparation: Preparation = serde_json::from_str(json).map_err(|e| description(e.to_string()))?;

        let tensors = SafeTensors::deserialize(&map).map_err(format)?;
        let values = |name: String, shape: &[usize]| -> Result<Values, PreparedError> {
            let view = tensors.tensor(&name).map_err(format)?;
            if view.dtype() != Dtype::F32 || view.shape() != shape {
                return Err(PreparedError::Shape {
                    path: path.into(),
                    name,
                    got: format!("{:?} {:?}", view.dtype(), view.shape()),
                    want: format!("F32 {shape:?}"),
                });
            }
            let data = view.data();
            if cfg!(target_endian = "big") || !data.as_ptr().cast::<f32>().is_aligned() {
                return Ok(Values::Copied(floats(data)));
            }
            let start = data.as_ptr().addr() - map.as_ptr().addr();
            Ok(Values::Mapped(start..start + data.len()))
        };
        let part = |name: &str, n_rows: u32| -> Result<PartValues, PreparedError> {
            let n_rows = n_rows as usize;
            Ok(PartValues {
                x: values(format!("x_{name}"), &[n_rows, preparation.n_features as usize])?,
                y: values(format!("y_{name}"), &[n_rows])?,
                n_rows,
            })
        };
        let split = preparation.split;
        let folds = &preparation.folds;
        let sum = |rows: fn(&retort_domain::Fold) -> u32| folds.iter().map(rows).sum::<u32>();
        let is_whole = folds.is_empty()
            || (sum(|f| f.train) == split.train
                && sum(|f| f.validation) == split.validation
                && folds.iter().all(|fold| fold.train == folds[0].train));
        if !is_whole {
            return Err(PreparedError::Folds { path: path.into() });
        }
        let parts =
            [part("train", split.train)?, part("validation", split.validation)?, part("test", split.test)?];
        let prepared = Self { map, preparation, parts };
        prepared.check_targets(path)?;
        Ok(prepared)
    }

    fn check_targets(&self, path: &Path) -> Result<(), PreparedError> {
        let parts = [("y_train", self.train()), ("y_validation", self.validation()), ("y_test", self.test())];
        for (name, part) in parts {
            let is_target = |&value: &f32| match &self.preparation.target {
                TargetTransform::Classification { labels } => {
                    value >= 0.0 && value.fract() == 0.0 && (value as usize) < labels.len()
                }
                TargetTransform::Regression { .. } => value.is_finite(),
            };
            if let Some(row) = part.y.iter().position(|v| !is_target(v)) {
                return Err(PreparedError::Target {
                    path: path.into(),
                    name: name.into(),
                    row,
                    value: part.y[row],
                });
            }
        }
        Ok(())
    }

    fn slice<'a>(&'a self, values: &'a Values) -> &'a [f32] {
        match values {
            Values::Copied(values) => values,
            Values::Mapped(range) => {
                // SAFETY: any four bytes are a float; `open` saw that the range
                // is aligned, so nothing is cut off at either end.
                let (before, floats, after) = unsafe { self.map[range.clone()].align_to::<f32>() };
                debug_assert!(before.is_empty() && after.is_empty());
                floats
            }
        }
    }

    fn part(&self, index: usize) -> Part<'_> {
        let part = &self.parts[index];
        Part { x: self.slice(&part.x), y: self.slice(&part.y), n_rows: part.n_rows }
    }

    /// How the matrices came to be.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// The folds, in the order of their rows; without resampling one, which has
    /// all rows.
    pub fn folds(&self) -> Vec<FoldData<'_>> {
        let (train, validation) = (self.train(), self.validation());
        if self.preparation.folds.is_empty() {
            return vec![FoldData { first_row: 0, train, validation, target: &self.preparation.target }];
        }
        let n_features = self.preparation.n_features as usize;
        let (mut first_row, mut first_judged) = (0, 0);
        let mut folds = Vec::with_capacity(self.preparation.folds.len());
        for fold in &self.preparation.folds {
            let (n_train, n_judged) = (fold.train as usize, fold.validation as usize);
            folds.push(FoldData {
                first_row: first_row as u32,
                train: train.rows(first_row, n_train, n_features),
                validation: validation.rows(first_judged, n_judged, n_features),
                target: &fold.target,
            });
            first_row += n_train;
            first_judged += n_judged;
        }
        folds
    }

    /// Rows trained on.
    pub fn train(&self) -> Part<'_> {
        self.part(0)
    }

    /// Rows for choosing the best epoch.
    pub fn validation(&self) -> Part<'_> {
        self.part(1)
    }

    /// Rows for the final figures.
    pub fn test(&self) -> Part<'_> {
        self.part(2)
    }
}
