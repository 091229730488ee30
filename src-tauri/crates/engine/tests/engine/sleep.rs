//! A laptop that sleeps under a sweep: processes stand still for as long as it
//! lasts and go on as if nothing had been. One that slept so long that another
//! has taken its job over must not add another word to it.

use super::process::{App, SWEEP, wait_for_end};
use super::support::{assert_events_are_whole, newest_job, open, options};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_domain::{JobStatus, TimestampMillis, Trial};
use retort_engine::{Engine, EngineOptions};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Runtime;

const MOMENTS: usize = 8;
/// Beyond any lease.
const LATER_MILLIS: f64 = 60_000.0;

fn signal(process_id: u32, name: &str) {
    // A worker may have ended by itself.
    let mut command = Command::new("kill");
    command.args([format!("-{name}"), process_id.to_string()]).stderr(Stdio::null());
    command.status().expect("kill runs");
}

/// `T` once it stands still; none where it has ended.
fn state(process_id: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process_id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn stop(process_id: u32) {
    signal(process_id, "STOP");
    while !matches!(state(process_id), None | Some('T' | 'Z')) {
        std::thread::yield_now();
    }
}

/// Stops it between two transactions: one that sleeps in the middle of writing
/// keeps everybody from the store until it wakes.
fn stop_between_writes(process_id: u32) {
    let locks_store = || {
        let locks = fs::read_to_string("/proc/locks").expect("the system's locks");
        let mine = format!(" {process_id} ");
        locks.lines().any(|l| l.contains("POSIX") && l.contains(" WRITE ") && l.contains(&mine))
    };
    stop(process_id);
    while locks_store() {
        wake(process_id);
        std::thread::yield_now();
        stop(process_id);
    }
}

fn wake(process_id: u32) {
    signal(process_id, "CONT");
}

/// The newest job's trials, once it has ended, and how many events told of it.
fn found(runtime: &Runtime, folder: &Path) -> (Vec<Trial>, u32) {
    runtime.block_on(async {
        let engine = open(folder).await;
        let job = newest_job(&engine).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
        assert_events_are_whole(&engine, &job).await;
        let trials = super::sweeps::trials(&engine, &job.id).await;
        engine.shutdown().await;
        (trials, job.last_seq)
    })
}

/// Between two events, at least one of which is still to come.
fn moment(random: &mut ChaCha8Rng, n_events: u32) -> u32 {
    2 + random.next_u32() % (n_events / 2).max(1)
}

#[test]
fn a_sweep_sleeps_and_wakes() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    App::open(folder.path(), Some(SWEEP)).until_ended();
    let (undisturbed, n_events) = found(&runtime, folder.path());
    let mut random = ChaCha8Rng::seed_from_u64(4);
    for n in 0..MOMENTS {
        let mut app = App::open(folder.path(), Some(SWEEP));
        app.until_event(moment(&mut random, n_events));
        let workers = app.workers();
        // Everything, or the app alone while its workers talk on, or the
        // workers alone.
        let mut asleep: Vec<u32> = match n % 3 {
            0 => workers.iter().copied().chain([app.id()]).collect(),
            1 => vec![app.id()],
            _ => workers.clone(),
        };
        // A machine stops and wakes its processes in no order.
        for i in (1..asleep.len()).rev() {
            asleep.swap(i, random.next_u32() as usize % (i + 1));
        }
        asleep.iter().copied().for_each(stop);
        asleep.iter().rev().copied().for_each(wake);
        app.until_ended();
        super::sweeps::assert_close(&found(&runtime, folder.path()).0, &undisturbed);
        workers.into_iter().for_each(wait_for_end);
    }
}

/// By this clock every lease of the sleeper has died.
fn later() -> TimestampMillis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_millis() as f64 + LATER_MILLIS
}

#[test]
fn who_slept_while_another_took_over_writes_no_more() {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    App::open(folder.path(), Some(SWEEP)).until_ended();
    let (undisturbed, n_events) = found(&runtime, folder.path());
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for n in 0..MOMENTS {
        let mut app = App::open(folder.path(), Some(SWEEP));
        app.until_event(moment(&mut random, n_events));
        let workers = app.workers();
        let sleeper = app.id();
        stop_between_writes(sleeper);
        // Its workers sleep with it, or talk on to nobody.
        if n % 2 == 0 {
            workers.iter().copied().for_each(stop);
        }
        let taken_over = runtime.block_on(async {
            let options = EngineOptions { clock: later, ..options(folder.path()) };
            let engine = Engine::open(options).await.expect("opened");
            let job = newest_job(&engine).await;
            let taken_over = !job.status.is_terminal();
            if taken_over {
                engine.jobs_resume(&job.id).await.expect("taken over");
            }
            // It wakes while the other is at work, or once that is done.
            if n % 4 < 2 {
                workers.iter().copied().chain([sleeper]).for_each(wake);
            }
            let ended = engine.wait(&job.id).await.expect("ended").job;
            assert_eq!(ended.status, JobStatus::Succeeded, "{:?}", ended.error);
            workers.iter().copied().chain([sleeper]).for_each(wake);
            engine.shutdown().await;
            taken_over
        });
        app.until_ended();
        let (trials, _) = found(&runtime, folder.path());
        super::sweeps::assert_close(&trials, &undisturbed);
        assert!(taken_over || n > 0, "the first sweep ended before it could be taken over");
        workers.into_iter().for_each(wait_for_end);
    }
}
