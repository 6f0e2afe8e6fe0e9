"""Elementwise functions and operators of ragged tensors.

The one idea: what is done to each element is done to the flat values, at once, and the partition
stays as it is. Of two ragged tensors that are cut alike, or one beside a scalar, that is one op;
all others are brought to one shape first (ragged/broadcasting.py).

The functions are those of the tables in ops/dispatch.py. Python comes to the operators by the slots
of the class, without asking anything else; Tensor's operators give way to them.

Read next: ragged/broadcasting.py.
"""

import inspect
from collections.abc import Callable
from typing import Any

from headrace._src.core import dtypes
from headrace._src.core.context import thread
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.ops import activations, compare, identity, math, powers, ranges
from headrace._src.ops.array import shape_op, squeeze
from headrace._src.ops.compare import equal, logical_or
from headrace._src.ops.debugging import assert_equal
from headrace._src.ops.dispatch import ASSERTIONS, BINARY, UNARY, functions, serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.math import minimum
from headrace._src.ragged.broadcasting import broadcast_dynamic_shape, broadcast_to
from headrace._src.ragged.dynamic_shape import DynamicRaggedShape
from headrace._src.ragged.ragged_tensor import RaggedTensor


def with_flat_values(x: RaggedTensor, flat: Tensor) -> RaggedTensor:
    """The same rows of other flat values, which are known to be as many."""
    values = x._values
    if isinstance(values, RaggedTensor):
        return RaggedTensor(with_flat_values(values, flat), x._row_partition, internal=True)
    return RaggedTensor(flat, x._row_partition, internal=True)


def combined(function: Callable, x: Any, y: Any) -> RaggedTensor:
    """`function` of two values, of which one at least is ragged; the other may be anything."""
    rows, first, second = matched(x, y)
    return with_flat_values(rows, function(first, second))


def matched(x: Any, y: Any) -> tuple[RaggedTensor, Tensor, Tensor]:
    """A ragged tensor with the rows that two values have together, and the flat values of both.

    One value at least is ragged; the other may be anything. Raises ValueError where their ranks are
    not known, or the row splits have two dtypes; tf.errors.InvalidArgumentError where the shapes do
    not fit.
    """
    if not isinstance(y, RaggedTensor):
        y = _tensor(y, x.dtype)
        flat = _beside_flat(y, x)
        if flat is not None:
            return x, x.flat_values, flat
    elif not isinstance(x, RaggedTensor):
        x = _tensor(x, y.dtype)
        flat = _beside_flat(x, y)
        if flat is not None:
            return y, flat, y.flat_values
    elif have_same_rows(x, y):
        return x, x.flat_values, y.flat_values
    dtype = splits_dtype(x, y)
    if thread.context.graph is not None and _may_have_same_rows(x, y):
        if x.shape[0] is None or y.shape[0] is None:
            assert_equal(x.nrows(), y.nrows())
        for mine, theirs in zip(x.nested_row_splits, y.nested_row_splits, strict=True):
            if not _is_same(mine, theirs):
                assert_equal(mine, theirs)
        return x, x.flat_values, y.flat_values
    shapes = [DynamicRaggedShape.from_tensor(value, dtype) for value in (x, y)]
    shape = broadcast_dynamic_shape(*shapes)
    x, y = broadcast_to(x, shape), broadcast_to(y, shape)
    return x, x.flat_values, y.flat_values


def have_same_rows(x: Any, y: Any) -> bool:
    """Whether two ragged tensors are known to be cut alike, in all ragged dimensions."""
    while True:
        first, second = x._row_partition, y._row_partition
        if first is not second and not _is_same(first.row_splits(), second.row_splits()):
            return False
        x, y = x._values, y._values
        if not isinstance(x, RaggedTensor) or not isinstance(y, RaggedTensor):
            is_dense = isinstance(x, Tensor) and isinstance(y, Tensor)
            return is_dense and x.shape.rank == y.shape.rank


def _is_same(x: Tensor, y: Tensor) -> bool:
    if x is y:
        return True
    first, second = known_value(x), known_value(y)
    if first is None or second is None or x.dtype is not y.dtype:
        return False
    return first.shape == second.shape and bool((first == second).all())


