//! The same sums as PyTorch itself.

#[test]
fn golden_cases() {
    retort_trainer::goldens::run_cases(&retort_worker_pytorch::PyTorch::load());
}

#[test]
fn soft_losses() {
    retort_trainer::goldens::run_soft_loss_cases(&retort_worker_pytorch::PyTorch::load());
}
