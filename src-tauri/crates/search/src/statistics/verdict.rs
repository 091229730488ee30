//! An interval in plain words.

use retort_domain::{Interval, Metric, Platform};

/// True where the interval leaves 0 out: the models differ.
pub fn excludes_zero(interval: &Interval) -> bool {
    interval.low > 0.0 || interval.high < 0.0
}

/// One sentence without a full stop about PyTorch's figure minus TensorFlow's:
/// which is better and by how much, or that nothing can be told. Accuracy comes
/// in percentage points, what else there is in its own units, with as many digits
/// as the interval's width supports.
pub fn verdict(metric: Metric, difference: &Interval) -> String {
    let wording = Wording::of(metric);
    let scaled = Interval {
        estimate: difference.estimate * wording.scale,
        low: difference.low * wording.scale,
        high: difference.high * wording.scale,
    };
    let better = if (scaled.estimate > 0.0) == metric.higher_is_better() {
        Platform::Pytorch
    } else {
        Platform::Tensorflow
    };
    let size = scaled.estimate.abs();
    let half_width = (scaled.high - scaled.low) / 2.0;
    if half_width == 0.0 && size == 0.0 {
        return format!("No difference: the same {}", wording.name);
    }
    let spread = if half_width > 0.0 { half_width } else { size };
    let decimals = supported_decimals(spread).max(wording.fewest_decimals);
    if excludes_zero(&scaled) {
        let (near, far) =
            if scaled.low > 0.0 { (scaled.low, scaled.high) } else { (-scaled.high, -scaled.low) };
        // The end that says that there is a difference must not read 0.
        let near_decimals = if rounds_to_zero(near, decimals) { leading_decimals(near) } else { decimals };
        return format!(
            "{better} is better by {}{}{} ({} to {})",
            rounded(size, decimals),
            wording.unit,
            wording.measure,
            rounded(near, near_decimals),
            rounded(far, decimals),
        );
    }
    // The farther end, so that what is given or taken never falls short.
    let margin = (scaled.high - scaled.estimate).max(scaled.estimate - scaled.low);
    let margin = format!("give or take {}", rounded(margin, decimals));
    if rounds_to_zero(size, decimals) {
        return format!("No real difference: the same {}, {margin}{}", wording.name, wording.unit);
    }
    format!(
        "No real difference: {better} is {}{} better{}, {margin}",
        rounded(size, decimals),
        wording.unit,
        wording.measure
    )
}

/// How a metric is spoken of.
struct Wording {
    name: &'static str,
    /// After a number.
    unit: &'static str,
    /// After a number and its unit, where these do not tell the metric.
    measure: &'static str,
    scale: f64,
    fewest_decimals: i32,
}

impl Wording {
    fn of(metric: Metric) -> Self {
        let own_units =
            |name, measure| Self { name, unit: "", measure, scale: 1.0, fewest_decimals: i32::MIN };
        match metric {
            Metric::Accuracy => {
                Self { name: "accuracy", unit: " points", measure: "", scale: 100.0, fewest_decimals: 1 }
            }
            Metric::MacroF1 => own_units("macro F1", " in macro F1"),
            Metric::LogLoss => own_units("log loss", " in log loss"),
            Metric::RocAuc => own_units("ROC AUC", " in ROC AUC"),
            Metric::Rmse => own_units("RMSE", " in RMSE"),
            Metric::Mae => own_units("MAE", " in MAE"),
            Metric::R2 => own_units("R²", " in R²"),
        }
    }
}

/// Where the first digit of `value` (above 0) stands: 0 for ones, 2 for
/// hundredths, -3 for thousands.
fn leading_decimals(value: f64) -> i32 {
    -(value.log10().floor() as i32)
}

/// Two digits of a spread that starts with 1 to 3.5, else one (the Particle Data
/// Group's rule). Negative where digits before the point are without support.
fn supported_decimals(spread: f64) -> i32 {
    let decimals = leading_decimals(spread);
    if spread * 10_f64.powi(decimals) < 3.55 { decimals + 1 } else { decimals }
}

fn rounds_to_zero(value: f64, decimals: i32) -> bool {
    value.abs() * 10_f64.powi(decimals) < 0.5
}

