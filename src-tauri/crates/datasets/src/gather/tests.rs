use super::*;
use crate::{
    encoding::decode,
    infer::{Typed, Values, type_columns},
    kind::judge,
    raw::{PROBLEM_LIMIT, RawTable},
    text_file::TextTable,
    watch::UNWATCHED,
};
use proptest::prelude::*;
use retort_domain::ReadingOptions;

/// A cell as it is in the file.
pub(crate) fn source(column: &ColumnCells, row: usize) -> String {
    match column {
        ColumnCells::Texts(raw) => raw.source(row).to_owned(),
        ColumnCells::Words(cells) => cells.words[usize::from(cells.codes[row])].text.clone(),
        ColumnCells::Numbers(cells) => {
            let exception = cells.exceptions.since(row).next().filter(|cell| cell.0 == row);
            let value = Some(cells.values[row]).filter(|v| !v.is_nan());
            let shown = || value.map_or(String::new(), |v| cells.spelling.show(v));
            exception.map_or_else(shown, |cell| cell.1.to_owned())
        }
    }
}

fn read(text: &str) -> RawTable {
    let decoded = decode(text.as_bytes(), None, "t.csv").expect("a text");
    let options = ReadingOptions::default();
    let opened = TextTable::open(&decoded, &options, "t.csv", PROBLEM_LIMIT, UNWATCHED);
    opened.and_then(|table| table.whole(UNWATCHED)).expect("a table")
}

/// The same table, every column gathered as text.
fn as_texts(table: &RawTable) -> RawTable {
    let texts = |column: &ColumnCells| {
        let mut raw = RawColumn::default();
        (0..table.lines.len()).for_each(|row| raw.push(&source(column, row), &table.missing));
        ColumnCells::Texts(raw)
    };
    RawTable {
        names: table.names.clone(),
        names_in_file: table.names_in_file.clone(),
        columns: table.columns.iter().map(texts).collect(),
        lines: table.lines.clone(),
        customs: table.customs,
        missing: table.missing.clone(),
        warnings: table.warnings.clone(),
        reading: table.reading.clone(),
    }
}

/// All that is understood of a column, in words.
fn told(name: &str, typed: &Typed) -> String {
    let Typed { rule, evidence, question, warnings, codes, .. } = typed;
    let values = match &typed.values {
        Values::Number(v) => format!("numbers {v:?}"),
        Values::Text(raw) => format!("texts {:?}", raw.iter().collect::<Vec<_>>()),
        Values::Words(cells) => {
            let words: Vec<_> = cells.codes.iter().map(|&c| cells.words[usize::from(c)].value()).collect();
            format!("texts {words:?}")
        }
        other => format!("{other:?}"),
    };
    format!("{rule} {evidence} {question:?} {warnings:?} {codes} {:?} {values}", judge(name, typed))
}

fn column() -> impl Strategy<Value = Vec<String>> {
    let cells = [
        "-?[0-9]{1,5}",
        "-?[1-9][0-9]{0,2}\\.[0-9]{1,3}",
        "[1-9][0-9]{0,2},[0-9]{1,3}",
        "[0-9]\\.[0-9]{0,20}",
        "[1-9]\\.[0-9]{3}",
        "0\\.00000[0-9]",
        "[1-9]\\.[0-9]e-?[0-9]",
        "(yes|no)",
        "20[0-9][0-9]-0[1-9]-[12][0-9]",
        "[01][0-9]/[01][0-9]/2020",
        "[a-cé]{1,3}",
        "[a-z]{12,20}",
        "[$€][0-9]\\.[0-9]{2}",
        "0[0-9]{2}",
        "\" ?[0-9]\\.5 ?\"",
    ];
    let odd = [
        "",
        "NA",
        "x",
        "1e-7",
        "-0",
        "12345678901234567890",
        "1.5",
        "1,5",
        "2020-01-01",
        "\" \"",
        "\"a\"\"b\"",
    ];
    let cell = proptest::sample::select(cells.to_vec()).prop_flat_map(move |pattern| {
        let usual = proptest::string::string_regex(pattern).expect("a pattern");
        let odd = proptest::sample::select(odd.to_vec());
        let late = (proptest::bool::weighted(0.4), odd, 0_usize..400);
        (proptest::collection::vec(usual, 400), late)
    });
    cell.prop_map(|(mut cells, (is_odd, odd, row))| {
        if is_odd {
            cells[row] = odd.to_owned();
        }
        cells
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn columns_mean_what_their_texts_mean(columns in proptest::collection::vec(column(), 2..5)) {
        let mut text = (0..columns.len()).map(|c| format!("name{c}")).collect::<Vec<_>>().join(";");
        for row in 0..400 {
            text.push('\n');
            text.push_str(&columns.iter().map(|c| c[row].as_str()).collect::<Vec<_>>().join(";"));
        }
        let table = read(&text);
        let texts = as_texts(&table);
        let ((typed, decimal), (expected, expected_decimal)) = (type_columns(&table), type_columns(&texts));
        prop_assert_eq!(decimal, expected_decimal);
        for (c, (typed, expected)) in typed.iter().zip(&expected).enumerate() {
            let (told, expected) = (told(&table.names[c], typed), told(&table.names[c], expected));
            prop_assert!(told == expected, "{told:.300} instead of {expected:.300}");
            let spelled = table.columns[c].missing_spellings(&table.missing);
            prop_assert_eq!(spelled, texts.columns[c].missing_spellings(&table.missing));
        }
    }
}

#[test]
fn a_cell_far_down_changes_what_its_column_is() {
    let n_rows = 3 * CHUNK / 2;
    let mut text = String::from("whole,fraction,word,many,both\n");
    for row in 0..n_rows {
        let late = row == n_rows - 7;
        let whole = if late { "none of it".to_owned() } else { row.to_string() };
        let fraction = if late { "1e-7".to_owned() } else { format!("{}.5", row % 100) };
        let word = ["red", "green"][row % 2];
        let both = if late { "1,5".to_owned() } else { format!("{}.25", row % 9) };
        text.push_str(&format!("{whole},{fraction},{word},w{row},\"{both}\"\n"));
    }
    let table = read(&text);
    let texts = as_texts(&table);
    let (typed, expected) = (type_columns(&table).0, type_columns(&texts).0);
    for (c, (typed, expected)) in typed.iter().zip(&expected).enumerate() {
        assert_eq!(told(&table.names[c], typed), told(&table.names[c], expected), "{}", table.names[c]);
    }
    assert!(matches!(typed[1].values, Values::Number(_)) && matches!(typed[4].values, Values::Text(_)));
    let row = n_rows - 7;
    let cells: Vec<String> = table.columns.iter().map(|c| source(c, row)).collect();
    assert_eq!(cells, ["none of it", "1e-7", ["red", "green"][row % 2], &format!("w{row}"), "1,5"]);
}
