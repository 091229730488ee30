//! PyTorch's own curves, reproduced.

mod support;

#[test]
fn curves_follow_pytorch() {
    retort_trainer::goldens::run_cases(&support::backend());
}

#[test]
fn soft_losses_are_pytorchs() {
    retort_trainer::goldens::run_soft_loss_cases(&support::backend());
}
