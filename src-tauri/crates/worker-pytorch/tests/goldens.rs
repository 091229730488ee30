//! The same sums as PyTorch itself.

#[test]
fn golden_cases() {
    retort_trainer::goldens::run_cases(&retort_worker_pytorch::PyTorch::load());
}
