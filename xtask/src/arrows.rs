//! The directions of the arrows between crates, as a table that cargo's own
//! metadata is held against.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What one crate of ours may depend on, in whatever kind (normal, build, dev).
struct Rule {
    name: &'static str,
    /// Crates of ours.
    ours: &'static [&'static str],
    /// Of [`RESERVED`].
    reserved: &'static [&'static str],
}

/// Dependencies that only those named in the table may have; a name ending in
/// `*` stands for all that begin so.
const RESERVED: &[&str] = &["tauri*", "tch", "torch-sys", "tensorflow*"];

const fn rule(name: &'static str, ours: &'static [&'static str], reserved: &'static [&'static str]) -> Rule {
    Rule { name, ours, reserved }
}

const RULES: &[Rule] = &[
    rule("retort-domain", &[], &[]),
    rule("retort-datasets", &["retort-domain"], &[]),
    rule("retort-search", &["retort-domain"], &[]),
    rule("retort-store", &["retort-domain"], &[]),
    rule("retort-trainer", &["retort-domain"], &[]),
    rule("retort-worker", &["retort-domain", "retort-trainer"], &[]),
    rule(
        "retort-worker-pytorch",
        &["retort-domain", "retort-trainer", "retort-worker"],
        &["tch", "torch-sys"],
    ),
    rule("retort-worker-tensorflow", &["retort-domain", "retort-trainer", "retort-worker"], &["tensorflow*"]),
    rule(
        "retort-engine",
        &["retort-domain", "retort-datasets", "retort-search", "retort-store", "retort-trainer"],
        &[],
    ),
    rule("retort-cli", &["retort-domain", "retort-engine"], &[]),
    rule("retort-app", &["retort-domain", "retort-engine"], &["tauri*"]),
    rule("xtask", &["retort-domain"], &[]),
];

/// Fails with a line for each arrow that points the wrong way.
pub fn check(metadata: &Value) -> Result<()> {
    let wrong = wrong_arrows(metadata)?;
    if !wrong.is_empty() {
        bail!("crate dependencies point the wrong way:\n  {}", wrong.join("\n  "));
    }
    Ok(())
}

fn wrong_arrows(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().context("a package has no name")?;
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            wrong.push(format!("{name} has no rule; add one to xtask/src/arrows.rs"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().context("a package lists no dependencies")?;
        for dependency in dependencies.iter().filter_map(|dependency| dependency["name"].as_str()) {
            let allowed = if names.contains(&dependency) {
                rule.ours.contains(&dependency)
            } else {
                !matches_any(RESERVED, dependency) || matches_any(rule.reserved, dependency)
            };
            if !allowed {
                wrong.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    Ok(wrong)
}

fn matches_any(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => *pattern == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workspace(name: &str, dependency: &str) -> Value {
        json!({ "packages": [
            { "name": name, "dependencies": [{ "name": dependency }] },
            { "name": "retort-domain", "dependencies": [] },
            { "name": "retort-engine", "dependencies": [{ "name": "retort-domain" }] },
        ] })
    }

    #[test]
    fn this_workspace_follows_the_design() {
        let metadata =
            crate::layout::Layout::find().and_then(|layout| layout.metadata()).expect("cargo answers");
        assert_eq!(wrong_arrows(&metadata).expect("well-formed"), Vec::<String>::new());
    }

    #[test]
    fn only_the_designed_arrows_are_allowed() {
        let table = [
            ("retort-store", "retort-domain", true),
            ("retort-store", "retort-engine", false),
            ("retort-cli", "retort-engine", true),
            ("retort-cli", "tauri-plugin-dialog", false),
            ("retort-app", "tauri-plugin-dialog", true),
            ("retort-worker-pytorch", "tch", true),
            ("retort-worker-pytorch", "tensorflow", false),
            ("retort-worker-tensorflow", "tensorflow-sys", true),
            ("retort-trainer", "tch", false),
            ("retort-trainer", "serde", true),
            ("retort-novel", "serde", false),
        ];
        for (name, dependency, allowed) in table {
            let wrong = wrong_arrows(&workspace(name, dependency)).expect("well-formed");
            assert_eq!(wrong.is_empty(), allowed, "{name} → {dependency}: {wrong:?}");
        }
    }
}
