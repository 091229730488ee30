//! `retort distill`: a large network into a small one, and what the teacher was
//! worth.

use crate::arguments::{DistillArguments, LossChoice, TransferChoice};
use crate::failure::Failure;
use crate::output::{Output, figure, figure_or_dash, left, right, size, table};
use crate::settings;
use crate::train::{find_or_import, until_told_to_stop, watch};
use retort_domain::{
    AppError, Budget, CompressedFormat, Compression, DistillationError, DistillationLoss, DistillationResult,
    DistillationSnapshot, DistillationSpec, DistillationWarning, ErrorCode, JobId, JobSnapshot, JobSpec,
    JobStatus, Metric, NetworkFigures, RunId, SeedFigure, StudentCandidate, StudentComparison, StudentSearch,
    StudentSpace, SyntheticMethod, Teacher, TrainingConfig, Transfer,
};
use retort_engine::Engine;
use serde_json::{Value, json};

/// Authors' own weight of what is said about the classes that are not right.
const USUAL_BETA: f64 = 8.0;

/// What can be checked before the data folder is touched.
pub fn check(arguments: &DistillArguments) -> Result<(), AppError> {
    spec(arguments, "-".into(), "-".into(), Teacher::Train { config: None }, TrainingConfig::default())?
        .validate()
        .map_err(AppError::from)
}

/// Distils, and prints teacher, student and control.
pub async fn run(
    engine: &Engine,
    output: Output,
    arguments: DistillArguments,
    config: TrainingConfig,
) -> Result<(), Failure> {
    let (dataset, target, teacher) = teacher(engine, &arguments).await?;
    let spec = spec(&arguments, dataset, target, teacher, config)?;
    let id = engine.jobs_start(JobSpec::Distil(Box::new(spec))).await?;
    follow(engine, output, &id).await
}

/// Waits for a distillation of this process, and prints what came of it.
pub async fn follow(engine: &Engine, output: Output, id: &JobId) -> Result<(), Failure> {
    let snapshot = until_told_to_stop(engine, id, watch(engine, id)).await?;
    if engine.distillations_get(id).await?.result.is_some() {
        show(engine, output, &snapshot).await?;
    }
    match (snapshot.job.status, snapshot.job.error) {
        (JobStatus::Cancelled, _) => {
            Err(AppError::new(ErrorCode::Cancelled, format!("job {id} was cancelled")).into())
        }
        (_, Some(error)) => Err(error.into()),
        (_, None) => Ok(()),
    }
}

/// Prints a distillation as it stands.
pub async fn show(engine: &Engine, output: Output, snapshot: &JobSnapshot) -> Result<(), Failure> {
    let distillation = engine.distillations_get(&snapshot.job.id).await?;
    output.print(&document(&distillation), || text(&distillation))?;
    Ok(())
}

/// Dataset, target and teacher: the dataset and target of a run or a sweep are
/// what it was made with.
async fn teacher(
    engine: &Engine,
    arguments: &DistillArguments,
) -> Result<(retort_domain::DatasetId, String, Teacher), AppError> {
    if let Some(sweep) = &arguments.best_of {
        let job = engine.jobs_resolve(sweep).await?;
        let teacher = Teacher::BestOfSweep { job_id: job.id, platform: None };
        return Ok((job.spec.dataset().clone(), job.spec.target().to_owned(), teacher));
    }
    if let Some(dataset) = &arguments.train_teacher_on {
        let dataset = find_or_import(engine, dataset).await?;
        let target = arguments.target.clone().unwrap_or_default();
        let config = match &arguments.teacher_config {
            Some(path) => Some(Box::new(settings::training_config_of(path)?)),
            None => None,
        };
        return Ok((dataset.id, target, Teacher::Train { config }));
    }
    let mut run_ids: Vec<RunId> = Vec::with_capacity(arguments.teacher.len());
    let mut first = None;
    for text in &arguments.teacher {
        let run = engine.runs_resolve(text).await?;
        run_ids.push(run.id.clone());
        first.get_or_insert(run);
    }
    let run = first.ok_or(DistillationError::Teachers { n_teachers: 0 })?;
    Ok((run.dataset.id, run.target, Teacher::Runs { run_ids }))
}

