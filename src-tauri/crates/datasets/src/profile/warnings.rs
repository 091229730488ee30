//! What would spoil a model, in words, each with what can be done about it.

use super::{Facts, Seen, sums::Relation};
use crate::number::in_threes;
use retort_domain::{
    Column, ColumnKind, Figure, MAX_CATEGORIES, ProfileAction, ProfileWarning, ProfileWarningKind as Kind,
    Task,
};

/// Share of the error that a column alone takes away, from which it is a leak.
const LEAK: f64 = 0.95;
/// The same for ranks, which many honest columns tell well.
const LEAK_OF_RANKS: f64 = 0.985;
/// Share that groups tell, from which their rows are alike.
const ALIKE_GROUPS: f64 = 0.3;
/// Groups are at least so many, of so many rows each in the mean.
const FEWEST_GROUPS: usize = 10;
const ROWS_OF_GROUP: f64 = 2.0;
/// A class needs so many rows for a part of a tenth to hold one.
const RARE_ROWS: u32 = 10;
/// A class is small beside the others below this part of an even share.
const SMALL_SHARE: f64 = 0.2;
/// From this skew on, a target is strongly skewed.
const STRONG_SKEW: f64 = 2.0;
/// Share of test rows that repeat a training row, below which the test is as
/// good as it was.
const NOTABLE_SHARE: f64 = 0.01;
/// Fewer rows than this do not make a key.
const KEY_ROWS: u32 = 50;
/// Fewer different dates say nothing about an order in time.
const FEWEST_DATES: u32 = 10;
/// Columns that a message names.
const NAMED: usize = 5;

/// All warnings, the gravest first.
pub(super) fn warnings(facts: &Facts<'_>) -> Vec<ProfileWarning> {
    let mut found = Vec::new();
    leaks(facts, &mut found);
    found.extend(facts.relation.as_ref().and_then(|relation| sum(facts, relation)));
    alike(facts, &mut found);
    keys(facts, &mut found);
    constants(facts, &mut found);
    classes(facts, &mut found);
    found.extend(dates(facts));
    found.extend(skewed_target(facts));
    far_out(facts, &mut found);
    many_values(facts, &mut found);
    found.sort_by_key(|warning| warning.kind);
    found
}

fn warning(kind: Kind, columns: &[&str], message: String, why: &str) -> ProfileWarning {
    ProfileWarning {
        kind,
        columns: columns.iter().map(|&c| c.to_owned()).collect(),
        message,
        why: why.to_owned(),
        figures: Vec::new(),
        action: None,
    }
}

fn figure(name: &str, value: impl Into<f64>) -> Figure {
    Figure { name: name.to_owned(), value: value.into() }
}

fn exclude(columns: &[&str]) -> Option<ProfileAction> {
    Some(ProfileAction::ExcludeColumns { columns: columns.iter().map(|&c| c.to_owned()).collect() })
}

/// `a, b and 3 more`
fn listed(columns: &[&str]) -> String {
    match columns.len() {
        n if n > NAMED => format!("{} and {} more", columns[..NAMED].join(", "), n - NAMED),
        _ => columns.join(", "),
    }
}

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", in_threes(count)) }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Columns that tell the target alone; where their values name groups of rows,
/// it is the groups that must not be torn apart.
fn leaks(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    let Some(target) = facts.target else { return };
    for (column, seen) in facts.with_seen().filter(|(column, _)| column.name != target.name) {
        let Some(alone) = seen.alone else { continue };
        let binds_rows = binds_rows(column, seen, facts.class_counts.len());
        let is_learnable = column.excluded_because.is_none();
        let is_leak = alone.share >= LEAK || alone.share_of_ranks.is_some_and(|share| share >= LEAK_OF_RANKS);
        if let Some((n_groups, share)) = alone.names.filter(|_| binds_rows) {
            let mean = f64::from(seen.figures.count) / n_groups.max(1) as f64;
            found.push(ProfileWarning {
                figures: vec![
                    figure("groups", n_groups as f64),
                    figure("rows of a group", mean),
                    figure("share of the target that groups tell", share),
                ],
                action: Some(ProfileAction::SplitByGroup { column: column.name.clone() }),
                ..warning(
                    Kind::RowsInTrainAndTest,
                    &[&column.name],
                    format!(
                        "rows of the same {} are alike, and a random split puts them into training and test",
                        column.name
                    ),
                    "The test would ask for rows whose siblings were learned, and look better than it is",
                )
            });
        } else if is_leak && is_learnable {
            let message = match facts.task {
                Task::Classification => format!(
                    "{} alone takes away {} of the errors in telling {}",
                    column.name,
                    percent(alone.share),
                    target.name
                ),
                Task::Regression if alone.share < LEAK => {
                    format!("{} alone puts the rows into the order of {}", column.name, target.name)
                }
                Task::Regression => format!(
                    "{} alone explains {} of the variance of {}",
                    column.name,
                    percent(alone.share),
                    target.name
                ),
            };
            found.push(ProfileWarning {
                figures: vec![figure("share told by it alone", alone.share)],
                action: exclude(&[&column.name]),
                ..warning(
                    Kind::TargetLeakage,
                    &[&column.name],
                    message,
                    "What nearly equals the target is mostly known only after it, so that a model fails on new rows",
                )
            });
        }
    }
}

