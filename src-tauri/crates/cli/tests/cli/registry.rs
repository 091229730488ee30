//! What is done with datasets and their files on the command line.

use super::support::{Place, sample};
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
    assert!(refusal.contains("is an older version; refresh \"prices\""), "{refusal}");
}

#[test]
fn a_table_is_written_in_the_format_that_the_name_says() {
    let place = Place::new();
    let text = "place,price\r\nGraz,\"1,234.50\"\r\nLinz,NA\r\nWels,\"2,000.00\"\r\n";
    let file = place.file("prices.csv", text).display().to_string();
    place.json(&["dataset", "add", &file]);
    let out = |name: &str| place.path().join(name).display().to_string();
    place.json(&["dataset", "export", "prices", "-o", &out("as-is.csv")]);
    assert_eq!(std::fs::read_to_string(out("as-is.csv")).expect("read"), text);
    place.json(&["dataset", "export", "prices", "-o", &out("typed.csv"), "--typed"]);
    let typed = std::fs::read_to_string(out("typed.csv")).expect("read");
    assert_eq!(typed, "place,price\r\nGraz,1234.5\r\nLinz,\r\nWels,2000\r\n");
    for (name, format) in [("t.xlsx", "workbook"), ("t.parquet", "parquet")] {
        place.json(&["dataset", "export", "prices", "-o", &out(name)]);
        let reading = place.json(&["dataset", "add", &out(name), "--dry-run"]);
        assert_eq!((&reading["format"], &reading["n_rows"]), (&json!(format), &json!(3)));
    }
    place.json(&["dataset", "export", "prices", "-o", &out("t.dat"), "--format", "parquet"]);
    assert_eq!(place.json(&["dataset", "add", &out("t.dat"), "--dry-run"])["format"], "parquet");

    let refusal = place.refusal(&["dataset", "export", "prices", "-o", &out("t.doc")]);
    assert!(refusal.contains(".csv, .xlsx or .parquet"), "{refusal}");
    let refusal = place.refusal(&["dataset", "export", "prices", "-o", &file]);
    assert!(refusal.contains("was read from this file"), "{refusal}");
    assert_eq!(std::fs::read_to_string(&file).expect("read"), text);
}

#[test]
fn notes_and_tags_are_kept_and_a_new_version_has_them_too() {
    let place = Place::new();
    let file = place.file("t.csv", "a,b\n1.5,x\n2.5,y\n3.5,x\n").display().to_string();
    place.json(&["dataset", "add", &file]);
    place.json(&["dataset", "note", "t", "From Husum,\nby post"]);
    let tagged = place.json(&["dataset", "tag", "t", "spring", " North  Sea ", "Spring"]);
    assert_eq!(tagged["tags"], json!(["spring", "North Sea"]));
    let refusal = place.refusal(&["dataset", "tag", "t", "a,b"]);
    assert!(refusal.contains("no comma"), "{refusal}");
    let refusal = place.refusal(&["dataset", "tag", "t", "--remove", "autumn"]);
    assert!(refusal.contains("it has spring, North Sea"), "{refusal}");
    place.json(&["dataset", "tag", "t", "--remove", "SPRING"]);

    place.file("t.csv", "a,b\n1.5,x\n2.5,y\n");
    place.json(&["dataset", "refresh", "t"]);
    place.json(&["dataset", "rename", "t", "posts"]);
    let listed = place.json(&["dataset", "list"]);
    let newest = listed["datasets"].as_array().expect("a list").iter().find(|d| d["name"] == "posts");
    let newest = newest.expect("the renamed one");
    assert_eq!((&newest["notes"], &newest["tags"]), (&json!("From Husum,\nby post"), &json!(["North Sea"])));
    assert!(newest["disk_bytes"].as_f64().is_some_and(|bytes| bytes > 100.0), "{newest}");
    let printed = place.retort(&["dataset", "note", "posts"]);
    assert_eq!(String::from_utf8_lossy(&printed.stdout), "From Husum,\nby post\n");
}

#[test]
fn a_dataset_that_runs_depend_on_is_deleted_only_when_that_is_meant() {
    let place = Place::new();
    place.json(&["dataset", "add", &sample("penguins.csv")]);
    place.json(&["dataset", "add", &sample("concrete.csv")]);
    let train = ["train", "penguins", "--target", "species", "--platform", "pytorch", "--set", "epochs=2"];
    let run = place.json(&train)["runs"][0].clone();
    let refusal = place.refusal(&["dataset", "delete", "penguins"]);
    assert!(refusal.contains("1 run on \"penguins\"") && refusal.contains("--yes"), "{refusal}");
    assert_eq!(place.json(&["dataset", "delete", "penguins", "--yes"])["n_runs"], 1);
    assert_eq!(place.json(&["dataset", "delete", "concrete"])["n_runs"], 0);
    assert_eq!(place.json(&["dataset", "list"])["datasets"], json!([]));
    let kept = place.json(&["run", "show", run["run_id"].as_str().expect("an id")]);
    assert_eq!(kept["metrics"], run["metrics"]);
}
