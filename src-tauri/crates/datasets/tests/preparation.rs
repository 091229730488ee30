//! Preparing tables: what is fitted, what is refused, and that it can be done
//! again to new rows.
mod common;

use common::{Folder, cells, names, samples, told};
use proptest::prelude::*;
use retort_datasets::{CellsAs, DatasetError, Table, preparation_hash, prepare, read_preparation, transform};
use retort_domain::{
    Dataset, DatePart, ErrorCode, ExportFormat, FeatureTransform, Preparation, PreparationSpec, Resampling,
    TargetTransform, Task,
};
use safetensors::SafeTensors;
use std::{fs, path::Path};

fn spec(dataset: &Dataset, target: &str) -> PreparationSpec {
    PreparationSpec {
        dataset: dataset.id.clone(),
        target: target.to_owned(),
        task: None,
        features: None,
        exclude: Vec::new(),
        test_fraction: 0.2,
        validation_fraction: 0.1,
        seed: 0,
        resampling: Default::default(),
        split: Default::default(),
        drop_duplicates: false,
    }
}

struct Prepared {
    preparation: Preparation,
    bytes: Vec<u8>,
}

impl Prepared {
    fn floats(&self, name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(&self.bytes).expect("a safetensors file");
        file.tensor(name)
            .expect(name)
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()
    }

    fn rows(&self, part: &str) -> Vec<u32> {
        let file = SafeTensors::deserialize(&self.bytes).expect("a safetensors file");
        let tensor = file.tensor(&format!("rows_{part}")).expect(part);
        tensor.data().chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    }
}

fn prepared(
    folder: &Folder,
    dataset: &Dataset,
    table: &Table,
    spec: &PreparationSpec,
) -> Result<Prepared, DatasetError> {
    let (path, preparation) = prepare(table, dataset, spec, &folder.path().join("prepared"))?;
    Ok(Prepared { preparation, bytes: fs::read(path).expect("the file") })
}

fn from_csv(
    folder: &Folder,
    text: &str,
    change: impl FnOnce(&mut PreparationSpec),
) -> Result<Prepared, DatasetError> {
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes())?;
    let mut spec = spec(&dataset, "y");
    change(&mut spec);
    prepared(folder, &dataset, &table, &spec)
}

#[test]
fn penguins_become_matrices() {
    let folder = Folder::new();
    let (dataset, table) = folder.import(&samples().join("penguins.csv")).expect("imported");
    let p = prepared(&folder, &dataset, &table, &spec(&dataset, "species")).expect("prepared");
    let split = p.preparation.split;
    assert_eq!((split.train, split.validation, split.test), (241, 34, 69));
    assert_eq!(
        p.preparation.target,
        TargetTransform::Classification {
            labels: ["Adelie", "Chinstrap", "Gentoo"].map(str::to_owned).to_vec()
        }
    );
    // island 3 + 2, four measures, sex 2 + 2, year
    assert_eq!(p.preparation.n_features, 14);
    let x = p.floats("x_train");
    assert_eq!(x.len(), 241 * 14);
    for feature in [5, 6, 7, 8, 13] {
        let column: Vec<f64> = x.chunks_exact(14).map(|row| f64::from(row[feature])).collect();
        let mean = column.iter().sum::<f64>() / 241.0;
        let variance = column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 241.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5, "feature {feature}: {mean}, {variance}");
    }
    for row in x.chunks_exact(14) {
        assert_eq!((row[..5].iter().sum::<f32>(), row[9..13].iter().sum::<f32>()), (1.0, 1.0));
    }
}

#[test]
fn a_prepared_file_is_used_again_unless_it_is_damaged() {
    let folder = Folder::new();
    let (dataset, table) = folder.import(&samples().join("penguins.csv")).expect("imported");
    let spec = spec(&dataset, "species");
    let dir = folder.path().join("prepared");
    let (path, first) = prepare(&table, &dataset, &spec, &dir).expect("prepared");
    let bytes = fs::read(&path).expect("the file");
    assert!(path.ends_with(format!("{}.safetensors", preparation_hash(&spec))));
    assert_eq!(read_preparation(&path).expect("its description"), first);
    fs::write(&path, &bytes[..bytes.len() - 4]).expect("cut off");
    assert!(read_preparation(&path).is_err());
    assert_eq!(prepare(&table, &dataset, &spec, &dir).expect("again").1, first);
    assert_eq!(fs::read(&path).expect("the file"), bytes);
    let other = PreparationSpec { seed: 1, ..spec.clone() };
    assert_ne!(preparation_hash(&other), preparation_hash(&spec));
    assert_eq!(fs::read_dir(&dir).expect("the folder").count(), 1, "temporary files are left");
}

