//! Teacher, students and controls on the same test rows: what the student gave
//! up, what the teacher was worth, and where the two disagree.

use super::lesson::weights_bytes;
use super::teacher::unreadable;
use super::wording::{self, Answer};
use super::{Lesson, Trouble, Work};
use crate::blocking::blocking;
use retort_domain::{
    Agreement, AppError, Disagreement, DistillationDelta, DistillationResult, DistillationVerdict,
    DistillationWarning, Interval, MAX_DISAGREEMENTS, Metric, MetricSet, NetworkFigures, Platform, Run,
    RunRole, RunStatus, SeedFigure, StudentComparison, TargetTransform, Transfer,
};
use retort_search::statistics::{self, Resampling};
use retort_trainer::lesson::TEACHER_TEST;
use retort_trainer::metrics::{self, Predictions};
use retort_trainer::{Prepared, artifacts, tensors};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A run that succeeded, and what it says of the test rows.
struct Judged {
    run: Run,
    /// `[n_rows, n_outputs]`
    outputs: Vec<f32>,
}

/// What everything is compared on.
struct TestRows<'a> {
    target: &'a TargetTransform,
    metric: Metric,
    /// `[n_rows, n_outputs]`
    teacher: &'a [f32],
    y: &'a [f32],
    /// Rows of the dataset.
    rows: &'a [u32],
}

/// Students and controls of one platform.
struct Contest {
    platform: Platform,
    students: Vec<Run>,
    controls: Vec<Run>,
}

impl Work {
    /// Stores the answer.
    pub(super) async fn compare(&mut self, lesson: &Lesson) -> Result<(), Trouble> {
        let runs = self.runs().await?;
        let Some(teacher) = self.state.teacher.clone() else { return Ok(()) };
        let of = |platform: Platform, wanted: fn(&RunRole) -> bool| -> Vec<Run> {
            let is_wanted = |run: &&Run| run.platform == platform && run.role.as_ref().is_some_and(wanted);
            runs.iter().filter(is_wanted).cloned().collect()
        };
        let contests: Vec<Contest> = self
            .spec
            .platforms
            .iter()
            .map(|&platform| Contest {
                platform,
                students: of(platform, |role| matches!(role, RunRole::Student { .. })),
                controls: of(platform, |role| matches!(role, RunRole::Control)),
            })
            .collect();
        for contest in &contests {
            let together = contest.students.iter().chain(&contest.controls);
            let count = together.filter(|run| run.status == RunStatus::Diverged).count() as u32;
            let warning = DistillationWarning::SomeDiverged { platform: contest.platform, count };
            if count > 0 && !self.state.warnings.contains(&warning) {
                self.state.warnings.push(warning);
            }
        }
        let seed = lesson.preparation.spec.seed;
        let unlabelled =
            if self.spec.transfer == Transfer::None { lesson.preparation.dropped_rows } else { 0 };
        let (prepared, file) = (lesson.prepared.clone(), lesson.file.clone());
        let folders: Vec<Vec<(Run, PathBuf)>> = contests
            .iter()
            .map(|contest| {
                let succeeded = contest.students.iter().chain(&contest.controls);
                let succeeded = succeeded.filter(|run| run.status == RunStatus::Succeeded);
                succeeded.map(|run| (run.clone(), self.engine.inner.folders.run(&run.id))).collect()
            })
            .collect();
        let of_teacher = teacher.clone();
        let compared = blocking(move || {
            let teacher = of_teacher;
            let rows = retort_datasets::read_test_rows(&prepared)?;
            let prepared = Prepared::open(&prepared).map_err(unreadable)?;
            let mut lesson = tensors::read(&file).map_err(unreadable)?;
            let outputs = lesson.tensors.remove(TEACHER_TEST);
            let outputs = outputs.ok_or_else(|| unreadable("the teacher's outputs are missing"))?.data;
            let target = &prepared.preparation().target;
            let test = TestRows {
                target,
                metric: metric_of(target),
                teacher: &outputs,
                y: prepared.test().y,
                rows: &rows,
            };
            let mut students = Vec::new();
            for (contest, folders) in contests.iter().zip(folders) {
                let judged = folders.into_iter().map(|(run, folder)| judge(run, &folder));
                let judged = judged.collect::<Result<Vec<_>, AppError>>()?;
                students.extend(test.compare(contest, judged, &teacher, seed, unlabelled));
            }
            let labels = match target {
                TargetTransform::Classification { labels } => Some(labels.clone()),
                TargetTransform::Regression { .. } => None,
            };
            Ok::<_, AppError>((test.metric, labels, students))
        });
        let (metric, labels, mut students) = self.unless_stopped(compared).await?;
        let mut teacher = teacher;
        self.measure_speeds(&mut teacher, &mut students).await?;
        self.state.result = Some(DistillationResult {
            job_id: self.job_id.clone(),
            metric,
            labels,
            teacher,
            students,
            n_train_rows: lesson.preparation.split.train,
            n_transfer_rows: self.state.n_transfer_rows,
            search: self.state.search.clone(),
            warnings: self.state.warnings.clone(),
        });
        self.keep().await
    }
}

