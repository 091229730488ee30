//! Graphs with their sessions. Training is one while loop in the graph: a
//! session call takes weights, optimiser state and the rows of many steps in
//! and gives weights, state and losses back, so that what a call costs is
//! spread over its steps, and nothing lives in TensorFlow between calls. A
//! graph serves any number of trials. The loop is interpreted, operation by
//! operation, or compiled as a whole.

use crate::compile;
use crate::layout::Layout;
use crate::network::{self, Batch, Features};
use crate::nodes::{Nodes, scalar, tensor};
use crate::soft_loss::{N_SETTINGS, Soft};
use crate::state::State;
use crate::update::{self, Numbers, Rule};
use retort_domain::Task;
use tensorflow::{
    Code, DataType, FetchToken, Graph, Output, Session, SessionOptions, SessionRunArgs, Status, Tensor,
    WhileBuilder,
};

/// ConfigProto: one thread within an operation (field 2), and operations in the
/// thread that calls (field 5 is -1, in ten bytes). Small networks lose by more
/// threads, a hand-over to one takes longer than a small network's answer, and
/// sums stay the same.
const ONE_THREAD: [u8; 13] = [0x10, 1, 0x28, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1];

/// ConfigProto: graphs are carried out as they were built (field 10, graph
/// options; of those field 10, rewriting; of that field 19, no rewriter at all).
/// Rewriting took 40 ms a shape, longer than many a training, and made no step
/// faster.
const AS_BUILT: [u8; 7] = [0x52, 5, 0x52, 3, 0x98, 1, 1];

/// How a training loop is carried out. The two round differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// Ready at once.
    Interpreted,
    /// By XLA, anew for each number of trials, rows and steps laid out, which
    /// takes a second or so; several times as fast after that.
    Compiled,
}

/// What some steps of equally large batches are trained on.
pub struct Steps<'a> {
    /// How many of the steps laid out are trained.
    pub n_steps: usize,
    /// `[n_rows, n_features + 1]`, the last column ones.
    pub x: &'a Tensor<f32>,
    /// `[n_rows]`
    pub y: &'a Targets,
    /// `[steps, batch]`, or `[steps, K, batch]` for a loop whose trials
    /// have rows of their own.
    pub rows: &'a Tensor<i32>,
    /// `[steps, Numbers::COUNT, K, 1]`
    pub numbers: &'a Tensor<f32>,
    /// `[K, n_classes]`
    pub class_weights: Option<&'a Tensor<f32>>,
    /// Where a trial is distilled.
    pub lesson: Option<Lesson<'a>>,
    /// One a hidden layer, `[steps, K or 1, units, batch]`; empty without
    /// dropout.
    pub masks: &'a [Tensor<f32>],
}

/// What a teacher says of all rows, and how it counts for each trial.
#[derive(Clone, Copy)]
pub struct Lesson<'a> {
    /// `[n_rows, n_outputs]`
    pub teacher: &'a Tensor<f32>,
    /// `[N_SETTINGS, K, 1, 1]`
    pub settings: &'a Tensor<f32>,
}

/// What is to be predicted for each row.
pub enum Targets {
    /// Class indices, -1 for none.
    Classes(Tensor<i32>),
    /// Standardised numbers, the teacher's for none.
    Numbers(Tensor<f32>),
}

/// Where each variable of the loop stands among its variables. Those from
/// `ROWS` on never change, but for running statistics and moments; a loop body
/// sees nothing but its variables.
#[derive(Debug, Clone, Copy)]
struct Variables {
    running: usize,
    moments: usize,
    masks: usize,
    class_weights: usize,
    /// The teacher's outputs and their settings.
    lesson: usize,
}

impl Variables {
    const STEP: usize = 0;
    const TRAINED: usize = 1;
    const LOSSES: usize = 2;
    const ROWS: usize = 3;
    const NUMBERS: usize = 4;
    const X: usize = 5;
    const Y: usize = 6;
    const N_STEPS: usize = 7;
    const ONES: usize = 8;
    /// One over the batch's rows, and what makes its variance unbiased.
    const BATCH: usize = 9;
    /// Before those that only some networks have.
    const COMMON: usize = 10;

    fn running_at(&self) -> usize {
        Self::COMMON
    }
    fn moments_at(&self) -> usize {
        self.running_at() + self.running
    }
    fn class_weights_at(&self) -> usize {
        self.moments_at() + self.moments
    }
    fn lesson_at(&self) -> usize {
        self.class_weights_at() + self.class_weights
    }
    fn masks_at(&self) -> usize {
        self.lesson_at() + self.lesson
    }
}

