//! Graphs with sessions, kept from one group to the next: on a small table
//! they cost as much as the training.

use crate::layout::Layout;
use crate::program::{Evaluation, TrainingLoop};
use crate::update::Rule;
use retort_domain::protocol::ModelSpec;
use std::cell::RefCell;
use std::rc::Rc;
use tensorflow::Status;

/// Shapes whose graphs are kept; a sweep has this many at most.
const MAX_SHAPES: usize = 32;

/// The graphs of one shape, each built when first needed.
pub struct Programs {
    /// Of the shape.
    pub layout: Layout,
    evaluation: RefCell<Option<Rc<Evaluation>>>,
    training: RefCell<Vec<(Rule, bool, Rc<TrainingLoop>)>>,
}

impl Programs {
    fn new(spec: &ModelSpec) -> Self {
        Self { layout: Layout::new(spec), evaluation: RefCell::default(), training: RefCell::default() }
    }

    /// For outputs.
    pub fn evaluation(&self) -> Result<Rc<Evaluation>, Status> {
        let mut kept = self.evaluation.borrow_mut();
        match &*kept {
            Some(evaluation) => Ok(Rc::clone(evaluation)),
            None => Ok(Rc::clone(kept.insert(Rc::new(Evaluation::new(&self.layout)?)))),
        }
    }

    /// For training steps in which all trials see the same rows, or each its
    /// own.
    pub fn training(&self, rule: Rule, shared_rows: bool) -> Result<Rc<TrainingLoop>, Status> {
        let mut kept = self.training.borrow_mut();
        if let Some((_, _, training)) = kept.iter().find(|(r, s, _)| (*r, *s) == (rule, shared_rows)) {
            return Ok(Rc::clone(training));
        }
        let training = Rc::new(TrainingLoop::new(&self.layout, rule, shared_rows)?);
        kept.push((rule, shared_rows, Rc::clone(&training)));
        Ok(training)
    }
}

/// The graphs of the shapes used last.
#[derive(Default)]
pub struct Kept(RefCell<Vec<Rc<Programs>>>);

impl Kept {
    /// Those of one shape.
    pub fn of(&self, spec: &ModelSpec) -> Rc<Programs> {
        let mut kept = self.0.borrow_mut();
        let programs = match kept.iter().position(|programs| programs.layout.spec == *spec) {
            Some(at) => kept.remove(at),
            None => Rc::new(Programs::new(spec)),
        };
        if kept.len() >= MAX_SHAPES {
            kept.remove(0);
        }
        kept.push(Rc::clone(&programs));
        programs
    }
}
