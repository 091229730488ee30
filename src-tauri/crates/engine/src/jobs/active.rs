//! A job under way in this process, as others reach it.

use tokio::sync::watch;

/// Why a job has to stop before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A person said so: it ends as cancelled.
    Cancel,
    /// A person said so: a sweep rests until somebody resumes it.
    Pause,
    /// This process ends: the job stays unfinished.
    Shutdown,
    /// Another process has it now: not a word more about it from here.
    LeaseLost,
    /// One of its runs could not be stored: the job fails.
    Broken,
}

/// Handle on a job's task.
#[derive(Debug)]
pub(crate) struct ActiveJob {
    stop: watch::Sender<Option<Stop>>,
    ended: watch::Sender<bool>,
}

impl Default for ActiveJob {
    fn default() -> Self {
        Self { stop: watch::Sender::new(None), ended: watch::Sender::new(false) }
    }
}

impl ActiveJob {
    /// Tells the job to stop. The first reason stands.
    pub fn stop(&self, reason: Stop) {
        self.stop.send_if_modified(|stop| {
            let is_first = stop.is_none();
            stop.get_or_insert(reason);
            is_first
        });
    }

    /// How the job's task hears of it.
    pub fn stop_signal(&self) -> StopSignal {
        StopSignal { sender: self.stop.clone(), receiver: self.stop.subscribe() }
    }

    /// Called once, when its task has ended.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Waits until the job's task has ended.
    pub async fn ended(&self) {
        let mut ended = self.ended.subscribe();
        // The sender is ours, so it is there.
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

/// Heard by everything that works on one job.
#[derive(Debug, Clone)]
pub(crate) struct StopSignal {
    sender: watch::Sender<Option<Stop>>,
    receiver: watch::Receiver<Option<Stop>>,
}

impl StopSignal {
    /// Waits for a reason to stop.
    pub async fn raised(&mut self) -> Stop {
        let heard = self.receiver.wait_for(Option::is_some).await.ok().and_then(|stop| *stop);
        match heard {
            Some(stop) => stop,
            // The sender lives as long as this does.
            None => std::future::pending().await,
        }
    }

    /// Tells all others that work on the job to stop.
    pub fn raise(&self, reason: Stop) {
        self.sender.send_if_modified(|stop| {
            let is_first = stop.is_none();
            stop.get_or_insert(reason);
            is_first
        });
    }
}
