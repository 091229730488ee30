//! The answer of a distillation in a sentence or two.

use retort_domain::{Distillation, DistillationLoss, DistillationVerdict, Interval, Metric, SeedFigure};

/// What there is to say.
pub(super) struct Answer<'a> {
    pub metric: Metric,
    /// How many times the student's size goes into the teacher's.
    pub size_ratio: f64,
    /// Student minus teacher, in the metric's own direction.
    pub change: &'a SeedFigure,
    /// Over the control, above 0 is better.
    pub gain: Option<&'a Interval>,
    pub verdict: DistillationVerdict,
    pub has_control: bool,
    /// Pairs of student and control.
    pub n_seeds: usize,
    /// Rows without a target that nobody has learned from.
    pub unlabelled: u32,
    pub distillation: &'a Distillation,
}

/// The answer, with full stops.
pub(super) fn sentence(answer: &Answer<'_>) -> String {
    let size = size_in_words(answer.size_ratio);
    let change = change_in_words(answer);
    let unit = Unit::of(answer.metric);
    let worth = answer.gain.map(|gain| {
        let half_width = (gain.high - gain.low) / 2.0;
        unit.with_spread(gain.estimate, Some(half_width))
    });
    match (answer.verdict, worth) {
        (DistillationVerdict::Pays, Some(worth)) => {
            format!(
                "The student {size} and {change}; the teacher's help is worth {worth} over training it alone."
            )
        }
        (DistillationVerdict::NoClearDifference, Some(worth)) => format!(
            "The student {size} and {change}. Distillation did not help here ({worth} over training it alone): train it alone, or try {}.",
            what_to_try(answer)
        ),
        (DistillationVerdict::Costs, Some(worth)) => format!(
            "The student {size} and {change}. Distillation does harm here ({worth} over training it alone): train it alone, or try {}.",
            what_to_try(answer)
        ),
        _ if !answer.has_control => format!(
            "The student {size} and {change}. There is no control, so there is no telling whether the teacher helped."
        ),
        _ => {
            let count = match answer.n_seeds {
                0 => "No pair".to_owned(),
                1 => "One pair".to_owned(),
                n => format!("{n} pairs"),
            };
            format!(
                "The student {size} and {change}. {count} of student and control cannot tell whether the teacher helped: use at least 3 seeds."
            )
        }
    }
}

fn size_in_words(ratio: f64) -> String {
    if ratio >= 1.95 {
        format!("is 1/{:.0} of the size", ratio)
    } else if ratio > 1.0 {
        format!("is {:.0} % smaller", 100.0 * (1.0 - 1.0 / ratio))
    } else if ratio < 1.0 {
        "is larger than its teacher".to_owned()
    } else {
        "is as large as its teacher".to_owned()
    }
}

fn change_in_words(answer: &Answer<'_>) -> String {
    let unit = Unit::of(answer.metric);
    let sign = if answer.metric.higher_is_better() { 1.0 } else { -1.0 };
    let better_by = sign * answer.change.mean;
    let size = unit.bare(better_by.abs(), answer.change.sd);
    if better_by == 0.0 && answer.change.sd.is_none_or(|sd| sd == 0.0) {
        "loses nothing".to_owned()
    } else if better_by < 0.0 {
        format!("loses {size}")
    } else {
        format!("gains {size}")
    }
}

fn what_to_try(answer: &Answer<'_>) -> String {
    let mut ideas = Vec::new();
    if answer.unlabelled > 0 {
        ideas.push(format!("the {} rows without a target as transfer set", answer.unlabelled));
    }
    if answer.verdict == DistillationVerdict::Costs && answer.distillation.alpha > 0.5 {
        ideas.push("a smaller alpha".to_owned());
    }
    match answer.distillation.loss {
        DistillationLoss::Hinton | DistillationLoss::Decoupled { .. } => {
            ideas.push("another temperature".to_owned());
        }
        DistillationLoss::LogitMatching | DistillationLoss::Mse | DistillationLoss::TeacherBounded { .. } => {
            ideas.push("another loss".to_owned());
        }
    }
    if answer.unlabelled == 0 {
        ideas.push("synthetic rows as transfer set".to_owned());
    }
    ideas.join(", or ")
}

/// How a figure is spoken of.
struct Unit {
    scale: f64,
    name: &'static str,
    fewest_decimals: i32,
}

impl Unit {
    fn of(metric: Metric) -> Self {
        match metric {
            Metric::Accuracy | Metric::MacroF1 => Self { scale: 100.0, name: "points", fewest_decimals: 1 },
            Metric::LogLoss => Self { scale: 1.0, name: "in log loss", fewest_decimals: 0 },
            Metric::RocAuc => Self { scale: 1.0, name: "in ROC AUC", fewest_decimals: 0 },
            Metric::Rmse => Self { scale: 1.0, name: "in RMSE", fewest_decimals: 0 },
            Metric::Mae => Self { scale: 1.0, name: "in MAE", fewest_decimals: 0 },
            Metric::R2 => Self { scale: 1.0, name: "in R²", fewest_decimals: 0 },
        }
    }

