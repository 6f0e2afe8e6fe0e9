"""What makes `SparseTensor` work: its parts as tensors, its operators, and the ops that take it.

The one idea: an operator, or a function that leaves zeros zero, changes the values and keeps the
positions. Which functions take a sparse tensor is TensorFlow's choice, recorded in `_BY_VALUES`;
all others refuse it as no tensor.

Import the class from here: its slots are filled then.

Read next: ops/sparse_conversion.py.
"""

import math
from contextlib import nullcontext
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int64
from headrace._src.core.names import name_scope
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.sparse_tensor import SparseTensor as SparseTensor
from headrace._src.core.sparse_tensor import SparseTensorSpec as SparseTensorSpec
from headrace._src.core.sparse_tensor import SparseTensorValue as SparseTensorValue
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.node import known_value, partial_value
from headrace._src.engine.op import op
from headrace._src.engine.run import run
from headrace._src.ops.array import dims, reshape_op, size_op, sizes
from headrace._src.ops.cast import cast
from headrace._src.ops.constant import ones, ones_like, zeros, zeros_like
from headrace._src.ops.dispatch import serve
from headrace._src.ops.gather import gather_op
from headrace._src.ops.identity import identity
from headrace._src.ops.math import divide, float_for, minimum
from headrace._src.ops.reduce import reduce_prod, reduce_sum
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.sparse_positions import are_inside

# ---- the parts -----------------------------------------------------------------------------------


def parts(indices: Any, values: Any, dense_shape: Any) -> tuple[Tensor, Tensor, Tensor]:
    """The parts of a sparse tensor as tensors; in a graph, as tensors of that graph."""
    graph = thread.context.graph
    with nullcontext() if graph is None else name_scope("SparseTensor"):
        return (
            _part(indices, int64, "indices"),
            _part(values, None, "values"),
            _part(dense_shape, int64, "dense_shape"),
        )


def _part(value: Any, dtype: DType | None, name: str, node: str | None = None) -> Tensor:
    if isinstance(value, Tensor) and dtype is not None and value.dtype is not dtype:
        raise ValueError(
            f"{name}: Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{value.dtype.name}: {value!r}"
        )
    if isinstance(value, Readable):
        value = value._read()
    return in_graph(convert(value, dtype), node or name)


def known_shape(dense_shape: Tensor) -> TensorShape:
    """As much as is known of the shape of the dense tensor; a size of -1 is not known."""
    if type(dense_shape) is EagerTensor:
        sizes: Any = dense_shape.numpy().tolist()
    else:
        sizes = partial_value(dense_shape)
    if sizes is None:
        length = dense_shape.shape.with_rank(1)[0]
        return TensorShape(None if length is None else [None] * length)
    return TensorShape([None if n == -1 else n for n in sizes])


SparseTensor._parts = staticmethod(parts)
SparseTensor._known_shape = staticmethod(known_shape)


def as_sparse(x: Any) -> SparseTensor:
    """`x`, or the sparse tensor of a `SparseTensorValue`; TypeError for anything else."""
    if isinstance(x, SparseTensor):
        return x
    if isinstance(x, SparseTensorValue):
        return SparseTensor.from_value(x)
    raise TypeError("Input must be a SparseTensor.")


def shape_of(x: SparseTensor) -> Any:
    """The shape of the dense tensor for an op that must know it: a tuple of ints where it is."""
    sizes = known_value(x.dense_shape)
    return x.dense_shape if sizes is None else tuple(sizes.tolist())


# ---- with a dense operand ------------------------------------------------------------------------


def _one_each(indices: TensorShape, values: TensorShape, *_: Any) -> TensorShape:
    """The shape of an op that answers a value for each value."""
    if indices.rank not in (None, 2):
        raise ShapeError(
            f"Input sp_indices should be a matrix but received shape: {bracketed(indices)}",
            f"Shape must be rank 2 but is rank {indices.rank}",
        )
    if indices.rank is None or indices[0] is None:
        return vector(None if values.rank is None else values[0])
    return vector(indices[0])


