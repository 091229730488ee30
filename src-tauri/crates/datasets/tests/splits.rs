//! Splits by time, by group and as a column says: through the preparation, as a
//! trainer gets them, and as they are shown before.
mod common;

use common::{Folder, told};
use proptest::prelude::*;
use retort_datasets::{DatasetError, Table, preparation_hash, prepare, preview_split};
use retort_domain::{
    Dataset, ErrorCode, Preparation, PreparationSpec, Resampling, SplitPart, SplitPreview, SplitRule,
};
use safetensors::SafeTensors;
use std::{collections::HashSet, fmt::Write as _, fs};

fn spec(dataset: &Dataset, split: SplitRule) -> PreparationSpec {
    PreparationSpec {
        dataset: dataset.id.clone(),
        target: "y".to_owned(),
        task: None,
        features: None,
        exclude: Vec::new(),
        test_fraction: 0.2,
        validation_fraction: 0.1,
        seed: 0,
        resampling: Resampling::Holdout,
        split,
        drop_duplicates: false,
    }
}

fn by_time(column: &str) -> SplitRule {
    SplitRule::ByTime { column: column.to_owned() }
}

fn by_group(column: &str) -> SplitRule {
    SplitRule::ByGroup { column: column.to_owned() }
}

fn by_column(column: &str) -> SplitRule {
    SplitRule::ByColumn { column: column.to_owned() }
}

struct Parts {
    preparation: Preparation,
    rows: [Vec<u32>; 3],
}

fn prepared(
    folder: &Folder,
    (dataset, table): &(Dataset, Table),
    spec: &PreparationSpec,
) -> Result<Parts, DatasetError> {
    let (path, preparation) = prepare(table, dataset, spec, &folder.path().join("prepared"))?;
    let bytes = fs::read(path).expect("the file");
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let rows = ["train", "validation", "test"].map(|part| {
        let tensor = file.tensor(&format!("rows_{part}")).expect(part);
        tensor.data().chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    });
    Ok(Parts { preparation, rows })
}

/// 300 sales of 25 shops on 60 days, a few without a day, and what a person
/// thought of as their parts.
fn sales() -> String {
    let mut text = "day,shop,x,part,y\n".to_owned();
    for i in 0..300_u32 {
        let day = i * 37 % 60;
        let day =
            if i % 50 == 7 { String::new() } else { format!("2024-{:02}-{:02}", 1 + day / 28, 1 + day % 28) };
        let part = ["train", "Training", "train", "val", "TEST"][(i % 5) as usize];
        writeln!(
            text,
            "{day},shop{},{},{part},{}",
            i * i % 25,
            i * 7 % 101,
            ["a", "b", "b"][(i % 3) as usize]
        )
        .expect("written");
    }
    text
}

fn imported(folder: &Folder, text: &str) -> (Dataset, Table) {
    folder.import_bytes("t.csv", text.as_bytes()).expect("imported")
}

/// A column as shown, one cell a row.
fn column((dataset, table): &(Dataset, Table), name: &str) -> Vec<Option<String>> {
    let at = dataset.columns.iter().position(|c| c.name == name).expect(name);
    let page = table.page(dataset, 0, 10_000).expect("a page");
    page.rows.into_iter().map(|mut row| row.swap_remove(at)).collect()
}

fn of<'a>(cells: &'a [Option<String>], rows: &[u32]) -> HashSet<&'a str> {
    rows.iter().filter_map(|&row| cells[row as usize].as_deref()).collect()
}

fn learned(preparation: &Preparation) -> Vec<&str> {
    preparation.features.iter().map(|f| f.column()).collect()
}

