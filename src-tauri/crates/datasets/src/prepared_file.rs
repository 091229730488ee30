//! The safetensors file of a preparation, as `retort_domain::preparation`
//! describes it.

use crate::error::{DatasetError, file_name};
use retort_domain::Preparation;
use safetensors::{Dtype, SafeTensors, View};
use std::{
    borrow::Cow,
    collections::HashMap,
    fs::{self, File},
    io::Read,
    path::Path,
};

/// Metadata key of the JSON of [`Preparation`].
const PREPARATION_KEY: &str = "preparation";
/// Longest header that is read, as the format allows.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Matrices of one part.
#[derive(Debug)]
pub(crate) struct PartTensors {
    /// `train`, `validation` or `test`.
    pub part: &'static str,
    /// `[rows.len(), n_features]`
    pub x: Vec<f32>,
    /// `[rows.len()]`
    pub y: Vec<f32>,
    /// Rows in the dataset.
    pub rows: Vec<u32>,
}

enum Numbers<'a> {
    Floats(&'a [f32]),
    Rows(&'a [u32]),
}

struct Tensor<'a> {
    numbers: Numbers<'a>,
    shape: Vec<usize>,
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        match self.numbers {
            Numbers::Floats(_) => Dtype::F32,
            Numbers::Rows(_) => Dtype::U32,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match self.numbers {
            Numbers::Floats(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Numbers::Rows(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        })
    }

    fn data_len(&self) -> usize {
        match self.numbers {
            Numbers::Floats(v) => v.len() * 4,
            Numbers::Rows(v) => v.len() * 4,
        }
    }
}

/// Writes the file beside its place and renames it.
pub(crate) fn write(
    path: &Path,
    preparation: &Preparation,
    parts: &[PartTensors],
) -> Result<(), DatasetError> {
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
    let json = serde_json::to_string(preparation).map_err(|e| failed(&e))?;
    let n_features = preparation.n_features as usize;
    let tensors = parts.iter().flat_map(|p| {
        let n = p.rows.len();
        [
            (format!("x_{}", p.part), Tensor { numbers: Numbers::Floats(&p.x), shape: vec![n, n_features] }),
            (format!("y_{}", p.part), Tensor { numbers: Numbers::Floats(&p.y), shape: vec![n] }),
            (format!("rows_{}", p.part), Tensor { numbers: Numbers::Rows(&p.rows), shape: vec![n] }),
        ]
    });
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    let file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
    let metadata = HashMap::from([(PREPARATION_KEY.to_owned(), json)]);
    safetensors::serialize_to_file(tensors, Some(metadata), file.path()).map_err(|e| failed(&e))?;
    File::open(file.path()).and_then(|f| f.sync_all()).map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// What a prepared file says of itself. Reads its header only, and checks that
/// the file is as long as the header says.
pub fn read_preparation(path: &Path) -> Result<Preparation, DatasetError> {
    let damaged = |reason: String| DatasetError::PreparedFileDamaged { file: file_name(path), reason };
    let io = |e: std::io::Error| damaged(e.to_string());
    let mut file = File::open(path).map_err(io)?;
    let file_len = file.metadata().map_err(io)?.len();
    let mut length = [0_u8; 8];
    file.read_exact(&mut length).map_err(io)?;
    let header_len = u64::from_le_bytes(length);
    if header_len > MAX_HEADER_BYTES || header_len + 8 > file_len {
        return Err(damaged("its header is cut off".to_owned()));
    }
    let mut header = vec![0_u8; header_len as usize];
    file.read_exact(&mut header).map_err(io)?;
    let header: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|e| damaged(e.to_string()))?;
    let data_len = header.values().filter_map(|entry| entry["data_offsets"][1].as_u64()).max().unwrap_or(0);
    if file_len != 8 + header_len + data_len {
        return Err(damaged("it is shorter or longer than its header says".to_owned()));
    }
    let json = header
        .get("__metadata__")
        .and_then(|m| m[PREPARATION_KEY].as_str())
        .ok_or_else(|| damaged("it does not say how it was prepared".to_owned()))?;
    serde_json::from_str(json).map_err(|e| damaged(e.to_string()))
}

/// Rows of the dataset that the test part holds, in the order of its matrix.
pub fn read_test_rows(path: &Path) -> Result<Vec<u32>, DatasetError> {
    const NAME: &str = "rows_test";
    let damaged = |reason: String| DatasetError::PreparedFileDamaged { file: file_name(path), reason };
    let bytes = fs::read(path).map_err(|e| damaged(e.to_string()))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
    let view = file.tensor(NAME).map_err(|e| damaged(e.to_string()))?;
    if view.dtype() != Dtype::U32 {
        return Err(damaged(format!("{NAME} is {:?}", view.dtype())));
    }
    let (rows, _) = view.data().as_chunks::<4>();
    Ok(rows.iter().map(|row| u32::from_le_bytes(*row)).collect())
}