def _beside(indices: Any, dense: Any) -> Any:
    """For each position the element of `dense`, which broadcasts to the sparse tensor."""
    if not dense.ndim:
        return dense
    skipped = indices.shape[1] - dense.ndim
    columns = [
        np.zeros((), np.int64) if n == 1 else xp(indices).clip(indices[:, skipped + i], 0, n - 1)
        for i, n in enumerate(dense.shape)
    ]
    return dense[tuple(columns)]


def _fits(sp_indices: Any, sp_values: Any, sp_shape: Any, dense: Any) -> Any:
    """Whether the dense operand broadcasts to the sparse one, and all positions are inside."""
    np_ = xp(sp_indices)
    skipped = sp_shape.shape[0] - dense.ndim
    if skipped < 0 or sp_indices.shape != (sp_values.shape[0], sp_shape.shape[0]):
        return np.zeros((), bool)
    inside = are_inside(sp_indices, sp_shape)
    sizes = np.array(dense.shape, np.int64)
    return inside & ((sizes == 1) | (sizes == np_.asarray(sp_shape[skipped:]))).all()


def _checked(name: str, sp_indices: Any, sp_values: Any, sp_shape: Any, dense: Any) -> None:
    """Raises what TensorFlow's kernels say of parts that do not fit."""
    if sp_indices.ndim != 2:
        raise ValueError(
            f"Input sp_indices should be a matrix but received shape: {_text(sp_indices.shape)}"
        )
    if sp_shape.shape[0] != sp_indices.shape[1]:
        raise ValueError(
            f"Number of dimensions must match second dimension of indices. Got "
            f"{sp_shape.shape[0]} dimensions, indices shape: {_text(sp_indices.shape)}"
        )
    if sp_values.shape[0] != sp_indices.shape[0]:
        raise ValueError(
            "The first dimension of values and indices should match. "
            f"({sp_values.shape[0]} vs. {sp_indices.shape[0]})"
        )
    if not len(sp_shape):
        raise ValueError("The shape argument requires at least one element.")
    if _fits(sp_indices, sp_values, sp_shape, dense):
        return
    skipped = len(sp_shape) - dense.ndim
    sizes = sp_shape.tolist()[skipped:]
    if skipped < 0 or any(n not in (1, m) for n, m in zip(dense.shape, sizes, strict=True)):
        raise ValueError(
            "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
            f"{_text(sp_shape)} vs. {_text(dense.shape)}"
        )
    raise ValueError("Provided indices are out-of-bounds w.r.t. dense side with broadcasted shape")


def _text(sizes: Any) -> str:
    return f"[{','.join(map(str, sizes))}]"


@op("SparseDenseCwiseMul", shape=_one_each, cost="host")
def sparse_dense_cwise_mul(
    sp_indices: Tensor,
    sp_values: Tensor,
    sp_shape: Tensor,
    dense: Tensor,
    name: str | None = None,
) -> Tensor:
    """The values of a sparse tensor times what stands beside each in a dense one."""
    return sp_values * _beside(sp_indices, dense)


@op("SparseDenseCwiseDiv", shape=_one_each, cost="host")
def sparse_dense_cwise_div(
    sp_indices: Tensor,
    sp_values: Tensor,
    sp_shape: Tensor,
    dense: Tensor,
    name: str | None = None,
) -> Tensor:
    """The values of a sparse tensor by what stands beside each in a dense one; integers cut off."""
    beside = _beside(sp_indices, dense)
    if sp_values.dtype.kind not in "iu":
        return sp_values / beside
    return (sp_values - xp(sp_values).fmod(sp_values, beside)) // beside


@op("SparseDenseCwiseAdd", shape=_one_each, cost="host")
def sparse_dense_cwise_add(
    sp_indices: Tensor,
    sp_values: Tensor,
    sp_shape: Tensor,
    dense: Tensor,
    name: str | None = None,
) -> Tensor:
    """The values of a sparse tensor plus what stands beside each in a dense one."""
    return sp_values + _beside(sp_indices, dense)


for _door in (sparse_dense_cwise_mul, sparse_dense_cwise_add):
    _door.check(_fits)


@sparse_dense_cwise_div.check
def _(sp_indices, sp_values, sp_shape, dense):
    fits = _fits(sp_indices, sp_values, sp_shape, dense)
    return fits & (_beside(sp_indices, dense) != 0).all()


