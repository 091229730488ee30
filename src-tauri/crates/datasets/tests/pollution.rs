//! One clean table, spoilt in one respect at a time as real files are, must be
//! read as the clean table. Scored as the benchmark Pollock does it (Vitagliano
//! et al., "Pollock: A Data Loading Benchmark", 2023): a point for a table at
//! all, and precision, recall and F1 of the header's cells, of the records and
//! of the cells; ten points at most.
mod common;

use common::Folder;
use encoding_rs::{Encoding, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
use retort_datasets::{CellsAs, ImportOptions, Table, import};
use retort_domain::ExportFormat;
use std::{collections::HashMap, env, fs, hash::Hash, io::Write, path::PathBuf};

type Row = Vec<String>;

#[derive(Clone)]
struct Clean {
    header: Row,
    rows: Vec<Row>,
}

/// How a table is written.
#[derive(Clone, Copy)]
struct Style<'a> {
    delimiter: &'a str,
    quote: &'a str,
    /// A quote within a quoted cell.
    escaped: &'a str,
    end: &'a str,
    /// Cells to be quoted without need.
    quote_all: bool,
}

const PLAIN: Style<'static> =
    Style { delimiter: ",", quote: "\"", escaped: "\"\"", end: "\n", quote_all: false };

fn row(cells: &[&str]) -> Row {
    cells.iter().map(|&c| c.to_owned()).collect()
}

fn clean() -> Clean {
    let cities = ["Köln", "Genève", "Århus", "Malmö", "Lyon", "Graz", "São Paulo", "Torino"];
    let remarks = [
        "first delivery",
        "late, but complete",
        "",
        "the \"old\" customer",
        "box damaged; repaired",
        "paid at once",
    ];
    let rows = (0..60_usize)
        .map(|i| {
            vec![
                format!("K-{:03}", 101 + i),
                cities[i * 5 % cities.len()].to_owned(),
                format!("2024-{:02}-{:02}", 1 + i % 12, 1 + i * 7 % 28),
                format!("{}.{}", 3 + i * 37 % 950, 1 + i % 9),
                (1 + i * 13 % 41).to_string(),
                ["yes", "no"][i * i % 3 % 2].to_owned(),
                remarks[i % remarks.len()].to_owned(),
            ]
        })
        .collect();
    Clean { header: row(&["code", "city", "day", "price", "pieces", "express", "remark"]), rows }
}

impl Clean {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn column(self, column: usize, cell: impl Fn(usize, &str) -> String) -> Self {
        self.with(|t| {
            t.rows.iter_mut().enumerate().for_each(|(i, row)| row[column] = cell(i, &row[column]));
        })
    }

    /// Rows written, the header first.
    fn lines(&self, style: Style) -> Vec<String> {
        let cell = |cell: &String| {
            let needed = [style.delimiter, style.quote, "\n", "\r"].iter().any(|s| cell.contains(s));
            if !style.quote.is_empty() && (needed || style.quote_all) {
                let inner = cell.replace(style.quote, style.escaped);
                format!("{0}{inner}{0}", style.quote)
            } else {
                cell.clone()
            }
        };
        let line = |row: &Row| row.iter().map(cell).collect::<Vec<_>>().join(style.delimiter);
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    fn text(&self, style: Style) -> String {
        self.lines(style).into_iter().map(|l| l + style.end).collect()
    }
}

struct Case {
    kind: &'static str,
    bytes: Vec<u8>,
    truth: Clean,
    /// Cells are compared by their meaning, not as they are in the file.
    typed: bool,
}

#[derive(Default)]
struct Corpus(Vec<Case>);

impl Corpus {
    fn bytes(&mut self, kind: &'static str, bytes: Vec<u8>, truth: &Clean, typed: bool) {
        self.0.push(Case { kind, bytes, truth: truth.clone(), typed });
    }

    fn styled(&mut self, kind: &'static str, style: Style) {
        self.bytes(kind, clean().text(style).into_bytes(), &clean(), false);
    }

    /// The clean table's lines, changed.
    fn lines(&mut self, kind: &'static str, change: impl FnOnce(&mut Vec<String>)) {
        self.lines_as(kind, &clean(), change);
    }

    fn lines_as(&mut self, kind: &'static str, truth: &Clean, change: impl FnOnce(&mut Vec<String>)) {
        let mut lines = clean().lines(PLAIN);
        change(&mut lines);
        self.bytes(kind, (lines.join("\n") + "\n").into_bytes(), truth, false);
    }

