"""A small network reads handwritten digits; every training step is one compiled program.

    headrace run examples/digits.py              (with TensorFlow: python examples/digits.py)

An unmodified TensorFlow 2 program, written out by hand: a model of `tf.Module`s, a training loop of
its own around a step under `@tf.function`, in it a `tf.GradientTape`, dropout, a learning rate that
warms up and gradients that are clipped (two Python `if`s that depend on tensors), and Adam, whose
state is `tf.Variable`s. The test function takes any number of images and is traced once.

At the end the same step is timed twice: as a compiled function, and with
`tf.config.run_functions_eagerly(True)`, op by op.

The data are 1,797 scanned digits of 8x8 pixels (Alpaydin and Kaynak 1998, "Optical recognition of
handwritten digits"), which ship with scikit-learn. A fifth of them is held out.
"""

import argparse
import time
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file, no window
import matplotlib.pyplot as plt
import tensorflow as tf
from sklearn.datasets import load_digits

PIXELS, DIGITS = 64, 10


# ---- data ----------------------------------------------------------------------------------------


def load():
    """Two (images, labels) pairs in random order: four fifths to train on, one to test on."""
    digits = load_digits()
    images = tf.constant(digits.data / 16, tf.float32)
    labels = tf.constant(digits.target, tf.int32)
    order = tf.random.shuffle(tf.range(len(digits.target)))
    held_out = len(digits.target) // 5
    parts = order[held_out:], order[:held_out]
    return [(tf.gather(images, part), tf.gather(labels, part)) for part in parts]


def batches(images, labels, size):
    """Whole batches of `size`, in a new random order."""
    rows = images.shape[0]
    order = tf.random.shuffle(tf.range(rows))
    for start in range(0, rows - size + 1, size):
        part = order[start : start + size]
        yield tf.gather(images, part), tf.gather(labels, part)


# ---- model, optimiser, metric --------------------------------------------------------------------


class Dense(tf.Module):
    """A linear layer."""

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        start = tf.random.normal([inputs, outputs], stddev=(2 / inputs) ** 0.5)
        self.weights = tf.Variable(start, name="weights")
        self.bias = tf.Variable(tf.zeros([outputs]), name="bias")

    def __call__(self, x):
        return tf.matmul(x, self.weights) + self.bias


class Network(tf.Module):
    """Dense layers with ReLU, and while training dropout, between them."""

    def __init__(self, *widths, drop=0.1):
        super().__init__()
        self.layers = [Dense(inputs, outputs) for inputs, outputs in pairwise(widths)]
        self.drop = drop

    def __call__(self, x, training=False):
        *hidden, last = self.layers
        for layer in hidden:
            x = tf.nn.relu(layer(x))
            if training:
                x = tf.nn.dropout(x, self.drop)
        return last(x)


class Adam(tf.Module):
    """Kingma and Ba (2015), "Adam: a method for stochastic optimization"."""

    def __init__(self, parameters, beta1=0.9, beta2=0.999, epsilon=1e-7):
        super().__init__()
        self.parameters, self.beta1, self.beta2, self.epsilon = parameters, beta1, beta2, epsilon
        self.means = [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]
        self.squares = [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]
        self.steps = tf.Variable(0.0, trainable=False)

    def apply(self, gradients, rate):
        self.steps.assign_add(1.0)
        rate *= tf.sqrt(1 - self.beta2**self.steps) / (1 - self.beta1**self.steps)
        for parameter, mean, square, gradient in zip(
            self.parameters, self.means, self.squares, gradients, strict=True
        ):
            mean.assign_add((1 - self.beta1) * (gradient - mean))
            square.assign_add((1 - self.beta2) * (tf.square(gradient) - square))
            parameter.assign_sub(rate * mean / (tf.sqrt(square) + self.epsilon))


class Trainer(tf.Module):
    """A network, its optimiser, and the step and the test as functions that are traced once."""

    def __init__(self, network, rate=0.003, warm_up=40, limit=1.0, decay=1e-4):
        super().__init__()
        self.network = network
        self.optimiser = Adam(network.trainable_variables)
        self.rate, self.warm_up, self.limit, self.decay = rate, warm_up, limit, decay
        self.confusion = tf.Variable(tf.zeros([DIGITS, DIGITS], tf.int32), trainable=False)

    @tf.function
    def step(self, images, labels):
        """One gradient step on one batch; the cross entropy before it."""
        with tf.GradientTape() as tape:
            logits = self.network(images, training=True)
            misfit = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
            size = tf.add_n([tf.nn.l2_loss(layer.weights) for layer in self.network.layers])
            loss = misfit + self.decay * size
        gradients = tape.gradient(loss, self.network.trainable_variables)

        norm, scale = tf.linalg.global_norm(gradients), 1.0
        if norm > self.limit:
            scale = self.limit / norm
        if self.optimiser.steps < self.warm_up:
            rate = self.rate * (self.optimiser.steps + 1) / self.warm_up
        else:
            rate = self.rate
        self.optimiser.apply([scale * gradient for gradient in gradients], rate)
        return misfit

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, PIXELS], tf.float32),
            tf.TensorSpec([None], tf.int32),
        ]
    )
    def test(self, images, labels):
        """What each digit is taken for; adds to the confusion matrix, truth down, guess across."""
        guesses = tf.argmax(self.network(images), axis=1, output_type=tf.int32)
        self.confusion.assign_add(tf.math.confusion_matrix(labels, guesses, DIGITS))
        return guesses

    def accuracy(self):
        """The share of the digits tested since the last call that were read rightly."""
        right = tf.linalg.trace(self.confusion) / tf.reduce_sum(self.confusion)
        self.confusion.assign(tf.zeros_like(self.confusion))
        return float(right)


