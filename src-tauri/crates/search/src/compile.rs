//! From what a person wrote to dimensions: every name, kind, bound and
//! condition is checked here, so that samplers need not.

use crate::dimension::{Allowed, Dimension, Need, Role};
use crate::error::SpaceError;
use crate::parameter::{Kind, Parameter, SHARED, in_words, nearest};
use crate::ranges::{self, Drawn};
use crate::scale::Scale;
use crate::space::{LayerParts, Point, Space};
use retort_domain::{Condition, ParameterSpace, ParameterValue, SearchSpace, TrainingConfig};

/// A space without its rules between parameters checked.
pub(crate) struct Compiled {
    pub(crate) base: TrainingConfig,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) layers: LayerParts,
}

/// A dimension whose condition is still as written.
struct Draft {
    parameter: Parameter,
    role: Role,
    scale: Scale,
    when: Option<Condition>,
}

pub(crate) fn compile(space: &SearchSpace, base: &TrainingConfig) -> Result<Compiled, SpaceError> {
    base.validate().map_err(SpaceError::Configuration)?;
    let mut base = base.clone();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut layers = LayerParts { layers: 0.0, units: 1.0, taper: 1.0, taper_bounds: [1.0; 2] };
    for (name, written) in &space.0 {
        let parameter = parameter(name)?;
        let draft = |scale, when: &Option<Condition>| Draft {
            parameter,
            role: Role::Value,
            scale,
            when: when.clone().filter(|condition| !condition.is_empty()),
        };
        match written {
            ParameterSpace::Fixed(value) => ranges::put(parameter, value, &mut base)?,
            ParameterSpace::Choice(choice) => {
                drafts.push(draft(ranges::choices(parameter, choice)?, &choice.when));
            }
            ParameterSpace::Float(range) => drafts.push(draft(ranges::reals(parameter, range)?, &range.when)),
            ParameterSpace::Int(range) => drafts.push(draft(ranges::wholes(parameter, range)?, &range.when)),
            ParameterSpace::Layers(range) => {
                let drawn = ranges::layers(parameter, range)?;
                layers = drawn.fixed;
                drafts.extend(drawn.varying.into_iter().map(|Drawn { role, scale }| Draft {
                    parameter,
                    role,
                    scale,
                    when: None,
                }));
                if drafts.iter().all(|draft| draft.parameter != parameter) {
                    base.hidden_layers = crate::layers::widths(layers.layers, layers.units, layers.taper);
                }
            }
        }
    }
    fix_what_has_one_value(&mut drafts, &mut base)?;
    let dimensions = ordered(drafts, &base)?;
    if dimensions.iter().all(|dimension| dimension.scale.n_values() == Some(1)) {
        return Err(SpaceError::Empty);
    }
    Ok(Compiled { base, dimensions, layers })
}

fn parameter(name: &str) -> Result<Parameter, SpaceError> {
    Parameter::from_key(name).ok_or_else(|| match SHARED.into_iter().find(|(key, _)| *key == name) {
        Some((_, reason)) => SpaceError::Shared { name: name.to_owned(), reason },
        None => SpaceError::UnknownParameter { name: name.to_owned(), nearest: nearest(name) },
    })
}

/// One value under a condition still makes two kinds of trials, so only what
/// has neither is taken out.
fn fix_what_has_one_value(drafts: &mut Vec<Draft>, base: &mut TrainingConfig) -> Result<(), SpaceError> {
    let is_fixed = |draft: &Draft| {
        draft.role == Role::Value && draft.scale.n_values() == Some(1) && draft.when.is_none()
    };
    for draft in drafts.iter().filter(|draft| is_fixed(draft)) {
        ranges::put(draft.parameter, &draft.scale.value(draft.scale.coordinate(0)), base)?;
    }
    drafts.retain(|draft| !is_fixed(draft));
    Ok(())
}

/// Drafts in display order, except that each comes after those it depends on.
fn ordered(mut drafts: Vec<Draft>, base: &TrainingConfig) -> Result<Vec<Dimension>, SpaceError> {
    drafts.sort_by_key(|draft| (draft.parameter, draft.role));
    let written: Vec<Parameter> = drafts.iter().map(|draft| draft.parameter).collect();
    let mut dimensions: Vec<Dimension> = Vec::with_capacity(drafts.len());
    while !drafts.is_empty() {
        let is_placed = |parameter: Parameter| dimensions.iter().any(|d| d.parameter == parameter);
        let mut next = None;
        for (index, draft) in drafts.iter().enumerate() {
            let mut is_ready = true;
            for parent in draft.when.iter().flat_map(Condition::keys) {
                let parent = parent_of(draft.parameter, parent)?;
                is_ready &= is_placed(parent) || !written.contains(&parent);
            }
            if is_ready {
                next = Some(index);
                break;
            }
        }
        let Some(next) = next else {
            let names = drafts.iter().map(|draft| draft.parameter.key().to_owned()).collect();
            return Err(SpaceError::Cycle { names });
        };
        let draft = drafts.remove(next);
        let mut needs = layer_needs(draft.role, &dimensions, draft.parameter);
        for (parent, values) in draft.when.iter().flatten() {
            needs.extend(need(draft.parameter, parent, values, &dimensions, base)?);
        }
        dimensions.push(Dimension {
            parameter: draft.parameter,
            role: draft.role,
            scale: draft.scale,
            needs,
        });
    }
    Ok(dimensions)
}

fn parent_of(parameter: Parameter, parent: &str) -> Result<Parameter, SpaceError> {
    Parameter::from_key(parent).ok_or_else(|| SpaceError::UnknownParent {
        name: parameter.key().to_owned(),
        parent: parent.to_owned(),
        nearest: nearest(parent),
    })
}

