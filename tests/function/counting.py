"""Functions that note how often they are traced, for the tests beside this file.

AutoGraph is off in them; it has its own tests.

Read next: test_function.py.
"""

import functools

import headrace as tf

function = functools.partial(tf.function, autograph=False)


def counted(python=lambda x: x, **options):
    """A function and the list of what it was traced with."""
    seen = []

    def noted(*args, **kwargs):
        seen.append((args, kwargs))
        return python(*args, **kwargs)

    return function(noted, **options), seen


class Holder:
    """Where a function keeps its variable."""

    v = None


def once(initial):
    """A function that makes its variable in the first call, its holder, and what it traced."""
    holder, traced = Holder(), []

    @function
    def f(x):
        traced.append(holder.v is None)
        if holder.v is None:
            holder.v = tf.Variable(initial(x), name="w")
        return holder.v.assign_add(x)

    return f, holder, traced


class Model:
    """An object with traced methods."""

    def __init__(self, k):
        self.k = k

    @function
    def __call__(self, x):
        return x * self.k

    @function
    def twice(self, x, y=2):
        return self(x) * y
