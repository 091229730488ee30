//! What a dataset's profile and a split's preview say on the command line.

use super::support::{Place, sample};
use serde_json::json;
use std::fmt::Write as _;

#[test]
fn a_profile_names_the_leak_and_the_split_keeps_groups_together() {
    let place = Place::new();
    let mut text = "casual,registered,station,day,count\n".to_owned();
    for i in 0..240_u32 {
        let (casual, registered) = (i * 37 % 53, i * 91 % 211);
        let day = format!("2024-{:02}-{:02}", 1 + i / 28, 1 + i % 28);
        writeln!(text, "{casual},{registered},s{},{day},{}", i * i % 12, casual + registered)
            .expect("written");
    }
    let file = place.file("rides.csv", text).display().to_string();
    place.json(&["dataset", "add", &file]);

    let shown = place.json(&["dataset", "show", "rides", "--target", "count"]);
    assert_eq!(shown["profile"]["target"], "count");
    let warnings = shown["profile"]["warnings"].as_array().expect("warnings");
    let sum = warnings.iter().find(|w| w["kind"] == "sum_of_columns").expect("a sum");
    assert_eq!(sum["columns"], json!(["casual", "registered"]));
    assert_eq!(sum["action"], json!({ "kind": "exclude_columns", "columns": ["casual", "registered"] }));
    assert_eq!(shown["profile"]["columns"][0]["name"], "casual");
    let printed =
        place.command().args(["dataset", "show", "rides", "--target", "count"]).output().expect("run");
    let printed = String::from_utf8(printed.stdout).expect("text");
    assert!(printed.contains("warning: count = casual + registered"), "{printed}");
    assert!(place.refusal(&["dataset", "show", "rides", "--target", "counts"]).contains("count"));

    let split = ["dataset", "split", "rides", "--target", "count", "--set"];
    let by_group = place.json(&[&split[..], &["split=by_group", "--set", "split_column=station"]].concat());
    let groups = |i: usize| by_group["parts"][i]["groups"].as_u64().expect("groups");
    let rows = |i: usize| by_group["parts"][i]["rows"].as_u64().expect("rows");
    assert_eq!(rows(0) + rows(1) + rows(2), 240);
    assert!((0..3).all(|i| groups(i) > 0), "{by_group}");
    let by_time = place.json(&[&split[..], &["split=by_time", "--set", "split_column=day"]].concat());
    assert_eq!(by_time["parts"][0]["first"], "2024-01-01");
    assert_eq!(by_time["parts"][2]["part"], "test");
    let line = place.refusal(&[&split[..], &["split=by_time", "--set", "split_column=station"]].concat());
    assert!(line.contains("holds no dates"), "{line}");
    let line = place.refusal(&[&split[..], &["split=by_time"]].concat());
    assert!(line.contains("split_column"), "{line}");
    let line = place.refusal(&[&split[..], &["split=by_day"]].concat());
    assert!(line.contains("by_time"), "{line}");

    // A split that cannot be is refused before anything is queued.
    let train =
        ["train", "rides", "--target", "count", "--set", "split=by_column", "--set", "split_column=station"];
    let line = place.refusal(&train);
    assert!(line.contains("row 1 of \"station\""), "{line}");
    assert_eq!(place.json(&["job", "list"])["jobs"], json!([]));
}

#[test]
fn a_sample_is_shown_with_its_own_target() {
    let place = Place::new();
    place.json(&["dataset", "add", &sample("penguins.csv")]);
    let shown = place.json(&["dataset", "show", "penguins", "--target", "species"]);
    assert_eq!(shown["profile"]["warnings"], json!([]));
    assert!(shown["profile"]["columns"][2]["association"].as_f64().is_some_and(|a| a > 0.4), "{shown}");
}
