//! The student that suits best: shapes, temperatures and weights of the soft
//! loss, each with a control, trained in groups of one shape and judged on
//! validation rows against their size. Test rows are left alone.

use super::comparison::metric_of;
use super::request::{is_for_classes, with_split};
use super::{Lesson, Trouble, Work};
use crate::jobs::training::Halt;
use crate::speed::{Extent, MAX_NETWORKS};
use crate::sweeps::group::{GroupEnd, GroupTask, News};
use retort_domain::protocol::{Frame, GroupRequest, MeasuredNetwork, Purpose, TrialRequest, TrialResult};
use retort_domain::{
    AppError, Distillation, DistillationError, DistillationPhase, ErrorCode, JudgedEpoch, Metric, MetricSet,
    Platform, RunId, StudentCandidate, StudentSearch, TrainingConfig,
};
use retort_search::pareto;
use retort_store::ChosenStudent;
use retort_trainer::{tensors, train};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Times that a group is given to a worker.
const MAX_ATTEMPTS: u32 = 4;
/// Groups whose news wait to be heard.
const NEWS_AT_ONCE: usize = 64;

/// Students of one shape on one platform, with their control.
#[derive(Clone)]
struct ShapeGroup {
    platform: Platform,
    members: Vec<StudentCandidate>,
    attempts: u32,
}

impl Work {
    /// Searches where that was asked for, and settles on a student of each
    /// platform.
    pub(super) async fn search(&mut self, lesson: &Lesson) -> Result<(), Trouble> {
        if self.spec.student_space.is_none() || !self.state.chosen.is_empty() {
            return Ok(());
        }
        self.enter(DistillationPhase::Searching).await?;
        let metric = metric_of(&lesson.preparation.target);
        let teacher = self.state.teacher.as_ref().and_then(|t| t.validation.get(&metric)).map(|f| f.mean);
        let search = self.state.search.get_or_insert_with(|| StudentSearch {
            metric,
            teacher,
            candidates: Vec::new(),
            elapsed_secs: 0.0,
            is_latency_doubtful: false,
        });
        let known = search.candidates.clone();
        let elapsed_before = search.elapsed_secs;
        let groups = self.groups(lesson, &known);
        let folder = self.engine.inner.folders.distillation(&self.job_id);
        tokio::fs::create_dir_all(&folder)
            .await
            .map_err(|error| crate::runs::cannot_write(&folder, &error))?;
        let started = Instant::now();
        self.train_groups(lesson, groups, &folder, |search| {
            search.elapsed_secs = elapsed_before + started.elapsed().as_secs_f64();
        })
        .await?;
        self.time_shapes(lesson).await?;
        self.choose(metric)?;
        self.keep().await?;
        let _ = tokio::fs::remove_dir_all(&folder).await;
        Ok(())
    }