/// True where a column's values stand for things that several rows are about,
/// whose targets are alike. `n_classes` is 0 in a regression.
pub(super) fn binds_rows(column: &Column, seen: &Seen, n_classes: usize) -> bool {
    let Some((n_groups, share)) = seen.alone.and_then(|alone| alone.names) else { return false };
    if share < ALIKE_GROUPS {
        return false;
    }
    let count = f64::from(seen.figures.count);
    if n_groups < FEWEST_GROUPS
        || count < ROWS_OF_GROUP * n_groups as f64
        || column.kind == ColumnKind::Boolean
    {
        return false;
    }
    if is_named_as_key(&column.name) && (column.kind != ColumnKind::Numeric || seen.is_whole) {
        return true;
    }
    // Without a telling name: names that are far more than what they tell.
    let is_name = matches!(column.kind, ColumnKind::Category | ColumnKind::Text | ColumnKind::Identifier);
    let is_by_name = is_name && seen.alone.is_some_and(|alone| alone.is_by_name);
    let is_many = match n_classes {
        0 => n_groups as f64 * 20.0 > count,
        n => n_groups >= 5 * n.max(2),
    };
    is_by_name && is_many && seen.alone.is_some_and(|alone| alone.share >= LEAK)
}

/// Words of a header: `customerId` and `customer_id` are two each.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_small) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        was_small = c.is_lowercase() || c.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_named_as_key(name: &str) -> bool {
    const LAST: [&str; 12] =
        ["id", "ids", "key", "nr", "no", "number", "uid", "uuid", "guid", "index", "identifier", "nummer"];
    const ANY: [&str; 15] = [
        "patient",
        "subject",
        "customer",
        "client",
        "user",
        "household",
        "family",
        "participant",
        "device",
        "machine",
        "session",
        "account",
        "kunde",
        "proband",
        "versuchsperson",
    ];
    let words = words(name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    LAST.contains(&last) || (words.len() == 1 && ANY.contains(&last))
}

fn sum(facts: &Facts<'_>, relation: &Relation) -> Option<ProfileWarning> {
    let target = facts.target?;
    let mut terms: Vec<(&str, f64)> =
        relation.terms.iter().map(|(c, factor)| (facts.columns[*c].name.as_str(), *factor)).collect();
    // In the table's order, but none that is taken away first.
    terms.sort_by_key(|(name, factor)| (*factor < 0.0, facts.columns.iter().position(|c| c.name == *name)));
    let mut formula = String::new();
    for (i, (name, factor)) in terms.iter().enumerate() {
        let size = factor.abs();
        let is_less = *factor < 0.0;
        let sign = match (relation.is_product, is_less) {
            (true, false) => " × ",
            (true, true) => " / ",
            (false, false) => " + ",
            (false, true) => " - ",
        };
        if i > 0 {
            formula.push_str(sign);
        } else if is_less {
            formula.push_str(if relation.is_product { "1 / " } else { "-" });
        }
        match (relation.is_product, size == 1.0) {
            (_, true) => formula.push_str(name),
            (true, false) => formula.push_str(&format!("{name}^{size}")),
            (false, false) => formula.push_str(&format!("{} {name}", crate::number::format(size))),
        }
    }
    let columns: Vec<&str> = terms.iter().map(|(name, _)| *name).collect();
    let mut figures = vec![figure("share of rows for which it holds", relation.share)];
    figures.extend(terms.iter().map(|(name, factor)| figure(&format!("factor of {name}"), *factor)));
    Some(ProfileWarning {
        figures,
        action: exclude(&columns),
        ..warning(
            Kind::SumOfColumns,
            &columns,
            format!("{} = {formula} in {} of the rows", target.name, percent(relation.share)),
            "The model would learn to add up what is known only together with the target",
        )
    })
}

