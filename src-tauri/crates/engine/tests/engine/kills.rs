//! kill -9 of a worker, of the process that holds the engine, and of both, at
//! random moments of a job: it ends as if nothing had happened.

use super::support::{Outcome, assert_events_are_whole, config, open, options, outcomes, start};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_domain::{Job, JobEventKind, JobStatus};
use retort_engine::{Engine, EngineOptions};
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use tokio::sync::broadcast::error::RecvError;

const MOMENTS: usize = 10;
const DATA_DIR: &str = "RETORT_TEST_DATA_DIR";
const STARTS: &str = "RETORT_TEST_STARTS";
/// What the process starts.
const TRAINING: &str = "training";
const SWEEP: &str = "sweep";
const DISTILLATION: &str = "distillation";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Worker,
    App,
    Both,
}

#[test]
fn a_killed_worker_changes_nothing() {
    survives(Victim::Worker);
}

#[test]
fn a_killed_app_changes_nothing() {
    survives(Victim::App);
}

#[test]
fn both_killed_changes_nothing() {
    survives(Victim::Both);
}

/// Twenty moments: no trial is lost or counted twice, and all come out as if
/// nothing had happened.
#[test]
fn a_sweep_survives_its_worker_and_its_app() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let found = || {
        runtime.block_on(async {
            let engine = open(folder.path()).await;
            let job = newest_job(&engine).await;
            assert_events_are_whole(&engine, &job).await;
            assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
            let trials = super::sweeps::trials(&engine, &job.id).await;
            engine.shutdown().await;
            (trials, job.last_seq)
        })
    };
    App::open(folder.path(), Some(SWEEP)).until_ended();
    let (undisturbed, n_events) = found();
    let mut random = ChaCha8Rng::seed_from_u64(20);
    for n in 0..2 * MOMENTS {
        // How many events tell of the same sweep depends on how fast it goes.
        let moment = 2 + random.next_u32() % (n_events * 3 / 4).max(1);
        let mut app = App::open(folder.path(), Some(SWEEP));
        app.until_event(moment);
        let workers = app.workers();
        if n % 3 != 1
            && let Some(worker) = workers.get(random.next_u32() as usize % workers.len().max(1))
        {
            kill(*worker);
        }
        if n % 3 == 0 {
            app.until_ended();
        } else {
            app.kill();
            App::open(folder.path(), None).until_ended();
        }
        let (trials, _) = found();
        super::sweeps::assert_close(&trials, &undisturbed);
        workers.into_iter().for_each(wait_for_end);
    }
}

/// Ten moments: its teacher's training, the search, students and controls.
#[test]
fn a_distillation_survives_its_worker_and_its_app() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let found = || {
        runtime.block_on(async {
            let engine = open(folder.path()).await;
            let job = newest_job(&engine).await;
            assert_events_are_whole(&engine, &job).await;
            assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
            let result = super::distillations::timeless(&engine, &job.id).await;
            engine.shutdown().await;
            (result, job.last_seq)
        })
    };
    App::open(folder.path(), Some(DISTILLATION)).until_ended();
    let (undisturbed, n_events) = found();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for n in 0..MOMENTS {
        let moment = 1 + random.next_u32() % (n_events - 4);
        let mut app = App::open(folder.path(), Some(DISTILLATION));
        app.until_event(moment);
        let workers = app.workers();
        if n % 3 != 1
            && let Some(worker) = workers.get(random.next_u32() as usize % workers.len().max(1))
        {
            kill(*worker);
        }
        if n % 3 == 0 {
            app.until_ended();
        } else {
            app.kill();
            App::open(folder.path(), None).until_ended();
        }
        let (result, _) = found();
        assert!(result == undisturbed, "killed at event {moment}:\n{result:?}\n{undisturbed:?}");
        workers.into_iter().for_each(wait_for_end);
    }
}

