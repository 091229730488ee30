//! What a query shows of a table is what a plain loop over its cells shows.

mod common;

use common::{Folder, told};
use proptest::prelude::*;
use retort_datasets::{Cells, DatasetError, Table, View, written_filter};
use retort_domain::{
    CellCondition, CellPosition, ColumnFilter, ColumnKind, ColumnSpread, Dataset, ErrorCode, RangeEnd,
    SearchDirection, SearchHit, TableQuery, TableSort, TextOperator,
};
use std::cmp::Ordering;
use std::sync::atomic::{AtomicUsize, Ordering as Memory};

const ALWAYS: fn() -> bool = || true;
/// Columns of [`sample`].
const COLUMNS: [&str; 6] = ["amount", "city", "day", "paid", "note", "count"];
const CITIES: [&str; 6] = ["Graz", "graz", "Wien", "Øre", "", "Linz, Traun"];

struct Sample {
    _folder: Folder,
    dataset: Dataset,
    table: Vec<Vec<Option<String>>>,
    cells: Cells,
}

fn opened(folder: Folder, dataset: Dataset, table: &Table) -> Sample {
    let cells = Cells::open(&folder.path().join("tables"), &dataset.id, &ALWAYS).expect("cells");
    let page = table.page(&dataset, 0, 10_000).expect("rows");
    Sample { _folder: folder, dataset, table: page.rows, cells }
}

/// Rows with ties, missing cells, capitals and signs.
fn sample(rows: &[(i32, usize, u32, Option<bool>, u32)]) -> Sample {
    let folder = Folder::new();
    let mut text = COLUMNS.join(";") + "\n";
    // So that every column has its kind whatever the rows are.
    for (row, &(amount, city, day, paid, count)) in
        [(7, 0, 3, Some(true), 9), (-3, 2, 8, Some(false), 4)].iter().chain(rows).enumerate()
    {
        let amount = if amount % 7 == 6 { String::new() } else { format!("{}", f64::from(amount) / 4.0) };
        let day =
            if day == 0 { String::new() } else { format!("2024-{:02}-{:02}", 1 + day % 12, 1 + day % 28) };
        let paid = paid.map_or("", |paid| if paid { "yes" } else { "no" });
        let note =
            if count % 5 == 4 { String::new() } else { format!("Note {} of {row} as it came", count * 37) };
        text.push_str(&format!("{amount};{};{day};{paid};{note};{count}\n", CITIES[city % CITIES.len()]));
    }
    let (dataset, table) = folder.import_bytes("sample.csv", text.as_bytes()).expect("imported");
    opened(folder, dataset, &table)
}

impl Sample {
    fn view(&self, query: &TableQuery) -> View {
        self.cells.view(&self.dataset, query, &ALWAYS).expect("a view")
    }

    fn row_numbers(&self, view: &View) -> Vec<u32> {
        self.cells.page(&self.dataset, view, 0, u32::MAX, None).expect("a page").row_numbers
    }

    fn cell(&self, row: usize, column: &str) -> Option<&str> {
        let place = self.dataset.columns.iter().position(|c| c.name == column).expect("a column");
        self.table[row][place].as_deref()
    }

    /// By a plain loop.
    fn expected(&self, query: &TableQuery) -> Vec<u32> {
        let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
        let passes = |row: usize| {
            query.filters.iter().all(|filter| {
                let cell = self.cell(row, &filter.column);
                match &filter.condition {
                    CellCondition::Range { from, to, keep_missing } => cell.map_or(*keep_missing, |text| {
                        let value = text.parse::<f64>().unwrap_or_else(|_| millis_of(text));
                        from.is_none_or(|e| value > e.value || e.inclusive && value == e.value)
                            && to.is_none_or(|e| value < e.value || e.inclusive && value == e.value)
                    }),
                    CellCondition::Values { values, exclude } => {
                        values.contains(&cell.map(str::to_owned)) != *exclude
                    }
                    CellCondition::Text { operator, text } => cell.is_some_and(|cell| match operator {
                        TextOperator::Contains => lower(cell).contains(&lower(text)),
                        TextOperator::Equals => lower(cell) == lower(text),
                        TextOperator::Starts => lower(cell).starts_with(&lower(text)),
                    }),
                    CellCondition::Missing { missing } => cell.is_none() == *missing,
                }
            }) && query.search.as_ref().is_none_or(|text| {
                self.table[row].iter().flatten().any(|cell| lower(cell).contains(&lower(text)))
            })
        };
        let mut rows: Vec<usize> = (0..self.table.len()).filter(|row| passes(*row)).collect();
        rows.sort_by(|&a, &b| {
            let by = |sort: &TableSort| match (self.cell(a, &sort.column), self.cell(b, &sort.column)) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(x), Some(y)) => {
                    let order = match (x.parse::<f64>(), y.parse::<f64>()) {
                        (Ok(x), Ok(y)) => x.total_cmp(&y),
                        _ => lower(x).cmp(&lower(y)),
                    };
                    if sort.descending { order.reverse() } else { order }
                }
            };
            query.sort.iter().map(by).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        });
        rows.into_iter().map(|row| row as u32).collect()
    }
}

