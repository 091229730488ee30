//! A space as samplers see it: dimensions in an order in which each comes
//! after those it depends on, and the way from a point to a configuration and
//! back. How it is made from what a person wrote is `compile`'s business.

use crate::compile;
use crate::counting;
use crate::dimension::{Dimension, Role};
use crate::error::SpaceError;
use crate::layers;
use crate::parameter::Parameter;
use crate::scale::Scale;
use retort_domain::{MAX_TRIALS, ParameterValue, SearchSpace, TrainingConfig};
use std::collections::BTreeMap;

/// A checked space: every point of it is a configuration that can be trained.
#[derive(Debug, Clone)]
pub struct Space {
    pub(crate) base: TrainingConfig,
    pub(crate) dimensions: Vec<Dimension>,
    /// Of those parts of the hidden layers that are no dimension.
    pub(crate) layers: LayerParts,
    swept: Vec<String>,
}

/// Hidden layers in three numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LayerParts {
    pub(crate) layers: f64,
    pub(crate) units: f64,
    pub(crate) taper: f64,
    /// Smallest and largest.
    pub(crate) taper_bounds: [f64; 2],
}

/// One configuration of a space: a coordinate for each dimension, none where
/// the dimension's condition does not hold. Means nothing outside its space.
#[derive(Debug, Clone, PartialEq)]
pub struct Point(pub(crate) Vec<Option<f64>>);

/// A point as distances are measured: a choice's position in its list, or a
/// number's place in [0, 1]; none where the dimension does not matter.
pub(crate) type Place = Vec<Option<f64>>;

impl Point {
    /// In the order of the space's dimensions. A choice's position in its
    /// list, else the number itself.
    pub fn coordinates(&self) -> &[Option<f64>] {
        &self.0
    }
}

impl Space {
    /// Checks a space against the keys, kinds and bounds of [`TrainingConfig`];
    /// what it leaves out stays as in `base`. The first trouble wins.
    pub fn new(space: &SearchSpace, base: &TrainingConfig) -> Result<Self, SpaceError> {
        let compiled = compile::compile(space, base)?;
        let mut parameters: Vec<Parameter> = compiled.dimensions.iter().map(|d| d.parameter).collect();
        parameters.sort_unstable();
        parameters.dedup();
        let swept = parameters.into_iter().map(|parameter| parameter.key().to_owned()).collect();
        let space =
            Self { base: compiled.base, dimensions: compiled.dimensions, layers: compiled.layers, swept };
        compile::check_combinations(&space)?;
        Ok(space)
    }

    /// Keys of the parameters that vary, in the order in which they are shown.
    pub fn swept(&self) -> &[String] {
        &self.swept
    }

    /// Numbers that make up a point.
    pub fn n_dimensions(&self) -> usize {
        self.dimensions.len()
    }

    /// How many points there are; none where some parameter may be any real
    /// number. Values that do not matter are not counted apart.
    pub fn n_combinations(&self) -> Option<f64> {
        counting::n_combinations(&self.dimensions)
    }

    /// How many trials a grid has; refused where it has no end, or one beyond
    /// [`MAX_TRIALS`].
    pub fn grid_len(&self) -> Result<u32, SpaceError> {
        let endless = self.dimensions.iter().find(|d| d.scale.n_values().is_none());
        if let Some(dimension) = endless {
            return Err(SpaceError::ContinuousGrid {
                name: dimension.parameter.key().to_owned(),
                can_have_step: dimension.role == Role::Value,
            });
        }
        let n_combinations = self.n_combinations().unwrap_or(f64::INFINITY);
        if n_combinations > f64::from(MAX_TRIALS) {
            return Err(SpaceError::LargeGrid { n_combinations });
        }
        Ok(n_combinations as u32)
    }

    /// The most epochs that a trial of this space trains.
    pub fn max_epochs(&self) -> u32 {
        let mut epochs = f64::from(self.base.epochs);
        if let Some(dimension) = self.dimensions.iter().find(|d| d.parameter == Parameter::Epochs) {
            let largest = match &dimension.scale {
                Scale::Choice(choices) => choices.iter().filter_map(as_number).fold(0.0, f64::max),
                Scale::Steps { .. } | Scale::LogWhole { .. } | Scale::Real { .. } => {
                    dimension.scale.ends()[1]
                }
            };
            epochs = if dimension.needs.is_empty() { largest } else { largest.max(epochs) };
        }
        epochs as u32
    }

    /// The configuration to train.
    pub fn config(&self, point: &Point) -> TrainingConfig {
        let mut config = self.base.clone();
        for (parameter, value) in self.parameter_values(point) {
            // Kinds were checked when the space was made.
            let _ = parameter.set(&mut config, &value);
        }
        config
    }

