//! The learning rate of each step of a run.

use retort_domain::{LrSchedule, TrainingConfig};
use std::f64::consts::PI;

/// A run's learning rates. After a warm-up the schedule proper begins at its
/// own step 0 and covers what is left of the run.
#[derive(Debug, Clone)]
pub struct LearningRates {
    schedule: LrSchedule,
    peak: f64,
    warmup_steps: u64,
    /// Steps of the whole run.
    steps: u64,
    steps_between_drops: u64,
    drop_factor: f64,
}

// Defaults of torch.optim.lr_scheduler.OneCycleLR.
const ONE_CYCLE_RISE: f64 = 0.3;
const ONE_CYCLE_START_DIVISOR: f64 = 25.0;
const ONE_CYCLE_END_DIVISOR: f64 = 1e4;

impl LearningRates {
    /// For a run of `config.epochs` epochs of `steps_per_epoch` steps.
    pub fn new(config: &TrainingConfig, steps_per_epoch: u64) -> Self {
        let warmup_epochs = match config.lr_schedule {
            LrSchedule::OneCycle => 0,
            LrSchedule::Constant | LrSchedule::Step | LrSchedule::Cosine => {
                config.warmup_epochs.min(config.epochs)
            }
        };
        Self {
            schedule: config.lr_schedule,
            peak: config.learning_rate,
            warmup_steps: u64::from(warmup_epochs) * steps_per_epoch,
            steps: u64::from(config.epochs) * steps_per_epoch,
            steps_between_drops: (u64::from(config.lr_step_epochs) * steps_per_epoch).max(1),
            drop_factor: config.lr_step_factor,
        }
    }

    /// Of step `step`, from 0.
    pub fn at(&self, step: u64) -> f64 {
        if step < self.warmup_steps {
            // The first step already moves: a rate of 0 would waste it.
            return self.peak * (step + 1) as f64 / self.warmup_steps as f64;
        }
        let step = step - self.warmup_steps;
        let steps = self.steps - self.warmup_steps;
        match self.schedule {
            LrSchedule::Constant => self.peak,
            LrSchedule::Step => {
                let drops = (step / self.steps_between_drops).min(i32::MAX as u64) as i32;
                self.peak * self.drop_factor.powi(drops)
            }
            LrSchedule::Cosine => self.peak / 2.0 * (1.0 + (PI * step as f64 / steps.max(1) as f64).cos()),
            LrSchedule::OneCycle => self.one_cycle(step as f64, steps as f64),
        }
    }

    fn one_cycle(&self, step: f64, steps: f64) -> f64 {
        let start = self.peak / ONE_CYCLE_START_DIVISOR;
        let end = start / ONE_CYCLE_END_DIVISOR;
        let rise_end = ONE_CYCLE_RISE * steps - 1.0;
        if step <= rise_end {
            cosine_between(start, self.peak, step / rise_end)
        } else {
            cosine_between(self.peak, end, (step - rise_end) / (steps - 1.0 - rise_end))
        }
    }
}

/// From `start` at 0 to `end` at 1 along half a cosine. 0/0 (a part of the run
/// that is a single step) counts as arrived.
fn cosine_between(start: f64, end: f64, share: f64) -> f64 {
    let share = if share.is_nan() { 1.0 } else { share.min(1.0) };
    end + (start - end) / 2.0 * (1.0 + (PI * share).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(lr_schedule: LrSchedule, epochs: u32, warmup_epochs: u32) -> TrainingConfig {
        TrainingConfig {
            lr_schedule,
            epochs,
            warmup_epochs,
            learning_rate: 0.1,
            lr_step_epochs: 2,
            ..Default::default()
        }
    }

    fn assert_rates(config: &TrainingConfig, steps_per_epoch: u64, want: &[f64]) {
        let rates = LearningRates::new(config, steps_per_epoch);
        for (step, &want) in want.iter().enumerate() {
            let got = rates.at(step as u64);
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1e-6), "step {step}: {got}, not {want}");
        }
    }

    #[test]
    fn closed_forms() {
        assert_rates(&config(LrSchedule::Constant, 2, 0), 2, &[0.1; 4]);
        assert_rates(&config(LrSchedule::Step, 5, 0), 1, &[0.1, 0.1, 0.01, 0.01, 0.001]);
        let half = 0.05 * (1.0 + (PI / 4.0).cos());
        assert_rates(&config(LrSchedule::Cosine, 2, 0), 2, &[0.1, half, 0.05, 0.1 - half]);
    }

    #[test]
    fn warm_up_rises_first_and_the_schedule_takes_the_rest() {
        assert_rates(&config(LrSchedule::Constant, 3, 2), 2, &[0.025, 0.05, 0.075, 0.1, 0.1, 0.1]);
        assert_rates(&config(LrSchedule::Cosine, 2, 1), 2, &[0.05, 0.1, 0.1, 0.05]);
    }

    /// `OneCycleLR(max_lr=0.1, total_steps=10)` by its documented formula: rises to
    /// step 2, falls to step 9.
    #[test]
    fn one_cycle_is_pytorchs() {
        let want = [
            0.004,
            0.052,
            0.1,
            0.095_048_463_782_3,
            0.081_174_540_971_8,
            0.061_126_270_0,
            0.038_874_129_999,
            0.018_825_859_028,
            0.004_951_936_217,
            4e-7,
        ];
        let rates = LearningRates::new(&config(LrSchedule::OneCycle, 10, 3), 1);
        for (step, want) in want.iter().enumerate() {
            let got = rates.at(step as u64);
            assert!((got - want).abs() < 1e-6, "step {step}: {got}, not {want}");
        }
    }

    #[test]
    fn the_shortest_runs_have_finite_rates() {
        for schedule in [LrSchedule::Constant, LrSchedule::Step, LrSchedule::Cosine, LrSchedule::OneCycle] {
            for epochs in 1..5 {
                let rates = LearningRates::new(&config(schedule, epochs, 1), 1);
                assert!(
                    (0..u64::from(epochs)).all(|s| rates.at(s).is_finite() && rates.at(s) >= 0.0),
                    "{schedule:?}"
                );
            }
        }
    }
}
