//! How fast teacher, students and controls answer, measured in turn.

use super::{Trouble, Work};
use retort_domain::{InferenceSpeed, NetworkFigures, RunId, StudentComparison};
use std::collections::HashMap;

impl Work {
    /// Fills in the speed of the teacher, where it is one network, and of the
    /// first student and control of each platform; seeds make no difference.
    /// What cannot be measured is left out, and said in the log.
    pub(super) async fn measure_speeds(
        &mut self,
        teacher: &mut NetworkFigures,
        students: &mut [StudentComparison],
    ) -> Result<(), Trouble> {
        let one_network = |figures: &NetworkFigures| {
            let [id] = figures.run_ids.as_slice() else { return None };
            Some(id.clone())
        };
        let first = |figures: &NetworkFigures| figures.run_ids.first().cloned();
        let of_teacher = one_network(teacher);
        let mut ids: Vec<RunId> = of_teacher.iter().cloned().collect();
        for student in students.iter() {
            ids.extend(first(&student.student));
            ids.extend(student.control.as_ref().and_then(first));
        }
        let engine = self.engine.clone();
        let measured = self.unless_stopped(async move {
            Ok(engine.runs_measure(&ids).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the speed of teacher and students could not be measured");
                Vec::new()
            }))
        });
        let measured = measured.await?;
        let speeds: HashMap<RunId, InferenceSpeed> =
            measured.into_iter().filter_map(|run| Some((run.id, run.speed?))).collect();
        let of = |id: Option<RunId>| speeds.get(&id?).cloned();
        teacher.speed = of(of_teacher);
        for student in students {
            student.student.speed = of(first(&student.student));
            if let Some(control) = &mut student.control {
                control.speed = of(first(control));
            }
            student.delta.speedup_batch1 = speedup(teacher.speed.as_ref(), student.student.speed.as_ref());
        }
        Ok(())
    }
}

/// How many times faster the student answers with one row, by medians.
fn speedup(teacher: Option<&InferenceSpeed>, student: Option<&InferenceSpeed>) -> Option<f64> {
    let median = |speed: &InferenceSpeed| Some(speed.batch(1)?.p50_micros).filter(|micros| *micros > 0.0);
    Some(median(teacher?)? / median(student?)?)
}
