//! What a sweep tries and when: the space and its sampler, waves and brackets,
//! over the trials that are known. Numbers of trials count from 1 and are
//! shared with confirmations; the sampler's count from 0 and are not.

use super::trials::Trials;
use retort_domain::{
    AppError, ErrorCode, ParameterValue, Platform, SamplerKind, SweepSpec, TrainingConfig, Trial, TrialRef,
    TrialStage, TrialStatus,
};
use retort_search::{Observation, Outcome, Space};
use retort_store::TrialRecord;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Configurations that are proposed at once; always cut at multiples of it, so
/// that groups do not depend on when it was.
const PORTION: u32 = 4096;
/// Fewer trials than this in the queue bring the next portion.
const QUEUE: u32 = 2048;

/// A configuration that a sampler proposes.
pub(super) type Proposal = (u32, BTreeMap<String, ParameterValue>, TrainingConfig);

pub(super) struct Plan {
    space: Space,
    plan: retort_search::Plan,
    base: TrainingConfig,
    platforms: Vec<Platform>,
    higher_is_better: bool,
    n_configurations: u32,
    /// Number of each proposed configuration, in the sampler's order.
    numbers: Vec<u32>,
    /// The reverse.
    indices: HashMap<u32, u32>,
    /// Configurations before this have ended; only ever grows.
    n_ended: u32,
}

/// The error of a space, as a person sees it.
pub(super) fn space_error(error: &retort_search::SpaceError) -> AppError {
    AppError::new(ErrorCode::InvalidConfig, error.to_string()).with_hint(error.hint())
}

impl Plan {
    pub fn new(spec: &SweepSpec, extended_by: u32, higher_is_better: bool) -> Result<Self, AppError> {
        let space = Space::new(&spec.space, &spec.config).map_err(|e| space_error(&e))?;
        let wanted = spec.n_trials.saturating_add(extended_by);
        let n_configurations = match spec.sampler {
            SamplerKind::Grid => space.grid_len().map_err(|e| space_error(&e))?.min(wanted),
            SamplerKind::Random | SamplerKind::Sobol | SamplerKind::Tpe => wanted,
        };
        let plan = retort_search::Plan::new(spec.sampler, spec.pruner, space.max_epochs());
        Ok(Self {
            space,
            plan,
            base: spec.config.clone(),
            platforms: spec.platforms.clone(),
            higher_is_better,
            n_configurations,
            numbers: Vec::new(),
            indices: HashMap::new(),
            n_ended: 0,
        })
    }

    /// Takes up trials that were proposed before.
    pub fn take_up(&mut self, trials: &Trials) {
        for trial in trials.iter().filter(|t| t.stage == TrialStage::Search) {
            if !self.indices.contains_key(&trial.number) {
                self.note(trial.number);
            }
        }
    }

    fn note(&mut self, number: u32) {
        self.indices.insert(number, self.numbers.len() as u32);
        self.numbers.push(number);
    }

    pub fn space(&self) -> &Space {
        &self.space
    }

    /// Configurations, all in all.
    pub fn n_configurations(&self) -> u32 {
        self.n_configurations
    }

    /// What a trial is trained with.
    pub fn config_of(&self, trial: &Trial) -> TrainingConfig {
        let mut config =
            self.space.point_of(&trial.params).map_or_else(|| self.base.clone(), |p| self.space.config(&p));
        config.seed = trial.seed;
        config
    }

    /// The next configurations, as soon as enough is known and the queue is
    /// short.
    pub fn proposals(&mut self, trials: &Trials) -> Vec<Proposal> {
        let first = self.numbers.len() as u32;
        if first >= self.n_configurations {
            return Vec::new();
        }
        let wave = self.plan.wave_of(first);
        while self.n_ended < first && self.is_ended(self.n_ended, trials) {
            self.n_ended += 1;
        }
        if trials.counts().queued >= QUEUE || self.n_ended < wave.known.min(first) {
            return Vec::new();
        }
        let end = wave.numbers.end.min(self.n_configurations).min((first / PORTION + 1) * PORTION);
        let history: Vec<Observation> = match self.plan.sampler() {
            SamplerKind::Tpe => (0..first).filter_map(|index| self.observation(index, trials)).collect(),
            SamplerKind::Grid | SamplerKind::Random | SamplerKind::Sobol => Vec::new(),
        };
        let seed = self.base.seed;
        let points = retort_search::suggest(&self.space, &self.plan, seed, first, end - first, &history);
        if (points.len() as u32) < end - first {
            self.n_configurations = first + points.len() as u32;
        }
        let mut number = trials.records().last().map_or(0, |record| record.trial.number);
        points
            .into_iter()
            .map(|point| {
                number += 1;
                self.note(number);
                (number, self.space.values(&point), self.space.config(&point))
            })
            .collect()
    }