    /// What is still to be trained, in groups of a shape and platform.
    fn groups(&self, lesson: &Lesson, known: &[StudentCandidate]) -> Vec<ShapeGroup> {
        let Some(space) = &self.spec.student_space else { return Vec::new() };
        let own = self.spec.distillation(is_for_classes(&lesson.preparation));
        let or_own = |list: &[f64], own: f64| if list.is_empty() { vec![own] } else { list.to_vec() };
        let temperatures = or_own(&space.temperature, own.temperature);
        let alphas = or_own(&space.alpha, own.alpha);
        let shapes = match space.hidden_layers.as_slice() {
            [] => vec![self.spec.config.hidden_layers.clone()],
            shapes => shapes.to_vec(),
        };
        let mut groups = Vec::new();
        let mut number = 0;
        for hidden_layers in shapes {
            let config = TrainingConfig { hidden_layers, ..self.spec.config.clone() };
            let size = tensors::parameter_count(&train::model_of(&config, &lesson.preparation));
            let candidate =
                |number: u32, platform: Platform, is_control: bool, distillation| StudentCandidate {
                    number,
                    platform,
                    is_control,
                    hidden_layers: config.hidden_layers.clone(),
                    distillation,
                    parameter_count: u32::try_from(size).unwrap_or(u32::MAX),
                    weights_bytes: 4.0 * size as f64,
                    validation: MetricSet::new(),
                    best_epoch: 0,
                    train_seconds: 0.0,
                    latency_us: None,
                    on_front: false,
                    is_knee: false,
                    is_within_budget: false,
                    is_chosen: false,
                };
            let first = number + 1;
            let mut distillations = Vec::new();
            for &temperature in &temperatures {
                for &alpha in &alphas {
                    number += 1;
                    distillations.push((number, Distillation { temperature, alpha, ..own }));
                }
            }
            for &platform in &self.spec.platforms {
                let students = distillations.iter().map(|&(n, d)| candidate(n, platform, false, d));
                let control = self.spec.control.then(|| candidate(first, platform, true, distillations[0].1));
                let members: Vec<StudentCandidate> = students.chain(control).collect();
                let is_known = |member: &StudentCandidate| known.iter().any(|other| is_same(other, member));
                if !members.iter().all(is_known) {
                    groups.push(ShapeGroup { platform, members, attempts: 0 });
                }
            }
        }
        groups
    }

    async fn train_groups(
        &mut self,
        lesson: &Lesson,
        mut groups: Vec<ShapeGroup>,
        folder: &Path,
        clock: impl Fn(&mut StudentSearch),
    ) -> Result<(), Trouble> {
        let (sender, mut news) = mpsc::channel(NEWS_AT_ONCE);
        let mut tasks = JoinSet::new();
        let metric = objective_of(metric_of(&lesson.preparation.target));
        let mut start = |work: &Self, id: usize, group: &ShapeGroup| {
            let task = GroupTask {
                engine: work.engine.clone(),
                id: id as u32,
                platform: group.platform,
                request: work.group_request(lesson, id, group, folder, metric),
                stop: work.stop.clone(),
                news: sender.clone(),
            };
            tasks.spawn(task.run());
        };
        for (id, group) in groups.iter().enumerate() {
            start(self, id, group);
        }
        let mut left = groups.len();
        let mut stopped = false;
        while left > 0 {
            let Some((id, told)) = news.recv().await else { break };
            let group = &mut groups[id as usize];
            match told {
                News::Started => {}
                News::Frames(frames) => frames.into_iter().for_each(|frame| take_in(group, frame)),
                News::Ended(GroupEnd::Done) => {
                    left -= 1;
                    if let Some(search) = &mut self.state.search {
                        search.candidates.retain(|known| !group.members.iter().any(|m| is_same(m, known)));
                        search.candidates.extend(group.members.iter().cloned());
                        search.candidates.sort_by_key(|c| (c.number, c.platform, c.is_control));
                        clock(search);
                    }
                    self.keep().await?;
                }
                News::Ended(GroupEnd::Stopped) => {
                    left -= 1;
                    stopped = true;
                }
                News::Ended(GroupEnd::Died(death)) => {
                    group.attempts += 1;
                    if group.attempts >= MAX_ATTEMPTS {
                        let message = format!("{} ({} times in a row)", death.reason, group.attempts);
                        return Err(AppError::new(ErrorCode::WorkerFailed, message)
                            .with_hint("Try smaller shapes; if it stays, look at the log")
                            .into());
                    }
                    let group = group.clone();
                    start(self, id as usize, &group);
                }
                News::Ended(GroupEnd::TooLarge(message)) => {
                    return Err(AppError::new(ErrorCode::LimitReached, message)
                        .with_hint("Leave out the largest shapes")
                        .into());
                }
                News::Ended(GroupEnd::Refused(message)) => {
                    return Err(crate::jobs::training::worker_refused(&message).into());
                }
                News::Ended(GroupEnd::Unusable(error)) => return Err(error.into()),
            }
        }
        if stopped {
            let reason = self.stop.clone().raised().await;
            return Err(Trouble::Halt(Halt::Stopped(reason)));
        }
        Ok(())
    }

