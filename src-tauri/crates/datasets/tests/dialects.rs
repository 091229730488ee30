//! What text files look like in the wild.
mod common;

use common::{Folder, cells, names, number_cell, text_cell, xlsx};
use retort_datasets::{ImportOptions, glance, understand};
use retort_domain::{ColumnKind, Reading};
use std::fmt::Write;

#[test]
fn delimiters_encodings_and_quotes() {
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("a;b\n1;é\n2;ü\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    type Case<'a> = (&'a str, &'a [u8], &'a [&'a str], &'a [&'a [&'a str]]);
    let table: &[Case] = &[
        ("comma", b"a,b\n1,x\n2,y\n", &["a", "b"], &[&["1", "x"], &["2", "y"]]),
        ("semicolon, decimal comma", b"a;b\n1,5;x\n2,25;y\n", &["a", "b"], &[&["1.5", "x"], &["2.25", "y"]]),
        ("tab", b"a\tb\n1\tx, y\n2\ty\n", &["a", "b"], &[&["1", "x, y"], &["2", "y"]]),
        ("pipe", b"a|b\n1|x\n2|y\n", &["a", "b"], &[&["1", "x"], &["2", "y"]]),
        ("one column", b"a\n3\n4\n", &["a"], &[&["3"], &["4"]]),
        ("declared", b"sep=;\r\na;b\r\n1;x\r\n", &["a", "b"], &[&["1", "x"]]),
        ("CRLF, no last line end", b"a,b\r\n1,x\r\n2,y", &["a", "b"], &[&["1", "x"], &["2", "y"]]),
        ("byte-order mark", "\u{feff}a,b\n1,ß\n".as_bytes(), &["a", "b"], &[&["1", "ß"]]),
        ("UTF-16", &utf16, &["a", "b"], &[&["1", "é"], &["2", "ü"]]),
        (
            "quotes",
            b"a,b\n1,\"say \"\"x\"\"\"\n2,\"p,q\"\n",
            &["a", "b"],
            &[&["1", "say \"x\""], &["2", "p,q"]],
        ),
        ("newline in a cell", b"a,b\n1,\"x\ny\"\n2,z\n", &["a", "b"], &[&["1", "x\ny"], &["2", "z"]]),
        (
            "odd names",
            "\"a\nb\",\"say \"\"c\"\"\",🐧\n1,2,3\n".as_bytes(),
            &["a\nb", "say \"c\"", "🐧"],
            &[&["1", "2", "3"]],
        ),
        ("repeated names", b"a,a,b\n1,2,3\n", &["a", "a_2", "b"], &[&["1", "2", "3"]]),
        ("unnamed", b"x,,y\n1,2,3\n", &["x", "column_2", "y"], &[&["1", "2", "3"]]),
        ("row names", b"x,y\na,1,2\nb,3,4\n", &["column_1", "x", "y"], &[&["a", "1", "2"], &["b", "3", "4"]]),
        ("no header", b"1,x\n2,y\n", &["column_1", "column_2"], &[&["1", "x"], &["2", "y"]]),
        ("trailing delimiter", b"a,b\n1,2,\n3,4,\n", &["a", "b"], &[&["1", "2"], &["3", "4"]]),
        (
            "missing",
            b"a,b\nNA,x\n2,\n?,N/A\n5,null\n",
            &["a", "b"],
            &[&["∅", "x"], &["2", "∅"], &["∅", "∅"], &["5", "∅"]],
        ),
        ("one row", b"a,b\n1,x\n", &["a", "b"], &[&["1", "x"]]),
    ];
    let folder = Folder::new();
    for (what, bytes, header, rows) in table {
        let (dataset, table) = folder.import_bytes("t.csv", bytes).expect(what);
        assert_eq!(names(&dataset), *header, "{what}");
        assert_eq!(cells(&dataset, &table), *rows, "{what}");
    }
}

#[test]
fn first_rows_are_shown_as_the_whole_file_has_them() {
    let mut text = String::from("name;price;day\n");
    for row in 0..60_000 {
        writeln!(text, "n{};{},{:02};{:02}.03.2020", row % 7, row % 500, row % 100, row % 28 + 1)
            .expect("written");
    }
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let rows: Vec<String> = (1..3_000).map(|r| number_cell(&format!("A{r}"), f64::from(r), 0)).collect();
    let rows: String = (1..).zip(&rows).map(|(r, cell)| format!("<row r=\"{r}\">{cell}</row>")).collect();
    let book = xlsx(&[("sheet", &rows)]);
    let folder = Folder::new();
    for (name, bytes) in [("t.csv", text.as_bytes()), ("t.txt", &utf16), ("t.xlsx", &book)] {
        let (path, options) = (folder.write(name, bytes), ImportOptions::default());
        let (first, whole) = (
            glance(&path, &options).expect(name).expect(name),
            understand(&path, &options, folder.path(), &|_| true).expect(name),
        );
        assert!(first.n_rows < whole.n_rows, "{name}");
        assert_eq!(first.preview, whole.preview, "{name}");
        assert_eq!((&first.dialect, &first.encoding), (&whole.dialect, &whole.encoding), "{name}");
        let kinds = |reading: &Reading| {
            reading.columns.iter().map(|c| (c.name.clone(), c.rule.clone())).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&first), kinds(&whole), "{name}");
    }
}

