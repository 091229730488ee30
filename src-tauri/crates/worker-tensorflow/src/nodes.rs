//! Adding operations to a graph, one call each. Knows no networks.

use tensorflow::{DataType, Graph, Output, Shape, Status, Tensor, TensorType};

/// An operation's attribute where TensorFlow cannot infer it from the inputs.
pub enum Attribute<'a> {
    /// As in `transpose_a`.
    Bool(&'static str, bool),
    /// As in `num_split`.
    Int(&'static str, i64),
    /// As in `dtype`.
    Type(&'static str, DataType),
    /// As in `Tin`.
    Types(&'static str, &'a [DataType]),
    /// The name of a function, as in `body`.
    Function(&'static str, &'a str),
    /// As in `shape`.
    Shape(&'static str, &'a Shape),
}

/// One input of an operation.
pub enum Input<'a> {
    /// A single tensor.
    One(&'a Output),
    /// A list that is one input, as of `ConcatV2`.
    List(&'a [Output]),
}

/// Adds operations, with generated names.
pub struct Nodes<'g> {
    graph: &'g mut Graph,
    added: usize,
}

impl<'g> Nodes<'g> {
    /// For a graph to which nobody else adds unnamed operations.
    pub fn new(graph: &'g mut Graph) -> Self {
        Self { graph, added: 0 }
    }

    /// Adds an operation with as many results as it has.
    pub fn add(
        &mut self,
        kind: &str,
        name: Option<&str>,
        inputs: &[Input<'_>],
        attributes: &[Attribute<'_>],
    ) -> Result<Vec<Output>, Status> {
        self.added += 1;
        let generated = format!("{kind}_{}", self.added);
        let mut description = self.graph.new_operation(kind, name.unwrap_or(&generated))?;
        for input in inputs {
            match input {
                Input::One(output) => description.add_input((*output).clone()),
                Input::List(outputs) => description.add_input_list(outputs),
            }
        }
        for attribute in attributes {
            match attribute {
                Attribute::Bool(key, value) => description.set_attr_bool(key, *value)?,
                Attribute::Int(key, value) => description.set_attr_int(key, *value)?,
                Attribute::Type(key, value) => description.set_attr_type(key, *value)?,
                Attribute::Types(key, value) => description.set_attr_type_list(key, value)?,
                Attribute::Function(key, value) => description.set_attr_func_name(key, value)?,
                Attribute::Shape(key, value) => description.set_attr_shape(key, value)?,
            }
        }
        let operation = description.finish()?;
        Ok((0..operation.num_outputs())
            .map(|index| Output { operation: operation.clone(), index: index as i32 })
            .collect())
    }

    /// Adds an operation and takes its first result.
    pub fn first(
        &mut self,
        kind: &str,
        inputs: &[&Output],
        attributes: &[Attribute<'_>],
    ) -> Result<Output, Status> {
        let inputs: Vec<_> = inputs.iter().map(|i| Input::One(i)).collect();
        Ok(self.add(kind, None, &inputs, attributes)?.swap_remove(0))
    }

    /// An operation of one input, as `Relu`.
    pub fn unary(&mut self, kind: &str, a: &Output) -> Result<Output, Status> {
        self.first(kind, &[a], &[])
    }

    /// An operation of two inputs, as `Mul`; shapes broadcast.
    pub fn binary(&mut self, kind: &str, a: &Output, b: &Output) -> Result<Output, Status> {
        self.first(kind, &[a, b], &[])
    }

    /// `a·b`, each transposed first where so said.
    pub fn matmul(
        &mut self,
        a: &Output,
        transpose_a: bool,
        b: &Output,
        transpose_b: bool,
    ) -> Result<Output, Status> {
        self.first(
            "MatMul",
            &[a, b],
            &[Attribute::Bool("transpose_a", transpose_a), Attribute::Bool("transpose_b", transpose_b)],
        )
    }

    /// `a·b` of the last two dimensions, each transposed first where so said;
    /// the dimensions before them broadcast.
    pub fn batch_matmul(
        &mut self,
        a: &Output,
        transpose_a: bool,
        b: &Output,
        transpose_b: bool,
    ) -> Result<Output, Status> {
        self.first(
            "BatchMatMulV2",
            &[a, b],
            &[Attribute::Bool("adj_x", transpose_a), Attribute::Bool("adj_y", transpose_b)],
        )
    }

    /// `Sum` or `Mean` over these axes, which are dropped.
    pub fn reduce(&mut self, kind: &str, a: &Output, axes: &[i32]) -> Result<Output, Status> {
        let axes = self.ints(axes)?;
        self.first(kind, &[a, &axes], &[Attribute::Bool("keep_dims", false)])
    }

    /// As [`Nodes::reduce`] over the last axis, which stays, with length 1.
    pub fn reduce_last(&mut self, kind: &str, a: &Output) -> Result<Output, Status> {
        let axis = self.int(-1)?;
        self.first(kind, &[a, &axis], &[Attribute::Bool("keep_dims", true)])
    }

    /// Rows `at` of `table`.
    pub fn gather(&mut self, table: &Output, at: &Output) -> Result<Output, Status> {
        let axis = self.int(0)?;
        self.first("GatherV2", &[table, at, &axis], &[])
    }

    /// The same numbers in another shape.
    pub fn reshape(&mut self, a: &Output, shape: &[i32]) -> Result<Output, Status> {
        let shape = self.ints(shape)?;
        self.binary("Reshape", a, &shape)
    }

    /// Cuts the columns of a matrix into pieces of these lengths.
    pub fn split(&mut self, a: &Output, lengths: &[i32]) -> Result<Vec<Output>, Status> {
        if lengths.len() == 1 {
            return Ok(vec![a.clone()]);
        }
        let (pieces, axis) = (self.ints(lengths)?, self.int(1)?);
        self.add(
            "SplitV",
            None,
            &[Input::One(a), Input::One(&pieces), Input::One(&axis)],
            &[Attribute::Int("num_split", lengths.len() as i64)],
        )
    }

    /// Joins tensors along their second dimension.
    pub fn concat(&mut self, pieces: &[Output]) -> Result<Output, Status> {
        if let [only] = pieces {
            return Ok(only.clone());
        }
        let axis = self.int(1)?;
        Ok(self.add("ConcatV2", None, &[Input::List(pieces), Input::One(&axis)], &[])?.swap_remove(0))
    }

    /// The first results of `Unpack`: the parts of `a` along its first
    /// dimension, of which there are `count`.
    pub fn unpack(&mut self, a: &Output, count: usize) -> Result<Vec<Output>, Status> {
        self.add("Unpack", None, &[Input::One(a)], &[Attribute::Int("num", count as i64)])
    }

    /// The length of the first dimension, a scalar.
    pub fn length(&mut self, a: &Output) -> Result<Output, Status> {
        let shape = self.unary("Shape", a)?;
        let first = self.int(0)?;
        self.gather(&shape, &first)
    }

    /// A vector of scalars.
    pub fn pack(&mut self, scalars: &[Output]) -> Result<Output, Status> {
        Ok(self.add("Pack", None, &[Input::List(scalars)], &[])?.swap_remove(0))
    }

    /// Scalar constant.
    pub fn float(&mut self, value: f64) -> Result<Output, Status> {
        self.constant(scalar(value as f32))
    }

    /// Scalar constant.
    pub fn int(&mut self, value: i32) -> Result<Output, Status> {
        self.constant(scalar(value))
    }

    /// Constant vector.
    pub fn ints(&mut self, values: &[i32]) -> Result<Output, Status> {
        self.constant(tensor(&[values.len()], values)?)
    }

    /// Constant of any shape.
    pub fn constant<T: TensorType>(&mut self, value: Tensor<T>) -> Result<Output, Status> {
        self.added += 1;
        let mut description = self.graph.new_operation("Const", &format!("Const_{}", self.added))?;
        description.set_attr_type("dtype", T::data_type())?;
        description.set_attr_tensor("value", value)?;
        Ok(description.finish()?.into())
    }

    /// What is fed at each call; -1 stands for any size.
    pub fn placeholder(&mut self, name: &str, kind: DataType, shape: &[i64]) -> Result<Output, Status> {
        let shape = Shape::new(Some(shape.iter().map(|&d| (d >= 0).then_some(d)).collect()));
        let attributes = [Attribute::Type("dtype", kind), Attribute::Shape("shape", &shape)];
        Ok(self.add("Placeholder", Some(name), &[], &attributes)?.swap_remove(0))
    }
}

/// A tensor without dimensions.
pub fn scalar<T: TensorType + Copy>(value: T) -> Tensor<T> {
    let mut out = Tensor::new(&[]);
    out[0] = value;
    out
}

/// A tensor of these values; an error where there are more or fewer than the
/// shape says.
pub fn tensor<T: TensorType + Copy>(shape: &[usize], values: &[T]) -> Result<Tensor<T>, Status> {
    let dims: Vec<u64> = shape.iter().map(|&d| d as u64).collect();
    let mut out = Tensor::new(&dims);
    if out.len() != values.len() {
        return Err(Status::new_set_lossy(
            tensorflow::Code::InvalidArgument,
            &format!("{} values for shape {shape:?}", values.len()),
        ));
    }
    out.copy_from_slice(values);
    Ok(out)
}
