//! What the tests share: folders, imports of text, and small workbooks.
#![allow(dead_code, reason = "each test file uses its part")]

use retort_datasets::{DatasetError, ImportOptions, Table, import};
use retort_domain::{AppError, Dataset};
use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
};

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../data")
}

/// A temporary folder for sources, tables and prepared files.
pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    pub fn import(&self, path: &Path) -> Result<(Dataset, Table), DatasetError> {
        let tables = self.path().join("tables");
        let dataset = import(path, &ImportOptions::default(), &tables, 1.0, &|_| true)?.dataset;
        let table = Table::open(&tables, &dataset.id)?;
        Ok((dataset, table))
    }

    pub fn import_bytes(&self, name: &str, bytes: &[u8]) -> Result<(Dataset, Table), DatasetError> {
        self.import(&self.write(name, bytes))
    }
}

/// All cells as shown, missing ones as `∅`.
pub fn cells(dataset: &Dataset, table: &Table) -> Vec<Vec<String>> {
    let page = table.page(dataset, 0, 10_000).expect("a page");
    page.rows
        .into_iter()
        .map(|r| r.into_iter().map(|c| c.unwrap_or_else(|| "∅".to_owned())).collect())
        .collect()
}

pub fn names(dataset: &Dataset) -> Vec<&str> {
    dataset.columns.iter().map(|c| c.name.as_str()).collect()
}

/// What a person reads, checked for form: one line that names `subject`, and a hint.
pub fn told(error: DatasetError, subject: &str) -> AppError {
    let told = AppError::from(error);
    assert!(!told.message.contains('\n'), "{told:?}");
    assert!(told.message.contains(subject), "{told:?}");
    assert!(told.hint.as_deref().is_some_and(|h| !h.is_empty() && !h.contains('\n')), "{told:?}");
    told
}

/// A workbook of the given sheets: names and the XML inside `sheetData`. Style
/// 1 is a date, style 2 a date with time, style 3 a time.
pub fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PKG: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let mut put = |name: &str, text: String| {
        zip.start_file(name, options).expect("an entry");
        zip.write_all(text.as_bytes()).expect("its text");
    };
    put(
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
    );
    put(
        "_rels/.rels",
        format!(
            "<Relationships xmlns=\"{PKG}\"><Relationship Id=\"r0\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let list: String = (1..)
        .zip(sheets)
        .map(|(i, (name, _))| format!("<sheet name=\"{name}\" sheetId=\"{i}\" r:id=\"r{i}\"/>"))
        .collect();
    put(
        "xl/workbook.xml",
        format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets>{list}</sheets></workbook>"),
    );
    let relations: String = (1..=sheets.len())
        .map(|i| {
            format!("<Relationship Id=\"r{i}\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>")
        })
        .collect();
    put(
        "xl/_rels/workbook.xml.rels",
        format!(
            "<Relationships xmlns=\"{PKG}\">{relations}<Relationship Id=\"s\" Type=\"{REL}/styles\" Target=\"styles.xml\"/></Relationships>"
        ),
    );
    put(
        "xl/styles.xml",
        format!(
            "<styleSheet xmlns=\"{MAIN}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"21\"/></cellXfs></styleSheet>"
        ),
    );
    for (i, (_, data)) in (1..).zip(sheets) {
        put(
            &format!("xl/worksheets/sheet{i}.xml"),
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{data}</sheetData></worksheet>"),
        );
    }
    zip.finish().expect("a workbook").into_inner()
}

/// A cell of text.
pub fn text_cell(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

/// A cell of a number, in a style.
pub fn number_cell(at: &str, value: f64, style: u32) -> String {
    format!("<c r=\"{at}\" s=\"{style}\"><v>{value}</v></c>")
}
