//! Files that were made to hurt or were cut off: each is read or refused with an
//! error of its own, and none costs memory for what it only claims.
mod common;

use common::{Folder, number_cell, samples, text_cell, told};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use polars::prelude::{
    Column, DataFrame, IpcCompression, IpcStreamWriter, IpcWriter, NamedFrom, ParquetCompression,
    ParquetWriter, SerWriter, Series,
};
use retort_datasets::{DatasetError, ImportOptions, list_sheets, understand};
use retort_domain::Reading;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    io::{self, Cursor, Read, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Counts what is allocated, and the most that was at once.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// Tests of one process take turns, so that each is counted alone.
static TURN: Mutex<()> = Mutex::new(());

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What any file may cost beside ten times its content.
const BASE_BYTES: usize = 128 * 1024 * 1024;

/// Reads a file, within memory for `content` bytes.
fn read_within(folder: &Folder, name: &str, bytes: &[u8], content: usize) -> Result<Reading, DatasetError> {
    let path = folder.write(name, bytes);
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = HELD.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let reading = understand(&path, &ImportOptions::default(), folder.path(), &|_| true);
    let cost = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    let bound = BASE_BYTES + 10 * content;
    assert!(cost <= bound, "{name} costs {cost} bytes, more than {bound}");
    reading
}

fn refused(folder: &Folder, name: &str, bytes: &[u8]) -> DatasetError {
    read_within(folder, name, bytes, bytes.len()).expect_err(name)
}

/// A part of an archive: its packed bytes, and what it says to unpack to.
struct Part {
    name: &'static str,
    /// 8 where it is packed, 0 where it is not.
    method: u8,
    packed: Vec<u8>,
    crc: u32,
    size: u32,
}

fn part(name: &'static str, text: &str) -> Part {
    let mut packed = Vec::with_capacity(text.len() + 1024);
    let mut compress = Compress::new(Compression::fast(), false);
    let status = compress.compress_vec(text.as_bytes(), &mut packed, FlushCompress::Finish);
    assert!(matches!(status, Ok(Status::StreamEnd)), "{name}");
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    Part { name, method: 8, packed, crc: crc.sum(), size: text.len() as u32 }
}

/// A part that unpacks to so many megabytes of spaces and says otherwise.
fn bomb(name: &'static str, megabytes: usize, says: u32) -> Part {
    let mut block = Vec::with_capacity(64 * 1024);
    let mut compress = Compress::new(Compression::best(), false);
    let status = compress.compress_vec(&vec![b' '; 1024 * 1024], &mut block, FlushCompress::Full);
    assert!(matches!(status, Ok(Status::Ok)), "{name}");
    let mut packed = block.repeat(megabytes);
    // An empty last block.
    packed.extend([0x03, 0x00]);
    Part { name, method: 8, packed, crc: 0, size: says }
}

/// An archive of parts, written by hand, so that it may lie.
fn archive(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for Part { name, method, packed, crc, size } in parts {
        let at = bytes.len() as u32;
        let mut shared = vec![20, 0, 0, 0, *method, 0, 0, 0, 0, 0];
        for number in [*crc, packed.len() as u32, *size] {
            shared.extend(number.to_le_bytes());
        }
        shared.extend((name.len() as u16).to_le_bytes());
        shared.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&shared);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, count) = (bytes.len() as u32, (parts.len() as u16).to_le_bytes());
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].concat());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PKG: &str = "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"";

/// An `.xlsx` file of one sheet, its parts given as they are.
fn xlsx_of(names: &str, strings: Part, sheet: Part) -> Vec<u8> {
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{REL}/{kind}\" Target=\"{target}\"/>")
    };
    let root = relation("r0", "officeDocument", "xl/workbook.xml");
    let parts = relation("r1", "worksheet", "worksheets/sheet1.xml")
        + &relation("r2", "sharedStrings", "sharedStrings.xml");
    archive(&[
        part("[Content_Types].xml", "<Types/>"),
        part("_rels/.rels", &format!("<Relationships {PKG}>{root}</Relationships>")),
        part(
            "xl/workbook.xml",
            &format!(
                "<workbook {MAIN} xmlns:r=\"{REL}\"><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets>{names}</workbook>"
            ),
        ),
        part("xl/_rels/workbook.xml.rels", &format!("<Relationships {PKG}>{parts}</Relationships>")),
        strings,
        sheet,
    ])
}