#[test]
fn latin_1_is_read_with_a_warning() {
    let folder = Folder::new();
    let (dataset, table) =
        folder.import_bytes("t.csv", b"stadt,n\nK\xF6ln,1\nM\xFCnchen,2\n").expect("imported");
    assert_eq!(cells(&dataset, &table)[0][0], "Köln");
    assert_eq!((dataset.warnings.len(), dataset.warnings[0].row), (1, Some(2)));
    assert!(dataset.warnings[0].message.contains("Latin-1"));
}

#[test]
fn ragged_rows_are_named_by_line_and_summed_up() {
    let folder = Folder::new();
    let (dataset, table) = folder.import_bytes("t.csv", b"a,b,c\n1,2,3\n4,5\n\n6,7,8,9\n").expect("imported");
    assert_eq!(cells(&dataset, &table), [["1", "2", "3"], ["4", "5", "∅"], ["6", "7", "8"]]);
    let lines: Vec<_> = dataset.warnings.iter().map(|w| w.row).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    let (dataset, _) =
        folder.import_bytes("t.csv", b"a,b,c\r\n1,\"2\r\n\",3\r\n4,5\r\n\r\n6,7,8,9\r\n").expect("imported");
    assert_eq!(dataset.warnings.iter().map(|w| w.row).collect::<Vec<_>>(), [Some(4), Some(6)]);

    let many = format!("a,b\n1,2\n{}", "1\n".repeat(100) + &"1,2\n".repeat(150));
    let (dataset, _) = folder.import_bytes("t.csv", many.as_bytes()).expect("imported");
    assert_eq!(dataset.warnings.len(), 21);
    assert!(dataset.warnings[20].message.starts_with("80 more"), "{:?}", dataset.warnings[20]);
}

#[test]
fn kinds_follow_names_and_values() {
    use ColumnKind::{Boolean, Category, Constant, Datetime, Identifier, Numeric, Text};
    type Maker = Box<dyn Fn(usize) -> String>;
    let columns: Vec<(&str, Maker, ColumnKind)> = vec![
        ("rownames", Box::new(|i| (i * 7 + 3).to_string()), Identifier),
        ("", Box::new(|i| (i + 1).to_string()), Identifier),
        ("counter", Box::new(|i| i.to_string()), Identifier),
        ("index", Box::new(|i| (500 - i).to_string()), Identifier),
        ("key", Box::new(|i| format!("k{i:05}")), Identifier),
        ("account", Box::new(|i| format!("123456789012345678{:02}", i % 60)), Identifier),
        ("measure", Box::new(|i| (i as f64 * 0.37 + 0.1).to_string()), Numeric),
        ("score", Box::new(|i| (i % 3).to_string()), Numeric),
        ("flag", Box::new(|i| (i % 2).to_string()), Numeric),
        ("zip", Box::new(|i| format!("0{}", 1000 + i % 9)), Category),
        ("colour", Box::new(|i| ["red", "green", "blue"][i % 3].to_owned()), Category),
        ("ticket", Box::new(|i| format!("t{}", i % 60)), Text),
        ("note", Box::new(|i| format!("this is remark number {} of some many words", i % 30)), Text),
        ("yes", Box::new(|i| ["Yes", "No"][i % 2].to_owned()), Boolean),
        ("true", Box::new(|i| ["TRUE", "FALSE"][i % 2].to_owned()), Boolean),
        ("day", Box::new(|i| format!("2020-01-{:02}", i % 28 + 1)), Datetime),
        ("tag", Box::new(|i| format!("{:02}.03.2021", i % 28 + 1)), Datetime),
        ("stamp", Box::new(|i| format!("2020-01-01T{:02}:30:00Z", i % 24)), Datetime),
        ("clock", Box::new(|i| format!("{:02}:15", i % 24)), Datetime),
        ("same", Box::new(|_| "5".to_owned()), Constant),
        ("nothing", Box::new(|_| "NA".to_owned()), Constant),
    ];
    let n = 100;
    let mut text = columns.iter().map(|c| c.0).collect::<Vec<_>>().join(",") + "\n";
    for i in 0..n {
        text += &(columns.iter().map(|c| (c.1)(i)).collect::<Vec<_>>().join(",") + "\n");
    }
    let folder = Folder::new();
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    let shown = cells(&dataset, &table);
    for (i, (name, make, kind)) in columns.iter().enumerate() {
        let column = &dataset.columns[i];
        assert_eq!(column.kind, *kind, "{name}");
        let excluded = matches!(kind, Identifier | Text | Constant);
        assert_eq!(column.excluded_because.is_some(), excluded, "{name}");
        // Cells look as they did in the file.
        let expected = if *name == "nothing" { "∅".to_owned() } else { make(3) };
        assert_eq!(shown[3][i], expected, "{name}");
    }
}

