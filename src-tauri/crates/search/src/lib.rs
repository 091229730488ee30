//! Samplers (grid, random, TPE) and schedulers (ASHA) for sweeps: history in,
//! next trials out. Sweeps bring them; until then there is nothing here.

pub mod importance;
pub mod pareto;
pub mod statistics;
