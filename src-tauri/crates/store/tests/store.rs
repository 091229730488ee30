//! The promises of the store: events are numbered without gaps whoever writes,
//! one process at a time holds a job, and a file that is not ours stays as it is.

use retort_domain::{
    Dataset, DatasetId, DatasetRef, EpochRecord, ErrorCode, Job, JobEventKind, JobId, JobSpec, JobStatus,
    MetricSet, Platform, Run, RunId, RunStatus, TrainSpec, TrainingConfig, Trial, TrialStage, TrialStatus,
};
use retort_store::{Store, StoreError, SweepChange, TrialRecord};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Folder {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

fn folder() -> Folder {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("retort.sqlite");
    Folder { _folder: folder, file }
}

async fn open(file: &Path, owner: &str) -> Store {
    Store::open(file, owner).await.expect("the store opens")
}

fn dataset(id: &str, name: &str) -> Dataset {
    Dataset {
        id: id.into(),
        name: name.into(),
        source_file: "a.csv".into(),
        source_bytes: 12.0,
        sheet: None,
        n_rows: 3,
        columns: Vec::new(),
        warnings: Vec::new(),
        imported_at: 1.0,
        default_target: None,
        described_by_hand: false,
        kinds_by_hand: Vec::new(),
        is_sample: false,
        attribution: None,
        notes: String::new(),
        tags: Vec::new(),
        source: None,
        first_version: None,
        version: 1,
    }
}

fn job_on(dataset: &str) -> (Job, Run) {
    let id = JobId::fresh();
    let config = TrainingConfig::default();
    let spec = TrainSpec {
        dataset: dataset.into(),
        target: "y".into(),
        platforms: vec![Platform::Pytorch],
        config: config.clone(),
    };
    let run = Run {
        id: RunId::fresh(),
        job_id: id.clone(),
        name: "first".into(),
        platform: Platform::Pytorch,
        dataset: DatasetRef { id: dataset.into(), name: "a".into() },
        target: "y".into(),
        task: None,
        split: None,
        labels: None,
        notes: Vec::new(),
        config,
        role: None,
        status: RunStatus::Queued,
        epoch: 0,
        outcome: None,
        speed: None,
        error: None,
        created_at: 5.0,
        started_at: None,
        finished_at: None,
    };
    let spec = JobSpec::Train(spec);
    let job = Job {
        id,
        spec,
        status: JobStatus::Queued,
        error: None,
        created_at: 5.0,
        finished_at: None,
        last_seq: 1,
    };
    (job, run)
}

fn epoch(run: &Run, epoch: u32) -> JobEventKind {
    let record = EpochRecord {
        epoch,
        learning_rate: 0.1,
        train_loss: 1.0 / f64::from(epoch) / 3.0,
        validation_loss: None,
        train_metrics: MetricSet::new(),
        validation_metrics: MetricSet::new(),
        train_seconds: 0.25,
    };
    JobEventKind::Epoch { run_id: run.id.clone(), record }
}

fn status(status: JobStatus) -> JobEventKind {
    JobEventKind::JobStatus { status, error: None }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_are_numbered_without_gaps_under_concurrent_writers() {
    let folder = folder();
    let ours = open(&folder.file, "ours").await;
    let theirs = open(&folder.file, "theirs").await;
    let (job, run) = job_on("d");
    ours.insert_job(&job, std::slice::from_ref(&run), 5.0).await.expect("inserted");

    let mut writers = tokio::task::JoinSet::new();
    for n in 0..4_u32 {
        let (store, job_id, run) = (ours.clone(), job.id.clone(), run.clone());
        writers.spawn(async move {
            for i in 0..10 {
                let kinds = vec![epoch(&run, n * 20 + i * 2 + 1), epoch(&run, n * 20 + i * 2 + 2)];
                store.append_events(&job_id, kinds, 6.0).await.expect("appended");
            }
        });
    }
    let run_id = run.id.clone();
    writers.spawn(async move {
        for i in 0..20 {
            theirs.rename_run(&run_id, &format!("name {i}"), 7.0).await.expect("renamed");
        }
    });
    writers.join_all().await;

    let events = ours.events(&job.id, 0).await.expect("events");
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=101).collect::<Vec<u32>>());
    let (job, runs) = ours.job_with_runs(&job.id).await.expect("read").expect("there");
    assert_eq!((job.last_seq, runs[0].epoch, runs[0].name.as_str()), (101, 80, "name 19"));
    assert_eq!(ours.epochs(&run.id).await.expect("epochs").len(), 80);
    assert_eq!(ours.events(&job.id, 99).await.expect("events").len(), 2);
}

