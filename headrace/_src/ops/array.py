"""The shape of tensors: asking for it, and giving the same elements another one.

What lives here leaves the elements alone: `shape`, `size`, `rank`, `reshape`, `expand_dims`,
`squeeze`, `transpose`, `broadcast_to`. On the host all of them but `broadcast_to`'s gradient are
views: NumPy changes a few numbers beside the data, so these ops cost the same for ten elements and
ten million, and XLA has nothing to win.

The one idea: a shape that is known is a Python tuple, and only one that is not becomes a tensor
(`dims`). So `tf.shape` of anything with a known shape is a constant, and gradients that restore a
shape need no op to find it.

Read next: ops/joining.py, ops/slicing.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import shape_rules
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32, int64
from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, ValueRefused, same
from headrace._src.core.shapes import TensorShape, broadcast_dims, scalar, unknown, vector
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import constant_of, convert
from headrace._src.engine.op import Static, no_gradient, op
from headrace._src.ops.identity import identity as identity


def dims(x: Tensor) -> Any:
    """The shape of `x` as a tuple where it is fully known, else as a tensor."""
    if type(x) is EagerTensor:
        return x._array.shape
    known = x.shape
    return tuple(known) if known.is_fully_defined() else shape_op(x)


def sizes(x: Tensor) -> tuple:
    """The sizes of `x`, whose rank is known: ints, and scalar tensors where they are not known."""
    known = x.shape.as_list()
    whole = shape_op(x) if None in known else None
    return tuple([whole[i] if n is None else n for i, n in enumerate(known)])


def length(x: Tensor, axis: Any) -> Any:
    """The size of `x` along one axis: an int where it is known, else a scalar tensor."""
    if type(x) is EagerTensor:
        return x._array.shape[axis]
    known = x.shape
    size = None if known.rank is None or isinstance(axis, Tensor) else known[axis]
    return shape_op(x)[axis] if size is None else size


def all_axes(x: Tensor) -> Any:
    """The axes of `x`, in order: a tuple where the rank is known, else a tensor."""
    known = x.shape.rank
    return positions(rank_op(x)) if known is None else tuple(range(known))


def positions(count: Any) -> Tensor:
    """The numbers 0, 1, ... before `count`, an int or a scalar tensor, as a vector."""
    return range_op(0, count, 1)


# Filled by ops/ranges.py: op Range.
range_op: Any = None


# ---- asking --------------------------------------------------------------------------------------


def shape(input: Any, out_type: Any = None, name: str | None = None) -> Tensor:
    """The shape of `input` as a vector.

    input: a tensor of any shape and dtype. out_type: `tf.int32` (the default) or `tf.int64`.

    >>> tf.shape([[1, 2, 3], [4, 5, 6]])
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([2, 3], dtype=int32)>

    Op: Shape.
    """
    if type(input) is EagerTensor:
        if out_type is None and thread.context.graph is None:
            return EagerTensor(np.array(input._array.shape, np.int32), int32)
    elif not isinstance(input, SparseTensor):
        input = convert(input)
    dtype = int32 if out_type is None else as_dtype(out_type)
    if (dtype is int32 or dtype is int64) and input.shape.is_fully_defined():
        return constant_of(np.array(tuple(input.shape), dtype.array_dtype), dtype, name or "Shape")
    return shape_op(input, dtype, name)


@op("Shape", shape=lambda x, out_type: vector(x.rank), cost="host")
def shape_op(input: Tensor, out_type: DType = int32, name: str | None = None) -> Tensor:
    """The shape as a vector of `out_type`."""
    return np.array(input.shape, out_type.array_dtype)


no_gradient(shape_op, why="The shape is made of integers and does not depend on the values.")


def shape_n(input: Any, out_type: Any = int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors, as a list of vectors.

    input: a list of tensors. out_type: `tf.int32` or `tf.int64`.

    >>> [s.numpy().tolist() for s in tf.shape_n([tf.ones([2, 3]), tf.ones([4])])]
    [[2, 3], [4]]

    Op: ShapeN.
    """
    return shape_n_op(input, out_type, name)


@op("ShapeN", shape=lambda xs, out_type: [vector(x.rank) for x in xs], cost="host")
def shape_n_op(
    input: list[Tensor], out_type: DType = int32, name: str | None = None
) -> list[Tensor]:
    """The shapes as vectors of `out_type`."""
    return [np.array(x.shape, out_type.array_dtype) for x in input]


