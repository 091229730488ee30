//! Made-up rows in the form that `retort_domain::preparation` describes: our
//! workers map the file, the peers read the same one.

use super::Network;
use anyhow::{Context, Result};
use retort_domain::{
    DatasetId, FeatureTransform, Preparation, PreparationSpec, Resampling, SplitRule, SplitSizes,
    Standardization, TargetTransform, Task,
};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::Path;

/// Inputs of each network.
pub const N_FEATURES: u32 = 20;

const TEST_ROWS: u32 = 512;

/// Writes the rows for one network; the same ones each time.
pub fn write(path: &Path, network: &Network) -> Result<()> {
    let mut generator = SplitMix64(0x5eed);
    let split = SplitSizes { train: network.n_rows, validation: 0, test: TEST_ROWS };
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (part, n_rows) in [("train", split.train), ("validation", split.validation), ("test", split.test)] {
        let (mut x, mut y, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..n_rows {
            let features: Vec<f32> = (0..N_FEATURES).map(|_| generator.next_uniform()).collect();
            x.extend(features.iter().flat_map(|value| value.to_le_bytes()));
            y.extend(class_of(&features).to_le_bytes());
            rows.extend(row.to_le_bytes());
        }
        let n_rows = n_rows as usize;
        tensors.push((format!("x_{part}"), vec![n_rows, N_FEATURES as usize], x));
        tensors.push((format!("y_{part}"), vec![n_rows], y));
        tensors.push((format!("rows_{part}"), vec![n_rows], rows));
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| {
            let dtype = if name.starts_with("rows") { Dtype::U32 } else { Dtype::F32 };
            Ok((name.as_str(), TensorView::new(dtype, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>>>()?;
    let description = serde_json::to_string(&preparation(network, split))?;
    let metadata = HashMap::from([("preparation".to_owned(), description)]);
    safetensors::serialize_to_file(views, Some(metadata), path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A curved boundary, so that hidden layers have something to do.
fn class_of(features: &[f32]) -> f32 {
    let score: f32 = features.chunks(2).map(|pair| pair[0] * pair[1]).sum::<f32>() + features[0];
    if score > 0.0 { 1.0 } else { 0.0 }
}

fn preparation(network: &Network, split: SplitSizes) -> Preparation {
    let scale = Standardization { median: 0.0, mean: 0.0, sd: 1.0 };
    Preparation {
        hash: format!("bench-{}", network.name),
        spec: PreparationSpec {
            dataset: DatasetId::from("bench"),
            target: "class".to_owned(),
            task: Some(Task::Classification),
            features: None,
            exclude: Vec::new(),
            test_fraction: 0.1,
            validation_fraction: 0.0,
            seed: 0,
            resampling: Resampling::default(),
            split: SplitRule::Random,
            drop_duplicates: false,
        },
        split,
        dropped_rows: 0,
        features: (0..N_FEATURES)
            .map(|index| FeatureTransform::Numeric { column: format!("x{index}"), scale })
            .collect(),
        n_features: N_FEATURES,
        target: TargetTransform::Classification { labels: vec!["0".to_owned(), "1".to_owned()] },
        notes: Vec::new(),
        folds: Vec::new(),
    }
}

/// Steele, Lea and Flood's generator: a few lines, and good enough for data
/// whose only use is to be multiplied.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform with mean 0 and variance 1.
    fn next_uniform(&mut self) -> f32 {
        let unit = (self.next() >> 40) as f32 / (1u32 << 24) as f32;
        (unit - 0.5) * 12f32.sqrt()
    }
}