#[test]
fn older_rows_are_trained_on_and_the_newest_tested_on() {
    let folder = Folder::new();
    let data = imported(&folder, &sales());
    let parts = prepared(&folder, &data, &spec(&data.0, by_time("day"))).expect("prepared");
    let [train, validation, test] = &parts.rows;
    let days = column(&data, "day");
    let (train_days, validation_days, test_days) = (of(&days, train), of(&days, validation), of(&days, test));
    assert!(train_days.iter().max() < validation_days.iter().min());
    assert!(validation_days.iter().max() < test_days.iter().min());
    assert_eq!(train.len() + validation.len() + test.len(), 294, "rows without a day are in no part");
    assert_eq!(parts.preparation.dropped_rows, 6);
    assert!(test.len().abs_diff(59) <= 3 && validation.len().abs_diff(29) <= 3, "{}", test.len());
    assert!(!learned(&parts.preparation).contains(&"day"), "what is split by is not learned from by default");
    let notes = parts.preparation.notes.join("\n");
    assert!(notes.contains("6 rows were without a value of day") && notes.contains("by time"), "{notes}");

    let asked =
        PreparationSpec { features: Some(vec!["day".into(), "x".into()]), ..spec(&data.0, by_time("day")) };
    let asked = prepared(&folder, &data, &asked).expect("prepared");
    assert_eq!(learned(&asked.preparation), ["day", "x"], "unless it is asked for");
}

#[test]
fn a_group_is_in_one_part() {
    let folder = Folder::new();
    let data = imported(&folder, &sales());
    let shops = column(&data, "shop");
    for seed in 0..5 {
        let spec = PreparationSpec { seed, ..spec(&data.0, by_group("shop")) };
        let parts = prepared(&folder, &data, &spec).expect("prepared");
        let [train, validation, test] = parts.rows.each_ref().map(|rows| of(&shops, rows));
        assert!(train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test));
        assert_eq!(parts.rows.iter().map(Vec::len).sum::<usize>(), 300);
        assert!(!validation.is_empty() && !test.is_empty());
        assert!(parts.rows[2].len().abs_diff(60) <= 12, "seed {seed}: {}", parts.rows[2].len());
        let again = prepared(&folder, &data, &spec).expect("prepared");
        assert_eq!(again.rows, parts.rows);
    }
}

#[test]
fn a_column_may_say_it() {
    let folder = Folder::new();
    let data = imported(&folder, &sales());
    let parts = prepared(&folder, &data, &spec(&data.0, by_column("part"))).expect("prepared");
    assert_eq!(parts.rows.each_ref().map(Vec::len), [180, 60, 60]);
    assert!(parts.rows[2].iter().all(|row| row % 5 == 4) && parts.rows[1].iter().all(|row| row % 5 == 3));
    assert!(!learned(&parts.preparation).contains(&"part"));

    // Without validation rows, a tenth of the training rows serves.
    let data = imported(&folder, &sales().replace(",val,", ",train,"));
    let parts = prepared(&folder, &data, &spec(&data.0, by_column("part"))).expect("prepared");
    assert_eq!(parts.rows.each_ref().map(Vec::len), [216, 24, 60]);
    assert!(parts.preparation.notes.iter().any(|n| n.contains("no validation rows")));
    let none = PreparationSpec { validation_fraction: 0.0, ..spec(&data.0, by_column("part")) };
    assert_eq!(
        prepared(&folder, &data, &none).expect("prepared").rows.each_ref().map(Vec::len),
        [240, 0, 60]
    );
}

#[test]
fn what_cannot_be_split_is_refused_in_one_line() {
    let folder = Folder::new();
    let data = imported(&folder, &sales());
    type Case = (&'static str, fn(&str) -> String, SplitRule, ErrorCode, &'static str);
    let same = |text: &str| text.to_owned();
    let cases: [Case; 6] = [
        ("no such column", same, by_time("days"), ErrorCode::NotFound, "no column \"days\""),
        ("the target", same, by_group("y"), ErrorCode::InvalidConfig, "is the target"),
        ("no dates", same, by_time("shop"), ErrorCode::UnusableData, "holds no dates"),
        ("no part", same, by_column("shop"), ErrorCode::UnusableData, "row 1 of \"shop\" holds \"shop0\""),
        (
            "an empty cell",
            |text| text.replacen("TEST", "", 1),
            by_column("part"),
            ErrorCode::UnusableData,
            "row 5 of \"part\" holds nothing",
        ),
        (
            "no test rows",
            |text| text.replace("TEST", "dev"),
            by_column("part"),
            ErrorCode::UnusableData,
            "the test part has no rows",
        ),
    ];
    for (name, change, rule, code, words) in cases {
        let text = change(&sales());
        let data = if text == sales() { data.clone() } else { imported(&folder, &text) };
        let error = prepared(&folder, &data, &spec(&data.0, rule.clone())).err();
        let error = error.unwrap_or_else(|| panic!("{name} was taken"));
        let preview = preview_split(&data.1, &data.0, &spec(&data.0, rule)).expect_err(name);
        assert_eq!(error.to_string(), preview.to_string(), "{name}");
        let told = told(error, "t");
        assert_eq!(told.code, code, "{name}: {told:?}");
        assert!(told.message.contains(words), "{name}: {told:?}");
    }
    let two: String = (0..40).map(|i| format!("2024-01-0{},g{},{}\n", 1 + i % 2, i % 2, i % 3)).collect();
    let data = imported(&folder, &format!("day,group,y\n{two}"));
    for (rule, words) in [(by_time("day"), "2 different moments"), (by_group("group"), "2 groups")] {
        let error = prepared(&folder, &data, &spec(&data.0, rule)).err().expect("refused");
        assert!(told(error, "t").message.contains(words), "{words}");
    }
}

