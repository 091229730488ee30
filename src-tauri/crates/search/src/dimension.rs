//! What a space is made of: dimensions, each with its values and with when it
//! matters.

use crate::parameter::Parameter;
use crate::scale::Scale;

/// What a dimension's coordinate stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The parameter's value.
    Value,
    /// The number of hidden layers.
    Layers,
    /// Units of the first hidden layer.
    Units,
    /// Each hidden layer's units as a share of the one before.
    Taper,
}

/// One number of a point.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dimension {
    pub(crate) parameter: Parameter,
    pub(crate) role: Role,
    pub(crate) scale: Scale,
    /// All must hold for the dimension to matter.
    pub(crate) needs: Vec<Need>,
}

/// What a dimension needs of an earlier one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Need {
    /// Position of the earlier dimension, which must itself matter.
    pub(crate) dimension: usize,
    pub(crate) allowed: Allowed,
}

/// Which coordinates satisfy a need.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Allowed {
    OneOf(Vec<f64>),
    AtLeast(f64),
}

impl Need {
    pub(crate) fn holds(&self, coordinates: &[Option<f64>]) -> bool {
        coordinates[self.dimension].is_some_and(|coordinate| self.allows(coordinate))
    }

    pub(crate) fn allows(&self, coordinate: f64) -> bool {
        match &self.allowed {
            Allowed::OneOf(coordinates) => coordinates.contains(&coordinate),
            Allowed::AtLeast(smallest) => coordinate >= *smallest,
        }
    }
}

impl Dimension {
    /// True where it matters, given the coordinates of all earlier dimensions.
    pub(crate) fn is_active(&self, coordinates: &[Option<f64>]) -> bool {
        self.needs.iter().all(|need| need.holds(coordinates))
    }
}
