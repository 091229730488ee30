//! Distillations with real workers: what is refused, what the answer holds, and
//! that it is the same whatever happens meanwhile.

use super::support::{open, sample};
use retort_domain::{
    AppError, Budget, ColumnKind, ColumnRole, ColumnRoleChoice, CompressedFormat, Compression,
    DistillationLoss, DistillationResult, DistillationSpec, DistillationVerdict, DistillationWarning,
    ErrorCode, JobEventKind, JobId, JobSpec, JobStatus, Metric, Platform, Run, RunId, RunRole, StudentSpace,
    SyntheticMethod, Teacher, TrainSpec, TrainingConfig, Transfer,
};
use retort_engine::{Engine, ImportOptions};
use std::path::Path;

fn config(hidden_layers: &[u32], epochs: u32) -> TrainingConfig {
    TrainingConfig {
        hidden_layers: hidden_layers.to_vec(),
        epochs,
        validation_fraction: 0.2,
        batch_size: 32,
        learning_rate: 0.003,
        ..TrainingConfig::default()
    }
}

/// Trains runs of a dataset's last column or of the one named, and waits.
async fn train(
    engine: &Engine,
    file: &str,
    target: &str,
    platforms: &[Platform],
    config: TrainingConfig,
) -> Vec<Run> {
    let dataset =
        engine.datasets_import(sample(file), ImportOptions::default(), None).await.expect("imported");
    let spec =
        TrainSpec { dataset: dataset.id, target: target.into(), platforms: platforms.to_vec(), config };
    let id = engine.jobs_start(JobSpec::Train(spec)).await.expect("started");
    engine.wait(&id).await.expect("ended").runs
}

fn from(teachers: &[&Run], config: TrainingConfig) -> DistillationSpec {
    DistillationSpec {
        dataset: teachers[0].dataset.id.clone(),
        target: teachers[0].target.clone(),
        platforms: Platform::ALL.to_vec(),
        teacher: Teacher::Runs { run_ids: teachers.iter().map(|run| run.id.clone()).collect() },
        config,
        loss: None,
        temperature: DistillationSpec::DEFAULT_TEMPERATURE,
        alpha: DistillationSpec::DEFAULT_ALPHA,
        seeds: 2,
        transfer: Transfer::None,
        control: true,
        student_space: None,
        budget: Budget::default(),
        compression: None,
    }
}

async fn start(engine: &Engine, spec: DistillationSpec) -> Result<JobId, AppError> {
    engine.jobs_start(JobSpec::Distil(Box::new(spec))).await
}

async fn answer(engine: &Engine, spec: DistillationSpec) -> (DistillationResult, Vec<Run>) {
    let id = start(engine, spec).await.expect("started");
    ended_well(engine, &id).await
}

async fn penguins(engine: &Engine) -> Vec<Run> {
    train(engine, "penguins.csv", "species", &Platform::ALL, config(&[64, 64], 20)).await
}

/// For the tests that kill: a distillation of both platforms from a teacher that
/// it trains first.
pub async fn eventful(engine: &Engine) -> JobId {
    let dataset = engine
        .datasets_import(sample("concrete.csv"), ImportOptions::default(), None)
        .await
        .expect("imported");
    let target = dataset.columns.last().expect("a column").name.clone();
    let spec = DistillationSpec {
        dataset: dataset.id,
        target,
        platforms: Platform::ALL.to_vec(),
        teacher: Teacher::Train { config: Some(Box::new(config(&[48, 48], 40))) },
        config: TrainingConfig { dropout: 0.1, ..config(&[12], 60) },
        loss: None,
        temperature: 1.0,
        alpha: 0.5,
        seeds: 2,
        transfer: Transfer::Synthetic { rows: 300, method: SyntheticMethod::Resample },
        control: true,
        student_space: Some(StudentSpace {
            hidden_layers: vec![vec![12], vec![6, 6]],
            alpha: vec![0.5, 0.9],
            ..StudentSpace::default()
        }),
        budget: Budget::default(),
        compression: None,
    };
    start(engine, spec).await.expect("started")
}

