//! The six samples that ship with the app.
mod common;

use common::{Folder, cells, samples};
use retort_datasets::{list_sheets, read_manifest};
use retort_domain::{ColumnKind, Dataset, Task};

fn kinds(dataset: &Dataset) -> Vec<(&str, ColumnKind)> {
    dataset.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect()
}

#[test]
fn every_sample_of_the_manifest_has_its_target_and_task() {
    let folder = Folder::new();
    let entries = read_manifest(&samples()).expect("the manifest");
    assert_eq!(entries[0].id, "penguins");
    let rows = [344, 1309, 1030, 4454, 20_000, 53_940];
    assert_eq!(entries.len(), rows.len());
    for (entry, n_rows) in entries.iter().zip(rows) {
        let (dataset, table) = folder.import(&samples().join(&entry.file)).expect(&entry.file);
        assert_eq!((dataset.n_rows, table.n_rows()), (n_rows, n_rows as usize), "{}", entry.file);
        assert_eq!(dataset.suggested_task(&entry.target), Some(entry.task), "{}", entry.file);
        assert_eq!(dataset.warnings, [], "{}", entry.file);
        let target = dataset.column(&entry.target).expect("the target");
        assert_eq!(target.excluded_because, None);
        assert_eq!(
            table.profile(&dataset, None, &|_| true).expect("a profile").columns.len(),
            dataset.columns.len()
        );
    }
}

#[test]
fn penguins() {
    use ColumnKind::{Category, Numeric};
    let folder = Folder::new();
    let (dataset, table) = folder.import(&samples().join("penguins.csv")).expect("imported");
    assert_eq!(
        kinds(&dataset),
        [
            ("species", Category),
            ("island", Category),
            ("bill_length_mm", Numeric),
            ("bill_depth_mm", Numeric),
            ("flipper_length_mm", Numeric),
            ("body_mass_g", Numeric),
            ("sex", Category),
            ("year", Numeric),
        ]
    );
    assert_eq!((dataset.name.as_str(), dataset.source_file.as_str()), ("penguins", "penguins.csv"));
    assert_eq!(dataset.column("sex").map(|c| (c.missing, c.distinct)), Some((11, 2)));
    assert_eq!(
        cells(&dataset, &table)[0],
        ["Adelie", "Torgersen", "39.1", "18.7", "181", "3750", "male", "2007"]
    );
    let stats = table.profile(&dataset, None, &|_| true).expect("a profile").columns;
    let mass = &stats[5];
    // pandas: df.body_mass_g.describe()
    assert_eq!((mass.count, mass.missing, mass.min, mass.max), (342, 2, Some(2700.0), Some(6300.0)));
    assert_eq!((mass.q25, mass.median, mass.q75), (Some(3550.0), Some(4050.0), Some(4750.0)));
    assert!((mass.mean.expect("mean") - 4_201.754_385_964_912).abs() < 1e-6);
    assert!((mass.sd.expect("sd") - 801.954_535_692_147_6).abs() < 1e-6);
    assert_eq!((stats[0].top[0].value.as_str(), stats[0].top[0].count), ("Adelie", 152));
}

#[test]
fn titanic_is_a_workbook_of_the_old_kind() {
    use ColumnKind::{Boolean, Category, Numeric};
    let folder = Folder::new();
    let path = samples().join("titanic.xls");
    let sheets = list_sheets(&path).expect("sheets");
    assert_eq!((sheets.len(), sheets[0].n_rows, sheets[0].n_columns), (1, 1310, 4));
    let (dataset, table) = folder.import(&path).expect("imported");
    assert_eq!(dataset.sheet.as_ref(), Some(&sheets[0].name));
    assert_eq!(
        kinds(&dataset),
        [("survived", Boolean), ("sex", Category), ("age", Numeric), ("passengerClass", Category)]
    );
    assert_eq!(dataset.column("age").map(|c| c.missing), Some(263));
    let survived = &table.profile(&dataset, None, &|_| true).expect("a profile").columns[0];
    let counts: Vec<_> = survived.top.iter().map(|v| (v.value.as_str(), v.count)).collect();
    assert_eq!(counts, [("no", 809), ("yes", 500)]);
}

#[test]
fn credit_is_a_workbook_of_the_new_kind() {
    let folder = Folder::new();
    let path = samples().join("credit.xlsx");
    assert_eq!(list_sheets(&path).expect("sheets")[0].n_columns, 14);
    let (dataset, table) = folder.import(&path).expect("imported");
    assert_eq!(kinds(&dataset)[0], ("Status", ColumnKind::Category));
    assert_eq!(dataset.column("Records").map(|c| c.kind), Some(ColumnKind::Boolean));
    assert_eq!(dataset.column("Price").map(|c| c.kind), Some(ColumnKind::Numeric));
    assert_eq!(
        cells(&dataset, &table)[0][..8],
        ["good", "9", "rent", "60", "30", "married", "no", "freelance"]
    );
}

#[test]
fn concrete_letter_and_diamonds_are_numbers_and_categories() {
    let folder = Folder::new();
    for (file, categories) in [
        ("concrete.csv", &[][..]),
        ("letter.csv", &["letter"][..]),
        ("diamonds.csv", &["cut", "color", "clarity"][..]),
    ] {
        let (dataset, _) = folder.import(&samples().join(file)).expect(file);
        for column in &dataset.columns {
            let expected = if categories.contains(&column.name.as_str()) {
                ColumnKind::Category
            } else {
                ColumnKind::Numeric
            };
            assert_eq!(column.kind, expected, "{file} {}", column.name);
            assert_eq!(column.excluded_because, None, "{file} {}", column.name);
        }
    }
    let (letter, _) = folder.import(&samples().join("letter.csv")).expect("letter");
    assert_eq!(letter.suggested_task("letter"), Some(Task::Classification));
}
