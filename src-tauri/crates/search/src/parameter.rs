//! The keys of [`TrainingConfig`] that a sweep may vary, what values each
//! takes, and how one is put into a configuration. Keys that decide which rows
//! and columns are trained on are told apart, since trials that differ in them
//! cannot be compared.

use retort_domain::{Bound, MAX_HIDDEN_LAYERS, ParameterValue, TrainingConfig};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::fmt;

/// A key that a sweep may vary, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Parameter {
    HiddenLayers,
    Activation,
    Dropout,
    BatchNorm,
    Optimizer,
    LearningRate,
    Momentum,
    Nesterov,
    WeightDecay,
    LrSchedule,
    LrStepEpochs,
    LrStepFactor,
    WarmupEpochs,
    GradientClipNorm,
    BatchSize,
    Epochs,
    EarlyStoppingPatience,
    ClassWeighting,
}

/// What values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A list of units.
    Units,
    /// A real number.
    Number,
    /// A whole number.
    Whole,
    /// True or false.
    Flag,
    /// One of these.
    Name(&'static [&'static str]),
}

/// Keys that every trial of a sweep shares, each with the reason.
pub(crate) const SHARED: [(&str, &str); 10] = [
    ("test_fraction", "it decides which rows are trained on"),
    ("validation_fraction", "it decides which rows are trained on"),
    ("split", "it decides which rows are trained on"),
    ("split_column", "it decides which rows are trained on"),
    ("drop_duplicates", "it decides which rows are trained on"),
    ("seed", "it decides which rows are trained on"),
    ("features", "it decides which columns are trained on"),
    ("exclude", "it decides which columns are trained on"),
    ("task", "it decides what is predicted"),
    ("time_limit_secs", "it would make results depend on the machine's speed"),
];