/// An answer without what depends on ids and clock.
pub async fn timeless(engine: &Engine, id: &JobId) -> DistillationResult {
    let found = engine.distillations_get(id).await.expect("the distillation").result;
    let mut result = found.expect("an answer");
    let nobody = || RunId::from("run");
    result.job_id = JobId::from("job");
    let mut networks = vec![&mut result.teacher];
    for comparison in &mut result.students {
        comparison.delta.speedup_batch1 = None;
        networks.push(&mut comparison.student);
        networks.extend(comparison.control.as_mut());
    }
    for network in networks {
        network.train_seconds = 0.0;
        network.speed = None;
        network.name = String::new();
        network.run_ids.iter_mut().for_each(|id| *id = nobody());
    }
    if let Some(search) = &mut result.search {
        search.elapsed_secs = 0.0;
        search.is_latency_doubtful = false;
        for candidate in &mut search.candidates {
            (candidate.train_seconds, candidate.latency_us) = (0.0, None);
        }
    }
    result
}

#[tokio::test]
async fn the_answer_holds_teacher_student_and_control_of_each_platform() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let teachers = penguins(&engine).await;
    let spec = from(&[&teachers[1]], config(&[6], 15));
    let (result, runs) = answer(&engine, spec).await;

    assert_eq!(result.metric, Metric::Accuracy);
    assert_eq!(result.teacher.platforms, [Platform::Tensorflow]);
    // The figures of an ensemble of one are the run's own.
    let own = teachers[1].outcome.as_ref().expect("an outcome");
    let judged = result.teacher.test[&Metric::Accuracy].mean;
    assert!((judged - own.metrics.test[&Metric::Accuracy]).abs() < 1e-9);
    let names: Vec<(Platform, bool, u32)> = runs
        .iter()
        .map(|run| (run.platform, matches!(run.role, Some(RunRole::Control)), run.config.seed))
        .collect();
    let of =
        |platform| [(platform, false, 0), (platform, false, 1), (platform, true, 0), (platform, true, 1)];
    assert_eq!(names, [of(Platform::Pytorch), of(Platform::Tensorflow)].concat());

    assert_eq!(result.students.len(), 2);
    for comparison in &result.students {
        let control = comparison.control.as_ref().expect("a control");
        assert_eq!((comparison.student.run_ids.len(), control.run_ids.len()), (2, 2));
        assert_eq!(comparison.student.parameter_count, control.parameter_count);
        let test = |run: &Run| run.outcome.as_ref().expect("an outcome").metrics.test[&Metric::Accuracy];
        let of_run = |id: &RunId| runs.iter().find(|run| run.id == *id).map(test).expect("the run");
        let (student, other) = (&comparison.student.run_ids, &control.run_ids);
        for seed in 0..2 {
            let gain = of_run(&student[seed]) - of_run(&other[seed]);
            assert!((comparison.delta.gains_by_seed[seed] - gain).abs() < 1e-12);
            let change = of_run(&student[seed]) - judged;
            assert!((comparison.delta.metric_change.by_seed[seed] - change).abs() < 1e-9);
        }
        let gain = comparison.delta.gain_over_control.expect("two pairs");
        assert!(gain.low <= gain.estimate && gain.estimate <= gain.high);
        assert!(comparison.delta.size_reduction_percent > 90.0);
        let counts = comparison.confusion.as_ref().expect("classes");
        let n_test = runs[0].split.expect("a split").test;
        assert_eq!(counts.iter().flatten().sum::<u32>(), n_test);
        let off_diagonal: u32 =
            (0..3).map(|teacher| counts[teacher].iter().sum::<u32>() - counts[teacher][teacher]).sum();
        assert_eq!(off_diagonal, comparison.n_disagreements);
        assert_eq!(comparison.disagreements.len() as u32, off_diagonal);
    }
    // The same sums on both platforms.
    let by_platform = |i: usize| &result.students[i].student.test[&Metric::LogLoss].by_seed;
    for (a, b) in by_platform(0).iter().zip(by_platform(1)) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn several_teachers_speak_as_one_and_a_second_question_finds_their_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let teachers = penguins(&engine).await;
    let spec = from(&[&teachers[0], &teachers[1]], config(&[6], 3));
    let spec = DistillationSpec {
        platforms: vec![Platform::Pytorch],
        control: false,
        transfer: Transfer::Synthetic { rows: 100, method: SyntheticMethod::MixUp },
        ..spec
    };
    let (result, runs) = answer(&engine, spec.clone()).await;
    assert_eq!(result.teacher.run_ids.len(), 2);
    assert_eq!((result.n_transfer_rows, runs.len()), (100, 2));
    let comparison = &result.students[0];
    assert_eq!((comparison.verdict, &comparison.control), (DistillationVerdict::Unknown, &None));
    assert!(comparison.sentence.contains("There is no control"), "{}", comparison.sentence);

    let lessons = || {
        let prepared = folder.path().join("prepared").join(teachers[0].dataset.id.as_str());
        let files = std::fs::read_dir(prepared).expect("prepared files").flatten();
        let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.contains(".teacher.")).collect();
        names.sort();
        names
    };
    let before = lessons();
    assert_eq!(before.len(), 1);
    let (again, _) = answer(&engine, spec).await;
    assert_eq!(lessons(), before);
    assert_eq!(again.students[0].student.test, comparison.student.test);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_regression_learns_from_a_teacher_that_is_trained_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let id = eventful(&engine).await;
    let ended = engine.wait(&id).await.expect("ended");
    assert_eq!(ended.job.status, JobStatus::Succeeded, "{:?}", ended.job.error);
    let result = engine.distillations_get(&id).await.expect("it").result.expect("an answer");
    assert_eq!(result.metric, Metric::Rmse);
    assert!(matches!(ended.runs[0].role, Some(RunRole::Teacher)));
    let search = result.search.expect("a search");
    // Two shapes, two weights, a control each, on two platforms.
    assert_eq!(search.candidates.len(), 2 * (2 * 2 + 2));
    assert!(search.candidates.iter().all(|c| c.validation.contains_key(&Metric::Rmse)));
    assert!(search.candidates.iter().all(|c| c.latency_us.is_some_and(|time| time > 0.0)));
    for platform in Platform::ALL {
        let chosen = search.candidates.iter().filter(|c| c.platform == platform && c.is_chosen);
        let chosen: Vec<_> = chosen.collect();
        assert_eq!(chosen.len(), 1);
        let comparison = result.students.iter().find(|s| s.platform == platform).expect("a student");
        assert_eq!(comparison.student.hidden_layers, chosen[0].hidden_layers);
        assert_eq!(comparison.distillation, chosen[0].distillation);
        assert_eq!(comparison.distillation.loss, DistillationLoss::Mse);
        // The search's student is the experiment's first.
        let tried = chosen[0].validation[&Metric::Rmse];
        let trained = comparison.student.validation[&Metric::Rmse].by_seed[0];
        assert!((tried - trained).abs() <= 1e-5 * tried, "{platform}: {tried} {trained}");
        assert!(comparison.delta.agreement.rms_difference.is_some());
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn rows_without_a_target_are_learned_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let path = folder.path().join("few labels.csv");
    std::fs::write(&path, few_labels()).expect("written");
    let path = path.display().to_string();
    let teachers = train(&engine, &path, "species", &[Platform::Pytorch], config(&[64, 64], 40)).await;
    let spec = DistillationSpec {
        transfer: Transfer::Unlabelled,
        alpha: 1.0,
        compression: Some(Compression { max_points_lost: 5.0 }),
        ..from(&[&teachers[0]], config(&[8], 30))
    };
    let (result, runs) = answer(&engine, spec).await;
    assert!(result.n_transfer_rows > 200, "{}", result.n_transfer_rows);
    for comparison in &result.students {
        let accuracy = comparison.student.test[&Metric::Accuracy].mean;
        assert!(accuracy > 0.85, "{accuracy}");
        let first = runs.iter().find(|run| run.id == comparison.student.run_ids[0]).expect("the run");
        let left = &first.outcome.as_ref().expect("an outcome").artifacts;
        for (made, format) in comparison.compressed.iter().zip(CompressedFormat::ALL) {
            assert_eq!((made.format, made.is_refused), (format, false), "{made:?}");
            let change = made.metric_change.expect("a figure");
            assert!(change.abs() < 0.05, "{change}");
            let file = left.iter().find(|artifact| artifact.bytes == made.weights_bytes).expect("the file");
            let path = folder.path().join("runs").join(first.id.as_str()).join(&file.name);
            assert_eq!(std::fs::metadata(path).expect("the file").len() as f64, made.weights_bytes);
        }
        assert_eq!(comparison.compressed.len(), 2);
    }
    engine.shutdown().await;
}