#[test]
fn infinite_numbers_are_missing_and_odd_cells_are_named() {
    let folder = Folder::new();
    let mut text = "a,b\ninf,1\n".to_owned();
    for i in 0..50 {
        let _ = writeln!(text, "{}.5,{}", i, if i == 30 { "n.d.".to_owned() } else { format!("{i}.25") });
    }
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    assert_eq!(cells(&dataset, &table)[0][0], "∅");
    assert_eq!(dataset.column("a").map(|c| (c.kind, c.missing)), Some((ColumnKind::Numeric, 1)));
    let odd = dataset.warnings.iter().find(|w| w.column.as_deref() == Some("b")).expect("a warning");
    assert_eq!(odd.row, Some(33));
    assert!(odd.message.contains("n.d."), "{odd:?}");
}

#[test]
fn workbook_cells_are_typed_by_their_format() {
    let rows = format!(
        "<row r=\"2\">{}{}{}{}{}</row><row r=\"3\">{}{}{}{}<c r=\"F3\" t=\"e\"><v>#DIV/0!</v></c></row><row r=\"5\">{}{}{}<c r=\"E5\" t=\"b\"><v>1</v></c>{}</row>",
        text_cell("B2", "day"),
        text_cell("C2", "at"),
        text_cell("D2", "clock"),
        text_cell("E2", "flag"),
        text_cell("F2", "x"),
        number_cell("B3", 45943.0, 1),
        number_cell("C3", 45943.75, 2),
        number_cell("D3", 0.25, 3),
        "<c r=\"E3\" t=\"b\"><v>0</v></c>",
        number_cell("B5", 45944.0, 1),
        number_cell("C5", 45944.0, 2),
        number_cell("D5", 0.5, 3),
        number_cell("F5", 2.5, 0),
    );
    let folder = Folder::new();
    let (dataset, table) = folder.import_bytes("t.xlsx", &xlsx(&[("s", &rows)])).expect("imported");
    assert_eq!(names(&dataset), ["day", "at", "clock", "flag", "x"]);
    assert_eq!(
        cells(&dataset, &table),
        [
            ["2025-10-13", "2025-10-13 18:00:00", "06:00:00", "false", "∅"],
            ["2025-10-14", "2025-10-14 00:00:00", "12:00:00", "true", "2.5"],
        ]
    );
    assert_eq!((dataset.warnings.len(), dataset.warnings[0].row), (1, Some(3)));
}

#[test]
fn a_workbook_is_known_by_its_bytes_not_its_name() {
    let folder = Folder::new();
    let book = xlsx(&[(
        "s",
        &format!(
            "<row r=\"1\">{}</row><row r=\"2\">{}</row>",
            text_cell("A1", "x"),
            number_cell("A2", 1.0, 0)
        ),
    )]);
    let (dataset, _) = folder.import_bytes("book.csv", &book).expect("a workbook");
    assert_eq!(dataset.sheet.as_deref(), Some("s"));
    let (dataset, _) = folder.import_bytes("text.xlsx", b"a,b\n1,2\n").expect("a text file");
    assert_eq!((dataset.sheet.as_deref(), names(&dataset)), (None, vec!["a", "b"]));
}

#[test]
fn ten_thousand_columns_are_a_table() {
    let header: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let mut text = header.join(",") + "\n";
    for row in 0..12 {
        text += &((0..10_000).map(|c| (c * row % 97).to_string()).collect::<Vec<_>>().join(",") + "\n");
    }
    let folder = Folder::new();
    let (dataset, table) = folder.import_bytes("wide.csv", text.as_bytes()).expect("imported");
    assert_eq!(dataset.columns.len(), 10_000);
    assert_eq!(
        table.page(&dataset, 3, 2).expect("a page").rows[0][9_999],
        Some((9_999 * 3 % 97).to_string())
    );
}