    fn records_of<'t>(&self, index: u32, trials: &'t Trials) -> impl Iterator<Item = &'t TrialRecord> {
        let number = self.numbers.get(index as usize).copied().unwrap_or_default();
        let platforms = self.platforms.clone();
        platforms.into_iter().filter_map(move |platform| trials.get(TrialRef { number, platform }))
    }

    fn of_index<'t>(&self, index: u32, trials: &'t Trials) -> impl Iterator<Item = &'t Trial> {
        self.records_of(index, trials).map(|record| &record.trial)
    }

    fn is_ended(&self, index: u32, trials: &Trials) -> bool {
        self.of_index(index, trials).all(|trial| trial.status.is_terminal())
    }

    /// What both platforms made of a configuration; the mean, so that a pair
    /// is one to the sampler and to the pruner.
    fn observation(&self, index: u32, trials: &Trials) -> Option<Observation> {
        let of_index: Vec<&Trial> = self.of_index(index, trials).collect();
        let point = self.space.point_of(&of_index.first()?.params)?;
        let is = |wanted: &[TrialStatus]| of_index.iter().any(|t| wanted.contains(&t.status));
        let outcome = if !of_index.iter().all(|t| t.status.is_terminal()) {
            Outcome::Pending
        } else if is(&[TrialStatus::Diverged, TrialStatus::Failed, TrialStatus::Cancelled]) {
            Outcome::Failed
        } else {
            match self.value(of_index.iter().map(|trial| trial.objective)) {
                None => Outcome::Failed,
                Some(value) if is(&[TrialStatus::Pruned]) => {
                    let epoch = of_index.iter().map(|t| t.epoch).min().unwrap_or(0);
                    Outcome::Pruned { value, epoch }
                }
                Some(value) => Outcome::Value(value),
            }
        };
        Some(Observation { point, outcome })
    }

    /// Mean of a pair's objectives, lower being better; none where one is missing.
    fn value(&self, objectives: impl ExactSizeIterator<Item = Option<f64>>) -> Option<f64> {
        let n = objectives.len().max(1) as f64;
        let mean = objectives.sum::<Option<f64>>()? / n;
        Some(if self.higher_is_better { -mean } else { mean })
    }

    /// The epoch after which a trial that stands at `epoch` waits for others.
    pub fn next_rung(&self, number: u32, epoch: u32, epochs: u32) -> Option<u32> {
        let index = *self.indices.get(&number)?;
        let rungs = self.plan.bracket_of(index).rungs;
        rungs.into_iter().map(|rung| rung.epoch).find(|&rung| rung > epoch).filter(|&rung| rung < epochs)
    }

    /// Trials that wait in brackets where nobody is still on the way: whether
    /// each goes on. One that was put back into the queue after its bracket was
    /// judged comes alone, and is compared with what all others were worth when
    /// they stood where it stands.
    pub fn verdicts(&self, trials: &Trials) -> Vec<(TrialRef, bool)> {
        let open = trials.open().map(|record| &record.trial);
        let waiting: Vec<&Trial> = open.filter(|t| t.status == TrialStatus::Waiting).collect();
        let brackets: BTreeSet<u32> = waiting
            .iter()
            .filter_map(|t| self.indices.get(&t.number))
            .map(|&index| self.plan.bracket_of(index).members.start)
            .collect();
        let mut verdicts = Vec::new();
        for start in brackets {
            let bracket = self.plan.bracket_of(start);
            let end = bracket.members.end.min(self.n_configurations);
            if end > self.numbers.len() as u32 {
                continue;
            }
            let members: Vec<(u32, Vec<&TrialRecord>)> =
                (start..end).map(|index| (index, self.records_of(index, trials).collect())).collect();
            let all = || members.iter().flat_map(|(_, pair)| pair).map(|record| &record.trial);
            if all().any(|t| matches!(t.status, TrialStatus::Queued | TrialStatus::Running)) {
                continue;
            }
            let waiting = all().filter(|t| t.status == TrialStatus::Waiting);
            let at_rung = waiting.map(|t| t.epoch).max().unwrap_or(0);
            let Some(rung) = bracket.rungs.iter().rfind(|rung| rung.epoch <= at_rung) else { continue };
            let before = bracket.rungs.iter().rfind(|rung| rung.epoch < at_rung).map_or(0, |rung| rung.epoch);
            let was_pruned_before = |t: &Trial| t.status == TrialStatus::Pruned && t.epoch < rung.epoch;
            let has_come = |t: &Trial| t.epoch >= before || t.status == TrialStatus::Succeeded;
            let is_whole = |t: &Trial| {
                matches!(t.status, TrialStatus::Waiting | TrialStatus::Succeeded | TrialStatus::Pruned)
            };
            let values: Vec<(u32, Option<f64>)> = members
                .iter()
                .filter(|(_, pair)| !pair.iter().any(|record| was_pruned_before(&record.trial)))
                .filter(|(_, pair)| pair.iter().any(|record| has_come(&record.trial)))
                .map(|(index, pair)| {
                    let objectives = pair.iter().map(|record| record.objective_at(rung.epoch));
                    let value = pair.iter().all(|r| is_whole(&r.trial)).then(|| self.value(objectives));
                    (*index, value.flatten())
                })
                .collect();
            let survivors: BTreeSet<u32> = rung.survivors(&values).into_iter().collect();
            for (index, pair) in &members {
                let trials = pair.iter().map(|record| &record.trial);
                for trial in trials.filter(|t| t.status == TrialStatus::Waiting) {
                    let key = TrialRef { number: trial.number, platform: trial.platform };
                    verdicts.push((key, survivors.contains(index)));
                }
            }
        }
        verdicts
    }
}