fn spec(
    arguments: &DistillArguments,
    dataset: retort_domain::DatasetId,
    target: String,
    teacher: Teacher,
    config: TrainingConfig,
) -> Result<DistillationSpec, AppError> {
    let student_space: Option<StudentSpace> =
        arguments.student_space.as_deref().map(settings::student_space).transpose()?;
    Ok(DistillationSpec {
        dataset,
        target,
        platforms: arguments.platform.platforms(),
        teacher,
        config,
        loss: arguments.loss.map(|choice| match choice {
            LossChoice::Hinton => DistillationLoss::Hinton,
            LossChoice::Decoupled(beta) => DistillationLoss::Decoupled { beta: beta.unwrap_or(USUAL_BETA) },
            LossChoice::LogitMatching => DistillationLoss::LogitMatching,
            LossChoice::Mse => DistillationLoss::Mse,
            LossChoice::TeacherBounded(margin) => {
                DistillationLoss::TeacherBounded { margin: margin.unwrap_or(0.0) }
            }
        }),
        temperature: arguments.temperature,
        alpha: arguments.alpha,
        seeds: arguments.seeds,
        transfer: match arguments.transfer {
            TransferChoice::None => Transfer::None,
            TransferChoice::Unlabelled => Transfer::Unlabelled,
            TransferChoice::Synthetic(rows) => {
                Transfer::Synthetic { rows, method: SyntheticMethod::Resample }
            }
            TransferChoice::MixUp(rows) => Transfer::Synthetic { rows, method: SyntheticMethod::MixUp },
        },
        control: !arguments.no_control,
        student_space,
        budget: Budget {
            max_bytes: arguments.budget_bytes,
            max_latency_us: None,
            max_points_lost: arguments.budget_points,
        },
        compression: arguments.compress.map(|max_points_lost| Compression { max_points_lost }),
    })
}

/// The document that scripts read: the first platform's student at the top, all
/// of them in `students`.
fn document(distillation: &DistillationSnapshot) -> Value {
    let Some(result) = &distillation.result else {
        return json!({
            "job_id": distillation.job_id, "phase": distillation.phase, "teacher": distillation.teacher,
            "warnings": distillation.warnings, "search": distillation.search,
        });
    };
    let of_student = |comparison: &StudentComparison| {
        let delta = &comparison.delta;
        json!({
            "platform": comparison.platform,
            "control": comparison.control,
            "student": comparison.student,
            "distillation": comparison.distillation,
            "delta": {
                "size_reduction_percent": delta.size_reduction_percent,
                "metric_change": delta.metric_change,
                "control_change": delta.control_change,
                "gain_over_control": delta.gain_over_control.map(|gain| json!({
                    "mean": gain.estimate, "sd": delta.gain_sd, "low": gain.low, "high": gain.high,
                    "by_seed": delta.gains_by_seed,
                })),
                "speedup_batch1": delta.speedup_batch1,
                "agreement": delta.agreement,
            },
            "verdict": comparison.verdict,
            "sentence": comparison.sentence,
            "confusion": comparison.confusion,
            "n_disagreements": comparison.n_disagreements,
            "disagreements": comparison.disagreements,
            "seeds_left_out": comparison.seeds_left_out,
            "compressed": comparison.compressed,
        })
    };
    let students: Vec<Value> = result.students.iter().map(of_student).collect();
    let mut document = json!({
        "job_id": result.job_id, "metric": result.metric, "labels": result.labels,
        "teacher": result.teacher, "n_train_rows": result.n_train_rows,
        "n_transfer_rows": result.n_transfer_rows, "warnings": result.warnings, "search": result.search,
    });
    if let Some(first) = students.first() {
        for key in ["platform", "control", "student", "delta", "verdict", "sentence"] {
            document[key] = first[key].clone();
        }
    }
    document["students"] = json!(students);
    document
}

