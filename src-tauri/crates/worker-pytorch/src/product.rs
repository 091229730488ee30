//! Matrix products on libtorch, of all trials of a block in one call.

use tch::{TchError, Tensor};

/// `[trials, n, k]` times `[trials, k, m]`, set up once and computed at every
/// step. The tensors are views of buffers that outlive it.
#[derive(Debug)]
pub(crate) struct Product {
    left: Tensor,
    right: Tensor,
    out: Tensor,
}

impl Product {
    /// `out` must be contiguous, or libtorch takes a slower way.
    pub fn new(left: &Tensor, right: &Tensor, out: &Tensor) -> Self {
        Self { left: left.shallow_clone(), right: right.shallow_clone(), out: out.shallow_clone() }
    }

    pub fn compute(&self) -> Result<(), TchError> {
        self.left.f_bmm_out(&self.out, &self.right).map(drop)
    }
}