fn millis_of(day: &str) -> f64 {
    let parts: Vec<i64> = day.split('-').map(|part| part.parse().expect("digits")).collect();
    let days_before = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
    // 2024-01-01 is day 19,723.
    (19_723 + days_before[parts[1] as usize - 1] + parts[2] - 1) as f64 * 86_400_000.0
}

fn any_rows() -> impl Strategy<Value = Vec<(i32, usize, u32, Option<bool>, u32)>> {
    let row = (-20..20_i32, 0..6_usize, 0..40_u32, proptest::option::of(any::<bool>()), 0..12_u32);
    proptest::collection::vec(row, 30..160)
}

fn any_condition() -> impl Strategy<Value = ColumnFilter> {
    let end = |scale: f64, shift: f64| {
        proptest::option::of((-12..12_i32, any::<bool>()).prop_map(move |(value, inclusive)| RangeEnd {
            value: shift + f64::from(value) * scale,
            inclusive,
        }))
    };
    let range = |from, to, keep_missing| CellCondition::Range { from, to, keep_missing };
    let text =
        proptest::sample::select(vec!["a", "GRAZ", "1", ".5", "2024-0", "ø", "note 1", "yes", "", "-"]);
    let operator =
        proptest::sample::select(vec![TextOperator::Contains, TextOperator::Equals, TextOperator::Starts]);
    let values = proptest::sample::subsequence(
        vec![
            None,
            Some("Graz"),
            Some("0.5"),
            Some("-1"),
            Some("2024-05-05"),
            Some("no"),
            Some("01"),
            Some("3"),
        ],
        0..8,
    );
    let column = || proptest::sample::select(COLUMNS.to_vec());
    let filter = |column: &str, condition| ColumnFilter { column: column.to_owned(), condition };
    prop_oneof![
        (end(0.25, 0.0), end(0.25, 0.0), any::<bool>())
            .prop_map(move |(from, to, keep)| filter("amount", range(from, to, keep))),
        (end(15.0 * 86_400_000.0, 1.72e12), end(15.0 * 86_400_000.0, 1.72e12), any::<bool>())
            .prop_map(move |(from, to, keep)| filter("day", range(from, to, keep))),
        (column(), operator, text).prop_map(move |(column, operator, text)| {
            filter(column, CellCondition::Text { operator, text: text.to_owned() })
        }),
        (column(), values, any::<bool>()).prop_map(move |(column, values, exclude)| {
            let values = values.into_iter().map(|v| v.map(str::to_owned)).collect();
            filter(column, CellCondition::Values { values, exclude })
        }),
        (column(), any::<bool>())
            .prop_map(move |(column, missing)| filter(column, CellCondition::Missing { missing })),
    ]
}

