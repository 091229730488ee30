//! Activations and their derivatives, as element-wise operations.

use crate::nodes::Nodes;
use retort_domain::Activation;
use tensorflow::{Output, Status};

/// The activation of `z`.
pub fn activate(nodes: &mut Nodes<'_>, activation: Activation, z: &Output) -> Result<Output, Status> {
    match activation {
        Activation::Relu => nodes.unary("Relu", z),
        Activation::Tanh => nodes.unary("Tanh", z),
        Activation::Sigmoid => nodes.unary("Sigmoid", z),
        Activation::Gelu => {
            let share = normal_distribution(nodes, z)?;
            nodes.binary("Mul", z, &share)
        }
        Activation::Silu => {
            let gate = nodes.unary("Sigmoid", z)?;
            nodes.binary("Mul", z, &gate)
        }
    }
}

/// Φ, the distribution function of the standard normal.
fn normal_distribution(nodes: &mut Nodes<'_>, z: &Output) -> Result<Output, Status> {
    let (root, half) = (nodes.float(std::f64::consts::FRAC_1_SQRT_2)?, nodes.float(0.5)?);
    let scaled = nodes.binary("Mul", z, &root)?;
    let erf = nodes.unary("Erf", &scaled)?;
    let halved = nodes.binary("Mul", &erf, &half)?;
    nodes.binary("AddV2", &halved, &half)
}

/// The gradient by `z` from `da`, that by `a = activate(z)`.
pub fn gradient(
    nodes: &mut Nodes<'_>,
    activation: Activation,
    z: &Output,
    a: &Output,
    da: &Output,
) -> Result<Output, Status> {
    let slope = match activation {
        Activation::Relu => return nodes.binary("ReluGrad", da, z),
        Activation::Tanh => return nodes.binary("TanhGrad", a, da),
        Activation::Sigmoid => return nodes.binary("SigmoidGrad", a, da),
        Activation::Gelu => {
            // Φ(z) + z·φ(z)
            let share = normal_distribution(nodes, z)?;
            let squares = nodes.unary("Square", z)?;
            let minus_half = nodes.float(-0.5)?;
            let exponent = nodes.binary("Mul", &squares, &minus_half)?;
            let bell = nodes.unary("Exp", &exponent)?;
            let height =
                nodes.float(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2)?;
            let density = nodes.binary("Mul", &bell, &height)?;
            let along = nodes.binary("Mul", z, &density)?;
            nodes.binary("AddV2", &share, &along)?
        }
        Activation::Silu => {
            // s + a·(1 - s)
            let gate = nodes.unary("Sigmoid", z)?;
            let one = nodes.float(1.0)?;
            let shut = nodes.binary("Sub", &one, &gate)?;
            let rest = nodes.binary("Mul", a, &shut)?;
            nodes.binary("AddV2", &gate, &rest)?
        }
    };
    nodes.binary("Mul", da, &slope)
}