impl Parameter {
    pub(crate) const ALL: [Self; 18] = [
        Self::HiddenLayers,
        Self::Activation,
        Self::Dropout,
        Self::BatchNorm,
        Self::Optimizer,
        Self::LearningRate,
        Self::Momentum,
        Self::Nesterov,
        Self::WeightDecay,
        Self::LrSchedule,
        Self::LrStepEpochs,
        Self::LrStepFactor,
        Self::WarmupEpochs,
        Self::GradientClipNorm,
        Self::BatchSize,
        Self::Epochs,
        Self::EarlyStoppingPatience,
        Self::ClassWeighting,
    ];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::HiddenLayers => "hidden_layers",
            Self::Activation => "activation",
            Self::Dropout => "dropout",
            Self::BatchNorm => "batch_norm",
            Self::Optimizer => "optimizer",
            Self::LearningRate => "learning_rate",
            Self::Momentum => "momentum",
            Self::Nesterov => "nesterov",
            Self::WeightDecay => "weight_decay",
            Self::LrSchedule => "lr_schedule",
            Self::LrStepEpochs => "lr_step_epochs",
            Self::LrStepFactor => "lr_step_factor",
            Self::WarmupEpochs => "warmup_epochs",
            Self::GradientClipNorm => "gradient_clip_norm",
            Self::BatchSize => "batch_size",
            Self::Epochs => "epochs",
            Self::EarlyStoppingPatience => "early_stopping_patience",
            Self::ClassWeighting => "class_weighting",
        }
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.key() == key)
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::HiddenLayers => Kind::Units,
            Self::Activation => Kind::Name(names::<retort_domain::Activation>()),
            Self::Optimizer => Kind::Name(names::<retort_domain::Optimizer>()),
            Self::LrSchedule => Kind::Name(names::<retort_domain::LrSchedule>()),
            Self::ClassWeighting => Kind::Name(names::<retort_domain::ClassWeighting>()),
            Self::BatchNorm | Self::Nesterov => Kind::Flag,
            Self::Dropout
            | Self::LearningRate
            | Self::Momentum
            | Self::WeightDecay
            | Self::LrStepFactor
            | Self::GradientClipNorm => Kind::Number,
            Self::LrStepEpochs
            | Self::WarmupEpochs
            | Self::BatchSize
            | Self::Epochs
            | Self::EarlyStoppingPatience => Kind::Whole,
        }
    }

    /// True where `null` switches it off.
    pub(crate) fn is_optional(self) -> bool {
        matches!(self, Self::GradientClipNorm | Self::EarlyStoppingPatience)
    }

    /// What a configuration holds; the reverse of [`Self::set`].
    pub(crate) fn get(self, config: &TrainingConfig) -> ParameterValue {
        use ParameterValue::{Flag, Number};
        match self {
            Self::HiddenLayers => ParameterValue::Units(config.hidden_layers.clone()),
            Self::Activation => text(config.activation),
            Self::Dropout => Number(config.dropout),
            Self::BatchNorm => Flag(config.batch_norm),
            Self::Optimizer => text(config.optimizer),
            Self::LearningRate => Number(config.learning_rate),
            Self::Momentum => Number(config.momentum),
            Self::Nesterov => Flag(config.nesterov),
            Self::WeightDecay => Number(config.weight_decay),
            Self::LrSchedule => text(config.lr_schedule),
            Self::LrStepEpochs => Number(f64::from(config.lr_step_epochs)),
            Self::LrStepFactor => Number(config.lr_step_factor),
            Self::WarmupEpochs => Number(f64::from(config.warmup_epochs)),
            Self::GradientClipNorm => optional(config.gradient_clip_norm),
            Self::BatchSize => Number(f64::from(config.batch_size)),
            Self::Epochs => Number(f64::from(config.epochs)),
            Self::EarlyStoppingPatience => optional(config.early_stopping_patience.map(f64::from)),
            Self::ClassWeighting => text(config.class_weighting),
        }
    }

    /// Puts a value into a configuration. `None`, with the configuration as it
    /// was, where the value is of another kind than [`Self::kind`].
    pub(crate) fn set(self, config: &mut TrainingConfig, value: &ParameterValue) -> Option<()> {
        match self {
            Self::HiddenLayers => config.hidden_layers = units(value)?,
            Self::Activation => config.activation = name(value)?,
            Self::Dropout => config.dropout = number(value)?,
            Self::BatchNorm => config.batch_norm = flag(value)?,
            Self::Optimizer => config.optimizer = name(value)?,
            Self::LearningRate => config.learning_rate = number(value)?,
            Self::Momentum => config.momentum = number(value)?,
            Self::Nesterov => config.nesterov = flag(value)?,
            Self::WeightDecay => config.weight_decay = number(value)?,
            Self::LrSchedule => config.lr_schedule = name(value)?,
            Self::LrStepEpochs => config.lr_step_epochs = whole(value)?,
            Self::LrStepFactor => config.lr_step_factor = number(value)?,
            Self::WarmupEpochs => config.warmup_epochs = whole(value)?,
            Self::GradientClipNorm => config.gradient_clip_norm = or_nothing(value, number)?,
            Self::BatchSize => config.batch_size = whole(value)?,
            Self::Epochs => config.epochs = whole(value)?,
            Self::EarlyStoppingPatience => config.early_stopping_patience = or_nothing(value, whole)?,
            Self::ClassWeighting => config.class_weighting = name(value)?,
        }
        Some(())
    }

    /// What is allowed, in words, where `value` is not.
    pub(crate) fn refusal(self, value: &ParameterValue) -> Option<String> {
        let fits = match (self.kind(), value) {
            (Kind::Units, ParameterValue::Units(units)) => {
                units.len() <= MAX_HIDDEN_LAYERS && units.iter().all(|&u| self.allows(f64::from(u)))
            }
            (Kind::Number | Kind::Whole, ParameterValue::Number(number)) => self.allows(*number),
            (Kind::Number | Kind::Whole, ParameterValue::Nothing(())) => self.is_optional(),
            (Kind::Flag, ParameterValue::Flag(_)) => true,
            (Kind::Name(names), ParameterValue::Text(text)) => names.contains(&text.as_str()),
            (Kind::Units | Kind::Number | Kind::Whole | Kind::Flag | Kind::Name(_), _) => false,
        };
        (!fits).then(|| self.allowed())
    }

    fn allows(self, number: f64) -> bool {
        Bound::of(self.key()).is_none_or(|bound| bound.allows(number))
    }

    /// What is allowed, in words.
    pub(crate) fn allowed(self) -> String {
        let bounds = Bound::of(self.key()).map(Bound::in_words).unwrap_or_default();
        match self.kind() {
            Kind::Units => format!("a list of at most {MAX_HIDDEN_LAYERS} numbers of units, each {bounds}"),
            Kind::Number | Kind::Whole => {
                let number = if self.kind() == Kind::Number { "a number " } else { "" };
                let nothing = if self.is_optional() { ", or null" } else { "" };
                format!("{number}{bounds}{nothing}")
            }
            Kind::Flag => "true or false".to_owned(),
            Kind::Name(names) => format!("one of {}", names.join(", ")),
        }
    }
}

/// The known key that `key` was most likely meant to be.
pub(crate) fn nearest(key: &str) -> Option<&'static str> {
    Parameter::ALL
        .into_iter()
        .map(|parameter| (edits(key, parameter.key()), parameter.key()))
        .min()
        .filter(|&(n_edits, known)| n_edits <= known.len() / 3)
        .map(|(_, known)| known)
}