/// The training loop of one rule.
pub struct TrainingLoop {
    session: Session,
    variables: Variables,
    inputs: Vec<Output>,
    results: Vec<Output>,
}

impl TrainingLoop {
    /// Builds graph and session, for trials that see the same rows in each
    /// step or for trials that each see their own.
    pub fn new(layout: &Layout, rule: Rule, shared_rows: bool, execution: Execution) -> Result<Self, Status> {
        let spec = &layout.spec;
        let n_trained = layout.len(true) as i64;
        let n_running = layout.len(false) as i64;
        let variables = Variables {
            running: usize::from(n_running > 0),
            moments: rule.state_names().len(),
            class_weights: usize::from(rule.class_weights),
            lesson: if rule.soft_loss.is_some() { 2 } else { 0 },
            masks: if rule.dropout { spec.hidden_layers.len() } else { 0 },
        };
        let y_type = match spec.task {
            Task::Classification => DataType::Int32,
            Task::Regression => DataType::Float,
        };
        let mut graph = Graph::new();
        let mut nodes = Nodes::new(&mut graph);
        let (float, int) = (DataType::Float, DataType::Int32);
        let rows_shape: &[i64] = if shared_rows { &[-1, -1] } else { &[-1, -1, -1] };
        let mut inputs = vec![
            nodes.placeholder("step", int, &[])?,
            nodes.placeholder("trained", float, &[-1, n_trained])?,
            nodes.placeholder("losses", float, &[-1, -1])?,
            nodes.placeholder("rows", int, rows_shape)?,
            nodes.placeholder("numbers", float, &[-1, Numbers::COUNT as i64, -1, 1])?,
            nodes.placeholder("x", float, &[-1, spec.n_features as i64 + 1])?,
            nodes.placeholder("y", y_type, &[-1])?,
            nodes.placeholder("n_steps", int, &[])?,
            nodes.placeholder("ones", float, &[-1, 1, -1])?,
            nodes.placeholder("batch", float, &[2])?,
        ];
        if variables.running == 1 {
            inputs.push(nodes.placeholder("running", float, &[-1, n_running])?);
        }
        for name in rule.state_names() {
            inputs.push(nodes.placeholder(name, float, &[-1, n_trained])?);
        }
        if rule.class_weights {
            inputs.push(nodes.placeholder("class_weights", float, &[-1, spec.n_outputs as i64])?);
        }
        if rule.soft_loss.is_some() {
            inputs.push(nodes.placeholder("teacher", float, &[-1, spec.n_outputs as i64])?);
            inputs.push(nodes.placeholder("settings", float, &[N_SETTINGS as i64, -1, 1, 1])?);
        }
        for (layer, &units) in spec.hidden_layers.iter().take(variables.masks).enumerate() {
            inputs.push(nodes.placeholder(&format!("mask_{layer}"), float, &[-1, -1, units as i64, -1])?);
        }
        let left = |graph: &mut Graph, now: &[Output]| {
            Nodes::new(graph).binary("Less", &now[Variables::STEP], &now[Variables::N_STEPS])
        };
        let body = |graph: &mut Graph, now: &[Output]| {
            step(&mut Nodes::new(graph), layout, rule, shared_rows, variables, now)
        };
        let results = match execution {
            Execution::Interpreted => {
                WhileBuilder::new(&mut graph, left, body, &inputs)?.name("training")?.finish()?
            }
            Execution::Compiled => compile::while_loop(&mut graph, left, body, &inputs)?,
        };
        Ok(Self { session: session(&graph)?, variables, inputs, results })
    }

