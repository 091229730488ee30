//! PyTorch's own curves, reproduced.

mod support;

#[test]
fn curves_follow_pytorch() {
    retort_trainer::goldens::run_cases(&support::backend());
}
