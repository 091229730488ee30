//! Tables as files for other programs: what is read back is what was there, and
//! nothing is ever left half written.
mod common;

use common::{Folder, cells, names, told};
use retort_datasets::{CellsAs, DatasetError, Table};
use retort_domain::{ColumnKind, Dataset, ErrorCode, ExportFormat};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Whatever is easily lost: leading zeros, long numbers, old dates, times,
/// words for yes and no, missing cells, and text of every sort.
const MIXED: &str = "\
code,long,amount,day,moment,clock,agreed,flag,remark\r\n\
007,12345678901234567890,\"1,200.50\",2007-11-30,2007-11-30 08:15,08:15:30,yes,true,\"two\r\nlines\"\r\n\
012,12345678901234567891,NA,1899-12-31,2024-02-29 23:59,00:00:00,no,false,\"=1+1, \"\"quoted\"\"\"\r\n\
100,12345678901234567892,3,1900-03-01,1970-01-01 00:00,23:59:59,yes,true,Größe 🐧\r\n\
104,12345678901234567893,-0.25,2024-12-31,2001-01-01 12:30,12:00:00,no,true,\r\n\
105,12345678901234567894,7,2024-01-31,2001-01-02 12:30,12:00:01,,false,plain\r\n";

fn mixed(folder: &Folder) -> (Dataset, Table) {
    folder.import_bytes("mixed.csv", MIXED.as_bytes()).expect("imported")
}

fn export(table: &Table, dataset: &Dataset, path: &Path, format: ExportFormat) -> Result<(), DatasetError> {
    table.export(dataset, path, format, CellsAs::Source, &|_| true)
}

fn kinds(dataset: &Dataset) -> Vec<ColumnKind> {
    dataset.columns.iter().map(|c| c.kind).collect()
}

#[test]
fn every_format_is_read_back_as_the_same_table() {
    let folder = Folder::new();
    let (dataset, table) = mixed(&folder);
    for (format, name) in [
        (ExportFormat::Csv, "out.csv"),
        (ExportFormat::Xlsx, "out.xlsx"),
        (ExportFormat::Parquet, "out.parquet"),
    ] {
        let out = folder.path().join(name);
        export(&table, &dataset, &out, format).expect("exported");
        let (again, table_again) = folder.import(&out).expect("imported again");
        assert_eq!(names(&again), names(&dataset), "{name}");
        // Of typed text it is not asked what its words look like.
        if format != ExportFormat::Parquet {
            assert_eq!(kinds(&again), kinds(&dataset), "{name}");
        }
        // Only text has moments without seconds; Parquet has no words of its own
        // for yes and no.
        let skipped: &[&str] = match format {
            ExportFormat::Csv => &[],
            ExportFormat::Xlsx => &["moment"],
            ExportFormat::Parquet => &["moment", "agreed"],
        };
        let kept: Vec<usize> =
            (0..dataset.columns.len()).filter(|&c| !skipped.contains(&names(&dataset)[c])).collect();
        let of = |rows: Vec<Vec<String>>| -> Vec<Vec<String>> {
            rows.into_iter().map(|row| kept.iter().map(|&c| row[c].clone()).collect()).collect()
        };
        assert_eq!(of(cells(&again, &table_again)), of(cells(&dataset, &table)), "{name}");
    }
}

#[test]
fn text_has_the_cells_of_the_source_unless_typed_ones_are_wanted() {
    let folder = Folder::new();
    let (dataset, table) = mixed(&folder);
    let out = folder.path().join("out.csv");
    export(&table, &dataset, &out, ExportFormat::Csv).expect("exported");
    assert_eq!(fs::read_to_string(&out).expect("read"), MIXED);
    table.export(&dataset, &out, ExportFormat::Csv, CellsAs::Typed, &|_| true).expect("exported");
    let typed = fs::read_to_string(&out).expect("read");
    assert!(typed.contains("007,12345678901234567890,1200.5,"), "{typed}");
    assert!(typed.contains("012,12345678901234567891,,"), "{typed}");
}

