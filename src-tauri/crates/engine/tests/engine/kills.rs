//! kill -9 of a worker, of the process that holds the engine, and of both, at
//! random moments of a job: it ends as if nothing had happened.

use super::process::{App, DISTILLATION, SWEEP, TRAINING, kill, wait_for_end};
use super::support::{Outcome, assert_events_are_whole, newest_job, open, outcomes};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_domain::{Job, JobEventKind, JobStatus};
use retort_engine::Engine;
use std::path::Path;

const MOMENTS: usize = 10;

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
        kill_at(n, moment, SWEEP, folder.path(), &mut random, || {
            super::sweeps::assert_close(&found().0, &undisturbed);
        });
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
        kill_at(n, moment, DISTILLATION, folder.path(), &mut random, || {
            let (result, _) = found();
            assert!(result == undisturbed, "killed at event {moment}:\n{result:?}\n{undisturbed:?}");
        });
    }
}

/// Kills a worker, or the app, or both, by turns, once an event was told;
/// checks what came of the job in the end, and that no worker stays.
fn kill_at(n: usize, moment: u32, what: &str, folder: &Path, random: &mut ChaCha8Rng, check: impl FnOnce()) {
    let mut app = App::open(folder, Some(what));
    app.until_event(moment);
    let workers = app.workers();
    if n % 3 != 1
        && let Some(worker) = workers.get(random.next_u32() as usize % workers.len().max(1))
    {
        kill(*worker);
    }
    if n.is_multiple_of(3) {
        app.until_ended();
    } else {
        app.kill();
        App::open(folder, None).until_ended();
    }
    check();
    workers.into_iter().for_each(wait_for_end);
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

async fn resumed_from_checkpoint(engine: &Engine, job: &Job) -> bool {
    let events = engine.jobs_events(&job.id, 0).await.expect("events");
    events.iter().any(|event| {
        matches!(event.kind, JobEventKind::Interrupted { resumes_after_epoch, .. } if resumes_after_epoch > 0)
    })
}
