"""What a gradient costs: recording a few small ops and playing them back.

One idea: the row of the design, d sum(tanh(A@v + A)) / dv at 10x10, where all of the time is
bookkeeping. JAX has no eager tape; its gradient of an uncompiled function stands in for one.

Read next: `training.py`, where tapes earn their living.
"""

import numpy as np
from worker import Statement, load

GRADIENT = "d sum(tanh(A@v + A)) / dv, 10x10"
WATCHED = "forward only, tape open, 10x10"


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    return {"torch": _torch, "jax": _jax}.get(library, _tensorflow)(load(library))


def _tensorflow(tf):
    a = _array()

    def forward(a, v):
        return tf.reduce_sum(tf.tanh(a @ v + a))

    def gradient(a, v):
        with tf.GradientTape() as tape:
            y = forward(a, v)
        return tape.gradient(y, v)

    def watched(a, v):
        with tf.GradientTape():
            return forward(a, v)

    def row(function):
        return Statement("f(a, v)", f=function, a=tf.constant(a), v=tf.Variable(a))

    return {GRADIENT: lambda: row(gradient), WATCHED: lambda: row(watched)}


def _torch(torch):
    a = torch.from_numpy(_array())
    v = a.clone().requires_grad_()

    def forward(a, v):
        return torch.sum(torch.tanh(a @ v + a))

    def gradient(a, v):
        return torch.autograd.grad(forward(a, v), v)

    return {
        GRADIENT: lambda: Statement("f(a, v)", f=gradient, a=a, v=v),
        WATCHED: lambda: Statement("f(a, v)", f=forward, a=a, v=v),
    }


def _jax(jax):
    jnp = jax.numpy
    a = jnp.asarray(_array())
    gradient = jax.grad(lambda v, a: jnp.sum(jnp.tanh(a @ v + a)))
    return {GRADIENT: lambda: Statement("f(v, a).block_until_ready()", f=gradient, v=a, a=a)}


def _array():
    return np.linspace(-0.5, 0.5, 100, dtype=np.float32).reshape(10, 10)
