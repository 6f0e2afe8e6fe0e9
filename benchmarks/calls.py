"""What calling a traced function costs: the price of the way into a compiled program and back.

One idea: the arithmetic is nothing, so these rows time how arguments are recognised, variables
found, and results handed out. JAX has no variables: its function takes and returns 20 arrays.

Read next: `dispatch.py` for the same without a function, `compiled.py` for real work.
"""

import numpy as np
from worker import Statement, load

ONE = "call of a function of one op, 10x10"
MANY = "call of a function that assigns 20 captured variables"
COUNT = 20


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    if library == "torch":
        return {}  # it has no traced functions without a C++ compiler at hand
    return {"jax": _jax}.get(library, _tensorflow)(load(library))


def _tensorflow(tf):
    def one():
        @tf.function
        def double(x):
            return x + x

        return Statement("f(x)", f=double, x=tf.constant(_array()))

    def many():
        variables = [tf.Variable(_array()) for _ in range(COUNT)]

        @tf.function
        def shrink(x):
            for variable in variables:
                variable.assign(0.999 * variable + x)

        return Statement("f(x)", f=shrink, x=tf.constant(0.1 * _array()))

    return {ONE: one, MANY: many}


def _jax(jax):
    jnp = jax.numpy

    def one():
        double = jax.jit(lambda x: x + x)
        return Statement("f(x).block_until_ready()", f=double, x=jnp.asarray(_array()))

    def many():
        @jax.jit
        def shrink(x, arrays):
            return [0.999 * array + x for array in arrays]

        arrays = [jnp.asarray(_array()) for _ in range(COUNT)]
        return Statement(
            "wait(f(x, a))",
            f=shrink,
            x=jnp.asarray(_array()),
            a=arrays,
            wait=jax.block_until_ready,
        )

    return {ONE: one, MANY: many}


def _array():
    return np.linspace(0.1, 0.9, 100, dtype=np.float32).reshape(10, 10)
