//! What a sweep may vary, as a person writes it: one JSON object whose keys
//! are those of [`crate::TrainingConfig`]. What it comes to (dimensions,
//! points, combinations) is `retort_search`'s business.

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor, value::SeqAccessDeserializer},
};
use specta::Type;
use std::{collections::BTreeMap, fmt};

/// A value of a parameter, as JSON has it.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(untagged)]
pub enum ParameterValue {
    /// A switch.
    Flag(bool),
    /// Any number.
    Number(f64),
    /// A name, as of an optimizer.
    Text(String),
    /// Units of each hidden layer.
    Units(Vec<u32>),
    /// Nothing, where a parameter may be left out.
    Nothing(()),
}

/// By the kind of JSON that is there, in one reading: a sweep's trials hold
/// hundreds of thousands, which serde's own way with untagged enums would copy
/// and try one kind after the other.
impl<'de> Deserialize<'de> for ParameterValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfJson;
        impl<'de> Visitor<'de> for OfJson {
            type Value = ParameterValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, a number, a text, a list of units, or null")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(ParameterValue::Flag(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(ParameterValue::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(ParameterValue::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(ParameterValue::Number(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(ParameterValue::Text(text.to_owned()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(ParameterValue::Nothing(()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, units: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(units)).map(ParameterValue::Units)
            }
        }
        deserializer.deserialize_any(OfJson)
    }
}

/// For which values of another parameter this one matters: every one named
/// must have one of its values. Where it does not matter, the configuration's
/// own value stands.
pub type Condition = BTreeMap<String, Vec<ParameterValue>>;

/// One of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// At least one, none twice.
    pub choice: Vec<ParameterValue>,
    /// When it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// A real number within bounds, both included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct FloatRange {
    /// Smallest and largest.
    pub float: [f64; 2],
    /// Evenly spread by order of magnitude; needs bounds above 0.
    #[serde(default)]
    pub log: bool,
    /// Only the smallest plus multiples of this; not together with `log`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// When it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// A whole number within bounds, both included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct IntRange {
    /// Smallest and largest.
    pub int: [i32; 2],
    /// Evenly spread by order of magnitude; needs bounds above 0.
    #[serde(default)]
    pub log: bool,
    /// Only the smallest plus multiples of this; not together with `log`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// When it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// Hidden layers as a number of layers times a number of units; for
/// `hidden_layers` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct LayerRange {
    /// Fewest and most layers.
    pub layers: [u32; 2],
    /// Units of the first layer: fewest and most.
    pub units: [u32; 2],
    /// Units evenly spread by order of magnitude.
    #[serde(default)]
    pub log: bool,
    /// Only the fewest units plus multiples of this; not together with `log`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Units of each layer as a share of the one before, smallest and largest;
    /// left out, all layers are as wide as the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taper: Option<[f64; 2]>,
}

/// What one parameter may be.
#[derive(Debug, Clone, PartialEq, Serialize, Type)]
#[serde(untagged)]
pub enum ParameterSpace {
    /// One of a list.
    Choice(Choice),
    /// A real number.
    Float(FloatRange),
    /// A whole number.
    Int(IntRange),
    /// Layers times units.
    Layers(LayerRange),
    /// Always this.
    Fixed(ParameterValue),
}

// By hand, since an untagged enum would answer a misspelt key with nothing but
// that no variant fits.
impl<'de> Deserialize<'de> for ParameterSpace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = serde_json::Value::deserialize(deserializer)?;
        let has = |key: &str| value.get(key).is_some();
        let parsed = if !value.is_object() {
            serde_json::from_value(value).map(Self::Fixed)
        } else if has("choice") {
            serde_json::from_value(value).map(Self::Choice)
        } else if has("float") {
            serde_json::from_value(value).map(Self::Float)
        } else if has("int") {
            serde_json::from_value(value).map(Self::Int)
        } else if has("layers") || has("units") {
            serde_json::from_value(value).map(Self::Layers)
        } else {
            return Err(D::Error::custom(
                "a parameter is a plain value or has one of the keys choice, float, int, or layers with units",
            ));
        };
        parsed.map_err(D::Error::custom)
    }
}

/// What a sweep may vary, by parameter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(transparent)]
pub struct SearchSpace(pub BTreeMap<String, ParameterSpace>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_space_is_read_and_written_as_a_person_writes_it() {
        let text = r#"{"batch_size":{"choice":[64.0,128.0]},"epochs":20.0,"hidden_layers":{"choice":[[16,16],[64]]},"learning_rate":{"float":[0.0001,0.03],"log":true},"momentum":{"float":[0.0,0.9],"log":false,"when":{"optimizer":["sgd"]}},"optimizer":{"choice":["sgd","adam"]}}"#;
        let space: SearchSpace = serde_json::from_str(text).expect("a space");
        assert_eq!(serde_json::to_string(&space).expect("JSON"), text);
    }

    #[test]
    fn values_are_told_apart_by_their_kind() {
        for (text, value) in [
            ("true", ParameterValue::Flag(true)),
            ("-3", ParameterValue::Number(-3.0)),
            ("20", ParameterValue::Number(20.0)),
            ("0.25", ParameterValue::Number(0.25)),
            ("\"a\\nb\"", ParameterValue::Text("a\nb".into())),
            ("[16,8]", ParameterValue::Units(vec![16, 8])),
            ("[]", ParameterValue::Units(Vec::new())),
            ("null", ParameterValue::Nothing(())),
        ] {
            assert_eq!(serde_json::from_str::<ParameterValue>(text).expect(text), value);
        }
        for text in ["{}", "[1,-2]", "[1.5]", "[\"a\"]"] {
            assert!(serde_json::from_str::<ParameterValue>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (text, word) in [
            (r#"{"learning_rate":{"float":[1,2],"lg":true}}"#, "lg"),
            (r#"{"learning_rate":{"flot":[1,2]}}"#, "choice, float, int"),
            (r#"{"learning_rate":{"float":[1]}}"#, "length 1"),
        ] {
            let error = serde_json::from_str::<SearchSpace>(text).expect_err(text).to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
