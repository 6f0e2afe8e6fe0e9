"""What eager ops cost when the arithmetic dominates: memory bandwidth, threads, vector units.

One idea: the same ops as everybody's, on arrays far beyond any cache, each timed until one element
of the result can be read, because a library may return before its work is done.

Read next: `dispatch.py` for the other end of the scale.
"""

import numpy as np
from worker import Statement, load

MILLIONS = 4 * 1024 * 1024


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    return {"torch": _torch, "jax": _jax}.get(library, _tensorflow)(load(library))


def _tensorflow(tf):
    return _ops(
        array=lambda *shape: tf.constant(_uniform(*shape)),
        read=lambda result: result[(0,) * len(result.shape)].numpy(),
        add=lambda: tf.add,
        exp=lambda: tf.exp,
        sum=lambda: tf.reduce_sum,
        matmul=lambda: tf.matmul,
        softmax=lambda: tf.nn.softmax,
    )


def _torch(torch):
    return _ops(
        array=lambda *shape: torch.from_numpy(_uniform(*shape)),
        read=lambda result: result[(0,) * result.dim()].item(),
        add=lambda: torch.add,
        exp=lambda: torch.exp,
        sum=lambda: torch.sum,
        matmul=lambda: torch.matmul,
        softmax=lambda: lambda x: torch.softmax(x, -1),
    )


def _jax(jax):
    jnp = jax.numpy
    return _ops(
        array=lambda *shape: jnp.asarray(_uniform(*shape)),
        read=lambda result: result.block_until_ready(),
        add=lambda: jnp.add,
        exp=lambda: jnp.exp,
        sum=lambda: jnp.sum,
        matmul=lambda: jnp.matmul,
        softmax=lambda: jax.nn.softmax,
    )


def _ops(array, read, **ops):
    """The rows; an op is looked up by its own row, so that a missing one is missing alone."""

    def row(op, *shapes):
        names = {f"x{i}": array(*shape) for i, shape in enumerate(shapes)}
        return Statement(f"read(op({', '.join(names)}))", read=read, op=ops[op](), **names)

    long, square, table = (MILLIONS,), (1500, 1500), (1000, 1000)
    return {
        "add, 4M": lambda: row("add", long, long),
        "exp, 4M": lambda: row("exp", long),
        "reduce_sum, 4M": lambda: row("sum", long),
        "matmul, 1500x1500": lambda: row("matmul", square, square),
        "softmax, 1000x1000": lambda: row("softmax", table),
    }


def _uniform(*shape):
    return np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
