//! Students and controls: the same network, seeds and rows, with a teacher and
//! without. Those of a platform train together.

use super::request::with_split;
use super::{Lesson, Trouble, Work};
use crate::jobs::active::Stop;
use crate::jobs::task::describe;
use crate::jobs::training::{self, Halt, TrainingData};
use retort_domain::{
    AppError, DistillationError, DistillationWarning, ErrorCode, JobEventKind, Platform, Run, RunRole,
    TrainingConfig,
};
use retort_trainer::{tensors, train};
use tokio::task::JoinSet;

impl Work {
    /// Trains what is not trained yet.
    pub(super) async fn train_students(&mut self, lesson: &Lesson) -> Result<(), Trouble> {
        if !self.runs().await?.iter().any(is_student_or_control) {
            self.add_students(lesson).await?;
        }
        let runs = self.runs().await?;
        let data = TrainingData { prepared: lesson.prepared.clone(), teacher: Some(lesson.file.clone()) };
        let mut tasks = JoinSet::new();
        for &platform in &self.spec.platforms {
            let together = runs.iter().filter(|run| run.platform == platform && is_student_or_control(run));
            let together: Vec<Run> = together.cloned().collect();
            tasks.spawn(training::train(self.engine.clone(), together, data.clone(), self.stop.clone()));
        }
        let mut halted: Option<Halt> = None;
        while let Some(joined) = tasks.join_next().await {
            let result = joined.unwrap_or_else(|error| {
                tracing::error!(%error, job = %self.job_id, "the students' task broke down");
                Err(Halt::Store(
                    AppError::new(ErrorCode::Internal, "the students broke down")
                        .with_hint("Report it with the log"),
                ))
            });
            match result {
                Ok(()) => {}
                // What could not be stored outweighs that the others stopped.
                Err(Halt::Store(error)) => {
                    self.stop.raise(Stop::Broken);
                    halted = Some(Halt::Store(error));
                }
                Err(stopped) => halted = halted.or(Some(stopped)),
            }
        }
        halted.map_or(Ok(()), |halt| Err(halt.into()))
    }

    async fn add_students(&mut self, lesson: &Lesson) -> Result<(), Trouble> {
        let mut added = Vec::new();
        for platform in self.spec.platforms.clone() {
            let student = self.student_of(platform, &lesson.preparation);
            let config = TrainingConfig {
                hidden_layers: student.hidden_layers,
                ..with_split(&self.spec.config, &lesson.preparation.spec)
            };
            self.weigh(platform, &config, lesson)?;
            let distilled = RunRole::Student { distillation: student.distillation };
            let roles = [(distilled, "student"), (RunRole::Control, "control")];
            for (role, what) in roles.into_iter().take(1 + usize::from(self.spec.control)) {
                for offset in 0..self.spec.seeds {
                    let seed = config.seed.wrapping_add(offset);
                    let config = TrainingConfig { seed, ..config.clone() };
                    let mut run =
                        self.new_run(platform, role, config, &format!("{what}, seed {seed}")).await?;
                    describe(&mut run, &lesson.preparation);
                    added.push(JobEventKind::RunAdded { run: Box::new(run) });
                }
            }
        }
        self.keep().await?;
        self.record(added).await
    }

    /// Whether the student is as small as it should be.
    fn weigh(&mut self, platform: Platform, config: &TrainingConfig, lesson: &Lesson) -> Result<(), Trouble> {
        let student = tensors::parameter_count(&train::model_of(config, &lesson.preparation)) as f64;
        let is_searched = self.state.chosen.iter().any(|chosen| chosen.platform == platform);
        if !is_searched && self.spec.budget.max_bytes.is_some_and(|most| student * 4.0 > most) {
            let error: AppError = DistillationError::NothingWithinBudget { n_candidates: 1 }.into();
            return Err(error.into());
        }
        let teacher = self.state.teacher.as_ref().map_or(f64::INFINITY, |teacher| teacher.parameter_count);
        let warning = DistillationWarning::StudentNotSmaller { student, teacher };
        if student >= teacher && !self.state.warnings.contains(&warning) {
            self.state.warnings.push(warning);
        }
        Ok(())
    }
}

/// True for the runs that are compared.
pub(super) fn is_student_or_control(run: &Run) -> bool {
    matches!(run.role, Some(RunRole::Student { .. } | RunRole::Control))
}
