"""What one small eager op costs: the price of the way from Python to the kernel and back.

One idea: at 10x10 the arithmetic is nothing, so these rows time the dispatch. The same code serves
Headrace and TensorFlow; a row is a statement for `timeit` and the names in it.

Read next: `run.py`, which takes the libraries in turn.
"""

import numpy as np
from worker import Statement, from_threads, load

SIDE = 10


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    return {"torch": _torch, "jax": _jax}.get(library, _tensorflow)(load(library))


def _tensorflow(tf):
    def a():
        return tf.constant(_array())

    return {
        "add, 10x10": lambda: Statement("add(a, b)", add=tf.add, a=a(), b=a()),
        "a + b, 10x10": lambda: Statement("a + b", a=a(), b=a()),
        "a + 1.0, 10x10": lambda: Statement("a + 1.0", a=a()),
        "mul, 10x10": lambda: Statement("mul(a, b)", mul=tf.multiply, a=a(), b=a()),
        "exp, 10x10": lambda: Statement("exp(a)", exp=tf.exp, a=a()),
        "reduce_sum, 10x10": lambda: Statement("sum(a)", sum=tf.reduce_sum, a=a()),
        "matmul, 10x10": lambda: Statement("mm(a, b)", mm=tf.matmul, a=a(), b=a()),
        "a[1], 10x10": lambda: Statement("a[1]", a=a()),
        "assign_add, 10x10": lambda: Statement("v.assign_add(a)", v=tf.Variable(a()), a=a()),
        "add, 10x10, 8 threads": lambda: from_threads(8, Statement("a + b", a=a(), b=a())),
    }


def _torch(torch):
    def a():
        return torch.from_numpy(_array())

    return {
        "add, 10x10": lambda: Statement("add(a, b)", add=torch.add, a=a(), b=a()),
        "a + b, 10x10": lambda: Statement("a + b", a=a(), b=a()),
        "a + 1.0, 10x10": lambda: Statement("a + 1.0", a=a()),
        "mul, 10x10": lambda: Statement("mul(a, b)", mul=torch.mul, a=a(), b=a()),
        "exp, 10x10": lambda: Statement("exp(a)", exp=torch.exp, a=a()),
        "reduce_sum, 10x10": lambda: Statement("sum(a)", sum=torch.sum, a=a()),
        "matmul, 10x10": lambda: Statement("mm(a, b)", mm=torch.matmul, a=a(), b=a()),
        "a[1], 10x10": lambda: Statement("a[1]", a=a()),
        "assign_add, 10x10": lambda: Statement("v.add_(a)", v=a(), a=a()),
        "add, 10x10, 8 threads": lambda: from_threads(8, Statement("a + b", a=a(), b=a())),
    }


def _jax(jax):
    jnp = jax.numpy
    wait = ".block_until_ready()"

    def a():
        return jnp.asarray(_array())

    return {
        "add, 10x10": lambda: Statement(f"add(a, b){wait}", add=jnp.add, a=a(), b=a()),
        "a + b, 10x10": lambda: Statement(f"(a + b){wait}", a=a(), b=a()),
        "a + 1.0, 10x10": lambda: Statement(f"(a + 1.0){wait}", a=a()),
        "mul, 10x10": lambda: Statement(f"mul(a, b){wait}", mul=jnp.multiply, a=a(), b=a()),
        "exp, 10x10": lambda: Statement(f"exp(a){wait}", exp=jnp.exp, a=a()),
        "reduce_sum, 10x10": lambda: Statement(f"sum(a){wait}", sum=jnp.sum, a=a()),
        "matmul, 10x10": lambda: Statement(f"mm(a, b){wait}", mm=jnp.matmul, a=a(), b=a()),
        "a[1], 10x10": lambda: Statement(f"a[1]{wait}", a=a()),
        "add, 10x10, 8 threads": lambda: from_threads(8, Statement(f"(a + b){wait}", a=a(), b=a())),
    }


def _array():
    # Small enough that repeated in-place additions stay finite and normal.
    return np.linspace(0.1, 0.9, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