    /// Trains the steps; returns the losses, `[steps laid out, K]`.
    pub fn run(&self, state: &mut State, steps: &Steps<'_>) -> Result<Tensor<f32>, Status> {
        let laid_out = steps.rows.dims().first().copied().unwrap_or(0);
        let batch = steps.rows.dims().last().copied().unwrap_or(0);
        let n_trials = state.n_trials() as u64;
        let (first, end) = (scalar(0_i32), scalar(steps.n_steps as i32));
        let blank = Tensor::<f32>::new(&[laid_out, n_trials]);
        let mut ones = Tensor::<f32>::new(&[n_trials, 1, batch]);
        ones.fill(1.0);
        let n = batch as f64;
        let batch = tensor(&[2], &[(1.0 / n) as f32, (n / (n - 1.0).max(1.0)) as f32])?;
        let mut args = SessionRunArgs::new();
        let variables = self.variables;
        self.feed(&mut args, Variables::STEP, &first);
        self.feed(&mut args, Variables::TRAINED, &state.trained);
        self.feed(&mut args, Variables::LOSSES, &blank);
        self.feed(&mut args, Variables::ROWS, steps.rows);
        self.feed(&mut args, Variables::NUMBERS, steps.numbers);
        self.feed(&mut args, Variables::X, steps.x);
        match steps.y {
            Targets::Classes(y) => self.feed(&mut args, Variables::Y, y),
            Targets::Numbers(y) => self.feed(&mut args, Variables::Y, y),
        }
        self.feed(&mut args, Variables::N_STEPS, &end);
        self.feed(&mut args, Variables::ONES, &ones);
        self.feed(&mut args, Variables::BATCH, &batch);
        if let Some(running) = &state.running {
            self.feed(&mut args, variables.running_at(), running);
        }
        for (offset, moment) in state.moments.iter().enumerate() {
            self.feed(&mut args, variables.moments_at() + offset, moment);
        }
        if let Some(class_weights) = steps.class_weights {
            self.feed(&mut args, variables.class_weights_at(), class_weights);
        }
        if let Some(lesson) = steps.lesson {
            self.feed(&mut args, variables.lesson_at(), lesson.teacher);
            self.feed(&mut args, variables.lesson_at() + 1, lesson.settings);
        }
        for (offset, mask) in steps.masks.iter().enumerate() {
            self.feed(&mut args, variables.masks_at() + offset, mask);
        }
        let trained = self.fetch(&mut args, Variables::TRAINED);
        let losses = self.fetch(&mut args, Variables::LOSSES);
        let running = state.running.as_ref().map(|_| self.fetch(&mut args, variables.running_at()));
        let moments: Vec<_> =
            (0..variables.moments).map(|m| self.fetch(&mut args, variables.moments_at() + m)).collect();
        self.session.run(&mut args)?;
        // All are taken before any is kept: a failure leaves the state whole.
        let next = State {
            trained: args.fetch(trained)?,
            running: running.map(|token| args.fetch(token)).transpose()?,
            moments: moments.into_iter().map(|token| args.fetch(token)).collect::<Result<_, _>>()?,
        };
        let losses = args.fetch(losses)?;
        drop(args);
        *state = next;
        Ok(losses)
    }

    fn feed<'t, T: tensorflow::TensorType>(
        &self,
        args: &mut SessionRunArgs<'t>,
        at: usize,
        value: &'t Tensor<T>,
    ) {
        args.add_feed(&self.inputs[at].operation, self.inputs[at].index, value);
    }

    fn fetch(&self, args: &mut SessionRunArgs<'_>, at: usize) -> FetchToken {
        args.request_fetch(&self.results[at].operation, self.results[at].index)
    }
}

/// One step: the loop's variables before it to those after it.
fn step(
    nodes: &mut Nodes<'_>,
    layout: &Layout,
    rule: Rule,
    shared_rows: bool,
    variables: Variables,
    now: &[Output],
) -> Result<Vec<Output>, Status> {
    let at = &now[Variables::STEP];
    let own = nodes.gather(&now[Variables::NUMBERS], at)?;
    let numbers = Numbers::from_parts(nodes.unpack(&own, Numbers::COUNT)?)
        .ok_or_else(|| Status::new_set_lossy(Code::Internal, "a step's numbers are not whole"))?;
    let rows = nodes.gather(&now[Variables::ROWS], at)?;
    let x = nodes.gather(&now[Variables::X], &rows)?;
    let [inverse_rows, unbias] = <[Output; 2]>::try_from(nodes.unpack(&now[Variables::BATCH], 2)?)
        .map_err(|_| Status::new_set_lossy(Code::Internal, "the batch's numbers are not whole"))?;
    let soft = match rule.soft_loss {
        Some(loss) => {
            let settings = nodes.unpack(&now[variables.lesson_at() + 1], N_SETTINGS)?;
            let [alpha, temperature, extra] = <[Output; N_SETTINGS]>::try_from(settings)
                .map_err(|_| Status::new_set_lossy(Code::Internal, "a soft loss's settings are not whole"))?;
            let teacher = nodes.gather(&now[variables.lesson_at()], &rows)?;
            Some(Soft { loss, alpha, temperature, extra, teacher })
        }
        None => None,
    };
    let batch = Batch {
        x: if shared_rows { Features::Shared(x) } else { Features::Own(x) },
        y: nodes.gather(&now[Variables::Y], &rows)?,
        class_weights: (variables.class_weights == 1).then(|| now[variables.class_weights_at()].clone()),
        soft,
        masks: (0..variables.masks)
            .map(|layer| nodes.gather(&now[variables.masks_at() + layer], at))
            .collect::<Result<_, _>>()?,
        n_trials: nodes.length(&now[Variables::TRAINED])?,
        ones: now[Variables::ONES].clone(),
        inverse_rows,
        unbias,
    };
    let running = (variables.running == 1).then(|| &now[variables.running_at()]);
    let layers = layout.cut(nodes, &now[Variables::TRAINED], running)?;
    let gradients = network::gradients(nodes, layout, &layers, &batch)?;
    let moments = variables.moments_at()..variables.moments_at() + variables.moments;
    let (trained, moved) = update::apply(
        nodes,
        rule,
        &numbers,
        &now[Variables::TRAINED],
        &gradients.gradient,
        &now[moments.clone()],
    )?;

    let place = nodes.reshape(at, &[1, 1])?;
    let loss = nodes.reshape(&gradients.loss, &[1, -1])?;
    let one = nodes.int(1)?;
    let mut next = now.to_vec();
    next[Variables::STEP] = nodes.binary("AddV2", at, &one)?;
    next[Variables::TRAINED] = trained;
    next[Variables::LOSSES] =
        nodes.first("TensorScatterUpdate", &[&now[Variables::LOSSES], &place, &loss], &[])?;
    if let Some(running) = gradients.running {
        next[variables.running_at()] = running;
    }
    for (slot, moment) in moments.zip(moved) {
        next[slot] = moment;
    }
    Ok(next)
}

