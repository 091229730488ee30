//! Datasets and the files they come from: versions, and what is kept with them.

use super::support::{open, sample};
use retort_domain::{
    ColumnRole, ColumnRoleChoice, Dataset, DecimalMark, ErrorCode, JobSpec, Platform, ReadingOptions,
    RefreshOutcome, SourceState, TrainSpec, TrainingConfig, WorkId,
};
use retort_engine::{Engine, ImportOptions};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Prices in thousands, or with three digits behind the mark: the cells alone
/// do not say it.
fn write_prices(path: &Path, n_rows: u32) {
    let rows: String = (0..n_rows)
        .map(|i| format!("{};{}.{:03}\n", ["red", "blue"][i as usize % 2], 1 + i % 9, 200 + i % 700))
        .collect();
    fs::write(path, format!("colour;price\n{rows}")).expect("written");
}

async fn import(engine: &Engine, path: &Path, reading: ReadingOptions) -> Dataset {
    let options = ImportOptions { reading, ..ImportOptions::default() };
    engine.datasets_import(path.to_owned(), options, None).await.expect("imported")
}

fn commas() -> ReadingOptions {
    ReadingOptions { decimal: Some(DecimalMark::Comma), ..ReadingOptions::default() }
}

async fn first_price(engine: &Engine, dataset: &Dataset) -> Option<String> {
    let page = engine.datasets_rows(&dataset.id, Default::default(), 0, 1, None).await.expect("rows");
    page.rows[0][1].clone()
}

#[tokio::test]
async fn a_changed_file_becomes_a_new_version_read_in_the_same_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prices.csv");
    write_prices(&file, 30);
    let engine = open(&folder.path().join("data")).await;
    let first = import(&engine, &file, commas()).await;
    assert_eq!(first_price(&engine, &first).await.as_deref(), Some("1200"));
    let choices = vec![ColumnRoleChoice { column: "price".to_owned(), role: ColumnRole::Target }];
    engine.datasets_roles_set(&first.id, choices).await.expect("kept");
    assert_eq!(engine.datasets_source(&first.id).await.expect("a look"), SourceState::Unchanged);

    // Touched, and nothing else.
    let later = SystemTime::now() + Duration::from_secs(60);
    File::options().write(true).open(&file).and_then(|f| f.set_modified(later)).expect("touched");
    assert_eq!(engine.datasets_source(&first.id).await.expect("a look"), SourceState::Unchanged);
    let same = engine.datasets_refresh(&first.id, None).await.expect("read");
    assert_eq!((same.outcome, &same.dataset.id), (RefreshOutcome::Unchanged, &first.id));

    write_prices(&file, 40);
    assert_eq!(engine.datasets_source(&first.id).await.expect("a look"), SourceState::Changed);
    let refreshed = engine.datasets_refresh(&first.id, None).await.expect("read");
    let second = refreshed.dataset;
    assert_eq!(refreshed.outcome, RefreshOutcome::NewVersion);
    assert_eq!((second.name.as_str(), second.version, second.n_rows), ("prices", 2, 40));
    assert_eq!(first_price(&engine, &second).await.as_deref(), Some("1200"));
    assert_eq!(second.role("price"), Some(ColumnRole::Target));
    assert_eq!(engine.datasets_source(&second.id).await.expect("a look"), SourceState::Unchanged);
    let old = engine.datasets_get(&first.id).await.expect("the first one stays");
    assert_eq!((old.name.as_str(), old.n_rows, old.version), ("prices (version 1)", 30, 1));
    assert_eq!(first_price(&engine, &old).await.as_deref(), Some("1200"));
    let refused = engine.datasets_refresh(&first.id, None).await.expect_err("it is older");
    assert!(refused.code == ErrorCode::Conflict && refused.hint.is_some_and(|h| h.contains("\"prices\"")));

    // The old content comes back: no third table, but the newest version.
    write_prices(&file, 30);
    let back = engine.datasets_refresh(&second.id, None).await.expect("read").dataset;
    assert_eq!((&back.id, back.version, back.name.as_str()), (&first.id, 3, "prices"));
    assert_eq!(engine.datasets_list().await.expect("all").len(), 2);

    fs::remove_file(&file).expect("removed");
    assert_eq!(engine.datasets_source(&back.id).await.expect("a look"), SourceState::Missing);
    let refused = engine.datasets_refresh(&back.id, None).await.expect_err("no file");
    assert!(refused.code == ErrorCode::NotFound && refused.message.contains("prices.csv"), "{refused}");
    engine.shutdown().await;
}

/// Entries of a folder of the data folder.
fn listed(data: &Path, folder: &str) -> usize {
    data.join(folder).read_dir().expect("a folder").count()
}

