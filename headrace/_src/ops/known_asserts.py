"""Assertions on what is known of a tensor without its value: rank, shape, dtype.

The one idea: these fail while a program is written rather than while it runs, so they raise
ValueError and TypeError, in graphs as in eager mode, and cost nothing in a compiled program.

Read next: ops/debugging.py.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, float32, int32
from headrace._src.core.tensor import Tensor, array_of
from headrace._src.engine.convert import convert


def _in_front(message: str | None) -> str:
    """A user's message as it goes in front of an error's text."""
    return f"{message}.  " if message else ""


def _values(x: Any) -> Any:
    """`x` as a tensor; sparse and ragged tensors as they are: they have dtype and shape too."""
    return x if hasattr(x, "_type_spec") and hasattr(x, "shape") else convert(x)


# ---- dtypes --------------------------------------------------------------------------------------


def assert_type(
    tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None
) -> None:
    """A check that `tensor` is of dtype `tf_type`.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_type([1., 2.], tf.float32)

    Raises TypeError where it is not.
    """
    del name
    wanted = as_dtype(tf_type)
    tensor = _values(tensor)
    if tensor.dtype is not wanted:
        raise TypeError(
            f"{_in_front(message)}tensor must be of type {wanted!r}; got {tensor.dtype!r}"
        )


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> None:
    """A check that `x` is of an integer dtype.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_integer([1, 2])

    Raises TypeError where it is not.
    """
    del name
    x = _values(x)
    if not x.dtype.is_integer:
        raise TypeError(
            f'{_in_front(message)}Expected "x" to be integer type.  '
            f"Found: tensor of dtype {x.dtype}"
        )


def assert_same_float_dtype(tensors: Any = None, dtype: DType | None = None) -> DType:
    """The one floating dtype of all `tensors`, or `dtype`, which they must have then.

    tensors: a list; what is None in it is passed over. Without any, and without `dtype`, float32.

    >>> tf.debugging.assert_same_float_dtype([tf.constant(1.), tf.constant([2.])])
    tf.float32

    Raises ValueError where they differ or are not floats.
    """
    first: Any = None
    expected = dtype
    for tensor in tensors if tensors is not None else ():
        if tensor is None:
            continue
        if expected is None:
            expected, first = tensor.dtype, tensor
        elif tensor.dtype is not expected:
            like = f" as {first!s}" if dtype is None else ""
            raise ValueError(
                f"{tensor!s}, type={tensor.dtype}, must be of the same type ({expected}){like}."
            )
    if expected is None:
        return float32
    if not expected.is_floating:
        raise ValueError(f"Expected floating point type, got {expected}.")
    return expected


def is_numeric_tensor(tensor: Any) -> bool:
    """Whether `tensor` is a dense tensor of numbers; a variable is not.

    >>> tf.debugging.is_numeric_tensor(tf.constant(1.)), tf.debugging.is_numeric_tensor(1.)
    (True, False)
    """
    return isinstance(tensor, Tensor) and tensor.dtype.name in _NUMERIC


_NUMERIC = frozenset(
    "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 qint8 "
    "qint32 quint8 complex64 complex128".split()
)


# ---- ranks ---------------------------------------------------------------------------------------


def _checked_rank(
    x: Any, ranks: Iterable[Any], fits: Callable[[int, list[int]], bool], wanted: str, message: Any
) -> None:
    """Raises unless the rank of `x` fits; `wanted` says to what, with {} for the ranks."""
    x = _values(x)
    numbers = []
    for rank in ranks:
        rank = convert(rank)
        assert_type(rank, int32)
        if rank.ndim:
            raise ValueError("Rank must be a scalar.")
        numbers.append(int(array_of(rank)))
    own = x.shape.rank
    if own is not None and not fits(own, numbers):
        shown = numbers[0] if "in" not in wanted.split() else tuple(numbers)
        raise ValueError(
            f"{_in_front(message)}Tensor  must have rank {wanted.format(shown)}.  "
            f"Received rank {own}, shape {x.shape}"
        )


def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> None:
    """A check that `x` has `rank` dimensions.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_rank([[1, 2]], 2)

    Raises ValueError where it has not, or `rank` is no scalar; TypeError where that is no int32.
    """
    del name
    _checked_rank(x, [rank], lambda own, ranks: own == ranks[0], "{}", message)


def assert_rank_at_least(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> None:
    """A check that `x` has `rank` dimensions or more.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_rank_at_least([[1, 2]], 1)

    Raises ValueError where it has not, or `rank` is no scalar; TypeError where that is no int32.
    """
    del name
    _checked_rank(x, [rank], lambda own, ranks: own >= ranks[0], "at least {}", message)


def assert_rank_in(x: Any, ranks: Any, message: str | None = None, name: str | None = None) -> None:
    """A check that `x` has as many dimensions as one of `ranks` says.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_rank_in([[1, 2]], (1, 2))

    Raises ValueError where it has not, or a rank is no scalar; TypeError where that is no int32.
    """
    del name
    _checked_rank(x, ranks, lambda own, numbers: own in numbers, "in {}", message)


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> Any:
    """A check that `tensor` has no dimensions.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_scalar(5)

    Raises ValueError where it has some.
    """
    del name
    shape = _values(tensor).shape
    if shape.rank:
        raise ValueError(f"{_in_front(message)}Expected scalar shape, saw shape: {shape}.")


# ---- shapes --------------------------------------------------------------------------------------


def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> None:
    """A check that tensors have the shapes given, in which a letter stands for one size throughout.

    shapes: pairs of a tensor and its shape, or a dictionary of these. A size is a number, a name
    that means the same size wherever it stands, or None or "." for any. A first entry `...` or "*"
    means any number of sizes. A scalar passes for a vector of one.
    data, summarize, name: of the operation in a graph. message: put in front of the error's text.

    >>> tf.debugging.assert_shapes([(tf.ones([5, 2]), ("N", 2)), (tf.ones([5]), ("N",))])

    Raises ValueError where a tensor has another shape.
    """
    del data, summarize, name
    front = _in_front(message)
    sizes: dict[Any, tuple[int, str]] = {}
    for value, shape in shapes.items() if isinstance(shapes, Mapping) else shapes:
        tensor = _values(value)
        described = f"ensor shape={tensor.shape} dtype={tensor.dtype.name}"
        if shape is None:
            continue
        if not (hasattr(shape, "__iter__") or hasattr(shape, "__getitem__")):
            raise ValueError(
                f"{front}T{described}.  Specified shape must be an iterable.  An iterable has the "
                f"attribute `__iter__` or `__getitem__`.  Received specified shape: {shape}"
            )
        wanted = [_size(size) for size in shape]
        for i, size in enumerate(wanted[1:], 1):
            if size is Ellipsis:
                raise ValueError(
                    f"{front}T{described} specified shape index {i}.  Symbol `...` or `*` for a "
                    "variable number of unspecified dimensions is only allowed as the first entry"
                )
        own = _fitting(tensor, wanted, front)
        if own is None:
            continue
        is_open = bool(wanted) and wanted[0] is Ellipsis
        if is_open:
            wanted = wanted[1:]
        if not wanted:
            wanted = [1]
        for i, size in enumerate(wanted):
            at = i - len(wanted) if is_open else i
            actual = own[at]
            if size is None or actual is None:
                continue
            if type(size) is int:
                expected, origin = size, "Specified explicitly"
            elif size in sizes:
                expected, origin = sizes[size]
            else:
                sizes[size] = actual, f"Specified by t{described} dimension {at}"
                continue
            if actual != expected:
                raise ValueError(
                    f"{front}{origin}.  T{described} dimension {at} must have size {expected}.  "
                    f"Received size {actual}, shape {tensor.shape}"
                )


def _size(size: Any) -> Any:
    """An entry as an int, a name, None for any size or Ellipsis for any number of sizes."""
    if size is None or size == ".":
        return None
    if size is Ellipsis or size == "*":
        return Ellipsis
    try:
        return int(size)
    except (TypeError, ValueError):
        return size


def _fitting(tensor: Any, wanted: list[Any], front: str) -> list[int | None] | None:
    """The sizes of `tensor`, None if unknown; raises where there are not as many as wanted."""
    rank = tensor.shape.rank
    if rank is None:
        return None
    is_open = bool(wanted) and wanted[0] is Ellipsis
    least = len(wanted) - is_open
    # A scalar passes for a vector of one, and an empty shape asks for one.
    own = max(rank, 1)
    least = max(least, 1)
    if own < least or (own > least and not is_open):
        kind = "at least " if is_open else ""
        raise ValueError(
            f"{front}Tensor  must have rank {kind}{least}.  Received rank {rank}, "
            f"shape {tensor.shape}"
        )
    return tensor.shape.as_list() or [1]


# ---- Python values -------------------------------------------------------------------------------


def assert_proper_iterable(values: Any) -> None:
    """A check that `values` can be iterated over and is no tensor, array or string.

    >>> tf.debugging.assert_proper_iterable([tf.constant(1)])

    Raises TypeError where it can not or is one.
    """
    if isinstance(values, (Tensor, np.ndarray, str, bytes)) or hasattr(values, "_type_spec"):
        raise TypeError(
            f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}'
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')