/// Insertions, deletions and substitutions that make `a` into `b` (Levenshtein
/// 1966), capitals and separators left aside.
fn edits(a: &str, b: &str) -> usize {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
    };
    let (a, b) = (plain(a), plain(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn text<T: serde::Serialize>(variant: T) -> ParameterValue {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(text)) => ParameterValue::Text(text),
        Ok(_) | Err(_) => ParameterValue::Nothing(()),
    }
}

fn optional(number: Option<f64>) -> ParameterValue {
    number.map_or(ParameterValue::Nothing(()), ParameterValue::Number)
}

fn units(value: &ParameterValue) -> Option<Vec<u32>> {
    if let ParameterValue::Units(units) = value { Some(units.clone()) } else { None }
}

fn number(value: &ParameterValue) -> Option<f64> {
    if let ParameterValue::Number(number) = value { Some(*number) } else { None }
}

fn whole(value: &ParameterValue) -> Option<u32> {
    let number = number(value)?;
    let whole = number as u32;
    (f64::from(whole) == number).then_some(whole)
}

fn flag(value: &ParameterValue) -> Option<bool> {
    if let ParameterValue::Flag(flag) = value { Some(*flag) } else { None }
}

fn or_nothing<T>(value: &ParameterValue, read: fn(&ParameterValue) -> Option<T>) -> Option<Option<T>> {
    if *value == ParameterValue::Nothing(()) { Some(None) } else { read(value).map(Some) }
}

fn name<T: DeserializeOwned>(value: &ParameterValue) -> Option<T> {
    let ParameterValue::Text(text) = value else { return None };
    T::deserialize(deserializer(text)).ok()
}

/// The names of an enum's variants, as its own `Deserialize` tells them, so
/// that no second list can fall behind.
fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    T::deserialize(deserializer("")).err().map_or(&[], |refusal| refusal.0)
}

fn deserializer(text: &str) -> StrDeserializer<'_, Refusal> {
    text.into_deserializer()
}

/// The variants that were expected instead.
#[derive(Debug)]
struct Refusal(&'static [&'static str]);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not one of {}", self.0.join(", "))
    }
}

impl std::error::Error for Refusal {}

impl serde::de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

/// A value as a person writes it.
pub(crate) fn in_words(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Flag(flag) => flag.to_string(),
        ParameterValue::Number(number) => number.to_string(),
        ParameterValue::Text(text) => format!("\"{text}\""),
        ParameterValue::Units(units) => format!("{units:?}"),
        ParameterValue::Nothing(()) => "null".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new key must be put into one of the two lists.
    #[test]
    fn every_key_of_a_configuration_may_vary_or_is_shared_for_a_reason() {
        let config = serde_json::to_value(TrainingConfig::default()).expect("JSON");
        for key in config.as_object().expect("an object").keys() {
            let shared = SHARED.iter().any(|(shared, _)| shared == key);
            assert!(Parameter::from_key(key).is_some() != shared, "{key}");
        }
    }

    #[test]
    fn what_is_put_into_a_configuration_is_what_it_then_holds() {
        let all = Parameter::ALL.map(|p| (p, p.get(&TrainingConfig::default())));
        for (parameter, default) in all {
            let other = match (parameter.kind(), default) {
                (Kind::Units, _) => ParameterValue::Units(vec![3, 2]),
                (Kind::Flag, ParameterValue::Flag(flag)) => ParameterValue::Flag(!flag),
                (Kind::Name(names), _) => ParameterValue::Text(names[names.len() - 1].to_owned()),
                (Kind::Number, _) => ParameterValue::Number(0.25),
                (Kind::Whole, _) => ParameterValue::Number(17.0),
                (Kind::Flag, other) => panic!("{parameter:?} holds {other:?}"),
            };
            let mut config = TrainingConfig::default();
            assert_eq!(parameter.refusal(&other), None);
            parameter.set(&mut config, &other).expect("fits");
            assert_eq!(parameter.get(&config), other);
            assert_ne!(config, TrainingConfig::default(), "{parameter:?}");
        }
    }

    #[test]
    fn the_nearest_key_is_found_where_there_is_one() {
        for (written, meant) in [
            ("learning_rat", Some("learning_rate")),
            ("learningRate", Some("learning_rate")),
            ("optimiser", Some("optimizer")),
            ("batchsize", Some("batch_size")),
            ("lr", None),
            ("", None),
        ] {
            assert_eq!(nearest(written), meant, "{written}");
        }
    }
}
