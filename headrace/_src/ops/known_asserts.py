"""Assertions on what is known of a tensor without its value: rank, shape, dtype.

The one idea: these fail while a program is written rather than while it runs, so they raise
ValueError and TypeError, in graphs as in eager mode, and cost nothing in a compiled program. Only
what a graph does not know of a tensor's rank or sizes is checked when it runs.

Read next: ops/debugging.py.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, float32, int32
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.node import known_value
from headrace._src.ops.array import length, rank_op, shape_op
from headrace._src.ops.compare import equal
from headrace._src.ops.debugging import in_graph_assert, nothing_to_check, scope_of
from headrace._src.ops.joining import concat
from headrace._src.ops.reduce import reduce_any


def _in_front(message: str | None) -> str:
    """A user's message as it goes in front of an error's text."""
    return f"{message}.  " if message else ""


def _values(x: Any) -> Any:
    """`x` as a tensor; sparse and ragged tensors as they are: they have dtype and shape too."""
    return x if hasattr(x, "_type_spec") and hasattr(x, "shape") else convert(x)


def _named(x: Any, otherwise: str = "") -> str:
    """What an error calls a tensor: its name, which only those of a graph have."""
    return x.name if type(x) is SymbolicTensor else otherwise


def _holds(scope: str) -> Any:
    """In a graph, the operation that stands for an assertion known to hold; else None."""
    if thread.context.graph is None:
        return None
    return nothing_to_check(f"{scope_of(scope)}/static_checks_determined_all_ok")


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
        what = _named(tensor, "tensor")
        raise TypeError(
            f"{_in_front(message)}{what} must be of type {wanted!r}; got {tensor.dtype!r}"
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
            f"Found: {_named(x, 'tensor')} of dtype {x.dtype}"
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
    x: Any,
    ranks: Iterable[Any],
    fits: Callable[[Any, list[Any]], Any],
    wanted: str,
    message: Any,
    scope: str,
) -> Any:
    """Raises unless the rank of `x` fits; `wanted` says to what, with {} for the ranks."""
    x = _values(x)
    tensors = [convert(rank) for rank in ranks]
    for rank in tensors:
        if rank.dtype is not int32:
            assert_type(rank, int32)
        if rank.shape.rank:
            raise ValueError("Rank must be a scalar.")
    known = [known_value(rank) for rank in tensors]
    own = x.shape.rank
    if own is None or any(rank is None for rank in known):
        scope = scope_of(scope)
        words = f"Tensor {_named(x)} must have rank {wanted.replace('{}', '')}".rstrip()
        data = [_in_front(message), words, *tensors, "Received shape: ", shape_op(x)]
        holds = reduce_any(fits(rank_op(x), tensors))
        return in_graph_assert(f"{scope}/Assert", holds, data, None)
    numbers = [int(rank) for rank in known if rank is not None]
    if not any(np.atleast_1d(fits(own, numbers))):
        shown = numbers[0] if "in" not in wanted.split() else tuple(numbers)
        raise ValueError(
            f"{_in_front(message)}Tensor {_named(x)} must have rank {wanted.format(shown)}.  "
            f"Received rank {own}, shape {x.shape}"
        )
    return _holds(scope)


def assert_rank(x: Any, rank: Any, message: str | None = None, name: str | None = None) -> Any:
    """A check that `x` has `rank` dimensions.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_rank([[1, 2]], 2)

    Raises ValueError where it has not, or `rank` is no scalar; TypeError where that is no int32.
    """
    scope = name or "assert_rank"
    return _checked_rank(x, [rank], lambda own, ranks: own == ranks[0], "{}", message, scope)


def assert_rank_at_least(
    x: Any, rank: Any, message: str | None = None, name: str | None = None
) -> Any:
    """A check that `x` has `rank` dimensions or more.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_rank_at_least([[1, 2]], 1)

    Raises ValueError where it has not, or `rank` is no scalar; TypeError where that is no int32.
    """
    scope = name or "assert_rank_at_least"
    return _checked_rank(
        x, [rank], lambda own, ranks: own >= ranks[0], "at least {}", message, scope
    )


def assert_rank_in(x: Any, ranks: Any, message: str | None = None, name: str | None = None) -> Any:
    """A check that `x` has as many dimensions as one of `ranks` says.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_rank_in([[1, 2]], (1, 2))

    Raises ValueError where it has not, or a rank is no scalar; TypeError where that is no int32.
    """
    scope = name or "assert_rank_in"
    return _checked_rank(
        x, ranks, lambda own, ranks: [own == rank for rank in ranks], "in {}", message, scope
    )


def assert_scalar(tensor: Any, message: str | None = None, name: str | None = None) -> Any:
    """A check that `tensor` has no dimensions.

    message: put in front of the error's text. name: of the operation in a graph.

    >>> tf.debugging.assert_scalar(5)

    Raises ValueError where it has some.
    """
    del name
    tensor = _values(tensor)
    shape = tensor.shape
    if shape.rank != 0:
        what = f" for {tensor.name}" if type(tensor) is SymbolicTensor else ""
        raise ValueError(f"{_in_front(message)}Expected scalar shape{what}, saw shape: {shape}.")


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
    front = _in_front(message)
    sizes: dict[Any, tuple[Any, str]] = {}
    scope: Any = None
    for value, shape in shapes.items() if isinstance(shapes, Mapping) else shapes:
        tensor = _values(value)
        described = f"ensor {_named(tensor, f'shape={tensor.shape} dtype={tensor.dtype.name}')}"
        if scope is None and type(tensor) is SymbolicTensor:
            scope = scope_of(name or "assert_shapes")
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
        own = _fitting(tensor, wanted, message, scope)
        is_open = bool(wanted) and wanted[0] is Ellipsis
        if is_open:
            wanted = wanted[1:]
        if not wanted:
            wanted = [1]
        for i, size in enumerate(wanted):
            at = i - len(wanted) if is_open else i
            if size is None:
                continue
            actual = own(at)
            if type(size) is int:
                expected, origin = size, "Specified explicitly"
            elif size in sizes:
                expected, origin = sizes[size]
            else:
                sizes[size] = actual, f"Specified by t{described} dimension {at}"
                continue
            if isinstance(actual, Tensor) or isinstance(expected, Tensor):
                shown = [front, origin, f"T{described} dimension", at, "must have size", expected]
                shown += ["Received shape: ", shape_op(tensor)]
                holds = equal(actual, expected)
                in_graph_assert(f"{scope_of(f'{scope}/Assert')}", holds, data or shown, summarize)
            elif actual != expected:
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


def _fitting(tensor: Any, wanted: list[Any], message: Any, scope: Any) -> Callable[[int], Any]:
    """The size of `tensor` along an axis, as a function: an int or, where a graph does not know it,
    a tensor. Raises where there are not as many axes as wanted.
    """
    rank = tensor.shape.rank
    is_open = bool(wanted) and wanted[0] is Ellipsis
    # A scalar passes for a vector of one, and an empty shape asks for one.
    least = max(len(wanted) - is_open, 1)
    if rank is None:
        if least > 1:
            check = assert_rank_at_least if is_open else assert_rank
            check(tensor, least, message, f"{scope}/{check.__name__}")
        elif not is_open:
            assert_rank_in(tensor, [1, 0], message, f"{scope}/assert_rank_in")
        whole = concat([[1], shape_op(tensor)], 0) if least == 1 else shape_op(tensor)
        return lambda axis: whole[-1 if least == 1 else axis]
    own = max(rank, 1)
    if own < least or (own > least and not is_open):
        kind = "at least " if is_open else ""
        raise ValueError(
            f"{_in_front(message)}Tensor {_named(tensor)} must have rank {kind}{least}.  "
            f"Received rank {rank}, shape {tensor.shape}"
        )
    known = tensor.shape.as_list() or [1]
    return lambda axis: length(tensor, axis) if known[axis] is None else known[axis]


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