def _may_have_same_rows(x: Any, y: Any) -> bool:
    """Whether nothing that is known while a graph is built says that one must be repeated.

    Then it is taken for granted, and checked when the graph runs: to have both ways in the graph
    would cost as much as all the rest. So a ragged tensor of one row goes with one of many only
    where the numbers of rows are known.
    """
    both = isinstance(x, RaggedTensor) and isinstance(y, RaggedTensor)
    if not both or x.ragged_rank != y.ragged_rank:
        return False
    pairs = [*zip(x._nested_row_partitions, y._nested_row_partitions, strict=True)]
    sizes = [(pairs[0][0].static_nrows, pairs[0][1].static_nrows)]
    sizes += [tuple(part.static_uniform_row_length for part in pair) for pair in pairs]
    ranks = x.flat_values.shape.rank, y.flat_values.shape.rank
    return ranks[0] == ranks[1] and all(
        a == b or (None in (a, b) and 1 not in (a, b)) for a, b in sizes
    )


def splits_dtype(*values: Any) -> dtypes.DType:
    """The dtype of the row splits of those values that are ragged; ValueError for two."""
    found = {value._row_partition.dtype for value in values if isinstance(value, RaggedTensor)}
    if len(found) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use "
            "RaggedTensor.with_row_splits_dtype() to convert them to compatible dtypes."
        )
    return found.pop()


def _tensor(value: Any, dtype: dtypes.DType) -> Tensor:
    """A tensor of `dtype`, if a Python value can be one, else of its own."""
    return value if isinstance(value, Tensor) else convert(value, None, dtype)


def _beside_flat(dense: Tensor, ragged: RaggedTensor) -> Tensor | None:
    """What of a tensor goes with each flat value, if that is easily said; else None.

    It is where the tensor has no more dimensions than there are in each flat value, or something
    for each row: then sizes of 1 in the ragged dimensions.
    """
    rank, inner, depth = dense.shape.rank, ragged.flat_values.shape.rank, ragged.ragged_rank
    if rank == 0:
        return dense
    if rank is None or inner is None:
        return None
    if rank < inner:
        return dense
    if rank != inner + depth or any(dense.shape[i] != 1 for i in range(1, depth + 1)):
        return None
    rows, wanted = dense.shape[0], ragged._row_partition.static_nrows
    if rows != 1 and wanted is not None and rows not in (None, wanted):
        return None
    dense = squeeze(dense, list(range(1, depth + 1)))
    if rows == 1:
        return dense
    *outer, last = [part.value_rowids() for part in ragged._nested_row_partitions]
    for ids in reversed(outer):
        last = gather_op(ids, last, 0)
    if rows is None or wanted is None:
        last = _within(shape_op(dense, last.dtype)[0], ragged.nrows(), last)
    return gather_op(dense, last, 0)


def _within(rows: Tensor, wanted: Tensor, ids: Tensor) -> Tensor:
    """The numbers of rows, where there turn out to be as many as wanted, or one for all."""
    one = convert(1, rows.dtype)
    assert_equal(logical_or(equal(rows, wanted), equal(rows, one)), True)
    return minimum(ids, rows - one)


# ---- functions -----------------------------------------------------------------------------------


def serve_unary(function: Any) -> None:
    """Lets a function of one tensor, and of whatever else, take a ragged one."""
    name = next(iter(inspect.signature(function).parameters))

    @serve(RaggedTensor, function)
    def handler(*args: Any, **kwargs: Any) -> Any:
        x, rest = (args[0], args[1:]) if args else (kwargs.pop(name), ())
        if not isinstance(x, RaggedTensor):
            return NotImplemented
        return with_flat_values(x, function(x.flat_values, *rest, **kwargs))