#[test]
fn rows_without_a_target_are_dropped_and_counted() {
    let folder = Folder::new();
    let mut text = "x,y\n".to_owned();
    for i in 0..40 {
        text += &format!("{},{}\n", i * 3 % 17, if i % 4 == 0 { "NA" } else { ["a", "b"][i % 2] });
    }
    let p = from_csv(&folder, &text, |_| ()).expect("prepared");
    assert_eq!(p.preparation.dropped_rows, 10);
    assert!(p.preparation.notes.iter().any(|n| n.contains("10 rows")), "{:?}", p.preparation.notes);
    let mut rows: Vec<u32> = ["train", "validation", "test"].iter().flat_map(|part| p.rows(part)).collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..40).filter(|i| i % 4 != 0).collect::<Vec<_>>());
}

#[test]
fn a_class_of_one_row_goes_to_training() {
    let folder = Folder::new();
    let mut text = "x,y\n5,rare\n".to_owned();
    (0..30).for_each(|i| text += &format!("{},{}\n", i * 7 % 11, ["a", "b"][i % 2]));
    for seed in 0..5 {
        let p = from_csv(&folder, &text, |s| s.seed = seed).expect("prepared");
        assert!(p.rows("train").contains(&0));
        assert!(p.preparation.notes.iter().any(|n| n.contains("\"rare\"")));
    }
}

#[test]
fn dates_give_the_parts_that_vary() {
    let folder = Folder::new();
    let mut text = "when,y\n".to_owned();
    (0..28).for_each(|i| text += &format!("2020-{:02}-{:02},{}\n", i % 3 + 1, i + 1, i as f64 * 1.5));
    text += ",7.25\n";
    let p = from_csv(&folder, &text, |_| ()).expect("prepared");
    let [FeatureTransform::Datetime { parts, .. }] = p.preparation.features.as_slice() else {
        panic!("{:?}", p.preparation.features)
    };
    assert_eq!(
        parts.iter().map(|p| p.0).collect::<Vec<_>>(),
        [DatePart::Month, DatePart::Day, DatePart::Weekday]
    );
}

#[test]
fn rare_unseen_and_missing_categories_have_their_places() {
    let folder = Folder::new();
    let mut text = "c,y\n".to_owned();
    for i in 0..1200 {
        // 60 categories; the first are more frequent.
        text += &format!("k{:02},{}\n", if i < 600 { i % 50 } else { i % 60 }, i % 2);
    }
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    let p = prepared(
        &folder,
        &dataset,
        &table,
        &PreparationSpec { features: Some(vec!["c".into()]), ..spec(&dataset, "y") },
    )
    .expect("prepared");
    let [FeatureTransform::OneHot { categories, .. }] = p.preparation.features.as_slice() else { panic!() };
    assert_eq!((categories.len(), p.preparation.n_features), (50, 52));
    let (new, new_table) =
        folder.import_bytes("new.csv", b"c,d\nk59,1\nnever,2\nNA,3\nk00,4\n").expect("imported");
    let x = transform(&new_table, &new, &p.preparation).expect("transformed");
    let hot: Vec<usize> =
        x.chunks_exact(52).map(|r| r.iter().position(|&v| v == 1.0).expect("one hot")).collect();
    assert_eq!(hot, [51, 51, 50, categories.iter().position(|c| c == "k00").expect("k00")]);
}

#[test]
fn columns_without_values_or_spread_do_no_harm() {
    let folder = Folder::new();
    let mut text = "nothing,same,huge,x,y\n".to_owned();
    (0..20).for_each(|i| text += &format!(",0.1,{}e307,{},{}\n", i % 5, i * 3 % 7, i as f64 * 0.5));
    let all = ["nothing", "same", "huge", "x"].map(str::to_owned).to_vec();
    let p = from_csv(&folder, &text, |s| (s.features, s.task) = (Some(all), Some(Task::Regression)))
        .expect("prepared");
    let x = p.floats("x_train");
    assert!(x.iter().all(|v| v.is_finite() && v.abs() < 10.0), "{x:?}");
    assert!(x.chunks_exact(4).all(|r| r[0] == 0.0 && r[1] == 0.0));
}