# ---- the program ---------------------------------------------------------------------------------


def train(trainer, training, held_out, options):
    """The loss on the training digits and the accuracy on the held-out ones, for each epoch."""
    history = []
    for epoch in range(1, options.epochs + 1):
        losses = [
            trainer.step(images, labels) for images, labels in batches(*training, options.batch)
        ]
        trainer.test(*held_out)
        history.append((float(tf.reduce_mean(tf.stack(losses))), trainer.accuracy()))
        if epoch == 1 or epoch % 5 == 0:
            loss, accuracy = history[-1]
            print(f"epoch {epoch:3d}   loss {loss:.4f}   held-out accuracy {accuracy:.2%}")
    return history


def steps_per_second(step, seconds=1.0):
    """How often `step()` runs in a second, once it is warm."""
    for _ in range(3):
        step()
    count, start = 0, time.perf_counter()
    while (taken := time.perf_counter() - start) < seconds:
        step().numpy()
        count += 1
    return count / taken


def one_step(batch=64):
    """A function without arguments that trains one step on one fixed batch, to be timed."""
    images, labels = (part[:batch] for part in load()[0])
    trainer = Trainer(Network(PIXELS, 96, 48, DIGITS))
    return lambda: trainer.step(images, labels)


def plot(history, confusion, wrong, path):
    """Curves, the confusion matrix, and held-out digits that were misread."""
    figure = plt.figure(figsize=(13, 4.2), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=[1.1, 1, 1])

    axes = left.subplots()
    epochs = range(1, len(history) + 1)
    axes.plot(epochs, [loss for loss, _ in history], color="tab:blue")
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    axes.yaxis.label.set_color("tab:blue")
    other = axes.twinx()
    other.plot(epochs, [100 * accuracy for _, accuracy in history], color="tab:orange")
    other.set(ylabel="held-out accuracy, %", ylim=(80, 100))
    other.yaxis.label.set_color("tab:orange")
    axes.set_title("Training", loc="left", fontweight="bold")
    for each in (axes, other):
        each.spines["top"].set_visible(False)

    axes = middle.subplots()
    axes.imshow(confusion, cmap="Blues", vmax=confusion.max() * 1.3)
    for truth, row in enumerate(confusion):
        for guess, count in enumerate(row):
            if count:
                axes.text(guess, truth, int(count), ha="center", va="center", fontsize=8)
    axes.set(xlabel="read as", ylabel="digit", xticks=range(DIGITS), yticks=range(DIGITS))
    axes.set_title("Held-out digits", loc="left", fontweight="bold")

    right.suptitle("Misread", fontweight="bold")
    for cell, example in zip(right.subplots(3, 4).ravel(), [*wrong, *[None] * 12]):
        cell.set_axis_off()
        if example:
            image, truth, guess = example
            cell.imshow(image, cmap="gray_r", vmin=0, vmax=1)
            cell.set_title(f"{truth} as {guess}", fontsize=9)
    figure.savefig(path, dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("digits.png"))
    options = parser.parse_args()
    tf.random.set_seed(options.seed)

    training, held_out = load()
    print(f"{training[0].shape[0]} digits to train on, {held_out[0].shape[0]} held out")
    trainer = Trainer(Network(PIXELS, 96, 48, DIGITS))
    history = train(trainer, training, held_out, options)

    images, labels = held_out
    guesses = trainer.test(images, labels)
    confusion = trainer.confusion.numpy()
    accuracy = trainer.accuracy()
    wrong = tf.where(guesses != labels)[:, 0]
    print(f"\nheld-out accuracy {accuracy:.2%}: {wrong.shape[0]} of {labels.shape[0]} misread")
    traces = trainer.step.experimental_get_tracing_count()
    steps = int(trainer.optimiser.steps)
    print(f"the step was traced {traces} time{'s'[: traces > 1]} for {steps} steps")

    compiled = steps_per_second(one_step(options.batch))
    tf.config.run_functions_eagerly(True)
    eager = steps_per_second(one_step(options.batch))
    tf.config.run_functions_eagerly(False)
    print("\nsteps per second")
    print(f"  op by op   {eager:7.0f}")
    print(f"  compiled   {compiled:7.0f}   ({compiled / eager:.1f} times)")

    examples = [
        (tf.reshape(images[i], [8, 8]).numpy(), int(labels[i]), int(guesses[i]))
        for i in wrong.numpy()[:12]
    ]
    plot(history, confusion, examples, options.out)
    print(f"\nplot: {options.out.resolve()}")


if __name__ == "__main__":
    main()