    /// A table of other cells, written plainly.
    fn cells(&mut self, kind: &'static str, table: Clean) {
        self.bytes(kind, table.text(PLAIN).into_bytes(), &table, false);
    }
}

fn styles(corpus: &mut Corpus) {
    corpus.styled("clean", PLAIN);
    for (kind, delimiter) in [
        ("delimiter ;", ";"),
        ("delimiter tab", "\t"),
        ("delimiter |", "|"),
        ("delimiter :", ":"),
        ("delimiter space", " "),
        ("delimiter ^", "^"),
        ("delimiter ~", "~"),
        ("delimiter unit separator", "\u{1f}"),
        ("delimiter comma and space", ", "),
        ("delimiter ||", "||"),
        ("delimiter ;;", ";;"),
        ("delimiter ::", "::"),
        ("delimiter ~|~", "~|~"),
        ("delimiter ##", "##"),
        ("delimiter two tabs", "\t\t"),
    ] {
        corpus.styled(kind, Style { delimiter, ..PLAIN });
    }
    corpus.styled("quote '", Style { quote: "'", escaped: "''", ..PLAIN });
    corpus.styled("quotes around all", Style { quote_all: true, ..PLAIN });
    corpus.styled("no quotes at all", Style { delimiter: "\t", quote: "", ..PLAIN });
    corpus.styled("escape \\", Style { escaped: "\\\"", ..PLAIN });
    corpus.styled("escape \\ and quotes around all", Style { escaped: "\\\"", quote_all: true, ..PLAIN });
    corpus.styled("quotes within cells not escaped", Style { escaped: "\"", ..PLAIN });
    corpus.styled("line end CRLF", Style { end: "\r\n", ..PLAIN });
    corpus.styled("line end CR", Style { end: "\r", ..PLAIN });
    let mixed = clean().lines(PLAIN).into_iter().enumerate();
    let mixed: String = mixed.map(|(i, l)| l + ["\n", "\r\n", "\r"][i % 3]).collect();
    corpus.bytes("line ends mixed", mixed.into_bytes(), &clean(), false);
    let text = clean().text(PLAIN);
    corpus.bytes("no last line end", text.trim_end().as_bytes().to_vec(), &clean(), false);
    let end_of_file = text.clone() + "\u{1a}";
    corpus.bytes("end-of-file sign", end_of_file.into_bytes(), &clean(), false);
    let spaced = clean().lines(PLAIN).join(" \n") + "\n";
    corpus.bytes("spaces at line ends", spaced.into_bytes(), &clean(), false);
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    let bytes = |u: u16| if little { u.to_le_bytes() } else { u.to_be_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

fn encodings(corpus: &mut Corpus) {
    let text = clean().text(PLAIN);
    let marked = format!("\u{feff}{text}");
    corpus.bytes("UTF-8 with mark", marked.clone().into_bytes(), &clean(), false);
    corpus.bytes("UTF-16 LE with mark", utf16(&marked, true), &clean(), false);
    corpus.bytes("UTF-16 BE with mark", utf16(&marked, false), &clean(), false);
    corpus.bytes("UTF-16 LE without mark", utf16(&text, true), &clean(), false);
    corpus.bytes("UTF-16 BE without mark", utf16(&text, false), &clean(), false);
    let mut encoded = |kind: &'static str, encoding: &'static Encoding, cities: &[&str]| {
        let table = clean().column(1, |i, _| cities[i % cities.len()].to_owned());
        let bytes = encoding.encode(&table.text(PLAIN)).0.into_owned();
        corpus.bytes(kind, bytes, &table, false);
    };
    encoded("Windows-1252", WINDOWS_1252, &["Köln", "Genève", "Århus", "Malmö", "Besançon"]);
    encoded("Windows-1250", WINDOWS_1250, &["Łódź", "Wrocław", "Gdańsk", "Częstochowa", "Poznań"]);
    encoded("Windows-1251", WINDOWS_1251, &["Москва", "Казань", "Самара", "Нижний Новгород", "Омск"]);
    encoded("Shift_JIS", SHIFT_JIS, &["東京都", "大阪市", "横浜市", "さっぽろ", "なごや"]);
    let nul = text.replacen("Lyon", "Ly\0on", 2);
    corpus.bytes("NULs in cells", nul.into_bytes(), &clean(), false);
    let unfilled = [text.as_bytes(), &[0; 512]].concat();
    corpus.bytes("NULs at the end", unfilled, &clean(), false);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).expect("packed");
    corpus.bytes("packed, gzip", gzip.finish().expect("packed"), &clean(), false);
    let zst = zstd::encode_all(text.as_bytes(), 3).expect("packed");
    corpus.bytes("packed, Zstandard", zst, &clean(), false);
}

fn surroundings(corpus: &mut Corpus) {
    let above = |text: &'static [&'static str]| {
        move |lines: &mut Vec<String>| {
            lines.splice(0..0, text.iter().map(|&l| l.to_owned()));
        }
    };
    let below = |text: &'static [&'static str]| {
        move |lines: &mut Vec<String>| lines.extend(text.iter().map(|&l| l.to_owned()))
    };
    corpus.lines("title above", above(&["Deliveries of the year 2024"]));
    corpus.lines("title and gap above", above(&["Deliveries of the year 2024", ""]));
    corpus.lines("title with delimiters above", above(&["Deliveries 2024,,,,,,", ",,,,,,"]));
    corpus
        .lines("several lines above", above(&["Deliveries", "Printed 2024-12-31", "Unit: EUR, net", "", ""]));
    corpus.lines("comments above", above(&["# made by export 2.1", "# all prices net, in EUR", "#"]));
    corpus.lines("blank lines above", above(&["", "", ""]));
    corpus.lines("note below", below(&["Source: own records"]));
    corpus.lines("gap and notes below", below(&["", "* without returns", "Source: own records, 2024"]));
    corpus.lines("note with delimiters below", below(&["Source: own records,,,,,,"]));
    corpus.lines("blank lines below", below(&["", "", ""]));
    corpus.lines("rows of delimiters above", above(&[",,,,,,", ",,,,,,"]));
    corpus.lines("rows of delimiters below", below(&[",,,,,,", ",,,,,,", ",,,,,,"]));
    corpus.lines("row of delimiters between rows", |lines| lines.insert(20, ",,,,,,".to_owned()));
    corpus.lines("comments between rows", |lines| {
        lines.insert(30, "# counted twice, by Ann".to_owned());
        lines.insert(12, "# from here on, by hand".to_owned());
    });
    corpus.lines("settings written as comments above", above(&["#separator: ,comma", "#rows:      ,60"]));
    corpus.lines(
        "notes as wide as rows above",
        above(&["Deliveries,printed on,2024-12-31,by,export,2.1,final"]),
    );
    let total: u64 = clean().rows.iter().map(|r| r[4].parse::<u64>().expect("a number")).sum();
    corpus.lines("sums below", |lines| lines.push(format!("Total,,,,{total},,")));
    corpus.lines(
        "another table below",
        below(&["", "city,country", "Köln,DE", "Lyon,FR", "Graz,AT", "Århus,DK"]),
    );
    let declared = "sep=;\r\n".to_owned() + &clean().text(Style { delimiter: ";", end: "\r\n", ..PLAIN });
    corpus.bytes("delimiter declared", declared.into_bytes(), &clean(), false);
    corpus.lines("gap below the header", |lines| lines.insert(1, String::new()));
    corpus.lines("blank line between rows", |lines| lines.insert(20, String::new()));
    corpus.lines("blank line after each row", |lines| lines.iter_mut().for_each(|l| l.push('\n')));
    corpus.lines("line of spaces between rows", |lines| lines.insert(20, "   ".to_owned()));
}