/// `value` to that many decimals, or to tens, hundreds, … below 0; as a power of
/// ten where the digits would be lost among zeros.
fn rounded(value: f64, decimals: i32) -> String {
    if !(-9..=6).contains(&decimals) {
        let digits = (decimals - leading_decimals(value.abs())).clamp(0, 15) as usize;
        return if value == 0.0 { "0".to_owned() } else { format!("{value:.digits$e}") };
    }
    if decimals >= 0 {
        return grouped(&format!("{value:.*}", decimals as usize));
    }
    let step = 10_f64.powi(-decimals);
    grouped(&format!("{:.0}", (value / step).round() * step))
}

/// Commas between the thousands of a number that is not negative.
fn grouped(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let mut text = String::with_capacity(number.len() + whole / 3);
    for (index, digit) in number.char_indices() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_is_better_and_by_how_much() {
        let cases = [
            (
                Metric::Accuracy,
                0.003,
                -0.006,
                0.012,
                "No real difference: PyTorch is 0.3 points better, give or take 0.9",
            ),
            (
                Metric::Accuracy,
                -0.003,
                -0.012,
                0.006,
                "No real difference: TensorFlow is 0.3 points better, give or take 0.9",
            ),
            (Metric::Accuracy, -0.014, -0.023, -0.005, "TensorFlow is better by 1.4 points (0.5 to 2.3)"),
            (Metric::Accuracy, 0.014, 0.005, 0.023, "PyTorch is better by 1.4 points (0.5 to 2.3)"),
            (
                Metric::Accuracy,
                0.0,
                -0.037,
                0.037,
                "No real difference: the same accuracy, give or take 3.7 points",
            ),
            (Metric::Accuracy, 0.1, 0.02, 0.18, "PyTorch is better by 10.0 points (2.0 to 18.0)"),
            // Many rows: the width supports more digits.
            (Metric::Accuracy, 0.00123, 0.0009, 0.0015, "PyTorch is better by 0.123 points (0.090 to 0.150)"),
            // Lower is better.
            (Metric::Rmse, -0.12, -0.21, -0.03, "PyTorch is better by 0.12 in RMSE (0.03 to 0.21)"),
            (
                Metric::Rmse,
                0.12,
                -0.03,
                0.27,
                "No real difference: TensorFlow is 0.12 better in RMSE, give or take 0.15",
            ),
            (
                Metric::Mae,
                12_345.0,
                8_024.0,
                16_666.0,
                "TensorFlow is better by 12,000 in MAE (8,000 to 17,000)",
            ),
            (
                Metric::Mae,
                1.2e12,
                -3.0e12,
                5.4e12,
                "No real difference: TensorFlow is 1e12 better in MAE, give or take 4e12",
            ),
            (
                Metric::Rmse,
                2.4e-9,
                1.2e-9,
                3.6e-9,
                "TensorFlow is better by 2.4e-9 in RMSE (1.2e-9 to 3.6e-9)",
            ),
            // The near end rounds to 0 at the others' digits.
            (Metric::Accuracy, 0.009, 0.0002, 0.0178, "PyTorch is better by 0.9 points (0.02 to 1.8)"),
            (Metric::Rmse, 0.0, 0.0, 0.0, "No difference: the same RMSE"),
            (
                Metric::LogLoss,
                0.001,
                -0.02,
                0.022,
                "No real difference: TensorFlow is 0.001 better in log loss, give or take 0.021",
            ),
            (
                Metric::RocAuc,
                0.0001,
                -0.02,
                0.0202,
                "No real difference: the same ROC AUC, give or take 0.020",
            ),
        ];
        for (metric, estimate, low, high, expected) in cases {
            assert_eq!(verdict(metric, &Interval { estimate, low, high }), expected);
        }
    }

    #[test]
    fn an_interval_that_touches_zero_proves_nothing() {
        assert!(!excludes_zero(&Interval { estimate: 0.5, low: 0.0, high: 1.0 }));
        assert!(excludes_zero(&Interval { estimate: -0.5, low: -1.0, high: -1e-9 }));
    }
}
