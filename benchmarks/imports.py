"""What it costs to get started: a fresh interpreter, the import, and one small op.

One idea: time a whole `python -c` and take off what an interpreter that does nothing takes, the two
run one after the other. Byte code is compiled by an uncounted first run.

Read next: `memory.py`.
"""

import subprocess
import sys
import time

from worker import Measured

PROGRAMS = {
    "headrace": "import headrace as tf; tf.constant(1.) + 1",
    "tensorflow": "import tensorflow as tf; tf.constant(1.) + 1",
    "torch": "import torch; torch.tensor(1.) + 1",
    "jax": "import jax.numpy as jnp; (jnp.asarray(1.) + 1).block_until_ready()",
}


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""

    def prepare():
        program = PROGRAMS[library]
        _wall_time(program)
        return Measured(lambda: _wall_time(program) - _wall_time("pass"))

    return {"import to first small op": prepare}


def _wall_time(program):
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    taken = time.perf_counter() - start
    if done.returncode:
        raise NotImplementedError(done.stderr.strip().split("\n")[-1])
    return taken
