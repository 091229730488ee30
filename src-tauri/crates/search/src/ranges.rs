//! One parameter's values, checked: choices, ranges of numbers, hidden layers.

use crate::compile::wrong_form;
use crate::dimension::Role;
use crate::error::SpaceError;
use crate::parameter::{Kind, Parameter};
use crate::scale::Scale;
use crate::space::LayerParts;
use libm::floor;
use retort_domain::{
    Bound, Choice, FloatRange, IntRange, LayerRange, MAX_HIDDEN_LAYERS, ParameterValue, TrainingConfig,
};

/// Puts a plain value into the configuration.
pub(crate) fn put(
    parameter: Parameter,
    value: &ParameterValue,
    config: &mut TrainingConfig,
) -> Result<(), SpaceError> {
    check(parameter, value)?;
    // `check` has refused every value that does not fit.
    let _ = parameter.set(config, value);
    Ok(())
}

fn check(parameter: Parameter, value: &ParameterValue) -> Result<(), SpaceError> {
    let name = parameter.key().to_owned();
    match parameter.refusal(value) {
        Some(allowed) => Err(SpaceError::Value { name, value: value.clone(), allowed }),
        None => Ok(()),
    }
}

pub(crate) fn choices(parameter: Parameter, choice: &Choice) -> Result<Scale, SpaceError> {
    let name = || parameter.key().to_owned();
    if choice.choice.is_empty() {
        return Err(SpaceError::NoChoices { name: name() });
    }
    for (index, value) in choice.choice.iter().enumerate() {
        check(parameter, value)?;
        if choice.choice[..index].contains(value) {
            return Err(SpaceError::DuplicateChoice { name: name(), value: value.clone() });
        }
    }
    Ok(Scale::Choice(choice.choice.clone()))
}

pub(crate) fn reals(parameter: Parameter, range: &FloatRange) -> Result<Scale, SpaceError> {
    if parameter.kind() != Kind::Number {
        return Err(wrong_form(parameter, "float"));
    }
    let [low, high] = range.float;
    numbers(parameter, "float", [low, high], range.log, range.step)
}

pub(crate) fn wholes(parameter: Parameter, range: &IntRange) -> Result<Scale, SpaceError> {
    if !matches!(parameter.kind(), Kind::Number | Kind::Whole) {
        return Err(wrong_form(parameter, "int"));
    }
    let step = range.step.map(f64::from).or((!range.log).then_some(1.0));
    let scale = numbers(parameter, "int", range.int.map(f64::from), range.log, step)?;
    Ok(whole(scale))
}

fn whole(scale: Scale) -> Scale {
    match scale {
        Scale::Real { low, high, log: true } => Scale::LogWhole { low, high },
        other => other,
    }
}

/// Checked against the parameter's bounds; one value becomes one step.
fn numbers(
    parameter: Parameter,
    what: &'static str,
    [low, high]: [f64; 2],
    log: bool,
    step: Option<f64>,
) -> Result<Scale, SpaceError> {
    let scale = span(parameter, what, [low, high], log, step)?;
    for end in [low, high] {
        check(parameter, &ParameterValue::Number(end))?;
    }
    Ok(scale)
}

fn span(
    parameter: Parameter,
    what: &'static str,
    [low, high]: [f64; 2],
    log: bool,
    step: Option<f64>,
) -> Result<Scale, SpaceError> {
    let name = || parameter.key().to_owned();
    if let Some(number) = [low, high].into_iter().find(|number| !number.is_finite()) {
        return Err(SpaceError::NotFinite { name: name(), what, number });
    }
    if low > high {
        return Err(SpaceError::Reversed { name: name(), what, low, high });
    }
    if log && step.is_some() {
        return Err(SpaceError::LogWithStep { name: name() });
    }
    if log && low <= 0.0 {
        return Err(SpaceError::LogOfNothing { name: name(), low });
    }
    if low == high {
        return Ok(Scale::Steps { low, step: 1.0, n: 1 });
    }
    let Some(step) = step else { return Ok(Scale::Real { low, high, log }) };
    if !step.is_finite() {
        return Err(SpaceError::NotFinite { name: name(), what: "step", number: step });
    }
    // Half a billionth of a step is what decimal fractions lose in binary.
    let n_steps = floor((high - low) / step + 5e-10);
    if step <= 0.0 || n_steps < 1.0 || n_steps >= f64::from(i32::MAX) {
        return Err(SpaceError::Step { name: name(), step, low, high });
    }
    Ok(Scale::Steps { low, step, n: n_steps as u32 + 1 })
}

/// Parts of the hidden layers that vary, and the rest.
pub(crate) struct DrawnLayers {
    pub(crate) varying: Vec<Drawn>,
    pub(crate) fixed: LayerParts,
}

/// One part that varies.
pub(crate) struct Drawn {
    pub(crate) role: Role,
    pub(crate) scale: Scale,
}

pub(crate) fn layers(parameter: Parameter, range: &LayerRange) -> Result<DrawnLayers, SpaceError> {
    if parameter.kind() != Kind::Units {
        return Err(wrong_form(parameter, "layers"));
    }
    if range.layers[1] as usize > MAX_HIDDEN_LAYERS {
        return Err(SpaceError::ManyLayers { name: parameter.key().to_owned(), layers: range.layers[1] });
    }
    let [layers, units] = [range.layers, range.units].map(|bounds| bounds.map(f64::from));
    let taper = range.taper.unwrap_or([1.0; 2]);
    let layer_scale = span(parameter, "layers", layers, false, Some(1.0))?;
    let unit_step = range.step.map(f64::from).or((!range.log).then_some(1.0));
    let unit_scale = whole(span(parameter, "units", units, range.log, unit_step)?);
    let taper_scale = span(parameter, "taper", taper, false, None)?;
    check(parameter, &ParameterValue::Units(range.units.to_vec()))?;
    check_taper(parameter, range, taper)?;
    let parts = [(Role::Layers, layer_scale), (Role::Units, unit_scale), (Role::Taper, taper_scale)];
    let matters = |role| match role {
        Role::Value | Role::Layers => true,
        Role::Units => range.layers[1] > 0,
        Role::Taper => range.layers[1] > 1,
    };
    let varying = parts
        .into_iter()
        .filter(|(role, scale)| scale.n_values() != Some(1) && matters(*role))
        .map(|(role, scale)| Drawn { role, scale })
        .collect();
    let fixed = LayerParts { layers: layers[0], units: units[0], taper: taper[0], taper_bounds: taper };
    Ok(DrawnLayers { varying, fixed })
}

fn check_taper(parameter: Parameter, range: &LayerRange, taper: [f64; 2]) -> Result<(), SpaceError> {
    let name = || parameter.key().to_owned();
    let wrong =
        |taper, layer, got| SpaceError::Taper { name: name(), taper, layer, units: range.units[1], got };
    let [narrowest, widest] = taper;
    if narrowest <= 0.0 {
        return Err(wrong(narrowest, 2, f64::from(range.units[1]) * narrowest));
    }
    let last = f64::from(range.units[1]) * libm::pow(widest, f64::from(range.layers[1].max(1)) - 1.0);
    let largest = Bound::of(parameter.key()).map_or(f64::INFINITY, |bound| bound.max);
    if last > largest {
        return Err(wrong(widest, range.layers[1], last));
    }
    Ok(())
}
