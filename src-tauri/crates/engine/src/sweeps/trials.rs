//! A sweep's trials in memory, found by number and platform.

use retort_domain::{Platform, Trial, TrialCounts, TrialRef, TrialStatus};
use retort_store::TrialRecord;
use std::collections::HashMap;

/// All trials, by number, PyTorch before TensorFlow.
#[derive(Debug, Clone, Default)]
pub(super) struct Trials {
    records: Vec<TrialRecord>,
    places: HashMap<TrialRef, usize>,
}

pub(super) fn trial_ref(trial: &Trial) -> TrialRef {
    TrialRef { number: trial.number, platform: trial.platform }
}

impl Trials {
    /// Adds trials, or replaces those that are there.
    pub fn merge(&mut self, records: Vec<TrialRecord>) {
        let mut in_order = true;
        for record in records {
            let key = trial_ref(&record.trial);
            if let Some(&place) = self.places.get(&key) {
                self.records[place] = record;
            } else {
                let last = self.records.last().map(|last| order(&last.trial));
                in_order &= last.is_none_or(|last| last < order(&record.trial));
                self.places.insert(key, self.records.len());
                self.records.push(record);
            }
        }
        if !in_order {
            self.records.sort_by_key(|record| order(&record.trial));
            self.places = self.records.iter().enumerate().map(|(i, r)| (trial_ref(&r.trial), i)).collect();
        }
    }

    pub fn get(&self, key: TrialRef) -> Option<&TrialRecord> {
        self.records.get(*self.places.get(&key)?)
    }

    pub fn get_mut(&mut self, key: TrialRef) -> Option<&mut TrialRecord> {
        self.records.get_mut(*self.places.get(&key)?)
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn records(&self) -> &[TrialRecord] {
        &self.records
    }

    pub fn iter(&self) -> impl Iterator<Item = &Trial> {
        self.records.iter().map(|record| &record.trial)
    }

    pub fn counts(&self) -> TrialCounts {
        let mut counts = TrialCounts::default();
        self.iter().for_each(|trial| counts.add(trial.status));
        counts
    }

    /// Succeeded trials of a platform, best first; among equals by number.
    pub fn ranked(&self, platform: Platform, higher_is_better: bool) -> Vec<&Trial> {
        let mut ranked: Vec<&Trial> = self
            .iter()
            .filter(|t| t.platform == platform && t.status == TrialStatus::Succeeded && t.objective.is_some())
            .collect();
        let value = |trial: &Trial| {
            let objective = trial.objective.unwrap_or(f64::INFINITY);
            if higher_is_better { -objective } else { objective }
        };
        ranked.sort_by(|a, b| value(a).total_cmp(&value(b)).then(a.number.cmp(&b.number)));
        ranked
    }
}

fn order(trial: &Trial) -> (u32, Platform) {
    (trial.number, trial.platform)
}