/// Units matter from one layer on, a taper from two.
fn layer_needs(role: Role, dimensions: &[Dimension], parameter: Parameter) -> Vec<Need> {
    let smallest = match role {
        Role::Value | Role::Layers => return Vec::new(),
        Role::Units => 1.0,
        Role::Taper => 2.0,
    };
    let layers = dimensions.iter().position(|d| d.parameter == parameter && d.role == Role::Layers);
    let needs = layers.filter(|&index| dimensions[index].scale.ends()[0] < smallest);
    needs.map(|dimension| Need { dimension, allowed: Allowed::AtLeast(smallest) }).into_iter().collect()
}

/// What a condition needs of a parent; nothing where the parent is fixed and
/// satisfies it.
fn need(
    parameter: Parameter,
    parent: &str,
    values: &[ParameterValue],
    dimensions: &[Dimension],
    base: &TrainingConfig,
) -> Result<Option<Need>, SpaceError> {
    let name = || parameter.key().to_owned();
    let parent = parent_of(parameter, parent)?;
    let parent_name = || parent.key().to_owned();
    if values.is_empty() {
        return Err(SpaceError::EmptyCondition { name: name(), parent: parent_name() });
    }
    for value in values {
        if let Some(allowed) = parent.refusal(value) {
            return Err(SpaceError::ParentValue {
                name: name(),
                parent: parent_name(),
                value: value.clone(),
                allowed,
            });
        }
    }
    let never = SpaceError::NeverHolds { name: name(), parent: parent_name() };
    let Some(index) = dimensions.iter().position(|d| d.parameter == parent) else {
        return if values.contains(&parent.get(base)) { Ok(None) } else { Err(never) };
    };
    let dimension = &dimensions[index];
    if dimension.role != Role::Value || dimension.scale.n_values().is_none() {
        return Err(SpaceError::ContinuousParent { name: name(), parent: parent_name() });
    }
    let coordinates: Vec<f64> =
        values.iter().filter_map(|value| dimension.scale.coordinate_of(value)).collect();
    if coordinates.is_empty() {
        return Err(never);
    }
    Ok(Some(Need { dimension: index, allowed: Allowed::OneOf(coordinates) }))
}

/// Rules between parameters, tried on every choice and both ends of every
/// range of the parameters that they speak of, and of those that decide whether
/// these matter.
pub(crate) fn check_combinations(space: &Space) -> Result<(), SpaceError> {
    const RULED: [Parameter; 4] =
        [Parameter::Optimizer, Parameter::Momentum, Parameter::Nesterov, Parameter::EarlyStoppingPatience];
    let dimensions = &space.dimensions;
    let mut is_tried: Vec<bool> = dimensions.iter().map(|d| RULED.contains(&d.parameter)).collect();
    for index in (0..dimensions.len()).rev().filter(|&index| is_tried[index]).collect::<Vec<_>>() {
        mark_parents(dimensions, index, &mut is_tried);
    }
    let mut coordinates = Vec::with_capacity(dimensions.len());
    try_all(space, &is_tried, &mut coordinates)
}

fn mark_parents(dimensions: &[Dimension], index: usize, is_tried: &mut [bool]) {
    for need in &dimensions[index].needs {
        is_tried[need.dimension] = true;
        mark_parents(dimensions, need.dimension, is_tried);
    }
}

fn try_all(space: &Space, is_tried: &[bool], coordinates: &mut Vec<Option<f64>>) -> Result<(), SpaceError> {
    let Some(dimension) = space.dimensions.get(coordinates.len()) else {
        let point = Point(coordinates.clone());
        return space.config(&point).validate().map_err(|source| {
            let values = space.values(&point);
            let named = space.dimensions.iter().zip(is_tried).filter(|(_, tried)| **tried);
            let mut words: Vec<String> = named
                .filter_map(|(d, _)| values.get_key_value(d.parameter.key()))
                .map(|(key, value)| format!("{key} {}", in_words(value)))
                .collect();
            words.dedup();
            SpaceError::Combination { combination: words.join(", "), source }
        });
    };
    let tried: Vec<Option<f64>> = if !dimension.is_active(coordinates) {
        vec![None]
    } else if !is_tried[coordinates.len()] {
        vec![Some(dimension.scale.ends()[0])]
    } else {
        let needs = space.dimensions.iter().flat_map(|d| &d.needs);
        let mut tried = match &dimension.scale {
            Scale::Choice(choices) => (0..choices.len()).map(|index| index as f64).collect(),
            Scale::Steps { .. } | Scale::LogWhole { .. } | Scale::Real { .. } => {
                dimension.scale.ends().to_vec()
            }
        };
        for need in needs.filter(|need| need.dimension == coordinates.len()) {
            if let Allowed::OneOf(others) = &need.allowed {
                tried.extend(others);
            }
        }
        tried.sort_by(f64::total_cmp);
        tried.dedup();
        tried.into_iter().map(Some).collect()
    };
    for coordinate in tried {
        coordinates.push(coordinate);
        try_all(space, is_tried, coordinates)?;
        coordinates.pop();
    }
    Ok(())
}

/// What a parameter may be given as, for those that have no such range.
pub(crate) fn wrong_form(parameter: Parameter, given: &'static str) -> SpaceError {
    let instead = match parameter.kind() {
        Kind::Units => "choice with lists of units, or layers with units",
        Kind::Number => "float",
        Kind::Whole => "int",
        Kind::Flag | Kind::Name(_) => "choice",
    };
    SpaceError::Form { name: parameter.key().to_owned(), given, allowed: parameter.allowed(), instead }
}
