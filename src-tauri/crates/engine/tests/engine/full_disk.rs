//! A disk that fills up under a job: the job ends well or says why, and with
//! room again everything works as before.

use super::support::{Outcome, assert_events_are_whole, config, open, outcomes, sample, start};
use super::sweeps::{assert_close, eventful, trials};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_domain::{ErrorCode, JobStatus, TableQuery, TrainingConfig, TrialRef, TrialStatus};
use retort_engine::{Engine, ImportOptions};
use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const DISK: &str = "RETORT_TEST_SMALL_DISK";
const DISK_BYTES: &str = "size=24m";
const MOMENTS: usize = 10;

#[test]
fn a_full_disk_loses_nothing() {
    on_a_small_disk("full_disk::a_full_disk_loses_nothing", async |disk| fills_up(&disk).await);
}

#[test]
fn a_full_disk_loses_no_trial() {
    on_a_small_disk("full_disk::a_full_disk_loses_no_trial", async |disk| {
        fills_up_under_a_sweep(&disk).await;
    });
}

/// Does it in a process of its own, to which alone a small disk is mounted.
/// `test` is the name by which that process finds its way here again.
fn on_a_small_disk(test: &str, work: impl AsyncFnOnce(PathBuf)) {
    if let Some(disk) = env::var_os(DISK) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        return runtime.block_on(work(PathBuf::from(disk)));
    }
    let disk = tempfile::tempdir().expect("a folder");
    let this = env::current_exe().expect("this program");
    let script = r#"mount -t tmpfs -o "$3" retort-test "$2" && exec "$1" --exact "$4" --nocapture"#;
    let status = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(this)
        .args([disk.path().as_os_str(), DISK_BYTES.as_ref(), test.as_ref()])
        .env(DISK, disk.path())
        .status()
        .expect("unshare, which util-linux brings");
    assert!(status.success(), "on the small disk: {status}");
}

async fn fills_up(disk: &Path) {
    let folder = disk.join("data");
    let engine = open(&folder).await;
    let job = start(&engine, config()).await;
    engine.wait(&job).await.expect("ended");
    let undisturbed = outcomes(&engine, &folder, &job).await;
    let dataset = engine.datasets_list().await.expect("datasets").swap_remove(0);
    let n_events = engine.jobs_get(&job).await.expect("the job").job.last_seq;

    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut n_failed = 0;
    for _ in 0..MOMENTS {
        let moment = 1 + random.next_u32() % (n_events - 1);
        let mut events = engine.subscribe();
        let job = start(&engine, TrainingConfig { seed: 0, ..config() }).await;
        loop {
            let event = events.recv().await.expect("an event");
            if event.job_id == job && event.seq >= moment {
                break;
            }
        }
        let filler = fill(disk);
        let snapshot = engine.wait(&job).await.expect("the job ends, full disk or not");
        match snapshot.job.status {
            JobStatus::Succeeded => {}
            JobStatus::Failed => {
                n_failed += 1;
                let error = snapshot.job.error.expect("a failed job says why");
                assert_eq!(error.code, ErrorCode::Storage, "{error}");
                assert!(error.hint.is_some_and(|h| h.contains("room")), "{}", error.message);
            }
            other => panic!("the job is {other:?}"),
        }
        // What was imported can be read, and a new import says what is wrong.
        let page = engine.datasets_rows(&dataset.id, TableQuery::default(), 0, 10, None).await.expect("rows");
        assert_eq!(page.rows.len(), 10);
        if let Err(error) =
            engine.datasets_import(sample("diamonds.csv"), ImportOptions::default(), None).await
        {
            assert_eq!(error.code, ErrorCode::Storage, "{error}");
        }
        fs::remove_file(filler).expect("removed");
        // With room again, what could not be stored is.
        while !engine.jobs_list().await.expect("jobs").swap_remove(0).status.is_terminal() {
            events.recv().await.expect("an event");
        }
        remove(&engine, "diamonds").await;
        assert_events_are_whole(&engine, &engine.jobs_get(&job).await.expect("the job").job).await;
        let runs = engine.jobs_get(&job).await.expect("the job").runs;
        for run in runs {
            engine.runs_delete(&run.id).await.expect("deleted");
        }
    }
    println!("{MOMENTS} full disks, {n_failed} jobs failed");
    assert!(n_failed > 0, "the disk was never full");
    engine.shutdown().await;

    // With room again, as before.
    let engine = open(&folder).await;
    let job = start(&engine, config()).await;
    engine.wait(&job).await.expect("ended");
    let found: Vec<Outcome> = outcomes(&engine, &folder, &job).await;
    assert_eq!(found, undisturbed);
    engine.shutdown().await;
}

