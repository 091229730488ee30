//! CSV, TSV and their kin: the bytes of a text file become a table of cells as
//! they are in the file, and everything that was understood on the way.

use crate::{
    column::ColumnCells,
    described::{blank_columns, describe, leave_out},
    dialect::{self, Given},
    encoding::Decoded,
    error::DatasetError,
    gather::{Body, Planned},
    header::joined,
    layout::{Grid, Layout, Records, Span, lay_out, most_common},
    raw::{
        Customs, MAX_CELLS_IN_PARTS, Missing, Problems, RawTable, blank_reading, is_value, made_up_names,
        unique_names, warning,
    },
    records::{Cutter, Delimiter, Field, MAX_FIELDS, Mark, mark},
    watch::Watch,
};
use rayon::prelude::*;
use retort_domain::{Dialect, FileFormat, LineEnd, QuoteEscape, ReadingOptions};

/// Rows by whose width a table's is judged.
const WIDTH_ROWS: usize = 1_000;
/// Most empty cells that a row may have too many within it.
const MAX_EMPTY_ONES: usize = 3;
/// Most rows of a table: where each begins is kept in memory.
const MAX_ROWS: usize = 100_000_000;

/// A text file's table, whose columns are read when they are asked for.
pub(crate) struct TextTable<'a> {
    /// All but the columns.
    pub table: RawTable,
    records: Records<'a>,
    layout: Layout,
    chosen: usize,
    /// Records of the rows.
    rows: Vec<usize>,
    planned: Planned,
    most_problems: usize,
    is_checked: bool,
}

impl<'a> TextTable<'a> {
    /// Finds the table in a text; it may have no rows.
    pub fn open(
        decoded: &'a Decoded<'_>,
        options: &ReadingOptions,
        file: &str,
        most_problems: usize,
        watch: Watch<'_>,
    ) -> Result<Self, DatasetError> {
        // Old programs end a text with this sign.
        let (text, declared, lines_before) = declared_delimiter(decoded.text.trim_end_matches('\u{1a}'));
        if text.trim().is_empty() {
            return Err(DatasetError::Empty { file: file.to_owned() });
        }
        let given = Given {
            delimiter: options.delimiter.as_deref().map(delimiter_of).or(declared),
            quote: options.quote.as_deref().map(|q| q.bytes().next().filter(|_| q != "none")),
        };
        let found = dialect::detect(text, &given);
        let missing = Missing::new(options.missing.as_deref());
        let marks = mark(text, decoded.file, &found.cutter, found.width, 1 + lines_before);
        if let Some(wide) = marks.iter().find(|m| m.width as usize > MAX_FIELDS) {
            return Err(DatasetError::TooManyColumns {
                file: file.to_owned(),
                line: u64::from(wide.line),
                limit: MAX_FIELDS,
            });
        }
        let mut records = Records::new(text, decoded.file, found.cutter, marks, found.width);
        watch.done()?;
        let mut layout = lay_out(&records, found.width, options.header_rows.map(|n| n as usize), &missing);
        let tables = layout.tables.len();
        if tables == 0 {
            return Err(DatasetError::Empty { file: file.to_owned() });
        }
        let chosen = options.table.map_or(0, |t| t.saturating_sub(1) as usize);
        let Some(span) = layout.tables.get_mut(chosen) else {
            return Err(DatasetError::NoSuchTable { file: file.to_owned(), table: chosen + 1, tables });
        };
        if options.header_rows.is_none() {
            records.take_header_above(span, &mut layout.skipped, found.width);
        }
        let span = &*span;
        let semicolons = matches!(&records.cutter.delimiter, Delimiter::Bytes(d) if d.starts_with(b";"));
        let customs = Customs { decimal: options.decimal, date_order: options.date_order, semicolons };
        let mut table = RawTable {
            names: Vec::new(),
            names_in_file: Vec::new(),
            columns: Vec::new(),
            lines: Vec::new(),
            customs,
            missing,
            warnings: decoded.warnings.clone(),
            reading: blank_reading(FileFormat::Text),
        };
        table.reading.encoding = Some(decoded.encoding.name().to_owned());
        table.reading.dialect = Some(Dialect {
            delimiter: records.cutter.delimiter.shown(),
            quote: records.cutter.quote.map(|q| char::from(q).to_string()),
            escape: if records.cutter.backslash { QuoteEscape::Backslash } else { QuoteEscape::Doubled },
            line_end: line_ends(text),
        });
        table.reading.evidence.push(found.evidence);
        let body = || span.body.clone().into_par_iter();
        let rows: Vec<usize> = if body().all(|i| records.is_row(i)) {
            // Nearly always, and many times as fast.
            body().collect()
        } else {
            body().filter(|&i| records.is_row(i)).collect()
        };
        name_columns(&mut table, &records, span, &rows);
        let width = table.names.len();
        let n_cells = rows.len() as u64 * width as u64;
        if n_cells > MAX_CELLS_IN_PARTS || rows.len() > MAX_ROWS {
            return Err(DatasetError::TooManyCells {
                file: file.to_owned(),
                sheet: None,
                rows: rows.len() as u64,
                columns: width as u64,
                limit: MAX_CELLS_IN_PARTS,
            });
        }
        table.lines = rows.par_iter().map(|&i| records.marks[i].line).collect();
        let body =
            Body { records: &records, span, rows: &rows, width, missing: &table.missing, most_problems };
        let planned = body.planned();
        Ok(Self { table, records, layout, chosen, rows, planned, most_problems, is_checked: false })
    }

