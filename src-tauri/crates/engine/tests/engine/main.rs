//! The engine with its real workers, store and files: what a job leaves behind
//! has to be the same whatever happened meanwhile.

mod agreement;
mod distillations;
mod folds;
mod full_disk;
mod kills;
mod limits;
mod process;
mod ranking;
mod reference;
mod reference_distillation;
mod registry;
mod sleep;
mod support;
mod sweeps;
mod tables;
