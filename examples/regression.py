"""A small network draws the lower half of handwritten digits from their upper half.

    headrace run examples/regression.py          (with TensorFlow: python examples/regression.py)

An unmodified TensorFlow 2 program, written out by hand: parameters are `tf.Variable`s, gradients
come from `tf.GradientTape`, and the loss (Huber), the regulariser (L2), the metric (root mean
square error) and the optimiser (Adam) are a few lines of ops each.

The data are 1,797 scanned digits of 8x8 pixels (Alpaydin and Kaynak 1998, "Optical recognition of
handwritten digits"), which ship with scikit-learn. The 32 upper pixels are the features, the 32
lower ones the targets. A fifth of the images is held out for the comparison, another fifth tells
when to stop. The baseline is linear least squares on the same training images.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file, no window
import matplotlib.pyplot as plt
import tensorflow as tf
from sklearn.datasets import load_digits

try:
    from tqdm import tqdm
except ImportError:

    class tqdm:
        """A plain progress bar, for when tqdm is not installed."""

        def __init__(self, items, desc="", **_):
            self.items, self.desc = list(items), desc

        def __iter__(self):
            for done, item in enumerate(self.items, 1):
                yield item
                filled = "#" * (30 * done // len(self.items))
                print(f"\r{self.desc} |{filled:<30}| {done}", end="", flush=True)
            print()

        @staticmethod
        def write(text):
            print("\r" + text.ljust(78))


# ---- data ----------------------------------------------------------------------------------------


def load():
    """Three (upper half, lower half) pairs: to train on, to stop by, to compare on."""
    images = tf.constant(load_digits().images / 16, tf.float32)
    upper = tf.reshape(images[:, :4], [-1, 32])
    lower = tf.reshape(images[:, 4:], [-1, 32])
    rows = images.shape[0]
    fifth = rows // 5
    order = tf.random.shuffle(tf.range(rows))
    parts = order[2 * fifth :], order[:fifth], order[fifth : 2 * fifth]
    return [(tf.gather(upper, part), tf.gather(lower, part)) for part in parts]


class Standard:
    """Shift and scale to mean 0 and deviation 1, by the statistics of the training part."""

    def __init__(self, values, axis=None):
        self.mean = tf.reduce_mean(values, axis=axis)
        self.deviation = tf.sqrt(tf.reduce_mean(tf.square(values - self.mean), axis=axis))

    def __call__(self, values):
        return tf.math.divide_no_nan(values - self.mean, self.deviation)  # some pixels never vary

    def undo(self, values):
        return values * self.deviation + self.mean


def batches(features, targets, size):
    """The rows in a new random order, `size` at a time."""
    rows = features.shape[0]
    order = tf.random.shuffle(tf.range(rows))
    for start in range(0, rows, size):
        part = order[start : start + size]
        yield tf.gather(features, part), tf.gather(targets, part)


# ---- model, loss, optimiser ----------------------------------------------------------------------


class Network:
    """Dense layers with ReLU between them."""

    def __init__(self, *widths):
        self.weights, self.biases = [], []
        for inputs, outputs in pairwise(widths):
            start = tf.random.normal([inputs, outputs], stddev=(2 / inputs) ** 0.5)
            self.weights.append(tf.Variable(start, name="weights"))
            self.biases.append(tf.Variable(tf.zeros([outputs]), name="biases"))

    def __call__(self, x):
        *hidden, (weights, biases) = zip(self.weights, self.biases, strict=True)
        for w, b in hidden:
            x = tf.nn.relu(tf.matmul(x, w) + b)
        return tf.matmul(x, weights) + biases

    @property
    def parameters(self):
        return self.weights + self.biases


def huber(truth, prediction, delta=1.0):
    """Square for small errors, straight for large ones, so that outliers pull less."""
    size = tf.abs(truth - prediction)
    near = 0.5 * tf.square(size)
    far = delta * (size - 0.5 * delta)
    return tf.reduce_mean(tf.where(size <= delta, near, far))


def l2(weights):
    return tf.add_n([tf.reduce_sum(tf.square(w)) for w in weights])


def root_mean_square(truth, prediction):
    return tf.sqrt(tf.reduce_mean(tf.square(truth - prediction)))


class Adam:
    """Kingma and Ba (2015), "Adam: a method for stochastic optimization"."""

    def __init__(self, parameters, rate, beta1=0.9, beta2=0.999, epsilon=1e-7):
        self.parameters, self.rate, self.epsilon = parameters, rate, epsilon
        self.beta1, self.beta2 = beta1, beta2
        self.means = [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]
        self.squares = [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]
        self.steps = 0

    def apply(self, gradients):
        self.steps += 1
        rate = self.rate * (1 - self.beta2**self.steps) ** 0.5 / (1 - self.beta1**self.steps)
        slots = zip(self.parameters, self.means, self.squares, gradients, strict=True)
        for parameter, mean, square, gradient in slots:
            mean.assign_add((1 - self.beta1) * (gradient - mean))
            square.assign_add((1 - self.beta2) * (tf.square(gradient) - square))
            parameter.assign_sub(rate * mean / (tf.sqrt(square) + self.epsilon))


def train_step(network, optimiser, features, targets, decay):
    """One gradient step on one batch; the Huber loss before it."""
    with tf.GradientTape() as tape:
        misfit = huber(targets, network(features))
        loss = misfit + decay * l2(network.weights)
    optimiser.apply(tape.gradient(loss, network.parameters))
    return misfit


def one_step(batch=64):
    """A function without arguments that trains one step on one fixed batch, to be timed."""
    features, targets = (half[:batch] for half in load()[0])
    network = Network(32, 64, 64, 32)
    optimiser = Adam(network.parameters, 0.002)
    return lambda: train_step(network, optimiser, features, targets, 1e-4)


# ---- baseline ------------------------------------------------------------------------------------


class Line:
    """Linear least squares by the normal equations, with a pinch of ridge for blank pixels."""

    def __init__(self, features, targets, ridge=1e-3):
        x = self._with_ones(features)
        square = tf.matmul(x, x, transpose_a=True) + ridge * tf.eye(x.shape[1])
        lower = tf.linalg.cholesky(square)
        half = tf.linalg.triangular_solve(lower, tf.matmul(x, targets, transpose_a=True))
        self.coefficients = tf.linalg.triangular_solve(lower, half, adjoint=True)

    def __call__(self, features):
        return tf.matmul(self._with_ones(features), self.coefficients)

    @staticmethod
    def _with_ones(features):
        return tf.concat([features, tf.ones([features.shape[0], 1])], axis=1)


# ---- the program ---------------------------------------------------------------------------------


def train(network, training, validation, options):
    """Trains until the validation loss stops falling; both losses of every epoch."""
    optimiser = Adam(network.parameters, options.rate)
    history, best, best_epoch, kept = [], float("inf"), 0, []
    bar = tqdm(range(1, options.epochs + 1), desc="training", unit="epoch", ncols=78)
    for epoch in bar:
        losses = [
            train_step(network, optimiser, features, targets, options.decay)
            for features, targets in batches(*training, options.batch)
        ]
        loss = float(tf.reduce_mean(tf.stack(losses)))
        check = float(huber(validation[1], network(validation[0])))
        history.append((loss, check))
        if epoch % 10 == 1:
            bar.write(f"epoch {epoch:3d}   training loss {loss:.4f}   validation loss {check:.4f}")
        if check < best:
            best, best_epoch = check, epoch
            kept = [tf.identity(p) for p in network.parameters]
        elif epoch - best_epoch >= options.patience:
            bar.write(f"epoch {epoch:3d}   no better for {options.patience} epochs: stop")
            break
    for parameter, value in zip(network.parameters, kept, strict=True):
        parameter.assign(value)
    print(f"kept the parameters of epoch {best_epoch}, validation loss {best:.4f}")
    return history


def plot(history, line_loss, images, path):
    """Loss curves on the left; on the right, held-out digits as they are and as completed."""
    figure = plt.figure(figsize=(12, 4.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.5])

    axes = left.subplots()
    epochs = range(1, len(history) + 1)
    axes.plot(epochs, [loss for loss, _ in history], color="tab:blue", label="training")
    axes.plot(epochs, [loss for _, loss in history], color="tab:orange", label="validation")
    axes.axhline(line_loss, color="0.4", linestyle="--", linewidth=1, label="least squares")
    axes.set(xlabel="epoch", ylabel="Huber loss", ylim=(0, 2 * line_loss))
    axes.set_title("Loss", loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)

    right.suptitle("Held-out digits: the lower half is a guess", fontweight="bold")
    grid = right.subplots(len(images), len(next(iter(images.values()))))
    for row, (name, digits) in zip(grid, images.items(), strict=True):
        for cell, digit in zip(row, digits, strict=True):
            cell.imshow(digit, cmap="gray_r", vmin=0, vmax=1)
            cell.set(xticks=[], yticks=[])
            cell.axhline(3.5, color="tab:red", linewidth=1)
            cell.spines[:].set_color("0.8")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.savefig(path, dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--decay", type=float, default=1e-4)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("regression.png"))
    options = parser.parse_args()
    tf.random.set_seed(options.seed)

    raw = load()
    scale_features, scale_targets = Standard(raw[0][0], axis=0), Standard(raw[0][1])
    training, validation, held_out = ((scale_features(x), scale_targets(y)) for x, y in raw)
    print(f"{raw[0][0].shape[0]} digits to train on, {raw[2][0].shape[0]} held out")

    network = Network(32, 64, 64, 32)
    history = train(network, training, validation, options)
    line = Line(*training)

    upper, truth = raw[2]
    by_network = scale_targets.undo(network(held_out[0]))
    by_line = scale_targets.undo(line(held_out[0]))
    network_error = float(root_mean_square(truth, by_network))
    line_error = float(root_mean_square(truth, by_line))
    print("\nheld-out root mean square error, in units of full ink")
    print(f"  least squares  {line_error:.4f}")
    print(f"  network        {network_error:.4f}   ({1 - network_error / line_error:.0%} less)")

    images = {
        name: tf.reshape(tf.concat([upper, tf.clip_by_value(half, 0.0, 1.0)], 1), [-1, 8, 8])[:7]
        for name, half in {"truth": truth, "network": by_network, "least\nsquares": by_line}.items()
    }
    line_loss = float(huber(validation[1], line(validation[0])))
    plot(history, line_loss, {name: t.numpy() for name, t in images.items()}, options.out)
    print(f"\nplot: {options.out.resolve()}")


if __name__ == "__main__":
    main()
