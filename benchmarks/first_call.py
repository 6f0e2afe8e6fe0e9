"""The seconds of a function's first call in this process, on standard output.

    python benchmarks/first_call.py LIBRARY small|medium [CACHE_DIR]

One idea: what happens once can only be timed once. Modules are imported and tensors made before
the clock starts; tracing, compiling and the first run are what it sees.

Read next: `tracing.py`, which runs this.
"""

import os
import sys
import time

import numpy as np


def small(tf):
    """A function of a dozen ops, and its argument."""

    @tf.function
    def layers(x):
        for _ in range(4):
            x = tf.tanh(tf.matmul(x, x) + 0.1)
        return tf.reduce_sum(x)

    return layers, [tf.constant(np.eye(10, dtype=np.float32))]


def small_in_jax(jax):
    """The same for JAX."""

    @jax.jit
    def layers(x):
        for _ in range(4):
            x = jax.numpy.tanh(x @ x + 0.1)
        return x.sum()

    return layers, [jax.numpy.asarray(np.eye(10, dtype=np.float32))]


def medium(tf):
    """A train step of a network of four layers with Adam, and its arguments."""
    widths = [784, 256, 256, 128, 10]
    random = np.random.default_rng(0)
    weights = [
        tf.Variable((random.normal(size=pair) * pair[0] ** -0.5).astype(np.float32))
        for pair in zip(widths, widths[1:], strict=False)
    ]
    biases = [tf.Variable(tf.zeros([width])) for width in widths[1:]]
    parameters = weights + biases
    means = [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]
    squares = [tf.Variable(tf.zeros_like(p), trainable=False) for p in parameters]

    @tf.function
    def step(x, labels):
        with tf.GradientTape() as tape:
            h = x
            for w, b in zip(weights[:-1], biases[:-1]):
                h = tf.nn.relu(tf.matmul(h, w) + b)
            logits = tf.matmul(h, weights[-1]) + biases[-1]
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        for p, m, s, g in zip(parameters, means, squares, tape.gradient(loss, parameters)):
            m.assign_add(0.1 * (g - m))
            s.assign_add(0.001 * (g * g - s))
            p.assign_sub(0.001 * m / (tf.sqrt(s) + 1e-7))
        return loss

    x = random.normal(size=(64, 784)).astype(np.float32)
    return step, [tf.constant(x), tf.constant(np.arange(64) % 10)]


def main(library, program, cache=""):
    if cache:
        os.environ["HEADRACE_CACHE_DIR"] = cache
    if library == "jax":
        import jax

        function, arguments = small_in_jax(jax)
    else:
        if library == "headrace":
            import jax

            import headrace as tf
        else:
            import tensorflow as tf
        function, arguments = {"small": small, "medium": medium}[program](tf)
    start = time.perf_counter()
    np.asarray(function(*arguments))
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