fn alike(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    let n = facts.n_rows;
    let collision: f64 = facts.compared().map(|(_, seen)| seen.collision).product();
    let whole = facts.alike.whole;
    let has_repeats = whole.is_beyond_chance(collision);
    if has_repeats {
        found.push(ProfileWarning {
            figures: vec![figure("rows that repeat another", whole.repeats as f64), figure("rows", n as f64)],
            action: Some(ProfileAction::DropDuplicates),
            ..warning(
                Kind::DuplicateRows,
                &[],
                format!("{} of {} repeat another in every column", in_threes(whole.repeats), rows(n)),
                "What was recorded twice counts twice, and may be trained on and tested on",
            )
        });
    }
    let Some((target, alike)) = facts.target.zip(facts.alike.features) else { return };
    let compared = facts.compared().filter(|(column, _)| column.name != target.name);
    let collision: f64 = compared.map(|(_, seen)| seen.collision).product();
    if alike.in_train >= NOTABLE_SHARE && alike.is_beyond_chance(collision) {
        // Where equal rows have equal targets, it is enough to drop repeats.
        let is_mended_by_dropping = has_repeats && whole.repeats * 10 >= alike.repeats * 9;
        found.push(ProfileWarning {
            figures: vec![
                figure("rows that repeat another but for the target", alike.repeats as f64),
                figure("share of test rows that repeat a training row", alike.in_train),
            ],
            action: is_mended_by_dropping.then_some(ProfileAction::DropDuplicates),
            ..warning(
                Kind::RowsInTrainAndTest,
                &[],
                format!(
                    "under a random split, {} of the test rows repeat a training row in all but {}",
                    percent(alike.in_train),
                    target.name
                ),
                "The test would ask for rows that were learned, and look better than it is",
            )
        });
    }
}

fn keys(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    let is_target = |column: &Column| facts.target.is_some_and(|target| target.name == column.name);
    let left_out = facts.columns.iter().filter(|c| c.kind == ColumnKind::Identifier && !is_target(c));
    let left_out: Vec<&str> = left_out.map(|c| c.name.as_str()).collect();
    const WHY: &str = "A key tells rows apart and nothing else; a model that learns it knows no new row";
    if !left_out.is_empty() {
        let are = if left_out.len() == 1 { "is a key and is" } else { "are keys and are" };
        let message = format!("{} {are} left out", listed(&left_out));
        found.push(warning(Kind::Identifier, &left_out, message, WHY));
    }
    for (column, seen) in facts.learnable() {
        let figures = &seen.figures;
        let all_differ =
            figures.missing == 0 && figures.count >= KEY_ROWS && figures.distinct == figures.count;
        if column.kind != ColumnKind::Numeric || !seen.is_whole || !all_differ {
            continue;
        }
        let span = figures.max.zip(figures.min).map_or(f64::INFINITY, |(max, min)| max - min + 1.0);
        let is_dense = span <= 1.5 * f64::from(figures.count);
        if is_dense || is_named_as_key(&column.name) {
            found.push(ProfileWarning {
                figures: vec![figure("different values", figures.distinct)],
                action: exclude(&[&column.name]),
                ..warning(
                    Kind::Identifier,
                    &[&column.name],
                    format!("{} looks like a key: a whole number that is another in every row", column.name),
                    WHY,
                )
            });
        }
    }
}

fn constants(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    let constant = facts.columns.iter().filter(|c| c.kind == ColumnKind::Constant);
    let constant: Vec<&str> = constant.map(|c| c.name.as_str()).collect();
    if !constant.is_empty() {
        let (hold, are) = if constant.len() == 1 { ("holds", "is") } else { ("hold", "are") };
        found.push(warning(
            Kind::Constant,
            &constant,
            format!("{} {hold} one value at most and {are} left out", listed(&constant)),
            "What never changes tells nothing",
        ));
    }
}

fn classes(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    let Some(target) = facts.target.filter(|_| facts.task == Task::Classification) else { return };
    let (rare, common): (Vec<_>, Vec<_>) = facts.class_counts.iter().partition(|(_, n)| *n < RARE_ROWS);
    if let Some((smallest, n)) = rare.last() {
        let label = format!("\"{smallest}\" ({})", rows(*n as usize));
        let message = match rare.len() {
            1 => format!("the class {label} of {} has fewer than {RARE_ROWS} rows", target.name),
            many => format!(
                "{many} classes of {}, such as {label}, have fewer than {RARE_ROWS} rows",
                target.name
            ),
        };
        found.push(ProfileWarning {
            figures: vec![figure("rare classes", rare.len() as f64), figure("rows of the smallest", *n)],
            ..warning(
                Kind::RareClasses,
                &[&target.name],
                message,
                "Validation and test may hold no row of them, so that figures say nothing about them",
            )
        });
    }
    let total: f64 = common.iter().map(|(_, n)| f64::from(*n)).sum();
    if let (Some((largest, most)), Some((smallest, least))) = (common.first(), common.last())
        && f64::from(*least) / total * (common.len() as f64) < SMALL_SHARE
    {
        let share = f64::from(*least) / total;
        found.push(ProfileWarning {
            figures: vec![
                figure("share of the smallest class", share),
                figure("rows of the largest for one of the smallest", f64::from(*most) / f64::from(*least)),
            ],
            action: Some(ProfileAction::BalanceClasses),
            ..warning(
                Kind::Imbalance,
                &[&target.name],
                format!(
                    "only {} of the rows have the class \"{smallest}\" of {}",
                    percent(share),
                    target.name
                ),
                &format!("A model that always says \"{largest}\" is right in most rows and useless"),
            )
        });
    }
}

