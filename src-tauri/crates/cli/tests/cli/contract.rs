//! What the design promises scripts.

use super::support::{Place, sample};
use serde_json::{Value, json};
use std::fs;

#[test]
fn train_prints_the_designed_document() {
    let place = Place::new();
    let document = place.json(&[
        "train",
        &sample("concrete.csv"),
        "--target",
        "compressive_strength",
        "--set",
        "epochs=5",
        "--seed",
        "7",
    ]);
    let runs = document["runs"].as_array().expect("runs");
    let platforms: Vec<&Value> = runs.iter().map(|run| &run["platform"]).collect();
    assert_eq!(platforms, [&json!("pytorch"), &json!("tensorflow")]);
    for run in runs {
        assert_eq!(run["status"], "succeeded");
        assert_eq!(run["task"], "regression");
        assert_eq!(run["params"]["seed"], 7);
        assert_eq!(run["epochs_run"], 5);
        let split: u64 = ["train", "validation", "test"]
            .iter()
            .map(|part| run["split"][part].as_u64().expect("a number of rows"))
            .sum();
        assert_eq!(split, 1030);
        for part in ["train", "validation", "test"] {
            for metric in ["rmse", "mae", "r2"] {
                assert!(run["metrics"][part][metric].is_f64(), "{part} {metric}");
            }
        }
        assert!(run["train_seconds"].as_f64() > Some(0.0));
        assert!(run["artifact_bytes"].as_f64() > Some(1000.0));
        // 8-64-64-1
        assert_eq!(run["parameter_count"], 8 * 64 + 64 + 64 * 64 + 64 + 64 + 1);
    }
}

#[test]
fn a_run_can_be_exported_and_predicts_what_it_was_measured_on() {
    let place = Place::new();
    let document =
        place.json(&["train", &sample("penguins.csv"), "--target", "species", "--set", "epochs=40"]);
    for run in document["runs"].as_array().expect("runs") {
        let id = run["run_id"].as_str().expect("an id");
        let platform = run["platform"].as_str().expect("a platform");
        let folder = place.path().join(platform);
        place.json(&["run", "export", id, "-o", &folder.display().to_string()]);
        assert!(folder.join("weights.safetensors").is_file());
        assert!(folder.join("model.json").is_file());
        assert!(folder.join("model.pt").is_file() || folder.join("saved_model").is_dir());
        let refused = place.refusal(&["run", "export", id, "-o", &folder.display().to_string()]);
        assert!(refused.contains("something already"), "{refused}");

        let out = place.path().join(format!("{platform}.csv"));
        place.json(&["predict", id, &sample("penguins.csv"), "-o", &out.display().to_string()]);
        let text = fs::read_to_string(&out).expect("predictions");
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let column = |name: &str| header.iter().position(|h| *h == name).expect("the column");
        let (truth, predicted) = (column("species"), column("prediction"));
        let right = lines
            .clone()
            .filter(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                cells[truth] == cells[predicted]
            })
            .count();
        assert_eq!(lines.count(), 344);
        assert!(right > 335, "only {right} of 344 rows are predicted right");
    }
}

#[test]
fn jobs_tell_their_events_after_a_number() {
    let place = Place::new();
    place.json(&[
        "train",
        &sample("penguins.csv"),
        "--target",
        "species",
        "--platform",
        "pytorch",
        "--set",
        "epochs=3",
    ]);
    let job = place.json(&["job", "list"])["jobs"][0].clone();
    let id = job["id"].as_str().expect("an id");
    let all = place.json(&["job", "events", id])["events"].clone();
    let all = all.as_array().expect("events");
    assert_eq!(all.len() as u64, job["last_seq"].as_u64().expect("a number"));
    let later = place.json(&["job", "events", id, "--after", "2"])["events"].clone();
    assert_eq!(later.as_array().expect("events")[..], all[2..]);
    assert!(place.refusal(&["job", "cancel", id]).contains("ended already"));
}

#[test]
fn a_file_is_understood_without_being_kept_and_read_as_decided() {
    let place = Place::new();
    let text =
        "Deliveries 2024\n\nplace;price;pieces\nGraz;1,234;7\nLinz;2,345;8\nWels;3,456;9\nSteyr;4,567;4\n";
    let file = place.file("deliveries.csv", text).display().to_string();
    let reading = place.json(&["dataset", "add", &file, "--dry-run"]);
    assert_eq!(reading["dialect"]["delimiter"], ";");
    assert_eq!(reading["n_rows"], 4, "{reading}");
    let question = &reading["columns"][1]["question"];
    assert!(question["chosen"].as_str().is_some_and(|c| c.starts_with("decimal comma")), "{reading}");
    assert_eq!(
        (&reading["header_lines"], &reading["skipped"][0]["skipped_as"]),
        (&json!([3]), &json!("preamble"))
    );
    assert_eq!(place.json(&["dataset", "list"])["datasets"], json!([]));

    let decided = place.json(&["dataset", "add", &file, "--decimal", ".", "--name", "thousands"]);
    let rows = place.json(&["dataset", "rows", "thousands"]);
    assert_eq!(rows["rows"][0], json!(["Graz", "1234", "7"]), "{decided}");
    let found = place.json(&["dataset", "add", &file, "--name", "decimals"]);
    assert_ne!(found["id"], decided["id"]);
    assert_eq!(place.json(&["dataset", "rows", "decimals"])["rows"][0], json!(["Graz", "1.234", "7"]));
}

