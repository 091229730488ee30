"""TensorFlow by somebody who cares: a training step compiled by tf.function,
rows shuffled once an epoch, batches as slices."""

import numpy as np
import peer
import tensorflow as tf

options = peer.arguments()
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.keras.utils.set_random_seed(1)
x, y = (tf.constant(array) for array in peer.training_rows(options.data))
n_rows = x.shape[0]

model = tf.keras.Sequential(
    [tf.keras.Input((x.shape[1],))]
    + [tf.keras.layers.Dense(units, activation="relu") for units in options.hidden]
    + [tf.keras.layers.Dense(2)]
)
loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(peer.LEARNING_RATE)
optimizer.build(model.trainable_variables)


@tf.function
def train_step(batch_x, batch_y):
    with tf.GradientTape() as tape:
        loss = loss_function(batch_y, model(batch_x, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


stopwatch = peer.Stopwatch()
generator = np.random.default_rng(1)
for _ in range(options.epochs):
    with stopwatch:
        order = generator.permutation(n_rows)
        shuffled_x, shuffled_y = tf.gather(x, order), tf.gather(y, order)
        for start in range(0, n_rows, options.batch_size):
            stop = start + options.batch_size
            loss = train_step(shuffled_x[start:stop], shuffled_y[start:stop])
        # Steps may still be under way when the loop ends.
        loss.numpy()
peer.report(tf.__version__, stopwatch, float(loss_function(y, model(x))))