#[test]
fn what_cannot_be_learned_from_is_told() {
    use DatasetError as E;
    let folder = Folder::new();
    let rows = |n: usize, line: fn(usize) -> String| format!("x,y\n{}", (0..n).map(line).collect::<String>());
    type Case = (&'static str, String, fn(&mut PreparationSpec), fn(&DatasetError) -> bool, &'static str);
    let fine = rows(30, |i| format!("{},{}\n", i * 7 % 11, ["a", "b"][i % 2]));
    let cases: Vec<Case> = vec![
        (
            "one row",
            "x,y\n1,a\n".into(),
            |_| (),
            |e| matches!(e, E::NoUsableFeatures { .. } | E::OneClass { .. }),
            "t",
        ),
        (
            "one row, number",
            "x,y\n1,2.5\n".into(),
            |s| (s.task, s.features) = (Some(Task::Regression), Some(vec!["x".into()])),
            |e| matches!(e, E::TooFewRows { rows: 1, .. }),
            "1 rows",
        ),
        (
            "three rows",
            rows(3, |i| format!("{i}.5,{i}.5\n")),
            |s| s.task = Some(Task::Regression),
            |e| matches!(e, E::TooFewRows { .. }),
            "\"y\"",
        ),
        (
            "one class",
            rows(30, |i| format!("{},a\n", i * 7 % 11)),
            |_| (),
            |e| matches!(e, E::OneClass { .. }),
            "\"a\"",
        ),
        (
            "no target",
            rows(30, |i| format!("{},\n", i * 7 % 11)),
            |_| (),
            |e| matches!(e, E::TargetMissingEverywhere { .. }),
            "\"y\"",
        ),
        (
            "single rows",
            rows(10, |i| format!("{},k{i}\n", i * 7 % 11)),
            |_| (),
            |e| matches!(e, E::OnlySingleRowClasses { .. }),
            "\"y\"",
        ),
        (
            "text target",
            fine.clone(),
            |s| s.task = Some(Task::Regression),
            |e| matches!(e, E::TargetNotNumeric { row: 1, .. }),
            "\"a\"",
        ),
        (
            "wrong target",
            fine.clone(),
            |s| s.target = "Y ".into(),
            |e| matches!(e, E::ColumnNotFound { near, .. } if near[0] == "y"),
            "\"Y \"",
        ),
        (
            "wrong feature",
            fine.clone(),
            |s| s.features = Some(vec!["z".into()]),
            |e| matches!(e, E::ColumnNotFound { .. }),
            "\"z\"",
        ),
        (
            "wrong exclusion",
            fine.clone(),
            |s| s.exclude = vec!["w\nw".into()],
            |e| matches!(e, E::ColumnNotFound { .. }),
            "w\\nw",
        ),
        (
            "nothing left",
            fine.clone(),
            |s| s.exclude = vec!["x".into()],
            |e| matches!(e, E::NoUsableFeatures { .. }),
            "\"y\"",
        ),
        (
            "no test rows",
            fine.clone(),
            |s| s.test_fraction = 0.0,
            |e| matches!(e, E::InvalidFraction { .. }),
            "test_fraction",
        ),
        (
            "NaN",
            fine.clone(),
            |s| s.validation_fraction = f64::NAN,
            |e| matches!(e, E::InvalidFraction { .. }),
            "validation_fraction",
        ),
        (
            "no train rows",
            fine,
            |s| s.validation_fraction = 0.8,
            |e| matches!(e, E::InvalidFraction { .. }),
            "validation_fraction",
        ),
        (
            "many classes",
            rows(3000, |i| format!("{},k{}\n", i * 7 % 11, i / 2)),
            |_| (),
            |e| matches!(e, E::TooManyClasses { .. }),
            "1500",
        ),
    ];
    for (what, text, change, expected, subject) in cases {
        let error = from_csv(&folder, &text, change).err().expect(what);
        assert!(expected(&error), "{what}: {error:?}");
        let told = told(error, subject);
        assert!(
            matches!(told.code, ErrorCode::UnusableData | ErrorCode::NotFound | ErrorCode::InvalidConfig),
            "{what}"
        );
    }
}