#[cfg(test)]
mod tests {
    use super::super::runner::new_trial;
    use super::*;
    use retort_domain::{PrunerKind, SearchSpace};

    fn spec(n_trials: u32) -> SweepSpec {
        let space: SearchSpace =
            serde_json::from_str(r#"{"learning_rate": {"float": [0.001, 0.1], "log": true}}"#)
                .expect("a space");
        SweepSpec {
            dataset: "d".into(),
            target: "y".into(),
            platforms: vec![Platform::Pytorch],
            config: TrainingConfig { epochs: 27, ..Default::default() },
            space,
            sampler: SamplerKind::Sobol,
            pruner: PrunerKind::Halving,
            n_trials,
            objective: None,
            judged_epoch: Default::default(),
            resampling: Default::default(),
            confirmation: None,
            failure_cap: SweepSpec::DEFAULT_FAILURE_CAP,
        }
    }

    #[test]
    fn a_trial_that_comes_late_goes_on_where_it_would_have_in_time() {
        const MEMBERS: u32 = 27;
        let mut plan = Plan::new(&spec(MEMBERS), 0, false).expect("a plan");
        let at_first_rung: Vec<TrialRecord> = plan
            .proposals(&Trials::default())
            .into_iter()
            .map(|(number, params, config)| {
                let mut record = TrialRecord::new(new_trial(number, Platform::Pytorch, params, &config));
                let worth = f64::from(number * 7 % MEMBERS) + 1.0;
                record.trial.status = TrialStatus::Waiting;
                (record.trial.epoch, record.trial.objective) = (1, Some(worth));
                record.at_rungs.push((1, worth));
                record
            })
            .collect();
        let verdicts = |records: &[TrialRecord]| {
            let mut trials = Trials::default();
            trials.merge(records.to_vec());
            plan.verdicts(&trials).into_iter().map(|(key, goes_on)| (key.number, goes_on)).collect::<Vec<_>>()
        };
        let in_time = verdicts(&at_first_rung);
        assert_eq!(in_time.iter().filter(|(_, goes_on)| *goes_on).count() as u32, MEMBERS / 3);
        for late in 0..at_first_rung.len() {
            let mut records = at_first_rung.clone();
            (records[late].trial.status, records[late].trial.epoch) = (TrialStatus::Failed, 0);
            for (number, goes_on) in verdicts(&records) {
                let trial = &mut records[number as usize - 1].trial;
                if goes_on {
                    // What it comes to is far better than it was at the rung.
                    (trial.status, trial.epoch) = (TrialStatus::Succeeded, 27);
                    trial.objective = trial.objective.map(|worth| worth / 100.0);
                } else {
                    trial.status = TrialStatus::Pruned;
                }
            }
            records[late] = at_first_rung[late].clone();
            assert_eq!(verdicts(&records), [in_time[late]], "trial {late}");
        }
    }
}