@sparse_dense_cwise_mul.kernel("host")
def _(sp_indices, sp_values, sp_shape, dense):
    # Checks what XLA clamps; so do the next two.
    _checked("SparseDenseCwiseMul", sp_indices, sp_values, sp_shape, dense)
    return sp_values * _beside(sp_indices, dense)


@sparse_dense_cwise_add.kernel("host")
def _(sp_indices, sp_values, sp_shape, dense):
    _checked("SparseDenseCwiseAdd", sp_indices, sp_values, sp_shape, dense)
    return sp_values + _beside(sp_indices, dense)


@sparse_dense_cwise_div.kernel("host")
def _(sp_indices, sp_values, sp_shape, dense):
    _checked("SparseDenseCwiseDiv", sp_indices, sp_values, sp_shape, dense)
    if (_beside(sp_indices, dense) == 0).any():
        raise ValueError(
            "SparseDenseCwiseDiv cannot divide by zero,but input dense tensor contains zero "
        )
    return sparse_dense_cwise_div.op.body(sp_indices, sp_values, sp_shape, dense)


def _dense_places(indices: Tensor, dense: Tensor) -> Any:
    """For each position of the sparse tensor its place in `dense`, one number for all its axes."""
    if dense.shape.rank is None or indices.shape.rank is None or indices.shape[1] is None:
        raise NotImplementedError(
            "The gradient of a sparse tensor times or by a dense one needs both ranks to be known."
        )
    whole = sizes(dense)
    rank = indices.shape[1]
    place: Any = convert(0, int64)
    for axis, size in enumerate(whole):
        size = cast(size, int64)
        # An axis of size 1 is the same for all positions.
        place = place * size + minimum(indices[:, rank - len(whole) + axis], size - 1)
    return place


def _to_dense_side(back: Tensor, indices: Tensor, dense: Tensor) -> Tensor:
    """The gradients of what was looked up in `dense`, put back and added up."""
    if dense.shape.rank == 0:
        return reduce_sum(back)
    place = _dense_places(indices, dense)
    total = math.prod(n) if None not in (n := dense.shape.as_list()) else size_op(dense)
    return reshape_op(unsorted_segment_sum(back, place, total), dims(dense))


def _beside_op(indices: Tensor, dense: Tensor) -> Tensor:
    if dense.shape.rank == 0:
        return dense
    return gather_op(reshape_op(dense, (-1,)), _dense_places(indices, dense), 0)


@sparse_dense_cwise_mul.gradient
def _(dz, sp_indices, sp_values, dense):
    return (
        None,
        lambda: dz * _beside_op(sp_indices, dense),
        None,
        lambda: _to_dense_side(dz * sp_values, sp_indices, dense),
    )


@sparse_dense_cwise_div.gradient
def _(dz, sp_indices, sp_values, dense):
    beside = _beside_op(sp_indices, dense)
    return (
        None,
        lambda: dz / beside,
        None,
        lambda: _to_dense_side(-dz * sp_values / (beside * beside), sp_indices, dense),
    )


@sparse_dense_cwise_add.gradient
def _(dz, sp_indices, dense):
    return None, dz, None, lambda: _to_dense_side(dz, sp_indices, dense)


# ---- operators -----------------------------------------------------------------------------------


def _with_dense(x: SparseTensor, y: Any, label: str, op: Any) -> SparseTensor:
    is_tensor = isinstance(y, (Tensor, Readable)) and thread.context.graph is not None
    # In a graph the op complains of another dtype, in eager mode the conversion does.
    dense = _part(y, None if is_tensor else x.dtype, "y", f"{label}/y")
    values = x.values
    if label == "truediv" and dense.dtype is not x.dtype:
        raise TypeError(
            f"`x` and `y` must have the same dtype, got {x.dtype!r} != {dense.dtype!r}."
        )
    if label == "truediv":
        wide = float_for(x.dtype)
        values, dense = cast(values, wide), cast(dense, wide)
    found = op(x.indices, values, x.dense_shape, dense, label if thread.context.graph else None)
    return SparseTensor(x.indices, found, x.dense_shape)


