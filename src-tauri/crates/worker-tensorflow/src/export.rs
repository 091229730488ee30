//! The `saved_model/` folder, with weights as constants. The wrapping message
//! is encoded here: what the `tensorflow` crate's own builder writes is refused
//! by Python's `tf.saved_model.load`.

use crate::group::failed;
use crate::nodes::{Input, Nodes, tensor};
use crate::{activation, network, program};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Artifact, ArtifactKind};
use retort_trainer::{BackendError, SavedNetwork, Tensors};
use std::path::{Path, PathBuf};
use tensorflow::{
    Code, DataType, Graph, Operation, Output, SavedModelBundle, Session, SessionRunArgs, Status,
};

const FOLDER: &str = "saved_model";
const INPUT: &str = "features";
const OUTPUT: &str = "outputs";
const TAG: &str = "serve";
const FLOAT: u64 = 1;

/// Writes `dir/saved_model`: signature `serving_default`, `features`
/// `[n, n_features]` f32 to `outputs` `[n, n_outputs]` f32.
pub fn saved_model(spec: &ModelSpec, weights: &Tensors, dir: &Path) -> Result<Artifact, BackendError> {
    let graph = frozen(spec, weights).map_err(|status| failed("export the network", status))?;
    let model = envelope(&graph, spec.n_features, spec.n_outputs);
    let folder = dir.join(FOLDER);
    // Loaders expect the folder of variables even where there are none.
    let variables = folder.join("variables");
    std::fs::create_dir_all(&variables).map_err(|source| BackendError::Write { path: variables, source })?;
    write(folder.join("saved_model.pb"), &model)?;
    Ok(Artifact { kind: ArtifactKind::SavedModel, name: FOLDER.to_owned(), bytes: model.len() as f64 })
}

fn write(path: PathBuf, content: &[u8]) -> Result<(), BackendError> {
    let beside = path.with_extension("pb.writing");
    std::fs::write(&beside, content)
        .and_then(|()| std::fs::rename(&beside, &path))
        .map_err(|source| BackendError::Write { path, source })
}

/// A network opened from its `saved_model/` folder.
pub struct Opened {
    session: Session,
    input: Operation,
    output: Operation,
    n_features: usize,
}

impl Opened {
    /// Opens what [`saved_model`] wrote into `dir`.
    pub fn load(dir: &Path) -> Result<Self, BackendError> {
        let open = || {
            let mut graph = Graph::new();
            let options = program::session_options()?;
            let bundle = SavedModelBundle::load(&options, [TAG], &mut graph, dir.join(FOLDER))?;
            let input = graph.operation_by_name_required(INPUT)?;
            let output = graph.operation_by_name_required(OUTPUT)?;
            let width = graph.tensor_shape(Output { operation: input.clone(), index: 0 })?;
            let n_features = width[1].unwrap_or_default() as usize;
            Ok(Self { session: bundle.session, input, output, n_features })
        };
        open().map_err(|status| failed("open a saved model", status))
    }
}

impl SavedNetwork for Opened {
    fn outputs(&mut self, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError> {
        let ask = || {
            let x = tensor(&[n_rows, self.n_features], x)?;
            let mut args = SessionRunArgs::new();
            args.add_feed(&self.input, 0, &x);
            let outputs = args.request_fetch(&self.output, 0);
            self.session.run(&mut args)?;
            Ok(args.fetch::<f32>(outputs)?.to_vec())
        };
        ask().map_err(|status| failed("compute the outputs of a saved model", status))
    }
}

/// A serialised GraphDef of the network in evaluation mode.
fn frozen(spec: &ModelSpec, weights: &Tensors) -> Result<Vec<u8>, Status> {
    let mut graph = Graph::new();
    let mut nodes = Nodes::new(&mut graph);
    let mut h = nodes.placeholder(INPUT, DataType::Float, &[-1, spec.n_features as i64])?;
    for layer in 0..=spec.hidden_layers.len() {
        let prefix = format!("layers.{layer}.");
        let mut own = Vec::new();
        for found in weights.iter().filter(|found| found.name.starts_with(&prefix)) {
            own.push(nodes.constant(tensor(&found.shape, &found.data)?)?);
        }
        let [weight, bias, norm @ ..] = own.as_slice() else {
            return Err(Status::new_set_lossy(Code::Internal, "a layer has no weights"));
        };
        let product = nodes.matmul(&h, false, weight, true)?;
        h = nodes.binary("BiasAdd", &product, bias)?;
        if let [factor, offset, mean, variance] = norm {
            let centred = nodes.binary("Sub", &h, mean)?;
            let inverse = network::inverse_deviation(&mut nodes, variance)?;
            let scale = nodes.binary("Mul", &inverse, factor)?;
            let scaled = nodes.binary("Mul", &centred, &scale)?;
            h = nodes.binary("AddV2", &scaled, offset)?;
        }
        if layer < spec.hidden_layers.len() {
            h = activation::activate(&mut nodes, spec.activation, &h)?;
        }
    }
    nodes.add("Identity", Some(OUTPUT), &[Input::One(&h)], &[])?;
    graph.graph_def()
}

/// A SavedModel message around a GraphDef.
fn envelope(graph: &[u8], n_features: usize, n_outputs: usize) -> Vec<u8> {
    let mut signature = Message::default();
    signature.message(1, &entry(INPUT, &tensor_info(INPUT, n_features)));
    signature.message(2, &entry(OUTPUT, &tensor_info(OUTPUT, n_outputs)));
    signature.bytes(3, b"tensorflow/serving/predict");

    let mut meta_info = Message::default();
    meta_info.bytes(4, TAG.as_bytes());
    if let Ok(version) = tensorflow::version() {
        meta_info.bytes(5, version.as_bytes());
    }

    let mut meta_graph = Message::default();
    meta_graph.message(1, &meta_info);
    meta_graph.bytes(2, graph);
    meta_graph.message(5, &entry("serving_default", &signature));

    let mut model = Message::default();
    model.number(1, 1);
    model.message(2, &meta_graph);
    model.0
}

/// TensorInfo of the first result of an operation, `[any, width]` f32.
fn tensor_info(operation: &str, width: usize) -> Message {
    let (mut any, mut columns) = (Message::default(), Message::default());
    // -1, as two's complement in 64 bits.
    any.number(1, u64::MAX);
    columns.number(1, width as u64);
    let mut shape = Message::default();
    shape.message(2, &any);
    shape.message(2, &columns);
    let mut info = Message::default();
    info.bytes(1, format!("{operation}:0").as_bytes());
    info.number(2, FLOAT);
    info.message(3, &shape);
    info
}

/// One entry of a protobuf map.
fn entry(key: &str, value: &Message) -> Message {
    let mut entry = Message::default();
    entry.bytes(1, key.as_bytes());
    entry.message(2, value);
    entry
}

/// A protobuf message being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn message(&mut self, field: u64, value: &Message) {
        self.bytes(field, &value.0);
    }
}