/// The networks in evaluation mode.
pub struct Evaluation {
    session: Session,
    trained: Output,
    running: Option<Output>,
    x: Output,
    ones: Output,
    outputs: Output,
}

impl Evaluation {
    /// Builds graph and session.
    pub fn new(layout: &Layout) -> Result<Self, Status> {
        let mut graph = Graph::new();
        let mut nodes = Nodes::new(&mut graph);
        let trained = nodes.placeholder("trained", DataType::Float, &[-1, layout.len(true) as i64])?;
        let running = match layout.len(false) {
            0 => None,
            length => Some(nodes.placeholder("running", DataType::Float, &[-1, length as i64])?),
        };
        let x = nodes.placeholder("x", DataType::Float, &[-1, layout.spec.n_features as i64 + 1])?;
        let n_trials = nodes.length(&trained)?;
        let ones = nodes.placeholder("ones", DataType::Float, &[-1, 1, -1])?;
        let layers = layout.cut(&mut nodes, &trained, running.as_ref())?;
        let features = Features::Shared(x.clone());
        let outputs = network::outputs(&mut nodes, layout, &layers, &features, &n_trials, &ones)?;
        let order = nodes.ints(&[0, 2, 1])?;
        let outputs = nodes.binary("Transpose", &outputs, &order)?;
        Ok(Self { session: session(&graph)?, trained, running, x, ones, outputs })
    }

    /// Outputs `[K, n, n_outputs]` for `x: [n, n_features + 1]`, the last
    /// column ones.
    pub fn run(&self, state: &State, x: &Tensor<f32>) -> Result<Tensor<f32>, Status> {
        let n_trials = state.n_trials() as u64;
        let mut ones = Tensor::<f32>::new(&[n_trials, 1, x.dims().first().copied().unwrap_or(0)]);
        ones.fill(1.0);
        let mut args = SessionRunArgs::new();
        args.add_feed(&self.trained.operation, 0, &state.trained);
        if let (Some(place), Some(value)) = (&self.running, &state.running) {
            args.add_feed(&place.operation, 0, value);
        }
        args.add_feed(&self.x.operation, 0, x);
        args.add_feed(&self.ones.operation, 0, &ones);
        let outputs = args.request_fetch(&self.outputs.operation, self.outputs.index);
        self.session.run(&mut args)?;
        args.fetch(outputs)
    }
}

/// A session of one thread, of a graph that needs no rewriting.
pub fn session(graph: &Graph) -> Result<Session, Status> {
    Session::new(&options(&[&ONE_THREAD[..], &AS_BUILT].concat())?, graph)
}

/// What makes a session one of one thread.
pub fn session_options() -> Result<SessionOptions, Status> {
    options(&ONE_THREAD)
}

fn options(config: &[u8]) -> Result<SessionOptions, Status> {
    let mut options = SessionOptions::new();
    options.set_config(config)?;
    Ok(options)
}
