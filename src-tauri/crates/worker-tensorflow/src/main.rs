//! The TensorFlow worker: its protocol is `retort_worker`'s, its numbers are
//! `retort_worker_tensorflow`'s.

use retort_trainer::Backend;
use retort_worker_tensorflow::{ENVIRONMENT, TensorFlow};
use std::process::ExitCode;

fn main() -> ExitCode {
    for (name, value) in ENVIRONMENT {
        // SAFETY: first thing in main, no other thread exists yet.
        unsafe { std::env::set_var(name, value) };
    }
    retort_worker::run(|| TensorFlow::load().map(|backend| Box::new(backend) as Box<dyn Backend>))
}