    /// As many decimals as the spread supports, or two digits of the value.
    fn decimals(&self, value: f64, spread: Option<f64>) -> usize {
        let leading = |x: f64| if x > 0.0 { -(x.log10().floor() as i32) } else { 0 };
        let supported = match spread.filter(|spread| *spread > 0.0) {
            Some(spread) => leading(spread),
            None => leading(value.abs()) + 1,
        };
        supported.max(self.fewest_decimals).clamp(0, 9) as usize
    }

    /// "0.8 ± 0.3 points"
    fn bare(&self, value: f64, spread: Option<f64>) -> String {
        let (value, spread) = (value * self.scale, spread.map(|s| s * self.scale));
        let decimals = self.decimals(value, spread);
        match spread {
            Some(spread) => format!("{value:.decimals$} ± {spread:.decimals$} {}", self.name),
            None => format!("{value:.decimals$} {}", self.name),
        }
    }

    /// "+1.4 ± 0.5 points"
    fn with_spread(&self, value: f64, spread: Option<f64>) -> String {
        let sign = if value < 0.0 { "−" } else { "+" };
        format!("{sign}{}", self.bare(value.abs(), spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer<'a>(
        change: &'a SeedFigure,
        gain: Option<&'a Interval>,
        verdict: DistillationVerdict,
        distillation: &'a Distillation,
    ) -> Answer<'a> {
        Answer {
            metric: Metric::Accuracy,
            size_ratio: 23.2,
            change,
            gain,
            verdict,
            has_control: true,
            n_seeds: 3,
            unlabelled: 0,
            distillation,
        }
    }

    #[test]
    fn each_verdict_has_its_words() {
        let hinton = Distillation { loss: DistillationLoss::Hinton, alpha: 0.9, temperature: 2.0 };
        let change = SeedFigure { mean: -0.008, sd: Some(0.003), by_seed: vec![] };
        let gain =
            |estimate: f64, half: f64| Interval { estimate, low: estimate - half, high: estimate + half };
        let pays = gain(0.014, 0.005);
        assert_eq!(
            sentence(&answer(&change, Some(&pays), DistillationVerdict::Pays, &hinton)),
            "The student is 1/23 of the size and loses 0.8 ± 0.3 points; the teacher's help is worth +1.4 ± 0.5 points over training it alone."
        );
        let nothing = gain(-0.0026, 0.012);
        let unlabelled = Answer {
            unlabelled: 14_400,
            ..answer(&change, Some(&nothing), DistillationVerdict::NoClearDifference, &hinton)
        };
        assert_eq!(
            sentence(&unlabelled),
            "The student is 1/23 of the size and loses 0.8 ± 0.3 points. Distillation did not help here (−0.3 ± 1.2 points over training it alone): train it alone, or try the 14400 rows without a target as transfer set, or another temperature."
        );
        let costs = gain(-0.0256, 0.012);
        assert_eq!(
            sentence(&answer(&change, Some(&costs), DistillationVerdict::Costs, &hinton)),
            "The student is 1/23 of the size and loses 0.8 ± 0.3 points. Distillation does harm here (−2.6 ± 1.2 points over training it alone): train it alone, or try a smaller alpha, or another temperature, or synthetic rows as transfer set."
        );
        let one = SeedFigure { mean: 0.0021, sd: None, by_seed: vec![] };
        let unknown = Answer { n_seeds: 1, ..answer(&one, None, DistillationVerdict::Unknown, &hinton) };
        assert_eq!(
            sentence(&unknown),
            "The student is 1/23 of the size and gains 0.21 points. One pair of student and control cannot tell whether the teacher helped: use at least 3 seeds."
        );
    }

    #[test]
    fn a_regression_is_told_in_the_targets_units() {
        let mse = Distillation { loss: DistillationLoss::Mse, alpha: 0.5, temperature: 1.0 };
        let change = SeedFigure { mean: 12.3, sd: Some(4.2), by_seed: vec![] };
        let gain = Interval { estimate: 31.0, low: 20.0, high: 42.0 };
        let said = Answer {
            metric: Metric::Rmse,
            size_ratio: 1.25,
            ..answer(&change, Some(&gain), DistillationVerdict::Pays, &mse)
        };
        assert_eq!(
            sentence(&said),
            "The student is 20 % smaller and loses 12 ± 4 in RMSE; the teacher's help is worth +31 ± 11 in RMSE over training it alone."
        );
    }
}