#[test]
fn rows_are_sorted_filtered_and_searched() {
    let place = Place::new();
    let text = "city,price,day\nGraz,3,2024-01-05\nWien,,2024-02-01\nLinz,10,2024-01-09\nwels,7,2023-12-31\n";
    let file = place.file("prices.csv", text).display().to_string();
    place.json(&["dataset", "add", &file]);
    let page =
        place.json(&["dataset", "rows", "prices", "--sort", "price:desc", "--limit", "2", "--offset", "2"]);
    assert_eq!(page["rows"], json!([["Graz", "3", "2024-01-05"], ["Wien", null, "2024-02-01"]]));
    assert_eq!((&page["row_numbers"], &page["n_matching"]), (&json!([0, 1]), &json!(4)));
    let filtered = [
        "dataset",
        "rows",
        "prices",
        "--filter",
        "price>=5",
        "--filter",
        "day<2024-01-09",
        "--columns",
        "city",
    ];
    let page = place.json(&filtered);
    assert_eq!((&page["columns"], &page["rows"]), (&json!(["city"]), &json!([["wels"]])));
    assert_eq!(place.json(&["dataset", "rows", "prices", "--search", "WIE"])["row_numbers"], json!([1]));
    assert!(place.refusal(&["dataset", "rows", "prices", "--sort", "prise"]).contains("\"price\""));
    assert!(place.refusal(&["dataset", "rows", "prices", "--offset", "9"]).contains('9'));
    assert!(place.refusal(&["dataset", "rows", "prices", "--filter", "city>=3"]).contains("city"));
}

#[test]
fn distill_prints_the_designed_document() {
    let place = Place::new();
    let set = |key: &str, value: &str| ["--set".to_owned(), format!("{key}={value}")];
    let trained = place.json(&[
        "train",
        &sample("penguins.csv"),
        "--target",
        "species",
        "--platform",
        "tensorflow",
        "--set",
        "epochs=10",
    ]);
    let teacher = trained["runs"][0]["run_id"].as_str().expect("an id").to_owned();
    let space = place.file("space.json", r#"{"hidden_layers": [[4], [8]], "temperature": [1, 4]}"#);
    let space = space.display().to_string();
    let mut words = vec!["distill", "--teacher", &teacher, "--seeds", "2", "--student-space", &space];
    let settings = [set("epochs", "5"), set("hidden_layers", "[4]")].concat();
    words.extend(settings.iter().map(String::as_str));
    let document = place.json(&words);
    for key in ["teacher", "control", "student"] {
        for metric in ["accuracy", "log_loss"] {
            let found = &document[key]["test"][metric];
            assert!(found["mean"].is_f64(), "{key} {metric}: {found}");
        }
        assert!(document[key]["weights_bytes"].as_f64() > Some(100.0), "{key}");
    }
    let delta = &document["delta"];
    assert!(delta["size_reduction_percent"].as_f64() > Some(50.0), "{delta}");
    assert_eq!(delta["metric_change"]["by_seed"].as_array().map(Vec::len), Some(2));
    let gain = &delta["gain_over_control"];
    assert!(gain["low"].as_f64() <= gain["mean"].as_f64() && gain["mean"].as_f64() <= gain["high"].as_f64());
    assert!(delta["agreement"]["same_percent"]["mean"].is_f64() && delta["agreement"]["mean_kl"].is_object());
    assert!(delta.as_object().expect("an object").contains_key("speedup_batch1"));
    assert!(
        ["pays", "no_clear_difference", "costs"].contains(&document["verdict"].as_str().expect("a word"))
    );
    let platforms: Vec<&Value> =
        document["students"].as_array().expect("students").iter().map(|s| &s["platform"]).collect();
    assert_eq!(platforms, [&json!("pytorch"), &json!("tensorflow")]);
    // Two shapes, two temperatures, a control a shape, two platforms.
    assert_eq!(document["search"]["candidates"].as_array().map(Vec::len), Some(12));

    let job = document["job_id"].as_str().expect("an id");
    assert_eq!(place.json(&["job", "show", job]), document);
    let text = place.retort(&["job", "show", job]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("The student is") && text.contains("control  pytorch"), "{text}");
}

#[test]
fn usage_errors_exit_with_2() {
    let place = Place::new();
    assert_eq!(place.retort(&["train"]).status.code(), Some(2));
    assert_eq!(place.retort(&["fly"]).status.code(), Some(2));
}

#[test]
fn doctor_tries_both_frameworks_and_names_the_command_where_one_is_missing() {
    let place = Place::new();
    let report = place.json(&["doctor"]);
    let found = report["runtimes"].as_array().expect("runtimes");
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|runtime| runtime["works"] == true), "{report}");

    let nowhere = place.path().join("nowhere");
    let output = place
        .command()
        .args(["doctor", "--json"])
        .env("RETORT_RUNTIMES", &nowhere)
        .output()
        .expect("retort runs");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("cargo xtask setup"), "{told}");
}

#[test]
fn a_sweep_on_folds_tells_means_and_deviations() {
    let place = Place::new();
    let space = place.file("space.json", r#"{"learning_rate": {"float": [0.001, 0.01]}}"#);
    let space = space.display().to_string();
    let penguins = sample("penguins.csv");
    let words = ["sweep", &penguins, "--target", "species", "--space", &space, "--trials", "2"];
    let swept = place.json(&[&words[..], &["--folds", "3", "--set", "epochs=3"]].concat());
    let trials = swept["trials"].as_array().expect("trials");
    assert_eq!(trials.len(), 4);
    assert!(trials.iter().all(|trial| trial["objective_sd"].as_f64().is_some_and(|sd| sd > 0.0)), "{swept}");
    for platform in ["pytorch", "tensorflow"] {
        assert!(swept["best"][platform]["test"]["log_loss"].is_f64(), "{swept}");
    }

    let both = place.retort(&[&words[..], &["--folds", "3", "--repeats", "3"]].concat());
    assert_eq!(both.status.code(), Some(2));
    assert!(place.refusal(&[&words[..], &["--folds", "1"]].concat()).contains("1 times"));
}
