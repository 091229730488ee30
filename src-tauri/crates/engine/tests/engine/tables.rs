//! Tables on screen, and what a person says of their columns.

use super::support::{open, sample};
use retort_domain::{
    ColumnKind, ColumnRole, ColumnRoleChoice, Dataset, ErrorCode, SearchDirection, TableQuery, TableSort,
};
use retort_engine::{Engine, ImportOptions};

async fn penguins(engine: &Engine) -> Dataset {
    engine.datasets_import(sample("penguins.csv"), ImportOptions::default(), None).await.expect("imported")
}

fn by(column: &str, descending: bool) -> TableQuery {
    let sort = vec![TableSort { column: column.to_owned(), descending }];
    TableQuery { sort, ..TableQuery::default() }
}

#[tokio::test]
async fn pages_search_and_summaries_follow_one_query() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let dataset = penguins(&engine).await;
    let id = &dataset.id;
    let query = TableQuery { search: Some("adelie".to_owned()), ..by(&dataset.columns[0].name, true) };
    let view = engine.datasets_view(id, query.clone()).await.expect("a view");
    assert_eq!(view.n_rows, 344);
    let page = engine
        .datasets_rows(id, query.clone(), view.n_matching - 1, 10, Some(vec![0]))
        .await
        .expect("a page");
    assert_eq!((page.rows.len(), page.n_matching), (1, view.n_matching));
    let summaries = engine.datasets_summaries(id, Some(query.clone()), None).await.expect("summaries");
    assert!(summaries.iter().all(|summary| summary.n_rows == view.n_matching));
    let find =
        engine.datasets_find(id, query.clone(), "gentoo".to_owned(), None, SearchDirection::Next).await;
    assert_eq!(find.expect("a search"), None);
    let copied = engine.datasets_copy(id, query, 0, 2, Some(vec![0, 1]), true).await.expect("text");
    assert_eq!(copied.lines().count(), 3);
    let unknown = engine.datasets_view(id, by("no such column", false)).await.expect_err("no such column");
    assert_eq!(unknown.code, ErrorCode::NotFound);

    engine.datasets_delete(id).await.expect("deleted");
    assert_eq!(folder.path().join("tables").read_dir().expect("listed").count(), 0);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_newer_question_ends_an_older_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let file = folder.path().join("long.csv");
    let text: String =
        (0..200_000_u32).map(|row| format!("{row},Text {}\n", row.wrapping_mul(2_654_435_761))).collect();
    std::fs::write(&file, format!("number,text\n{text}")).expect("written");
    let dataset = engine.datasets_import(file, ImportOptions::default(), None).await.expect("imported");
    let columns = ["number", "text"];
    let mut asked = Vec::new();
    for n in 0..8 {
        let (engine, id) = (engine.clone(), dataset.id.clone());
        let query = by(columns[n % 2], n % 4 < 2);
        asked.push(tokio::spawn(async move { engine.datasets_view(&id, query).await }));
    }
    for answer in asked {
        // Each ends: with its rows, or because a newer one came.
        match answer.await.expect("an end") {
            Ok(view) => assert_eq!(view.n_matching, 200_000),
            Err(error) => assert_eq!(error.code, ErrorCode::Cancelled),
        }
    }
    let last = engine.datasets_rows(&dataset.id, by("number", true), 0, 1, None).await.expect("rows");
    assert_eq!(last.row_numbers, [199_999]);
    engine.shutdown().await;
}

#[tokio::test]
async fn what_a_person_says_of_columns_is_kept_and_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let dataset = penguins(&engine).await;
    let id = &dataset.id;
    let numeric: Vec<&str> =
        dataset.columns.iter().filter(|c| c.kind == ColumnKind::Numeric).map(|c| c.name.as_str()).collect();
    let choice = |column: &str, role| ColumnRoleChoice { column: column.to_owned(), role };
    let because = "known too late".to_owned();
    let choices = vec![
        choice("species", ColumnRole::Target),
        choice(numeric[0], ColumnRole::Excluded { because: because.clone() }),
    ];
    let described = engine.datasets_roles_set(id, choices).await.expect("kept");
    assert_eq!(described.role("species"), Some(ColumnRole::Target));
    assert_eq!(described.role(numeric[0]), Some(ColumnRole::Excluded { because }));
    assert!(
        !described
            .default_features("species", None)
            .iter()
            .any(|name| name == numeric[0] || name == "species")
    );

    let described =
        engine.datasets_kind_set(id, numeric[1].to_owned(), ColumnKind::Category).await.expect("kept");
    assert_eq!(described.column(numeric[1]).map(|c| c.kind), Some(ColumnKind::Category));
    let refused = engine.datasets_kind_set(id, "species".to_owned(), ColumnKind::Numeric).await;
    assert_eq!(refused.expect_err("names are no numbers").code, ErrorCode::InvalidConfig);
    engine.shutdown().await;

    let engine = open(folder.path()).await;
    assert_eq!(engine.datasets_get(id).await.expect("the dataset"), described);
    let choices = vec![choice("species", ColumnRole::Feature)];
    let changed = engine.datasets_roles_set(id, choices).await.expect("kept");
    assert_eq!(
        (changed.default_target.as_deref(), changed.role("species")),
        (None, Some(ColumnRole::Feature))
    );
    engine.shutdown().await;
}
