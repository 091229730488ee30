//! The report of what of a file was left out and what does not fit.

use crate::{
    error::DatasetError,
    export::whole,
    import::{ImportOptions, misfits},
    profile::GoesOn,
    watch::Watch,
};
use retort_domain::SkippedAs;
use std::{fmt::Display, io::BufWriter, path::Path};

/// The rest of the work is writing.
const SHARE_OF_READING: f64 = 0.9;

/// Reads a file as an import would and writes to `out`, as CSV, a line for every
/// part of it that was left out and for every row that does not fit. A large
/// file is copied into `folder` meanwhile.
pub fn save_misfits(
    path: &Path,
    options: &ImportOptions,
    folder: &Path,
    out: &Path,
    goes_on: GoesOn<'_>,
) -> Result<(), DatasetError> {
    let watch = Watch::new(goes_on);
    let (skipped, problems) = misfits(path, options, folder, watch.part(0.0, SHARE_OF_READING))?;
    let failed = |e: &dyn Display| DatasetError::write(out, e);
    whole(out, |file| {
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BufWriter::new(file));
        let mut line = |first: &str, last: &str, what: &str| {
            writer.write_record([first, last, what]).map_err(|e| failed(&e))
        };
        line("first line", "last line", "what")?;
        for part in &skipped {
            let what = match part.skipped_as {
                SkippedAs::Preamble => "above the table",
                SkippedAs::Footnote => "note below the table",
                SkippedAs::Total => "sums, no row",
                SkippedAs::OtherTable => "another table",
                SkippedAs::Comment => "comment",
            };
            let (first, last) = (part.first_line.to_string(), part.last_line.to_string());
            line(&first, &last, &format!("left out: {what}: {}", part.text))?;
        }
        for problem in &problems {
            let number = problem.line.to_string();
            line(&number, &number, &problem.reason)?;
        }
        watch.done()?;
        writer.flush().map_err(|e| failed(&e))
    })
}
