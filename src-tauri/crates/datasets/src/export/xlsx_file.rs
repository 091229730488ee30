//! One sheet: numbers as numbers, dates as dates in the way in which they were
//! written, everything else as text. What a sheet cannot hold as a value (dates
//! before 1 March 1900, where the calendars of spreadsheet programs differ) is
//! text too.

use super::{after_row, folder_of};
use crate::{
    error::DatasetError,
    moment::{DateStyle, MomentFormat},
    table::{ColumnView, Table},
    watch::{Watch, Watched},
};
use retort_domain::Dataset;
use rust_xlsxwriter::{ColNum, Format, RowNum, Workbook, Worksheet, XlsxError};
use std::{fs::File, io::BufWriter, path::Path};

/// Rows of a sheet, the header among them.
const MAX_ROWS: u32 = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
/// Of a cell's text.
const MAX_CHARS: usize = 32_767;
/// Of a sheet's name.
const MAX_NAME_CHARS: usize = 31;
/// The rest of the work is packing.
const SHARE_OF_ROWS: f64 = 0.7;

const MICROS_PER_DAY: f64 = 86_400e6;
/// 1970-01-01, counted as spreadsheet programs do.
const EPOCH_DAY: f64 = 25_569.0;
/// 1900-03-01 in the same count.
const FIRST_SURE_DAY: f64 = 61.0;
/// 10000-01-01.
const FIRST_DAY_BEYOND: f64 = 2_958_466.0;

/// Refuses what does not fit on a sheet.
pub(super) fn check(dataset: &Dataset) -> Result<(), DatasetError> {
    let (rows, columns) = (dataset.n_rows, dataset.columns.len());
    if rows >= MAX_ROWS {
        return Err(DatasetError::TooManyRowsForSheet {
            dataset: dataset.name.clone(),
            rows,
            limit: MAX_ROWS - 1,
        });
    }
    if columns > MAX_COLUMNS {
        return Err(DatasetError::TooManyColumnsForSheet {
            dataset: dataset.name.clone(),
            columns,
            limit: MAX_COLUMNS,
        });
    }
    Ok(())
}

pub(super) fn write(
    table: &Table,
    dataset: &Dataset,
    file: &mut File,
    path: &Path,
    watch: Watch<'_>,
) -> Result<(), DatasetError> {
    let failed = |e: XlsxError| DatasetError::write(path, e);
    let of_rows = watch.part(0.0, SHARE_OF_ROWS);
    let mut workbook = Workbook::new();
    // Where there is to be room for the file there is room for its parts.
    workbook.set_tempdir(folder_of(path)).map_err(failed)?;
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    sheet.set_name(sheet_name(&dataset.name)).map_err(failed)?;
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    let bold = Format::new().set_bold();
    for (place, column) in (0..).zip(&dataset.columns) {
        check_text(dataset, place, 0, &column.name)?;
        sheet.write_string_with_format(0, place, &column.name, &bold).map_err(failed)?;
    }
    let mut done: RowNum = 0;
    for rows in table.parts() {
        let part = table.part(rows)?;
        let views = part.columns_of(dataset)?;
        let columns: Vec<SheetColumn> = views.into_iter().map(SheetColumn::new).collect();
        for row in 0..part.n_rows() {
            done += 1;
            for (place, column) in (0..).zip(&columns) {
                if let Some(text) = column.write(sheet, (done, place), row).map_err(failed)? {
                    check_text(dataset, place, done, &text)?;
                    sheet.write_string(done, place, text).map_err(failed)?;
                }
            }
            after_row(of_rows, done as usize, table.n_rows())?;
        }
    }
    // How much will be written is not known, only whether it is still wanted.
    let mut out = Watched::new(BufWriter::new(file), watch.part(SHARE_OF_ROWS, 1.0), 0);
    let saved = workbook.save_to_writer(&mut out);
    if out.is_stopped { Err(DatasetError::Stopped) } else { saved.map_err(failed) }
}

fn check_text(dataset: &Dataset, place: ColNum, row: RowNum, text: &str) -> Result<(), DatasetError> {
    // Characters are counted in UTF-16, of which there are never more than bytes.
    if text.len() <= MAX_CHARS || text.encode_utf16().count() <= MAX_CHARS {
        return Ok(());
    }
    Err(DatasetError::TextTooLongForCell {
        dataset: dataset.name.clone(),
        column: dataset.columns[usize::from(place)].name.chars().take(60).collect(),
        row,
        limit: MAX_CHARS,
    })
}