#[test]
fn new_rows_are_matched_by_name_and_misfits_are_named() {
    let folder = Folder::new();
    let mut text = "a,b,when,y\n".to_owned();
    (0..40).for_each(|i| {
        text += &format!(
            "{}.5,{},2020-01-{:02},{}\n",
            i * 3 % 17,
            ["Yes", "No"][i % 2],
            i % 28 + 1,
            i as f64 * 0.7
        )
    });
    let p = from_csv(&folder, &text, |s| s.task = Some(Task::Regression)).expect("prepared").preparation;
    let apply = |text: &str| {
        let (dataset, table) = folder.import_bytes("new.csv", text.as_bytes()).expect("imported");
        transform(&table, &dataset, &p)
    };
    let straight = apply("a,b,when\n1.5,Yes,2020-01-05\n").expect("one row");
    assert_eq!(straight.len() as u32, p.n_features);
    assert_eq!(apply("when,extra,b,a\n2020-01-05,q,Yes,1.5\n").expect("other order"), straight);
    let gaps = apply("a,b,when\n,,\n,,\n2.5,No,2020-01-03\n").expect("missing values");
    assert!(gaps.iter().all(|v| v.is_finite()));
    let missing = apply("a,when\n1.5,2020-01-05\n").expect_err("a missing column");
    assert!(matches!(&missing, DatasetError::FeatureMissing { column, .. } if column == "b"));
    told(missing, "\"b\"");
    let misfit = apply("a,b,when\n1.5,Yes,2020-01-05\nred,No,2020-01-06\n").expect_err("a misfit");
    assert!(
        matches!(&misfit, DatasetError::FeatureOfAnotherKind { row: 2, value, .. } if value == "red"),
        "{misfit:?}"
    );
    told(misfit, "\"a\"");
    told(apply("a,b,when\n1.5,Yes,soon\n").expect_err("no date"), "\"when\"");
}

#[test]
fn every_sample_prepares() {
    let folder = Folder::new();
    for entry in retort_datasets::read_manifest(&samples()).expect("the manifest") {
        let (dataset, table) = folder.import(&samples().join(&entry.file)).expect(&entry.file);
        let p = prepared(&folder, &dataset, &table, &spec(&dataset, &entry.target)).expect(&entry.file);
        assert_eq!(p.preparation.target.task(), entry.task);
        let x = transform(&table, &dataset, &p.preparation).expect("transformed");
        let width = p.preparation.n_features as usize;
        let train: Vec<f32> =
            p.rows("train").iter().flat_map(|&r| x[r as usize * width..][..width].to_vec()).collect();
        assert_eq!(train, p.floats("x_train"), "{}", entry.file);
    }
}

fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9 ,;\"'\n\r\t|éß🐧.-]{0,8}",
        (-1e6_f64..1e6).prop_map(|v| v.to_string()),
        (0_i64..100).prop_map(|v| v.to_string()),
    ]
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn an_export_is_read_back_as_the_same_cells(
        rows in prop::collection::vec(prop::collection::vec(any_cell(), 3), 2..30),
    ) {
        let folder = Folder::new();
        let text: String = std::iter::once("one,\"t\"\"w\no\",three 🐧\n".to_owned())
            .chain(rows.iter().map(|r| r.iter().map(|c| quoted(c)).collect::<Vec<_>>().join(",") + "\n"))
            .collect();
        let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
        prop_assert_eq!(dataset.n_rows as usize, rows.len());
        let out = folder.path().join("out.csv");
        table.export(&dataset, &out, ExportFormat::Csv, CellsAs::Typed, &|_| true).expect("exported");
        let (again, table_again) = folder.import(&out).expect("imported again");
        prop_assert_eq!(names(&dataset), names(&again));
        prop_assert_eq!(cells(&dataset, &table), cells(&again, &table_again));
        prop_assert_eq!(&dataset.columns, &again.columns);
    }

    #[test]
    fn nothing_is_fitted_on_test_or_validation_rows(
        values in prop::collection::vec((0_u32..50, 0_u32..4), 30..80), seed: u32, shift in 1_u32..1000,
    ) {
        let csv = |changed: &dyn Fn(usize) -> bool| {
            let mut text = "x,c,y\n0.5,k9,0.25\n".to_owned();
            for (i, (x, c)) in values.iter().enumerate() {
                let (x, c) = if changed(i + 1) { (x + shift, c + 7) } else { (*x, *c) };
                text += &format!("{x}.5,k{c},{}.25\n", i + 1);
            }
            text
        };
        let folder = Folder::new();
        let features = Some(vec!["x".to_owned(), "c".to_owned()]);
        let choose = |s: &mut PreparationSpec| { s.seed = seed; s.task = Some(Task::Regression); s.features = features.clone(); };
        let first = from_csv(&folder, &csv(&|_| false), choose).expect("prepared");
        let train = first.rows("train");
        let second = from_csv(&folder, &csv(&|row| !train.contains(&(row as u32))), choose).expect("prepared");
        prop_assert_eq!(&first.preparation.features, &second.preparation.features);
        prop_assert_eq!(&first.preparation.target, &second.preparation.target);
        prop_assert_eq!(first.floats("x_train"), second.floats("x_train"));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = Folder::new();
    let (dataset, table) = folder.import(&samples().join("penguins.csv")).expect("imported");
    let file = folder.write("occupied", b"x");
    let error = prepare(&table, &dataset, &spec(&dataset, "species"), Path::new(&file))
        .expect_err("a file in the way");
    assert_eq!(told(error, ".safetensors").code, ErrorCode::Storage);
    let nowhere = folder.path().join("nowhere/out.csv");
    let error = table
        .export(&dataset, &nowhere, ExportFormat::Csv, CellsAs::Typed, &|_| true)
        .expect_err("no such folder");
    assert_eq!(told(error, "out.csv").code, ErrorCode::Storage);
}