    /// Memory that each column takes while it is read, bytes; an estimate.
    pub fn column_bytes(&self) -> Vec<usize> {
        self.planned.column_bytes(self.rows.len())
    }

    /// Reads these columns, in ascending order. The first time, rows that do not
    /// fit are written down.
    pub fn columns(&mut self, wanted: &[usize], watch: Watch<'_>) -> Result<Vec<ColumnCells>, DatasetError> {
        let Some(span) = self.layout.tables.get(self.chosen) else { return Ok(Vec::new()) };
        let (records, rows) = (&self.records, &self.rows[..]);
        let (width, missing) = (self.table.names.len(), &self.table.missing);
        let body = Body { records, span, rows, width, missing, most_problems: self.most_problems };
        let (columns, problems) = body.gathered(&self.planned, wanted, watch)?;
        if !std::mem::replace(&mut self.is_checked, true) {
            self.write_down(problems);
        }
        Ok(columns)
    }

    fn write_down(&mut self, problems: Problems) {
        let (table, records) = (&mut self.table, &self.records);
        table.warnings.extend(problems.warnings());
        if let Some(span) = self.layout.tables.get(self.chosen) {
            let is_empty = |i: &usize| records.marks[*i].empty && !records.is_row(*i);
            let empty = span.body.clone().into_par_iter().filter(is_empty).count();
            if empty > 0 {
                let message = format!("{empty} rows hold delimiters and nothing else; they were left out");
                let first = span.body.clone().find(is_empty).map(|i| records.line(i));
                table.warnings.push(warning(message, first, None));
            }
        }
        table.reading.problems = problems.listed;
        table.reading.n_problems = problems.total;
    }

    /// Once all columns were read, given whether each holds nothing: leaves out
    /// those that are not part of the table and writes down what stands where.
    /// Says which were left out.
    pub fn finish(&mut self, is_blank: impl Fn(usize) -> bool) -> Vec<bool> {
        let Some(span) = self.layout.tables.get(self.chosen) else { return Vec::new() };
        let blank = blank_columns(is_blank, self.table.names.len(), &self.records, span);
        leave_out(&mut self.table, &blank);
        describe(&mut self.table, &self.records, &self.layout, self.chosen, self.most_problems);
        blank
    }

    /// The table with all of its columns.
    pub fn whole(mut self, watch: Watch<'_>) -> Result<RawTable, DatasetError> {
        let all: Vec<usize> = (0..self.table.names.len()).collect();
        let columns = self.columns(&all, watch)?;
        let blank: Vec<bool> = columns.iter().map(ColumnCells::is_blank).collect();
        self.table.columns = columns;
        self.finish(|c| blank[c]);
        Ok(self.table)
    }
}

/// A delimiter as a person writes it.
fn delimiter_of(written: &str) -> Delimiter {
    match written {
        " +" => Delimiter::Spaces,
        "\\t" | "tab" | "" => Delimiter::Bytes(b"\t".to_vec()),
        other => Delimiter::Bytes(other.as_bytes().to_vec()),
    }
}

/// Spreadsheet programs may write `sep=;` as a first line of its own.
fn declared_delimiter(text: &str) -> (&str, Option<Delimiter>, u32) {
    let found = text.strip_prefix("sep=").or_else(|| text.strip_prefix("\"sep=")).and_then(|rest| {
        let (first, below) = rest.split_at(rest.find(['\n', '\r'])?);
        let sign = first.trim_end_matches('"');
        let fits = sign.chars().count() == 1 && !sign.chars().all(char::is_alphanumeric);
        let below = below.strip_prefix("\r\n").or_else(|| below.get(1..))?;
        fits.then(|| (below, Delimiter::Bytes(sign.as_bytes().to_vec())))
    });
    match found {
        Some((rest, delimiter)) => (rest, Some(delimiter), 1),
        None => (text, None, 0),
    }
}

