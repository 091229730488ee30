//! Views of a sweep's trials: sorted, filtered, a page at a time; as columns
//! for charts; as files.

use super::speeds::Latencies;
use super::trials::Trials;
use retort_domain::{
    AppError, ErrorCode, JobId, ParameterValue, Platform, Trial, TrialColumn, TrialColumns, TrialCost,
    TrialFilter, TrialPage, TrialQuery, TrialSort, TrialStatus, TrialsFormat,
};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows of one page, at most.
const MAX_ROWS: u32 = 1000;

/// A cell as it is sorted: what is missing comes last, whichever way.
#[derive(Debug, Clone, PartialEq)]
enum Key {
    Number(f64),
    Text(String),
    Missing,
}

impl Key {
    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let ordering = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        };
        if descending { ordering.reverse() } else { ordering }
    }
}

/// A status as JSON and people have it.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A parameter's value in words.
pub(super) fn value_text(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Flag(flag) => flag.to_string(),
        ParameterValue::Number(number) => number.to_string(),
        ParameterValue::Text(text) => text.clone(),
        ParameterValue::Units(units) => {
            format!("[{}]", units.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))
        }
        ParameterValue::Nothing(()) => "none".into(),
    }
}

fn key(trial: &Trial, column: &TrialColumn) -> Key {
    let number = |value: Option<f64>| value.filter(|v| !v.is_nan()).map_or(Key::Missing, Key::Number);
    match column {
        TrialColumn::Number => Key::Number(f64::from(trial.number)),
        TrialColumn::Platform => Key::Text(trial.platform.key().into()),
        TrialColumn::Status => Key::Text(word(&trial.status)),
        TrialColumn::Objective => number(trial.objective),
        TrialColumn::BestEpoch => number(trial.best_epoch.map(f64::from)),
        TrialColumn::Epoch => Key::Number(f64::from(trial.epoch)),
        TrialColumn::TrainSeconds => Key::Number(trial.train_seconds),
        TrialColumn::ParameterCount => number(trial.parameter_count.map(f64::from)),
        TrialColumn::Seed => Key::Number(f64::from(trial.seed)),
        TrialColumn::Metric { metric } => number(trial.metrics.get(metric).copied()),
        TrialColumn::Parameter { name } => match trial.params.get(name) {
            None | Some(ParameterValue::Nothing(())) => Key::Missing,
            Some(ParameterValue::Number(value)) => Key::Number(*value),
            Some(ParameterValue::Flag(flag)) => Key::Number(f64::from(u8::from(*flag))),
            // Layouts by their number of units, then as text.
            Some(value) => Key::Text(match value {
                ParameterValue::Units(units) => {
                    format!("{:>12}{}", units.iter().map(|u| u64::from(*u)).sum::<u64>(), value_text(value))
                }
                other => value_text(other),
            }),
        },
    }
}

/// What a person searches for, small, with what can be said of it before any
/// trial is looked at.
struct Search {
    text: String,
    platforms: Vec<Platform>,
    statuses: Vec<TrialStatus>,
    /// False where no number reads like that.
    may_be_number: bool,
}

impl Search {
    /// None where nothing is searched for.
    fn new(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return None;
        }
        let reads_like = |word: String| word.to_lowercase().contains(&text);
        Some(Self {
            platforms: Platform::ALL.into_iter().filter(|p| reads_like(p.to_string())).collect(),
            statuses: TrialStatus::ALL.into_iter().filter(|s| reads_like(word(s))).collect(),
            may_be_number: text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-'),
            text,
        })
    }

    fn finds(&self, trial: &Trial) -> bool {
        self.platforms.contains(&trial.platform)
            || self.statuses.contains(&trial.status)
            || (self.may_be_number && trial.number.to_string().contains(&self.text))
            || trial.params.iter().any(|(name, value)| name.contains(&self.text) || self.finds_value(value))
    }

    fn finds_value(&self, value: &ParameterValue) -> bool {
        let is_number = matches!(value, ParameterValue::Number(_));
        (self.may_be_number || !is_number) && value_text(value).to_lowercase().contains(&self.text)
    }
}

