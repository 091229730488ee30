//! Writes every file of a folder as it is understood: RFC 4180, the header only
//! where the file has one, cells as in the file. `as_understood IN OUT`; a file
//! that cannot be read has no counterpart in OUT, and one line on stderr.

use retort_datasets::{CellsAs, ImportOptions, Table, import, understand};
use retort_domain::ExportFormat;
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else {
        return Err("usage: as_understood IN OUT".into());
    };
    fs::create_dir_all(&to)?;
    let mut files: Vec<PathBuf> = fs::read_dir(&from)?.filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    for file in files.iter().filter(|f| f.is_file()) {
        if let Err(error) = write(file, &to) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

fn write(file: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let tables = tempfile::tempdir()?;
    let options = ImportOptions::default();
    let out = to.join(file.file_name().unwrap_or_default());
    let Ok(imported) = import(file, &options, tables.path(), 0.0, &|_| true) else {
        // A header without rows is understood, but makes no dataset.
        let reading = understand(file, &options, &std::env::temp_dir(), &|_| true)?;
        let mut writer = csv::Writer::from_path(out)?;
        writer.write_record(reading.columns.iter().map(|c| c.name.as_str()))?;
        return Ok(writer.flush()?);
    };
    let table = Table::open(tables.path(), &imported.dataset.id)?;
    table.export(&imported.dataset, &out, ExportFormat::Csv, CellsAs::Source, &|_| true)?;
    if imported.reading.header_lines.is_empty() {
        let text = fs::read(&out)?;
        let mut reader = csv::Reader::from_reader(text.as_slice());
        reader.headers()?;
        let start = reader.position().byte() as usize;
        // The reader stops before the line end.
        let rows = text[start..].strip_prefix(b"\n").unwrap_or(&text[start..]);
        fs::write(&out, rows)?;
    }
    Ok(())
}
