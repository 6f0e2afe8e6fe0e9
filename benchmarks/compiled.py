"""What a compiled training step costs: two networks and a loop over time, forward and backward.

One idea: the same step, written by hand, as each library's users write it: `tf.function` around a
tape and variables, `jax.jit` around `value_and_grad` with the parameters handed in and out, and for
PyTorch what it does without compiling. In a loop that does not look at the loss a library may
prepare the next step while one still runs; so the small network has a row for either. The others
end when the result can be read. The recurrent one is an LSTM with the loop over time in the graph:
`for t in tf.range(50)`, or `lax.scan`.

Read next: `training.py`, the same without compiling.
"""

from itertools import pairwise

import numpy as np
from training import demo
from worker import Statement, load

RATE = 0.01
SMALL = "train step, MLP 8-30-30-1, batch 32, compiled"
READ = "the same, the loss read at every step"
LARGE = "train step, MLP 784-512-512-10, batch 128, compiled"
LSTM = "gradient of an LSTM, 50 steps, batch 32, 128 units"
DEMO = "demo train step, examples/digits.py"
NETWORKS = {
    SMALL: ((8, 30, 30, 1), 32),
    READ: ((8, 30, 30, 1), 32),
    LARGE: ((784, 512, 512, 10), 128),
}
TIME, BATCH, UNITS = 50, 32, 128


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    networks, recurrent = {
        "torch": (_torch, None),
        "jax": (_jax, _jax_lstm),
    }.get(library, (_tensorflow, _tensorflow_lstm))

    def row(name):
        return lambda: networks(load(library), name != SMALL, *_problem(*NETWORKS[name]))

    found = {name: row(name) for name in NETWORKS}
    if library in ("headrace", "tensorflow"):
        found[DEMO] = lambda: demo(library, "digits")
    if recurrent:
        found[LSTM] = lambda: recurrent(load(library), *_sequence())
    return found


# ---- networks ------------------------------------------------------------------------------------


def _tensorflow(tf, reads, x, y, start):
    parameters = [tf.Variable(array) for array in start]

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            h = x
            for w, b in zip(parameters[0:4:2], parameters[1:4:2]):
                h = tf.nn.relu(tf.matmul(h, w) + b)
            prediction = tf.matmul(h, parameters[4]) + parameters[5]
            loss = tf.reduce_mean(tf.square(prediction - y))
        for parameter, slope in zip(parameters, tape.gradient(loss, parameters)):
            parameter.assign_sub(RATE * slope)
        return loss

    code = "step(x, y).numpy()" if reads else "step(x, y)"
    return Statement(code, step=step, x=tf.constant(x), y=tf.constant(y))


def _torch(torch, reads, x, y, start):
    parameters = [torch.from_numpy(array).requires_grad_() for array in start]

    def step(x, y):
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

    code = "step(x, y).item()" if reads else "step(x, y)"
    return Statement(code, step=step, x=torch.from_numpy(x), y=torch.from_numpy(y))


def _jax(jax, reads, x, y, start):
    jnp = jax.numpy

    def loss(parameters, x, y):
        h = x
        for w, b in zip(parameters[0:4:2], parameters[1:4:2], strict=True):
            h = jax.nn.relu(h @ w + b)
        return jnp.mean(jnp.square(h @ parameters[4] + parameters[5] - y))

    def step(parameters, x, y):
        value, slopes = jax.value_and_grad(loss)(parameters, x, y)
        return value, [p - RATE * slope for p, slope in zip(parameters, slopes, strict=True)]

    code = "loss, box[0] = step(box[0], x, y)"
    return Statement(
        f"{code}; loss.block_until_ready()" if reads else code,
        step=jax.jit(step, donate_argnums=0),
        box=[[jnp.asarray(array) for array in start]],
        x=jnp.asarray(x),
        y=jnp.asarray(y),
    )


def _problem(widths, batch):
    """Features, targets, and weights and biases in turn."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(batch, widths[0])), random.normal(size=(batch, widths[-1]))
    start = []
    for inputs, outputs in pairwise(widths):
        start += [random.normal(size=(inputs, outputs)) * inputs**-0.5, np.zeros(outputs)]
    return x.astype(np.float32), y.astype(np.float32), [part.astype(np.float32) for part in start]


# ---- recurrence ----------------------------------------------------------------------------------


def _tensorflow_lstm(tf, x, kernel, bias):
    w, b = tf.Variable(kernel), tf.Variable(bias)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            h = c = tf.zeros([BATCH, UNITS])
            for t in tf.range(TIME):
                gates = tf.matmul(tf.concat([x[t], h], 1), w) + b
                i, f, g, o = tf.split(gates, 4, 1)
                c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
                h = tf.sigmoid(o) * tf.tanh(c)
            loss = tf.reduce_mean(h * h)
        return loss, tape.gradient(loss, [w, b])

    return Statement("step(x)[1][0].numpy()", step=step, x=tf.constant(x))


def _jax_lstm(jax, x, kernel, bias):
    jnp = jax.numpy

    def loss(parameters, x):
        w, b = parameters

        def cell(carry, now):
            h, c = carry
            i, f, g, o = jnp.split(jnp.concatenate([now, h], 1) @ w + b, 4, 1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zeros = jnp.zeros((BATCH, UNITS))
        (h, _), _ = jax.lax.scan(cell, (zeros, zeros), x)
        return jnp.mean(h * h)

    return Statement(
        "step(p, x)[1][0].block_until_ready()",
        step=jax.jit(jax.value_and_grad(loss)),
        p=[jnp.asarray(kernel), jnp.asarray(bias)],
        x=jnp.asarray(x),
    )


def _sequence():
    """Inputs, the kernel for input and state side by side, and the bias."""
    random = np.random.default_rng(0)
    x = random.normal(size=(TIME, BATCH, UNITS))
    kernel = random.normal(size=(2 * UNITS, 4 * UNITS)) * 0.05
    return [part.astype(np.float32) for part in (x, kernel, np.zeros(4 * UNITS))]
