//! Bad input, from empty files to a learning rate of NaN: one clear line each,
//! exit 1, and everything else still works.

use super::support::{Place, sample};
use std::fmt::Write;
use std::fs;

/// An OLE2 container with the stream that Excel keeps an encrypted workbook in.
fn encrypted_workbook() -> Vec<u8> {
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.resize(512, 0);
    bytes.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(2048, 0);
    bytes
}

fn works(place: &Place) {
    let trained = place.json(&["train", &sample("penguins.csv"), "--target", "species", "--set", "epochs=1"]);
    assert_eq!(trained["runs"].as_array().map(Vec::len), Some(2), "{trained}");
}

#[test]
fn files_that_are_no_tables() {
    let place = Place::new();
    let workbook = fs::read(sample("credit.xlsx")).expect("the sample");
    let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: [(&str, &[u8]); 8] = [
        ("empty.csv", b""),
        ("empty.xlsx", b""),
        ("header only.csv", b"a,b,c\n"),
        ("binary.csv", &noise),
        ("truncated.xlsx", &workbook[..workbook.len() / 2]),
        ("locked.xlsx", &encrypted_workbook()),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("table.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\0"),
    ];
    for (name, content) in cases {
        let file = place.file(name, content);
        let line = place.refusal(&["dataset", "add", &file.display().to_string()]);
        assert!(line.contains(name), "{name} is not named: {line}");
        let again = place.refusal(&["train", &file.display().to_string(), "--target", "a"]);
        assert_eq!(line, again);
    }
    let folder = place.path().join("a folder");
    fs::create_dir(&folder).expect("created");
    assert!(place.refusal(&["dataset", "add", &folder.display().to_string()]).contains("a folder"));
    assert!(place.refusal(&["dataset", "add", "nowhere.csv"]).contains("nowhere.csv"));
    assert_eq!(place.json(&["dataset", "list"])["datasets"].as_array().map(Vec::len), Some(0));
    works(&place);
}

#[test]
fn tables_that_nothing_can_be_learned_from() {
    let place = Place::new();
    let cases: [(&str, String, &str); 4] = [
        ("one row.csv", "a,b\n1,2\n".into(), "row"),
        ("one class.csv", format!("a,b\n{}", "1.5,x\n2.5,x\n".repeat(20)), "class"),
        ("no target.csv", format!("a,b\n{}", "1.5,\n2.5,\n".repeat(20)), "\"b\""),
        ("no features.csv", format!("a,b\n{}", ",1\n,2\n".repeat(20)), "feature"),
    ];
    for (name, content, word) in cases {
        let file = place.file(name, content);
        let line = place.refusal(&["train", &file.display().to_string(), "--target", "b"]);
        assert!(line.contains(word), "{name}: {line}");
    }
    works(&place);
}

#[test]
fn settings_that_make_no_sense() {
    let place = Place::new();
    let penguins = sample("penguins.csv");
    place.json(&["dataset", "add", &penguins]);
    let cases = [
        ("learning_rate=-1", "learning_rate"),
        ("learning_rate=NaN", "learning_rate"),
        ("learning_rate=0", "learning_rate"),
        ("epochs=0", "epochs"),
        ("epochs=1.5", "epochs"),
        ("batch_size=0", "batch_size"),
        ("hidden_layers=[0]", "hidden_layers"),
        ("dropout=1", "dropout"),
        ("optimizer=lion", "lion"),
        ("learning_rat=0.1", "learning_rat"),
        ("test_fraction=0.9", "test_fraction"),
        ("exclude=[\"nose\"]", "nose"),
    ];
    for (setting, word) in cases {
        let set = if setting == "test_fraction=0.9" { "validation_fraction=0.2" } else { "seed=0" };
        let line =
            place.refusal(&["train", "penguins", "--target", "species", "--set", setting, "--set", set]);
        assert!(line.contains(word), "{setting}: {line}");
    }
    let line = place.refusal(&["train", "penguins", "--target", "spezies"]);
    assert!(line.contains("spezies") && line.contains("species"), "no suggestion: {line}");
    assert!(place.refusal(&["train", "pinguins", "--target", "species"]).contains("pinguins"));
    assert_eq!(place.json(&["job", "list"])["jobs"].as_array().map(Vec::len), Some(0));
    works(&place);
}

