//! From a file to matrices: reads CSV and Excel files into typed tables kept as
//! Parquet, profiles and pages them, and prepares them for training. Everything
//! is synchronous and works on folders that the caller names.

mod encoding;
mod error;
mod export;
mod features;
mod import;
mod infer;
mod kind;
mod manifest;
mod moment;
mod number;
mod prepare;
mod prepared_file;
mod profile;
mod raw;
mod resampling;
mod split;
mod table;
mod target;
mod text_file;
mod transfer;
mod transform;
mod workbook;

pub use error::{ColumnUse, DatasetError};
pub use import::{ImportOptions, Imported, import, list_sheets};
pub use manifest::{SampleEntry, read_manifest};
pub use prepare::{preparation_hash, prepare};
pub use prepared_file::{read_preparation, read_test_rows};
pub use table::Table;
pub use transfer::{synthetic, unlabelled};
pub use transform::{transform, transform_rows};