fn line_ends(text: &str) -> LineEnd {
    let start = &text.as_bytes()[..text.len().min(1024 * 1024)];
    let (mut lf, mut crlf, mut cr) = (0_usize, 0_usize, 0_usize);
    for at in memchr::memchr2_iter(b'\n', b'\r', start) {
        match (start[at], start.get(at + 1), at.checked_sub(1).map(|b| start[b])) {
            (b'\r', Some(b'\n'), _) => crlf += 1,
            (b'\r', _, _) => cr += 1,
            (_, _, Some(b'\r')) => {}
            _ => lf += 1,
        }
    }
    match (lf > 0, crlf > 0, cr > 0) {
        (_, false, false) => LineEnd::Lf,
        (false, true, false) => LineEnd::CrLf,
        (false, false, true) => LineEnd::Cr,
        _ => LineEnd::Mixed,
    }
}

/// Names of the columns of a table with a header, before they are made unique.
fn header_cells(records: &Records, span: &Span, body_widths: &[usize]) -> Vec<String> {
    let rows: Vec<Vec<String>> = span.header.iter().map(|&i| records.cells(i)).collect();
    let mut names = joined(&rows);
    let count = |w: usize| body_widths.iter().filter(|x| **x == w).count();
    let common = most_common(body_widths).unwrap_or(names.len());
    // A header with a delimiter too many has an empty name for it.
    while names.len() > common && !body_widths.is_empty() {
        let Some(empty) = names.iter().rposition(|n| n.trim().is_empty()) else { break };
        names.remove(empty);
    }
    let agree = count(common) * 10 >= body_widths.len() * 9;
    if common > names.len() && agree {
        let tail_filled = |from: usize| {
            let filled = |i: usize| records.cells(i).iter().skip(from).any(|c| !c.trim().is_empty());
            span.body.clone().take(WIDTH_ROWS).any(filled)
        };
        if common == names.len() + 1 {
            // Tables written with unnamed row names have one cell more below a header.
            let all = count(common) == body_widths.len();
            if all && tail_filled(names.len()) {
                names.insert(0, String::new());
            }
        } else if tail_filled(names.len()) {
            names.resize(common, String::new());
        }
    }
    names
}

/// Gives the columns their names, and says where these were made up.
fn name_columns(table: &mut RawTable, records: &Records, span: &Span, rows: &[usize]) {
    let body_widths: Vec<usize> =
        rows.iter().take(WIDTH_ROWS).map(|&i| records.marks[i].width as usize).collect();
    let first_line = span.header.first().or(rows.first()).map_or(1, |&i| records.marks[i].line);
    let names = if span.header.is_empty() {
        made_up_names(most_common(&body_widths).unwrap_or(0), first_line)
    } else {
        unique_names(header_cells(records, span, &body_widths), first_line)
    };
    (table.names, table.names_in_file) = (names.unique, names.in_file);
    table.warnings.extend(names.warnings);
}

/// Brings a row's cells to the width of its table, and notes what was wrong.
pub(crate) fn fit(body: &Body, mark: &Mark, fields: &mut Vec<Field>, problems: &mut Problems) {
    let Body { records, span, width, missing, .. } = *body;
    if mark.mended {
        problems.add(mark.line, || "quotes in it do not enclose cells and were read as text".to_owned());
    } else if mark.unclosed {
        problems.add(mark.line, || {
            "a quote opened in this row is never closed, so it was read as text".to_owned()
        });
    }
    let got = fields.len();
    if got == width {
        return;
    }
    if let Some(sign) = cut_otherwise(records, mark.at, fields, width, span, missing) {
        problems.add(mark.line, || format!("its cells are separated by {sign:?}, unlike all others"));
    } else if got < width {
        problems.add(mark.line, || format!("{got} of {width} cells; the others are missing values"));
    } else if got > width {
        shorten(records, mark.line, fields, width, span, missing, problems);
    }
}

