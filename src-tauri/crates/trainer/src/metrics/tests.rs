//! Expected values are scikit-learn 1.x's `accuracy_score`,
//! `f1_score(average="macro", zero_division=0)`, `log_loss`,
//! `roc_auc_score(multi_class="ovr")`, `root_mean_squared_error`,
//! `mean_absolute_error` and `r2_score` on the same numbers.

use super::*;

fn classes(n: usize) -> TargetTransform {
    TargetTransform::Classification { labels: (0..n).map(|c| c.to_string()).collect() }
}

fn assert_metrics(target: &TargetTransform, outputs: &[f32], y: &[f32], want: &[(Metric, f64)]) {
    let got = metrics(target, Predictions { outputs, y });
    let names: Vec<Metric> = got.keys().copied().collect();
    assert_eq!(names, want.iter().map(|w| w.0).collect::<Vec<_>>());
    for (metric, want) in want {
        assert!((got[metric] - want).abs() < 1e-6, "{metric:?} is {}, not {want}", got[metric]);
    }
}

const THREE: [f32; 21] = [
    2.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 3.0, 1.0, 2.0, 0.0, 0.5, 0.4, 0.3, -1.0, 0.0, 0.0, 2.0, 1.0, 1.0,
];
const THREE_Y: [f32; 7] = [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0];

#[test]
fn two_classes_with_ties() {
    let outputs = [0.2, 0.1, -1.0, 2.0, 0.5, 0.5, 3.0, -1.0, 0.0, 1.0, 0.5, 0.5];
    let y = [0.0, 1.0, 1.0, 0.0, 0.0, 0.0];
    let want = [
        (Metric::Accuracy, 0.666_666_666_7),
        (Metric::MacroF1, 0.625),
        (Metric::LogLoss, 0.568_448_331_4),
        (Metric::RocAuc, 0.8125),
    ];
    assert_metrics(&classes(2), &outputs, &y, &want);
    assert_eq!(confusion(2, Predictions { outputs: &outputs, y: &y }), [[3, 1], [1, 1]]);
}

#[test]
fn three_classes() {
    let want = [
        (Metric::Accuracy, 0.571_428_571_4),
        (Metric::MacroF1, 0.577_777_777_8),
        (Metric::LogLoss, 0.710_994_566_5),
        (Metric::RocAuc, 0.872_222_222_2),
    ];
    assert_metrics(&classes(3), &THREE, &THREE_Y, &want);
    let counts = confusion(3, Predictions { outputs: &THREE, y: &THREE_Y });
    assert_eq!(counts, [[2, 1, 0], [1, 1, 0], [0, 1, 1]]);
}

#[test]
fn a_class_that_neither_occurs_nor_is_predicted_does_not_count() {
    let outputs: Vec<f32> = THREE.chunks_exact(3).flat_map(|row| [row[0], row[1], row[2], -5.0]).collect();
    let want = [
        (Metric::Accuracy, 0.571_428_571_4),
        (Metric::MacroF1, 0.577_777_777_8),
        (Metric::LogLoss, 0.712_110_434_3),
        (Metric::RocAuc, 0.872_222_222_2),
    ];
    assert_metrics(&classes(4), &outputs, &THREE_Y, &want);
}

#[test]
fn one_class_alone_has_no_roc_auc() {
    let want = [(Metric::Accuracy, 1.0), (Metric::MacroF1, 1.0), (Metric::LogLoss, 0.126_928_011)];
    assert_metrics(&classes(2), &[2.0, 0.0, 2.0, 0.0], &[0.0, 0.0], &want);
}

#[test]
fn large_logits_do_not_overflow() {
    let want = [(Metric::Accuracy, 0.0), (Metric::MacroF1, 0.0), (Metric::LogLoss, 2e30)];
    let got = metrics(&classes(2), Predictions { outputs: &[1e30, -1e30], y: &[1.0] });
    assert_eq!(got.keys().copied().collect::<Vec<_>>(), want.map(|w| w.0));
    assert!((got[&Metric::LogLoss] / 2e30 - 1.0).abs() < 1e-6);
}

#[test]
fn regression_is_in_the_targets_own_units() {
    let target = TargetTransform::Regression { mean: 10.0, sd: 3.0 };
    let want = [(Metric::Rmse, 1.718_465_885_6), (Metric::Mae, 1.6875), (Metric::R2, 0.475)];
    assert_metrics(&target, &[0.5, -1.0, 2.0, 0.25], &[0.0, -0.5, 1.5, 1.0], &want);
}

#[test]
fn a_constant_target_has_no_r2_and_no_rows_have_nothing() {
    let target = TargetTransform::Regression { mean: 0.0, sd: 1.0 };
    assert_metrics(&target, &[1.0, 2.0], &[1.0, 1.0], &[(Metric::Rmse, 0.5_f64.sqrt()), (Metric::Mae, 0.5)]);
    assert_metrics(&target, &[], &[], &[]);
    assert_eq!(loss(&target, Predictions { outputs: &[], y: &[] }, None), None);
}

#[test]
fn class_weights_make_the_loss_a_weighted_mean() {
    let predictions = Predictions { outputs: &[1.0, 0.0, 0.0, 0.0], y: &[0.0, 1.0] };
    let (first, second) = ((1.0_f64 + (-1.0_f64).exp()).ln(), 2.0_f64.ln());
    let got = loss(&classes(2), predictions, Some(&[1.0, 3.0])).unwrap();
    assert!((got - (first + 3.0 * second) / 4.0).abs() < 1e-7);
}

#[test]
fn probabilities_sum_to_one_however_large_the_logits() {
    // scipy.special.softmax([1000, 1001, 999])
    let expected = [0.24472847105479764, 0.6652409557748219, 0.09003057317038046];
    for (got, want) in probabilities(&[1000.0, 1001.0, 999.0]).iter().zip(expected) {
        assert!((got - want).abs() < 1e-12, "{got} is not {want}");
    }
}

#[test]
fn divergence_is_not_symmetric_and_0_of_itself() {
    let (p, q) = ([1.0, 2.0, 0.0], [0.0, 1.0, 3.0]);
    let by_hand: f64 = probabilities(&p).iter().zip(probabilities(&q)).map(|(p, q)| p * (p / q).ln()).sum();
    assert!((divergence(&p, &q) - by_hand).abs() < 1e-12);
    assert!(divergence(&p, &p).abs() < 1e-15 && (divergence(&q, &p) - by_hand).abs() > 1e-3);
}