#[tokio::test]
async fn what_was_stored_is_there_after_opening_again_to_the_bit() {
    let folder = folder();
    let (job, mut run) = job_on("d");
    {
        let store = open(&folder.file, "first").await;
        store.insert_job(&job, std::slice::from_ref(&run), 5.0).await.expect("inserted");
        store.append_events(&job.id, vec![epoch(&run, 1), epoch(&run, 2)], 6.0).await.expect("appended");
        store.close().await;
    }
    let store = open(&folder.file, "second").await;
    let JobEventKind::Epoch { record, .. } = epoch(&run, 2) else { unreachable!() };
    assert_eq!(store.epochs(&run.id).await.expect("epochs")[1], record);
    run.epoch = 2;
    assert_eq!(store.run(&run.id).await.expect("read"), Some(run));
}

#[tokio::test]
async fn a_persons_name_for_a_run_outlives_what_its_job_writes() {
    let folder = folder();
    let store = open(&folder.file, "a").await;
    let (job, mut run) = job_on("d");
    store.insert_job(&job, std::slice::from_ref(&run), 5.0).await.expect("inserted");
    store.rename_run(&run.id, "mine", 6.0).await.expect("renamed");
    run.status = RunStatus::Running;
    let told = store
        .append_events(&job.id, vec![JobEventKind::RunChanged { run: Box::new(run.clone()) }], 7.0)
        .await
        .expect("appended");
    let JobEventKind::RunChanged { run: told } = &told[0].kind else { panic!("{told:?}") };
    let stored = store.run(&run.id).await.expect("read").expect("there");
    assert_eq!(
        (told.name.as_str(), stored.name.as_str(), stored.status),
        ("mine", "mine", RunStatus::Running)
    );
}

#[tokio::test]
async fn only_the_holder_of_the_lease_writes_about_a_job() {
    let folder = folder();
    let first = open(&folder.file, "first").await;
    let second = open(&folder.file, "second").await;
    let (job, run) = job_on("d");
    first.insert_job(&job, std::slice::from_ref(&run), 5.0).await.expect("inserted");
    assert!(!second.claim(&job.id, None, 6.0).await.expect("asked"), "first has it");
    assert!(second.claim(&job.id, Some("first"), 6.0).await.expect("asked"));
    assert!(!first.claim(&job.id, Some("first"), 6.0).await.expect("asked"), "second was faster");

    let refused = first.append_events(&job.id, vec![epoch(&run, 1)], 7.0).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost { .. })), "{refused:?}");
    assert_eq!(first.epochs(&run.id).await.expect("epochs"), []);
    assert_eq!(first.heartbeat(8.0).await.expect("beat"), []);
    assert_eq!(second.heartbeat(8.0).await.expect("beat"), std::slice::from_ref(&job.id));

    second.append_events(&job.id, vec![status(JobStatus::Succeeded)], 9.0).await.expect("appended");
    assert_eq!(second.lease(&job.id).await.expect("asked"), None);
    assert!(!first.claim(&job.id, None, 10.0).await.expect("asked"), "a job that has ended is nobody's");
    assert_eq!(first.foreign_events(0, 100).await.expect("asked").len(), 1);
}

