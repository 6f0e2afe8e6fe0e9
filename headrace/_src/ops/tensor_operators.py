"""The operators of tensors as functions: `tf.__operators__`.

The one idea: they are what Python asks a tensor for (`x + y` is `add(x, y)`), named so that a class
of one's own, or a layer made of a graph, can name them. So the left operand of `add` must be a
tensor already.

Read next: ops/operators.py.
"""

from typing import Any

from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.math import add as sum_of
from headrace._src.ops.operators import differs, equals, operand
from headrace._src.ops.slicing import getitem as part


def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """What `x + y` is: the sum, elementwise with broadcasting; strings are joined.

    x: a tensor; y: what becomes one of its dtype.

    >>> tf.__operators__.add(tf.constant([1, 2]), 3).numpy()
    array([4, 5], dtype=int32)

    Raises AttributeError where x is no tensor. Op: AddV2.
    """
    other = operand(y, x.dtype)
    return sum_of(x, y if other is NotImplemented else other, name)


def eq(self: Any, other: Any) -> Any:
    """What `self == other` is: elementwise; False where the shapes clash or `other` is None.

    >>> tf.__operators__.eq(tf.constant([1, 2]), [1, 3]).numpy()
    array([ True, False])

    Op: Equal.
    """
    return False if other is None else _compared(equals, self, other)


def ne(self: Any, other: Any) -> Any:
    """What `self != other` is: elementwise; True where the shapes clash or `other` is None.

    >>> tf.__operators__.ne(tf.constant([1, 2]), [1, 3]).numpy()
    array([False,  True])

    Op: NotEqual.
    """
    return True if other is None else _compared(differs, self, other)


def _compared(comparison: Any, x: Any, y: Any) -> Tensor:
    if not isinstance(x, Tensor):
        x = convert(x, None, getattr(y, "dtype", None))
    if type(y) is not EagerTensor:
        other = operand(y, x.dtype)
        y = y if other is NotImplemented else other
    return comparison(x, y)


def getitem(tensor: Any, slice_spec: Any, var: Any = None) -> Any:
    """What `tensor[slice_spec]` is.

    slice_spec: integers, slices, `...`, `tf.newaxis`, integer scalars, or a boolean mask. var: the
    variable whose value `tensor` is; the part can then be assigned to.

    >>> tf.__operators__.getitem(tf.constant([1, 2, 3]), slice(1, None)).numpy()
    array([2, 3], dtype=int32)

    Raises TypeError for other keys. Op: StridedSlice.
    """
    if var is not None:
        return var[slice_spec]
    return part(tensor if isinstance(tensor, Tensor) else convert(tensor), slice_spec)