/// Cuts a row that does not fit with another delimiter, if that gives a cell for
/// each column and values in the columns of values. Returns the delimiter.
fn cut_otherwise(
    records: &Records,
    at: usize,
    fields: &mut Vec<Field>,
    width: usize,
    span: &Span,
    missing: &Missing,
) -> Option<&'static str> {
    if fields.len() == width || width < 3 || span.value_columns.is_empty() {
        return None;
    }
    let mut others: Vec<Field> = Vec::new();
    for sign in [",", ";", "\t", "|"] {
        let delimiter = Delimiter::Bytes(sign.as_bytes().to_vec());
        if delimiter == records.cutter.delimiter {
            continue;
        }
        let cutter = Cutter { delimiter, ..records.cutter.clone() };
        let cut = cutter.cut(records.text.as_bytes(), at, &mut others);
        let is_value_at = |&c: &usize| {
            let cell = others.get(c).map(|f| cutter.text(records.text, f)).unwrap_or_default();
            missing.is(cell.trim()) || is_value(cell.trim())
        };
        if others.len() == width && cut.lines <= 1 && !cut.odd && span.value_columns.iter().all(is_value_at) {
            std::mem::swap(fields, &mut others);
            return Some(sign);
        }
    }
    None
}

/// Takes the surplus off a row that is too long: an empty cell within it where
/// the others then fit their columns better, or else its end.
fn shorten(
    records: &Records,
    line: u32,
    fields: &mut Vec<Field>,
    width: usize,
    span: &Span,
    missing: &Missing,
    problems: &mut Problems,
) {
    let got = fields.len();
    let text = |f: &Field| records.cutter.text(records.text, f);
    let fits = |field: &Field| {
        let cell = text(field);
        missing.is(cell.trim()) || is_value(cell.trim())
    };
    let is_filled = |field: &Field| !text(field).trim().is_empty();
    let columns = &span.value_columns[..span.value_columns.partition_point(|&c| c < width)];
    let misfits = |fields: &[Field]| {
        let unfit = columns.iter().filter(|&&c| fields.get(c).is_some_and(|field| !fits(field))).count();
        unfit + fields.iter().skip(width).filter(|field| is_filled(field)).count()
    };
    let surplus_filled = fields.iter().skip(width).any(is_filled);
    let were_misfits = if got - width <= MAX_EMPTY_ONES { misfits(fields) } else { 0 };
    if were_misfits > 0 {
        let mut best = fields.clone();
        while best.len() > width
            && let Some(place) = empty_one_too_many(&best, width, columns, fits, is_filled)
        {
            best.remove(place);
        }
        if best.len() == width && misfits(&best) < were_misfits {
            *fields = best;
            problems.add(line, || {
                format!(
                    "{got} cells where there are {width} columns; an empty cell within the row was left out"
                )
            });
            return;
        }
    }
    let is_shifted = width > 0 && columns.iter().any(|&c| !fits(&fields[c]));
    if is_shifted && let Some(joined) = with_a_text_joined(records, fields, width, columns, fits) {
        *fields = joined;
        problems.add(line, || {
            format!(
                "{got} cells where there are {width} columns; parts of a text with delimiters were joined"
            )
        });
        return;
    }
    if surplus_filled {
        problems
            .add(line, || format!("{got} cells where there are {width} columns; the surplus was dropped"));
    }
    fields.truncate(width);
}

/// The empty cell without which the others fit their columns best; none where no
/// cell is empty.
fn empty_one_too_many(
    fields: &[Field],
    width: usize,
    value_columns: &[usize],
    fits: impl Fn(&Field) -> bool,
    is_filled: impl Fn(&Field) -> bool,
) -> Option<usize> {
    let misfit = |place: usize| usize::from(fields.get(place).is_some_and(|field| !fits(field)));
    // Misfits of the first columns as they stand, and of the others one cell further right.
    let (mut as_they_stand, mut moved) = (vec![0], vec![0]);
    for &c in value_columns {
        as_they_stand.push(as_they_stand[as_they_stand.len() - 1] + misfit(c));
    }
    for &c in value_columns.iter().rev() {
        moved.push(moved[moved.len() - 1] + misfit(c + 1));
    }
    let lost = |from: usize| fields.iter().skip(from).filter(|field| is_filled(field)).count();
    let (lost_behind, lost_within) = (lost(width), lost(width + 1));
    let misfits = |place: &usize| {
        let n_left = value_columns.partition_point(|c| c < place);
        let lost = if *place < width { lost_within } else { lost_behind };
        as_they_stand[n_left] + moved[value_columns.len() - n_left] + lost
    };
    (0..fields.len()).filter(|&place| !is_filled(&fields[place])).min_by_key(misfits)
}