fn strings(text: &str) -> Part {
    part("xl/sharedStrings.xml", &format!("<sst {MAIN} {text}</sst>"))
}

fn sheet(before: &str, rows: &str) -> Part {
    let name = "xl/worksheets/sheet1.xml";
    part(name, &format!("<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData></worksheet>"))
}

/// A header and three rows.
fn rows() -> String {
    let row = |i: usize| {
        let cells =
            [text_cell(&format!("A{i}"), "Graz"), number_cell(&format!("B{i}"), i as f64, 0)].concat();
        format!("<row r=\"{i}\">{cells}</row>")
    };
    let header = [text_cell("A1", "place"), text_cell("B1", "pieces")].concat();
    format!("<row r=\"1\">{header}</row>") + &(2..5).map(row).collect::<String>()
}

#[test]
fn workbooks_cost_what_they_hold_and_not_what_they_claim() {
    let folder = Folder::new();
    let none = || strings("count=\"0\" uniqueCount=\"0\">");
    let far = rows() + &format!("<row r=\"1048576\">{}</row>", number_cell("XFD1048576", 1.0, 0));
    let shared = rows() + "<row r=\"5\"><c r=\"A5\" t=\"s\"><v>4000000000</v></c></row>";
    let cyclic = "<definedNames><definedName name=\"a\">b</definedName><definedName name=\"b\">a</definedName>\
                  <definedName name=\"c\">c+s!A1</definedName></definedNames>";
    let nested = "<x>".repeat(200_000) + &rows();
    let columns = ["C", "ZZ", "AAA", "KKK", "XFD"];
    let lone =
        |i: usize| format!("<row r=\"{i}\">{}</row>", number_cell(&format!("{}{i}", columns[i % 5]), 1.0, 0));
    let scattered = rows() + &(5..5_000).map(lone).collect::<String>();
    for (name, bytes, n_rows) in [
        ("far.xlsx", xlsx_of("", none(), sheet("", &far)), Some(3)),
        (
            "dimension.xlsx",
            xlsx_of("", none(), sheet("<dimension ref=\"A1:XFD1048576\"/>", &rows())),
            Some(3),
        ),
        ("cyclic.xlsx", xlsx_of(cyclic, none(), sheet("", &rows())), Some(3)),
        ("scattered.xlsx", xlsx_of("", none(), sheet("", &scattered)), None),
        ("nested.xlsx", xlsx_of("", none(), sheet("", &nested)), None),
        ("index.xlsx", xlsx_of("", none(), sheet("", &shared)), None),
        (
            "strings.xlsx",
            xlsx_of("", strings("count=\"4000000000\" uniqueCount=\"4000000000\">"), sheet("", &rows())),
            None,
        ),
        ("bomb.xlsx", xlsx_of("", none(), bomb("xl/worksheets/sheet1.xml", 1000, 1_048_576_000)), None),
        ("liar.xlsx", xlsx_of("", none(), bomb("xl/worksheets/sheet1.xml", 1000, 2_000)), None),
        (
            "strings-bomb.xlsx",
            xlsx_of("", bomb("xl/sharedStrings.xml", 1000, 2_000), sheet("", &rows())),
            None,
        ),
    ] {
        let content = bytes.len();
        match (read_within(&folder, name, &bytes, content), n_rows) {
            (Ok(reading), Some(expected)) => assert_eq!(reading.n_rows, expected, "{name}"),
            (Ok(_), None) => assert!(matches!(name, "nested.xlsx" | "index.xlsx"), "{name}"),
            (Err(error), None) => drop(told(error, name)),
            (Err(error), Some(_)) => panic!("{name}: {error}"),
        }
    }
}

/// A record of an `.xls` file.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("a short record");
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
}

