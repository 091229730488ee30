//! Files that are no tables, each with an error of its own.
mod common;

use common::{Folder, number_cell, samples, text_cell, told, xlsx};
use retort_datasets::{DatasetError, ImportOptions, Table, import, list_sheets};
use retort_domain::{DatasetId, ErrorCode};
use std::fs;

/// An OLE2 header followed by a stream's name in UTF-16.
fn ole2(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(512, 0);
    bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(2048, 0);
    bytes
}

/// The sample workbook with a FilePass record where its second record was.
fn xls_with_file_pass() -> Vec<u8> {
    let mut bytes = fs::read(samples().join("titanic.xls")).expect("the sample");
    let bof = bytes.windows(4).position(|w| w == [0x09, 0x08, 0x10, 0x00]).expect("a BOF record");
    bytes[bof + 20..bof + 22].copy_from_slice(&[0x2F, 0x00]);
    bytes
}

#[test]
fn each_kind_of_bad_file_is_told_in_one_line_that_names_it() {
    use DatasetError as E;
    let xls = fs::read(samples().join("titanic.xls")).expect("the sample");
    let credit = fs::read(samples().join("credit.xlsx")).expect("the sample");
    let stray = xlsx(&[(
        "far",
        &format!(
            "<row r=\"1\">{}</row><row r=\"1048576\">{}</row>",
            text_cell("A1", "a"),
            number_cell("XFD1048576", 1.0, 0)
        ),
    )]);
    let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut zip = xlsx(&[]);
    zip.windows(3).position(|w| w == b"xl/").expect("a folder");
    while let Some(at) = zip.windows(3).position(|w| w == b"xl/") {
        zip[at] = b'w';
    }
    type Case<'a> = (&'a str, &'a [u8], fn(&DatasetError) -> bool);
    let cases: Vec<Case> = vec![
        ("zero.csv", b"", |e| matches!(e, E::Empty { .. })),
        ("zero.xlsx", b"", |e| matches!(e, E::Empty { .. })),
        ("blank.csv", b"\n \n\n", |e| matches!(e, E::Empty { .. })),
        ("header.csv", b"a,b,c\n", |e| matches!(e, E::HeaderOnly { .. })),
        ("header-bare.csv", b"a", |e| matches!(e, E::HeaderOnly { .. })),
        ("nul.csv", b"a\0,b\0\n1,\0\0\n", |e| matches!(e, E::Binary { .. })),
        ("noise.csv", &noise, |e| matches!(e, E::Binary { .. })),
        ("image.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", |e| matches!(e, E::Binary { .. })),
        ("image.xlsx", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", |e| matches!(e, E::Binary { .. })),
        ("half.xlsx", &credit[..credit.len() / 2], |e| matches!(e, E::DamagedWorkbook { .. })),
        ("nearly.xlsx", &credit[..credit.len() - 1], |e| matches!(e, E::DamagedWorkbook { .. })),
        ("start.xlsx", &credit[..30], |e| matches!(e, E::DamagedWorkbook { .. })),
        ("half.xls", &xls[..xls.len() / 2], |e| matches!(e, E::DamagedWorkbook { .. })),
        ("start.xls", &xls[..600], |e| matches!(e, E::DamagedWorkbook { .. })),
        ("archive.xlsx", &zip, |e| matches!(e, E::NotAWorkbook { .. })),
    ];
    let folder = Folder::new();
    for (name, bytes, expected) in cases {
        let error = folder.import_bytes(name, bytes).expect_err(name);
        assert!(expected(&error), "{name}: {error:?}");
        assert!(matches!(told(error, name).code, ErrorCode::UnreadableFile), "{name}");
    }
    for (name, bytes) in [
        ("locked.xlsx", ole2("EncryptedPackage")),
        ("locked.csv", ole2("EncryptedPackage")),
        ("locked.xls", xls_with_file_pass()),
    ] {
        let error = folder.import_bytes(name, &bytes).expect_err(name);
        assert!(matches!(error, E::Encrypted { .. }), "{name}: {error:?}");
        told(error, name);
    }
    let error = folder.import_bytes("document.xls", &ole2("WordDocument")).expect_err("a document");
    assert!(matches!(error, E::NotAWorkbook { .. }), "{error:?}");
    let error = folder.import_bytes("stray.xlsx", &stray).expect_err("a stray cell");
    assert!(matches!(error, E::TooManyCells { rows: 1_048_576, columns: 16_384, .. }), "{error:?}");
    told(error, "far");
}

#[test]
fn folders_and_absent_files_are_told_apart() {
    let folder = Folder::new();
    let error = folder.import(&folder.path().join("absent.csv")).expect_err("absent");
    assert!(matches!(error, DatasetError::FileNotFound { .. }));
    assert_eq!(told(error, "absent.csv").code, ErrorCode::NotFound);
    let sub = folder.path().join("sub.csv");
    fs::create_dir(&sub).expect("a folder");
    let error = folder.import(&sub).expect_err("a folder");
    assert!(matches!(error, DatasetError::IsFolder { .. }));
    told(error, "sub.csv");
}

#[test]
fn truncated_workbooks_never_panic() {
    let folder = Folder::new();
    for sample in ["titanic.xls", "credit.xlsx"] {
        let bytes = fs::read(samples().join(sample)).expect("the sample");
        for part in 1..12 {
            let cut = &bytes[..bytes.len() * part / 12];
            let error = folder.import_bytes(sample, cut).expect_err(sample);
            told(error, sample);
        }
    }
}

#[test]
fn sheets_are_chosen_by_name() {
    let folder = Folder::new();
    let row = |a: &str, v: f64| {
        format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", text_cell("A1", a), number_cell("A2", v, 0))
    };
    let path =
        folder.write("book.xlsx", &xlsx(&[("empty", ""), ("one", &row("x", 1.0)), ("two", &row("y", 2.0))]));
    let names: Vec<_> =
        list_sheets(&path).expect("sheets").into_iter().map(|s| (s.name, s.n_rows, s.n_columns)).collect();
    assert_eq!(names, [("empty".to_owned(), 0, 0), ("one".to_owned(), 2, 1), ("two".to_owned(), 2, 1)]);
    let read = |sheet: Option<&str>| {
        let options = ImportOptions { sheet: sheet.map(str::to_owned), ..ImportOptions::default() };
        import(&path, &options, folder.path(), 0.0, &|_| true).map(|i| i.dataset)
    };
    let (first, one, two) =
        (read(None).expect("first"), read(Some("one")).expect("one"), read(Some("two")).expect("two"));
    assert_eq!(first.id, one.id);
    assert_ne!(one.id, two.id);
    assert_eq!((first.sheet.as_deref(), two.columns[0].name.as_str()), (Some("one"), "y"));
    let error = told(read(Some("three")).expect_err("no such sheet"), "three");
    assert!(error.hint.is_some_and(|h| h.contains("\"two\"")));
    told(read(Some("empty")).expect_err("an empty sheet"), "empty");
    let text = folder.write("plain.csv", b"a\n1\n");
    assert_eq!(list_sheets(&text).expect("no sheets"), []);
    let options = ImportOptions { sheet: Some("one".into()), ..ImportOptions::default() };
    told(import(&text, &options, folder.path(), 0.0, &|_| true).expect_err("a text file"), "plain.csv");
}

#[test]
fn absent_and_damaged_tables_are_told() {
    let folder = Folder::new();
    let open = |id: &str| Table::open(folder.path(), &DatasetId::from(id));
    assert!(matches!(open("none"), Err(DatasetError::TableMissing { .. })));
    assert!(matches!(open("../none"), Err(DatasetError::TableMissing { .. })));
    folder.write("broken.parquet", b"PAR1 and no more");
    told(open("broken").expect_err("damaged"), "broken");
}
