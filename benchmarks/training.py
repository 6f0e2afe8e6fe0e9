"""What an eager training step costs, end to end: forward, tape, gradients, update.

One idea: two programs that people write. The demo is `examples/regression.py` itself, unmodified,
with its hand-written Adam; the other is the 8-30-30-1 network with plain gradient descent, which
PyTorch can do in the same way.

Read next: `tape.py` for the smallest gradient.
"""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
from worker import Statement, load

WIDTHS = (8, 30, 30, 1)
BATCH = 32
RATE = 0.01
MLP = "train step, MLP 8-30-30-1, batch 32, eager"
DEMO = "demo train step, examples/regression.py"
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    if library == "jax":
        return {}  # nobody trains with JAX outside `jit`
    if library == "torch":
        return {MLP: lambda: _torch(load("torch"))}
    return {MLP: lambda: _tensorflow(load(library)), DEMO: lambda: demo(library, "regression")}


def _tensorflow(tf):
    x, y, *start = (tf.constant(array) for array in _problem())
    parameters = [tf.Variable(array) for array in start]

    def step():
        with tf.GradientTape() as tape:
            h = x
            for w, b in zip(parameters[0:4:2], parameters[1:4:2], strict=True):
                h = tf.nn.relu(tf.matmul(h, w) + b)
            prediction = tf.matmul(h, parameters[4]) + parameters[5]
            loss = tf.reduce_mean(tf.square(prediction - y))
        for parameter, slope in zip(parameters, tape.gradient(loss, parameters), strict=True):
            parameter.assign_sub(RATE * slope)
        return loss

    return Statement("step()", step=step)


def _torch(torch):
    x, y, *start = (torch.from_numpy(array) for array in _problem())
    parameters = [array.requires_grad_() for array in start]

    def step():
        h = x
        for w, b in zip(parameters[0:4:2], parameters[1:4:2], strict=True):
            h = torch.relu(torch.matmul(h, w) + b)
        prediction = torch.matmul(h, parameters[4]) + parameters[5]
        loss = torch.mean(torch.square(prediction - y))
        slopes = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, slope in zip(parameters, slopes, strict=True):
                parameter.sub_(RATE * slope)
        return loss

    return Statement("step()", step=step)


def demo(library, name):
    """A train step of an example, as it is."""
    load(library)
    if library == "headrace":
        load("headrace").install()  # the examples say `import tensorflow`
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    statement = Statement("step()", step=example.one_step())
    statement.unit = "step"
    return statement


def _problem():
    """Features, targets, then weights and biases in turn."""
    random = np.random.default_rng(0)
    parts = [random.normal(size=(BATCH, WIDTHS[0])), random.normal(size=(BATCH, WIDTHS[-1]))]
    for inputs, outputs in pairwise(WIDTHS):
        parts += [random.normal(size=(inputs, outputs)) * inputs**-0.5, np.zeros(outputs)]
    return [part.astype(np.float32) for part in parts]
