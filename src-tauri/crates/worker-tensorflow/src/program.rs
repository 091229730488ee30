//! Graphs with their sessions. Training is one while loop in the graph: a
//! session call takes weights, optimiser state and the rows of many steps in
//! and gives weights, state and losses back, so that what a call costs is
//! spread over its steps, and nothing lives in TensorFlow between calls.

use crate::network::{self, Batch, Layout};
use crate::nodes::{Attribute, Input, Nodes};
use crate::update::{self, Numbers, Rule};
use retort_domain::Task;
use tensorflow::{
    DataType, FetchToken, Graph, Output, Session, SessionOptions, SessionRunArgs, Status, Tensor,
    WhileBuilder,
};

/// ConfigProto: one thread within an operation (field 2) and one between
/// operations (field 5). Small networks lose by more, and sums stay the same.
const ONE_THREAD: [u8; 4] = [0x10, 1, 0x28, 1];

/// What a trial is between calls.
pub struct State {
    /// All that is trained, flat.
    pub trained: Tensor<f32>,
    /// Running statistics, flat; none without normalisation.
    pub running: Option<Tensor<f32>>,
    /// What the optimiser remembers, each as long as `trained`.
    pub moments: Vec<Tensor<f32>>,
}

/// What some steps of equally large batches are trained on.
pub struct Steps<'a> {
    /// `[n_rows, n_features]`
    pub x: &'a Tensor<f32>,
    /// `[n_rows]`
    pub y: &'a Targets,
    /// `[n_steps, batch]`
    pub rows: &'a Tensor<i32>,
    /// `[n_steps, Numbers::COUNT]`
    pub numbers: &'a Tensor<f32>,
    /// `[n_classes]`
    pub class_weights: Option<&'a Tensor<f32>>,
    /// One a hidden layer, `[n_steps, batch, units]`; empty without dropout.
    pub masks: &'a [Tensor<f32>],
}

/// What is to be predicted for each row.
pub enum Targets {
    /// Class indices.
    Classes(Tensor<i32>),
    /// Standardised numbers.
    Numbers(Tensor<f32>),
}

/// Where each variable of the loop stands among its variables. The last five
/// kinds never change; a loop body sees nothing but its variables.
#[derive(Debug, Clone, Copy)]
struct Variables {
    running: usize,
    moments: usize,
    masks: usize,
    class_weights: usize,
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
    /// Before those that only some networks have.
    const COMMON: usize = 8;