/// The sample with three of four targets blanked.
fn few_labels() -> String {
    let text = std::fs::read_to_string(sample("penguins.csv")).expect("the sample");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let target = header.split(',').position(|name| name == "species").expect("the column");
    let mut made = vec![header.to_owned()];
    made.extend(lines.enumerate().map(|(row, line)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if row % 4 != 0 {
            cells[target] = "";
        }
        cells.join(",")
    }));
    made.join("\n")
}

#[tokio::test]
async fn what_cannot_teach_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let pytorch = [Platform::Pytorch];
    let teachers = train(&engine, "penguins.csv", "species", &pytorch, config(&[32], 2)).await;
    let teacher = &teachers[0];
    let small = || from(&[teacher], config(&[4], 2));
    let other_table = train(&engine, "concrete.csv", "compressive_strength", &pytorch, config(&[8], 2)).await;
    let other_target = train(&engine, "penguins.csv", "sex", &pytorch, config(&[8], 2)).await;
    let other_split = TrainingConfig { seed: 5, ..config(&[8], 2) };
    let other_split = train(&engine, "penguins.csv", "species", &pytorch, other_split).await;
    let other_columns = TrainingConfig { exclude: vec!["island".into()], ..config(&[8], 2) };
    let other_columns = train(&engine, "penguins.csv", "species", &pytorch, other_columns).await;
    let diverged = TrainingConfig {
        learning_rate: 1000.0,
        weight_decay: 1000.0,
        optimizer: retort_domain::Optimizer::Sgd,
        ..config(&[8, 8], 3)
    };
    let diverged = train(&engine, "penguins.csv", "species", &pytorch, diverged).await;
    let two = |other: &Run| from(&[teacher, other], config(&[4], 2));
    let named =
        |run: &Run| DistillationSpec { teacher: Teacher::Runs { run_ids: vec![run.id.clone()] }, ..small() };

    let table: Vec<(&str, ErrorCode, DistillationSpec)> = vec![
        ("not on \"penguins\"", ErrorCode::Conflict, named(&other_table[0])),
        ("predicts sex, not species", ErrorCode::Conflict, named(&other_target[0])),
        ("on different splits", ErrorCode::Conflict, two(&other_split[0])),
        ("from different columns", ErrorCode::Conflict, two(&other_columns[0])),
        ("cannot teach: its loss diverged", ErrorCode::Conflict, named(&diverged[0])),
        (
            "there is no run nobody",
            ErrorCode::NotFound,
            DistillationSpec { teacher: Teacher::Runs { run_ids: vec!["nobody".into()] }, ..small() },
        ),
        (
            "this loss is for a regression",
            ErrorCode::InvalidConfig,
            DistillationSpec { loss: Some(DistillationLoss::Mse), ..small() },
        ),
        ("temperature is 0", ErrorCode::InvalidConfig, DistillationSpec { temperature: 0.0, ..small() }),
        ("alpha is 2", ErrorCode::InvalidConfig, DistillationSpec { alpha: 2.0, ..small() }),
    ];
    for (part, code, spec) in table {
        let error = start(&engine, spec).await.expect_err(part);
        assert!(error.message.contains(part), "{}", error.message);
        assert_eq!(error.code, code, "{}", error.message);
        assert!(error.hint.is_some(), "{}", error.message);
    }
    std::fs::remove_file(folder.path().join("runs").join(teacher.id.as_str()).join("weights.safetensors"))
        .expect("removed");
    let error = start(&engine, small()).await.expect_err("no weights");
    assert!(error.message.contains("missing or damaged"), "{}", error.message);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_larger_student_is_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let teachers = train(&engine, "penguins.csv", "species", &[Platform::Pytorch], config(&[4], 5)).await;
    let spec = DistillationSpec {
        seeds: 1,
        platforms: vec![Platform::Pytorch],
        ..from(&[&teachers[0]], config(&[32], 2))
    };
    let (result, _) = answer(&engine, spec).await;
    assert!(
        result.warnings.iter().any(|w| matches!(w, DistillationWarning::StudentNotSmaller { .. })),
        "{:?}",
        result.warnings
    );
    assert!(result.warnings.contains(&DistillationWarning::OneSeed));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_teacher_that_is_deleted_meanwhile_has_said_what_it_had_to_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let teachers = penguins(&engine).await;
    let spec = from(&[&teachers[0]], config(&[6], 200));
    let (undisturbed, _) = answer(&engine, spec.clone()).await;

    let id = start_and_see_it_train(&engine, spec).await;
    engine.runs_delete(&teachers[0].id).await.expect("deleted");
    assert!(!Path::new(folder.path()).join("runs").join(teachers[0].id.as_str()).exists());
    assert_same_students(&ended_well(&engine, &id).await.0, &undisturbed);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_dataset_that_is_changed_meanwhile_changes_no_answer_or_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("penguins.csv");
    std::fs::copy(sample("penguins.csv"), &file).expect("copied");
    let engine = open(&folder.path().join("data")).await;
    let path = file.display().to_string();
    let teachers = train(&engine, &path, "species", &[Platform::Pytorch], config(&[64, 64], 20)).await;
    let dataset = teachers[0].dataset.id.clone();
    let spec = from(&[&teachers[0]], config(&[6], 200));
    let (undisturbed, _) = answer(&engine, spec.clone()).await;
    let text = std::fs::read_to_string(&file).expect("read");
    let fewer: String = text.lines().take(200).map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, fewer).expect("written");

    // What would change its rows is refused while it runs, …
    let id = start_and_see_it_train(&engine, spec.clone()).await;
    let as_names = || engine.datasets_kind_set(&dataset, "body_mass_g".into(), ColumnKind::Category);
    let refused = [
        as_names().await.err(),
        engine.datasets_delete(&dataset).await.err(),
        engine.datasets_refresh(&dataset, None).await.err(),
    ];
    for error in refused {
        let error = error.expect("a job runs");
        assert_eq!(error.message, "a job on \"penguins\" has not ended");
        assert!(error.hint.is_some());
    }
    // … and what would not makes no difference.
    engine.datasets_rename(&dataset, "birds".into()).await.expect("renamed");
    let excluded = ColumnRole::Excluded { because: "no matter".into() };
    let choice = |column: &str, role| ColumnRoleChoice { column: column.into(), role };
    let choices = vec![choice("island", excluded), choice("sex", ColumnRole::Target)];
    engine.datasets_roles_set(&dataset, choices).await.expect("described");
    assert_same_students(&ended_well(&engine, &id).await.0, &undisturbed);
    // Nor does it to one that begins afterwards: a student sees what its teacher saw.
    let (afterwards, _) = answer(&engine, spec.clone()).await;
    assert_same_students(&afterwards, &undisturbed);

    // A column that the teacher saw otherwise is another thing.
    as_names().await.expect("nothing runs");
    let id = start(&engine, spec).await.expect("started");
    let ended = engine.wait(&id).await.expect("ended");
    let error = ended.job.error.expect("a reason");
    assert_eq!((ended.job.status, error.code), (JobStatus::Failed, ErrorCode::Conflict), "{error:?}");
    assert!(error.message.contains("no longer gives the rows and columns"), "{}", error.message);
    assert!(error.hint.is_some());
    assert!(ended.runs.is_empty(), "nothing was trained");
    engine.shutdown().await;
}

/// Starts a distillation and waits for its first epoch.
async fn start_and_see_it_train(engine: &Engine, spec: DistillationSpec) -> JobId {
    let mut events = engine.subscribe();
    let id = start(engine, spec).await.expect("started");
    loop {
        let event = events.recv().await.expect("an event");
        if event.job_id == id && matches!(event.kind, JobEventKind::Epoch { .. }) {
            return id;
        }
    }
}

/// The answer once it is there, and the job's runs.
async fn ended_well(engine: &Engine, id: &JobId) -> (DistillationResult, Vec<Run>) {
    let ended = engine.wait(id).await.expect("ended");
    assert_eq!(ended.job.status, JobStatus::Succeeded, "{:?}", ended.job.error);
    let snapshot = engine.distillations_get(id).await.expect("the distillation");
    (snapshot.result.expect("an answer"), ended.runs)
}

fn assert_same_students(disturbed: &DistillationResult, undisturbed: &DistillationResult) {
    assert_eq!(disturbed.students.len(), undisturbed.students.len());
    for (a, b) in disturbed.students.iter().zip(&undisturbed.students) {
        assert_eq!(a.student.test, b.student.test);
        assert_eq!(a.delta.gains_by_seed, b.delta.gains_by_seed);
    }
}