fn passes(trial: &Trial, filter: &TrialFilter, search: Option<&Search>) -> bool {
    let in_range = |column: &TrialColumn, min: Option<f64>, max: Option<f64>| match key(trial, column) {
        Key::Number(value) => min.is_none_or(|m| value >= m) && max.is_none_or(|m| value <= m),
        Key::Text(_) | Key::Missing => min.is_none() && max.is_none(),
    };
    (filter.platforms.is_empty() || filter.platforms.contains(&trial.platform))
        && (filter.statuses.is_empty() || filter.statuses.contains(&trial.status))
        && filter.ranges.iter().all(|r| in_range(&r.column, r.min, r.max))
        && filter
            .values
            .iter()
            .all(|v| v.values.is_empty() || trial.params.get(&v.name).is_some_and(|x| v.values.contains(x)))
        && search.is_none_or(|search| search.finds(trial))
}

/// The trials that pass, by number.
fn matching<'t>(trials: &'t Trials, filter: &TrialFilter) -> Vec<&'t Trial> {
    let search = Search::new(&filter.search);
    trials.iter().filter(|t| passes(t, filter, search.as_ref())).collect()
}

/// Of these, those that stand at `rows` once they are sorted; among equals the
/// earlier one first. Only those are sorted: of a hundred thousand, a page is
/// looked at.
fn sorted_rows<'t>(of: &[&'t Trial], sort: &[TrialSort], rows: Range<usize>) -> Vec<&'t Trial> {
    let rows = rows.start.min(of.len())..rows.end.min(of.len());
    if sort.is_empty() || rows.is_empty() {
        return of[rows].to_vec();
    }
    // Keys are made once, not at each comparison.
    let keys: Vec<Key> = of.iter().flat_map(|t| sort.iter().map(|s| key(t, &s.by))).collect();
    let keys_of = |place: usize| &keys[place * sort.len()..(place + 1) * sort.len()];
    let compare = |a: &usize, b: &usize| {
        let mut columns = sort.iter().zip(keys_of(*a).iter().zip(keys_of(*b)));
        columns
            .find_map(|(s, (a, b))| Some(a.compare(b, s.descending)).filter(|o| o.is_ne()))
            .unwrap_or_else(|| a.cmp(b))
    };
    let mut places: Vec<usize> = (0..of.len()).collect();
    if rows.end < places.len() {
        places.select_nth_unstable_by(rows.end, compare);
        places.truncate(rows.end);
    }
    if rows.start > 0 {
        places.select_nth_unstable_by(rows.start, compare);
    }
    let page = &mut places[rows.start..];
    page.sort_unstable_by(compare);
    page.iter().map(|&place| of[place]).collect()
}

/// Some rows of a view.
pub(super) fn page(trials: &Trials, query: &TrialQuery) -> TrialPage {
    let matching = matching(trials, &query.filter);
    let first = query.offset as usize;
    let rows = sorted_rows(&matching, &query.sort, first..first + query.limit.min(MAX_ROWS) as usize);
    TrialPage {
        n_matching: matching.len() as u32,
        n_total: trials.len() as u32,
        rows: rows.into_iter().cloned().collect(),
    }
}

/// Which trials are on the Pareto front.
#[derive(Debug, Clone, Copy)]
pub(super) struct Front {
    /// True where a higher objective is better.
    pub higher: bool,
    /// What the objective is weighed against.
    pub cost: TrialCost,
}

/// What charts draw, by number.
pub(super) fn columns(
    trials: &Trials,
    filter: &TrialFilter,
    swept: &[String],
    latencies: &Latencies,
    front: Front,
) -> TrialColumns {
    let matching = matching(trials, filter);
    let mut columns = TrialColumns::default();
    let mut params: BTreeMap<String, Vec<Option<ParameterValue>>> =
        swept.iter().map(|name| (name.clone(), Vec::with_capacity(matching.len()))).collect();
    let mut judged = Vec::new();
    for (place, trial) in matching.iter().enumerate() {
        columns.number.push(trial.number);
        columns.platform.push(trial.platform);
        columns.status.push(trial.status);
        columns.objective.push(trial.objective);
        columns.finished_at.push(trial.finished_at);
        columns.train_seconds.push(trial.train_seconds);
        columns.parameter_count.push(trial.parameter_count);
        for (name, values) in &mut params {
            values.push(trial.params.get(name).cloned());
        }
        let latency = latencies.of(trial);
        columns.latency_micros.push(latency);
        let cost = match front.cost {
            TrialCost::Size => trial.parameter_count.map(f64::from),
            TrialCost::TrainSeconds => Some(trial.train_seconds),
            TrialCost::Latency => latency,
        };
        if let (TrialStatus::Succeeded, Some(objective), Some(cost)) = (trial.status, trial.objective, cost) {
            let objective = if front.higher { -objective } else { objective };
            judged.push((place, [objective, cost]));
        }
    }
    columns.on_front = vec![false; matching.len()];
    let points: Vec<[f64; 2]> = judged.iter().map(|(_, point)| *point).collect();
    for index in retort_search::pareto::pareto_front(&points) {
        columns.on_front[judged[index].0] = true;
    }
    columns.params = params;
    columns
}