def multiplied(x: SparseTensor, y: Any) -> SparseTensor:
    """`x * y`: `y` is dense and broadcasts to `x`."""
    return _with_dense(x, y, "mul", sparse_dense_cwise_mul)


def multiplied_from_left(y: SparseTensor, x: Any) -> Any:
    """`x * y` of a tensor and a sparse tensor; no other left operand is understood."""
    if not isinstance(x, (Tensor, Readable)):
        return NotImplemented
    x = _part(x, None, "x")
    return y.with_values(sparse_dense_cwise_mul(y.indices, y.values, y.dense_shape, x))


def divided(x: SparseTensor, y: Any) -> SparseTensor:
    """`x / y`: `y` is dense and broadcasts to `x`; integers become floats."""
    return _with_dense(x, y, "truediv", sparse_dense_cwise_div)


def cut_divided(x: SparseTensor, y: Any) -> SparseTensor:
    """The quotient in the dtype of `x`: integers are cut off."""
    return _with_dense(x, y, "div", sparse_dense_cwise_div)


SparseTensor.__mul__ = multiplied
SparseTensor.__rmul__ = multiplied_from_left
SparseTensor.__truediv__ = divided
SparseTensor.__div__ = cut_divided

# ---- ops that take a sparse tensor ---------------------------------------------------------------

# TensorFlow's choice among the functions that leave zero zero, and two that do not.
_BY_VALUES = frozenset(
    {
        "Abs", "Asin", "Asinh", "Atan", "Atanh", "BesselI0e", "BesselI1e", "ComplexAbs", "Erf",
        "Neg", "Sign", "Sin", "Sqrt", "Square", "StopGradient", "Tan", "Tanh", "Identity",
    }
)  # fmt: skip


def answered(op: Any, inputs: tuple, attributes: tuple, name: str | None) -> Any:
    """What an op makes of a sparse tensor, most often of its values; or NotImplemented."""
    (x,) = inputs if len(inputs) == 1 else (None,)
    if not isinstance(x, SparseTensor):
        return NotImplemented
    if op.name in _BY_VALUES:
        made = x.with_values(run(op, (x.values,), attributes, name))
        if op.name == "StopGradient":
            made.set_shape(x.shape)
        return made
    if op.name == "Shape":
        return cast(x.dense_shape, *attributes)
    if op.name == "Size":
        return reduce_prod(cast(x.dense_shape, *attributes))
    return size_op(x.dense_shape) if op.name == "Rank" else NotImplemented


def copied(x: SparseTensor, name: str | None = None) -> SparseTensor:
    """`tf.identity` of each part."""
    made = SparseTensor(*(identity(part, name) for part in (x.indices, x.values, x.dense_shape)))
    made.set_shape(x.shape)
    return made


SparseTensor.__tf_op__ = staticmethod(answered)
SparseTensor.__tf_identity__ = copied  # type: ignore[attr-defined]

# ---- functions that take a sparse tensor ---------------------------------------------------------


@serve(SparseTensor, divide)
def _divide(x: Any, y: Any, name: str | None = None) -> Any:
    """`divide` is the operator, but with a name it is RealDiv, for tensors alone."""
    return divided(x, y) if isinstance(x, SparseTensor) and name is None else NotImplemented


def _filled_like(x: Any, value: int, dtype: Any, name: str | None) -> Any:
    """A dense tensor in the shape of a sparse one.

    TensorFlow makes it where it need not look at the tensor: of a static shape while it traces, or
    of another dtype.
    """
    wanted = x.dtype if dtype is None else as_dtype(dtype)
    if thread.context.graph is not None and x.shape.is_fully_defined():
        shape: Any = tuple(x.shape.as_list())
    elif wanted is x.dtype:
        return NotImplemented
    else:
        shape = x.dense_shape
    return (ones if value else zeros)(shape, wanted, name or f"{'ones' if value else 'zeros'}_like")


@serve(SparseTensor, zeros_like)
def _zeros_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Any:
    return _filled_like(input, 0, dtype, name)


@serve(SparseTensor, ones_like)
def _ones_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Any:
    return _filled_like(input, 1, dtype, name)