    fn group_request(
        &self,
        lesson: &Lesson,
        id: usize,
        group: &ShapeGroup,
        folder: &Path,
        objective: Metric,
    ) -> GroupRequest {
        let config = with_split(&self.spec.config, &lesson.preparation.spec);
        let trials = group.members.iter().map(|member| TrialRequest {
            run_id: name_of(member),
            config: TrainingConfig { hidden_layers: member.hidden_layers.clone(), ..config.clone() },
            artifact_dir: folder.to_owned(),
            continue_from: None,
            pause_after: None,
            distillation: (!member.is_control).then_some(member.distillation),
        });
        GroupRequest {
            prepared: lesson.prepared.clone(),
            trials: trials.collect(),
            checkpoint: checkpoint(folder, id),
            checkpoint_every_secs: self.engine.inner.checkpoint_every_secs,
            purpose: Purpose::Sweep { objective, judged_epoch: JudgedEpoch::Best },
            teacher: Some(lesson.file.clone()),
        }
    }

    /// Measures how fast each shape answers on its platform. The weights make no
    /// difference to it, so that one network of a shape stands for all; teacher,
    /// student and control are measured from their own files at the end.
    async fn time_shapes(&mut self, lesson: &Lesson) -> Result<(), Trouble> {
        let Some(search) = &self.state.search else { return Ok(()) };
        let mut shapes: Vec<(Platform, Vec<u32>)> = Vec::new();
        for candidate in search.candidates.iter().filter(|c| c.latency_us.is_none()) {
            let shape = (candidate.platform, candidate.hidden_layers.clone());
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        let untrained = |(platform, hidden_layers): &(Platform, Vec<u32>)| {
            let config = TrainingConfig { hidden_layers: hidden_layers.clone(), ..self.spec.config.clone() };
            let spec = train::model_of(&config, &lesson.preparation);
            (*platform, MeasuredNetwork::Untrained { spec })
        };
        for some in shapes.chunks(MAX_NETWORKS) {
            let networks: Vec<_> = some.iter().map(untrained).collect();
            let speeds = match self.unless_stopped(self.engine.measure(&networks, Extent::OneRow)).await {
                Ok(speeds) => speeds,
                // Without a figure nothing can be held against a budget of time;
                // all else can do without.
                Err(Trouble::Failed(error)) if self.spec.budget.max_latency_us.is_none() => {
                    tracing::warn!(%error, "students' speed was not measured");
                    return Ok(());
                }
                Err(trouble) => return Err(trouble),
            };
            let Some(search) = &mut self.state.search else { return Ok(()) };
            search.is_latency_doubtful |= speeds.iter().any(|speed| !speed.is_reliable);
            for ((platform, hidden_layers), speed) in some.iter().zip(speeds) {
                let one_row = speed.batches.iter().find(|b| b.rows == 1).map(|b| b.p50_micros);
                for candidate in &mut search.candidates {
                    if candidate.platform == *platform && candidate.hidden_layers == *hidden_layers {
                        candidate.latency_us = one_row;
                    }
                }
            }
            self.keep().await?;
        }
        Ok(())
    }

    /// Marks front, knee and budget, and settles on a student of each platform.
    fn choose(&mut self, metric: Metric) -> Result<(), Trouble> {
        let budget = self.spec.budget;
        let Some(search) = &mut self.state.search else { return Ok(()) };
        let teacher = search.teacher;
        for &platform in &self.spec.platforms {
            let of_platform = |candidate: &StudentCandidate| candidate.platform == platform;
            let students: Vec<usize> = (0..search.candidates.len())
                .filter(|&i| of_platform(&search.candidates[i]) && !search.candidates[i].is_control)
                .collect();
            let points: Vec<[f64; 2]> = students
                .iter()
                .map(|&i| {
                    let candidate = &search.candidates[i];
                    [loss_of(candidate, metric), candidate.weights_bytes.ln()]
                })
                .collect();
            let front = pareto::pareto_front(&points);
            let knee = pareto::knee(&points, &front);
            for (place, &i) in students.iter().enumerate() {
                let candidate = &mut search.candidates[i];
                candidate.on_front = front.contains(&place);
                candidate.is_knee = knee == Some(place);
                let is_small = budget.max_bytes.is_none_or(|most| candidate.weights_bytes <= most);
                let lost = points_lost(candidate.validation.get(&metric).copied(), teacher, metric);
                let is_good = budget.max_points_lost.is_none_or(|most| lost.is_some_and(|l| l <= most));
                let is_fast = budget
                    .max_latency_us
                    .is_none_or(|most| candidate.latency_us.is_some_and(|own| own <= most));
                candidate.is_within_budget = is_small && is_good && is_fast;
            }
            let best = |allowed: &dyn Fn(usize) -> bool| {
                (0..students.len()).filter(|&place| allowed(place) && points[place][0].is_finite()).min_by(
                    |&a, &b| {
                        points[a][0].total_cmp(&points[b][0]).then(points[a][1].total_cmp(&points[b][1]))
                    },
                )
            };
            let chosen = if budget.is_free() {
                knee.or_else(|| best(&|_| true))
            } else {
                best(&|place| search.candidates[students[place]].is_within_budget)
            };
            let Some(chosen) = chosen else {
                let n_candidates = students.len();
                return Err(AppError::from(DistillationError::NothingWithinBudget { n_candidates }).into());
            };
            let chosen = &mut search.candidates[students[chosen]];
            chosen.is_chosen = true;
            self.state.chosen.push(ChosenStudent {
                platform,
                hidden_layers: chosen.hidden_layers.clone(),
                distillation: chosen.distillation,
            });
        }
        Ok(())
    }
}

fn is_same(a: &StudentCandidate, b: &StudentCandidate) -> bool {
    (a.number, a.platform, a.is_control) == (b.number, b.platform, b.is_control)
}

/// As workers and files name it.
fn name_of(candidate: &StudentCandidate) -> RunId {
    let what = if candidate.is_control { "control" } else { "student" };
    RunId(format!("{what}-{}-{}", candidate.number, candidate.platform.key()))
}

fn checkpoint(folder: &Path, group: usize) -> PathBuf {
    folder.join(format!("group-{group}.checkpoint.safetensors"))
}

/// What decides which epoch counts: as for a run, the loss.
fn objective_of(metric: Metric) -> Metric {
    if metric.higher_is_better() { Metric::LogLoss } else { metric }
}

fn take_in(group: &mut ShapeGroup, frame: Frame) {
    if let Frame::TrialEnded { run_id, result } = frame
        && let Some(member) = group.members.iter_mut().find(|member| name_of(member) == run_id)
    {
        let TrialResult { best_epoch, metrics, train_seconds, parameter_count, .. } = result;
        member.validation = metrics;
        member.best_epoch = best_epoch;
        member.train_seconds = train_seconds;
        member.parameter_count = parameter_count;
    }
}

/// Smaller is better; one that diverged has none.
fn loss_of(candidate: &StudentCandidate, metric: Metric) -> f64 {
    match candidate.validation.get(&metric) {
        Some(value) if metric.higher_is_better() => -value,
        Some(value) => *value,
        None => f64::INFINITY,
    }
}

/// Percentage points below the teacher, or percent above its error.
fn points_lost(own: Option<f64>, teacher: Option<f64>, metric: Metric) -> Option<f64> {
    let (own, teacher) = (own?, teacher?);
    Some(if metric.higher_is_better() { 100.0 * (teacher - own) } else { 100.0 * (own / teacher - 1.0) })
}
