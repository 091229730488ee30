//! While loops compiled by XLA, which is part of TensorFlow's library on Linux
//! and macOS: element-wise operations become one pass over memory, and what it
//! costs to start each operation is gone.

use crate::nodes::{Attribute, Input, Nodes, scalar};
use crate::program::session;
use tensorflow::{DataType, Function, FunctionOptions, Graph, Output, SessionRunArgs, Status, Tensor};

/// True where this library has a compiler. Tries it on an addition.
pub fn is_available() -> bool {
    let twice = || {
        let mut graph = Graph::new();
        let a = Nodes::new(&mut graph).placeholder("a", DataType::Float, &[])?;
        let double = function("Double", std::slice::from_ref(&a), &graph, &[], |graph, a| {
            Ok(vec![Nodes::new(graph).binary("AddV2", &a[0], &a[0])?])
        })?;
        let result = call(&mut graph, &double, std::slice::from_ref(&a), &[DataType::Float])?.swap_remove(0);
        let session = session(&graph)?;
        let one = scalar(1.0_f32);
        let mut args = SessionRunArgs::new();
        args.add_feed(&a.operation, a.index, &one);
        let result = args.request_fetch(&result.operation, result.index);
        session.run(&mut args)?;
        let result: Tensor<f32> = args.fetch(result)?;
        Ok::<bool, Status>(result[0] == 2.0)
    };
    twice().unwrap_or_else(|status| {
        tracing::info!(%status, "training loops are not compiled");
        false
    })
}

/// A loop over variables that start as `inputs`; their values at its end.
pub fn while_loop(
    graph: &mut Graph,
    left: impl Fn(&mut Graph, &[Output]) -> Result<Output, Status>,
    body: impl Fn(&mut Graph, &[Output]) -> Result<Vec<Output>, Status>,
    inputs: &[Output],
) -> Result<Vec<Output>, Status> {
    let left = function("Left", inputs, graph, &[], |graph, now| Ok(vec![left(graph, now)?]))?;
    let body = function("Step", inputs, graph, &[], body)?;
    let types = types(inputs);
    let (left_name, body_name) = (name(&left)?, name(&body)?);
    let whole = function("Train", inputs, graph, &[&left, &body], |graph, now| {
        Nodes::new(graph).add(
            "StatelessWhile",
            None,
            &[Input::List(now)],
            &[
                Attribute::Types("T", &types),
                Attribute::Function("cond", &left_name),
                Attribute::Function("body", &body_name),
            ],
        )
    })?;
    for inner in [&left, &body] {
        graph.copy_function(inner, None)?;
    }
    call(graph, &whole, inputs, &types)
}

/// A function with arguments like `inputs`, which are of `graph`.
fn function(
    name: &str,
    inputs: &[Output],
    graph: &Graph,
    uses: &[&Function],
    build: impl Fn(&mut Graph, &[Output]) -> Result<Vec<Output>, Status>,
) -> Result<Function, Status> {
    let mut inner = Graph::new();
    for function in uses {
        inner.copy_function(function, None)?;
    }
    let mut arguments = Vec::new();
    for (at, (input, kind)) in inputs.iter().zip(types(inputs)).enumerate() {
        let shape = graph.tensor_shape(input.clone())?;
        let dimensions: Vec<i64> = (0..shape.dims().unwrap_or(0)).map(|d| shape[d].unwrap_or(-1)).collect();
        let argument = Nodes::new(&mut inner).placeholder(&format!("argument_{at}"), kind, &dimensions)?;
        arguments.push(argument);
    }
    let results = build(&mut inner, &arguments)?;
    let no_names: Option<&[&str]> = None;
    inner.to_function(name, true, None, &arguments, &results, no_names, &FunctionOptions::new(), None)
}

/// The results of a compiled function.
fn call(
    graph: &mut Graph,
    function: &Function,
    inputs: &[Output],
    results: &[DataType],
) -> Result<Vec<Output>, Status> {
    graph.copy_function(function, None)?;
    Nodes::new(graph).add(
        "StatefulPartitionedCall",
        Some("compiled"),
        &[Input::List(inputs)],
        &[
            Attribute::Types("Tin", &types(inputs)),
            Attribute::Types("Tout", results),
            Attribute::Function("f", &name(function)?),
            Attribute::Bool("_XlaMustCompile", true),
        ],
    )
}

fn types(outputs: &[Output]) -> Vec<DataType> {
    outputs.iter().map(|output| output.operation.output_type(output.index as usize)).collect()
}

/// The name under which a function was made.
fn name(function: &Function) -> Result<String, Status> {
    function.get_name().map_err(|error| Status::new_set_lossy(tensorflow::Code::Internal, &error.to_string()))
}