fn rows_of(preview: &SplitPreview) -> [u32; 3] {
    [0, 1, 2].map(|i| preview.parts[i].rows)
}

#[test]
fn a_preview_shows_what_a_preparation_has() {
    let folder = Folder::new();
    let data = imported(&folder, &sales());
    for rule in [SplitRule::Random, by_time("day"), by_group("shop"), by_column("part")] {
        let spec = spec(&data.0, rule.clone());
        let preview = preview_split(&data.1, &data.0, &spec).expect("a preview");
        let parts = prepared(&folder, &data, &spec).expect("prepared");
        assert_eq!(
            preview.parts.iter().map(|p| p.part).collect::<Vec<_>>(),
            [SplitPart::Train, SplitPart::Validation, SplitPart::Test]
        );
        assert_eq!(rows_of(&preview), parts.rows.each_ref().map(|rows| rows.len() as u32), "{rule:?}");
        assert_eq!(preview.dropped_rows, parts.preparation.dropped_rows);
        let y = column(&data, "y");
        for (part, rows) in preview.parts.iter().zip(&parts.rows) {
            for class in &part.classes {
                let count = rows.iter().filter(|&&r| y[r as usize].as_deref() == Some(&class.value)).count();
                assert_eq!(class.count as usize, count, "{rule:?} {}", class.value);
            }
            assert_eq!(part.groups.is_some(), matches!(rule, SplitRule::ByGroup { .. }));
            assert_eq!(part.first.is_some(), matches!(rule, SplitRule::ByTime { .. }));
        }
    }
    let by_day = preview_split(&data.1, &data.0, &spec(&data.0, by_time("day"))).expect("a preview");
    assert_eq!(by_day.parts[0].first.as_deref(), Some("2024-01-01"));
    assert!(by_day.parts[0].last < by_day.parts[1].first && by_day.parts[1].last < by_day.parts[2].first);
    let regression = preview_split(
        &data.1,
        &data.0,
        &PreparationSpec { target: "x".into(), ..spec(&data.0, SplitRule::Random) },
    );
    let regression = regression.expect("a preview");
    assert!(
        regression
            .parts
            .iter()
            .all(|p| p.classes.is_empty() && p.target_mean.is_some() && p.target_sd > Some(0.0))
    );
}

#[test]
fn repeated_rows_are_dropped_where_that_is_asked_for() {
    let folder = Folder::new();
    let mut text = "id,x,y\n".to_owned();
    for i in 0..60_u32 {
        let row = i % 45;
        writeln!(text, "{i},{},{}", row * 17 % 45, row % 2).expect("written");
    }
    let data = imported(&folder, &text);
    let plain = spec(&data.0, SplitRule::Random);
    let dropping = PreparationSpec { drop_duplicates: true, ..plain.clone() };
    assert_ne!(preparation_hash(&plain), preparation_hash(&dropping));
    let parts = prepared(&folder, &data, &dropping).expect("prepared");
    let mut rows = parts.rows.concat();
    rows.sort_unstable();
    assert_eq!(rows, (0..45).collect::<Vec<_>>(), "the first of each stays");
    assert_eq!(parts.preparation.dropped_rows, 15);
    assert!(parts.preparation.notes.iter().any(|n| n.contains("15 rows were left out that repeat")));
    assert_eq!(prepared(&folder, &data, &plain).expect("prepared").preparation.dropped_rows, 0);
}

