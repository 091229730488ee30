//! `retort dataset …`

use crate::arguments::DatasetCommand;
use crate::failure::Failure;
use crate::output::{Output, figure_or_dash, left, right, table};
use crate::registry;
use crate::settings;
use crate::work;
use retort_domain::{
    AppError, Column, Dataset, DatasetProfile, PartPreview, PreparationSpec, Reading, SplitPart,
    SplitPreview, TablePage, TableQuery, TableSort,
};
use retort_engine::{Engine, ImportOptions};
use serde::Serialize;
use serde_json::json;

/// Carries the command out.
pub async fn run(engine: &Engine, output: Output, command: DatasetCommand) -> Result<(), Failure> {
    match command {
        DatasetCommand::Add { file, sheet, reading, dry_run: true, .. } => {
            let options = ImportOptions { name: None, sheet, reading: reading.into() };
            let reading = work::watched(engine, "reading", |work| {
                engine.datasets_understand(file, options, Some(work))
            })
            .await?;
            output.print(&reading, || understood(&reading))?;
        }
        DatasetCommand::Add { file, name, sheet, reading, dry_run: false } => {
            let options = ImportOptions { name, sheet, reading: reading.into() };
            let dataset =
                work::watched(engine, "importing", |work| engine.datasets_import(file, options, Some(work)))
                    .await?;
            output.print(&dataset, || summary(&dataset))?;
        }
        DatasetCommand::List => registry::list(engine, output).await?,
        DatasetCommand::Show { dataset, target } => {
            let dataset = engine.datasets_resolve(&dataset).await?;
            let target = target.or_else(|| dataset.default_target.clone());
            let profile = engine.datasets_profile(&dataset.id, target).await?;
            output.print(&Shown { dataset: &dataset, profile: &profile }, || show(&dataset, &profile))?;
        }
        DatasetCommand::Refresh { dataset } => registry::refresh(engine, output, &dataset).await?,
        DatasetCommand::Rename { dataset, name } => registry::rename(engine, output, &dataset, name).await?,
        DatasetCommand::Note { dataset, text } => registry::note(engine, output, &dataset, text).await?,
        DatasetCommand::Tag { dataset, tags, remove } => {
            registry::tag(engine, output, &dataset, tags, &remove).await?;
        }
        DatasetCommand::Delete { dataset, yes } => registry::delete(engine, output, &dataset, yes).await?,
        DatasetCommand::Split { dataset, target, settings } => {
            let config = settings::training_config(&settings)?;
            let dataset = engine.datasets_resolve(&dataset).await?;
            let spec = PreparationSpec::of(dataset.id, target, &config).map_err(AppError::from)?;
            let preview = engine.datasets_split_preview(spec).await?;
            output.print(&preview, || split(&preview))?;
        }
        DatasetCommand::Rows { dataset, offset, limit, sort, filter, search, columns } => {
            let dataset = engine.datasets_resolve(&dataset).await?;
            let filters = filter.iter().map(|text| engine.datasets_filter(&dataset, text));
            let query = TableQuery {
                sort: sort.iter().map(|text| sort_by(&dataset, text)).collect(),
                filters: filters.collect::<Result<_, _>>()?,
                search,
            };
            let places = if columns.is_empty() {
                (0..).zip(&dataset.columns).map(|(place, _)| place).collect()
            } else {
                engine.datasets_places(&dataset, &columns)?
            };
            let shown: Vec<&Column> = places.iter().map(|&place| &dataset.columns[place as usize]).collect();
            let page = engine.datasets_rows(&dataset.id, query, offset, limit, Some(places)).await?;
            let columns = shown.iter().map(|c| c.name.as_str()).collect();
            output.print(&Page { columns, page: &page }, || rows(&shown, &page))?;
        }
        DatasetCommand::Export { dataset, output: path, format, typed } => {
            let dataset = engine.datasets_resolve(&dataset).await?;
            let (to, format) = (path.clone(), format.map(Into::into));
            work::watched(engine, "exporting", |work| {
                engine.datasets_export(&dataset.id, to, format, typed, Some(work))
            })
            .await?;
            output.print(&json!({ "path": path, "n_rows": dataset.n_rows }), || {
                format!("{} rows written to {}", dataset.n_rows, path.display())
            })?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    dataset: &'a Dataset,
    profile: &'a DatasetProfile,
}

#[derive(Serialize)]
struct Page<'a> {
    columns: Vec<&'a str>,
    #[serde(flatten)]
    page: &'a TablePage,
}

/// A line on the table, then what was noticed in the file.
pub fn summary(dataset: &Dataset) -> String {
    let mut text = format!(
        "{} · {} · {} rows × {} columns\n",
        dataset.id,
        dataset.name,
        dataset.n_rows,
        dataset.columns.len()
    );
    for warning in &dataset.warnings {
        let row = warning.row.map_or_else(String::new, |row| format!("line {row}: "));
        let column = warning.column.as_ref().map_or_else(String::new, |column| format!("{column}: "));
        text.push_str(&format!("note: {row}{column}{}\n", warning.message));
    }
    text
}

/// How a file would be read: its cells, its rows, and the rule of each column.
fn understood(reading: &Reading) -> String {
    let mut text = format!("{} rows × {} columns\n", reading.n_rows, reading.columns.len());
    if let Some(dialect) = &reading.dialect {
        let quote = dialect.quote.as_deref().unwrap_or("none");
        text.push_str(&format!("delimiter {:?}, quote {quote}", dialect.delimiter));
        text.push_str(&reading.encoding.as_ref().map_or_else(String::new, |e| format!(", encoding {e}")));
        text.push('\n');
    }
    reading.evidence.iter().for_each(|line| text.push_str(&format!("note: {line}\n")));
    for skipped in &reading.skipped {
        let (first, last) = (skipped.first_line, skipped.last_line);
        text.push_str(&format!("left out: lines {first} to {last}: {}\n", skipped.text));
    }
    for problem in &reading.problems {
        text.push_str(&format!("line {}: {}\n", problem.line, problem.reason));
    }
    let rows: Vec<Vec<String>> = reading
        .columns
        .iter()
        .map(|c| {
            vec![c.name.clone(), format!("{:?}", c.kind).to_lowercase(), c.rule.clone(), c.evidence.clone()]
        })
        .collect();
    text + &table(&[left("column"), left("kind"), left("rule"), left("evidence")], &rows)
}

fn show(dataset: &Dataset, profile: &DatasetProfile) -> String {
    let rows: Vec<Vec<String>> = dataset
        .columns
        .iter()
        .zip(&profile.columns)
        .map(|(column, stats)| {
            vec![
                column.name.clone(),
                format!("{:?}", column.kind).to_lowercase(),
                column.missing.to_string(),
                column.distinct.to_string(),
                figure_or_dash(stats.mean),
                figure_or_dash(stats.sd),
                figure_or_dash(stats.min),
                figure_or_dash(stats.max),
                figure_or_dash(stats.association),
                column.excluded_because.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        left("column"),
        left("kind"),
        right("missing"),
        right("distinct"),
        right("mean"),
        right("sd"),
        right("min"),
        right("max"),
        right("association"),
        left("left out because"),
    ];
    let mut text = summary(dataset) + &table(&columns, &rows);
    for warning in &profile.warnings {
        text.push_str(&format!("\nwarning: {}\n  {}", warning.message, warning.why));
    }
    text
}

/// Rows and classes of each part, then what should be known.
fn split(preview: &SplitPreview) -> String {
    let name = |part: &PartPreview| match part.part {
        SplitPart::Train => "train",
        SplitPart::Validation => "validation",
        SplitPart::Test => "test",
    };
    let classes = |part: &PartPreview| {
        let shares = part.classes.iter().map(|c| {
            let percent = f64::from(c.count) / f64::from(part.rows.max(1)) * 100.0;
            format!("{} {} ({percent:.1} %)", c.value, c.count)
        });
        shares.collect::<Vec<_>>().join(", ")
    };
    let moments = |part: &PartPreview| match (&part.first, &part.last) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        (_, _) => String::new(),
    };
    let rows: Vec<Vec<String>> = preview
        .parts
        .iter()
        .map(|part| {
            vec![
                name(part).to_owned(),
                part.rows.to_string(),
                part.groups.map_or_else(|| "–".to_owned(), |groups| groups.to_string()),
                figure_or_dash(part.target_mean),
                moments(part),
                classes(part),
            ]
        })
        .collect();
    let columns =
        [left("part"), right("rows"), right("groups"), right("mean"), left("from"), left("classes")];
    let mut text = table(&columns, &rows);
    for note in &preview.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    text
}

/// A column's name, perhaps with `:desc` or `:asc` behind it; a column that is
/// called so is meant itself.
fn sort_by(dataset: &Dataset, text: &str) -> TableSort {
    let (column, descending) = match text.rsplit_once(':') {
        Some((column, "desc")) if dataset.column(text).is_none() => (column, true),
        Some((column, "asc")) if dataset.column(text).is_none() => (column, false),
        Some(_) | None => (text, false),
    };
    TableSort { column: column.to_owned(), descending }
}

fn rows(shown: &[&Column], page: &TablePage) -> String {
    let columns: Vec<_> = [right("row")]
        .into_iter()
        .chain(shown.iter().map(|c| match c.kind {
            retort_domain::ColumnKind::Numeric => right(c.name.clone()),
            _ => left(c.name.clone()),
        }))
        .collect();
    let rows: Vec<Vec<String>> = page
        .rows
        .iter()
        .zip(&page.row_numbers)
        .map(|(cells, row)| {
            [row.to_string()].into_iter().chain(cells.iter().map(|c| c.clone().unwrap_or_default())).collect()
        })
        .collect();
    table(&columns, &rows)
}