no_gradient(shape_n_op, why="Shapes are integers and do not depend on the values.")


def size(input: Any, out_type: Any = None, name: str | None = None) -> Tensor:
    """The number of elements of `input`, a scalar.

    input: a tensor of any shape and dtype. out_type: `tf.int32` (the default) or `tf.int64`.

    >>> tf.size([[1, 2, 3], [4, 5, 6]])
    <tf.Tensor: shape=(), dtype=int32, numpy=6>

    Op: Size.
    """
    if type(input) is not EagerTensor and not isinstance(input, SparseTensor):
        input = convert(input)
    dtype = int32 if out_type is None else as_dtype(out_type)
    count = input.shape.num_elements() if dtype is int32 or dtype is int64 else None
    if count is not None:
        return constant_of(np.array(count, dtype.array_dtype), dtype, name or "Size")
    return size_op(input, dtype, name)


@op("Size", shape=lambda x, out_type: scalar, cost="host")
def size_op(input: Tensor, out_type: DType = int32, name: str | None = None) -> Tensor:
    """The number of elements as a scalar of `out_type`."""
    return np.array(input.size, out_type.array_dtype)


no_gradient(size_op, why="The number of elements does not depend on the values.")


def rank(input: Any, name: str | None = None) -> Tensor:
    """The number of dimensions of `input`, an int32 scalar.

    >>> tf.rank([[1, 2, 3], [4, 5, 6]])
    <tf.Tensor: shape=(), dtype=int32, numpy=2>

    Op: Rank.
    """
    if type(input) is not EagerTensor and not isinstance(input, SparseTensor):
        input = convert(input)
    known = input.shape.rank
    if known is None:
        return rank_op(input, name)
    return constant_of(np.array(known, np.int32), int32, name or "Rank")


@op("Rank", shape=lambda x: scalar, cost="host")
def rank_op(input: Tensor, name: str | None = None) -> Tensor:
    """The number of dimensions."""
    return np.array(input.ndim, np.int32)


no_gradient(rank_op, why="The number of dimensions does not depend on the values.")


# ---- another shape -------------------------------------------------------------------------------