fn number_record(row: u16, column: u16) -> Vec<u8> {
    let place = [row.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
    record(0x0203, &[&place[..], &1.5_f64.to_le_bytes()].concat())
}

/// An `.xls` file whose sheets all have the same records; those beyond so many
/// copies share the last.
fn xls(n_sheets: usize, n_copies: usize, records: &[u8]) -> Vec<u8> {
    let begins = |what: u8| record(0x0809, &[0, 6, what, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let sheet = [begins(0x10), records.to_vec(), record(0x0A, &[])].concat();
    let heads = |at: u32| -> Vec<u8> {
        (0..n_sheets)
            .flat_map(|i| {
                let name = format!("s{i:03}");
                let at = at + u32::try_from(sheet.len() * i.min(n_copies - 1)).expect("a small file");
                record(0x85, &[&at.to_le_bytes()[..], &[0, 0, 4, 0], name.as_bytes()].concat())
            })
            .collect()
    };
    let globals = |at: u32| [begins(0x05), heads(at), record(0x0A, &[])].concat();
    let at = u32::try_from(globals(0).len()).expect("a short beginning");
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("a file");
    let mut stream = file.create_stream("Workbook").expect("a stream");
    stream.write_all(&[globals(at), sheet.repeat(n_copies)].concat()).expect("written");
    stream.flush().expect("written");
    drop(stream);
    file.into_inner().into_inner()
}

#[test]
fn old_workbooks_cost_what_they_hold_and_not_what_they_claim() {
    let folder = Folder::new();
    let block = |rows: u16, columns: u16| -> Vec<u8> {
        (0..rows).flat_map(|row| (0..columns).flat_map(move |column| number_record(row, column))).collect()
    };
    let table = block(20, 3);
    let claims = |data: &[u8]| [record(0x0200, data), table.clone()].concat();
    let everything = [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0];
    let far = [table.clone(), number_record(65_535, 255), number_record(40_000, 3)].concat();
    let scattered: Vec<u8> = (0..6_000_u16).flat_map(|i| number_record(i * 10, i % 256)).collect();
    let loose: Vec<u8> = (0..3_900_u16).flat_map(|i| number_record(i * 16, i % 256)).collect();
    for (name, bytes, n_rows) in [
        ("claims.xls", xls(1, 1, &claims(&everything[..14])), Some(20)),
        ("longer.xls", xls(1, 1, &claims(&everything)), Some(20)),
        ("older.xls", xls(1, 1, &claims(&[0, 0, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0])), Some(20)),
        // The reader takes one from the other, and sets room aside for the rest.
        ("backwards.xls", xls(1, 1, &claims(&[9, 0, 0, 0, 3, 0, 0, 0, 7, 0, 2, 0, 0, 0])), Some(20)),
        ("far.xls", xls(1, 1, &far), Some(20)),
        ("scattered.xls", xls(1, 1, &scattered), None),
        ("columns.xls", xls(1, 1, &block(3, 300)), None),
        ("loose.xls", xls(40, 40, &loose), None),
        ("many.xls", xls(400, 400, &table), Some(20)),
        ("shared.xls", xls(400, 1, &table), None),
    ] {
        match (read_within(&folder, name, &bytes, bytes.len()), n_rows) {
            (Ok(reading), Some(expected)) => assert_eq!(reading.n_rows, expected, "{name}"),
            (Ok(reading), None) => panic!("{name} has {} rows", reading.n_rows),
            (Err(error), None) => drop(told(error, name)),
            (Err(error), Some(_)) => panic!("{name}: {error}"),
        }
    }
    let sheets = list_sheets(&folder.write("scattered.xls", &xls(2, 2, &scattered))).expect("sheets");
    let extents: Vec<_> = sheets.iter().map(|s| (s.name.as_str(), s.n_rows, s.n_columns)).collect();
    assert_eq!(extents, [("s000", 59_991, 256), ("s001", 59_991, 256)]);
}

/// An OpenDocument sheet of these rows.
fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"s\">{rows}\
         </table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    archive(&[
        // Kept unpacked, as the format asks for.
        Part { method: 0, packed: kind.as_bytes().to_vec(), ..part("mimetype", kind) },
        part("META-INF/manifest.xml", "<manifest:manifest/>"),
        part("content.xml", &content),
    ])
}

fn ods_row(cells: &[String], more: &str) -> String {
    let cell = |text: &String| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    format!("<table:table-row>{}{more}</table:table-row>", cells.iter().map(cell).collect::<String>())
}

#[test]
fn repeated_cells_of_opendocument_sheets_are_no_table() {
    let folder = Folder::new();
    let row = ods_row(&["a".to_owned(), "b".to_owned()], "");
    let cell = "<table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"1\"/>";
    for rows in [150, 1_048_576] {
        let bytes = ods(&format!(
            "{row}<table:table-row table:number-rows-repeated=\"{rows}\">{cell}</table:table-row>"
        ));
        told(refused(&folder, "repeated.ods", &bytes), "repeated.ods");
    }
}

