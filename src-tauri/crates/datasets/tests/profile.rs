//! Profiles: what is planted in a table is found, and clean tables are left in
//! peace.
mod common;

use common::{Folder, samples};
use retort_datasets::{DatasetError, read_manifest};
use retort_domain::{DatasetProfile, ProfileAction, ProfileWarning, ProfileWarningKind as Kind};
use std::{
    fmt::Write as _,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Even numbers from 0 to 1; the same for the same seed.
struct Lot(u64);

impl Lot {
    fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ (self.0 >> 33);
        (x.wrapping_mul(0xFF51_AFD7_ED55_8CCD) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }

    fn below(&mut self, n: u32) -> u32 {
        (self.even() * f64::from(n)) as u32
    }
}

/// An honest row: columns that say something about both targets, with noise.
struct Row {
    i: u32,
    age: u32,
    income: f64,
    score: f64,
    city: u32,
    member: bool,
    class: bool,
    amount: f64,
}

const HEADER: &str = "age,income,score,city,member";

fn honest(n: u32, seed: u64) -> Vec<Row> {
    let mut lot = Lot(seed);
    (0..n)
        .map(|i| {
            let age = 18 + lot.below(62);
            let income = (10.0 + 0.5 * lot.normal()).exp();
            let score = 5.0 + 2.0 * lot.normal();
            let (city, member) = (lot.below(8), lot.even() < 0.4);
            let pull = f64::from(age) / 20.0 + 0.5 * score + f64::from(u8::from(member)) - 5.0;
            let class = pull + 1.2 * lot.normal() > 0.0;
            let amount = 40.0 + 10.0 * pull + 8.0 * lot.normal();
            Row { i, age, income, score, city, member, class, amount }
        })
        .collect()
}

fn cells(row: &Row) -> String {
    let member = if row.member { "yes" } else { "no" };
    format!("{},{:.2},{:.3},city{},{member}", row.age, row.income, row.score, row.city)
}

/// A table of honest rows with one more column, and the target `y`.
fn table(
    n: u32,
    seed: u64,
    extra: &str,
    of: impl Fn(&Row, &mut Lot) -> String,
    y: fn(&Row) -> String,
) -> String {
    let mut text = format!("{HEADER},{extra},y\n");
    let mut lot = Lot(seed ^ 0xABCD);
    for row in honest(n, seed) {
        let cell = of(&row, &mut lot);
        writeln!(text, "{},{cell},{}", cells(&row), y(&row)).expect("written");
    }
    text
}

fn class(row: &Row) -> String {
    if row.class { "good" } else { "bad" }.to_owned()
}

fn amount(row: &Row) -> String {
    format!("{:.3}", row.amount)
}

fn profile(text: &str) -> DatasetProfile {
    let folder = Folder::new();
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    table.profile(&dataset, Some("y"), &|_| true).expect("a profile")
}

fn kinds(profile: &DatasetProfile) -> Vec<(Kind, Vec<String>)> {
    profile.warnings.iter().map(|w| (w.kind, w.columns.clone())).collect()
}

/// The only warning there is.
fn only(text: &str) -> ProfileWarning {
    let profile = profile(text);
    assert_eq!(profile.warnings.len(), 1, "{:#?}", profile.warnings);
    profile.warnings[0].clone()
}

#[test]
fn honest_tables_are_left_in_peace() {
    for seed in 1..=6 {
        for n in [60, 400, 3_000] {
            for y in [class, amount] {
                let text = table(n, seed, "more", |_, lot| format!("{:.4}", lot.normal()), y);
                assert_eq!(kinds(&profile(&text)), [], "{n} rows, seed {seed}");
            }
        }
    }
}

#[test]
fn few_values_agree_by_coincidence() {
    let mut lot = Lot(5);
    let mut text = "a,b,c,y\n".to_owned();
    for _ in 0..900 {
        let (a, b) = (lot.below(3), lot.below(4));
        let y = if lot.even() < 0.3 + 0.1 * f64::from(a + b) { "yes" } else { "no" };
        writeln!(text, "a{a},b{b},{},{y}", lot.below(5)).expect("written");
    }
    assert_eq!(kinds(&profile(&text)), []);
}

#[test]
fn a_column_that_tells_the_target_alone_is_a_leak() {
    type Of = fn(&Row, &mut Lot) -> String;
    type Case = (&'static str, Of, fn(&Row) -> String);
    let cases: [Case; 9] = [
        ("another name of the class", |r, _| if r.class { "paid" } else { "default" }.into(), class),
        ("with one mistake in a hundred", |r, l| u8::from(r.class ^ (l.even() < 0.01)).to_string(), class),
        (
            "there only for one class",
            |r, l| if r.class { format!("{:.2}", l.even()) } else { String::new() },
            class,
        ),
        ("a score with a threshold", |r, l| format!("{:.4}", l.even() + f64::from(u8::from(r.class))), class),
        (
            "a number for each class",
            |r, l| (if r.class { 7 } else { 3 } + 10 * l.below(3)).to_string(),
            class,
        ),
        ("other units", |r, _| format!("{:.3}", r.amount * 1.8 + 32.0), amount),
        ("with a little noise", |r, l| format!("{:.3}", r.amount + 0.5 * l.normal()), amount),
        ("its logarithm", |r, _| format!("{:.5}", (r.amount.max(0.0) + 1.0).ln()), amount),
        ("rounded", |r, _| format!("{:.0}", r.amount / 3.0), amount),
    ];
    for (name, of, y) in cases {
        for n in [150, 2_000] {
            let found = profile(&table(n, 3, "leak", of, y));
            let leak = found.warnings.iter().find(|w| w.kind == Kind::TargetLeakage).expect(name);
            assert_eq!(leak.columns, ["leak"], "{name}");
            assert_eq!(
                leak.action,
                Some(ProfileAction::ExcludeColumns { columns: vec!["leak".into()] }),
                "{name}"
            );
            assert_eq!(found.warnings.len(), 1, "{name}: {:?}", kinds(&found));
            let told = found.columns.iter().find(|c| c.name == "leak").and_then(|c| c.association);
            let best = found.columns.iter().filter_map(|c| c.association).fold(0.0, f64::max);
            assert_eq!(told, Some(best), "{name}");
        }
    }
}

#[test]
fn a_target_made_from_columns_is_found() {
    // As the count of a bicycle rental: casual and registered riders add up.
    let mut lot = Lot(9);
    let mut text = "season,hour,temperature,wind,casual,registered,y\n".to_owned();
    for i in 0..2_000_u32 {
        let (hour, warm) = (i % 24, 10.0 + 8.0 * lot.normal());
        let casual = (lot.even() * 3.0 * (warm + 15.0).max(0.0)) as u32;
        let registered =
            (lot.even() * 150.0 + f64::from(if (7..20).contains(&hour) { 120 } else { 10 })) as u32;
        let wind = lot.even() * 40.0;
        let y = casual + registered;
        writeln!(text, "s{},{hour},{warm:.1},{wind:.1},{casual},{registered},{y}", i / 500).expect("written");
    }
    let found = profile(&text);
    let sum = found.warnings.iter().find(|w| w.kind == Kind::SumOfColumns).expect("a sum");
    assert_eq!(sum.columns, ["casual", "registered"]);
    assert_eq!(sum.message, "y = casual + registered in 100.0 % of the rows");

    let mut lot = Lot(4);
    let mut text = "revenue,cost,price,quantity,a,b,y\n".to_owned();
    let mut product = text.clone();
    for _ in 0..500 {
        let (revenue, cost) = (lot.even() * 900.0, lot.even() * 700.0);
        let (price, quantity) = (1.0 + lot.even() * 90.0, 1 + lot.below(40));
        let (price, others) =
            ((price * 100.0).round() / 100.0, format!("{:.3},{:.3}", lot.normal(), lot.normal()));
        let row = format!("{revenue:.2},{cost:.2},{price:.2},{quantity},{others}");
        let profit = (revenue * 100.0).round() / 100.0 - (cost * 100.0).round() / 100.0;
        writeln!(text, "{row},{profit:.2}").expect("written");
        writeln!(product, "{row},{:.2}", price * f64::from(quantity)).expect("written");
    }
    let difference = only(&text);
    assert_eq!(
        (difference.kind, difference.columns.as_slice()),
        (Kind::SumOfColumns, &["revenue".into(), "cost".into()][..])
    );
    assert!(difference.message.starts_with("y = revenue - cost in"), "{}", difference.message);
    let found = profile(&product);
    let product = found.warnings.iter().find(|w| w.kind == Kind::SumOfColumns).expect("a product");
    assert!(product.message.starts_with("y = price × quantity in"), "{}", product.message);
}

#[test]
fn keys_and_constants_are_named() {
    let text = table(
        400,
        2,
        "id,const,customer_no",
        |r, lot| format!("{},same,{}", r.i + 1, 100_000 + r.i * 977 % 400 * 13 + lot.below(13)),
        class,
    );
    let found = profile(&text);
    assert_eq!(
        kinds(&found),
        [
            (Kind::Identifier, vec!["id".to_owned()]),
            (Kind::Identifier, vec!["customer_no".to_owned()]),
            (Kind::Constant, vec!["const".to_owned()]),
        ]
    );
    assert_eq!(found.warnings[0].action, None, "it is left out already");
    assert!(
        matches!(&found.warnings[1].action, Some(ProfileAction::ExcludeColumns { columns }) if columns[0] == "customer_no")
    );
    let association = |name: &str| found.columns.iter().find(|c| c.name == name).and_then(|c| c.association);
    assert!(association("id").is_some_and(|a| a < 0.02) && association("const").is_none());
}

#[test]
fn repeated_rows_are_counted() {
    let text = table(500, 8, "more", |_, lot| format!("{:.4}", lot.normal()), class);
    let mut lines: Vec<&str> = text.lines().collect();
    let again: Vec<&str> = (0..20).map(|i| lines[1 + i * 20]).collect();
    lines.extend(&again[..3]);
    let few = only(&(lines.join("\n") + "\n"));
    assert_eq!((few.kind, few.action), (Kind::DuplicateRows, Some(ProfileAction::DropDuplicates)));
    assert!(few.message.starts_with("3 of 503 rows"), "{}", few.message);
    lines.extend(&again[3..]);
    let found = profile(&(lines.join("\n") + "\n"));
    assert_eq!(kinds(&found), [(Kind::RowsInTrainAndTest, vec![]), (Kind::DuplicateRows, vec![])]);
    assert_eq!(found.warnings[0].action, Some(ProfileAction::DropDuplicates));

    // A key does not make copies different.
    let numbered = lines.iter().enumerate().map(|(i, line)| match i {
        0 => format!("row_number,{line}"),
        i => format!("{i},{line}"),
    });
    let numbered: Vec<String> = numbered.collect();
    let found = profile(&(numbered.join("\n") + "\n"));
    assert!(found.warnings.iter().any(|w| w.kind == Kind::DuplicateRows), "{:?}", kinds(&found));
}

#[test]
fn rows_of_one_person_belong_together() {
    let mut lot = Lot(6);
    for (name, text_id) in [("patient_id", false), ("patient", true), ("clinic_code_of_case", true)] {
        let mut text = format!("{name},height,pulse,pressure,y\n");
        for patient in 0..60_u32 {
            let ill = lot.even() < 0.4;
            // A measure that tells patients apart, and no illness.
            let height = 150.0 + 40.0 * lot.even();
            for _ in 0..8 {
                let id = if text_id { format!("P{patient:03}") } else { (4_000 + patient * 7).to_string() };
                let (pulse, pressure) = (70.0 + 9.0 * lot.normal(), 120.0 + 15.0 * lot.normal());
                writeln!(
                    text,
                    "{id},{height:.1},{pulse:.1},{pressure:.1},{}",
                    if ill { "ill" } else { "well" }
                )
                .expect("written");
            }
        }
        let found = only(&text);
        assert_eq!(found.kind, Kind::RowsInTrainAndTest, "{name}");
        assert_eq!(found.action, Some(ProfileAction::SplitByGroup { column: name.into() }));
    }
}

#[test]
fn classes_that_are_rare_or_small_are_named() {
    let mut lot = Lot(1);
    let mut text = "a,b,y\n".to_owned();
    for i in 0..800_u32 {
        let y = if i < 3 {
            "odd"
        } else if i < 40 {
            "few"
        } else {
            "many"
        };
        writeln!(text, "{:.3},{:.3},{y}", lot.normal(), lot.normal()).expect("written");
    }
    let found = profile(&text);
    assert_eq!(
        kinds(&found),
        [(Kind::RareClasses, vec!["y".to_owned()]), (Kind::Imbalance, vec!["y".to_owned()])]
    );
    assert!(found.warnings[0].message.contains("\"odd\" (3 rows)"), "{}", found.warnings[0].message);
    assert_eq!(found.warnings[1].action, Some(ProfileAction::BalanceClasses));
}

#[test]
fn outliers_and_long_tails_are_named() {
    let text = table(
        700,
        5,
        "weight",
        |r, l| if r.i == 77 { "99999".into() } else { format!("{:.1}", 70.0 + 12.0 * l.normal()) },
        amount,
    );
    let found = only(&text);
    assert_eq!((found.kind, found.columns.as_slice()), (Kind::Outliers, &["weight".to_owned()][..]));
    assert!(found.message.contains("99999"), "{}", found.message);
    let text = table(
        700,
        5,
        "more",
        |_, l| format!("{:.3}", l.normal()),
        |r| format!("{:.3}", (r.amount / 15.0).exp()),
    );
    let found = only(&text);
    assert_eq!((found.kind, found.columns.as_slice()), (Kind::SkewedTarget, &["y".to_owned()][..]));
}

#[test]
fn dates_suggest_a_split_by_time_and_birthdays_do_not() {
    let day = |r: &Row| format!("2024-{:02}-{:02}", 1 + r.i / 28 % 12, 1 + r.i % 28);
    let found = only(&table(330, 5, "sold_on", |r, _| day(r), amount));
    assert_eq!(found.kind, Kind::DateSuggestsTimeSplit);
    assert_eq!(found.action, Some(ProfileAction::SplitByTime { column: "sold_on".into() }));
    assert_eq!(kinds(&profile(&table(330, 5, "date_of_birth", |r, _| day(r), amount))), []);
}

#[test]
fn texts_with_many_values_are_named() {
    let text = table(
        600,
        5,
        "comment,street",
        |_, l| {
            let words =
                ["fine", "late", "again", "never", "parcel", "broken", "thanks", "refund", "small", "blue"];
            let comment: Vec<&str> = (0..9).map(|_| words[l.below(10) as usize]).collect();
            format!("{},street{}", comment.join(" "), l.below(400))
        },
        class,
    );
    let found = profile(&text);
    assert_eq!(
        kinds(&found),
        [
            (Kind::HighCardinalityText, vec!["comment".to_owned()]),
            (Kind::HighCardinalityText, vec!["street".to_owned()])
        ]
    );
}

/// What is said of the samples is true of them: the concrete, credit, letter and
/// diamond tables repeat rows, and three diamonds have a wrong measure.
#[test]
fn samples_raise_no_false_alarm() {
    let folder = Folder::new();
    for entry in read_manifest(&samples()).expect("the manifest") {
        let (dataset, table) = folder.import(&samples().join(&entry.file)).expect(&entry.file);
        let found = table.profile(&dataset, Some(&entry.target), &|_| true).expect("a profile");
        let kinds = kinds(&found);
        let kinds: Vec<(Kind, &[String])> = kinds.iter().map(|(k, c)| (*k, c.as_slice())).collect();
        let (y, z) = (["y".to_owned()], ["z".to_owned()]);
        let repeats: (Kind, &[String]) = (Kind::DuplicateRows, &[]);
        let in_both: (Kind, &[String]) = (Kind::RowsInTrainAndTest, &[]);
        let expected: Vec<(Kind, &[String])> = match entry.id.as_str() {
            "penguins" | "titanic" => vec![],
            "credit" => vec![repeats],
            "concrete" | "letter" => vec![in_both, repeats],
            "diamonds" => vec![repeats, (Kind::Outliers, &y), (Kind::Outliers, &z)],
            other => panic!("{other} is new"),
        };
        assert_eq!(kinds, expected, "{}", entry.id);
        assert_eq!(found.sampled_rows, found.n_rows);
    }
}

#[test]
fn a_profile_tells_its_progress_and_stops() {
    let folder = Folder::new();
    let text = table(200, 1, "more", |_, lot| format!("{:.4}", lot.normal()), class);
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    let last = AtomicUsize::new(0);
    let profile = table.profile(&dataset, None, &|share| {
        last.fetch_max((share * 1000.0) as usize, Ordering::Relaxed);
        true
    });
    let profile = profile.expect("a profile");
    assert!(profile.target.is_none() && profile.columns.iter().all(|c| c.association.is_none()));
    assert!(last.into_inner() > 900);
    let asked = AtomicUsize::new(0);
    let stopped = table.profile(&dataset, Some("y"), &|_| asked.fetch_add(1, Ordering::Relaxed) < 2);
    assert!(matches!(stopped, Err(DatasetError::ProfileStopped)));
    assert!(matches!(
        table.profile(&dataset, Some("z"), &|_| true),
        Err(DatasetError::ColumnNotFound { .. })
    ));
}

#[test]
fn correlations_are_symmetric_with_the_target_first() {
    let text = table(300, 1, "twice", |r, _| format!("{}", 2 * r.age), amount);
    let found = profile(&text);
    let c = &found.correlations;
    assert_eq!(c.columns[0], "y");
    let at = |name: &str| c.columns.iter().position(|n| n == name).expect(name);
    assert!((c.values[at("age")][at("twice")].expect("a figure") - 1.0).abs() < 1e-12);
    for i in 0..c.columns.len() {
        assert!((c.values[i][i].expect("a figure") - 1.0).abs() < 1e-12);
        assert!((0..c.columns.len()).all(|j| c.values[i][j] == c.values[j][i]));
    }
}
