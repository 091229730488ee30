"""How good the best trial is that Optuna finds on the functions of
`src-tauri/crates/search/examples/sweep_quality.rs`, one trial after another.

    python optuna_quality.py [SEEDS] [FUNCTION|all] [METHOD]

Prints one line of JSON a function, method and seed: the best value of a trial
trained to its end, within 100 and 200 full trials' worth of epochs.
"""

import json
import math
import sys
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

BUDGETS = (100, 200)
EPOCHS = 27

ALPHA = (1.0, 1.2, 3.0, 3.2)
A = (
    (10.0, 3.0, 17.0, 3.5, 1.7, 8.0),
    (0.05, 10.0, 17.0, 0.1, 8.0, 14.0),
    (3.0, 3.5, 1.7, 10.0, 17.0, 8.0),
    (17.0, 8.0, 0.05, 10.0, 0.1, 14.0),
)
P = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def plain(trial, n):
    return [trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(n)]


def branin(trial):
    x = plain(trial, 2)
    a, b = 15.0 * x[0] - 5.0, 15.0 * x[1]
    return (
        (b - 5.1 / (4.0 * math.pi**2) * a * a + 5.0 / math.pi * a - 6.0) ** 2
        + 10.0 * (1.0 - 1.0 / (8.0 * math.pi)) * math.cos(a)
        + 10.0
    )


def hartmann6(trial):
    x = plain(trial, 6)
    return -sum(
        ALPHA[i] * math.exp(-sum(A[i][j] * (x[j] - P[i][j]) ** 2 for j in range(6)))
        for i in range(4)
    )


def rosenbrock(trial, n):
    x = [15.0 * u - 5.0 for u in plain(trial, n)]
    return sum(
        100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(n - 1)
    )


def mixed(trial):
    optimizer = trial.suggest_categorical("optimizer", ["sgd", "adam", "rmsprop"])
    rate = trial.suggest_float("learning_rate", 1e-5, 1.0, log=True)
    batch = trial.suggest_int("batch_size", 16, 512, log=True)
    layers = trial.suggest_int("layers", 1, 5)
    units = trial.suggest_int("units", 8, 512, log=True)
    dropout = trial.suggest_float("dropout", 0.0, 0.6)
    schedule = trial.suggest_categorical("lr_schedule", ["constant", "step", "cosine"])
    loss, best_rate = {"sgd": (0.05, -1.0), "adam": (0.0, -3.0), "rmsprop": (0.1, -3.3)}[
        optimizer
    ]
    best_rate += 0.5 * math.log10(batch / 64.0)
    if optimizer in ("sgd", "rmsprop"):
        momentum = trial.suggest_float("momentum", 0.0, 0.99)
        best_rate += 0.7 * math.log10(1.0 - momentum)
        loss += 0.3 * (momentum - 0.8) ** 2
    loss += 0.3 * (math.log10(rate) - best_rate) ** 2
    loss += 0.02 * (math.log2(units) - 6.5) ** 2 + 0.03 * (layers - 3.0) ** 2
    loss += 1.5 * (dropout - 0.05 - 0.08 * layers) ** 2
    if schedule == "constant":
        loss += 0.1
    elif schedule == "step":
        loss += 0.02 + 0.4 * (trial.suggest_float("lr_step_factor", 0.05, 0.95) - 0.3) ** 2
    else:
        loss += 0.04
    return loss


FUNCTIONS = {
    "branin": branin,
    "hartmann6": hartmann6,
    "rosenbrock2": lambda trial: rosenbrock(trial, 2),
    "rosenbrock4": lambda trial: rosenbrock(trial, 4),
    "mixed": mixed,
}


def after(loss, epoch):
    """What a trial is worth after some epochs."""
    pace = 3.0 + 3.0 * math.sin(loss * 1e3)
    scale = 1.0 + abs(loss)
    rest = math.exp(-epoch / pace) if pace > 0 else 0.0
    last = math.exp(-EPOCHS / pace) if pace > 0 else 0.0
    return loss + 0.5 * scale * rest - 0.5 * scale * last


def tpe(seed):
    return optuna.samplers.TPESampler(
        seed=seed, multivariate=True, group=True, constant_liar=True
    )


METHODS = {
    "optuna random": (lambda seed: optuna.samplers.RandomSampler(seed=seed), False),
    "optuna tpe": (tpe, False),
    "optuna tpe+hyperband": (tpe, True),
}


def run(function, method, seed):
    sampler, prunes = METHODS[method]
    pruner = (
        optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS)
        if prunes
        else optuna.pruners.NopPruner()
    )
    study = optuna.create_study(sampler=sampler(seed), pruner=pruner)
    spent, finished = 0, []

    def objective(trial):
        nonlocal spent
        loss = FUNCTIONS[function](trial)
        if prunes:
            for epoch in range(1, EPOCHS):
                trial.report(after(loss, epoch), epoch)
                if trial.should_prune():
                    spent += epoch
                    raise optuna.TrialPruned
        spent += EPOCHS
        finished.append((spent, loss))
        if spent >= BUDGETS[-1] * EPOCHS:
            study.stop()
        return loss

    study.optimize(objective, n_trials=BUDGETS[-1] * EPOCHS)
    return [min(loss for at, loss in finished if at <= budget * EPOCHS) for budget in BUDGETS]


def main():
    n_seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    only = sys.argv[2] if len(sys.argv) > 2 else "all"
    methods = sys.argv[3:] or METHODS
    for function in FUNCTIONS if only == "all" else [only]:
        for method in methods:
            for seed in range(n_seeds):
                best = run(function, method, seed)
                line = {"function": function, "method": method, "seed": seed, "best": best}
                print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
