//! The words of the field as types: what a dataset, a configuration, a run, a
//! job and an event *are*. No I/O, no async, nothing of ours below it.
//!
//! Glossary: a *dataset* is an imported table; a *preparation* is that table
//! turned into float32 matrices for one target and one split; a *trial* is one
//! configuration being trained; a *run* is a trial that a person asked for; a
//! *job* is what was asked for as a whole and may hold several runs; a *group*
//! is the set of same-shape trials that a worker trains together.

pub mod config;
pub mod dataset;
pub mod distillation;
pub mod distillation_result;
pub mod error;
pub mod ids;
pub mod job;
pub mod metric;
pub mod preparation;
pub mod profile;
pub mod protocol;
pub mod reading;
pub mod registry;
pub mod run;
pub mod runtime;
pub mod space;
pub mod speed;
pub mod sweep;
pub mod table_view;

pub use config::*;
pub use dataset::*;
pub use distillation::*;
pub use distillation_result::*;
pub use error::*;
pub use ids::*;
pub use job::*;
pub use metric::*;
pub use preparation::*;
pub use profile::*;
pub use reading::*;
pub use registry::*;
pub use run::*;
pub use runtime::*;
pub use space::*;
pub use speed::*;
pub use sweep::*;
pub use table_view::*;

/// Milliseconds since the Unix epoch, UTC. A float, because JavaScript has no
/// other number; exact until the year 287396.
pub type TimestampMillis = f64;
