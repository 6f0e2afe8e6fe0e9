"""The vocabulary of shape rules: the shape of an op's result from the shapes of its inputs.

Each rule is a pure function over `TensorShape`s of which any part may be unknown. The one idea: a
rule says as much as must be true whatever the unknown sizes turn out to be, and complains only
when no choice of them could work. It never looks at values; what an op reads from a value (axes,
a permutation, a target shape) comes in as Python integers, or `None` where tracing does not know.

A rule that fails raises `ShapeError`, which holds two texts: what the op's kernel says when it
meets such inputs (`str(error)`), and what tracing says before any kernel has run
(`error.traced`). The engine picks one and adds the op and the node.

Read next: window_rules (convolution and pooling), shapes (the arithmetic below the rules).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from headrace._src.core.shapes import (
    Dims,
    TensorShape,
    as_shape,
    broadcast_dims,
    scalar,
    unknown,
    unknown_shape,
)

__all__ = [
    "ShapeError",
    "ValueRefused",
    "bracketed",
    "broadcast",
    "broadcast_to",
    "concat",
    "matmul",
    "reduced",
    "reshaped",
    "same",
    "scalar",
    "stacked",
    "transposed",
]

_of = TensorShape.of


class ShapeError(ValueError):
    """Shapes that an op can not take.

    Args:
        kernel: what the kernel says, without the op's name; nothing where only tracing insists.
        traced: what tracing says, without the node; the kernel's text if tracing lets it pass.
    """

    def __init__(self, kernel: str, traced: str | None = None) -> None:
        super().__init__(kernel)
        self.traced = kernel if traced is None else traced


class ValueRefused(ShapeError):
    """A value that only the kernel refuses: tracing lets it pass, the shape unknown.

    TensorFlow's shape functions look at fewer things than its kernels.
    """


def bracketed(shape: TensorShape) -> str:
    """The shape as kernels print it.

    >>> bracketed(TensorShape([2, None]))
    '[2,?]'
    """
    return "<unknown>" if shape._dims is None else _brackets(shape._dims)


def _brackets(dims: Sequence[int | None]) -> str:
    return "[" + ",".join("?" if size is None else str(size) for size in dims) + "]"


def same(x: TensorShape, *others: Any) -> TensorShape:
    """The shape of `x`, whatever the other inputs are.

    >>> same(TensorShape([2, None]))
    TensorShape([2, None])
    """
    return x


# --- element by element ------------------------------------------------------------------------


def broadcast(*xs: TensorShape) -> TensorShape:
    """The shape that all of `xs` broadcast to.

    >>> broadcast(TensorShape([4, 1]), TensorShape([None, 3]))
    TensorShape([4, 3])
    >>> broadcast(TensorShape([3]), TensorShape([2]))
    Traceback (most recent call last):
        ...
    headrace._src.core.shape_rules.ShapeError: Incompatible shapes: [3] vs. [2]
    """
    if not xs:
        return scalar
    out = xs[0]
    for x in xs[1:]:
        if out._dims is None or x._dims is None:
            # A later shape of unknown rank hides the rank of the result, but not a clash.
            out = unknown
            continue
        dims = broadcast_dims(out._dims, x._dims)
        if dims is None:
            raise ShapeError(
                f"Incompatible shapes: {bracketed(out)} vs. {bracketed(x)}",
                _must_be_equal(*_first_clash(out._dims, x._dims)),
            )
        out = _of(dims)
    return out


def broadcast_to(x: TensorShape, target: TensorShape) -> TensorShape:
    """`target`, if `x` can be broadcast to it without growing it."""
    if x._dims is None or target._dims is None:
        return target
    rank = len(target._dims)
    if len(x._dims) > rank:
        raise ShapeError(
            f"Rank of input ({len(x._dims)}) must be no greater than rank of output shape "
            f"({rank}).",
            f"Shape must be at most rank {rank} but is rank {len(x._dims)}",
        )
    for a, b in zip(x._dims, target._dims[rank - len(x._dims) :], strict=True):
        if a not in (1, None) and b is not None and a != b:
            raise ShapeError(
                f"Incompatible shapes: {bracketed(x)} vs. {bracketed(target)}",
                _must_be_equal(a, b),
            )
    return target


def _first_clash(x: Dims, y: Dims) -> tuple[int | None, int | None]:
    """The leftmost aligned sizes that can not be broadcast against each other."""
    shared = min(len(x), len(y))
    pairs = zip(x[len(x) - shared :], y[len(y) - shared :], strict=True)
    return next((a, b) for a, b in pairs if broadcast_dims((a,), (b,)) is None)


def _must_be_equal(a: int | None, b: int | None) -> str:
    return f"Dimensions must be equal, but are {a} and {b}"


# --- axes --------------------------------------------------------------------------------------


def reduced(
    x: TensorShape, axes: int | Sequence[int] | None, keep_dims: bool = False
) -> TensorShape:
    """The shape of `x` without `axes`, or with size 1 there if `keep_dims`.

    `axes` of `None` means that it is not known which; give every axis to reduce them all.

    >>> reduced(TensorShape([2, 3, None]), [0, -1])
    TensorShape([3])
    """
    dims = x._dims
    if dims is None:
        return unknown
    if axes is None:
        return unknown_shape(len(dims)) if keep_dims else unknown
    rank = len(dims)
    gone = set()
    for axis in (axes,) if isinstance(axes, int) else axes:
        if not -rank <= axis < rank:
            raise ShapeError(
                f"Invalid reduction dimension ({axis} for input with {rank} dimension(s)",
                f"Invalid reduction dimension {axis} for input with {rank} dimensions.",
            )
        axis = axis % rank
        if axis in gone:
            raise ValueRefused(
                f"Invalid reduction arguments: Axes contains duplicate dimension: {axis}"
            )
        gone.add(axis)
    if keep_dims:
        return _of(tuple(1 if i in gone else size for i, size in enumerate(dims)))
    return _of(tuple(size for i, size in enumerate(dims) if i not in gone))


def transposed(x: TensorShape, perm: Sequence[int] | None) -> TensorShape:
    """The shape whose axis `i` is axis `perm[i]` of `x`; `perm` of `None` is not known.

    >>> transposed(TensorShape([2, 3, 4]), [2, 0, 1])
    TensorShape([4, 2, 3])
    """
    dims = x._dims
    if perm is None:
        return unknown_shape(x.rank)
    if dims is None:
        return unknown_shape(len(perm))
    rank = len(dims)
    if len(perm) != rank:
        raise ShapeError(
            f"transpose expects a vector of size {rank}. "
            f"But input(1) is a vector of size {len(perm)}",
            f"Dimension must be {rank} but is {len(perm)}",
        )
    taken = set()
    for axis in perm:
        if not -rank <= axis < rank:
            raise ShapeError(
                f"{axis + rank if axis < 0 else axis} is out of range [0 .. {rank})",
                f"perm dim {axis} is out of range of input rank {rank}",
            )
        taken.add(axis % rank)
    if len(taken) != rank:
        missing = min(set(range(rank)) - taken)
        raise ValueRefused(f"{missing} is missing from {{{','.join(map(str, perm))}}}.")
    return _of(tuple(dims[axis] for axis in perm))


# --- several into one --------------------------------------------------------------------------


def concat(xs: Sequence[TensorShape], axis: int | None) -> TensorShape:
    """The shape of `xs` joined along `axis`; `axis` of `None` is not known.

    >>> concat([TensorShape([2, None]), TensorShape([3, 4])], 0)
    TensorShape([5, 4])
    """
    first = next((i for i, x in enumerate(xs) if x._dims is not None), None)
    if first is None:
        return unknown
    rank = len(xs[first]._dims)  # type: ignore[arg-type]
    for i, x in enumerate(xs):
        if x._dims is not None and len(x._dims) != rank:
            raise ShapeError(
                "ConcatOp : Ranks of all input tensors should match: "
                f"shape[{first}] = {bracketed(xs[first])} vs. shape[{i}] = {bracketed(x)}",
                f"Shape must be rank {rank} but is rank {len(x._dims)}",
            )
    if rank == 0:
        text = "Can't concatenate scalars (use tf.stack instead)"
        raise ShapeError(f"ConcatOp : {text}", text)
    if axis is None:
        return unknown_shape(rank)
    if not -rank <= axis < rank:
        raise ShapeError(
            f"ConcatOp : Expected concatenating dimensions in the range [{-rank}, {rank}), "
            f"but got {axis}",
            f"Shape must be at least rank {-axis if axis < 0 else axis + 1} but is rank {rank}",
        )
    axis %= rank
    out: list[int | None] = [None] * rank
    total: int | None = 0
    for i, x in enumerate(xs):
        dims = x._dims
        if dims is None:
            total = None
            continue
        for j, size in enumerate(dims):
            if j == axis or size is None or size == out[j]:
                continue
            if out[j] is not None:
                side = slice(0, axis) if j < axis else slice(axis + 1, rank)
                known, here = _brackets(out[side]), _brackets(dims[side])
                raise ShapeError(
                    f"ConcatOp : Dimension {j} in both shapes must be equal: "
                    f"shape[{first}] = {bracketed(xs[first])} vs. shape[{i}] = {bracketed(x)}",
                    f"Dimension {j - (side.start or 0)} in both shapes must be equal, "
                    f"but are {out[j]} and {size}. Shapes are {known} and {here}.",
                )
            out[j] = size
        size = dims[axis]
        total = None if total is None or size is None else total + size
    out[axis] = total
    return _of(tuple(out))


def stacked(xs: Sequence[TensorShape], axis: int = 0) -> TensorShape:
    """The shape of `xs`, all alike, side by side along a new `axis`.

    >>> stacked([TensorShape([2, None]), TensorShape([2, 4])], axis=1)
    TensorShape([2, 2, 4])
    """
    merged = xs[-1]
    for i in range(len(xs) - 2, -1, -1):
        if not xs[i].is_compatible_with(merged):
            # Kernels compare with the first, tracing merges from the last.
            odd = next(
                (k for k, x in enumerate(xs) if not x.is_compatible_with(xs[0])), len(xs) - 1
            )
            raise ShapeError(
                "Shapes of all inputs must match: "
                f"values[0].shape = {bracketed(xs[0])} != values[{odd}].shape = "
                f"{bracketed(xs[odd])}",
                f"{_merge_clash(xs[i], merged)}\n\tFrom merging shape {i} with other shapes.",
            )
        merged = xs[i].merge_with(merged)
    dims = merged._dims
    if dims is None:
        return unknown
    rank = len(dims) + 1
    if not -rank <= axis < rank:
        raise ShapeError(
            f"axis = {axis} not in [{-rank}, {rank})",
            f"Invalid axis: {axis}; must be in [{-rank},{rank})",
        )
    axis %= rank
    return _of((*dims[:axis], len(xs), *dims[axis:]))


def _merge_clash(x: TensorShape, y: TensorShape) -> str:
    a, b = x.as_list(), y.as_list()
    if len(a) != len(b):
        return f"Shapes must be equal rank, but are {len(a)} and {len(b)}"
    i = next(i for i in range(len(a)) if None not in (a[i], b[i]) and a[i] != b[i])
    return (
        f"Dimension {i} in both shapes must be equal, but are {a[i]} and {b[i]}. "
        f"Shapes are {bracketed(x)} and {bracketed(y)}."
    )


# --- products ----------------------------------------------------------------------------------


def matmul(
    a: TensorShape,
    b: TensorShape,
    transpose_a: bool = False,
    transpose_b: bool = False,
    batched: bool = False,
) -> TensorShape:
    """The shape of the product of two matrices, or of stacks of them if `batched`.

    >>> matmul(TensorShape([None, 3]), TensorShape([5, 3]), transpose_b=True)
    TensorShape([None, 5])
    >>> matmul(TensorShape([7, 1, 2, 3]), TensorShape([4, 3, 5]), batched=True)
    TensorShape([7, 4, 2, 5])
    """
    _check_matrices(a, b, batched)
    rows, inner_a = _matrix(a, transpose_a)
    inner_b, columns = _matrix(b, transpose_b)
    inner_clash = inner_a is not None and inner_b is not None and inner_a != inner_b
    batch: Dims | None = ()
    if batched:
        known = a._dims is not None and b._dims is not None
        batch = broadcast_dims(a._dims[:-2], b._dims[:-2]) if known else None  # type: ignore[index]
        if known and batch is None:
            clash = (
                (inner_a, inner_b) if inner_clash else _first_clash(a._dims[:-2], b._dims[:-2])  # type: ignore[index]
            )
            raise ShapeError(
                "In[0] and In[1] must have compatible batch dimensions: "
                f"{bracketed(a)} vs. {bracketed(b)}",
                _must_be_equal(*clash),
            )
    if inner_clash:
        raise ShapeError(
            f"Matrix size-incompatible: In[0]: {bracketed(a)}, In[1]: {bracketed(b)}",
            _must_be_equal(inner_a, inner_b),
        )
    return unknown if batch is None else _of((*batch, rows, columns))


def _check_matrices(a: TensorShape, b: TensorShape, batched: bool) -> None:
    """Raises unless both have, or may have, the rank of a matrix (at least that if `batched`)."""
    for i, x in enumerate((a, b)):
        rank = x.rank
        if rank is None or rank == 2 or (batched and rank > 2):
            continue
        if batched:
            kernel = f"In[{i}] ndims must be >= 2: {rank}"
            raise ShapeError(kernel, f"Shape must be at least rank 2 but is rank {rank}")
        if a.rank == b.rank or None in (a.rank, b.rank):
            kernel = f"In[0] and In[1] ndims must be == 2: {rank}"
        else:
            kernel = f"In[0] and In[1] has different ndims: {bracketed(a)} vs. {bracketed(b)}"
        raise ShapeError(kernel, f"Shape must be rank 2 but is rank {rank}")


def _matrix(x: TensorShape, transpose: bool) -> tuple[int | None, int | None]:
    """Rows and columns of the last two axes."""
    if x._dims is None:
        return None, None
    rows, columns = x._dims[-2:]
    return (columns, rows) if transpose else (rows, columns)


# --- reshape -----------------------------------------------------------------------------------


def reshaped(x: TensorShape, target: Any) -> TensorShape:
    """The shape `target`, its -1 replaced by what the elements of `x` leave over.

    Args:
        x: the shape before.
        target: sizes, of which one may be -1; `None` for a size that tracing does not know;
            `None` or an unknown `TensorShape` when nothing is known of it.

    >>> reshaped(TensorShape([4, 6]), [-1, 8])
    TensorShape([3, 8])
    >>> reshaped(TensorShape([None, 6]), [-1, 8])
    TensorShape([None, 8])
    """
    if target is None:
        return unknown
    if isinstance(target, TensorShape):
        if target._dims is None:
            return unknown
        target = target._dims
    wild = [i for i, size in enumerate(target) if size == -1]
    for i, size in enumerate(target):
        if size is not None and size < -1:
            raise ShapeError(
                f"Size {i} must be non-negative, not {size}",
                f"Invalid value in tensor used for shape: {size}",
            )
    if len(wild) > 1:
        raise ShapeError(f"Only one input size may be -1, not both {wild[0]} and {wild[1]}")
    out = [None if size == -1 else size for size in target]
    total = x.num_elements()
    if total is None or out.count(None) > 1:
        return _of(tuple(out))
    rest = math.prod(size for size in out if size is not None)
    whole = None not in out
    if whole or rest == 0:
        if rest != total:
            raise ShapeError(
                f"Input to reshape is a tensor with {total} values, "
                f"but the requested shape has {rest}",
                f"Cannot reshape a tensor with {total} elements to shape {_brackets(out)} "
                f"({rest} elements)",
            )
        if whole or not wild:
            return _of(tuple(out))
        # Nothing over nothing: the kernel settles it by the sizes that are not zero.
        out[wild[0]] = _nonzero(x.as_list()) // _nonzero(out)
        return _of(tuple(out))
    if total % rest:
        raise ShapeError(
            f"Input to reshape is a tensor with {total} values, "
            f"but the requested shape requires a multiple of {rest}",
            f"Dimension size must be evenly divisible by {rest} but is {total}",
        )
    out[out.index(None)] = total // rest
    return as_shape(out)


def _nonzero(sizes: Sequence[int | None]) -> int:
    return math.prod(size for size in sizes if size)
