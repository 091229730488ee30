//! Reading that takes a while: it can be stopped at any look and leaves nothing,
//! and the report of what does not fit is whole.
mod common;

use common::{Folder, xlsx};
use retort_datasets::{CellsAs, DatasetError, ImportOptions, Table, import, save_misfits, understand};
use retort_domain::ExportFormat;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// A title, a header, rows of which every fourth is too short, and a total.
fn ragged(n_rows: u32) -> String {
    let row = |i: u32| match i % 4 {
        3 => format!("$ {i}.50\n"),
        _ => format!("$ {i}.50,name {},{}\n", i % 7, i % 3),
    };
    let rows: String = (0..n_rows).map(row).collect();
    format!("Stock of 2024,,\n\nprice,name,rest\n{rows}")
}

fn files(folder: &Folder) -> Vec<PathBuf> {
    let csv = folder.write("t.csv", ragged(40_000).as_bytes());
    let cells: String = (1..=3_000)
        .map(|row| {
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\"><v>{row}.5</v></c><c r=\"B{row}\"><v>{}</v></c></row>",
                row % 9
            )
        })
        .collect();
    let header = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>a</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>b</t></is></c></row>";
    let rows = cells.split_once("</row>").map_or("", |(_, rest)| rest);
    let book = folder.write("t.xlsx", &xlsx(&[("one", &format!("{header}{rows}"))]));
    let (dataset, table) = folder.import(&csv).expect("imported");
    let parquet = folder.path().join("t.parquet");
    table.export(&dataset, &parquet, ExportFormat::Parquet, CellsAs::Typed, &|_| true).expect("exported");
    let json: String = (0..20_000).map(|i| format!("{{\"a\":{i},\"b\":\"{}\"}}\n", i % 5)).collect();
    vec![csv, book, parquet, folder.write("t.jsonl", json.as_bytes())]
}

fn listed(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, |entries| entries.count())
}

#[test]
fn reading_stops_at_any_look_and_leaves_nothing() {
    let folder = Folder::new();
    let options = ImportOptions::default();
    for file in files(&folder) {
        let looks = AtomicUsize::new(0);
        let counted = |share: f64| {
            assert!((0.0..=1.0).contains(&share), "{share}");
            looks.fetch_add(1, Ordering::Relaxed);
            true
        };
        let place = Folder::new();
        let whole = import(&file, &options, place.path(), 1.0, &counted).expect("imported");
        let looks = looks.into_inner();
        for last in [1, looks / 2, looks] {
            let left = AtomicUsize::new(last);
            let goes_on = |_: f64| left.fetch_sub(1, Ordering::Relaxed) > 1;
            let place = Folder::new();
            let stopped = import(&file, &options, place.path(), 1.0, &goes_on);
            assert!(
                matches!(stopped, Err(DatasetError::Stopped)),
                "{file:?} at {last} of {looks}: {stopped:?}"
            );
            assert_eq!(listed(place.path()), 0, "{file:?} at {last} of {looks}");
            let stopped = understand(&file, &options, folder.path(), &|_| false);
            assert!(matches!(stopped, Err(DatasetError::Stopped)));
        }
        // What is there already stays when the same file is read again and stopped.
        let left = AtomicUsize::new(looks);
        let goes_on = |_: f64| left.fetch_sub(1, Ordering::Relaxed) > 1;
        let before = listed(place.path());
        import(&file, &options, place.path(), 1.0, &goes_on).expect_err("stopped");
        assert_eq!(listed(place.path()), before);
        Table::open(place.path(), &whole.dataset.id).expect("its table");
    }
}

#[test]
fn the_report_has_every_row_that_does_not_fit() {
    let folder = Folder::new();
    let file = folder.write("t.csv", ragged(20_000).as_bytes());
    let reading = understand(&file, &ImportOptions::default(), folder.path(), &|_| true).expect("understood");
    assert_eq!((reading.problems.len(), reading.n_problems), (1_000, 5_000));
    let out = folder.path().join("report.csv");
    save_misfits(&file, &ImportOptions::default(), folder.path(), &out, &|_| true).expect("saved");
    let report = fs::read_to_string(&out).expect("read");
    let lines: Vec<&str> = report.split("\r\n").collect();
    assert_eq!(
        lines[..3],
        [
            "first line,last line,what",
            "1,1,left out: above the table: Stock of 2024",
            "7,7,1 of 3 cells; the others are missing values",
        ]
    );
    assert_eq!(lines.len(), 1 + 1 + 5_000 + 1);
    assert_eq!(lines[5_001], "20003,20003,1 of 3 cells; the others are missing values");
}
