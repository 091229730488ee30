//! Graphs with sessions, kept from one group to the next: on a small table
//! they cost as much as the training.

use crate::compile;
use crate::layout::Layout;
use crate::program::{Evaluation, Execution, TrainingLoop};
use crate::update::Rule;
use retort_domain::protocol::ModelSpec;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use tensorflow::Status;

/// Shapes whose graphs are kept; a sweep has this many at most.
const MAX_SHAPES: usize = 32;

/// The graphs of one shape, each built when first needed.
pub struct Programs {
    /// Of the shape.
    pub layout: Layout,
    evaluation: RefCell<Option<Rc<Evaluation>>>,
    training: RefCell<Vec<(Kind, Rc<TrainingLoop>)>>,
    can_compile: Rc<OnceCell<bool>>,
}

/// What tells training loops of one shape apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The update.
    pub rule: Rule,
    /// All trials see the same rows, or each its own.
    pub shared_rows: bool,
    /// How it is carried out.
    pub execution: Execution,
}

impl Programs {
    fn new(spec: &ModelSpec, can_compile: Rc<OnceCell<bool>>) -> Self {
        Self {
            layout: Layout::new(spec),
            evaluation: RefCell::default(),
            training: RefCell::default(),
            can_compile,
        }
    }

    /// True where the library has a compiler.
    pub fn can_compile(&self) -> bool {
        *self.can_compile.get_or_init(compile::is_available)
    }

    /// For outputs.
    pub fn evaluation(&self) -> Result<Rc<Evaluation>, Status> {
        let mut kept = self.evaluation.borrow_mut();
        match &*kept {
            Some(evaluation) => Ok(Rc::clone(evaluation)),
            None => Ok(Rc::clone(kept.insert(Rc::new(Evaluation::new(&self.layout)?)))),
        }
    }

    /// For training steps.
    pub fn training(&self, kind: Kind) -> Result<Rc<TrainingLoop>, Status> {
        let mut kept = self.training.borrow_mut();
        if let Some((_, training)) = kept.iter().find(|(known, _)| *known == kind) {
            return Ok(Rc::clone(training));
        }
        let training = Rc::new(TrainingLoop::new(&self.layout, kind.rule, kind.shared_rows, kind.execution)?);
        kept.push((kind, Rc::clone(&training)));
        Ok(training)
    }
}

/// The graphs of the shapes used last.
#[derive(Default)]
pub struct Kept {
    programs: RefCell<Vec<Rc<Programs>>>,
    can_compile: Rc<OnceCell<bool>>,
}

impl Kept {
    /// Those of one shape.
    pub fn of(&self, spec: &ModelSpec) -> Rc<Programs> {
        let mut kept = self.programs.borrow_mut();
        let programs = match kept.iter().position(|programs| programs.layout.spec == *spec) {
            Some(at) => kept.remove(at),
            None => Rc::new(Programs::new(spec, Rc::clone(&self.can_compile))),
        };
        if kept.len() >= MAX_SHAPES {
            kept.remove(0);
        }
        kept.push(Rc::clone(&programs));
        programs
    }
}
