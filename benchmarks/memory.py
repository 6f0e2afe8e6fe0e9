"""What is left behind: how much the process grows over 100,000 eager training steps.

One idea: a library that records, caches and calls back can leak a little per step, which no unit
test sees. The growth of the resident set after a warm-up should stay near zero, also when eight
threads with variables and tapes of their own share the work.

Read next: `training.py`.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from worker import Measured, load

STEPS = 100_000
WARM_UP = 5_000
THREADS = 8


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    if library == "jax":
        return {}
    trainer = _torch if library == "torch" else _tensorflow

    def prepare(threads):
        steps = [trainer(load(library)) for _ in range(threads)]
        return Measured(lambda: _growth(steps), unit="MiB", rounds=1)

    return {
        "growth over 100,000 train steps": lambda: prepare(1),
        "growth over 100,000 train steps, 8 threads": lambda: prepare(THREADS),
    }


def _tensorflow(tf):
    x, y = (tf.constant(array) for array in _problem())
    w = tf.Variable(tf.zeros([4, 1]))

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
        w.assign_sub(0.01 * tape.gradient(loss, w))

    return step


def _torch(torch):
    x, y = (torch.from_numpy(array) for array in _problem())
    w = torch.zeros([4, 1], requires_grad=True)

    def step():
        loss = torch.mean(torch.square(torch.matmul(x, w) - y))
        (slope,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w.sub_(0.01 * slope)

    return step


def _growth(steps):
    """Growth in bytes while the step functions, a thread each, run `STEPS` steps in all."""

    def run(step, times):
        for _ in range(times):
            step()

    with ThreadPoolExecutor(len(steps)) as pool:
        list(pool.map(run, steps, [WARM_UP // len(steps)] * len(steps)))
        before = _resident()
        list(pool.map(run, steps, [STEPS // len(steps)] * len(steps)))
        return _resident() - before


def _resident():
    """Bytes of memory that the process holds (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _problem():
    random = np.random.default_rng(0)
    return random.normal(size=(16, 4)).astype(np.float32), np.ones((16, 1), np.float32)
