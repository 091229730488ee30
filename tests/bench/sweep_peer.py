"""A sweep as a good engineer writes it: Optuna draws configurations at random,
a loop trains each, validation loss after every epoch. One process of several.

Trains `--trials` configurations and prints one line of JSON: the seconds that
they took, loading the framework and the data left out.
"""

import argparse
import json
import os
import time

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
import optuna  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--loop", choices=["dataloader", "sliced", "keras"], required=True)
parser.add_argument("--data", required=True, help="prepared safetensors file")
parser.add_argument("--hidden", required=True, help="JSON list of layouts")
parser.add_argument("--trials", type=int, required=True)
parser.add_argument("--epochs", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
options = parser.parse_args()
layouts = {json.dumps(layout): layout for layout in json.loads(options.hidden)}


def read(path):
    with open(path, "rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(header_bytes))
        body = file.read()

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return np.frombuffer(body[begin:end], dtype="<f4").reshape(header[name]["shape"]).copy()

    parts = [tensor("x_train"), tensor("y_train"), tensor("x_validation"), tensor("y_validation")]
    return parts[0], parts[1].astype(np.int64), parts[2], parts[3].astype(np.int64)


x, y, x_validation, y_validation = read(options.data)
n_classes = int(y.max()) + 1

if options.loop == "keras":
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    def train(hidden, batch_size, learning_rate):
        tf.keras.backend.clear_session()
        model = tf.keras.Sequential(
            [tf.keras.Input((x.shape[1],))]
            + [tf.keras.layers.Dense(units, activation="relu") for units in hidden]
            + [tf.keras.layers.Dense(n_classes)]
        )
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate), loss=loss)
        history = model.fit(
            x,
            y,
            batch_size=batch_size,
            epochs=options.epochs,
            validation_data=(x_validation, y_validation),
            validation_batch_size=4096,
            verbose=0,
        )
        return min(history.history["val_loss"])

else:
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    x, y, x_validation, y_validation = (torch.from_numpy(a) for a in (x, y, x_validation, y_validation))
    loss_function = nn.CrossEntropyLoss()

    def batches(batch_size):
        if options.loop == "dataloader":
            yield from DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True)
            return
        order = torch.randperm(len(x))
        shuffled_x, shuffled_y = x[order], y[order]
        for start in range(0, len(x), batch_size):
            yield shuffled_x[start : start + batch_size], shuffled_y[start : start + batch_size]

    def train(hidden, batch_size, learning_rate):
        layers, width = [], x.shape[1]
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU()]
            width = units
        model = nn.Sequential(*layers, nn.Linear(width, n_classes))
        fused = options.loop == "sliced"
        optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=fused)
        best = float("inf")
        for _ in range(options.epochs):
            for batch_x, batch_y in batches(batch_size):
                optimizer.zero_grad(set_to_none=True)
                loss_function(model(batch_x), batch_y).backward()
                optimizer.step()
            with torch.no_grad():
                best = min(best, loss_function(model(x_validation), y_validation).item())
        return best


def objective(trial):
    return train(
        layouts[trial.suggest_categorical("hidden_layers", list(layouts))],
        trial.suggest_categorical("batch_size", [64, 128, 256]),
        trial.suggest_float("learning_rate", 0.0003, 0.03, log=True),
    )


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=options.seed))
start = time.perf_counter()
study.optimize(objective, n_trials=options.trials)
print(json.dumps({"seconds": time.perf_counter() - start, "best": study.best_value}))
