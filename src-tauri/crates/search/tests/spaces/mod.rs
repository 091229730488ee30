//! Spaces to test with.

use proptest::prelude::*;
use retort_domain::{SearchSpace, TrainingConfig};
use retort_search::Space;
use serde_json::{Value, json};

pub fn space(json: &str) -> Space {
    let space: SearchSpace = serde_json::from_str(json).expect(json);
    Space::new(&space, &TrainingConfig::default()).expect(json)
}

/// Any that makes sense: each parameter in one of its forms, or not at all.
pub fn any_space() -> impl Strategy<Value = (String, Space)> {
    let forms: Vec<(&str, Vec<Value>)> = vec![
        (
            "hidden_layers",
            vec![
                json!({"choice": [[16, 16], [64], []]}),
                json!({"layers": [1, 3], "units": [8, 64]}),
                json!({"layers": [0, 4], "units": [16, 512], "log": true, "taper": [0.3, 1.1]}),
                json!({"layers": [2, 2], "units": [32, 128], "step": 32}),
                json!({"layers": [1, 1], "units": [3, 5], "taper": [0.5, 0.9]}),
                json!([9, 9]),
            ],
        ),
        ("activation", vec![json!({"choice": ["relu", "gelu"]}), json!("tanh")]),
        (
            "dropout",
            vec![
                json!({"float": [0.0, 0.5]}),
                json!({"float": [0.1, 0.6], "step": 0.1}),
                json!({"choice": [0.0, 0.25]}),
            ],
        ),
        (
            "optimizer",
            vec![json!({"choice": ["sgd", "adam", "rmsprop"]}), json!({"choice": ["sgd", "adamw"]})],
        ),
        (
            "momentum",
            vec![
                json!({"float": [0.5, 0.99], "when": {"optimizer": ["sgd", "rmsprop"]}}),
                json!({"choice": [0.9], "when": {"optimizer": ["sgd"]}}),
            ],
        ),
        (
            "nesterov",
            vec![json!({"choice": [true, false], "when": {"optimizer": ["sgd"], "momentum": [0.9]}})],
        ),
        (
            "learning_rate",
            vec![
                json!({"float": [1e-5, 1.0], "log": true}),
                json!({"float": [0.001, 0.001_000_1]}),
                json!(0.3),
            ],
        ),
        (
            "weight_decay",
            vec![json!({"float": [1e-6, 1e-6], "log": true}), json!({"choice": [0.0, 1e-4, 1e-2]})],
        ),
        ("lr_schedule", vec![json!({"choice": ["constant", "step", "one_cycle"]})]),
        ("lr_step_epochs", vec![json!({"int": [1, 9], "when": {"lr_schedule": ["step"]}})]),
        ("lr_step_factor", vec![json!({"float": [0.1, 0.9], "when": {"lr_schedule": ["step"]}})]),
        ("gradient_clip_norm", vec![json!({"choice": [null, 1.0]}), json!({"int": [1, 5]})]),
        (
            "batch_size",
            vec![
                json!({"int": [1, 500], "log": true}),
                json!({"int": [16, 128], "step": 16}),
                json!({"choice": [32, 64]}),
            ],
        ),
        ("epochs", vec![json!({"int": [3, 40]}), json!(7)]),
    ];
    let drawn: Vec<_> = forms
        .into_iter()
        .map(|(key, forms)| {
            proptest::option::of(proptest::sample::select(forms)).prop_map(move |form| (key, form))
        })
        .collect();
    drawn.prop_filter_map("a space", |drawn| {
        let present = drawn.into_iter().filter_map(|(key, form)| Some((key.to_owned(), form?)));
        let written = Value::Object(present.collect()).to_string();
        let space: SearchSpace = serde_json::from_str(&written).expect("well-formed");
        Some((written, Space::new(&space, &TrainingConfig::default()).ok()?))
    })
}