fn headers(corpus: &mut Corpus) {
    let bare = clean().with(|t| t.header.clear());
    corpus.lines_as("no header", &bare, |lines| drop(lines.remove(0)));
    let units = row(&["code", "city", "day", "price EUR", "pieces n", "express", "remark"]);
    let units = clean().with(|t| t.header = units);
    corpus.lines_as("units below the header", &units, |lines| lines.insert(1, ",,,EUR,n,,".to_owned()));
    let words =
        row(&["code id", "city name", "day date", "price EUR", "pieces n", "express flag", "remark text"]);
    let words = clean().with(|t| t.header = words);
    let second = || "id,name,date,EUR,n,flag,text".to_owned();
    corpus.lines_as("header of two rows", &words, |lines| lines.insert(1, second()));
    corpus.lines("header once more", |lines| lines.insert(1, lines[0].clone()));
    let groups =
        row(&["code", "city", "day", "amount price", "amount pieces", "state express", "state remark"]);
    corpus.lines_as("groups of names", &clean().with(|t| t.header = groups), |lines| {
        lines[0] = "code,city,day,amount,,state,".to_owned();
        lines.insert(1, ",,,price,pieces,express,remark".to_owned());
    });
    let years = row(&["code", "city", "day", "2023 n", "2024 n", "express", "remark"]);
    corpus.lines_as("years above names", &clean().with(|t| t.header = years), |lines| {
        lines[0] = "code,city,day,n,n,express,remark".to_owned();
        lines.insert(0, ",,,2023,2024,,".to_owned());
    });
    for (kind, sign) in [("header cut by semicolons", ";"), ("header cut by spaces", " ")] {
        corpus.lines(kind, |lines| lines[0] = lines[0].replace(',', sign));
    }
    let mut renamed = |kind: &'static str, header: &[&str]| {
        let mut table = clean().with(|t| t.header = row(header));
        let bytes = table.text(PLAIN).into_bytes();
        table.header.iter_mut().for_each(|name| *name = name.trim().to_owned());
        corpus.bytes(kind, bytes, &table, false);
    };
    let plain = ["code", "city", "day", "price", "pieces", "express", "remark"];
    let with = |at: usize, name: &'static str| {
        let mut header = plain;
        header[at] = name;
        header
    };
    renamed("name repeated", &with(4, "price"));
    renamed("name empty", &with(4, ""));
    renamed("newline in a name", &with(3, "price\nin EUR"));
    renamed("delimiter in a name", &with(3, "price, net"));
    renamed("names are years", &with(3, "2023"));
    let long: &'static str = "price".repeat(20_000).leak();
    renamed("a very long name", &with(3, long));
    let spaced = plain.map(|n| [" ", n, " "].concat());
    renamed("spaces around names", &spaced.each_ref().map(String::as_str));
    let first = clean().with(|t| t.header[0].clear());
    corpus.lines_as("row names without a name", &first, |lines| lines[0] = lines[0].replacen("code,", "", 1));
    corpus.lines("header too long", |lines| lines[0].push(','));
}

