//! Sweeps without their machinery: what may vary, what to try next, which
//! trials go on, and what the results say. Pure: no I/O, no clock, no state;
//! whoever asks the same gets the same, on any machine.

mod compile;
mod counting;
mod dimension;
mod error;
mod grid;
mod layers;
mod parameter;
mod plan;
mod pruning;
mod random;
mod ranges;
mod scale;
mod sobol;
mod space;
mod suggest;
mod tpe;

pub mod importance;
pub mod pareto;
pub mod statistics;

pub use error::SpaceError;
pub use plan::{Plan, Wave};
pub use pruning::{Bracket, Rung};
pub use space::{Point, Space};
pub use suggest::{Observation, Outcome, suggest};
