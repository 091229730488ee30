"""Sets Retort's samplers beside Optuna's.

    python sweep_compare.py RETORT.jsonl OPTUNA.jsonl

For each function and budget: the median of the best values, and each method's
mean rank among the methods at the same seed number (1 is best). The last block
ranks only what the bar speaks of: TPE and TPE with Hyperband of Retort against
Optuna's TPE and random search.
"""

import json
import statistics
import sys

JUDGED = ("retort tpe", "retort tpe+hyperband", "optuna tpe", "optuna random")
BUDGETS = (100, 200)


def read(paths):
    """{function: {method: {seed: [best by budget]}}}"""
    runs = {}
    for path in paths:
        with open(path) as file:
            for line in map(json.loads, file):
                methods = runs.setdefault(line["function"], {})
                methods.setdefault(line["method"], {})[line["seed"]] = line["best"]
    return runs


def mean_ranks(methods, budget):
    """Over the seeds that all methods have; equals share their mean rank."""
    seeds = set.intersection(*(set(by_seed) for by_seed in methods.values()))
    ranks = {method: [] for method in methods}
    for seed in seeds:
        values = {method: by_seed[seed][budget] for method, by_seed in methods.items()}
        for method, value in values.items():
            below = sum(other < value for other in values.values())
            equal = sum(other == value for other in values.values())
            ranks[method].append(below + (equal + 1) / 2)
    return {method: statistics.mean(of) for method, of in ranks.items()}


def main():
    runs = read(sys.argv[1:])
    overall = {}
    for function, methods in runs.items():
        print(function)
        judged = {method: methods[method] for method in JUDGED if method in methods}
        for index, budget in enumerate(BUDGETS):
            ranks, few = mean_ranks(methods, index), mean_ranks(judged, index)
            for method, by_seed in methods.items():
                median = statistics.median(best[index] for best in by_seed.values())
                among = f"{few[method]:.2f}" if method in few else ""
                print(f"  {budget} {method:22} {median:12.5g} {ranks[method]:6.2f} {among:>6}")
            for method, rank in few.items():
                overall.setdefault(method, []).append(rank)
    print("mean rank over functions and budgets")
    for method, of in sorted(overall.items(), key=lambda item: statistics.mean(item[1])):
        print(f"  {method:22} {statistics.mean(of):6.2f}")


if __name__ == "__main__":
    main()
