//! The engine in a process of its own, for what can only be done to a whole
//! process: killing it, stopping it.

use super::support::{config, newest_job, open_as_app, start};
use retort_domain::JobStatus;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use tokio::sync::broadcast::error::RecvError;

const DATA_DIR: &str = "RETORT_TEST_DATA_DIR";
const STARTS: &str = "RETORT_TEST_STARTS";
/// What the process starts.
pub const TRAINING: &str = "training";
pub const SWEEP: &str = "sweep";
pub const DISTILLATION: &str = "distillation";
pub const RANKING: &str = "ranking";

/// Not a test by itself: the process that others kill or stop. It opens the
/// engine as the app does, starts a job or waits for the interrupted one, and
/// tells the events' numbers.
#[tokio::test]
async fn as_a_process() {
    let Some(data_dir) = env::var_os(DATA_DIR) else { return };
    let data_dir = Path::new(&data_dir);
    let engine = open_as_app(data_dir).await;
    let mut events = engine.subscribe();
    let id = match env::var(STARTS).as_deref() {
        Ok(SWEEP) => super::sweeps::eventful(&engine).await,
        Ok(DISTILLATION) => super::distillations::eventful(&engine).await,
        Ok(RANKING) => super::ranking::start(&engine).await,
        Ok(_) => start(&engine, config()).await,
        Err(_) => newest_job(&engine).await.id,
    };
    let tell = async {
        loop {
            match events.recv().await {
                Ok(event) if event.job_id == id => println!("\nevent {}", event.seq),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let snapshot = tokio::select! {
        snapshot = engine.wait(&id) => snapshot.expect("the job ends"),
        () = tell => unreachable!("telling does not end"),
    };
    assert_ne!(snapshot.job.status, JobStatus::Running);
    println!("\nended");
    engine.shutdown().await;
}

pub struct App {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    has_ended: bool,
}

impl App {
    pub fn open(data_dir: &Path, starts: Option<&str>) -> App {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "process::as_a_process", "--nocapture"]).env(DATA_DIR, data_dir);
        if let Some(what) = starts {
            command.env(STARTS, what);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the process starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        App { child, lines, has_ended: false }
    }

    /// Returns once the event has been told, or the job has ended.
    pub fn until_event(&mut self, number: u32) {
        for line in self.lines.by_ref() {
            let line = line.expect("a line");
            let told = line.strip_prefix("event ").and_then(|n| n.parse::<u32>().ok());
            self.has_ended = line == "ended";
            if told.is_some_and(|n| n >= number) || self.has_ended {
                return;
            }
        }
        panic!("the process ended before event {number}");
    }

    pub fn until_ended(mut self) {
        assert!(
            self.has_ended || self.lines.by_ref().any(|line| line.is_ok_and(|l| l == "ended")),
            "the process ended before its job"
        );
        assert!(self.child.wait().expect("an exit status").success());
    }

    pub fn workers(&self) -> Vec<u32> {
        let id = self.child.id();
        let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        tasks
            .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
            .flat_map(|children| {
                children.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()
            })
            .collect()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("an exit status");
    }
}

pub fn kill(process_id: u32) {
    // One that has ended by itself is as good as killed.
    let _ = Command::new("kill").arg("-9").arg(process_id.to_string()).stderr(Stdio::null()).status();
}

/// A worker whose engine has died does not train on for nobody.
pub fn wait_for_end(process_id: u32) {
    let lives = || {
        fs::read_to_string(format!("/proc/{process_id}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z ") && stat.contains("(retort-worker"))
    };
    while lives() {
        std::thread::yield_now();
    }
}
