"""Sweeps on real tables: how good the best of a sweep is, beside Optuna's, and
what pruning saves.

    python sweep_real.py --retort PATH quality --seeds 20
    python sweep_real.py --retort PATH pruning --seeds 5

`quality`: TPE, and TPE with Hyperband for as many epochs, of Retort against
Optuna's TPE and random search with a plain PyTorch loop, on the same prepared
rows, over the same space, each trial at its best epoch on validation rows.
`pruning`: a full sweep (quasi-random, no pruning) and pruned ones on the same
seeds; how far behind the full one's best each ends, in which share of its
epochs and of its seconds, and after which share a trial within 1 % had ended.
Seconds are those of the command, the workers' start among them.

Losses are log loss, or RMSE in standard deviations of the target.
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

TABLES = {
    "concrete": ("concrete.csv", "compressive_strength", "rmse"),
    "credit": ("credit.xlsx", "Status", "log_loss"),
}
SPACE = {
    "hidden_layers": {"choice": [[16], [32], [64], [32, 32], [64, 64]]},
    "batch_size": {"choice": [32, 64, 128]},
    "learning_rate": {"float": [0.0003, 0.03], "log": True},
    "weight_decay": {"float": [1e-6, 0.01], "log": True},
    "dropout": {"float": [0.0, 0.5]},
}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--retort", required=True, help="the command line's binary")
parser.add_argument("--data", default="../../data", help="folder of the tables")
parser.add_argument("--tables", nargs="*", default=list(TABLES))
parser.add_argument("--first", type=int, default=0, help="the first seed")
commands = parser.add_subparsers(dest="command", required=True)
quality = commands.add_parser("quality")
quality.add_argument("--seeds", type=int, default=20)
quality.add_argument("--trials", type=int, default=64)
quality.add_argument("--epochs", type=int, default=27)
pruning = commands.add_parser("pruning")
pruning.add_argument("--seeds", type=int, default=5)
pruning.add_argument("--trials", type=int, default=128)
pruning.add_argument("--epochs", type=int, default=81)
pruning.add_argument("--more", type=int, default=1, help="times as many configurations with pruning")
options = parser.parse_args()


def sweep(folder, table, *, seed, sampler, pruner, trials, epochs):
    """The sweep's document, when it began, and the seconds that it took."""
    file, target, _ = TABLES[table]
    space = os.path.join(folder, "space.json")
    with open(space, "w") as out:
        json.dump({**SPACE, "epochs": epochs}, out)
    began, started = time.time(), time.perf_counter()
    done = subprocess.run(
        [options.retort, "--data-dir", folder, "--json", "sweep", os.path.join(options.data, file)]
        + ["--target", target, "--platform", "pytorch", "--space", space, "--sampler", sampler]
        + ["--pruner", pruner, "--trials", str(trials), "--seed", str(seed)],
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout), began, time.perf_counter() - started


def best_and_epochs(document):
    trials = [t for t in document["trials"] if t["stage"] == "search"]
    finished = [t["objective"] for t in trials if t["status"] == "succeeded"]
    return min(finished), sum(t["epochs_run"] for t in trials)


def read_prepared(folder):
    """Training and validation rows of the only preparation there."""
    import numpy as np

    (path,) = glob.glob(os.path.join(folder, "prepared", "*", "*.safetensors"))
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        body = file.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(body[begin:end], dtype="<f4").reshape(header[name]["shape"]).copy()

    target = json.loads(header["__metadata__"]["preparation"])["target"]
    return [tensor(n) for n in ("x_train", "y_train", "x_validation", "y_validation")], target