/// By which a distillation is judged.
pub(super) fn metric_of(target: &TargetTransform) -> Metric {
    match target {
        TargetTransform::Classification { .. } => Metric::Accuracy,
        TargetTransform::Regression { .. } => Metric::Rmse,
    }
}

fn judge(run: Run, folder: &std::path::Path) -> Result<Judged, AppError> {
    let path = folder.join(artifacts::TEST_OUTPUTS_FILE);
    let mut file = tensors::read(&path).map_err(unreadable)?;
    let outputs = file.tensors.remove("outputs");
    let outputs = outputs.ok_or_else(|| unreadable(format!("{} is not whole", path.display())))?.data;
    Ok(Judged { run, outputs })
}

/// Mean, spread and values; none without any.
pub(super) fn over_seeds(values: Vec<f64>) -> Option<SeedFigure> {
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let sd = statistics::mean_and_deviation(&values).map(|summary| summary.sd);
    Some(SeedFigure { mean, sd, by_seed: values })
}

impl TestRows<'_> {
    /// None where no student has figures.
    fn compare(
        &self,
        contest: &Contest,
        judged: Vec<Judged>,
        teacher: &NetworkFigures,
        seed: u32,
        unlabelled: u32,
    ) -> Option<StudentComparison> {
        let (controls, students): (Vec<Judged>, Vec<Judged>) =
            judged.into_iter().partition(|judged| matches!(judged.run.role, Some(RunRole::Control)));
        let first = students.first()?;
        let Some(RunRole::Student { distillation }) = first.run.role else { return None };
        let of_teacher = teacher.test.get(&self.metric)?.mean;
        let of_student = self.by_seed(&students);
        let changes = |figures: &[(u32, f64)]| {
            over_seeds(figures.iter().map(|(_, value)| value - of_teacher).collect())
        };
        let of_control = self.by_seed(&controls);
        let gains = self.gains(&of_student, &of_control);
        let gain = statistics::mean_difference(&gains, Resampling::new(seed)).ok();
        let verdict = verdict_of(gain.as_ref());

        let student = figures(&students, "the student");
        let ratio = teacher.weights_bytes / student.weights_bytes;
        let metric_change = changes(&of_student)?;
        let (disagreements, n_disagreements) = self.disagreements(&first.outputs);
        let answer = Answer {
            metric: self.metric,
            size_ratio: ratio,
            change: &metric_change,
            gain: gain.as_ref(),
            verdict,
            has_control: !contest.controls.is_empty(),
            n_seeds: gains.len(),
            unlabelled,
            distillation: &distillation,
        };
        let sentence = wording::sentence(&answer);
        let seeds_left_out = {
            let is_there = |run: &Run, others: &[Judged]| others.iter().any(|j| j.run.id == run.id);
            let mut left_out: Vec<u32> = contest
                .students
                .iter()
                .filter(|run| !is_there(run, &students))
                .chain(contest.controls.iter().filter(|run| !is_there(run, &controls)))
                .map(|run| run.config.seed)
                .collect();
            left_out.sort_unstable();
            left_out.dedup();
            left_out
        };
        Some(StudentComparison {
            platform: contest.platform,
            distillation,
            control: (!controls.is_empty()).then(|| figures(&controls, "the control")),
            delta: DistillationDelta {
                size_reduction_percent: 100.0 * (1.0 - student.weights_bytes / teacher.weights_bytes),
                size_ratio: ratio,
                control_change: changes(&of_control),
                metric_change,
                gain_over_control: gain,
                gain_sd: statistics::mean_and_deviation(&gains).map(|summary| summary.sd),
                gains_by_seed: gains,
                speedup_batch1: None,
                agreement: self.agreement(&students),
            },
            student,
            disagreements,
            n_disagreements,
            confusion: self.confusion(&first.outputs),
            verdict,
            sentence,
            seeds_left_out,
            compressed: Vec::new(),
        })
    }

    /// Each network's figure, with its seed.
    fn by_seed(&self, judged: &[Judged]) -> Vec<(u32, f64)> {
        let figure = |judged: &Judged| {
            let predictions = Predictions { outputs: &judged.outputs, y: self.y };
            let value = metrics::metric(self.target, predictions, self.metric)?;
            Some((judged.run.config.seed, value))
        };
        judged.iter().filter_map(figure).collect()
    }

    /// Student against control of the same seed; above 0 is better.
    fn gains(&self, students: &[(u32, f64)], controls: &[(u32, f64)]) -> Vec<f64> {
        let sign = if self.metric.higher_is_better() { 1.0 } else { -1.0 };
        let pairs = students.iter().filter_map(|(seed, student)| {
            let (_, control) = controls.iter().find(|(other, _)| other == seed)?;
            Some(sign * (student - control))
        });
        pairs.collect()
    }

    fn classes<'a>(&self, outputs: &'a [f32]) -> impl Iterator<Item = usize> + use<'a> {
        outputs.chunks_exact(self.target.n_outputs()).map(metrics::predicted_class)
    }

    fn agreement(&self, students: &[Judged]) -> Agreement {
        let n_rows = self.y.len().max(1) as f64;
        let over_students = |figure: &dyn Fn(&[f32]) -> f64| {
            over_seeds(students.iter().map(|student| figure(&student.outputs)).collect())
        };
        match self.target {
            TargetTransform::Classification { labels } => {
                let same = |outputs: &[f32]| {
                    let pairs = self.classes(self.teacher).zip(self.classes(outputs));
                    100.0 * pairs.filter(|(teacher, student)| teacher == student).count() as f64 / n_rows
                };
                let divergence = |outputs: &[f32]| {
                    let rows =
                        self.teacher.chunks_exact(labels.len()).zip(outputs.chunks_exact(labels.len()));
                    rows.map(|(teacher, student)| metrics::divergence(teacher, student)).sum::<f64>() / n_rows
                };
                Agreement {
                    same_percent: over_students(&same),
                    mean_kl: over_students(&divergence),
                    rms_difference: None,
                }
            }
            TargetTransform::Regression { sd, .. } => {
                let rms = |outputs: &[f32]| {
                    let squares = outputs.iter().zip(self.teacher).map(|(s, t)| f64::from(s - t).powi(2));
                    sd * (squares.sum::<f64>() / n_rows).sqrt()
                };
                Agreement { same_percent: None, mean_kl: None, rms_difference: over_students(&rms) }
            }
        }
    }

    fn disagreements(&self, student: &[f32]) -> (Vec<Disagreement>, u32) {
        if let TargetTransform::Regression { .. } = self.target {
            return (Vec::new(), 0);
        }
        let said = self.classes(self.teacher).zip(self.classes(student));
        let rows = self.rows.iter().zip(self.y).zip(said);
        let mut all: Vec<Disagreement> = rows
            .filter(|(_, (teacher, student))| teacher != student)
            .map(|((&row, &truth), (teacher, student))| Disagreement {
                row,
                truth: truth as u32,
                teacher: teacher as u32,
                student: student as u32,
            })
            .collect();
        all.sort_by_key(|disagreement| disagreement.row);
        let n_all = all.len() as u32;
        all.truncate(MAX_DISAGREEMENTS);
        (all, n_all)
    }

    fn confusion(&self, student: &[f32]) -> Option<Vec<Vec<u32>>> {
        let TargetTransform::Classification { labels } = self.target else { return None };
        let mut counts = vec![vec![0; labels.len()]; labels.len()];
        for (teacher, student) in self.classes(self.teacher).zip(self.classes(student)) {
            counts[teacher][student] += 1;
        }
        Some(counts)
    }
}

