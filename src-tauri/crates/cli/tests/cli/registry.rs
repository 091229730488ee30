//! What is done with datasets and their files on the command line.

use super::support::Place;
use serde_json::json;

#[test]
fn a_file_that_has_changed_is_read_again_as_it_was_read() {
    let place = Place::new();
    let text = |rows: usize| format!("place;price\n{}", "Graz;1,234\nLinz;2,345\n".repeat(rows));
    let file = place.file("prices.csv", text(6)).display().to_string();
    let first = place.json(&["dataset", "add", &file, "--decimal", "."]);
    assert_eq!(first["source"]["path"], file.as_str());
    assert_eq!(first["source"]["reading"]["decimal"], "point");
    assert_eq!(place.json(&["dataset", "refresh", "prices"])["outcome"], "unchanged");

    place.file("prices.csv", text(8));
    let refreshed = place.json(&["dataset", "refresh", "prices"]);
    assert_eq!(refreshed["outcome"], "new_version");
    assert_eq!((&refreshed["dataset"]["version"], &refreshed["dataset"]["n_rows"]), (&json!(2), &json!(16)));
    assert_eq!(place.json(&["dataset", "rows", "prices"])["rows"][0], json!(["Graz", "1234"]));
    let id = first["id"].as_str().expect("an id");
    assert_eq!(place.json(&["dataset", "rows", "prices (version 1)"])["n_rows"], 12);
    let refusal = place.refusal(&["dataset", "refresh", id]);
    assert!(refusal.contains("is an older version; Refresh \"prices\""), "{refusal}");
}