fn rows(corpus: &mut Corpus) {
    corpus.lines("delimiter too many in all rows", |lines| lines.iter_mut().for_each(|l| l.push(',')));
    corpus.lines("delimiter too many in one row", |lines| lines[20].push(','));
    corpus.lines("cell too many in one row", |lines| lines[20].push_str(",surplus"));
    corpus.lines("cells too many in some rows", |lines| (10..15).for_each(|i| lines[i].push_str(",x,y")));
    let short = clean().with(|t| t.rows[19] = row(&["K-120", "Lyon", "", "", "", "", ""]));
    corpus.lines_as("cells too few in one row", &short, |lines| lines[20] = "K-120,Lyon".to_owned());
    let short = clean().column(6, |i, c| if i % 4 == 0 { String::new() } else { c.to_owned() });
    corpus.lines_as("last cell absent in many rows", &short, |lines| {
        for (i, row) in clean().rows.iter().enumerate().filter(|(i, _)| i % 4 == 0) {
            lines[i + 1] = row[..6].join(",");
        }
    });
    let semicolons = clean().lines(Style { delimiter: ";", ..PLAIN });
    corpus.lines("another delimiter in one row", |lines| lines[20].clone_from(&semicolons[20]));
    let single = clean().lines(Style { quote: "'", escaped: "''", quote_all: true, ..PLAIN });
    corpus.lines("another quote in one row", |lines| lines[20].clone_from(&single[20]));
    corpus.lines("another escape in one row", |lines| lines[4] = lines[4].replace("\"\"", "\\\""));
    corpus.lines("blank column at the end", |lines| lines.iter_mut().for_each(|l| l.push_str(",,")));
    corpus.lines("blank column in front", |lines| lines.iter_mut().for_each(|l| l.insert(0, ',')));
    let spaced = |i: usize, c: &str| match i % 5 {
        0 => format!(" {c}"),
        1 => format!("{c} "),
        _ => c.to_owned(),
    };
    corpus.cells("spaces in some cells", clean().column(1, spaced));
    let padded = (0..7).fold(clean(), |table, column| {
        table.column(column, |_, c| match column {
            3 | 4 => format!("{c:>9}"),
            6 => c.to_owned(),
            _ => format!("{c:<12}"),
        })
    });
    corpus.bytes("columns aligned by spaces", padded.text(PLAIN).into_bytes(), &clean(), false);
    let sentence = clean().with(|t| t.rows[19][1].push_str(", old town"));
    corpus.lines_as("delimiter in a plain cell", &sentence, |lines| {
        let city = &clean().rows[19][1];
        lines[20] = lines[20].replacen(city, &format!("{city}, old town"), 1);
    });
    let rows = clean().rows;
    corpus.cells("two rows", clean().with(|t| t.rows = rows[..2].to_vec()));
    corpus.cells("delimiters in cells", clean().column(6, |i, _| format!("a,{i},b,,c")));
    corpus.cells("other delimiters in cells", clean().column(6, |i, _| format!("a;{i};b|c\td;e")));
    corpus.cells("newlines in cells", clean().column(6, |i, _| format!("line {i}\nand another\n\nlast")));
    corpus.cells("CRLF in cells", clean().column(6, |i, _| format!("line {i}\r\nand another")));
    corpus.cells("quotes in cells", clean().column(6, |i, _| format!("{i}\" by \"\"{i}\"")));
    corpus.cells("rows written in cells", clean().column(6, |i, _| format!("x,\"y\",{i}\nK,2,\"z\"")));
    let inches = clean().column(6, |i, _| if i % 7 == 3 { format!("{i}\" pipe") } else { String::new() });
    let plain = inches.text(Style { quote: "", ..PLAIN });
    corpus.bytes("quotes in plain cells", plain.into_bytes(), &inches, false);
    let opened = clean().with(|t| t.rows[19][1] = "\"Lyon".to_owned());
    corpus.lines_as("quote never closed", &opened, |lines| {
        lines[20] = lines[20].replacen(&format!(",{}", clean().rows[19][1]), ",\"Lyon", 1);
    });
    corpus.cells(
        "missing cells",
        clean().column(3, |i, c| if i % 3 == 0 { String::new() } else { c.to_owned() }),
    );
    corpus.cells("long cells", clean().column(6, |i, _| format!("{i} ").repeat(2_000).trim().to_owned()));
}