fn survives(victim: Victim) {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");

    let (mut undisturbed, n_events) = {
        App::open(folder.path(), Some(TRAINING)).until_ended();
        runtime.block_on(async {
            let engine = open(folder.path()).await;
            let job = newest_job(&engine).await;
            (outcomes(&engine, folder.path(), &job.id).await, job.last_seq)
        })
    };
    let mut random = ChaCha8Rng::seed_from_u64(victim as u64);
    let mut resumed_later = 0;
    for _ in 0..MOMENTS {
        // The last few events are the ends.
        let moment = 1 + random.next_u32() % (n_events - 4);
        let mut app = App::open(folder.path(), Some(TRAINING));
        app.until_event(moment);
        let workers = app.workers();
        match victim {
            Victim::Worker => {
                if !workers.is_empty() {
                    kill(workers[random.next_u32() as usize % workers.len()]);
                }
            }
            Victim::App => app.kill(),
            Victim::Both => {
                workers.iter().copied().for_each(kill);
                app.kill();
            }
        }
        if victim == Victim::Worker {
            app.until_ended();
        } else {
            App::open(folder.path(), None).until_ended();
        }
        let (found, resumed) = runtime.block_on(async {
            let engine = open(folder.path()).await;
            let job = newest_job(&engine).await;
            assert_events_are_whole(&engine, &job).await;
            (outcomes(&engine, folder.path(), &job.id).await, resumed_from_checkpoint(&engine, &job).await)
        });
        assert_same(&found, &mut undisturbed, moment);
        resumed_later += u32::from(resumed);
        workers.into_iter().for_each(wait_for_end);
    }
    println!("{victim:?}: {MOMENTS} kills, {resumed_later} went on from a checkpoint");
    assert!(resumed_later > 0, "no kill fell after a checkpoint");
}

fn assert_same(found: &[Outcome], undisturbed: &mut [Outcome], moment: u32) {
    assert_eq!(found.len(), undisturbed.len());
    for (found, known) in found.iter().zip(undisturbed) {
        assert!(
            found == known,
            "killed at event {moment}, {} differs:\n{found:?}\n{known:?}",
            known.platform
        );
    }
}

async fn newest_job(engine: &Engine) -> Job {
    engine.jobs_list().await.expect("jobs").swap_remove(0)
}

async fn resumed_from_checkpoint(engine: &Engine, job: &Job) -> bool {
    let events = engine.jobs_events(&job.id, 0).await.expect("events");
    events.iter().any(|event| {
        matches!(event.kind, JobEventKind::Interrupted { resumes_after_epoch, .. } if resumes_after_epoch > 0)
    })
}

/// Not a test by itself: the process that the others kill. It opens the engine
/// as the app does, starts a job or waits for the interrupted one, and tells
/// the events' numbers.
#[tokio::test]
async fn as_a_process() {
    let Some(data_dir) = env::var_os(DATA_DIR) else { return };
    let data_dir = Path::new(&data_dir);
    let engine =
        Engine::open(EngineOptions { exclusive: true, resume_interrupted: true, ..options(data_dir) })
            .await
            .expect("opened");
    let mut events = engine.subscribe();
    let id = match env::var(STARTS).as_deref() {
        Ok(SWEEP) => super::sweeps::eventful(&engine).await,
        Ok(DISTILLATION) => super::distillations::eventful(&engine).await,
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

struct App {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    has_ended: bool,
}

impl App {
    fn open(data_dir: &Path, starts: Option<&str>) -> App {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", "kills::as_a_process", "--nocapture"]).env(DATA_DIR, data_dir);
        if let Some(what) = starts {
            command.env(STARTS, what);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the process starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
        App { child, lines, has_ended: false }
    }

    /// Returns once the event has been told, or the job has ended.
    fn until_event(&mut self, number: u32) {
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

    fn until_ended(mut self) {
        assert!(
            self.has_ended || self.lines.by_ref().any(|line| line.is_ok_and(|l| l == "ended")),
            "the process ended before its job"
        );
        assert!(self.child.wait().expect("an exit status").success());
    }

    fn workers(&self) -> Vec<u32> {
        let id = self.child.id();
        let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        tasks
            .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
            .flat_map(|children| {
                children.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()
            })
            .collect()
    }

    fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("an exit status");
    }
}

fn kill(process_id: u32) {
    // One that has ended by itself is as good as killed.
    let _ = Command::new("kill").arg("-9").arg(process_id.to_string()).stderr(Stdio::null()).status();
}

/// A worker whose engine has died does not train on for nobody.
fn wait_for_end(process_id: u32) {
    let lives = || {
        fs::read_to_string(format!("/proc/{process_id}/stat"))
            .is_ok_and(|stat| !stat.contains(") Z ") && stat.contains("(retort-worker"))
    };
    while lives() {
        std::thread::yield_now();
    }
}