#[test]
fn names_are_those_of_the_source_unless_typed_cells_are_wanted() {
    let folder = Folder::new();
    let row = |i| format!("{i},{}.5,,word {i},{}\r\n", i * 7, i % 3);
    let rows: String = (0..30).map(row).collect();
    // A column without name and values is none.
    let text = format!("x,x,,,y\r\n{rows}");
    let exported = format!("x,x,,y\r\n{}", rows.replace(",,", ","));
    let typed = "x,x_2,column_4,y\r\n";
    let out = folder.path().join("out.csv");
    for bytes in [text.clone().into_bytes(), text.replace(',', ";").into_bytes()] {
        let (dataset, table) = folder.import_bytes("t.csv", &bytes).expect("imported");
        assert_eq!(names(&dataset), ["x", "x_2", "column_4", "y"]);
        export(&table, &dataset, &out, ExportFormat::Csv).expect("exported");
        assert_eq!(fs::read_to_string(&out).expect("read"), exported);
        table.export(&dataset, &out, ExportFormat::Csv, CellsAs::Typed, &|_| true).expect("exported");
        assert!(fs::read_to_string(&out).expect("read").starts_with(typed));
    }
    // Names that were made up stand for themselves.
    let (dataset, table) = folder.import_bytes("t.csv", b"1,2\n3,4\n5,6\n").expect("imported");
    export(&table, &dataset, &out, ExportFormat::Csv).expect("exported");
    assert_eq!(fs::read_to_string(&out).expect("read"), "column_1,column_2\r\n1,2\r\n3,4\r\n5,6\r\n");
}

#[test]
fn a_stopped_export_leaves_what_was_there_and_nothing_else() {
    let folder = Folder::new();
    let rows: String = (0..20_000).map(|i| format!("{i}.5,name {i}\n")).collect();
    let (dataset, table) = folder.import_bytes("t.csv", format!("a,b\n{rows}").as_bytes()).expect("imported");
    let place = Folder::new();
    for (format, name) in [
        (ExportFormat::Csv, "out.csv"),
        (ExportFormat::Xlsx, "out.xlsx"),
        (ExportFormat::Parquet, "out.parquet"),
    ] {
        let out = place.write(name, b"before");
        let looks = AtomicUsize::new(0);
        table
            .export(&dataset, &out, format, CellsAs::Source, &|_| {
                looks.fetch_add(1, Ordering::Relaxed);
                true
            })
            .expect("exported");
        let looks = looks.into_inner();
        assert_ne!(fs::read(&out).expect("read"), b"before");
        place.write(name, b"before");
        // Stopped at the first look, and at the last.
        for last in [1, looks] {
            let left = AtomicUsize::new(last);
            let goes_on = |_| left.fetch_sub(1, Ordering::Relaxed) > 1;
            let stopped = table.export(&dataset, &out, format, CellsAs::Source, &goes_on);
            assert!(matches!(stopped, Err(DatasetError::Stopped)), "{name} at {last} of {looks}");
            assert_eq!(fs::read(&out).expect("read"), b"before", "{name}");
        }
        fs::remove_file(&out).expect("removed");
        assert_eq!(listed(place.path()), Vec::<PathBuf>::new());
    }
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn what_a_sheet_cannot_hold_is_refused() {
    let folder = Folder::new();
    let long = "x".repeat(32_768);
    let text = format!("a,b\n1,short\n2,{long}\n3,short\n");
    let (dataset, table) = folder.import_bytes("long.csv", text.as_bytes()).expect("imported");
    let place = Folder::new();
    let out = place.path().join("out.xlsx");
    let error = export(&table, &dataset, &out, ExportFormat::Xlsx).expect_err("too long");
    assert!(error.to_string().contains("row 2 of \"b\""), "{error}");
    assert_eq!(told(error, "long").code, ErrorCode::LimitReached);

    let many = Dataset { n_rows: 1_048_576, ..dataset.clone() };
    let error = export(&table, &many, &out, ExportFormat::Xlsx).expect_err("too many");
    assert_eq!(told(error, "1048576 rows").code, ErrorCode::LimitReached);
    assert_eq!(listed(place.path()), Vec::<PathBuf>::new());
    export(&table, &dataset, &place.path().join("out.parquet"), ExportFormat::Parquet).expect("exported");
}

#[test]
fn a_sheet_is_named_after_the_table_as_far_as_it_may_be() {
    let folder = Folder::new();
    let (dataset, table) = mixed(&folder);
    for name in ["'prices' [May/June]: a name of more than 31 characters", "History", "***"] {
        let named = Dataset { name: name.to_owned(), ..dataset.clone() };
        let out = folder.path().join("named.xlsx");
        export(&table, &named, &out, ExportFormat::Xlsx).expect("exported");
        folder.import(&out).expect("imported again");
    }
}
