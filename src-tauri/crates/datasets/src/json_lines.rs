//! JSON objects, one a line or in a list: keys become columns in the order in
//! which they first occur.

use crate::{
    column::ColumnCells,
    error::DatasetError,
    raw::{Customs, MAX_CELLS, Missing, RawColumn, RawTable, blank_reading, unique_names},
    watch::Watch,
};
use retort_domain::{FileFormat, ReadingOptions};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Most different keys.
const MAX_KEYS: usize = 20_000;
/// Lines between two looks whether the work is still wanted.
const LOOK_LINES: u32 = 4096;

/// Reads a text of JSON objects.
pub(crate) fn read(
    bytes: &[u8],
    options: &ReadingOptions,
    file: &str,
    watch: Watch<'_>,
) -> Result<RawTable, DatasetError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let missing = Missing::new(options.missing.as_deref());
    let mut table =
        Objects { keys: Vec::new(), places: HashMap::new(), columns: Vec::new(), lines: Vec::new(), missing };
    let failed = |line: u32, e: &dyn std::fmt::Display| DatasetError::NoJsonObject {
        file: file.to_owned(),
        line,
        reason: e.to_string(),
    };
    if bytes.trim_ascii_start().starts_with(b"[") {
        let list: Vec<Map<String, Value>> =
            serde_json::from_slice(bytes).map_err(|e| failed(u32::try_from(e.line()).unwrap_or(0), &e))?;
        for (object, line) in list.into_iter().zip(1..) {
            table.push(object, line, file)?;
        }
    } else {
        let mut n_read = 0;
        for (text, line) in bytes.split(|&b| b == b'\n').zip(1_u32..) {
            if line.is_multiple_of(LOOK_LINES) {
                watch.tell(n_read, bytes.len())?;
            }
            n_read += text.len() + 1;
            if !text.trim_ascii().is_empty() {
                let object = serde_json::from_slice(text).map_err(|e| failed(line, &e))?;
                table.push(object, line, file)?;
            }
        }
    }
    Ok(table.finish(options))
}

struct Objects {
    keys: Vec<String>,
    places: HashMap<String, usize>,
    columns: Vec<RawColumn>,
    lines: Vec<u32>,
    missing: Missing,
}

impl Objects {
    fn push(&mut self, object: Map<String, Value>, line: u32, file: &str) -> Result<(), DatasetError> {
        let row = self.lines.len();
        for (key, value) in object {
            let place = match self.places.get(&key) {
                Some(&place) => place,
                None => {
                    self.places.insert(key.clone(), self.keys.len());
                    self.keys.push(key);
                    self.columns.push(RawColumn::default());
                    self.keys.len() - 1
                }
            };
            let column = &mut self.columns[place];
            while column.len() < row {
                column.push("", &self.missing);
            }
            if column.len() == row {
                match value {
                    Value::Null => column.push("", &self.missing),
                    Value::String(text) => column.push(&text, &self.missing),
                    other => column.push(&other.to_string(), &self.missing),
                }
            }
        }
        self.lines.push(line);
        let (rows, columns) = (self.lines.len() as u64, self.keys.len() as u64);
        if self.keys.len() > MAX_KEYS || rows * columns > MAX_CELLS {
            let file = file.to_owned();
            return Err(DatasetError::TooManyCells { file, sheet: None, rows, columns, limit: MAX_CELLS });
        }
        Ok(())
    }

    fn finish(mut self, options: &ReadingOptions) -> RawTable {
        let rows = self.lines.len();
        for column in &mut self.columns {
            while column.len() < rows {
                column.push("", &self.missing);
            }
        }
        let names = unique_names(self.keys, 1);
        let mut reading = blank_reading(FileFormat::JsonLines);
        reading.n_rows = u32::try_from(rows).unwrap_or(u32::MAX);
        reading.evidence.push("the file holds JSON objects; their keys name the columns".to_owned());
        RawTable {
            names: names.unique,
            names_in_file: names.in_file,
            columns: self.columns.into_iter().map(ColumnCells::Texts).collect(),
            lines: self.lines,
            customs: Customs { decimal: options.decimal, date_order: options.date_order, semicolons: false },
            missing: self.missing,
            warnings: names.warnings,
            reading,
        }
    }
}
