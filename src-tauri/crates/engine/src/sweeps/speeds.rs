//! How fast a sweep's networks answer: measured once for each shape, since
//! weights make no difference.

use super::plan::Plan;
use crate::Engine;
use crate::speed::{Extent, MAX_NETWORKS};
use retort_domain::protocol::MeasuredNetwork;
use retort_domain::{AppError, InferenceSpeed, JobId, Platform, TrainingConfig, Trial, TrialStatus};
use std::collections::HashMap;

/// What decides a network's speed on data of one width.
fn shape_name(platform: Platform, config: &TrainingConfig) -> String {
    let units: Vec<String> = config.hidden_layers.iter().map(u32::to_string).collect();
    let norm = if config.batch_norm { " batch_norm" } else { "" };
    format!("{} {} {:?}{norm}", platform.key(), units.join("-"), config.activation)
}

/// Median of a call with one row, microseconds, by trial.
#[derive(Default)]
pub(super) struct Latencies {
    plan: Option<Plan>,
    by_shape: HashMap<String, InferenceSpeed>,
}

impl Latencies {
    /// None where the trial's shape was not measured.
    pub(super) fn of(&self, trial: &Trial) -> Option<f64> {
        let config = self.plan.as_ref()?.config_of(trial);
        let speed = self.by_shape.get(&shape_name(trial.platform, &config))?;
        Some(speed.batch(1)?.p50_micros)
    }
}

impl Engine {
    /// Measures how fast networks answer whose shapes occur in a sweep among
    /// the trials that succeeded, those of the best first, at most 64 shapes.
    /// Answers with the number of shapes measured.
    pub async fn sweeps_measure(&self, id: &JobId) -> Result<u32, AppError> {
        let (job, spec) = self.resting_sweep(id).await?;
        let objective = self.objective_of_job(id, &spec).await?;
        let state = self.store().sweep_state(id).await?;
        let plan = Plan::new(&spec, state.extended_by, objective.higher_is_better())?;
        let (_, preparation) = self.preparation_of(&job.spec).await?;
        let mut wanted: Vec<(String, Platform, MeasuredNetwork)> = Vec::new();
        {
            let known = self.known_trials(id).await?;
            let known = known.lock().await;
            let mut trials: Vec<&Trial> =
                known.trials.iter().filter(|t| t.status == TrialStatus::Succeeded).collect();
            let worst = f64::INFINITY;
            let cost = |trial: &Trial| {
                let sign = if objective.higher_is_better() { -1.0 } else { 1.0 };
                trial.objective.map_or(worst, |value| sign * value)
            };
            trials.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
            for trial in trials {
                let config = plan.config_of(trial);
                let shape = shape_name(trial.platform, &config);
                if wanted.len() < MAX_NETWORKS && !wanted.iter().any(|(known, ..)| *known == shape) {
                    let spec = retort_trainer::train::model_of(&config, &preparation);
                    wanted.push((shape, trial.platform, MeasuredNetwork::Untrained { spec }));
                }
            }
        }
        if wanted.is_empty() {
            return Ok(0);
        }
        let networks: Vec<(Platform, MeasuredNetwork)> =
            wanted.iter().map(|(_, platform, network)| (*platform, network.clone())).collect();
        let speeds = self.measure(&networks, Extent::OneRow).await?;
        let named: Vec<(String, InferenceSpeed)> =
            wanted.into_iter().map(|(shape, ..)| shape).zip(speeds).collect();
        self.store().set_sweep_speeds(id, &named).await?;
        Ok(named.len() as u32)
    }

    /// What was measured of a sweep's shapes so far.
    pub(super) async fn latencies(&self, id: &JobId) -> Result<Latencies, AppError> {
        let by_shape = self.store().sweep_speeds(id).await?;
        if by_shape.is_empty() {
            return Ok(Latencies::default());
        }
        let (_, spec) = self.sweep_spec(id).await?;
        // Configurations are read from trials alone; how many more there are to
        // come, and which way is better, makes no difference here.
        let plan = Plan::new(&spec, 0, false)?;
        Ok(Latencies { plan: Some(plan), by_shape })
    }
}
