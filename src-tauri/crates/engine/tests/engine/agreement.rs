//! The same seed gives the same result, to the bit.

use super::support::{EPOCHS, config, open, outcomes, start};
use retort_domain::{JobStatus, TrainingConfig};

#[tokio::test]
async fn the_same_seed_twice_alone_and_under_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let alone = start(&engine, config()).await;
    engine.wait(&alone).await.expect("ended");
    let alone = outcomes(&engine, folder.path(), &alone).await;

    // More runs at once than the machine has cores, and another seed between.
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(start(&engine, config()).await);
    }
    let other = start(&engine, TrainingConfig { seed: 1, ..config() }).await;
    for job in jobs {
        engine.wait(&job).await.expect("ended");
        assert_eq!(outcomes(&engine, folder.path(), &job).await, alone);
    }
    engine.wait(&other).await.expect("ended");
    assert_ne!(outcomes(&engine, folder.path(), &other).await, alone, "the seed changes nothing");
    engine.shutdown().await;
}

#[tokio::test]
async fn a_shut_down_engine_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let undisturbed = start(&engine, config()).await;
    engine.wait(&undisturbed).await.expect("ended");
    let undisturbed = outcomes(&engine, folder.path(), &undisturbed).await;

    let mut events = engine.subscribe();
    let job = start(&engine, config()).await;
    loop {
        let event = events.recv().await.expect("an event");
        let half_done = matches!(&event.kind, retort_domain::JobEventKind::Epoch { record, .. }
            if record.epoch >= EPOCHS / 2);
        if event.job_id == job && half_done {
            break;
        }
    }
    engine.shutdown().await;

    let engine = open(folder.path()).await;
    assert_eq!(engine.jobs_get(&job).await.expect("the job").job.status, JobStatus::Running);
    engine.jobs_resume(&job).await.expect("resumed");
    engine.wait(&job).await.expect("ended");
    assert_eq!(outcomes(&engine, folder.path(), &job).await, undisturbed);
    engine.shutdown().await;
}