def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements of `tensor`, in row-major order, in another shape.

    shape: sizes as a list, tuple or integer tensor, with the same product as before; one of them
    may be -1 and becomes what the others leave over. An empty shape makes a scalar of one element.

    >>> tf.reshape([[1, 2, 3], [4, 5, 6]], [3, -1])
    <tf.Tensor: shape=(3, 2), dtype=int32, numpy=
    array([[1, 2],
           [3, 4],
           [5, 6]], dtype=int32)>

    Raises tf.errors.InvalidArgumentError where the number of elements does not fit. In a function
    that is being traced a single size must be a list too: ValueError. Op: Reshape.
    """
    if type(shape) is list:
        shape = tuple(shape)
    if thread.context.graph is not None and _is_scalar(shape):
        raise ValueError(
            "tf.reshape takes the sizes as a list or vector in a function: Shape must be rank 1 "
            f"but is rank 0, in {shape!r}."
        )
    return reshape_op(tensor, shape, name)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, Tensor) and value.shape.rank == 0)


def _reshaped(x: TensorShape, target: Any) -> TensorShape:
    if np.ndim(target) > 1:
        given = shape_rules.bracketed(TensorShape(np.shape(target)))
        raise ShapeError(f"sizes input must be 1-D, not {given}")
    return shape_rules.reshaped(x, (target,) if type(target) is int else target)


@op("Reshape", shape=_reshaped, cost="host")
def reshape_op(tensor: Tensor, shape: Static, name: str | None = None) -> Tensor:
    """The same elements in `shape`."""
    # The shape rule settles what NumPy leaves open: a -1 beside a 0, and what is below -1.
    if type(shape) is int:
        shape = (shape,)
    if shape and (not tensor.size or min(shape) < -1):
        shape = tuple(_reshaped(TensorShape(tensor.shape), shape))
    return tensor.reshape(shape)


@reshape_op.gradient
def _(dz, tensor):
    return reshape_op(dz, dims(tensor))


def expand_dims(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """`input` with a new axis of size 1 at position `axis`.

    axis: an integer in [-rank - 1, rank]; negative ones count from the end, -1 is the new last
    axis.

    >>> tf.expand_dims([1, 2], 0).shape, tf.expand_dims([1, 2], -1).shape
    (TensorShape([1, 2]), TensorShape([2, 1]))

    Raises tf.errors.InvalidArgumentError where `axis` is out of range. Op: ExpandDims.
    """
    return expand_dims_op(input, axis, name)


def _expanded(x: TensorShape, dim: Any) -> TensorShape:
    axis = _only(dim)
    if x.rank is None or axis is None:
        return unknown if x.rank is None else TensorShape([None] * (x.rank + 1))
    if not -x.rank - 1 <= axis <= x.rank:
        raise ShapeError(
            f"Tried to expand dim index {axis} for tensor with {x.rank} dimensions.",
            f"dim {axis} not in the interval [{-x.rank - 1}, {x.rank}].",
        )
    sizes = list(x)
    sizes.insert(axis + x.rank + 1 if axis < 0 else axis, 1)
    return TensorShape(sizes)


def _only(axis: Any) -> Any:
    """The one axis that an op wants, given as a scalar or a vector of one."""
    if type(axis) is tuple:
        if len(axis) != 1:
            if None in axis:
                return None  # the kernel will say so
            raise ValueError("'dim' must be a tensor with a single value")
        return _only(axis[0])
    return axis


@op("ExpandDims", shape=_expanded, cost="host")
def expand_dims_op(input: Tensor, dim: Static, name: str | None = None) -> Tensor:
    """`input` with a new axis at `dim`."""
    return xp(input).expand_dims(input, _only(dim))


@expand_dims_op.kernel("host")
def _(input, dim):
    # Three times as fast as `np.expand_dims`.
    before = input.shape
    rank = len(before)
    if type(dim) is not int:
        dim = _only(dim)
    if dim < 0:
        dim += rank + 1
    if not 0 <= dim <= rank:
        _expanded(TensorShape(before), dim if dim >= 0 else dim - rank - 1)
    return input.reshape(before[:dim] + (1,) + before[dim:])


@expand_dims_op.gradient
def _(dz, input):
    return reshape_op(dz, dims(input))


def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """`input` without axes of size 1.

    axis: an integer or a list of them: the axes to remove, each of size 1; None removes all of
    size 1.

    >>> tf.squeeze(tf.ones([1, 2, 1, 3, 1])).shape, tf.squeeze(tf.ones([1, 2, 1]), 0).shape
    (TensorShape([2, 3]), TensorShape([2, 1]))

    Raises tf.errors.InvalidArgumentError for an axis that is out of range or of another size than
    1. Op: Squeeze.
    """
    if axis is None:
        axis = ()
    elif isinstance(axis, Tensor):
        raise TypeError(f"Expected list for 'axis' argument to 'squeeze' Op, not {axis!r}.")
    else:
        axis = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
        if any(type(a) is not int for a in axis):
            axis = tuple(map(_whole, axis))
    return squeeze_op(input, axis, name)


def _whole(axis: Any) -> int:
    try:
        return int(axis) if not isinstance(axis, str) else axis.__index__()
    except (AttributeError, TypeError):
        raise TypeError(f"Expected int for argument 'axis' not {axis!r}.") from None


def _squeezed(x: TensorShape, squeeze_dims: tuple[int, ...]) -> TensorShape:
    if x.rank is None:
        return unknown
    rank = x.rank
    if not squeeze_dims:
        sizes = x.as_list()
        return unknown if None in sizes else TensorShape([n for n in sizes if n != 1])
    gone = set()
    for axis in squeeze_dims:
        if not -rank <= axis < rank:
            raise ShapeError(
                f"Tried to squeeze dim index {axis} for tensor with {rank} dimensions.",
                f"Tried to squeeze dim index {axis} for tensor with {rank} dimensions",
            )
        axis %= rank
        if x[axis] not in (1, None):
            raise ShapeError(
                f"Can not squeeze dim[{axis}], expected a dimension of 1, got {x[axis]}"
            )
        gone.add(axis)
    return TensorShape([n for i, n in enumerate(x) if i not in gone])


@op("Squeeze", shape=_squeezed, cost="host")
def squeeze_op(
    input: Tensor, squeeze_dims: tuple[int, ...] = (), name: str | None = None
) -> Tensor:
    """`input` without `squeeze_dims`, or without all axes of size 1."""
    return input.squeeze(squeeze_dims or None)


@squeeze_op.kernel("host")
def _(input, squeeze_dims):
    if len(squeeze_dims) > 1:  # an axis may be named twice, which NumPy refuses
        return input.reshape(tuple(_squeezed(TensorShape(input.shape), squeeze_dims)))
    return input.squeeze(squeeze_dims or None)


@squeeze_op.gradient
def _(dz, input):
    return reshape_op(dz, dims(input))


def transpose(
    a: Any, perm: Any = None, conjugate: bool = False, name: str | None = "transpose"
) -> Tensor:
    """`a` with its axes in another order: axis `i` of the result is axis `perm[i]` of `a`.

    perm: a permutation of [0, ..., rank - 1]; None reverses the order. conjugate: whether to
    conjugate complex elements too.

    >>> tf.transpose([[1, 2, 3], [4, 5, 6]])
    <tf.Tensor: shape=(3, 2), dtype=int32, numpy=
    array([[1, 4],
           [2, 5],
           [3, 6]], dtype=int32)>

    Raises tf.errors.InvalidArgumentError where `perm` is no permutation. Ops: Transpose,
    ConjugateTranspose.
    """
    if type(a) is not EagerTensor:
        a = convert(a)
    if perm is None:
        perm = _backwards(a)
    elif type(perm) is list:
        perm = tuple(perm)
    if conjugate and a.dtype.is_complex:
        return conjugate_transpose(a, perm, name)
    return transpose_op(a, perm, name)


def _backwards(a: Tensor) -> Any:
    if a.shape.rank is None:
        return range_op(rank_op(a) - 1, -1, -1)
    return tuple(range(a.shape.rank - 1, -1, -1))


def _transposed(x: TensorShape, perm: Any) -> TensorShape:
    if type(perm) is int:
        raise ShapeError("perm must be rank 1, got shape []")
    return shape_rules.transposed(x, perm)


@op("Transpose", shape=_transposed, cost="host")
def transpose_op(x: Tensor, perm: Static, name: str | None = None) -> Tensor:
    """`x` with its axes in the order `perm`."""
    if type(perm) is int:
        _transposed(TensorShape(x.shape), perm)
    return x.transpose(perm)


@transpose_op.gradient
def _(dz, perm):
    return transpose_op(dz, _inverse(perm))


@op("ConjugateTranspose", shape=_transposed, cost="light")
def conjugate_transpose(x: Tensor, perm: Static, name: str | None = None) -> Tensor:
    """`x` conjugated, with its axes in the order `perm`."""
    return xp(x).conjugate(x).transpose(perm)


@conjugate_transpose.gradient
def _(dz, perm):
    return conjugate_transpose(dz, _inverse(perm))


def _inverse(perm: Any) -> Any:
    """The permutation that undoes `perm`."""
    if not isinstance(perm, tuple):
        return invert_permutation(perm)
    order = [0] * len(perm)
    for i, axis in enumerate(perm):
        order[axis] = i
    return tuple(order)


@op("InvertPermutation", shape=same, cost="host")
def invert_permutation(x: Tensor, name: str | None = None) -> Tensor:
    """The permutation that undoes the permutation `x`: `y[x[i]] == i`.

    x: [n], int32 or int64, each of 0 ... n - 1 once.

    >>> tf.math.invert_permutation([2, 0, 1]).numpy()
    array([1, 2, 0], dtype=int32)

    Op: InvertPermutation.
    """
    return xp(x).argsort(x).astype(x.dtype)


@invert_permutation.check
def _(x):
    return (xp(x).sort(x) == xp(x).arange(x.size, dtype=x.dtype)).all()


@invert_permutation.kernel("host")
def _(x):
    if x.ndim != 1:
        raise ValueError("invert_permutation expects a 1D vector.")
    out = np.full(x.shape, -1, x.dtype)
    for i, target in enumerate(x.tolist()):
        if not 0 <= target < x.size:
            raise ValueError(f"{target} is not between 0 and {x.size}")
        if out[target] != -1:
            raise ValueError(f"{target} is duplicated in the input.")
        out[target] = i
    return out


no_gradient(invert_permutation, why="A permutation is made of integers.")


def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """`input` repeated along new axes in front and axes of size 1, up to `shape`.

    >>> tf.broadcast_to([1, 2, 3], [2, 3])
    <tf.Tensor: shape=(2, 3), dtype=int32, numpy=
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)>

    Raises tf.errors.InvalidArgumentError where the shapes do not fit. Op: BroadcastTo.
    """
    if type(shape) is list:
        shape = tuple(shape)
    return broadcast_to_op(input, shape, name)


def _broadcast_target(x: TensorShape, target: Any) -> TensorShape:
    if target is None or isinstance(target, TensorShape):
        return shape_rules.broadcast_to(x, unknown if target is None else target)
    if type(target) is int:
        raise ShapeError("shape must be a vector of {int32,int64}, got shape []")
    for size in target:
        if size is not None and size < 0:
            raise ValueRefused(f"Dimension {size} must be >= 0")
    if x.rank is not None and x.rank > len(target):
        raise ShapeError(
            f"Rank of input ({x.rank}) must be no greater than rank of output shape "
            f"({len(target)})."
        )
    return shape_rules.broadcast_to(x, TensorShape(target))


@op("BroadcastTo", shape=_broadcast_target, cost="host")
def broadcast_to_op(input: Tensor, shape: Static, name: str | None = None) -> Tensor:
    """`input` broadcast to `shape`."""
    return xp(input).broadcast_to(input, shape)


@broadcast_to_op.kernel("host")
def _(input, shape):
    # A tenth of the cost of `np.broadcast_to`: copying into a new array, which later ops read
    # faster than a view that steps over nothing.
    if type(shape) is int or len(shape) < input.ndim:
        _broadcast_target(TensorShape(input.shape), shape)
    out = np.empty(shape, input.dtype)
    out[...] = input
    return out


@broadcast_to_op.gradient
def _(dz, input):
    known = dims(input)
    return gradient.unbroadcast(dz, known if isinstance(known, tuple) else input)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """The shape, as a vector, of an elementwise op between tensors of two shapes given as vectors.

    >>> tf.broadcast_dynamic_shape([4, 1], [3]).numpy()
    array([4, 3], dtype=int32)

    Raises tf.errors.InvalidArgumentError where they cannot be broadcast together. Op:
    BroadcastArgs.
    """
    return broadcast_args(shape_x, shape_y)


def _longer(s0: TensorShape, s1: TensorShape) -> TensorShape:
    for i, s in enumerate((s0, s1)):
        if s.rank not in (None, 1):
            raise ShapeError(f"In[{i}] must be a vector.{shape_rules.bracketed(s)}")
    if s0.rank is None or s1.rank is None or None in (s0[0], s1[0]):
        return vector(None)
    return vector(max(s0[0], s1[0]))


@op("BroadcastArgs", shape=_longer, cost="host")
def broadcast_args(s0: Tensor, s1: Tensor, name: str | None = None) -> Tensor:
    """The shape that `s0` and `s1` broadcast to."""
    _longer(TensorShape(s0.shape), TensorShape(s1.shape))
    found = broadcast_dims(tuple(s0.tolist()), tuple(s1.tolist()))
    if found is None:
        raise ValueError(f"Incompatible shapes: {_listed(s0.tolist())} vs. {_listed(s1.tolist())}")
    return np.array(found, s0.dtype)


no_gradient(broadcast_args, why="Shapes are made of integers.")


def _listed(sizes: list[int]) -> str:
    return f"[{','.join(map(str, sizes))}]"


@op("BroadcastGradientArgs", shape=lambda s0, s1: (vector(None), vector(None)), cost="host")
def broadcast_gradient_args(s0: Tensor, s1: Tensor, name: str | None = None) -> tuple:
    """For two shapes, the axes of what they broadcast to along which each was repeated.

    A gradient is summed over them to undo the broadcast. Axes of size 1 in both are among them:
    a sum over one changes nothing.
    """
    one, other = s0.tolist(), s1.tolist()
    if broadcast_dims(tuple(one), tuple(other)) is None:
        raise ValueError(f"Incompatible shapes: {_listed(one)} vs. {_listed(other)}")
    rank = max(len(one), len(other))
    one, other = ([1] * (rank - len(sizes)) + sizes for sizes in (one, other))
    if one == other:
        return np.empty(0, s0.dtype), np.empty(0, s0.dtype)
    r0 = [i for i, n in enumerate(one) if n == 1]
    r1 = [i for i, n in enumerate(other) if n == 1]
    return np.array(r0, s0.dtype), np.array(r1, s0.dtype)


no_gradient(broadcast_gradient_args, why="Shapes and axes are made of integers.")