/// The trials that pass, as the text of a file.
pub(super) fn export(
    trials: &Trials,
    job: &JobId,
    filter: &TrialFilter,
    swept: &[String],
    format: TrialsFormat,
) -> Result<Vec<u8>, AppError> {
    let matching = matching(trials, filter);
    let failed = |error: String| AppError::new(ErrorCode::Internal, format!("cannot write trials: {error}"));
    match format {
        TrialsFormat::Json => {
            let with_id = matching.iter().map(|trial| {
                let mut object = serde_json::to_value(trial).unwrap_or_default();
                object["trial_id"] = trial.id(job).into();
                object
            });
            serde_json::to_vec_pretty(&with_id.collect::<Vec<_>>()).map_err(|e| failed(e.to_string()))
        }
        TrialsFormat::Csv => {
            let metrics: std::collections::BTreeSet<_> =
                matching.iter().flat_map(|t| t.metrics.keys().copied()).collect();
            let mut writer =
                csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            let head =
                ["trial_id", "number", "platform", "status", "seed", "confirms", "objective", "objective_sd"]
                    .map(str::to_owned)
                    .into_iter()
                    .chain(
                        ["best_epoch", "epochs_run", "train_seconds", "parameter_count"].map(str::to_owned),
                    )
                    .chain(swept.iter().cloned())
                    .chain(metrics.iter().map(word));
            writer.write_record(head).map_err(|e| failed(e.to_string()))?;
            let cell = |value: Option<String>| value.unwrap_or_default();
            for trial in matching {
                let fixed = [
                    trial.id(job),
                    trial.number.to_string(),
                    trial.platform.key().into(),
                    word(&trial.status),
                    trial.seed.to_string(),
                    cell(trial.confirms.map(|n| n.to_string())),
                    cell(trial.objective.map(|v| v.to_string())),
                    cell(trial.objective_sd.map(|v| v.to_string())),
                    cell(trial.best_epoch.map(|e| e.to_string())),
                    trial.epoch.to_string(),
                    trial.train_seconds.to_string(),
                    cell(trial.parameter_count.map(|n| n.to_string())),
                ];
                let params = swept.iter().map(|name| cell(trial.params.get(name).map(value_text)));
                let figures = metrics.iter().map(|m| cell(trial.metrics.get(m).map(|v| v.to_string())));
                writer
                    .write_record(fixed.into_iter().chain(params).chain(figures))
                    .map_err(|e| failed(e.to_string()))?;
            }
            writer.into_inner().map_err(|e| failed(e.to_string()))
        }
    }
}