/// Rows of the training part of each fold, then of its validation part.
fn fold_rows(prepared: &Prepared) -> Vec<(Vec<u32>, Vec<u32>)> {
    let (mut train, mut validation) = (prepared.rows("train"), prepared.rows("validation"));
    let mut folds = Vec::new();
    for fold in &prepared.preparation.folds {
        let (rest, others) =
            (train.split_off(fold.train as usize), validation.split_off(fold.validation as usize));
        folds.push((train, validation));
        (train, validation) = (rest, others);
    }
    assert!(train.is_empty() && validation.is_empty());
    folds
}

#[test]
fn folds_are_fitted_on_their_own_training_rows_and_leave_the_test_rows_alone() {
    let folder = Folder::new();
    // A rare value that some folds do not train on, so that widths differ.
    let mut text = "a,b,y\n".to_owned();
    for i in 0..50_u32 {
        let place = if i % 17 == 3 { format!("rare{i}") } else { format!("p{}", i % 3) };
        text += &format!("{},{place},{}\n", (i * i) % 37, f64::from(i) * 1.5 + f64::from(i % 5));
    }
    let (dataset, table) = folder.import_bytes("t.csv", text.as_bytes()).expect("imported");
    let plain = prepared(&folder, &dataset, &table, &spec(&dataset, "y")).expect("prepared");
    for resampling in [Resampling::KFold { folds: 7 }, Resampling::RepeatedHoldout { repeats: 3 }] {
        let spec = PreparationSpec { resampling, ..spec(&dataset, "y") };
        assert_ne!(preparation_hash(&spec), plain.preparation.hash);
        let found = prepared(&folder, &dataset, &table, &spec).expect("prepared");
        let (n_features, folds) = (found.preparation.n_features as usize, fold_rows(&found));
        assert_eq!(folds.len(), resampling.n_folds() as usize);

        let mut pool = [plain.rows("train"), plain.rows("validation")].concat();
        pool.sort_unstable();
        let mut judged: Vec<u32> = folds.iter().flat_map(|(_, validation)| validation).copied().collect();
        judged.sort_unstable();
        match resampling {
            Resampling::KFold { .. } => assert_eq!(judged, pool, "each row is validated once"),
            _ => assert_eq!(judged.len(), 3 * plain.rows("validation").len()),
        }
        assert!(found.rows("test").is_empty());

        let (x, y) = (found.floats("x_train"), found.floats("y_train"));
        let mut first = 0;
        for ((train, validation), fold) in folds.iter().zip(&found.preparation.folds) {
            assert!(train.iter().all(|row| pool.contains(row) && !validation.contains(row)));
            let n = train.len();
            let x = &x[first * n_features..(first + n) * n_features];
            let of_a: Vec<f64> = x.chunks(n_features).map(|row| f64::from(row[0])).collect();
            let of_y: Vec<f64> = y[first..first + n].iter().map(|v| f64::from(*v)).collect();
            for values in [of_a, of_y] {
                let mean = values.iter().sum::<f64>() / n as f64;
                let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
                assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5, "{mean}, {variance}");
            }
            assert!(matches!(fold.target, TargetTransform::Regression { .. }));
            first += n;
        }
        assert!(found.preparation.features.is_empty());
    }
}