fn text(distillation: &DistillationSnapshot) -> String {
    let Some(result) = &distillation.result else { return "The distillation has no answer yet.".into() };
    let mut parts: Vec<String> = result
        .students
        .iter()
        .map(|comparison| match result.students.len() {
            1 => comparison.sentence.clone(),
            _ => format!("{}: {}", comparison.platform, comparison.sentence),
        })
        .collect();
    parts.extend(result.warnings.iter().map(warning));
    parts.push(String::new());
    parts.push(side_by_side(result));
    if let Some(search) = &result.search {
        parts.push(candidates(search));
    }
    parts.join("\n")
}

fn warning(warning: &DistillationWarning) -> String {
    match warning {
        DistillationWarning::StudentNotSmaller { student, teacher } => {
            format!("Note: the student has {student:.0} weights, the teacher {teacher:.0}.")
        }
        DistillationWarning::OneSeed => "Note: with one seed no interval can be given.".into(),
        DistillationWarning::SomeDiverged { platform, count } => {
            format!("Note: {count} of the networks on {platform} diverged and are left out.")
        }
    }
}

fn side_by_side(result: &DistillationResult) -> String {
    let row = |who: &str, where_: String, network: &NetworkFigures| {
        vec![
            who.to_owned(),
            where_,
            network.test.get(&result.metric).map_or_else(|| "–".into(), spread),
            format!("{:.0}", network.parameter_count),
            size(network.weights_bytes),
            figure(network.train_seconds),
        ]
    };
    let mut platforms: Vec<&str> = result.teacher.platforms.iter().map(|p| p.key()).collect();
    platforms.dedup();
    let mut rows = vec![row("teacher", platforms.join(", "), &result.teacher)];
    for comparison in &result.students {
        let platform = comparison.platform.key();
        rows.extend(comparison.control.as_ref().map(|control| row("control", platform.into(), control)));
        rows.push(row("student", platform.into(), &comparison.student));
        for made in &comparison.compressed {
            let what = match made.format {
                CompressedFormat::Float16 => "student, float16",
                CompressedFormat::Int8 => "student, int8",
            };
            let what = if made.is_refused { format!("{what} (refused)") } else { what.to_owned() };
            rows.push(vec![
                what,
                platform.into(),
                figure_or_dash(made.test.get(&result.metric).copied()),
                format!("{:.0}", comparison.student.parameter_count),
                size(made.weights_bytes),
                String::new(),
            ]);
        }
    }
    let metric = format!("test {}", word(result.metric));
    let columns =
        [left(""), left("platform"), right(metric), right("weights"), right("size"), right("seconds")];
    table(&columns, &rows)
}

fn spread(figure_: &SeedFigure) -> String {
    match figure_.sd {
        Some(sd) => format!("{} ± {}", figure(figure_.mean), figure(sd)),
        None => figure(figure_.mean),
    }
}

fn word(metric: Metric) -> String {
    crate::runs::word(&metric)
}

fn candidates(search: &StudentSearch) -> String {
    let mut shown: Vec<&StudentCandidate> = search.candidates.iter().collect();
    shown.sort_by(|a, b| a.weights_bytes.total_cmp(&b.weights_bytes).then(a.platform.cmp(&b.platform)));
    let rows: Vec<Vec<String>> = shown
        .into_iter()
        .map(|candidate| {
            let marks =
                [(candidate.is_chosen, "chosen"), (candidate.is_knee, "knee"), (candidate.on_front, "front")];
            let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark);
            let who = if candidate.is_control { "control" } else { "student" };
            vec![
                who.to_owned(),
                candidate.platform.key().to_owned(),
                format!("{:?}", candidate.hidden_layers),
                figure(candidate.distillation.temperature),
                figure(candidate.distillation.alpha),
                figure_or_dash(candidate.validation.get(&search.metric).copied()),
                size(candidate.weights_bytes),
                marks.collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    let metric = format!("validation {}", word(search.metric));
    let columns = [
        left(""),
        left("platform"),
        left("layers"),
        right("T"),
        right("alpha"),
        right(metric),
        right("size"),
        left(""),
    ];
    table(&columns, &rows)
}
