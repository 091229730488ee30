use super::*;
use crate::{source::read_source, table::Table};
use std::{fmt::Write, fs, path::PathBuf};

/// Everything is large.
const TINY: Bounds = Bounds { copied: 0, copied_packed: 0, held: 0, portion: 1 };
/// As [`TINY`], but several columns are read together.
const SMALL: Bounds = Bounds { portion: 100_000, ..TINY };

/// All that an import leaves behind.
#[derive(Debug, PartialEq)]
struct Left {
    imported: Imported,
    names_in_file: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
    sources: Vec<Vec<Option<String>>>,
}

fn left_by(path: &Path, options: &ImportOptions, bounds: Bounds) -> Result<Left, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let imported = import_within(path, options, folder.path(), 1.0, &|_| true, bounds);
    let files = fs::read_dir(folder.path()).expect("listed").count();
    let imported = imported.map_err(|e| e.to_string())?;
    assert!(files <= 2, "{files} files are left");
    let dataset = &imported.dataset;
    let table = Table::open(folder.path(), &dataset.id).expect("a table");
    let all = 0..table.n_rows();
    let rows = table.page(dataset, 0, dataset.n_rows).expect("rows").rows;
    let cells = read_source(folder.path(), &dataset.id, &all).expect("cells");
    let of_column = |column: &retort_domain::Column| {
        let view = table.column(&column.name).expect("a column");
        let cells = cells.get(&column.name);
        let of_row = |row| cells.map(|cells| cells.text(row, &view).into_owned());
        all.clone().map(of_row).collect()
    };
    let sources = dataset.columns.iter().map(of_column).collect();
    let name_in_file = |column: &retort_domain::Column| table.name_in_file(&column.name).to_owned();
    let names_in_file = dataset.columns.iter().map(name_in_file).collect();
    Ok(Left { imported, names_in_file, rows, sources })
}

/// A large file is read as a small one is.
fn is_read_alike(path: &Path, options: &ImportOptions) {
    let held = left_by(path, options, Bounds::NONE_COPIED);
    let understood = |bounds| {
        let folder = tempfile::tempdir().expect("a folder");
        let understood = understand_within(path, options, folder.path(), &|_| true, bounds);
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 0);
        understood.map_err(|e| e.to_string())
    };
    let held_reading = understood(Bounds::NONE_COPIED);
    for bounds in [TINY, SMALL] {
        let parts = left_by(path, options, bounds);
        assert!(held == parts, "{path:?} with {bounds:?}:\n{held:?}\n{parts:?}");
        assert_eq!(understood(bounds), held_reading, "{path:?} with {bounds:?}");
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../data")
}

/// Dates and decimals that only other columns explain, words, codes, missing
/// cells in several spellings, a name that recurs, a column without name and value, rows that do
/// not fit, and more text than one thread marks at a time.
fn muddled(n_rows: usize, tells: bool) -> String {
    let mut text = String::from("exported today\n\nday;price;sum;code;city;city;;flag\n");
    for row in 0..n_rows {
        let (day, month) = (if tells { row % 28 + 1 } else { row % 12 + 1 }, row % 12 + 1);
        let price = if tells { format!("{},{:02}", row % 90, row % 100) } else { format!("{}", row % 90) };
        let remark = if row % 7 == 0 { "\"two\nlines, é\"" } else { "none" };
        let missing = ["", "NA", "-", "k.A."][row % 4];
        let (sum, city) = (format!("{}.{:03}", row % 9 + 1, row % 1000), ["Graz", "Wien", missing][row % 3]);
        let flag = if row % 2 == 0 { "ja" } else { "nein" };
        let more = if row == 17 { ";surplus" } else { "" };
        writeln!(
            text,
            "{day:02}/{month:02}/2024;{price};{sum};{:05};{city};{remark} {row};;{flag}{more}",
            row % 777
        )
        .expect("written");
    }
    text
}

#[test]
fn large_texts_are_read_as_small_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, muddled(300, true).as_bytes()).expect("packed");
    let files = [
        ("told.csv", muddled(40_000, true).into_bytes()),
        ("untold.csv", muddled(300, false).into_bytes()),
        ("latin.csv", encoding_rs::WINDOWS_1252.encode(&muddled(300, true)).0.into_owned()),
        ("utf16.csv", muddled(300, true).encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("packed.csv.gz", gzip.finish().expect("packed")),
        ("header.csv", b"a,b\n".to_vec()),
        ("blank.csv", b"\n \n".to_vec()),
        ("empty.csv", Vec::new()),
        ("one.csv", b"x\n1\n2\n".to_vec()),
        ("nothing.csv", b"a,b\n,\n,\n".to_vec()),
        ("lines.jsonl", b"{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n".to_vec()),
    ];
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        is_read_alike(&path, &ImportOptions::default());
    }
    let reading = ReadingOptions { decimal: Some(retort_domain::DecimalMark::Point), ..Default::default() };
    is_read_alike(&folder.path().join("told.csv"), &ImportOptions { reading, ..Default::default() });
}

#[test]
fn large_samples_are_read_as_small_ones() {
    for name in ["penguins.csv", "concrete.csv", "credit.xlsx", "titanic.xls"] {
        is_read_alike(&samples().join(name), &ImportOptions::default());
    }
}

#[test]
fn large_columnar_files_are_read_as_small_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("t.csv");
    fs::write(&text, muddled(5_000, true)).expect("written");
    let imported = import(&text, &ImportOptions::default(), folder.path(), 1.0, &|_| true).expect("imported");
    let table = Table::open(folder.path(), &imported.dataset.id).expect("a table");
    let parquet = folder.path().join("t.parquet");
    let format = retort_domain::ExportFormat::Parquet;
    table.export(&imported.dataset, &parquet, format, crate::CellsAs::Source, &|_| true).expect("exported");
    is_read_alike(&parquet, &ImportOptions::default());
    let half = fs::read(&parquet).expect("read");
    let broken = folder.path().join("broken.parquet");
    fs::write(&broken, &half[..half.len() / 2]).expect("written");
    is_read_alike(&broken, &ImportOptions::default());
}

#[test]
fn a_large_import_that_is_stopped_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    fs::write(&path, muddled(20_000, true)).expect("written");
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let counted = |_: f64| looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < usize::MAX;
    let place = tempfile::tempdir().expect("a folder");
    import_within(&path, &ImportOptions::default(), place.path(), 1.0, &counted, SMALL).expect("imported");
    let looks = looks.into_inner();
    for last in [1, looks / 4, looks / 2, looks - 1] {
        let left = std::sync::atomic::AtomicUsize::new(last);
        let goes_on = |_: f64| left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) > 1;
        let place = tempfile::tempdir().expect("a folder");
        let stopped = import_within(&path, &ImportOptions::default(), place.path(), 1.0, &goes_on, SMALL);
        assert!(matches!(stopped, Err(DatasetError::Stopped)), "at {last} of {looks}: {stopped:?}");
        assert_eq!(fs::read_dir(place.path()).expect("listed").count(), 0, "at {last} of {looks}");
    }
}