/// Cells of a row that is too long, some of which are parts of one text with
/// delimiters; none where it is not told which. Says whether a cell fits a
/// column of values by `fits`.
fn with_a_text_joined(
    records: &Records,
    fields: &[Field],
    width: usize,
    value_columns: &[usize],
    fits: impl Fn(&Field) -> bool,
) -> Option<Vec<Field>> {
    let n_more = fields.len() - width;
    // Values left of it stand where they should, those right of it further right.
    let last = value_columns.iter().copied().find(|&c| !fits(&fields[c])).unwrap_or(width - 1);
    let first = value_columns.iter().rev().copied().find(|&c| !fits(&fields[c + n_more])).unwrap_or(0);
    let is_plain = |place: &usize| {
        let parts = &fields[*place..=place + n_more];
        parts.iter().all(|part| !part.quoted && part.start < part.end)
    };
    let mut places = (first..=last).filter(|c| value_columns.binary_search(c).is_err()).filter(is_plain);
    let place = match (places.next()?, places.next()) {
        (only, None) => only,
        (one, Some(other)) => {
            // As after a comma in a sentence.
            let bytes = records.text.as_bytes();
            let is_written = |place: &usize| {
                let parts = &fields[place + 1..=place + n_more];
                parts.iter().all(|part| bytes.get(part.start) == Some(&b' '))
            };
            let mut written = [one, other].into_iter().chain(places).filter(is_written);
            written.next().filter(|_| written.next().is_none())?
        }
    };
    let mut joined = fields[..width].to_vec();
    joined[place].end = fields[place + n_more].end;
    joined[place + 1..].copy_from_slice(&fields[place + n_more + 1..]);
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{encoding::decode, gather::source, raw::PROBLEM_LIMIT, watch::UNWATCHED};
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<RawTable, DatasetError> {
        let decoded = decode(bytes, None, "any.csv")?;
        TextTable::open(&decoded, &ReadingOptions::default(), "any.csv", PROBLEM_LIMIT, UNWATCHED)?
            .whole(UNWATCHED)
    }

    /// A table of cells and the way in which it is written.
    #[derive(Debug, Clone)]
    struct Written {
        rows: Vec<Vec<String>>,
        delimiter: &'static str,
        quote: &'static str,
        end: &'static str,
        quote_all: bool,
    }

    impl Written {
        fn text(&self) -> String {
            let cell = |cell: &String| {
                let signs = [self.delimiter, self.quote, "\n", "\r"];
                let quoted = self.quote_all || signs.iter().any(|s| cell.contains(s));
                let inner = cell.replace(self.quote, &self.quote.repeat(2));
                if quoted { format!("{0}{inner}{0}", self.quote) } else { cell.clone() }
            };
            let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(self.delimiter);
            self.rows.iter().map(|row| line(row) + self.end).collect()
        }
    }

    prop_compose! {
        fn written()(
            cells in prop::collection::vec(("[a-z]{1,6}( [a-z,;|\"'\n]{1,5}[a-z]{1,3})?", -5000..5000_i32, 1..28_u32), 12..60),
            delimiter in prop::sample::select(vec![",", ";", "\t", "|"]),
            quote in prop::sample::select(vec!["\"", "'"]),
            end in prop::sample::select(vec!["\n", "\r\n"]),
            quote_all in any::<bool>(),
        ) -> Written {
            let header = ["key", "count", "day", "remark"].map(str::to_owned).to_vec();
            let row = |(i, (text, count, day)): (usize, &(String, i32, u32))| {
                vec![format!("K{i:03}"), count.to_string(), format!("2024-05-{day:02}"), text.clone()]
            };
            let rows = std::iter::once(header).chain(cells.iter().enumerate().map(row)).collect();
            Written { rows, delimiter, quote, end, quote_all }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a-c0-9,;\"'\\\\ \t\r\n|.\\-éЖ]{0,400}") {
            let _ = read(text.as_bytes());
        }

        #[test]
        fn a_clean_table_is_read_as_it_was_written(written in written()) {
            let table = read(written.text().as_bytes()).expect("a table");
            prop_assert_eq!(&table.names, &written.rows[0]);
            let cells = |row: usize| table.columns.iter().map(|c| source(c, row)).collect::<Vec<_>>();
            prop_assert_eq!((0..table.lines.len()).map(cells).collect::<Vec<_>>(), &written.rows[1..]);
        }
    }

    #[test]
    fn delimiters_are_read_as_people_write_them() {
        assert_eq!(delimiter_of("\\t"), Delimiter::Bytes(vec![b'\t']));
        assert_eq!(delimiter_of("||"), Delimiter::Bytes(b"||".to_vec()));
        assert_eq!(delimiter_of(" +"), Delimiter::Spaces);
        let declared = declared_delimiter("sep=|\r\na|b\n");
        assert_eq!(declared, ("a|b\n", Some(Delimiter::Bytes(vec![b'|'])), 1));
        assert_eq!(declared_delimiter("sep=x\n1\n").2, 0);
    }
}