#[tokio::test]
async fn datasets_have_names_of_their_own_and_stay_while_a_job_needs_them() {
    let folder = folder();
    let store = open(&folder.file, "a").await;
    store.insert_dataset(&dataset("d1", "Penguins")).await.expect("inserted");
    let clash = store.insert_dataset(&dataset("d2", "Penguins")).await;
    assert!(matches!(&clash, Err(StoreError::NameTaken { name }) if name == "Penguins"), "{clash:?}");
    store.insert_dataset(&dataset("d2", "Others")).await.expect("inserted");
    let clash = store.rename_dataset(&"d2".into(), "Penguins").await;
    assert!(matches!(clash, Err(StoreError::NameTaken { .. })));

    let (job, run) = job_on("d1");
    store.insert_job(&job, &[run], 5.0).await.expect("inserted");
    assert!(!store.delete_dataset(&"d1".into()).await.expect("asked"));
    store.append_events(&job.id, vec![status(JobStatus::Cancelled)], 6.0).await.expect("appended");
    assert!(store.delete_dataset(&"d1".into()).await.expect("asked"));
    let left: Vec<DatasetId> = store.datasets().await.expect("list").into_iter().map(|d| d.id).collect();
    assert_eq!(left, ["d2".into()]);
    assert!(matches!(store.delete_dataset(&"d1".into()).await, Err(StoreError::Missing { .. })));
}

#[tokio::test]
async fn a_paused_job_keeps_its_dataset_as_a_running_one_does() {
    let folder = folder();
    let store = open(&folder.file, "ours").await;
    let old = dataset("d", "first");
    store.insert_dataset(&old).await.expect("inserted");
    let (job, run) = job_on("d");
    store.insert_job(&job, std::slice::from_ref(&run), 5.0).await.expect("inserted");
    store.append_events(&job.id, vec![status(JobStatus::Paused)], 6.0).await.expect("appended");
    let newer = Dataset { version: 2, first_version: Some("d".into()), ..dataset("e", "first") };
    assert!(!store.delete_dataset(&"d".into()).await.expect("asked"));
    assert!(!store.add_version(&old, &newer).await.expect("asked"));
    assert_eq!(store.datasets().await.expect("listed"), std::slice::from_ref(&old));
    assert_eq!(store.uses_of_dataset(&"d".into()).await.expect("counted"), (1, 0));

    store.delete_run(&run.id).await.expect("deleted, and the job with it");
    assert!(store.add_version(&old, &newer).await.expect("asked"));
    let names = |versions: Vec<Dataset>| versions.into_iter().map(|d| d.name).collect::<Vec<_>>();
    let versions = store.dataset_versions(&"d".into()).await.expect("listed");
    assert_eq!(names(versions), ["first (version 1)", "first"]);
}

#[tokio::test]
async fn notes_and_tags_stay_whatever_else_changes_and_go_with_a_new_version() {
    let folder = folder();
    let store = open(&folder.file, "ours").await;
    // Its older name may be a person's already.
    store.insert_dataset(&dataset("x", "first (version 1)")).await.expect("inserted");
    store.insert_dataset(&dataset("d", "first")).await.expect("inserted");
    let tags = ["spring".to_owned(), "North, or so".to_owned()];
    store.annotate_dataset(&"d".into(), "two\nlines", &tags).await.expect("kept");
    let changed = store
        .change_dataset(&"d".into(), |dataset| {
            dataset.n_rows = 7;
            Ok::<_, StoreError>(())
        })
        .await
        .expect("changed")
        .expect("it is there");
    assert_eq!((changed.notes.as_str(), changed.tags.as_slice()), ("two\nlines", tags.as_slice()));
    let newer = Dataset { id: "e".into(), version: 2, first_version: Some("d".into()), ..changed.clone() };
    assert!(store.add_version(&changed, &newer).await.expect("asked"));
    let there = store.dataset(&"e".into()).await.expect("read").expect("it is there");
    assert_eq!(there, newer);
    let old = store.dataset(&"d".into()).await.expect("read").expect("it is there");
    assert_eq!(old.name, "first (version 1, 2)");
    let refused = store.annotate_dataset(&"none".into(), "", &[]).await.expect_err("no such dataset");
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused}");
}

