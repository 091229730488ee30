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

pub use error::SpaceError;
pub use plan::{Plan, Wave};
pub use pruning::Bracket;
pub use space::{Point, Space};
pub use suggest::{Observation, Outcome, suggest};
//! Samplers (grid, random, TPE) and schedulers (ASHA) for sweeps: history in,
//! next trials out. Sweeps bring them; until then there is nothing here.
pub mod importance;
pub mod pareto;
pub mod statistics;