    fn running_at(&self) -> usize {
        Self::COMMON
    }
    fn moments_at(&self) -> usize {
        self.running_at() + self.running
    }
    fn class_weights_at(&self) -> usize {
        self.moments_at() + self.moments
    }
    fn masks_at(&self) -> usize {
        self.class_weights_at() + self.class_weights
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
    /// Builds graph and session.
    pub fn new(layout: &Layout, rule: Rule) -> Result<Self, Status> {
        let spec = &layout.spec;
        let n_trained = layout.len(true) as i64;
        let n_running = layout.len(false) as i64;
        let variables = Variables {
            running: usize::from(n_running > 0),
            moments: rule.state_names().len(),
            class_weights: usize::from(rule.class_weights),
            masks: if rule.dropout { spec.hidden_layers.len() } else { 0 },
        };
        let y_type = match spec.task {
            Task::Classification => DataType::Int32,
            Task::Regression => DataType::Float,
        };
        let mut graph = Graph::new();
        let mut nodes = Nodes::new(&mut graph);
        let (float, int) = (DataType::Float, DataType::Int32);
        let mut inputs = vec![
            nodes.placeholder("step", int, &[])?,
            nodes.placeholder("trained", float, &[n_trained])?,
            nodes.placeholder("losses", float, &[-1])?,
            nodes.placeholder("rows", int, &[-1, -1])?,
            nodes.placeholder("numbers", float, &[-1, Numbers::COUNT as i64])?,
            nodes.placeholder("x", float, &[-1, spec.n_features as i64])?,
            nodes.placeholder("y", y_type, &[-1])?,
            nodes.placeholder("n_steps", int, &[])?,
        ];
        if variables.running == 1 {
            inputs.push(nodes.placeholder("running", float, &[n_running])?);
        }
        for name in rule.state_names() {
            inputs.push(nodes.placeholder(name, float, &[n_trained])?);
        }
        if rule.class_weights {
            inputs.push(nodes.placeholder("class_weights", float, &[spec.n_outputs as i64])?);
        }
        for (layer, &units) in spec.hidden_layers.iter().take(variables.masks).enumerate() {
            inputs.push(nodes.placeholder(&format!("mask_{layer}"), float, &[-1, -1, units as i64])?);
        }
        let results = WhileBuilder::new(
            &mut graph,
            |graph, now| Nodes::new(graph).binary("Less", &now[Variables::STEP], &now[Variables::N_STEPS]),
            |graph, now| step(&mut Nodes::new(graph), layout, rule, variables, now),
            &inputs,
        )?
        .name("training")?
        .finish()?;
        Ok(Self { session: session(&graph)?, variables, inputs, results })
    }

    /// Trains the steps; returns each step's loss.
    pub fn run(&self, state: &mut State, steps: &Steps<'_>) -> Result<Tensor<f32>, Status> {
        let n_steps = steps.rows.dims().first().copied().unwrap_or(0);
        let (first, end) = (crate::nodes::scalar(0_i32), crate::nodes::scalar(n_steps as i32));
        let blank = Tensor::<f32>::new(&[n_steps]);
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
        if let Some(running) = &state.running {
            self.feed(&mut args, variables.running_at(), running);
        }
        for (offset, moment) in state.moments.iter().enumerate() {
            self.feed(&mut args, variables.moments_at() + offset, moment);
        }
        if let Some(class_weights) = steps.class_weights {
            self.feed(&mut args, variables.class_weights_at(), class_weights);
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
    variables: Variables,
    now: &[Output],
) -> Result<Vec<Output>, Status> {
    let at = &now[Variables::STEP];
    let row = nodes.gather(&now[Variables::NUMBERS], at)?;
    let columns =
        nodes.add("Unpack", None, &[Input::One(&row)], &[Attribute::Int("num", Numbers::COUNT as i64)])?;
    let numbers = Numbers::from_columns(columns)
        .ok_or_else(|| Status::new_set_lossy(tensorflow::Code::Internal, "a step's numbers are not whole"))?;
    let rows = nodes.gather(&now[Variables::ROWS], at)?;
    let x = nodes.gather(&now[Variables::X], &rows)?;
    let y = nodes.gather(&now[Variables::Y], &rows)?;
    let masks = (0..variables.masks)
        .map(|layer| nodes.gather(&now[variables.masks_at() + layer], at))
        .collect::<Result<Vec<_>, _>>()?;
    let batch = Batch {
        x: &x,
        y: &y,
        class_weights: (variables.class_weights == 1).then(|| &now[variables.class_weights_at()]),
        masks: &masks,
        inverse_rows: &numbers.inverse_rows,
        unbias: &numbers.unbias,
    };
    let running = (variables.running == 1).then(|| &now[variables.running_at()]);
    let layers = layout.unflatten(nodes, &now[Variables::TRAINED], running)?;
    let gradients = network::gradients(nodes, &layout.spec, &layers, &batch)?;
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
    let loss = nodes.reshape(&gradients.loss, &[1])?;
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

/// The network in evaluation mode.
pub struct Evaluation {
    session: Session,
    trained: Output,
    running: Option<Output>,
    x: Output,
    outputs: Output,
}

impl Evaluation {
    /// Builds graph and session.
    pub fn new(layout: &Layout) -> Result<Self, Status> {
        let mut graph = Graph::new();
        let mut nodes = Nodes::new(&mut graph);
        let trained = nodes.placeholder("trained", DataType::Float, &[layout.len(true) as i64])?;
        let running = match layout.len(false) {
            0 => None,
            length => Some(nodes.placeholder("running", DataType::Float, &[length as i64])?),
        };
        let x = nodes.placeholder("x", DataType::Float, &[-1, layout.spec.n_features as i64])?;
        let layers = layout.unflatten(&mut nodes, &trained, running.as_ref())?;
        let outputs = network::outputs(&mut nodes, layout.spec.activation, &layers, &x)?;
        Ok(Self { session: session(&graph)?, trained, running, x, outputs })
    }

    /// Outputs for `x: [n, n_features]`.
    pub fn run(&self, state: &State, x: &Tensor<f32>) -> Result<Tensor<f32>, Status> {
        let mut args = SessionRunArgs::new();
        args.add_feed(&self.trained.operation, 0, &state.trained);
        if let (Some(place), Some(value)) = (&self.running, &state.running) {
            args.add_feed(&place.operation, 0, value);
        }
        args.add_feed(&self.x.operation, 0, x);
        let outputs = args.request_fetch(&self.outputs.operation, self.outputs.index);
        self.session.run(&mut args)?;
        args.fetch(outputs)
    }
}

fn session(graph: &Graph) -> Result<Session, Status> {
    let mut options = SessionOptions::new();
    options.set_config(&ONE_THREAD)?;
    Session::new(&options, graph)
}
