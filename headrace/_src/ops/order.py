"""What says when things run rather than what: control dependencies, groups, `init_scope`, time.

The one idea: in eager mode everything runs at once and in the order of the program, so there is
nothing to order and these are short; in a graph they become edges between operations.

Read next: core/context.py.
"""

import contextlib
import time as clock
from collections.abc import Iterator
from typing import Any

import numpy as np

from headrace._src.core import dtypes, nest
from headrace._src.core.context import thread
from headrace._src.core.tensor import EagerTensor, Tensor


def executing_eagerly() -> bool:
    """Whether ops run at once, rather than being traced into a graph.

    >>> tf.executing_eagerly()
    True
    """
    return True


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """A block whose ops run eagerly and unheard by gradient tapes, wherever it stands.

    >>> with tf.init_scope():
    ...     tf.executing_eagerly()
    True
    """
    context = thread.context
    recorders, context.recorders = context.recorders, []
    try:
        yield
    finally:
        context.recorders = recorders


class NullContextmanager(contextlib.AbstractContextManager):
    """A block in which everything is as outside."""

    def __exit__(self, *_: Any) -> None:
        return None


def control_dependencies(control_inputs: Any) -> NullContextmanager:
    """A block whose ops run after `control_inputs`.

    control_inputs: tensors, variables or operations; a function among them is called; or None.

    In eager mode everything that was called before has run before.

    >>> v = tf.Variable(1)
    >>> with tf.control_dependencies([v.assign_add(1)]):
    ...     print(v.read_value())
    tf.Tensor(2, shape=(), dtype=int32)

    Raises TypeError for what is no list.
    """
    if control_inputs is not None:
        for control in control_inputs:
            if callable(control) and not isinstance(control, Tensor):
                control()
    return NullContextmanager()


def no_op(name: str | None = None) -> None:
    """Nothing, done; in a graph the operation that does it, called `name`. Op: NoOp.

    >>> tf.no_op()
    """
    del name


def group(*inputs: Any, **kwargs: Any) -> None:
    """Nothing, done after all `inputs`; in a graph the operation that waits for them, `name`.

    inputs: tensors, operations and nested structures of these.

    >>> tf.group(tf.constant(1), [tf.constant(2)])
    """
    kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    nest.flatten(inputs)


def tuple(tensors: Any, control_inputs: Any = None, name: str | None = None) -> Any:
    """`tensors`, all of which are there before anyone gets one of them.

    control_inputs: what must have run before. name: of the operation in a graph.

    In eager mode that is so without doing anything.

    >>> tf.tuple([tf.constant(1), None])
    [<tf.Tensor: shape=(), dtype=int32, numpy=1>, None]
    """
    del name
    control_dependencies(control_inputs)
    return tensors


def timestamp(name: str | None = None) -> Tensor:
    """The time now, in seconds since 1970 as a float64 scalar. Op: Timestamp.

    >>> tf.timestamp().dtype
    tf.float64
    """
    del name
    return EagerTensor(np.array(clock.time()), dtypes.float64)


NullContextmanager.__module__ = "tensorflow.python.framework.ops"
