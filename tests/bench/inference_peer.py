"""How fast Python answers with the artefact of a run, beside `retort run measure`.

    python inference_peer.py RUN_FOLDER

Prints one line of JSON: milliseconds to load, and for calls with 1, 32 and
1,024 rows the median and 95th percentile in microseconds, rows in memory to
outputs in memory, one thread, after warm-up.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

WARM_UP = 20
CALLS = 1000
SECONDS = 2.0


def pytorch(folder):
    import torch

    torch.set_num_threads(1)
    started = time.perf_counter()
    module = torch.jit.load(str(folder / "model.pt"))
    load = time.perf_counter() - started

    def call(rows):
        with torch.no_grad():
            return module(torch.from_numpy(rows)).numpy()

    return load, call


def tensorflow(folder):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    started = time.perf_counter()
    signature = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
    load = time.perf_counter() - started

    def call(rows):
        return signature(features=tf.constant(rows))["outputs"].numpy()

    return load, call


def main():
    folder = Path(sys.argv[1])
    n_features = json.loads((folder / "model.json").read_text())["model"]["n_features"]
    load, call = pytorch(folder) if (folder / "model.pt").exists() else tensorflow(folder)
    batches = []
    for n_rows in (1, 32, 1024):
        rows = np.sin(np.arange(n_rows * n_features, dtype=np.float32) * 0.7).reshape(n_rows, n_features)
        for _ in range(WARM_UP):
            call(rows)
        micros = []
        begun = time.perf_counter()
        while len(micros) < CALLS and time.perf_counter() - begun < SECONDS:
            started = time.perf_counter()
            call(rows)
            micros.append((time.perf_counter() - started) * 1e6)
        p50, p95 = np.percentile(micros, [50, 95])
        batches.append({"rows": n_rows, "p50_micros": round(p50, 2), "p95_micros": round(p95, 2)})
    print(json.dumps({"load_millis": round(load * 1000, 2), "batches": batches}))


main()