#[test]
fn odd_but_sound_input_is_taken() {
    let place = Place::new();
    let train = |file: &std::path::Path, target: &str, set: &str| {
        let words =
            ["train", &file.display().to_string(), "--target", target, "--set", "epochs=2", "--set", set];
        place.json(&words)["runs"][0].clone()
    };
    let rows = |header: &str, line: &dyn Fn(usize) -> String| {
        let mut text = format!("{header}\n");
        for i in 0..60 {
            let _ = writeln!(text, "{}", line(i));
        }
        text
    };

    let file = place.file("batch.csv", rows("a,b", &|i| format!("{}.5,{}", i % 7, ["x", "y"][i % 2])));
    let run = train(&file, "b", "batch_size=100000");
    assert_eq!(run["status"], "succeeded");

    let missing =
        place.file("missing.csv", rows("a,b,c", &|i| format!("{}.5,,{}", i % 7, ["x", "y"][i % 2])));
    assert_eq!(train(&missing, "c", "seed=0")["status"], "succeeded");

    let ragged = place.file(
        "ragged.csv",
        rows("a,b", &|i| if i == 9 { "1".into() } else { format!("{}.5,{}", i % 7, i % 3) }),
    );
    assert_eq!(train(&ragged, "b", "seed=0")["status"], "succeeded");
    let warnings = place.json(&["dataset", "show", "ragged"])["warnings"][0].clone();
    assert_eq!(warnings["row"], 11, "{warnings}");

    let names = "\"with \"\"quotes\"\"\",\"two\nlines\",\"🐧\",a,a";
    let odd = place.file(
        "names.csv",
        rows(names, &|i| format!("{}.5,{},{},{}.25,{}", i % 7, i % 5, ["x", "y"][i % 2], i % 9, i % 4)),
    );
    let run = train(&odd, "🐧", "seed=0");
    assert_eq!(run["status"], "succeeded");

    let wide: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let wide = place.file(
        "wide.csv",
        rows(&format!("{},y", wide.join(",")), &|i| {
            let cells: Vec<String> = (0..10_000).map(|c| format!("{}.5", (c * 31 + i * 17) % 97)).collect();
            format!("{},{}", cells.join(","), ["x", "y"][i % 2])
        }),
    );
    assert_eq!(train(&wide, "y", "hidden_layers=[8]")["status"], "succeeded");
}

#[test]
fn distillations_that_cannot_be_meant() {
    let place = Place::new();
    let trained = place.json(&[
        "train",
        &sample("penguins.csv"),
        "--target",
        "species",
        "--platform",
        "pytorch",
        "--set",
        "epochs=1",
    ]);
    let teacher = trained["runs"][0]["run_id"].as_str().expect("an id").to_owned();
    let cases: [(&[&str], &str); 9] = [
        (&["--temperature", "0"], "temperature is 0"),
        (&["--temperature", "-2"], "temperature is -2"),
        (&["--temperature", "1e9"], "temperature is 1000000000"),
        (&["--alpha", "1.01"], "alpha is 1.01"),
        (&["--alpha", "-0.5"], "alpha is -0.5"),
        (&["--seeds", "0"], "seeds is 0"),
        (&["--loss", "mse"], "this loss is for a regression"),
        (&["--transfer", "unlabelled"], "every row of the dataset has a value of species"),
        (&["--budget-bytes", "10"], "keeps to the budget"),
    ];
    for (words, part) in cases {
        let line =
            place.refusal(&[&["distill", "--teacher", &teacher, "--platform", "pytorch"], words].concat());
        assert!(line.contains(part), "{words:?}: {line}");
    }
    let nobody = place.refusal(&["distill", "--teacher", "nobody"]);
    assert!(nobody.contains("no run \"nobody\""), "{nobody}");
    assert_eq!(
        place.retort(&["distill", "--teacher", &teacher, "--transfer", "some"]).status.code(),
        Some(2)
    );
    assert_eq!(place.retort(&["distill"]).status.code(), Some(2));
    works(&place);
}