/// The hash that a specification without the newer settings always had.
#[test]
fn older_preparations_keep_their_hash() {
    let json = r#"{"dataset":"0123abcd","target":"y","task":null,"features":null,"exclude":[],"test_fraction":0.2,"validation_fraction":0.1,"seed":0}"#;
    let spec: PreparationSpec = serde_json::from_str(json).expect("as it was written");
    assert_eq!((spec.split.clone(), spec.drop_duplicates), (SplitRule::Random, false));
    assert_eq!(serde_json::to_string(&spec).expect("its JSON"), json);
    assert_eq!(preparation_hash(&spec), HASH_OF_OLD);
    let other = PreparationSpec { split: by_time("day"), ..spec.clone() };
    let another = PreparationSpec { split: by_group("day"), ..spec };
    assert_ne!(preparation_hash(&other), preparation_hash(&another));
}

const HASH_OF_OLD: &str = "c9a7cbb643023c150af6788a6984883e";

#[test]
fn folds_keep_groups_together_and_time_in_order() {
    let folder = Folder::new();
    let data = imported(&folder, &sales());
    for (rule, name) in [(by_group("shop"), "shop"), (by_time("day"), "day")] {
        for resampling in [Resampling::KFold { folds: 4 }, Resampling::RepeatedHoldout { repeats: 3 }] {
            let spec = PreparationSpec { resampling, ..spec(&data.0, rule.clone()) };
            let whole = prepared(
                &folder,
                &data,
                &PreparationSpec { resampling: Resampling::Holdout, ..spec.clone() },
            );
            let test: HashSet<u32> = whole.expect("prepared").rows[2].iter().copied().collect();
            let parts = prepared(&folder, &data, &spec).expect("prepared");
            let cells = column(&data, name);
            let (mut train, mut validation) = (parts.rows[0].as_slice(), parts.rows[1].as_slice());
            assert_eq!(parts.preparation.folds.len(), resampling.n_folds() as usize);
            for fold in &parts.preparation.folds {
                assert_eq!(fold.train, parts.preparation.folds[0].train);
                let (of_train, rest) = train.split_at(fold.train as usize);
                let (of_validation, other) = validation.split_at(fold.validation as usize);
                (train, validation) = (rest, other);
                assert!(of_train.iter().chain(of_validation).all(|row| !test.contains(row)));
                let (learned, judged) = (of(&cells, of_train), of(&cells, of_validation));
                assert!(!judged.is_empty() && learned.is_disjoint(&judged), "{rule:?}");
                assert!(name == "shop" || learned.iter().max() < judged.iter().min(), "{rule:?}");
            }
        }
    }
    let many =
        PreparationSpec { resampling: Resampling::KFold { folds: 20 }, ..spec(&data.0, by_group("shop")) };
    let error = prepared(&folder, &data, &many).err().expect("too few shops");
    assert!(matches!(error, DatasetError::TooFewGroups { needed: 20, .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn parts_are_whole_and_apart_under_every_rule(
        seed: u32, rule in 0_usize..4, test in 0.1_f64..0.4, validation in 0.0_f64..0.3, drop_duplicates: bool,
    ) {
        let folder = Folder::new();
        let data = imported(&folder, &sales());
        let rule = [SplitRule::Random, by_time("day"), by_group("shop"), by_column("part")][rule].clone();
        let spec = PreparationSpec {
            seed, test_fraction: test, validation_fraction: validation, drop_duplicates, ..spec(&data.0, rule)
        };
        let parts = prepared(&folder, &data, &spec).expect("prepared");
        let all = parts.rows.concat();
        let different: HashSet<u32> = all.iter().copied().collect();
        prop_assert_eq!(different.len(), all.len());
        prop_assert_eq!(all.len() as u32 + parts.preparation.dropped_rows, 300);
        fs::remove_dir_all(folder.path().join("prepared")).expect("removed");
        prop_assert_eq!(prepared(&folder, &data, &spec).expect("again").rows, parts.rows);
    }
}
