"""What a function costs before it is fast: tracing, the first call, new shapes, a new process.

One idea: nobody times these in a loop, everybody waits for them. What happens once in a process is
measured in a process of its own, which prints the seconds; it has imported the library, and made
its tensors, before the clock starts.

The last rows are about 100 batch sizes under one signature `[None, 16]`: how long all take, how
often Python was traced, how many programs were compiled. They check that every result is right.

Read next: `imports.py`, what comes even before.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from worker import Measured, load

THOUSAND = "tracing a body of 1,000 ops"
FIRST = "first call of a small function in a new process"
MEDIUM = "first call of a train step, MLP with Adam, in a new process"
CACHED = "the same, programs kept by an earlier process"
SIZES = "100 batch sizes under [None, 16], all first calls"
TRACES = "100 batch sizes: traces"
PROGRAMS = "100 batch sizes: programs compiled"


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    if library == "torch":
        return {}
    module = load(library)
    found = {FIRST: lambda: Measured(lambda: _in_a_process(library, "small"), rounds=3)}
    if library == "jax":
        found[THOUSAND] = lambda: Measured(lambda: _jax_thousand(module))
        found[SIZES] = lambda: Measured(lambda: _jax_sizes(module)[0], rounds=1)
        found[PROGRAMS] = lambda: Measured(lambda: _jax_sizes(module)[1], "count", rounds=1)
        return found
    found[THOUSAND] = lambda: Measured(lambda: _thousand(module))
    found[MEDIUM] = lambda: Measured(lambda: _in_a_process(library, "medium"), rounds=3)
    if library == "headrace":
        found[CACHED] = _cached
    found[SIZES] = lambda: Measured(lambda: _sizes(module)[0], rounds=1)
    found[TRACES] = lambda: Measured(lambda: _sizes(module)[1], "count", rounds=1)
    if library == "headrace":
        found[PROGRAMS] = lambda: Measured(lambda: _sizes(module)[2], "count", rounds=1)
    return found


# ---- tracing -------------------------------------------------------------------------------------


def _thousand(tf):
    @tf.function
    def body(x):
        for _ in range(250):
            x = tf.tanh(x) * 0.5 + x - 0.1
        return x

    start = time.perf_counter()
    body.get_concrete_function(tf.TensorSpec([10, 10]))
    return time.perf_counter() - start


def _jax_thousand(jax):
    def body(x):
        for _ in range(250):
            x = jax.numpy.tanh(x) * 0.5 + x - 0.1
        return x

    start = time.perf_counter()
    jax.jit(body).trace(jax.ShapeDtypeStruct((10, 10), np.float32))
    return time.perf_counter() - start


# ---- a new process -------------------------------------------------------------------------------


def _cached():
    folder = tempfile.mkdtemp()
    _in_a_process("headrace", "medium", folder)
    return Measured(lambda: _in_a_process("headrace", "medium", folder), rounds=3)


def _in_a_process(library, program, cache=""):
    """The seconds that a program of `first_call.py` prints."""
    path = Path(__file__).with_name("first_call.py")
    done = subprocess.run(
        [sys.executable, path, library, program, cache], capture_output=True, text=True
    )
    if done.returncode:
        raise NotImplementedError(done.stderr.strip().split("\n")[-1])
    return float(done.stdout)


# ---- many shapes ---------------------------------------------------------------------------------


def _sizes(tf):
    """Seconds for all sizes, traces, and (Headrace only) compiled programs."""
    w = tf.Variable(_weights())

    @tf.function(input_signature=[tf.TensorSpec([None, 16])])
    def layers(x):
        for _ in range(4):
            x = tf.tanh(tf.matmul(x, w) + 0.1)
        return tf.reduce_sum(x, 0)

    batches = [tf.constant(batch) for batch in _batches()]
    start = time.perf_counter()
    results = [layers(batch).numpy() for batch in batches]
    taken = time.perf_counter() - start
    _check(results)
    programs = 0
    if hasattr(layers, "explain"):
        text = str(layers.explain())
        programs = int(text.partition("compiled for ")[2].partition(" ")[0] or 0)
    return taken, layers.experimental_get_tracing_count(), programs


def _jax_sizes(jax):
    """Seconds for all sizes, and compiled programs."""
    w = jax.numpy.asarray(_weights())

    @jax.jit
    def layers(x):
        for _ in range(4):
            x = jax.numpy.tanh(x @ w + 0.1)
        return x.sum(0)

    batches = [jax.numpy.asarray(batch) for batch in _batches()]
    start = time.perf_counter()
    results = [np.asarray(layers(batch)) for batch in batches]
    taken = time.perf_counter() - start
    _check(results)
    return taken, layers._cache_size()


def _check(results):
    w = _weights()
    for x, result in zip(_batches(), results, strict=True):
        for _ in range(4):
            x = np.tanh(x @ w + np.float32(0.1))
        np.testing.assert_allclose(result, x.sum(0), rtol=1e-4, atol=1e-4)


def _weights():
    return np.random.default_rng(0).normal(0, 0.25, (16, 16)).astype(np.float32)


def _batches():
    random = np.random.default_rng(1)
    return [random.normal(size=(n, 16)).astype(np.float32) for n in range(1, 101)]