fn any_query() -> impl Strategy<Value = TableQuery> {
    let sort = (proptest::sample::select(COLUMNS.to_vec()), any::<bool>())
        .prop_map(|(column, descending)| TableSort { column: column.to_owned(), descending });
    let search =
        proptest::option::of(proptest::sample::select(vec!["graz", "2024-03", "-1.", "NOTE 11", "x", "ø"]));
    (
        proptest::collection::vec(sort, 0..4),
        proptest::collection::vec(any_condition(), 0..3),
        proptest::option::weighted(0.3, search),
    )
        .prop_map(|(sort, filters, search)| TableQuery {
            sort,
            filters,
            search: search.flatten().map(str::to_owned),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn queries_show_what_a_plain_loop_shows(
        rows in any_rows(),
        queries in proptest::collection::vec(any_query(), 12),
    ) {
        let sample = sample(&rows);
        for query in &queries {
            let view = sample.view(query);
            let shown = sample.row_numbers(&view);
            prop_assert_eq!(&shown, &sample.expected(query), "{:?}", query);
            prop_assert_eq!(view.n_matching(), shown.len());
            for summary in sample.cells.summaries(&sample.dataset, &view, None, &ALWAYS).expect("summaries") {
                prop_assert_eq!(summed(&summary.spread) + summary.missing, shown.len() as u32, "{:?}", summary);
            }
        }
    }

    #[test]
    fn search_goes_through_all_hits_in_both_directions(
        rows in any_rows(),
        query in any_query(),
        text in proptest::sample::select(vec!["graz", "1", "no", "-05-", "zz"]),
    ) {
        let sample = sample(&rows);
        let view = sample.view(&query);
        let shown = sample.row_numbers(&view);
        let mut expected = Vec::new();
        for (place, row) in (0..).zip(&shown) {
            for (column, cell) in (0..).zip(&sample.table[*row as usize]) {
                if cell.as_ref().is_some_and(|cell| cell.to_lowercase().contains(text)) {
                    expected.push(CellPosition { row: place, column });
                }
            }
        }
        let find = |from, direction| -> Option<SearchHit> {
            sample.cells.find(&sample.dataset, &view, text, from, direction, &ALWAYS).expect("a search")
        };
        for (direction, expected) in [
            (SearchDirection::Next, expected.clone()),
            (SearchDirection::Previous, expected.iter().rev().copied().collect::<Vec<_>>()),
        ] {
            let mut from = None;
            for position in &expected {
                let hit = find(from, direction).expect("a hit");
                prop_assert_eq!((hit.position, hit.wrapped), (*position, false));
                prop_assert_eq!(hit.row_number, shown[position.row as usize]);
                from = Some(hit.position);
            }
            let after = find(from, direction);
            prop_assert_eq!(after.map(|hit| (hit.position, hit.wrapped)), expected.first().map(|p| (*p, true)));
        }
    }
}

fn summed(spread: &ColumnSpread) -> u32 {
    match spread {
        ColumnSpread::Histogram { counts, edges, labels, .. } => {
            assert_eq!((edges.len(), labels.len()), (counts.len() + 1, counts.len() + 1));
            counts.iter().sum()
        }
        ColumnSpread::Values { top, other } => top.iter().map(|v| v.count).sum::<u32>() + other,
        ColumnSpread::Empty => 0,
    }
}

/// More rows than are worked on at a time, of all layouts.
fn long() -> Sample {
    let folder = Folder::new();
    let mut text = "number,code,text,moment\n".to_owned();
    for row in 0..150_000_u64 {
        let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let number = if mixed % 11 == 0 { String::new() } else { (mixed % 1000).to_string() };
        text.push_str(&format!(
            "{number},c{},Text {mixed:x},2024-01-01T{:02}:{:02}:00\n",
            mixed % 400,
            mixed % 24,
            mixed % 60
        ));
    }
    let (dataset, table) = folder.import_bytes("long.csv", text.as_bytes()).expect("imported");
    opened(folder, dataset, &table)
}

#[test]
fn tables_of_several_chunks_are_sorted_and_filtered_alike() {
    let sample = long();
    let all =
        sample.cells.page(&sample.dataset, &View::whole(&sample.cells), 0, u32::MAX, None).expect("all");
    let number =
        |row: u32| all.rows[row as usize][0].as_ref().map(|text| text.parse::<u32>().expect("a number"));
    let text = |row: u32| all.rows[row as usize][2].as_ref().map(|text| text.to_lowercase());
    let by = |column: &str, descending| TableSort { column: column.to_owned(), descending };
    let sorted = |sort: Vec<TableSort>| {
        sample.row_numbers(&sample.view(&TableQuery { sort, ..TableQuery::default() }))
    };
    let mut expected: Vec<u32> = (0..150_000).collect();
    expected.sort_by_key(|row| number(*row).map_or((1, 0), |n| (0, u32::MAX - n)));
    assert_eq!(sorted(vec![by("number", true)]), expected);
    expected.sort_by_key(|row| text(*row));
    assert_eq!(sorted(vec![by("text", false)]), expected);
    expected.sort_by_key(|row| all.rows[*row as usize][1].clone());
    assert_eq!(sorted(vec![by("code", false), by("text", false)]), expected);

    let filters = vec![ColumnFilter {
        column: "number".to_owned(),
        condition: CellCondition::Range {
            from: Some(RangeEnd { value: 990.0, inclusive: true }),
            to: None,
            keep_missing: false,
        },
    }];
    let query = TableQuery { filters, ..TableQuery::default() };
    let view = sample.view(&query);
    let expected: Vec<u32> = (0..150_000).filter(|row| number(*row).is_some_and(|n| n >= 990)).collect();
    assert_eq!(sample.row_numbers(&view), expected);
    let summaries =
        sample.cells.summaries(&sample.dataset, &view, Some(&[0, 2]), &ALWAYS).expect("summaries");
    assert_eq!(summaries.iter().map(|s| s.n_rows as usize).collect::<Vec<_>>(), [expected.len(); 2]);

    // From far away, over the end, in the file's order and in another.
    for view in [
        View::whole(&sample.cells),
        sample.view(&TableQuery { sort: vec![by("text", true)], ..TableQuery::default() }),
    ] {
        let from = Some(CellPosition { row: 149_999, column: 3 });
        let sought = all.rows[70_000][2].clone().expect("a text");
        let hit = sample.cells.find(&sample.dataset, &view, &sought, from, SearchDirection::Next, &ALWAYS);
        let hit = hit.expect("a search").expect("a hit");
        assert_eq!((hit.row_number, hit.position.column, hit.wrapped), (70_000, 2, true));
    }
}

fn mixed(row: u64) -> u64 {
    row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33
}

#[test]
fn texts_that_begin_alike_are_sorted_by_what_follows() {
    let begins = ["", "K", "Kunde ", "Ä sehr lange gemeinsame Vorsilbe ", &"x".repeat(70), &"é".repeat(40)];
    let text = |row: u64| {
        let mixed = mixed(row);
        let text = format!("{}{:x}", begins[mixed as usize % begins.len()], mixed % 70_000);
        match mixed % 101 {
            0 => None,
            n if n % 3 == 0 => Some(text.to_uppercase()),
            _ => Some(text),
        }
    };
    are_sorted(&(0..60_000).map(text).collect::<Vec<_>>());
}

#[test]
fn what_all_texts_begin_with_changes_no_order() {
    for begin in ["T", "Kunde-Nr. ", &"order ".repeat(20), "Größe "] {
        let text = |row: u64| {
            let text = format!("{begin}{:x}", mixed(row) % 70_000);
            Some(if mixed(row).is_multiple_of(3) { text.to_uppercase() } else { text })
        };
        let mut texts: Vec<Option<String>> = (0..20_000).map(text).collect();
        are_sorted(&texts);
        // Some that share less, where nobody would look first.
        for (row, other) in [(100, "Kunde-Mr. 7"), (5_003, "ku"), (9_999, "Order x"), (15_001, "größe")] {
            texts[row] = Some(other.to_owned());
        }
        texts[77] = None;
        are_sorted(&texts);
    }
}

/// Sorts a column of these texts both ways, and compares with the standard
/// library's order.
fn are_sorted(texts: &[Option<String>]) {
    let folder = Folder::new();
    let mut file = "text\n".to_owned();
    texts.iter().for_each(|text| file.push_str(&format!("\"{}\"\n", text.as_deref().unwrap_or_default())));
    let (dataset, table) = folder.import_bytes("t.csv", file.as_bytes()).expect("imported");
    let sample = opened(folder, dataset, &table);
    for descending in [false, true] {
        let sort = vec![TableSort { column: "text".to_owned(), descending }];
        let sorted = sample.row_numbers(&sample.view(&TableQuery { sort, ..TableQuery::default() }));
        let lower = |row: u32| texts[row as usize].as_ref().map(|text| text.to_lowercase());
        let mut expected: Vec<u32> = (0..texts.len() as u32).collect();
        expected.sort_by(|a, b| match (lower(*a), lower(*b)) {
            (Some(a), Some(b)) if descending => b.cmp(&a),
            (a, b) => a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(&b)),
        });
        assert!(sorted == expected, "descending: {descending}");
    }
}

#[test]
fn pages_hold_the_columns_asked_for_in_their_order() {
    let sample = sample(&[(1, 0, 1, None, 0), (2, 1, 2, Some(true), 1)]);
    let whole = View::whole(&sample.cells);
    let page = sample.cells.page(&sample.dataset, &whole, 2, 5, Some(&[1, 0])).expect("a page");
    assert_eq!((page.offset, page.n_rows, page.n_matching), (2, 4, 4));
    assert_eq!(page.rows[1], [Some("graz".to_owned()), Some("0.5".to_owned())]);
    assert!(sample.cells.page(&sample.dataset, &whole, 4, 5, None).expect("the end").rows.is_empty());
    let beyond = sample.cells.page(&sample.dataset, &whole, 5, 5, None).expect_err("beyond the end");
    assert_eq!(told(beyond, "5").code, ErrorCode::NotFound);
    let column = sample.cells.page(&sample.dataset, &whole, 0, 5, Some(&[6])).expect_err("no such column");
    assert_eq!(told(column, "6").code, ErrorCode::NotFound);
}

#[test]
fn impossible_queries_are_told() {
    let sample = sample(&[(1, 0, 1, None, 0)]);
    let error = |query: TableQuery| {
        told(sample.cells.view(&sample.dataset, &query, &ALWAYS).expect_err("an error"), "sample")
    };
    let sort = vec![TableSort { column: "amuont".to_owned(), descending: false }];
    let unknown = error(TableQuery { sort, ..TableQuery::default() });
    assert_eq!(unknown.code, ErrorCode::NotFound);
    assert!(unknown.hint.is_some_and(|hint| hint.contains("amount")));
    let ranged = |column: &str, value| ColumnFilter {
        column: column.to_owned(),
        condition: CellCondition::Range {
            from: Some(RangeEnd { value, inclusive: true }),
            to: None,
            keep_missing: false,
        },
    };
    for filter in [ranged("city", 1.0), ranged("amount", f64::NAN), ranged("paid", 0.0)] {
        let told = error(TableQuery { filters: vec![filter], ..TableQuery::default() });
        assert_eq!(told.code, ErrorCode::InvalidConfig);
    }
}

#[test]
fn filters_are_read_as_people_write_them() {
    let rows: Vec<_> = (0..20).map(|i| (i, i as usize, i as u32, None, i as u32)).collect();
    let mut sample = sample(&rows);
    let n = |sample: &Sample, text: &str| {
        let filter = written_filter(&sample.dataset, text).expect("a filter");
        sample.view(&TableQuery { filters: vec![filter], ..TableQuery::default() }).n_matching()
    };
    let count = |passes: &dyn Fn(Option<&str>) -> bool, column: &str| {
        (0..sample.table.len()).filter(|row| passes(sample.cell(*row, column))).count()
    };
    let number = |cell: Option<&str>| cell.and_then(|text| text.parse::<f64>().ok());
    assert_eq!(n(&sample, "amount>=1.5"), count(&|c| number(c).is_some_and(|v| v >= 1.5), "amount"));
    assert_eq!(n(&sample, "amount < 1.5"), count(&|c| number(c).is_some_and(|v| v < 1.5), "amount"));
    assert_eq!(n(&sample, "city=Graz|Wien"), count(&|c| matches!(c, Some("Graz" | "Wien")), "city"));
    assert_eq!(n(&sample, "city=Graz|"), count(&|c| matches!(c, Some("Graz") | None), "city"));
    assert_eq!(n(&sample, "city!=Graz"), count(&|c| c != Some("Graz"), "city"));
    assert_eq!(n(&sample, "city="), count(&|c| c.is_none(), "city"));
    assert_eq!(n(&sample, "city!="), count(&|c| c.is_some(), "city"));
    assert_eq!(n(&sample, "city~RA"), count(&|c| matches!(c, Some("Graz" | "graz" | "Linz, Traun")), "city"));
    assert_eq!(n(&sample, "note^=note"), count(&|c| c.is_some(), "note"));
    assert_eq!(n(&sample, "day>2024-06-01"), count(&|c| c.is_some_and(|d| d > "2024-06-01"), "day"));
    let refused = |text: &str, subject: &str| {
        told(written_filter(&sample.dataset, text).expect_err("no filter"), subject).code
    };
    assert_eq!(refused("amount", "amount"), ErrorCode::InvalidConfig);
    assert_eq!(refused("amount>=much", "much"), ErrorCode::InvalidConfig);
    assert_eq!(refused("amuont=3", "amuont"), ErrorCode::NotFound);
    // The longest name that fits is meant.
    sample.dataset.columns[1].name = "amount>".to_owned();
    assert_eq!(written_filter(&sample.dataset, "amount>=3").expect("a filter").column, "amount>");
}

#[test]
fn work_that_is_not_wanted_any_more_ends() {
    let sample = long();
    let query = TableQuery { search: Some("zzz".to_owned()), ..TableQuery::default() };
    let asked = AtomicUsize::new(0);
    let twice = || asked.fetch_add(1, Memory::Relaxed) < 2;
    let ended = sample.cells.view(&sample.dataset, &query, &twice);
    assert!(matches!(ended, Err(DatasetError::Superseded)));
    let sort = vec![TableSort { column: "text".to_owned(), descending: false }];
    let ended = sample.cells.view(&sample.dataset, &TableQuery { sort, ..TableQuery::default() }, &|| false);
    assert!(matches!(ended, Err(DatasetError::Superseded)));
    let whole = View::whole(&sample.cells);
    let found = sample.cells.find(&sample.dataset, &whole, "zzz", None, SearchDirection::Next, &|| false);
    assert!(matches!(found, Err(DatasetError::Superseded)));
}

#[test]
fn a_number_said_to_be_a_category_is_listed_by_value() {
    let mut sample = sample(&[(1, 0, 1, None, 3), (2, 1, 2, None, 3), (3, 2, 3, None, 3)]);
    let spread = |sample: &Sample| {
        let summaries =
            sample.cells.summaries(&sample.dataset, &View::whole(&sample.cells), Some(&[5]), &ALWAYS);
        summaries.expect("a summary").remove(0)
    };
    let as_number = spread(&sample);
    assert!(matches!(&as_number.spread, ColumnSpread::Histogram { dates: false, .. }));
    assert!(
        as_number.kinds.contains(&ColumnKind::Category) && !as_number.kinds.contains(&ColumnKind::Boolean)
    );
    sample.dataset.columns[5].kind = ColumnKind::Category;
    let ColumnSpread::Values { top, other } = spread(&sample).spread else { panic!("values") };
    assert_eq!((top[0].value.as_str(), top[0].count, other), ("3", 3, 0));
}

#[test]
fn texts_that_are_longer_than_what_is_read_at_once_are_searched_and_sorted() {
    let folder = Folder::new();
    let long = "lorem ipsum ".repeat(600_000);
    let text = format!("n,text\n1,{long}c\n2,{long}needle\n3,{long}a\n4,short\n");
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    let sample = opened(folder, dataset, &table);
    let search = TableQuery { search: Some("NEEDLE".to_owned()), ..TableQuery::default() };
    assert_eq!(sample.row_numbers(&sample.view(&search)), [1]);
    let sort = vec![TableSort { column: "text".to_owned(), descending: false }];
    assert_eq!(sample.row_numbers(&sample.view(&TableQuery { sort, ..TableQuery::default() })), [2, 0, 1, 3]);
}

#[test]
fn cells_are_copied_so_that_a_spreadsheet_takes_them() {
    let folder = Folder::new();
    let (dataset, table) =
        folder.import_bytes("t.csv", b"a,b\n1,\"x\ty\"\n,\"say \"\"no\"\"\"\n3,plain\n").expect("imported");
    let sample = opened(folder, dataset, &table);
    let whole = View::whole(&sample.cells);
    let copied = sample.cells.copied(&sample.dataset, &whole, 0..3, None, true).expect("text");
    assert_eq!(copied, "a\tb\n1\t\"x\ty\"\n\t\"say \"\"no\"\"\"\n3\tplain\n");
}

#[test]
fn cells_are_made_again_where_their_file_is_damaged() {
    let folder = Folder::new();
    let (dataset, _) = folder.import_bytes("t.csv", b"a,b\n1,x\n2,y\n").expect("imported");
    let tables = folder.path().join("tables");
    let open = || Cells::open(&tables, &dataset.id, &ALWAYS).expect("cells").n_rows();
    let path = retort_datasets::cells_path(&tables, &dataset.id);
    assert_eq!(open(), 2);
    let whole = std::fs::read(&path).expect("read");
    for kept in [0, 7, 20, whole.len() - 1] {
        std::fs::write(&path, &whole[..kept]).expect("written");
        assert_eq!(open(), 2);
    }
    // Where no file can be written, a small table is shown all the same.
    std::fs::remove_file(&path).expect("removed");
    std::fs::create_dir_all(path.join("in the way")).expect("a folder in its place");
    assert_eq!(open(), 2);
}