/// A column and how its values are shown on a sheet.
struct SheetColumn<'a> {
    view: ColumnView<'a>,
    /// Of dates and times.
    format: Option<Format>,
    /// The words of its booleans are the sheet's own.
    plain_booleans: bool,
}

impl<'a> SheetColumn<'a> {
    fn new(view: ColumnView<'a>) -> Self {
        let format = match view {
            ColumnView::Moment(_, format) => Some(Format::new().set_num_format(number_format(format))),
            ColumnView::Number(_) | ColumnView::Text(_) | ColumnView::Boolean(..) => None,
        };
        let plain_booleans = matches!(view, ColumnView::Boolean(_, words)
            if words[0].eq_ignore_ascii_case("false") && words[1].eq_ignore_ascii_case("true"));
        Self { view, format, plain_booleans }
    }

    /// Writes a cell, or gives the text that is to be written.
    fn write(
        &self,
        sheet: &mut Worksheet,
        (row, place): (RowNum, ColNum),
        of_part: usize,
    ) -> Result<Option<String>, XlsxError> {
        match (&self.view, &self.format) {
            (ColumnView::Number(values), _) => {
                if let Some(value) = values.get(of_part) {
                    sheet.write_number(row, place, value)?;
                }
                return Ok(None);
            }
            (ColumnView::Boolean(values, _), _) if self.plain_booleans => {
                if let Some(value) = values.get(of_part) {
                    sheet.write_boolean(row, place, value)?;
                }
                return Ok(None);
            }
            (ColumnView::Moment(values, moment), Some(format)) => {
                if let Some(day) = values.get(of_part).and_then(|micros| day_of(micros, *moment)) {
                    sheet.write_number_with_format(row, place, day, format)?;
                    return Ok(None);
                }
            }
            (ColumnView::Moment(..), None) | (ColumnView::Boolean(..) | ColumnView::Text(_), _) => {}
        }
        Ok(self.view.text(of_part).map(|text| text.into_owned()).filter(|text| !text.is_empty()))
    }
}

/// A moment as spreadsheet programs count days; none where they do not agree.
fn day_of(micros: i64, format: MomentFormat) -> Option<f64> {
    let days = micros as f64 / MICROS_PER_DAY;
    if format.date.is_none() {
        return (0.0..1.0).contains(&days).then_some(days);
    }
    let day = days + EPOCH_DAY;
    (FIRST_SURE_DAY..FIRST_DAY_BEYOND).contains(&day).then_some(day)
}

fn number_format(format: MomentFormat) -> String {
    let date = format.date.map(|style| match style {
        DateStyle::Dashes => "yyyy-mm-dd",
        DateStyle::Slashes => "yyyy/mm/dd",
        DateStyle::Dots => "dd.mm.yyyy",
        DateStyle::DayFirst => "dd/mm/yyyy",
        DateStyle::MonthFirst => "mm/dd/yyyy",
        DateStyle::Named => "d mmm yyyy",
    });
    let time = format.time.then(|| {
        let seconds = if format.seconds { ":ss" } else { "" };
        // Finer than milliseconds they cannot be shown.
        let fraction = match format.fraction.min(3) {
            0 => String::new(),
            digits => format!(".{}", "0".repeat(usize::from(digits))),
        };
        format!("hh:mm{seconds}{fraction}")
    });
    date.into_iter().map(str::to_owned).chain(time).collect::<Vec<_>>().join(" ")
}

/// A name that a sheet may have, as much of the dataset's as can be.
fn sheet_name(name: &str) -> String {
    let allowed = name.chars().map(|c| if "[]:*?/\\".contains(c) || c.is_control() { ' ' } else { c });
    let mut kept = String::new();
    for c in allowed {
        if kept.encode_utf16().count() + c.len_utf16() > MAX_NAME_CHARS {
            break;
        }
        kept.push(c);
    }
    let kept = kept.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    // The program keeps this one for itself.
    if kept.is_empty() || kept.eq_ignore_ascii_case("history") { "Table".to_owned() } else { kept.to_owned() }
}