#[test]
fn opendocument_sheets_cost_what_they_hold_and_not_what_they_reach_over() {
    let folder = Folder::new();
    let cells = |of: &[&str]| ods_row(&of.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>(), "");
    let table: String = (0..20).map(|i| cells(&["a", &format!("b{i}"), "c"])).collect();
    let empty = |rows: u32| {
        format!(
            "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>"
        )
    };
    let far_cell = "<table:table-cell table:number-columns-repeated=\"16000\"/><table:table-cell office:value-type=\"float\" office:value=\"1\"/>";
    let wide: String = (0..400).map(|_| ods_row(&["a".to_owned()], far_cell)).collect();
    let far = ods(&format!("{}{table}{}{}", empty(500_000), empty(500_000), cells(&["x", "y", "z"])));
    let reading = read_within(&folder, "far.ods", &far, far.len()).expect("a table");
    assert_eq!(reading.n_rows, 20);
    assert_eq!(reading.tables.first().map(|t| (t.first_line, t.last_line)), Some((500_001, 500_020)));
    let sheets = list_sheets(&folder.write("far.ods", &far)).expect("sheets");
    assert_eq!(sheets.iter().map(|s| s.n_rows).collect::<Vec<_>>(), [500_021]);
    let nested = format!("<table:table-row><table:table-cell>{table}</table:table-cell></table:table-row>");
    for (name, rows) in [("wide.ods", &wide), ("nested.ods", &nested)] {
        told(refused(&folder, name, &ods(rows)), name);
    }
}

/// Noise that is the same in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }
}

#[test]
fn workbooks_cut_off_anywhere_are_refused_or_read() {
    let folder = Folder::new();
    let mut noise = Noise(1);
    let mut line = || (0..3).map(|_| format!("{:x}", noise.next())).collect::<Vec<_>>();
    let sheet: String = (0..3_000).map(|_| ods_row(&line(), "")).collect();
    for (name, bytes) in [
        ("cut.xlsx", fs::read(samples().join("credit.xlsx")).expect("the sample")),
        ("cut.xls", fs::read(samples().join("titanic.xls")).expect("the sample")),
        ("cut.ods", ods(&sheet)),
    ] {
        assert!(bytes.len() > 40_000, "{name}");
        for end in (0..bytes.len()).step_by(4096) {
            let cut = &bytes[..end];
            if let Err(error) = read_within(&folder, name, cut, bytes.len()) {
                told(error, name);
            }
        }
    }
}

#[test]
fn damaged_bytes_never_end_the_program() {
    let folder = Folder::new();
    let mut noise = Noise(2);
    for name in ["credit.xlsx", "titanic.xls", "penguins.csv"] {
        let bytes = fs::read(samples().join(name)).expect("the sample");
        for _ in 0..60 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + noise.next() % 8 {
                let at = noise.next() % damaged.len();
                damaged[at] = noise.next() as u8;
            }
            if let Err(error) = read_within(&folder, name, &damaged, bytes.len() * 8) {
                told(error, name);
            }
        }
    }
}

/// Numbers, texts and missing cells.
fn frame() -> DataFrame {
    let rows = 0..600_i64;
    let numbers: Vec<Option<i64>> = rows.clone().map(|i| (i % 7 > 0).then_some(i)).collect();
    let words: Vec<&str> = rows.map(|i| ["Graz", "Linz"][i as usize % 2]).collect();
    let columns =
        vec![Series::new("number".into(), numbers).into(), Series::new("word".into(), words).into()];
    DataFrame::new(600, columns).expect("a frame")
}

/// An Arrow file, or a stream of messages.
fn arrow(compression: Option<IpcCompression>, is_stream: bool) -> Vec<u8> {
    let mut frame = frame();
    let mut bytes = Vec::new();
    if is_stream {
        IpcStreamWriter::new(&mut bytes).with_compression(compression).finish(&mut frame)
    } else {
        IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut frame)
    }
    .expect("written");
    bytes
}