fn dates(facts: &Facts<'_>) -> Option<ProfileWarning> {
    const OF_BIRTH: [&str; 6] = ["birth", "dob", "born", "geburt", "naissance", "geboren"];
    let is_of_birth = |name: &str| {
        let lower = name.to_lowercase();
        OF_BIRTH.iter().any(|word| lower.contains(word))
    };
    let is_target = |column: &Column| facts.target.is_some_and(|target| target.name == column.name);
    let dated = facts.with_seen().filter(|(column, seen)| {
        seen.is_dated && column.distinct >= FEWEST_DATES && !is_of_birth(&column.name) && !is_target(column)
    });
    let (column, seen) = dated.min_by_key(|(column, _)| column.missing)?;
    Some(ProfileWarning {
        figures: vec![figure("different moments", seen.figures.distinct)],
        action: Some(ProfileAction::SplitByTime { column: column.name.clone() }),
        ..warning(
            Kind::DateSuggestsTimeSplit,
            &[&column.name],
            format!(
                "{} says when each row was, and a random split mixes earlier and later rows",
                column.name
            ),
            "If the model is to tell what comes, it should be tested on rows later than those it learned from",
        )
    })
}

fn skewed_target(facts: &Facts<'_>) -> Option<ProfileWarning> {
    let target = facts.target.filter(|_| facts.task == Task::Regression)?;
    let skew = facts.seen_of(&target.name)?.figures.skew.filter(|skew| skew.abs() > STRONG_SKEW)?;
    let side = if skew > 0.0 { "large" } else { "small" };
    Some(ProfileWarning {
        figures: vec![figure("skew", skew)],
        ..warning(
            Kind::SkewedTarget,
            &[&target.name],
            format!("{} has a long tail of {side} values (skew {skew:.1})", target.name),
            "The squared error is ruled by a few rows; a table with the logarithm as the target may do better",
        )
    })
}

fn far_out(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    for (column, seen) in facts.with_seen().filter(|(c, _)| c.kind == ColumnKind::Numeric) {
        let Some(outliers) = seen.outliers else { continue };
        let shown = crate::number::format(outliers.farthest);
        let message = match outliers.count {
            1 => format!("one value of {}, {shown}, lies far from all others", column.name),
            n => format!("{n} values of {}, such as {shown}, lie far from all others", column.name),
        };
        found.push(ProfileWarning {
            figures: vec![figure("values far out", outliers.count), figure("the farthest", outliers.farthest)],
            ..warning(
                Kind::Outliers,
                &[&column.name],
                message,
                "A wrong entry or a code for a missing value stretches the scale on which all others are learned",
            )
        });
    }
}

fn many_values(facts: &Facts<'_>, found: &mut Vec<ProfileWarning>) {
    let is_target = |column: &Column| facts.target.is_some_and(|target| target.name == column.name);
    let binds = |w: &ProfileWarning, column: &Column| matches!(&w.action, Some(ProfileAction::SplitByGroup { column: by }) if *by == column.name);
    for column in facts.columns.iter().filter(|c| !is_target(c)) {
        // What rows are split by is not meant to be learned from.
        if found.iter().any(|warning| binds(warning, column)) {
            continue;
        }
        let message = match column.kind {
            ColumnKind::Text => {
                let n = in_threes(column.distinct as usize);
                format!("{} holds {n} different texts and is left out", column.name)
            }
            ColumnKind::Category if column.distinct as usize > MAX_CATEGORIES => format!(
                "{} holds {} different names, of which the {MAX_CATEGORIES} most frequent are told apart",
                column.name,
                in_threes(column.distinct as usize)
            ),
            ColumnKind::Numeric
            | ColumnKind::Category
            | ColumnKind::Boolean
            | ColumnKind::Datetime
            | ColumnKind::Identifier
            | ColumnKind::Constant => continue,
        };
        found.push(ProfileWarning {
            figures: vec![figure("different values", column.distinct)],
            ..warning(
                Kind::HighCardinalityText,
                &[&column.name],
                message,
                "Most of its values have too few rows to learn from",
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_words() {
        for name in
            ["customer_id", "customerId", "Patient", "patient-no", "ID", "Kundennummer Nr", "row index"]
        {
            assert!(is_named_as_key(name), "{name}");
        }
        for name in ["humid", "covid", "passengerClass", "key_rate", "user_age", "valid", "paid", "Monday"] {
            assert!(!is_named_as_key(name), "{name}");
        }
    }
}