#[tokio::test]
async fn the_last_run_of_a_job_takes_it_along() {
    let folder = folder();
    let store = open(&folder.file, "a").await;
    let (job, run) = job_on("d");
    store.insert_job(&job, std::slice::from_ref(&run), 5.0).await.expect("inserted");
    store.append_events(&job.id, vec![epoch(&run, 1)], 6.0).await.expect("appended");
    store.delete_run(&run.id).await.expect("deleted");
    assert_eq!(store.job(&job.id).await.expect("asked"), None);
    assert_eq!(store.events(&job.id, 0).await.expect("asked"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_may_make_the_store_at_once() {
    let folder = folder();
    let mut openers = tokio::task::JoinSet::new();
    for n in 0..6 {
        let file = folder.file.clone();
        openers.spawn(async move { open(&file, &n.to_string()).await.jobs().await.expect("empty") });
    }
    assert!(openers.join_all().await.iter().all(Vec::is_empty));
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_as_it_is() {
    let healthy = {
        let folder = folder();
        let store = open(&folder.file, "a").await;
        store.insert_dataset(&dataset("d", "d")).await.expect("inserted");
        store.close().await;
        std::fs::read(&folder.file).expect("read")
    };
    let mut overwritten = healthy.clone();
    overwritten[4096..].fill(0x5a);
    let cases: [(&str, Vec<u8>); 4] = [
        ("text", b"not a database, but long enough to be taken for one".to_vec()),
        ("short", vec![7; 9]),
        ("overwritten", overwritten),
        ("truncated", healthy[..healthy.len() / 2].to_vec()),
    ];
    for (case, bytes) in cases {
        let folder = folder();
        std::fs::write(&folder.file, &bytes).expect("written");
        let error = Store::open(&folder.file, "a").await.expect_err(case);
        assert!(matches!(error, StoreError::Corrupt { .. }), "{case}: {error:?}");
        let shown = retort_domain::AppError::from(error);
        assert_eq!(shown.code, ErrorCode::Storage);
        assert!(shown.message.contains("retort.sqlite"), "{case}: {}", shown.message);
        assert!(std::fs::read(&folder.file).expect("read") == bytes, "{case}: the file was changed");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = folder();
    open(&folder.file, "a").await.close().await;
    let pool =
        sqlx::SqlitePool::connect(&format!("sqlite://{}", folder.file.display())).await.expect("connected");
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)",
    )
    .execute(&pool)
    .await
    .expect("inserted");
    pool.close().await;
    let error = Store::open(&folder.file, "a").await.expect_err("newer");
    assert!(matches!(error, StoreError::Newer { version: 9999, .. }), "{error:?}");
}

#[tokio::test]
async fn trials_are_read_in_order_however_many_there_are_and_few_where_few_changed() {
    let folder = folder();
    let store = open(&folder.file, "one").await;
    let (job, run) = job_on("d");
    store.insert_job(&job, std::slice::from_ref(&run), 1.0).await.expect("inserted");
    let record = |number: u32, platform: Platform, epoch: u32| {
        TrialRecord::new(Trial {
            number,
            platform,
            stage: TrialStage::Search,
            seed: 0,
            confirms: None,
            params: BTreeMap::new(),
            status: TrialStatus::Running,
            epoch,
            epochs: 9,
            objective: None,
            objective_sd: None,
            best_epoch: None,
            metrics: MetricSet::new(),
            train_seconds: 0.0,
            parameter_count: None,
            error: None,
            finished_at: None,
        })
    };
    // More than are read at once, and told out of order.
    let both = |number: u32| Platform::ALL.map(|platform| record(number, platform, 1));
    let trials: Vec<TrialRecord> = (1..=5000).rev().flat_map(both).collect();
    let change = SweepChange { trials, ..SweepChange::default() };
    let first = store.append_sweep_change(&job.id, &change, 2.0).await.expect("stored");
    let (all, last) = store.trials_changed_after(&job.id, 0).await.expect("read");
    assert_eq!((all.len(), last), (10_000, first.seq));
    let expected = (1..=5000).flat_map(|number| Platform::ALL.map(|platform| (number, platform)));
    assert!(all.iter().map(|r| (r.trial.number, r.trial.platform)).eq(expected));

    let change = SweepChange { trials: vec![record(77, Platform::Tensorflow, 2)], ..SweepChange::default() };
    let second = store.append_sweep_change(&job.id, &change, 3.0).await.expect("stored");
    let (changed, last) = store.trials_changed_after(&job.id, first.seq).await.expect("read");
    assert_eq!((changed, last), (change.trials, second.seq));
    let (none, last) = store.trials_changed_after(&job.id, second.seq).await.expect("read");
    assert_eq!((none.len(), last), (0, second.seq));
}