    /// Values of the parameters that vary, those left out that do not matter;
    /// hidden layers as units.
    pub fn values(&self, point: &Point) -> BTreeMap<String, ParameterValue> {
        self.parameter_values(point)
            .into_iter()
            .map(|(parameter, value)| (parameter.key().to_owned(), value))
            .collect()
    }

    /// The reverse of [`Self::values`]; none where they are no point of this
    /// space. Keys that do not vary here are passed over.
    pub fn point_of(&self, values: &BTreeMap<String, ParameterValue>) -> Option<Point> {
        let mut coordinates = Vec::with_capacity(self.dimensions.len());
        for dimension in &self.dimensions {
            let coordinate = if dimension.is_active(&coordinates) {
                let value = values.get(dimension.parameter.key())?;
                Some(self.coordinate_of(dimension, value)?)
            } else {
                None
            };
            coordinates.push(coordinate);
        }
        let point = Point(coordinates);
        // A list of units has more to it than layers, units and taper.
        let units = self.parameter_values(&point).into_iter().find(|(p, _)| *p == Parameter::HiddenLayers);
        units.is_none_or(|(p, value)| values.get(p.key()) == Some(&value)).then_some(point)
    }

    /// The point whose dimensions take the numbers of `unit`, in [0, 1) by
    /// dimension; asked for each dimension once, in order, though not used
    /// where it does not matter.
    pub(crate) fn point_at(&self, mut unit: impl FnMut(usize) -> f64) -> Point {
        let mut coordinates = Vec::with_capacity(self.dimensions.len());
        for (index, dimension) in self.dimensions.iter().enumerate() {
            let unit = unit(index);
            let is_active = dimension.is_active(&coordinates);
            coordinates.push(is_active.then(|| dimension.scale.at_unit(unit)));
        }
        self.settled(Point(coordinates))
    }

    /// Where a point lies.
    pub(crate) fn place(&self, point: &Point) -> Place {
        let coordinates = self.dimensions.iter().zip(&point.0);
        coordinates.map(|(dimension, coordinate)| coordinate.map(|c| dimension.scale.place(c))).collect()
    }

    /// The point that lies at a place, numbers rounded to those there are.
    pub(crate) fn point_in(&self, place: &Place) -> Point {
        let places = self.dimensions.iter().zip(place);
        self.settled(Point(
            places.map(|(dimension, place)| place.map(|p| dimension.scale.coordinate_in(p))).collect(),
        ))
    }

    /// The same configuration with the taper that its units tell, so that a
    /// point is the same whether it was kept or rebuilt from what was stored.
    fn settled(&self, mut point: Point) -> Point {
        if let Some(taper) = self.dimensions.iter().position(|d| d.role == Role::Taper)
            && point.0[taper].is_some()
            && let Some(told) = layers::taper_of(&self.widths(&point), self.layers.taper_bounds)
        {
            point.0[taper] = Some(told);
        }
        point
    }

    fn coordinate_of(&self, dimension: &Dimension, value: &ParameterValue) -> Option<f64> {
        let units = if let ParameterValue::Units(units) = value { units.as_slice() } else { &[] };
        match dimension.role {
            Role::Value => dimension.scale.coordinate_of(value),
            Role::Layers => dimension.scale.coordinate_of(&ParameterValue::Number(units.len() as f64)),
            Role::Units => {
                let first = f64::from(*units.first()?);
                dimension.scale.coordinate_of(&ParameterValue::Number(first))
            }
            Role::Taper => layers::taper_of(units, self.layers.taper_bounds),
        }
    }

    fn parameter_values(&self, point: &Point) -> Vec<(Parameter, ParameterValue)> {
        let mut values: Vec<(Parameter, ParameterValue)> = Vec::with_capacity(self.dimensions.len());
        for (dimension, coordinate) in self.dimensions.iter().zip(&point.0) {
            let Some(coordinate) = *coordinate else { continue };
            match dimension.role {
                Role::Value => values.push((dimension.parameter, dimension.scale.value(coordinate))),
                Role::Layers | Role::Units | Role::Taper => {
                    if values.iter().all(|(parameter, _)| *parameter != dimension.parameter) {
                        values.push((dimension.parameter, ParameterValue::Units(self.widths(point))));
                    }
                }
            }
        }
        values
    }

    fn widths(&self, point: &Point) -> Vec<u32> {
        let part = |role: Role, otherwise: f64| {
            let position = self.dimensions.iter().position(|d| d.role == role);
            position.and_then(|index| point.0[index]).unwrap_or(otherwise)
        };
        layers::widths(
            part(Role::Layers, self.layers.layers),
            part(Role::Units, self.layers.units),
            part(Role::Taper, self.layers.taper),
        )
    }
}

fn as_number(value: &ParameterValue) -> Option<f64> {
    if let ParameterValue::Number(number) = value { Some(*number) } else { None }
}
