//! From a file to matrices: reads CSV and Excel files into typed tables kept as
//! Parquet, profiles and pages them, and prepares them for training. Everything
//! is synchronous and works on folders that the caller names.

mod cells;
mod columnar;
mod container;
mod described;
mod dialect;
mod duplicates;
mod encoding;
mod error;
mod export;
mod features;
mod fingerprint;
mod header;
mod import;
mod infer;
mod json_lines;
mod kind;
mod layout;
mod manifest;
mod moment;
mod number;
mod ordered_split;
mod partition;
mod prepare;
mod prepared_file;
mod profile;
mod raw;
mod records;
mod resampling;
mod source;
mod split;
mod table;
mod target;
mod text_file;
mod transfer;
mod transform;
mod view;
mod workbook;
mod workbook_guard;

pub use cells::{Cells, StillWanted, cells_path};
pub use error::{ColumnUse, DatasetError};
pub use export::CellsAs;
pub use fingerprint::content_hash;
pub use import::{ImportOptions, Imported, import, list_sheets, understand};
pub use manifest::{SampleEntry, read_manifest};
pub use partition::preview_split;
pub use prepare::{preparation_hash, prepare};
pub use prepared_file::{read_preparation, read_test_rows};
pub use profile::GoesOn;
pub use source::source_path;
pub use table::Table;
pub use target::check_column;
pub use transfer::{synthetic, unlabelled};
pub use transform::{transform, transform_rows};
pub use view::{View, written_filter};