#[tokio::test]
async fn a_large_file_that_was_looked_at_is_not_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, data) = (folder.path().join("prices.csv"), folder.path().join("data"));
    write_prices(&file, 1_700_000);
    assert!(fs::metadata(&file).expect("a file").len() > 16 << 20);
    let engine = open(&data).await;
    let options = ImportOptions { reading: commas(), ..ImportOptions::default() };
    let of_file = || (file.clone(), options.clone());
    let understood = engine.datasets_understand(file.clone(), options.clone(), None).await.expect("read");

    let ahead = engine.datasets_read_ahead(file.clone(), options.clone(), None).await.expect("read");
    assert_eq!(ahead, understood);
    assert_eq!((listed(&data, "tables"), listed(&data, "temporary")), (0, 1));
    let mut told = engine.subscribe_work();
    let name = WorkId::from("import-1");
    let first = engine.datasets_import(file.clone(), options.clone(), Some(name)).await.expect("imported");
    assert!(told.try_recv().is_err(), "it was read again");
    assert_eq!(listed(&data, "temporary"), 0);
    assert_eq!(first.name, "prices");
    assert_eq!(first_price(&engine, &first).await.as_deref(), Some("1200"));
    engine.datasets_delete(&first.id).await.expect("deleted");

    // As it is when nobody has looked at it before.
    let (path, options) = of_file();
    let plain = engine.datasets_import(path, options, None).await.expect("imported");
    let alike = Dataset { imported_at: first.imported_at, ..plain.clone() };
    assert_eq!(alike, first);

    // Read in another way, changed since, or given up: what was made is of no use.
    engine.datasets_read_ahead(file.clone(), ImportOptions::default(), None).await.expect("read");
    let (path, options) = of_file();
    assert_eq!(engine.datasets_import(path, options, None).await.expect("imported").id, plain.id);
    assert_eq!(listed(&data, "temporary"), 0);
    let (path, options) = of_file();
    engine.datasets_read_ahead(path, options, None).await.expect("read");
    write_prices(&file, 1_700_001);
    let (path, options) = of_file();
    assert_eq!(engine.datasets_import(path, options, None).await.expect("imported").n_rows, 1_700_001);
    let (path, options) = of_file();
    engine.datasets_read_ahead(path, options, None).await.expect("read");
    engine.datasets_give_up(file.clone()).await.expect("given up");
    assert_eq!(listed(&data, "temporary"), 0);
    engine.shutdown().await;
}

#[tokio::test]
async fn nothing_is_refreshed_or_deleted_under_a_job() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("concrete.csv");
    fs::copy(sample("concrete.csv"), &file).expect("copied");
    let engine = open(&folder.path().join("data")).await;
    let dataset = import(&engine, &file, ReadingOptions::default()).await;
    let config = TrainingConfig { epochs: 100_000, ..TrainingConfig::default() };
    let target = dataset.columns.last().expect("a column").name.clone();
    let spec = TrainSpec { dataset: dataset.id.clone(), target, platforms: vec![Platform::Pytorch], config };
    let job = engine.jobs_start(JobSpec::Train(spec)).await.expect("started");
    let text = fs::read_to_string(&file).expect("read");
    fs::write(&file, text.lines().take(900).map(|line| format!("{line}\n")).collect::<String>())
        .expect("written");

    let refused = engine.datasets_refresh(&dataset.id, None).await.expect_err("a job runs");
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (ErrorCode::Conflict, "a job on \"concrete\" has not ended")
    );
    assert_eq!(engine.datasets_delete(&dataset.id).await.expect_err("a job runs").code, ErrorCode::Conflict);
    engine.jobs_cancel(&job).await.expect("cancelled");
    engine.wait(&job).await.expect("ended");

    let second = engine.datasets_refresh(&dataset.id, None).await.expect("read").dataset;
    assert_eq!((second.n_rows, second.version), (899, 2));
    let run = engine.runs_list().await.expect("runs").remove(0);
    assert_eq!(run.dataset.id, dataset.id);
    engine.datasets_delete(&dataset.id).await.expect("deleted");
    assert_eq!(engine.runs_list().await.expect("runs"), [run]);
    assert_eq!(engine.datasets_get(&second.id).await.expect("it stays"), second);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_file_is_known_by_its_content_wherever_it_lies() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, there) = (folder.path().join("here.csv"), folder.path().join("there.csv"));
    write_prices(&here, 12);
    let engine = open(&folder.path().join("data")).await;
    let dataset = import(&engine, &here, commas()).await;
    fs::rename(&here, &there).expect("moved");
    assert_eq!(engine.datasets_source(&dataset.id).await.expect("a look"), SourceState::Missing);
    let again = import(&engine, &there, commas()).await;
    assert_eq!((&again.id, again.name.as_str()), (&dataset.id, "here"));
    assert_eq!(engine.datasets_source(&dataset.id).await.expect("a look"), SourceState::Unchanged);

    // What another dataset holds already is not kept twice.
    let other = folder.path().join("other.csv");
    write_prices(&other, 20);
    let other_dataset = import(&engine, &other, commas()).await;
    write_prices(&there, 20);
    let refreshed = engine.datasets_refresh(&dataset.id, None).await.expect("read");
    assert_eq!((refreshed.outcome, refreshed.dataset.id), (RefreshOutcome::HereAlready, other_dataset.id));
    engine.shutdown().await;
}