def optuna_bests(prepared, metric, *, seed, trials, epochs):
    """The best of Optuna's TPE and of its random search."""
    import optuna
    import torch
    from torch import nn

    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    x, y, x_validation, y_validation = (torch.from_numpy(a) for a in prepared)
    if metric == "log_loss":
        y, y_validation = y.long(), y_validation.long()
        loss_function, n_outputs = nn.CrossEntropyLoss(), int(y.max()) + 1
    else:
        y, y_validation = y.reshape(-1, 1), y_validation.reshape(-1, 1)
        loss_function, n_outputs = nn.MSELoss(), 1
    layouts = {json.dumps(layout): layout for layout in SPACE["hidden_layers"]["choice"]}

    def objective(trial):
        torch.manual_seed(seed * 100_003 + trial.number)
        hidden = layouts[trial.suggest_categorical("hidden_layers", list(layouts))]
        batch_size = trial.suggest_categorical("batch_size", SPACE["batch_size"]["choice"])
        rate = trial.suggest_float("learning_rate", 0.0003, 0.03, log=True)
        decay = trial.suggest_float("weight_decay", 1e-6, 0.01, log=True)
        dropout = trial.suggest_float("dropout", 0.0, 0.5)
        layers, width = [], x.shape[1]
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(dropout)]
            width = units
        model = nn.Sequential(*layers, nn.Linear(width, n_outputs))
        optimizer = torch.optim.Adam(model.parameters(), lr=rate, weight_decay=decay, fused=True)
        best = float("inf")
        for _ in range(epochs):
            model.train()
            order = torch.randperm(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                optimizer.zero_grad(set_to_none=True)
                loss_function(model(x[rows]), y[rows]).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                best = min(best, loss_function(model(x_validation), y_validation).item())
        return best if metric == "log_loss" else best**0.5

    bests = {}
    for name, sampler in (
        ("optuna tpe", optuna.samplers.TPESampler(seed=seed, multivariate=True)),
        ("optuna random", optuna.samplers.RandomSampler(seed=seed)),
    ):
        study = optuna.create_study(sampler=sampler)
        study.optimize(objective, n_trials=trials)
        bests[name] = study.best_value
    return bests


def mean_ranks(rows):
    """Rows of {method: loss}; the least has rank 1, equals share theirs."""
    ranks = {method: [] for method in rows[0]}
    for row in rows:
        for method, value in row.items():
            below = sum(other < value for other in row.values())
            equal = sum(other == value for other in row.values())
            ranks[method].append(below + (equal + 1) / 2)
    return {method: statistics.mean(of) for method, of in ranks.items()}


def compare_quality(table):
    metric, rows = TABLES[table][2], []
    for seed in range(options.first, options.first + options.seeds):
        row, budget = {}, dict(trials=options.trials, epochs=options.epochs, seed=seed)
        with tempfile.TemporaryDirectory() as folder:
            for pruner in ("none", "hyperband"):
                # A round of Hyperband costs about a quarter of its trials' epochs.
                wanted = options.trials * (1 if pruner == "none" else 4)
                document, *_ = sweep(folder, table, sampler="tpe", pruner=pruner, **{**budget, "trials": wanted})
                best, epochs = best_and_epochs(document)
                name = "retort tpe" if pruner == "none" else "retort tpe+hyperband"
                row[name] = best
                print(f"{table} {seed} {name}: {best:.5g} in {epochs} epochs", flush=True)
            prepared, target = read_prepared(folder)
        if metric == "rmse":
            row = {name: best / target["sd"] for name, best in row.items()}
        row |= optuna_bests(prepared, metric, **budget)
        rows.append(row)
        print(table, seed, json.dumps(row), flush=True)
    for method, rank in sorted(mean_ranks(rows).items(), key=lambda item: item[1]):
        values = [row[method] for row in rows]
        print(f"{table} {method:22} mean rank {rank:.2f}, median {statistics.median(values):.5g}", flush=True)


def compare_pruning(table):
    behind = {}
    for seed in range(options.first, options.first + options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            budget = dict(epochs=options.epochs, seed=seed)
            full, _, full_seconds = sweep(folder, table, sampler="sobol", pruner="none", trials=options.trials, **budget)
            full_best, full_epochs = best_and_epochs(full)
            for sampler, pruner in (("sobol", "halving"), ("tpe", "halving"), ("tpe", "hyperband")):
                wanted = options.trials * options.more
                document, began, seconds = sweep(folder, table, sampler=sampler, pruner=pruner, trials=wanted, **budget)
                best, epochs = best_and_epochs(document)
                ends = [
                    t["finished_at"] / 1000 - began
                    for t in document["trials"]
                    if t["stage"] == "search" and t["status"] == "succeeded" and t["objective"] <= 1.01 * full_best
                ]
                reached = min(ends, default=float("inf")) / full_seconds
                part = (100 * (best / full_best - 1), epochs / full_epochs, seconds / full_seconds, reached)
                behind.setdefault(f"{sampler}+{pruner}", []).append(part)
                print(
                    f"{table} {seed} {sampler}+{pruner}: {part[0]:+.2f} % of {full_best:.5g}, "
                    f"{part[1]:.3f} of the epochs, {part[2]:.3f} of {full_seconds:.1f} s, within 1 % after {reached:.3f}",
                    flush=True,
                )
    for method, parts in behind.items():
        medians = [statistics.median(column) for column in zip(*parts)]
        print(
            f"{table} {method}: medians {medians[0]:+.2f} %, {medians[1]:.3f} of the epochs, {medians[2]:.3f} of the time, "
            f"within 1 % after {medians[3]:.3f}"
        )


for name in options.tables:
    (compare_quality if options.command == "quality" else compare_pruning)(name)
