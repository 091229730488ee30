//! From `--config`, `--set` and `--seed` to a checked configuration. Each
//! setting is tried by itself, so that the one at fault is named.

use crate::arguments::SettingArguments;
use retort_domain::{AppError, Bound, ErrorCode, SearchSpace, StudentSpace, TrainingConfig};
use serde_json::{Map, Value};
use std::path::Path;

/// The defaults, changed by the file, then by `--set`, then by `--seed`.
pub fn training_config(arguments: &SettingArguments) -> Result<TrainingConfig, AppError> {
    let mut settings = defaults()?;
    if let Some(path) = &arguments.config {
        for (key, value) in read(path)? {
            change(&mut settings, &key, value)?;
        }
    }
    for (key, text) in &arguments.set {
        change(&mut settings, key, parse(text))?;
    }
    if let Some(seed) = arguments.seed {
        change(&mut settings, "seed", seed.into())?;
    }
    let config = parsed(&settings).map_err(|e| AppError::new(ErrorCode::InvalidConfig, e.to_string()))?;
    config.validate()?;
    Ok(config)
}

fn defaults() -> Result<Map<String, Value>, AppError> {
    match serde_json::to_value(TrainingConfig::default()) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) | Err(_) => Err(AppError::new(ErrorCode::Internal, "the default settings are no JSON object")),
    }
}

/// A search space as written, each parameter read by itself.
pub fn search_space(path: &Path) -> Result<SearchSpace, AppError> {
    let mut space = SearchSpace::default();
    for (name, value) in read(path)? {
        let shown = value.to_string();
        let parameter = serde_json::from_value(value).map_err(|error| {
            AppError::new(
                ErrorCode::InvalidConfig,
                format!("{name} of the search space is {shown}: {error}: {}", path.display()),
            )
            .with_hint("Write for instance \"learning_rate\": {\"float\": [0.0001, 0.03], \"log\": true}")
        })?;
        space.0.insert(name, parameter);
    }
    Ok(space)
}

/// The defaults, changed by a file.
pub fn training_config_of(path: &Path) -> Result<TrainingConfig, AppError> {
    let config = Some(path.to_owned());
    training_config(&SettingArguments { config, set: Vec::new(), seed: None })
}

/// Students to try, as written.
pub fn student_space(path: &Path) -> Result<StudentSpace, AppError> {
    serde_json::from_value(Value::Object(read(path)?)).map_err(|error| {
        AppError::new(
            ErrorCode::InvalidConfig,
            format!("the student space is not understood ({error}): {}", path.display()),
        )
        .with_hint("Write for instance {\"hidden_layers\": [[16], [32], [64, 64]], \"temperature\": [1, 4]}")
    })
}

fn read(path: &Path) -> Result<Map<String, Value>, AppError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| {
        AppError::new(ErrorCode::UnreadableFile, format!("the settings cannot be read ({e}): {shown}"))
            .with_hint("Check the path")
    })?;
    let wrong = |reason: String| {
        AppError::new(
            ErrorCode::InvalidConfig,
            format!("the settings are not a JSON object ({reason}): {shown}"),
        )
        .with_hint("Write them as {\"epochs\": 30, …}")
    };
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| wrong(e.to_string()))
}

/// JSON, or else a plain word.
fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn parsed(settings: &Map<String, Value>) -> Result<TrainingConfig, serde_json::Error> {
    serde_json::from_value(Value::Object(settings.clone()))
}

fn change(settings: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), AppError> {
    if !settings.contains_key(key) {
        let known: Vec<&str> = settings.keys().map(String::as_str).collect();
        return Err(AppError::new(ErrorCode::InvalidConfig, format!("there is no setting \"{key}\""))
            .with_hint(format!("Settings are {}", known.join(", "))));
    }
    let shown = match &value {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    settings.insert(key.to_owned(), value);
    parsed(settings).map(|_| ()).map_err(|error| {
        let message = match Bound::of(key) {
            Some(bound) if key == "hidden_layers" => {
                format!("hidden_layers is {shown}; it must be a list, as [64,32], each {}", bound.in_words())
            }
            Some(bound) => format!("{key} is {shown}; it must be {}", bound.in_words()),
            None => format!("{key} is {shown}; {error}"),
        };
        AppError::new(ErrorCode::InvalidConfig, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    fn config(set: &[(&str, &str)]) -> Result<TrainingConfig, String> {
        let arguments = SettingArguments {
            config: None,
            set: set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            seed: Some(7),
        };
        training_config(&arguments).map_err(|error| error.message)
    }

    #[test]
    fn json_and_plain_words_are_understood() {
        let config = config(&[
            ("hidden_layers", "[16, 8]"),
            ("optimizer", "sgd"),
            ("early_stopping_patience", "null"),
        ]);
        let want = TrainingConfig {
            hidden_layers: vec![16, 8],
            optimizer: retort_domain::Optimizer::Sgd,
            seed: 7,
            ..Default::default()
        };
        assert_eq!(config, Ok(want));
    }

    #[test]
    fn each_bad_setting_is_named_with_what_is_allowed() {
        let table = [
            ("learning_rate", "-1", "learning_rate is -1; it must be above 0 and at most 1000"),
            ("learning_rate", "NaN", "learning_rate is NaN; it must be above 0 and at most 1000"),
            ("epochs", "-3", "epochs is -3; it must be a whole number, at least 1 and at most 1000000"),
            ("epochs", "2.5", "epochs is 2.5; it must be a whole number, at least 1 and at most 1000000"),
            (
                "batch_size",
                "many",
                "batch_size is many; it must be a whole number, at least 1 and at most 10000000",
            ),
            (
                "hidden_layers",
                "64",
                "hidden_layers is 64; it must be a list, as [64,32], each a whole number, at least 1 and at most 65536",
            ),
            ("learning_rat", "1", "there is no setting \"learning_rat\""),
        ];
        for (key, value, want) in table {
            assert_eq!(config(&[(key, value)]), Err(want.to_owned()));
        }
        let unknown = config(&[("optimizer", "sgdd")]).expect_err("no such optimizer");
        assert!(unknown.starts_with("optimizer is sgdd; ") && unknown.contains("`adamw`"), "{unknown}");
    }
}
