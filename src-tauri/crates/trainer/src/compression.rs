//! Weights in fewer bits: half precision, or whole numbers of eight bits with a
//! factor for each unit. Both are read back as f32, so what is measured of them
//! is what they lose, not how fast they are.

use crate::backend::{NamedTensor, Tensors};
use crate::tensors::{TensorFileError, floats, write_whole};
use half::f16;
use retort_domain::CompressedFormat;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use std::path::Path;

/// Added to a weight's name for the factors of its rows.
const SCALE: &str = ".scale";
/// Largest whole number; the same below 0.
const LARGEST: f32 = 127.0;

/// File name of compressed weights in a run's folder.
pub fn file_name(format: CompressedFormat) -> &'static str {
    match format {
        CompressedFormat::Float16 => "weights.float16.safetensors",
        CompressedFormat::Int8 => "weights.int8.safetensors",
    }
}

/// Writes the weights; returns the file's size, bytes.
///
/// [`CompressedFormat::Float16`] rounds every number to half precision.
/// [`CompressedFormat::Int8`] rounds each row w of a weight (`[out, in]`, one row
/// a unit) to whole numbers q with `w ≈ q · s`, `s = max |w| / 127`, kept in
/// `{name}.scale` (`[out]` f32): symmetric, one factor a channel. Whatever is no
/// matrix (biases, normalisation) stays as it is.
pub fn write(path: &Path, weights: &Tensors, format: CompressedFormat) -> Result<u64, TensorFileError> {
    let mut stored: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    let single = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    for NamedTensor { name, shape, data } in weights {
        match (format, shape.as_slice()) {
            (CompressedFormat::Float16, _) => {
                let bytes = data.iter().flat_map(|&v| f16::from_f32(v).to_le_bytes()).collect();
                stored.push((name.clone(), Dtype::F16, shape.clone(), bytes));
            }
            (CompressedFormat::Int8, &[n_out, n_in]) => {
                let rows = data.chunks(n_in.max(1));
                let scales: Vec<f32> = rows.clone().map(scale_of).collect();
                let whole = rows.zip(&scales).flat_map(|(row, scale)| {
                    row.iter().map(move |v| (v / scale).round().clamp(-LARGEST, LARGEST) as i8 as u8)
                });
                stored.push((name.clone(), Dtype::I8, shape.clone(), whole.collect()));
                stored.push((format!("{name}{SCALE}"), Dtype::F32, vec![n_out], single(&scales)));
            }
            (CompressedFormat::Int8, _) => {
                stored.push((name.clone(), Dtype::F32, shape.clone(), single(data)));
            }
        }
    }
    let failed = |source| TensorFileError::Format { path: path.into(), source };
    let views = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>()
        .map_err(failed)?;
    let file = safetensors::serialize(views, None).map_err(failed)?;
    write_whole(path, &file).map_err(|source| TensorFileError::Write { path: path.into(), source })?;
    Ok(file.len() as u64)
}

/// A row of zeros is divided by anything.
fn scale_of(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    if largest > 0.0 { largest / LARGEST } else { 1.0 }
}

/// What [`write`] wrote, as f32, in the order of the names.
pub fn read(path: &Path) -> Result<Tensors, TensorFileError> {
    let bytes = std::fs::read(path).map_err(|source| TensorFileError::Read { path: path.into(), source })?;
    let failed = |source| TensorFileError::Format { path: path.into(), source };
    let file = SafeTensors::deserialize(&bytes).map_err(failed)?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors().into_iter().filter(|(name, _)| !name.ends_with(SCALE)) {
        let data: Vec<f32> = match view.dtype() {
            Dtype::F32 => floats(view.data()),
            Dtype::F16 => {
                let (pairs, _) = view.data().as_chunks::<2>();
                pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect()
            }
            Dtype::I8 => {
                let scales = floats(file.tensor(&format!("{name}{SCALE}")).map_err(failed)?.data());
                let n_in = view.shape().get(1).copied().unwrap_or(1).max(1);
                let rows = view.data().chunks(n_in).zip(&scales);
                rows.flat_map(|(row, scale)| row.iter().map(move |&q| f32::from(q as i8) * scale)).collect()
            }
            other => {
                return Err(TensorFileError::Shape {
                    path: path.into(),
                    name,
                    got: format!("{other:?}"),
                    want: "F32, F16 or I8".into(),
                });
            }
        };
        tensors.push(NamedTensor { name, shape: view.shape().to_vec(), data });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights() -> Tensors {
        let tensor = |name: &str, shape: &[usize], data: &[f32]| NamedTensor {
            name: name.into(),
            shape: shape.to_vec(),
            data: data.to_vec(),
        };
        vec![
            tensor("layers.0.bias", &[3], &[0.1, -0.333_333_3, 7.0]),
            // A row of small numbers, one of large ones, one of zeros.
            tensor(
                "layers.0.weight",
                &[3, 4],
                &[0.001, -0.002, 0.0005, 0.0, 3.0, -127.0, 64.0, 1.0, 0.0, 0.0, 0.0, 0.0],
            ),
        ]
    }

    fn through(format: CompressedFormat) -> (Tensors, u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name(format));
        let n_bytes = write(&path, &weights(), format).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), n_bytes);
        (read(&path).unwrap(), n_bytes)
    }

    #[test]
    fn eight_bits_are_off_by_half_a_step_of_their_row() {
        let (found, _) = through(CompressedFormat::Int8);
        assert_eq!(found[0], weights()[0], "a bias stays as it is");
        let (found, want) = (&found[1].data, &weights()[1].data);
        for (row, largest) in [0.002, 127.0, 0.0].into_iter().enumerate() {
            for k in row * 4..row * 4 + 4 {
                let off = (found[k] - want[k]).abs();
                assert!(off <= largest / 127.0 / 2.0 * 1.001, "{k}: {} for {}", found[k], want[k]);
            }
        }
        assert_eq!(found[4..8], [3.0, -127.0, 64.0, 1.0]);
    }

    #[test]
    fn half_precision_keeps_three_digits() {
        let (found, _) = through(CompressedFormat::Float16);
        for (found, want) in found.iter().zip(weights()) {
            assert_eq!((&found.name, &found.shape), (&want.name, &want.shape));
            for (found, want) in found.data.iter().zip(&want.data) {
                assert!((found - want).abs() <= want.abs() / 2048.0 + 1e-7, "{found} for {want}");
            }
        }
    }

    #[test]
    fn large_weights_take_half_and_a_quarter_of_their_room() {
        let folder = tempfile::tempdir().unwrap();
        let data: Vec<f32> = (0..64 * 512).map(|i| (i as f32).sin()).collect();
        let large = vec![NamedTensor { name: "layers.0.weight".into(), shape: vec![64, 512], data }];
        let size = |format| write(&folder.path().join("weights"), &large, format).unwrap() as f64;
        let single = 4.0 * 64.0 * 512.0;
        assert!((size(CompressedFormat::Float16) / single - 0.5).abs() < 0.01);
        assert!((size(CompressedFormat::Int8) / single - 0.25).abs() < 0.01);
    }
}
