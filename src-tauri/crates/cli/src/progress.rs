//! Bars on stderr while runs train; nothing where stderr is no terminal.

use crate::output::figure;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use retort_domain::{EpochRecord, JobEventKind, JobSnapshot, Run, RunId, RunRole};
use std::cell::RefCell;
use std::collections::HashMap;

/// One bar a run.
pub struct Progress {
    bars: RefCell<HashMap<RunId, ProgressBar>>,
    all: MultiProgress,
}

impl Progress {
    /// Bars for the runs of a job.
    pub fn of(snapshot: &JobSnapshot) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let progress = Self { bars: RefCell::default(), all };
        snapshot.runs.iter().for_each(|run| progress.add(run));
        progress
    }

    fn add(&self, run: &Run) {
        let style = ProgressStyle::with_template("{prefix:10} {bar:24} {pos:>4}/{len} {eta:>4}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let prefix = match run.role {
            None => run.platform.to_string(),
            Some(RunRole::Teacher) => "teacher".into(),
            Some(RunRole::Student { .. }) => format!("{} student", run.platform),
            Some(RunRole::Control) => format!("{} control", run.platform),
        };
        let bar = ProgressBar::new(run.config.epochs.into()).with_style(style);
        let bar = self.all.add(bar.with_prefix(prefix));
        bar.set_position(run.epoch.into());
        self.bars.borrow_mut().insert(run.id.clone(), bar);
    }

    /// Moves the bar that an event is about.
    pub fn show(&self, event: &JobEventKind) {
        match event {
            JobEventKind::Epoch { run_id, record } => {
                if let Some(bar) = self.bars.borrow().get(run_id) {
                    bar.set_position(record.epoch.into());
                    bar.set_message(losses(record));
                }
            }
            JobEventKind::Interrupted { run_id, reason, .. } => {
                if let Some(bar) = self.bars.borrow().get(run_id) {
                    bar.set_message(reason.clone());
                }
            }
            JobEventKind::RunChanged { run } => {
                if let Some(bar) = self.bars.borrow().get(&run.id).filter(|_| run.status.is_terminal()) {
                    bar.abandon();
                }
            }
            JobEventKind::RunAdded { run } => self.add(run),
            JobEventKind::JobStatus { .. } | JobEventKind::TrialsChanged { .. } => {}
        }
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        // Where stderr cannot be written there are none.
        let _ = self.all.clear();
    }
}

fn losses(record: &EpochRecord) -> String {
    match record.validation_loss {
        Some(validation) => format!("loss {} · validation {}", figure(record.train_loss), figure(validation)),
        None => format!("loss {}", figure(record.train_loss)),
    }
}
