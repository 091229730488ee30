//! `retort doctor`

use crate::failure::Failure;
use crate::output::{Output, figure_or_dash, left, right, table};
use retort_domain::{AppError, ErrorCode};
use retort_engine::Engine;
use serde_json::json;

/// Reports on all platforms; a failure where one does not work.
pub async fn run(engine: &Engine, output: Output) -> Result<(), Failure> {
    let reports = engine.doctor().await?;
    output.print(&json!({ "runtimes": reports }), || {
        let rows: Vec<Vec<String>> = reports
            .iter()
            .map(|report| {
                vec![
                    report.platform.to_string(),
                    report.version.clone().unwrap_or_else(|| "–".into()),
                    if report.works { "works".into() } else { "does not work".into() },
                    figure_or_dash(report.self_test_secs),
                ]
            })
            .collect();
        let mut text =
            table(&[left("framework"), left("version"), left("state"), right("self-test, s")], &rows);
        for report in &reports {
            if let Some(location) = &report.location {
                text.push_str(&format!("{} lies in {location}\n", report.platform));
            }
        }
        text
    })?;
    match reports.iter().find(|report| !report.works) {
        None => Ok(()),
        Some(broken) => {
            let problem =
                broken.problem.clone().unwrap_or_else(|| format!("{} does not work", broken.platform));
            let remedy =
                broken.remedy.as_deref().map_or_else(String::new, |command| format!("Run `{command}`"));
            Err(AppError::new(ErrorCode::RuntimeMissing, problem).with_hint(remedy).into())
        }
    }
}
