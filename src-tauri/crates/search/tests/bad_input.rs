//! What cannot be searched is refused with one clear line and what to do.

use retort_domain::{ParameterSpace, SearchSpace, TrainingConfig};
use retort_search::{Space, SpaceError};

fn space(json: &str) -> Result<Space, SpaceError> {
    let space: SearchSpace = serde_json::from_str(json).expect(json);
    Space::new(&space, &TrainingConfig::default())
}

/// The space, what is wrong with it, what to do.
const TABLE: &[(&str, &str, &str)] = &[
    (
        "{}",
        "nothing varies in the space",
        "give at least one parameter two choices, or a float or int range, such as \"learning_rate\": {\"float\": [0.0001, 0.03], \"log\": true}",
    ),
    (
        r#"{"epochs":20,"batch_size":{"choice":[64]}}"#,
        "nothing varies in the space",
        "give at least one parameter two choices, or a float or int range, such as \"learning_rate\": {\"float\": [0.0001, 0.03], \"log\": true}",
    ),
    (
        r#"{"learning_rat":{"float":[0.1,0.2]}}"#,
        "there is no parameter learning_rat",
        "did you mean learning_rate?",
    ),
    (
        r#"{"gamma":{"float":[0.1,0.2]}}"#,
        "there is no parameter gamma",
        "use a key of the training configuration, such as learning_rate or batch_size",
    ),
    (
        r#"{"seed":{"int":[0,10]}}"#,
        "seed cannot be part of the space: it decides which rows are trained on",
        "set seed in the configuration instead; all trials share it",
    ),
    (
        r#"{"learning_rate":{"float":[0.1,0.001],"log":true}}"#,
        "learning_rate: float goes from 0.1 down to 0.001",
        "write [0.001, 0.1]",
    ),
    (
        r#"{"hidden_layers":{"layers":[1,3],"units":[64,8]}}"#,
        "hidden_layers: units goes from 64 down to 8",
        "write [8, 64]",
    ),
    (
        r#"{"weight_decay":{"float":[0,0.1],"log":true}}"#,
        "weight_decay is spread by order of magnitude (log) but starts at 0",
        "start weight_decay above 0, or leave log out",
    ),
    (
        r#"{"learning_rate":{"float":[-0.1,0.1],"log":true}}"#,
        "learning_rate is spread by order of magnitude (log) but starts at -0.1",
        "start learning_rate above 0, or leave log out",
    ),
    (
        r#"{"learning_rate":{"float":[0.001,0.1],"log":true,"step":0.01}}"#,
        "learning_rate has both log and step",
        "keep one of them",
    ),
    (
        r#"{"dropout":{"float":[0,0.5],"step":-0.1}}"#,
        "dropout has a step of -0.1 between 0 and 0.5",
        "use a step above 0 and at most 0.5, or leave it out",
    ),
    (
        r#"{"batch_size":{"int":[32,64],"step":64}}"#,
        "batch_size has a step of 64 between 32 and 64",
        "use a step above 0 and at most 32, or leave it out",
    ),
    (
        r#"{"dropout":{"float":[0,1]}}"#,
        "dropout cannot be 1; it must be a number at least 0 and below 1",
        "correct or remove the value of dropout",
    ),
    (
        r#"{"epochs":{"int":[0,20]}}"#,
        "epochs cannot be 0; it must be a whole number, at least 1 and at most 1000000",
        "correct or remove the value of epochs",
    ),
    (
        r#"{"optimizer":{"choice":["adam","lion"]}}"#,
        "optimizer cannot be \"lion\"; it must be one of sgd, adam, adamw, rmsprop",
        "correct or remove the value of optimizer",
    ),
    (
        r#"{"batch_size":{"choice":[32,64.5]}}"#,
        "batch_size cannot be 64.5; it must be a whole number, at least 1 and at most 10000000",
        "correct or remove the value of batch_size",
    ),
    (
        r#"{"hidden_layers":{"choice":[[64],[64,0]]}}"#,
        "hidden_layers cannot be [64, 0]; it must be a list of at most 64 numbers of units, each a whole number, at least 1 and at most 65536",
        "correct or remove the value of hidden_layers",
    ),
    (
        r#"{"learning_rate":"fast","epochs":{"int":[1,2]}}"#,
        "learning_rate cannot be \"fast\"; it must be a number above 0 and at most 1000",
        "correct or remove the value of learning_rate",
    ),
    (
        r#"{"gradient_clip_norm":{"choice":[null,-1]}}"#,
        "gradient_clip_norm cannot be -1; it must be a number above 0 and at most 1000000000, or null",
        "correct or remove the value of gradient_clip_norm",
    ),
    (
        r#"{"dropout":{"choice":[]}}"#,
        "dropout has no choices",
        "give dropout at least one choice, or leave it out",
    ),
    (
        r#"{"hidden_layers":{"choice":[[16],[8],[16]]}}"#,
        "hidden_layers has the choice [16] twice",
        "name each choice once",
    ),
    (
        r#"{"batch_size":{"float":[32,64]}}"#,
        "batch_size cannot be given as float; it is a whole number, at least 1 and at most 10000000",
        "use int",
    ),
    (
        r#"{"activation":{"int":[0,2]}}"#,
        "activation cannot be given as int; it is one of relu, tanh, sigmoid, gelu, silu",
        "use choice",
    ),
    (
        r#"{"epochs":{"layers":[1,2],"units":[8,16]}}"#,
        "epochs cannot be given as layers; it is a whole number, at least 1 and at most 1000000",
        "use int",
    ),
    (
        r#"{"hidden_layers":{"layers":[2,3],"units":[8,64],"taper":[0,1]}}"#,
        "hidden_layers: with taper 0, layer 2 of 64 units would have 0",
        "use a taper between 0.1 and 1, or fewer layers",
    ),
    (
        r#"{"hidden_layers":{"layers":[1,40],"units":[8,64],"taper":[0.5,2]}}"#,
        "hidden_layers: with taper 2, layer 40 of 64 units would have 35184372088832",
        "use a taper between 0.1 and 1, or fewer layers",
    ),
    (
        r#"{"hidden_layers":{"layers":[1,4000000000],"units":[8,64]}}"#,
        "hidden_layers may have 4000000000 layers; at most 64 are supported",
        "lower the second number of layers",
    ),
    (
        r#"{"momentum":{"float":[0,0.9],"when":{"optimiser":["sgd"]}}}"#,
        "momentum depends on optimiser, which is no parameter",
        "did you mean optimizer?",
    ),
    (
        r#"{"momentum":{"float":[0,0.9],"when":{"optimizer":["sdg"]}},"optimizer":{"choice":["sgd","adam"]}}"#,
        "momentum depends on optimizer being \"sdg\", but optimizer must be one of sgd, adam, adamw, rmsprop",
        "name values that optimizer can have",
    ),
    (
        r#"{"momentum":{"float":[0,0.9],"when":{"optimizer":[]}}}"#,
        "momentum matters for no value of optimizer",
        "name at least one value of optimizer, or leave the condition out",
    ),
    (
        r#"{"momentum":{"float":[0,0.9],"when":{"optimizer":["sgd"]}},"dropout":{"float":[0,0.5]}}"#,
        "momentum never matters: optimizer has none of the values that it depends on",
        "let optimizer take one of those values, or take momentum out of the space",
    ),
    (
        r#"{"momentum":{"float":[0,0.9],"when":{"dropout":[0.5]}},"dropout":{"float":[0,0.5]}}"#,
        "momentum depends on dropout, which has no separate values",
        "give dropout choices, whole numbers or a step, or leave the condition out",
    ),
    (
        r#"{"momentum":{"choice":[0,0.9],"when":{"momentum":[0.9]}}}"#,
        "momentum depend on each other",
        "take one of the conditions out",
    ),
    (
        r#"{"dropout":{"choice":[0,0.5],"when":{"batch_norm":[true]}},"batch_norm":{"choice":[true,false],"when":{"dropout":[0]}},"epochs":{"int":[1,2]}}"#,
        "dropout, batch_norm depend on each other",
        "take one of the conditions out",
    ),
    (
        r#"{"nesterov":{"choice":[true,false]},"optimizer":{"choice":["sgd","adam"]},"momentum":0.9}"#,
        "the space holds a configuration that cannot be trained (optimizer \"adam\", nesterov true): nesterov needs the sgd optimizer and a momentum above 0",
        "vary nesterov only \"when\": {\"optimizer\": [\"sgd\"]}, and keep momentum above 0",
    ),
    (
        r#"{"nesterov":{"choice":[true,false]},"optimizer":"sgd","momentum":{"float":[0,0.9]}}"#,
        "the space holds a configuration that cannot be trained (momentum 0, nesterov true): nesterov needs the sgd optimizer and a momentum above 0",
        "vary nesterov only \"when\": {\"optimizer\": [\"sgd\"]}, and keep momentum above 0",
    ),
];