#[test]
fn folds_of_classes_are_stratified() {
    let folder = Folder::new();
    let (dataset, table) = folder.import(&samples().join("penguins.csv")).expect("imported");
    let spec = PreparationSpec { resampling: Resampling::KFold { folds: 5 }, ..spec(&dataset, "species") };
    let found = prepared(&folder, &dataset, &table, &spec).expect("prepared");
    let y = found.floats("y_validation");
    let mut first = 0;
    let mut counts = Vec::new();
    for fold in &found.preparation.folds {
        let of_fold = &y[first..first + fold.validation as usize];
        counts.push([0.0, 1.0, 2.0].map(|class| of_fold.iter().filter(|&&v| v == class).count()));
        first += fold.validation as usize;
    }
    for class in 0..3 {
        let of_class = counts.iter().map(|c| c[class]);
        assert!(of_class.clone().max().unwrap() - of_class.min().unwrap() <= 1, "{counts:?}");
    }
    assert!(found.preparation.notes.iter().any(|note| note.contains("each of 5 folds trains on")));
}

#[test]
fn more_folds_than_rows_are_refused() {
    let folder = Folder::new();
    let (dataset, table) = folder.import_bytes("t.csv", b"a,y\n1,2\n2,3\n4,1\n3,5\n9,4\n").expect("imported");
    let resampling = Resampling::KFold { folds: 20 };
    let spec = PreparationSpec { resampling, task: Some(Task::Regression), ..spec(&dataset, "y") };
    let error = prepared(&folder, &dataset, &table, &spec).err().expect("refused");
    let told = told(error, "t");
    assert!(told.message.contains("20 times") && told.hint.is_some(), "{told:?}");
}

#[test]
fn numbers_said_to_be_a_category_have_a_column_each() {
    let folder = Folder::new();
    let rows: String = (0..40).map(|i| format!("{},{}\n", i % 4, ["u", "v"][i % 2])).collect();
    let (mut dataset, table) =
        folder.import_bytes("t.csv", format!("code,y\n{rows}").as_bytes()).expect("imported");
    let spec = spec(&dataset, "y");
    let as_numbers = prepared(&folder, &dataset, &table, &spec).expect("prepared").preparation;
    dataset.columns[0].kind = retort_domain::ColumnKind::Category;
    dataset.described_by_hand = true;
    let as_names = prepared(&folder, &dataset, &table, &spec).expect("prepared").preparation;
    assert!(matches!(as_numbers.features[0], FeatureTransform::Numeric { .. }));
    assert!(
        matches!(&as_names.features[0], FeatureTransform::OneHot { categories, .. } if categories.len() == 4)
    );
    // The one is not taken for the other.
    assert_ne!(as_names.hash, as_numbers.hash);
    assert_eq!(transform(&table, &dataset, &as_names).expect("rows").len(), 40 * 6);
}

#[test]
fn columns_that_are_named_are_prepared_alike_whatever_is_left_out_elsewhere() {
    let folder = Folder::new();
    let rows: String = (0..40).map(|i| format!("{},{i},{}\n", i % 4, ["u", "v"][i % 2])).collect();
    let (mut dataset, table) =
        folder.import_bytes("t.csv", format!("code,number,y\n{rows}").as_bytes()).expect("imported");
    let spec = PreparationSpec { features: Some(vec!["code".into()]), ..spec(&dataset, "y") };
    let first = prepared(&folder, &dataset, &table, &spec).expect("prepared").preparation;
    dataset.described_by_hand = true;
    dataset.columns[0].excluded_because = Some("known too late".into());
    assert_eq!(prepared(&folder, &dataset, &table, &spec).expect("prepared").preparation, first);
    dataset.columns[0].kind = retort_domain::ColumnKind::Category;
    dataset.kinds_by_hand.push("code".into());
    let as_names = prepared(&folder, &dataset, &table, &spec).expect("prepared").preparation;
    assert!(matches!(as_names.features[..], [FeatureTransform::OneHot { .. }]), "{:?}", as_names.features);
    assert_ne!(as_names.hash, first.hash);
}