/// A sweep that the disk fills up under goes on, once there is room, to what it
/// would have come to.
async fn fills_up_under_a_sweep(disk: &Path) {
    let folder = disk.join("data");
    let engine = open(&folder).await;
    let undisturbed = eventful(&engine).await;
    let job = engine.wait(&undisturbed).await.expect("ended").job;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    let expected = trials(&engine, &undisturbed).await;

    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut n_failed = 0;
    for _ in 0..MOMENTS {
        let moment = 1 + random.next_u32() % (job.last_seq / 2);
        let mut events = engine.subscribe();
        let id = eventful(&engine).await;
        loop {
            let event = events.recv().await.expect("an event");
            if event.job_id == id && event.seq >= moment {
                break;
            }
        }
        let filler = fill(disk);
        let snapshot = engine.wait(&id).await.expect("the sweep ends, full disk or not");
        if snapshot.job.status == JobStatus::Failed {
            n_failed += 1;
            let error = snapshot.job.error.expect("a failed sweep says why");
            assert_eq!(error.code, ErrorCode::Storage, "{error}");
            assert!(error.hint.is_some_and(|h| h.contains("room")), "{}", error.message);
        }
        // What there is can be looked at, no trial is there twice, and none is
        // blamed for the disk.
        let found = trials(&engine, &id).await;
        assert!(found.iter().all(|trial| trial.status != TrialStatus::Failed), "{found:?}");
        let keys = found.iter().map(|trial| (trial.number, trial.platform));
        assert_eq!(keys.collect::<BTreeSet<_>>().len(), found.len());
        assert_eq!(engine.sweeps_get(&id).await.expect("the sweep").counts.total as usize, found.len());

        fs::remove_file(filler).expect("removed");
        while !engine.jobs_list().await.expect("jobs").swap_remove(0).status.is_terminal() {
            events.recv().await.expect("an event");
        }
        if snapshot.job.status == JobStatus::Failed {
            engine.sweeps_retry(&id, Vec::new()).await.expect("goes on");
        }
        let job = engine.wait(&id).await.expect("ended").job;
        assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
        assert_events_are_whole(&engine, &job).await;
        assert_close(&trials(&engine, &id).await, &expected);
        for trial in &expected {
            let of = TrialRef { number: trial.number, platform: trial.platform };
            let curves = engine.sweeps_curves(&id, vec![of]).await.expect("curves");
            let epochs: Vec<u32> = curves[0].epochs.iter().map(|epoch| epoch.epoch).collect();
            assert_eq!(epochs, (1..=trial.epoch).collect::<Vec<_>>(), "{trial:?}");
        }
        for run in engine.jobs_get(&id).await.expect("the job").runs {
            engine.runs_delete(&run.id).await.expect("deleted");
        }
    }
    println!("{MOMENTS} full disks, {n_failed} sweeps failed");
    assert!(n_failed > 0, "the disk was never full");
    engine.shutdown().await;
}

async fn remove(engine: &Engine, name: &str) {
    if let Ok(dataset) = engine.datasets_resolve(name).await {
        engine.datasets_delete(&dataset.id).await.expect("deleted");
    }
}

/// Takes up all the room there is.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("filler");
    let mut file = File::create(&path).expect("created");
    let mut piece = vec![1_u8; 1 << 20];
    while !piece.is_empty() {
        if file.write_all(&piece).is_err() {
            piece.truncate(piece.len() / 2);
        }
    }
    path
}