def serve_binary(function: Any, is_assertion: bool = False) -> None:
    """Lets a function of two tensors, and of whatever else, take ragged ones.

    An assertion answers nothing.
    """
    signature = inspect.signature(function)
    first, second = list(signature.parameters)[:2]

    @serve(RaggedTensor, function)
    def handler(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        x, y = given.pop(first), given.pop(second)
        if not isinstance(x, RaggedTensor) and not isinstance(y, RaggedTensor):
            return NotImplemented
        rows, x, y = matched(x, y)
        found = function(**{first: x, second: y}, **given)
        return found if is_assertion else with_flat_values(rows, found)


for _function in functions(UNARY):
    if _function is not activations.log_softmax:  # which looks at more than one element
        serve_unary(_function)
serve_unary(identity.bitcast)
serve_unary(identity.stop_gradient)
for _function in functions(BINARY):
    serve_binary(_function)
for _function in functions(ASSERTIONS):
    serve_binary(_function, is_assertion=True)


@serve(RaggedTensor, ranges.one_hot)
def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """A vector for each index; ValueError for an axis that is not behind the ragged ones."""
    if not isinstance(indices, RaggedTensor):
        return NotImplemented
    rank = indices.ragged_rank
    if axis is not None and axis >= 0:
        if axis <= rank:
            raise ValueError(f"axis ({axis}) must be greater than indices.ragged_rank ({rank}).")
        axis -= rank
    flat = ranges.one_hot(indices.flat_values, depth, on_value, off_value, axis, dtype, name)
    return with_flat_values(indices, flat)


@serve(RaggedTensor, compare.equal_op)
def equal_op(x: Any, y: Any, incompatible_shape_error: bool = True, name: Any = None) -> Any:
    """What a tensor on the left of `==` asks of a ragged one on the right."""
    if incompatible_shape_error:
        return combined(compare.equal, x, y)
    return y == x if isinstance(y, RaggedTensor) else x == y


@serve(RaggedTensor, compare.not_equal_op)
def not_equal_op(x: Any, y: Any, incompatible_shape_error: bool = True, name: Any = None) -> Any:
    """What a tensor on the left of `!=` asks of a ragged one on the right."""
    if incompatible_shape_error:
        return combined(compare.not_equal, x, y)
    return y != x if isinstance(y, RaggedTensor) else x != y


# ---- operators -----------------------------------------------------------------------------------


def _pair(name: str, function: Callable) -> dict[str, Callable]:
    """The operator for when the ragged tensor is on the left, and for when it is on the right."""

    def forward(x: RaggedTensor, y: Any, name: str | None = None) -> RaggedTensor:
        return combined(function, x, y)

    def backward(y: RaggedTensor, x: Any, name: str | None = None) -> RaggedTensor:
        return combined(function, x, y)

    return {f"__{name}__": forward, f"__r{name}__": backward}


def _comparison(function: Callable) -> Callable:
    def operator(x: RaggedTensor, y: Any, name: str | None = None) -> RaggedTensor:
        return combined(function, x, y)

    return operator


def _single(function: Callable) -> Callable:
    def operator(x: RaggedTensor, name: str | None = None) -> RaggedTensor:
        return with_flat_values(x, function(x.flat_values))

    return operator


def _equality(function: Callable, otherwise: bool) -> Callable:
    """An equality: nothing equals None or what does not become a tensor; in eager mode neither
    does what has other rows or another dtype.
    """

    def operator(self: RaggedTensor, other: Any) -> Any:
        if other is None:
            return otherwise
        try:
            return combined(function, self, other)
        except InvalidArgumentError:
            if thread.context.graph is not None:
                raise
        except ValueError:
            pass  # it is no tensor
        return otherwise

    return operator


_OPERATORS: dict[str, Callable] = {
    **_pair("add", math.add),
    **_pair("sub", math.subtract),
    **_pair("mul", math.multiply),
    **_pair("truediv", math.truediv),
    **_pair("div", math.truediv),
    **_pair("floordiv", math.floordiv),
    **_pair("mod", math.floormod),
    **_pair("pow", powers.pow),
    **_pair("and", compare.logical_and),
    **_pair("or", compare.logical_or),
    **_pair("xor", compare.logical_xor),
    "__lt__": _comparison(compare.less),
    "__le__": _comparison(compare.less_equal),
    "__gt__": _comparison(compare.greater),
    "__ge__": _comparison(compare.greater_equal),
    "__eq__": _equality(compare.equal, False),
    "__ne__": _equality(compare.not_equal, True),
    "__invert__": _single(compare.logical_not),
    "__neg__": _single(math.negative),
    "__abs__": _single(math.abs),
}

for _name, _operator in _OPERATORS.items():
    setattr(RaggedTensor, _name, _operator)
