//! The worker that trains with libtorch.

use retort_worker_pytorch::PyTorch;
use std::process::ExitCode;

fn main() -> ExitCode {
    retort_worker::run(|| Ok(Box::new(PyTorch::load())))
}
