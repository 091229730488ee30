//! Why a space cannot be searched: what is wrong as the error's text, what to
//! do about it as its hint.

use crate::parameter::in_words;
use retort_domain::{ConfigError, MAX_HIDDEN_LAYERS, MAX_TRIALS, ParameterValue};

/// Why a space cannot be searched. Texts are one line and name the parameter.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// The configuration that the space varies is itself not one to train.
    #[error("the configuration that the space varies cannot be trained: {0}")]
    Configuration(#[source] ConfigError),
    /// No parameter has more than one value.
    #[error("nothing varies in the space")]
    Empty,
    /// No such key.
    #[error("there is no parameter {name}")]
    UnknownParameter {
        /// As written.
        name: String,
        /// What it may have been meant to be.
        nearest: Option<&'static str>,
    },
    /// A key that all trials must share.
    #[error("{name} cannot be part of the space: {reason}")]
    Shared {
        /// The key.
        name: String,
        /// Why it must be the same for all.
        reason: &'static str,
    },
    /// A value that the parameter does not take.
    #[error("{name} cannot be {}; it must be {allowed}", in_words(value))]
    Value {
        /// The key.
        name: String,
        /// As written.
        value: ParameterValue,
        /// What is allowed, in words.
        allowed: String,
    },
    /// A kind of range that the parameter does not have.
    #[error("{name} cannot be given as {given}; it is {allowed}")]
    Form {
        /// The key.
        name: String,
        /// `float`, `int` or `layers`.
        given: &'static str,
        /// What is allowed, in words.
        allowed: String,
        /// The form to use.
        instead: &'static str,
    },
    /// A list of choices without any.
    #[error("{name} has no choices")]
    NoChoices {
        /// The key.
        name: String,
    },
    /// A list of choices that names one twice.
    #[error("{name} has the choice {} twice", in_words(value))]
    DuplicateChoice {
        /// The key.
        name: String,
        /// Named twice.
        value: ParameterValue,
    },
    /// NaN or infinite.
    #[error("{name}: {what} is {number}, not a finite number")]
    NotFinite {
        /// The key.
        name: String,
        /// Which number: `float`, `step`, `taper`.
        what: &'static str,
        /// As given.
        number: f64,
    },
    /// The larger bound comes first.
    #[error("{name}: {what} goes from {low} down to {high}")]
    Reversed {
        /// The key.
        name: String,
        /// Which bounds: `float`, `int`, `layers`, `units`, `taper`.
        what: &'static str,
        /// The first.
        low: f64,
        /// The second, smaller.
        high: f64,
    },
    /// No logarithm of zero or less.
    #[error("{name} is spread by order of magnitude (log) but starts at {low}")]
    LogOfNothing {
        /// The key.
        name: String,
        /// The lower bound.
        low: f64,
    },
    /// Both ways of spreading at once.
    #[error("{name} has both log and step")]
    LogWithStep {
        /// The key.
        name: String,
    },
    /// A step that leads nowhere.
    #[error("{name} has a step of {step} between {low} and {high}")]
    Step {
        /// The key.
        name: String,
        /// As given.
        step: f64,
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// Deeper than a network may be.
    #[error("{name} may have {layers} layers; at most {MAX_HIDDEN_LAYERS} are supported")]
    ManyLayers {
        /// The key.
        name: String,
        /// The most layers, as given.
        layers: u32,
    },
    /// A share of the layer before that makes no layer, or too wide a one.
    #[error("{name}: with taper {taper}, layer {layer} of {units} units would have {got:.0}")]
    Taper {
        /// The key.
        name: String,
        /// The offending share.
        taper: f64,
        /// Which layer, from 1.
        layer: u32,
        /// Units of the first.
        units: u32,
        /// Units it would have.
        got: f64,
    },
    /// A condition without a value that satisfies it.
    #[error("{name} matters for no value of {parent}")]
    EmptyCondition {
        /// The key.
        name: String,
        /// What it depends on.
        parent: String,
    },
    /// A condition on something that is no parameter.
    #[error("{name} depends on {parent}, which is no parameter")]
    UnknownParent {
        /// The key.
        name: String,
        /// As written.
        parent: String,
        /// What it may have been meant to be.
        nearest: Option<&'static str>,
    },
    /// A condition on a value that the other parameter does not take.
    #[error("{name} depends on {parent} being {}, but {parent} must be {allowed}", in_words(value))]
    ParentValue {
        /// The key.
        name: String,
        /// What it depends on.
        parent: String,
        /// As written.
        value: ParameterValue,
        /// What is allowed, in words.
        allowed: String,
    },
    /// A condition on a parameter that hits no value twice.
    #[error("{name} depends on {parent}, which has no separate values")]
    ContinuousParent {
        /// The key.
        name: String,
        /// What it depends on.
        parent: String,
    },
    /// A condition that no trial satisfies.
    #[error("{name} never matters: {parent} has none of the values that it depends on")]
    NeverHolds {
        /// The key.
        name: String,
        /// What it depends on.
        parent: String,
    },
    /// Conditions that go round.
    #[error("{} depend on each other", names.join(", "))]
    Cycle {
        /// The keys in the circle, and those that depend on it.
        names: Vec<String>,
    },
    /// A combination that breaks a rule between parameters.
    #[error("the space holds a configuration that cannot be trained ({combination}): {source}")]
    Combination {
        /// The values in question, in words.
        combination: String,
        /// The broken rule.
        source: ConfigError,
    },
    /// A grid over real numbers.
    #[error("a grid cannot go through {name}, which may be any number between two bounds")]
    ContinuousGrid {
        /// The key.
        name: String,
        /// Whether a step would make it a grid.
        can_have_step: bool,
    },
    /// A grid beyond [`MAX_TRIALS`].
    #[error("the grid has {} combinations; a sweep may have {MAX_TRIALS}", large(*n_combinations))]
    LargeGrid {
        /// How many.
        n_combinations: f64,
    },
}

impl SpaceError {
    /// What to do about it, one line.
    pub fn hint(&self) -> String {
        match self {
            Self::Configuration(_) => "correct the configuration first".to_owned(),
            Self::Empty => {
                "give at least one parameter two choices, or a float or int range, such as \"learning_rate\": {\"float\": [0.0001, 0.03], \"log\": true}".to_owned()
            }
            Self::UnknownParameter { nearest, .. } | Self::UnknownParent { nearest, .. } => match nearest {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "use a key of the training configuration, such as learning_rate or batch_size".to_owned(),
            },
            Self::Shared { name, .. } => format!("set {name} in the configuration instead; all trials share it"),
            Self::Value { name, .. } => format!("correct or remove the value of {name}"),
            Self::Form { instead, .. } => format!("use {instead}"),
            Self::NoChoices { name } => format!("give {name} at least one choice, or leave it out"),
            Self::DuplicateChoice { .. } => "name each choice once".to_owned(),
            Self::NotFinite { what, .. } => format!("give {what} an ordinary number"),
            Self::Reversed { low, high, .. } => format!("write [{high}, {low}]"),
            Self::LogOfNothing { name, .. } => format!("start {name} above 0, or leave log out"),
            Self::LogWithStep { .. } => "keep one of them".to_owned(),
            Self::Step { low, high, .. } => {
                format!("use a step above 0 and at most {}, or leave it out", high - low)
            }
            Self::ManyLayers { .. } => "lower the second number of layers".to_owned(),
            Self::Taper { .. } => "use a taper between 0.1 and 1, or fewer layers".to_owned(),
            Self::EmptyCondition { parent, .. } => {
                format!("name at least one value of {parent}, or leave the condition out")
            }
            Self::ParentValue { parent, .. } => format!("name values that {parent} can have"),
            Self::ContinuousParent { parent, .. } => {
                format!("give {parent} choices, whole numbers or a step, or leave the condition out")
            }
            Self::NeverHolds { name, parent } => {
                format!("let {parent} take one of those values, or take {name} out of the space")
            }
            Self::Cycle { .. } => "take one of the conditions out".to_owned(),
            Self::Combination { source, .. } => match source {
                ConfigError::NesterovWithoutMomentum => {
                    "vary nesterov only \"when\": {\"optimizer\": [\"sgd\"]}, and keep momentum above 0".to_owned()
                }
                ConfigError::EarlyStoppingWithoutValidation => {
                    "set validation_fraction above 0, or take early_stopping_patience out of the space".to_owned()
                }
                ConfigError::SplitWithoutColumn { .. } | ConfigError::SplitColumnUnused { .. } => {
                    "set split and split_column in the configuration together".to_owned()
                }
                ConfigError::OutOfBounds { .. }
                | ConfigError::TooManyLayers { .. }
                | ConfigError::NothingToTrainOn { .. } => "narrow the space".to_owned(),
            },
            Self::ContinuousGrid { name, can_have_step } => {
                if *can_have_step {
                    format!("give {name} a step or choices, or use the random, sobol or tpe sampler")
                } else {
                    format!("give {name} choices, or use the random, sobol or tpe sampler")
                }
            }
            Self::LargeGrid { .. } => {
                "use fewer choices or larger steps, or the random, sobol or tpe sampler".to_owned()
            }
        }
    }
}

fn large(number: f64) -> String {
    if number < 1e9 { format!("{number:.0}") } else { format!("{number:.1e}") }
}
