//! A sweep's trials in memory, found by number and platform. Those that have
//! not ended are known apart, since a sweep decides many times a second and may
//! hold a hundred thousand that have.

use retort_domain::{Platform, Trial, TrialCounts, TrialRef, TrialStage, TrialStatus};
use retort_store::TrialRecord;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};

/// All trials, by number, PyTorch before TensorFlow.
#[derive(Debug, Clone, Default)]
pub(super) struct Trials {
    records: Vec<TrialRecord>,
    places: HashMap<TrialRef, usize>,
    counts: TrialCounts,
    /// Those that have not ended, in the same order.
    open: BTreeSet<(u32, Platform)>,
}

/// A record to be changed; once it is dropped, what is known of all trials
/// follows.
pub(super) struct Changing<'t> {
    record: &'t mut TrialRecord,
    before: TrialStatus,
    counts: &'t mut TrialCounts,
    open: &'t mut BTreeSet<(u32, Platform)>,
}

impl Deref for Changing<'_> {
    type Target = TrialRecord;

    fn deref(&self) -> &TrialRecord {
        self.record
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut TrialRecord {
        self.record
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let now = self.record.trial.status;
        if now != self.before {
            self.counts.remove(self.before);
            self.counts.add(now);
            note_open(self.open, &self.record.trial);
        }
    }
}

fn note_open(open: &mut BTreeSet<(u32, Platform)>, trial: &Trial) {
    if trial.status.is_terminal() {
        open.remove(&order(trial));
    } else {
        open.insert(order(trial));
    }
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
            self.counts.add(record.trial.status);
            note_open(&mut self.open, &record.trial);
            if let Some(&place) = self.places.get(&key) {
                self.counts.remove(self.records[place].trial.status);
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

    pub fn get_mut(&mut self, key: TrialRef) -> Option<Changing<'_>> {
        let record = self.records.get_mut(*self.places.get(&key)?)?;
        let before = record.trial.status;
        Some(Changing { record, before, counts: &mut self.counts, open: &mut self.open })
    }

    /// Those that have not ended, by number.
    pub fn open(&self) -> impl Iterator<Item = &TrialRecord> {
        self.open.iter().filter_map(|&(number, platform)| self.get(TrialRef { number, platform }))
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
        self.counts
    }

    /// Succeeded trials of a platform, best first; among equals by number.
    pub fn ranked(&self, platform: Platform, higher_is_better: bool) -> Vec<&Trial> {
        let mut ranked: Vec<&Trial> = self.judged(platform).collect();
        ranked.sort_by(|a, b| compare(a, b, higher_is_better));
        ranked
    }

    /// The first of [`Self::ranked`] of the search; confirmations left out.
    pub fn best_searched(&self, platform: Platform, higher_is_better: bool) -> Option<&Trial> {
        let searched = self.judged(platform).filter(|t| t.stage == TrialStage::Search);
        searched.min_by(|a, b| compare(a, b, higher_is_better))
    }

    fn judged(&self, platform: Platform) -> impl Iterator<Item = &Trial> {
        self.iter().filter(move |t| {
            t.platform == platform && t.status == TrialStatus::Succeeded && t.objective.is_some()
        })
    }
}

/// The better first.
fn compare(a: &Trial, b: &Trial, higher_is_better: bool) -> Ordering {
    let value = |trial: &Trial| {
        let objective = trial.objective.unwrap_or(f64::INFINITY);
        if higher_is_better { -objective } else { objective }
    };
    value(a).total_cmp(&value(b)).then(a.number.cmp(&b.number))
}

fn order(trial: &Trial) -> (u32, Platform) {
    (trial.number, trial.platform)
}