#[test]
fn each_is_refused_with_one_line_and_what_to_do() {
    for (json, wrong, what_to_do) in TABLE {
        let error = space(json).expect_err(json);
        assert_eq!((error.to_string().as_str(), error.hint().as_str()), (*wrong, *what_to_do), "{json}");
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    let base = TrainingConfig::default();
    for (low, high) in [(f64::NAN, 0.1), (0.001, f64::INFINITY), (f64::NEG_INFINITY, 0.1)] {
        let mut range = match serde_json::from_str(r#"{"float":[0.001,0.1]}"#).expect("a range") {
            ParameterSpace::Float(range) => range,
            other => panic!("{other:?}"),
        };
        range.float = [low, high];
        let spaces = [("learning_rate".to_owned(), ParameterSpace::Float(range))];
        let error = Space::new(&SearchSpace(spaces.into()), &base).expect_err("refused").to_string();
        assert!(error.ends_with("not a finite number"), "{error}");
    }
}

#[test]
fn a_configuration_that_cannot_be_trained_is_told_apart_from_its_space() {
    let base = TrainingConfig { learning_rate: -1.0, ..Default::default() };
    let space: SearchSpace = serde_json::from_str(r#"{"epochs":{"int":[1,2]}}"#).expect("a space");
    let error = Space::new(&space, &base).expect_err("refused");
    assert!(matches!(error, SpaceError::Configuration(_)), "{error}");

    let base = TrainingConfig { validation_fraction: 0.0, ..Default::default() };
    let space: SearchSpace =
        serde_json::from_str(r#"{"early_stopping_patience":{"choice":[null,3]}}"#).expect("a space");
    let error = Space::new(&space, &base).expect_err("refused");
    assert_eq!(
        error.hint(),
        "set validation_fraction above 0, or take early_stopping_patience out of the space"
    );
}

#[test]
fn grids_without_an_end_are_refused() {
    for (json, wrong, what_to_do) in [
        (
            r#"{"learning_rate":{"float":[0.001,0.1]}}"#,
            "a grid cannot go through learning_rate, which may be any number between two bounds",
            "give learning_rate a step or choices, or use the random, sobol or tpe sampler",
        ),
        (
            r#"{"hidden_layers":{"layers":[2,3],"units":[8,64],"taper":[0.5,1]}}"#,
            "a grid cannot go through hidden_layers, which may be any number between two bounds",
            "give hidden_layers choices, or use the random, sobol or tpe sampler",
        ),
        (
            r#"{"batch_size":{"int":[1,10000]},"epochs":{"int":[1,10000]},"warmup_epochs":{"int":[1,10000]}}"#,
            "the grid has 1.0e12 combinations; a sweep may have 100000",
            "use fewer choices or larger steps, or the random, sobol or tpe sampler",
        ),
    ] {
        let error = space(json).expect(json).grid_len().expect_err(json);
        assert_eq!((error.to_string().as_str(), error.hint().as_str()), (wrong, what_to_do), "{json}");
    }
}