fn meanings(corpus: &mut Corpus) {
    let semicolons = Style { delimiter: ";", ..PLAIN };
    let large = |i: usize| (1_000 + i * 7_919, 1 + i % 9);
    let plain = clean().column(3, |i, _| format!("{}.{}", large(i).0, large(i).1));
    let mut written = |kind: &'static str, style: Style, cell: &dyn Fn(usize) -> String| {
        let bytes = clean().column(3, |i, _| cell(i)).text(style).into_bytes();
        corpus.bytes(kind, bytes, &plain, true);
    };
    let grouped = |i: usize, sign: &str| {
        let n = large(i).0;
        format!("{}{sign}{:03}", n / 1000, n % 1000)
    };
    written("decimal commas", semicolons, &|i| format!("{},{}", large(i).0, large(i).1));
    written("decimal commas, quoted", PLAIN, &|i| format!("{},{}", large(i).0, large(i).1));
    written("thousands as 1,234.5", PLAIN, &|i| format!("{}.{}", grouped(i, ","), large(i).1));
    written("thousands as 1.234,5", semicolons, &|i| format!("{},{}", grouped(i, "."), large(i).1));
    written("thousands as 1'234.5", semicolons, &|i| format!("{}.{}", grouped(i, "'"), large(i).1));
    written("thousands as 1 234,5", semicolons, &|i| format!("{},{}", grouped(i, "\u{a0}"), large(i).1));
    written("currency before", PLAIN, &|i| format!("${}.{}", grouped(i, ","), large(i).1));
    written("currency behind", semicolons, &|i| format!("{},{} €", grouped(i, "."), large(i).1));
    let gaps = clean().column(3, |i, c| if i % 5 == 0 { String::new() } else { c.to_owned() });
    for (kind, missing) in [
        ("missing as NA", "NA"),
        ("missing as N/A", "N/A"),
        ("missing as null", "null"),
        ("missing as -", "-"),
        ("missing as ?", "?"),
        ("missing as #N/A", "#N/A"),
    ] {
        let table = clean().column(3, |i, c| if i % 5 == 0 { missing.to_owned() } else { c.to_owned() });
        corpus.bytes(kind, table.text(PLAIN).into_bytes(), &gaps, true);
    }
}

