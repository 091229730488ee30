"""What the peers share: arguments, data, one thread, and how they report.

Each peer trains the network that `cargo xtask bench` asks for and prints one
line of JSON: seconds of training for each epoch, evaluation left out.
"""

import argparse
import json
import os
import time

# Read by the frameworks when they are imported, hence before that.
for variable in (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
):
    os.environ[variable] = "1"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np  # noqa: E402

LEARNING_RATE = 0.001


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="prepared safetensors file")
    parser.add_argument("--hidden", type=int, nargs="+", required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    return parser.parse_args()


def training_rows(path):
    """`x` [n, n_features] float32 and class indices `y` [n] int64."""
    with open(path, "rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(header_bytes))
        body = file.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(body[begin:end], dtype="<f4").reshape(header[name]["shape"])

    return tensor("x_train").copy(), tensor("y_train").astype(np.int64)


class Stopwatch:
    """Seconds of each epoch."""

    def __init__(self):
        self.epoch_seconds = []

    def __enter__(self):
        self.start = time.perf_counter()

    def __exit__(self, *_):
        self.epoch_seconds.append(time.perf_counter() - self.start)


def report(version, stopwatch, final_loss):
    print(
        json.dumps(
            {
                "version": version,
                "epoch_seconds": stopwatch.epoch_seconds,
                "final_loss": final_loss,
            }
        )
    )