/// By the interval of the gain.
pub(super) fn verdict_of(gain: Option<&Interval>) -> DistillationVerdict {
    match gain {
        None => DistillationVerdict::Unknown,
        Some(gain) if gain.low > 0.0 => DistillationVerdict::Pays,
        Some(gain) if gain.high < 0.0 => DistillationVerdict::Costs,
        Some(_) => DistillationVerdict::NoClearDifference,
    }
}

fn figures(judged: &[Judged], name: &str) -> NetworkFigures {
    let outcomes = || judged.iter().filter_map(|judged| judged.run.outcome.as_ref());
    let gather = |part: fn(&retort_domain::PartMetrics) -> &MetricSet| {
        let mut by_metric: BTreeMap<Metric, Vec<f64>> = BTreeMap::new();
        for outcome in outcomes() {
            for (&metric, &value) in part(&outcome.metrics) {
                by_metric.entry(metric).or_default().push(value);
            }
        }
        let figures =
            by_metric.into_iter().filter_map(|(metric, values)| Some((metric, over_seeds(values)?)));
        figures.collect()
    };
    let first = judged.first();
    NetworkFigures {
        run_ids: judged.iter().map(|judged| judged.run.id.clone()).collect(),
        platforms: judged.iter().map(|judged| judged.run.platform).collect(),
        name: name.to_owned(),
        hidden_layers: first.map(|judged| judged.run.config.hidden_layers.clone()).unwrap_or_default(),
        parameter_count: outcomes().next().map_or(0.0, |outcome| f64::from(outcome.parameter_count)),
        weights_bytes: first.and_then(|judged| weights_bytes(&judged.run)).unwrap_or_default(),
        artifact_bytes: first.and_then(|judged| judged.run.artifact_bytes()),
        validation: gather(|metrics| &metrics.validation),
        test: gather(|metrics| &metrics.test),
        train_seconds: outcomes().map(|o| o.train_seconds).sum::<f64>() / outcomes().count().max(1) as f64,
        speed: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three findings of `reference_distillation.json`: gains by seed that have
    /// the means and deviations of its figures.
    #[test]
    fn verdicts_follow_the_interval() {
        let verdict =
            |gains: &[f64]| verdict_of(statistics::mean_difference(gains, Resampling::new(1)).ok().as_ref());
        assert_eq!(verdict(&[0.0452, 0.0464, 0.0476]), DistillationVerdict::Pays);
        assert_eq!(verdict(&[-0.0253, -0.0341, -0.0176]), DistillationVerdict::Costs);
        assert_eq!(verdict(&[0.0031, -0.0022, -0.0084]), DistillationVerdict::NoClearDifference);
        assert_eq!(verdict(&[0.04]), DistillationVerdict::Unknown);
        assert_eq!(verdict(&[]), DistillationVerdict::Unknown);
    }

    #[test]
    fn disagreements_name_the_rows_of_the_dataset() {
        let target = TargetTransform::Classification { labels: vec!["a".into(), "b".into()] };
        let test = TestRows {
            target: &target,
            metric: Metric::Accuracy,
            teacher: &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0],
            y: &[0.0, 1.0, 1.0],
            rows: &[70, 30, 50],
        };
        let (found, n_found) = test.disagreements(&[0.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(n_found, 2);
        assert_eq!(found[0], Disagreement { row: 30, truth: 1, teacher: 1, student: 0 });
        assert_eq!(found[1], Disagreement { row: 70, truth: 0, teacher: 0, student: 1 });
        let confusion = test.confusion(&[0.0, 1.0, 1.0, 0.0, 1.0, 0.0]).unwrap();
        assert_eq!(confusion, [[1, 1], [1, 0]]);
    }

    #[test]
    fn only_pairs_of_a_seed_are_compared() {
        let target = TargetTransform::Regression { mean: 0.0, sd: 1.0 };
        let test = TestRows { target: &target, metric: Metric::Rmse, teacher: &[], y: &[], rows: &[] };
        let gains = test.gains(&[(1, 0.5), (2, 0.75), (3, 0.5)], &[(3, 0.75), (1, 0.25)]);
        assert_eq!(gains, [-0.25, 0.25]);
    }
}