#[test]
fn arrow_files_cost_what_they_hold_and_not_what_they_claim() {
    let folder = Folder::new();
    for compression in [None, Some(IpcCompression::LZ4), Some(IpcCompression::ZSTD(Default::default()))] {
        for is_stream in [false, true] {
            let bytes = arrow(compression, is_stream);
            let whole = read_within(&folder, "t.arrow", &bytes, bytes.len()).expect("read");
            assert_eq!(whole.n_rows, 600);
            // Every number of eight bytes, whatever it is: lengths are among them.
            for at in (0..bytes.len() - 8).step_by(8) {
                for claimed in [1_i64 << 33, 1 << 40, i64::MAX, -2] {
                    let mut changed = bytes.clone();
                    changed[at..at + 8].copy_from_slice(&claimed.to_le_bytes());
                    let _ = read_within(&folder, "t.arrow", &changed, bytes.len());
                }
            }
        }
    }
    // What is truly there is read, however small it was made.
    let mut zeros =
        DataFrame::new(3_000_000, vec![Column::new_scalar("none".into(), 0_i64.into(), 3_000_000)])
            .expect("a frame");
    let mut bytes = Vec::new();
    let compression = Some(IpcCompression::ZSTD(Default::default()));
    IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut zeros).expect("written");
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    assert_eq!(read_within(&folder, "t.arrow", &bytes, 8 * 3_000_000).expect("read").n_rows, 3_000_000);
}

#[test]
fn parquet_files_cost_what_they_hold_and_not_what_they_claim() {
    let folder = Folder::new();
    for compression in
        [ParquetCompression::Uncompressed, ParquetCompression::Snappy, ParquetCompression::Zstd(None)]
    {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).with_compression(compression).finish(&mut frame()).expect("written");
        let whole = read_within(&folder, "t.parquet", &bytes, bytes.len()).expect("read");
        assert_eq!(whole.n_rows, 600);
        // Lengths are numbers of as many bytes as they need: one takes the place of
        // a byte, or of as many as it has.
        let claimed = [0xFE, 0xFF, 0xFF, 0xFF, 0x0F];
        for at in 4..bytes.len() - claimed.len() {
            for after in [at + 1, at + claimed.len()] {
                let changed = [&bytes[..at], &claimed, &bytes[after..]].concat();
                let _ = read_within(&folder, "t.parquet", &changed, bytes.len());
            }
        }
    }
}

#[test]
fn hostile_texts_are_read_or_refused_within_bounds() {
    let folder = Folder::new();
    let header = (0..200_000).map(|i| format!("name_{i}")).collect::<Vec<_>>().join(",");
    let wide = (0..20_000).map(|i| format!("name_{i}")).collect::<Vec<_>>().join(",")
        + "\n"
        + &"1,".repeat(19_999)
        + "1\n";
    let mut unclosed = "a,b\n1,\"never closed\n".to_owned();
    (0..200_000).for_each(|i| unclosed.push_str(&format!("{i},x{i}\n")));
    let deep = "{\"a\":".repeat(100_000) + &"}".repeat(100_000);
    let quotes = "\"".repeat(1_000_000);
    let zst = zstd::encode_all(io::repeat(b' ').take(600 * 1024 * 1024), 1).expect("packed");
    for (name, bytes, n_rows) in [
        ("quotes.csv", quotes.clone().into_bytes(), None),
        ("quotes-and-commas.csv", "\",".repeat(500_000).into_bytes(), None),
        ("quotes-in-lines.csv", "\"\n".repeat(300_000).into_bytes(), None),
        ("quotes-opened.csv", "\"a,1\n".repeat(100_000).into_bytes(), None),
        ("quotes-in-a-cell.csv", format!("a,b\n1,{quotes}\n2,x\n3,y\n").into_bytes(), None),
        ("line.csv", vec![b'x'; 50 * 1024 * 1024], None),
        ("line-of-cells.csv", b"1,".repeat(25 * 1024 * 1024), None),
        ("header.csv", format!("{header}\n1,2\n").into_bytes(), None),
        ("wide.csv", wide.into_bytes(), Some(1)),
        ("unclosed.csv", unclosed.into_bytes(), Some(200_001)),
        ("nuls.csv", [b"a,b\n1,2\n".as_slice(), &[0; 500_000]].concat(), Some(1)),
        ("nuls-only.csv", vec![0; 500_000], None),
        ("deep.json", deep.into_bytes(), None),
        ("bomb.csv.zst", zst, None),
    ] {
        // A bomb may unpack to what is trusted, and no more.
        let content = if name.ends_with(".zst") { 20 * 1024 * 1024 } else { bytes.len() };
        match (read_within(&folder, name, &bytes, content), n_rows) {
            (Ok(reading), Some(expected)) => assert_eq!(reading.n_rows, expected, "{name}"),
            (Ok(_), None) => {}
            (Err(error), None) => drop(told(error, name)),
            (Err(error), Some(_)) => panic!("{name}: {error}"),
        }
    }
}
