//! Where training happens: child processes, one binary a framework. This is the
//! seam behind which another place to train could be put: borrow a worker, send
//! it a request, receive frames, give it back or drop it.

pub(crate) mod memory;
mod pool;
mod process;
mod runtimes;

pub(crate) use pool::{Borrowed, WorkerPool};
pub(crate) use process::{Death, StartError};
pub(crate) use runtimes::Runtimes;
