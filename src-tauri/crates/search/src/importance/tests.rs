use super::*;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Chance {
    state: u64,
}

impl Chance {
    /// Above 0 and below 1.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((word ^ (word >> 31)) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// Random trials of a space with all kinds of parameters, one that only every third
/// trial has and one that does not vary; every fiftieth diverges. Losses are rounded
/// to `1 / steps` where that is given.
fn history(n_trials: usize, seed: u64, steps: Option<f64>) -> (Vec<ImportanceColumn>, Vec<f64>) {
    let mut chance = Chance { state: seed };
    let numeric = |log, low, high, step| ImportanceKind::Numeric { log, low, high, step };
    let mut columns = [
        ("learning_rate", numeric(true, 1e-4, 0.1, None)),
        ("dropout", numeric(false, 0.0, 0.5, None)),
        ("units", numeric(true, 8.0, 256.0, Some(1.0))),
        ("layers", numeric(false, 1.0, 4.0, Some(1.0))),
        ("weight_decay", numeric(false, 0.0, 1.0, Some(0.1))),
        ("optimizer", ImportanceKind::Categorical { n: 3 }),
        ("momentum", numeric(false, 0.5, 0.99, None)),
        ("epochs", numeric(false, 20.0, 20.0, Some(1.0))),
    ]
    .map(|(name, kind)| ImportanceColumn { name: name.to_owned(), values: Vec::new(), kind });
    let mut losses = Vec::new();
    for trial in 0..n_trials {
        let rate = 1e-4 * 1000_f64.powf(chance.uniform());
        let dropout = 0.5 * chance.uniform();
        let units = (8.0 * 32_f64.powf(chance.uniform()) + 0.5).floor().min(256.0);
        let layers = 1.0 + (4.0 * chance.uniform()).floor();
        let decay = (11.0 * chance.uniform()).floor() / 10.0;
        let optimizer = (3.0 * chance.uniform()).floor();
        let momentum = 0.5 + 0.49 * chance.uniform();
        let of_optimizer = if optimizer == 1.0 { 0.3 * (0.99 - momentum) } else { 0.2 * optimizer };
        let loss = (rate.log10() + 2.5).abs()
            + 0.5 * dropout
            + 0.1 * (layers - 2.0).abs()
            + of_optimizer
            + 0.3 * (256.0 / units).log2() / 5.0
            + 0.2 * chance.uniform();
        let loss = steps.map_or(loss, |steps| (loss * steps + 0.5).floor() / steps);
        losses.push(if trial % 50 == 49 { f64::INFINITY } else { loss });
        let momentum = (optimizer == 1.0).then_some(momentum);
        let values = [
            Some(rate),
            Some(dropout),
            Some(units),
            Some(layers),
            Some(decay),
            Some(optimizer),
            momentum,
            Some(20.0),
        ];
        for (column, value) in columns.iter_mut().zip(values) {
            column.values.push(value);
        }
    }
    (columns.into(), losses)
}

// `optuna.importance.get_param_importances(study)`, Optuna 5.0.0, of the same
// trials, added by `create_trial`, with Float, Int and Categorical distributions.
const HISTORY_OF_400: [(&str, f64); 8] = [
    ("learning_rate", 0.8600862497163595),
    ("optimizer", 0.05363326587664288),
    ("units", 0.0517668591359462),
    ("dropout", 0.019550570915327827),
    ("layers", 0.008131555537961124),
    ("weight_decay", 0.00556931836966576),
    ("momentum", 0.0012621804480965801),
    ("epochs", 0.0),
];

const HISTORY_OF_30: [(&str, f64); 8] = [
    ("learning_rate", 0.4739691882643727),
    ("layers", 0.21396194683496175),
    ("momentum", 0.20955411321655293),
    ("units", 0.047358048561965384),
    ("weight_decay", 0.03077657179525558),
    ("optimizer", 0.01934535952743822),
    ("dropout", 0.005034771799453492),
    ("epochs", 0.0),
];

const HISTORY_OF_60_WITH_TIES: [(&str, f64); 8] = [
    ("learning_rate", 0.6930384754271586),
    ("momentum", 0.11951344633997704),
    ("optimizer", 0.05772507783505489),
    ("units", 0.04649153275227989),
    ("weight_decay", 0.03649985747424977),
    ("layers", 0.03263821834229185),
    ("dropout", 0.014093391828987814),
    ("epochs", 0.0),
];

const HISTORY_OF_10_000: [(&str, f64); 8] = [
    ("learning_rate", 0.8558962429600319),
    ("units", 0.04921549074188064),
    ("optimizer", 0.04121068393751432),
    ("dropout", 0.026782625030451958),
    ("layers", 0.017548499471980273),
    ("momentum", 0.00841371573719401),
    ("weight_decay", 0.0009327421209467498),
    ("epochs", 0.0),
];

#[test]
fn equals_optuna() {
    for (n_trials, seed, steps, expected) in [
        (400, 1, None, HISTORY_OF_400),
        (30, 2, None, HISTORY_OF_30),
        (60, 3, Some(2.0), HISTORY_OF_60_WITH_TIES),
        (10_000, 4, None, HISTORY_OF_10_000),
    ] {
        let (columns, losses) = history(n_trials, seed, steps);
        let got = importance(&columns, &losses);
        assert_eq!(got.len(), expected.len());
        for (got, (name, share)) in got.iter().zip(expected) {
            assert_eq!(got.name, name, "{n_trials} trials");
            assert!((got.importance - share).abs() < 1e-9, "{n_trials} trials, {name}: {}", got.importance);
        }
        assert!((got.iter().map(|got| got.importance).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn says_nothing_where_nothing_can_be_told() {
    let (columns, losses) = history(40, 5, None);
    assert_eq!(importance(&columns, &losses[..1]), []);
    assert_eq!(importance(&columns, &[0.5; 40]), [], "all trials are the best");
    assert_eq!(importance(&columns, &[f64::NAN; 40]), [], "all trials diverged");
    assert_eq!(importance(&[], &losses), [], "nothing varies");
    assert_eq!(importance(&columns[7..], &losses), [], "one value only");
}

#[test]
fn parameters_that_no_trial_has_are_worth_nothing() {
    let (mut columns, losses) = history(40, 5, None);
    columns[6].values = vec![None; 40];
    let shares = importance(&columns, &losses);
    let momentum = shares.iter().find(|share| share.name == "momentum").unwrap();
    assert_eq!(momentum.importance, 0.0);
}