/// Trials of one platform, or of all.
pub(super) fn of_platform(platform: Option<Platform>) -> impl Fn(&&Trial) -> bool {
    move |trial| platform.is_none_or(|p| trial.platform == p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use retort_domain::{Metric, TrialRange, TrialStage, TrialValues};
    use retort_store::TrialRecord;

    fn trial(number: u32, platform: Platform, objective: Option<f64>, optimizer: &str) -> TrialRecord {
        TrialRecord::new(Trial {
            number,
            platform,
            stage: TrialStage::Search,
            seed: 0,
            confirms: None,
            params: [("optimizer".to_owned(), ParameterValue::Text(optimizer.into()))].into(),
            status: if objective.is_some() { TrialStatus::Succeeded } else { TrialStatus::Diverged },
            epoch: 3,
            epochs: 3,
            objective,
            objective_sd: None,
            best_epoch: Some(2),
            metrics: [(Metric::Accuracy, 0.5)].into(),
            train_seconds: 0.1,
            parameter_count: Some(100 - number),
            error: None,
            finished_at: Some(1.0),
        })
    }

    fn trials() -> Trials {
        let mut trials = Trials::default();
        trials.merge(vec![
            trial(2, Platform::Pytorch, Some(0.3), "adam"),
            trial(1, Platform::Pytorch, Some(0.5), "sgd"),
            trial(1, Platform::Tensorflow, None, "sgd"),
            trial(3, Platform::Tensorflow, Some(0.3), "Weird, \"quoted\""),
        ]);
        trials
    }

    fn numbers(page: &TrialPage) -> Vec<(u32, Platform)> {
        page.rows.iter().map(|t| (t.number, t.platform)).collect()
    }

    #[test]
    fn a_view_is_sorted_with_what_is_missing_last_either_way() {
        use Platform::{Pytorch, Tensorflow};
        for (descending, expected) in [
            (false, [(2, Pytorch), (3, Tensorflow), (1, Pytorch), (1, Tensorflow)]),
            (true, [(1, Pytorch), (2, Pytorch), (3, Tensorflow), (1, Tensorflow)]),
        ] {
            let query = TrialQuery {
                sort: vec![TrialSort { by: TrialColumn::Objective, descending }],
                limit: 10,
                ..Default::default()
            };
            assert_eq!(numbers(&page(&trials(), &query)), expected);
        }
    }

    #[test]
    fn pages_of_a_sorted_view_follow_one_another() {
        let mut trials = Trials::default();
        let records = (1..=97).map(|n| {
            trial(n, Platform::Pytorch, Some(f64::from(n * 31 % 10)), if n % 3 == 0 { "adam" } else { "sgd" })
        });
        trials.merge(records.collect());
        let sort = vec![
            TrialSort { by: TrialColumn::Objective, descending: true },
            TrialSort { by: TrialColumn::Parameter { name: "optimizer".into() }, descending: false },
        ];
        let rows = |offset, limit| {
            page(&trials, &TrialQuery { sort: sort.clone(), offset, limit, ..Default::default() }).rows
        };
        let whole = rows(0, 1000);
        let keys = whole.iter().map(|t| {
            let ParameterValue::Text(optimizer) = &t.params["optimizer"] else { panic!("{t:?}") };
            (-t.objective.unwrap() as i64, optimizer.clone(), t.number)
        });
        assert!(keys.is_sorted());
        let in_pages: Vec<Trial> = (0..110).step_by(10).flat_map(|offset| rows(offset, 10)).collect();
        assert_eq!(in_pages, whole);
    }

    #[test]
    fn a_search_looks_at_numbers_words_and_names() {
        for (text, n_matching) in
            [("2", 1), ("torch", 2), ("DIVERGED", 1), ("optimi", 4), ("quoted", 1), ("x", 0)]
        {
            let filter = TrialFilter { search: text.into(), ..Default::default() };
            let found = page(&trials(), &TrialQuery { filter, limit: 10, ..Default::default() });
            assert_eq!(found.n_matching, n_matching, "{text}");
        }
    }

    #[test]
    fn filters_narrow_and_pages_cut() {
        let search = TrialFilter { search: " SGD ".into(), ..Default::default() };
        let values = TrialFilter {
            values: vec![TrialValues {
                name: "optimizer".into(),
                values: vec![ParameterValue::Text("adam".into())],
            }],
            ..Default::default()
        };
        let range = TrialFilter {
            ranges: vec![TrialRange { column: TrialColumn::Objective, min: Some(0.4), max: None }],
            ..Default::default()
        };
        for (filter, n_matching) in [(search, 2), (values, 1), (range, 1), (TrialFilter::default(), 4)] {
            let found = page(&trials(), &TrialQuery { filter, limit: 1, offset: 0, ..Default::default() });
            assert_eq!((found.n_matching, found.rows.len(), found.n_total), (n_matching, 1, 4));
        }
    }

    #[test]
    fn a_file_of_trials_is_rfc_4180() {
        let job = JobId::from("job");
        let swept = ["optimizer".to_owned()];
        let text = export(&trials(), &job, &TrialFilter::default(), &swept, TrialsFormat::Csv).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "trial_id,number,platform,status,seed,confirms,objective,objective_sd,best_epoch,epochs_run,train_seconds,parameter_count,optimizer,accuracy"
        );
        assert_eq!(
            lines[4],
            "job-3-tensorflow,3,tensorflow,succeeded,0,,0.3,,2,3,0.1,97,\"Weird, \"\"quoted\"\"\",0.5"
        );
    }

    #[test]
    fn the_front_holds_what_no_other_beats() {
        let front = Front { higher: false, cost: TrialCost::Size };
        let columns = columns(&trials(), &TrialFilter::default(), &[], &Latencies::default(), front);
        assert_eq!(columns.number, [1, 1, 2, 3]);
        // The third is as good as the second and smaller.
        assert_eq!(columns.on_front, [false, false, false, true]);
    }
}
