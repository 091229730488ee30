//! How a shape is trained fastest: interpreted or compiled, and how many
//! trials at once. From measurements; what decides never depends on how many
//! trials there are, so that a trial in company rounds as it does alone.

use crate::portion::Table;
use crate::program::Execution;
use crate::programs::Programs;
use retort_domain::protocol::ModelSpec;
use retort_trainer::tensors;

/// Units of the widest layer up to which a compiled loop is faster.
const WIDEST_COMPILED: usize = 128;
/// Steps an epoch from which a training is expected to be so long that
/// compiling pays from its first step.
const LONG_EPOCH: usize = 50;
/// Steps after which compiling pays where epochs are short.
const SHORT_TRAINING: u64 = 1000;
/// Rows that a trial goes through over its life, each as often as it is seen,
/// below which compiling is not worth it for a few trials of a shape: it takes
/// half a second and more, and saves a small network 0.2 to 0.5 µs a row.
const FEW_ROWS_SEEN: u64 = 100_000;
/// Activations of a layer and trial from which interpreted products are large
/// enough to follow one another: batched ones copy what they multiply.
const LARGE_PRODUCT: usize = 64 * 64;
/// Activations of a layer that should be in a cache together.
const CACHED: usize = 1 << 16;
/// Parameters from which moving a trial's state between a group's and its own
/// would take time.
const LARGE_STATE: usize = 1 << 16;
/// Trials of one state where it is small.
const MOST_TRIALS: usize = 64;

/// What is decided for one batch size.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    programs: &'a Programs,
    /// Number of the first step, over a long trial's life, that is compiled.
    first_compiled: u64,
    /// Steps of a trial over its life from which any is compiled.
    fewest_steps: u64,
    /// Activations of the widest layer.
    activations: usize,
}

impl<'a> Plan<'a> {
    /// For full batches of `batch_size` rows of the table.
    pub fn new(programs: &'a Programs, table: &Table, batch_size: usize) -> Self {
        let widest = widest(&programs.layout.spec);
        let first_compiled = if widest > WIDEST_COMPILED {
            u64::MAX
        } else if table.n_rows / batch_size.max(1) >= LONG_EPOCH {
            0
        } else {
            SHORT_TRAINING
        };
        let fewest_steps = FEW_ROWS_SEEN / batch_size.max(1) as u64;
        Self { programs, first_compiled, fewest_steps, activations: widest.saturating_mul(batch_size) }
    }

    /// How many of `n_steps` steps from `first_step` on are interpreted, of a
    /// trial that is to train `planned_steps`. Whether there is a compiler is
    /// asked where it would be used, as that takes time.
    pub fn interpreted_steps(&self, planned_steps: u64, first_step: u64, n_steps: usize) -> usize {
        if planned_steps < self.fewest_steps {
            return n_steps;
        }
        let before = self.first_compiled.saturating_sub(first_step);
        match usize::try_from(before) {
            Ok(before) if before < n_steps && self.programs.can_compile() => before,
            _ => n_steps,
        }
    }

    /// Trials of one session call, of `n_trials`.
    pub fn trials_at_once(&self, execution: Execution, n_trials: usize) -> usize {
        match execution {
            Execution::Interpreted if self.activations > LARGE_PRODUCT => 1,
            Execution::Interpreted => n_trials.max(1),
            Execution::Compiled => match CACHED / self.activations.max(1) {
                0..=5 => 4,
                6..=11 => 8,
                _ => 16,
            },
        }
    }
}

/// Trials whose numbers are kept in one state.
pub fn trials_in_a_block(spec: &ModelSpec) -> usize {
    if tensors::parameter_count(spec) > LARGE_STATE { 1 } else { MOST_TRIALS }
}

fn widest(spec: &ModelSpec) -> usize {
    spec.hidden_layers.iter().copied().max().unwrap_or(0).max(spec.n_outputs)
}