/// What is read: none where it is no table.
fn read(folder: &Folder, case: &Case) -> Option<Clean> {
    let path = folder.write("table.csv", &case.bytes);
    let tables = folder.path().join("tables");
    let imported = import(&path, &ImportOptions::default(), &tables, 1.0, &|_| true).ok()?;
    let table = Table::open(&tables, &imported.dataset.id).expect("its table");
    let out = folder.path().join("out.csv");
    let cells = if case.typed { CellsAs::Typed } else { CellsAs::Source };
    table.export(&imported.dataset, &out, ExportFormat::Csv, cells, &|_| true).expect("exported");
    let bytes = fs::read(&out).expect("written");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    let mut rows: Vec<Row> =
        reader.records().map(|r| r.expect("a record").iter().map(str::to_owned).collect()).collect();
    let header = rows.remove(0);
    let named = !imported.reading.header_lines.is_empty();
    Some(Clean { header: if named { header } else { Row::new() }, rows })
}

/// Precision, recall and F1 of what was found, order aside.
fn found<T: Hash + Eq>(got: impl Iterator<Item = T>, truth: impl Iterator<Item = T>) -> [f64; 3] {
    let mut left: HashMap<T, usize> = HashMap::new();
    let (mut n_truth, mut n_got, mut hits) = (0_usize, 0_usize, 0_usize);
    for item in truth {
        n_truth += 1;
        *left.entry(item).or_default() += 1;
    }
    for item in got {
        n_got += 1;
        if let Some(n) = left.get_mut(&item).filter(|n| **n > 0) {
            *n -= 1;
            hits += 1;
        }
    }
    if n_truth == 0 && n_got == 0 {
        return [1.0; 3];
    }
    let share = |n: usize| if n == 0 { 0.0 } else { hits as f64 / n as f64 };
    let (precision, recall) = (share(n_got), share(n_truth));
    let f1 = if hits == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
    [precision, recall, f1]
}

fn score(got: Option<&Clean>, truth: &Clean) -> f64 {
    let Some(got) = got else { return 0.0 };
    let header = found(got.header.iter(), truth.header.iter());
    let records = found(got.rows.iter(), truth.rows.iter());
    let cells = found(got.rows.iter().flatten(), truth.rows.iter().flatten());
    1.0 + [header, records, cells].iter().flatten().sum::<f64>()
}

fn corpus() -> Corpus {
    let mut corpus = Corpus::default();
    styles(&mut corpus);
    encodings(&mut corpus);
    surroundings(&mut corpus);
    headers(&mut corpus);
    rows(&mut corpus);
    meanings(&mut corpus);
    corpus
}

#[test]
#[ignore = "writes the corpus for tests/bench/pollution_peers.py"]
fn corpus_and_what_is_read_of_it_are_written() {
    let out = PathBuf::from(env::var_os("RETORT_POLLUTION_DIR").expect("a folder for the corpus"));
    fs::create_dir_all(&out).expect("the folder");
    let folder = Folder::new();
    for (number, case) in corpus().0.iter().enumerate() {
        // Other readers know packed files by their names.
        let extension = match case.kind {
            "packed, gzip" => "csv.gz",
            "packed, Zstandard" => "csv.zst",
            _ => "csv",
        };
        let file = format!("{number:03}.{extension}");
        fs::write(out.join(&file), &case.bytes).expect("written");
        let read = read(&folder, case).map(|t| (t.header, t.rows));
        let described = serde_json::json!({
            "kind": case.kind,
            "file": file,
            "typed": case.typed,
            "header": case.truth.header,
            "rows": case.truth.rows,
            "retort": read,
        });
        fs::write(out.join(format!("{number:03}.json")), described.to_string()).expect("written");
    }
}

#[test]
fn polluted_tables_are_read_as_the_clean_one() {
    let corpus = corpus();
    let folder = Folder::new();
    let scores: Vec<(&str, f64)> =
        corpus.0.iter().map(|case| (case.kind, score(read(&folder, case).as_ref(), &case.truth))).collect();
    scores.iter().for_each(|(kind, score)| println!("{score:7.3}  {kind}"));
    let mean = scores.iter().map(|s| s.1).sum::<f64>() / scores.len() as f64;
    println!("{mean:7.3}  mean of {} kinds", scores.len());
    assert!(scores.len() >= 40 && mean >= 9.9, "{mean}");
    let short: Vec<_> = scores.iter().filter(|s| s.1 < 9.9).collect();
    assert!(short.is_empty(), "{short:?}");
}
