//! `retort dataset …`: what is done with datasets as such: kept with them,
//! refreshed, deleted.

use crate::datasets::summary;
use crate::failure::Failure;
use crate::output::{Output, left, right, size, table};
use crate::work;
use retort_domain::{AppError, Dataset, ErrorCode, RefreshOutcome, Refreshed};
use retort_engine::Engine;
use serde::Serialize;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal, Write};

#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    dataset: &'a Dataset,
    /// Room that it takes in the data folder.
    disk_bytes: f64,
}

/// All datasets, with the room that they take.
pub async fn list(engine: &Engine, output: Output) -> Result<(), Failure> {
    let datasets = engine.datasets_list().await?;
    let disk_use = engine.datasets_disk_use(datasets.iter().map(|d| d.id.clone()).collect()).await?;
    let listed: Vec<Listed> = (datasets.iter().zip(&disk_use))
        .map(|(dataset, disk)| Listed { dataset, disk_bytes: disk.total_bytes() })
        .collect();
    output.print(&json!({ "datasets": listed }), || in_a_table(&listed))?;
    Ok(())
}

fn in_a_table(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "No datasets yet; `retort dataset add FILE` imports one.".into();
    }
    let rows: Vec<Vec<String>> = listed
        .iter()
        .map(|Listed { dataset: d, disk_bytes }| {
            vec![
                d.id.to_string(),
                d.name.clone(),
                d.n_rows.to_string(),
                d.columns.len().to_string(),
                size(d.source_bytes),
                size(*disk_bytes),
                d.tags.join(", "),
                d.source_file.clone(),
            ]
        })
        .collect();
    let columns = [
        left("id"),
        left("name"),
        right("rows"),
        right("columns"),
        right("size"),
        right("on disk"),
        left("tags"),
        left("file"),
    ];
    table(&columns, &rows)
}

/// Reads a dataset's file again.
pub async fn refresh(engine: &Engine, output: Output, dataset: &str) -> Result<(), Failure> {
    let dataset = engine.datasets_resolve(dataset).await?;
    let refreshed =
        work::watched(engine, "reading", |work| engine.datasets_refresh(&dataset.id, Some(work))).await?;
    output.print(&refreshed, || refreshed_in_words(&dataset, &refreshed))?;
    Ok(())
}

fn refreshed_in_words(before: &Dataset, Refreshed { outcome, dataset: now }: &Refreshed) -> String {
    let file = &before.source_file;
    match outcome {
        RefreshOutcome::Unchanged => format!("{file} holds what it held; \"{}\" stays as it is", now.name),
        RefreshOutcome::HereAlready => {
            format!("{file} holds what \"{}\" ({}) was read from; nothing was added", now.name, now.id)
        }
        RefreshOutcome::NewVersion => {
            let (version, earlier) = (now.version, before.version);
            format!("version {version} of \"{}\"; version {earlier} stays as {}\n", now.name, before.id)
                + &summary(now)
        }
    }
}

/// Gives a dataset another name.
pub async fn rename(engine: &Engine, output: Output, dataset: &str, name: String) -> Result<(), Failure> {
    let dataset = engine.datasets_resolve(dataset).await?;
    engine.datasets_rename(&dataset.id, name).await?;
    let renamed = engine.datasets_get(&dataset.id).await?;
    output.print(&renamed, || format!("\"{}\" is now called \"{}\"", dataset.name, renamed.name))?;
    Ok(())
}

/// Keeps a note, or prints the one that is there.
pub async fn note(
    engine: &Engine,
    output: Output,
    dataset: &str,
    text: Option<String>,
) -> Result<(), Failure> {
    let mut dataset = engine.datasets_resolve(dataset).await?;
    if text.is_some() {
        dataset = engine.datasets_annotate(&dataset.id, text, None).await?;
    }
    output.print(&dataset, || dataset.notes.clone())?;
    Ok(())
}

/// Adds tags and takes some off, or prints those that are there.
pub async fn tag(
    engine: &Engine,
    output: Output,
    dataset: &str,
    add: Vec<String>,
    remove: &[String],
) -> Result<(), Failure> {
    let mut dataset = engine.datasets_resolve(dataset).await?;
    if !add.is_empty() || !remove.is_empty() {
        let mut tags = dataset.tags.clone();
        for tag in remove {
            let place = tags.iter().position(|t| t.to_lowercase() == tag.trim().to_lowercase());
            let place = place.ok_or_else(|| {
                AppError::new(ErrorCode::NotFound, format!("\"{}\" has no tag \"{tag}\"", dataset.name))
                    .with_hint(match tags.is_empty() {
                        true => "It has none".to_owned(),
                        false => format!("It has {}", tags.join(", ")),
                    })
            })?;
            tags.remove(place);
        }
        tags.extend(add);
        dataset = engine.datasets_annotate(&dataset.id, None, Some(tags)).await?;
    }
    output.print(&dataset, || dataset.tags.join(", "))?;
    Ok(())
}

/// Deletes a dataset; asks first where runs depend on it, or refuses where
/// nobody can be asked.
pub async fn delete(engine: &Engine, output: Output, dataset: &str, yes: bool) -> Result<(), Failure> {
    let dataset = engine.datasets_resolve(dataset).await?;
    let details = engine.datasets_details(&dataset.id).await?;
    if !yes && details.n_runs + details.n_sweeps > 0 {
        let uses = match (details.n_runs, details.n_sweeps) {
            (runs, 0) => counted(runs, "run"),
            (0, sweeps) => counted(sweeps, "sweep"),
            (runs, sweeps) => format!("{} and {}", counted(runs, "run"), counted(sweeps, "sweep")),
        };
        let told = format!("{uses} on \"{}\" would keep their figures, but not their table", dataset.name);
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            let refusal = AppError::new(ErrorCode::Conflict, told);
            return Err(refusal.with_hint("Add --yes to delete it all the same").into());
        }
        if !is_confirmed(&told)? {
            return Err(AppError::new(ErrorCode::Cancelled, "nothing was deleted").into());
        }
    }
    engine.datasets_delete(&dataset.id).await?;
    let deleted = json!({ "deleted": dataset.id, "n_runs": details.n_runs, "n_sweeps": details.n_sweeps });
    output.print(&deleted, || {
        format!("\"{}\" is deleted; {} stays where it is", dataset.name, dataset.source_file)
    })?;
    Ok(())
}

fn counted(n: u32, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

fn is_confirmed(told: &str) -> io::Result<bool> {
    let mut stderr = io::stderr();
    write!(stderr, "{told}. Delete it? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
