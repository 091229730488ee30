"""TensorFlow as its tutorials write it: Keras, compile, fit."""

import peer
import tensorflow as tf

options = peer.arguments()
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.keras.utils.set_random_seed(1)
x, y = peer.training_rows(options.data)

model = tf.keras.Sequential(
    [tf.keras.Input((x.shape[1],))]
    + [tf.keras.layers.Dense(units, activation="relu") for units in options.hidden]
    + [tf.keras.layers.Dense(2)]
)
loss_function = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer=tf.keras.optimizers.Adam(peer.LEARNING_RATE), loss=loss_function)

stopwatch = peer.Stopwatch()


class EpochTimes(tf.keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        stopwatch.__enter__()

    def on_epoch_end(self, epoch, logs=None):
        stopwatch.__exit__()


model.fit(
    x,
    y,
    batch_size=options.batch_size,
    epochs=options.epochs,
    verbose=0,
    callbacks=[EpochTimes()],
)
peer.report(tf.__version__, stopwatch, float(loss_function(y, model(x))))
