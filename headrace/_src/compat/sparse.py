"""Sparse tensors with the arguments of TensorFlow 1, and what only TensorFlow 1 has.

The one idea: as in reductions.py, most differ in the names of their arguments alone. Written out
are `sparse_merge`, `sparse_to_dense` and the conversion that leaves sparse tensors sparse.

Read next: arguments.py, ops/sparse_conversion.py.
"""

from typing import Any

from headrace._src.compat.arguments import either, translated
from headrace._src.core.dtypes import as_dtype, int64
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import (
    matmul,
    sparse_arithmetic,
    sparse_joining,
    sparse_reduce,
    sparse_segment,
    sparse_serialization,
)
from headrace._src.ops.array import expand_dims_op
from headrace._src.ops.cast import cast
from headrace._src.ops.joining import concat as concat_dense
from headrace._src.ops.sparse_conversion import sparse_to_dense as sparse_to_dense_op
from headrace._src.ops.sparse_structure import reorder
from headrace._src.ops.sparse_tensor import SparseTensor, SparseTensorValue, as_sparse

# ---- the same with other arguments ---------------------------------------------------------------

_X = "tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 2])"
_OLD_AXES = {"reduction_axes": "axis", "keep_dims": "keepdims"}
_AXES = "(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None)"

reduce_sum = translated(
    sparse_reduce.reduce_sum,
    f"reduce_sum{_AXES}",
    f"tf.compat.v1.sparse_reduce_sum({_X}, reduction_axes=1).numpy() -> array([5, 7], dtype=int32)",
    **_OLD_AXES,
)
reduce_max = translated(
    sparse_reduce.reduce_max,
    f"reduce_max{_AXES}",
    f"tf.compat.v1.sparse_reduce_max({_X}, 0).numpy() -> array([7, 5], dtype=int32)",
    **_OLD_AXES,
)


def reduce_sum_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """The sum of a sparse tensor over axes, sparse.

    `reduction_axes` and `keep_dims` are the old names of `axis` and `keepdims`.

    >>> x = tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 2])
    >>> tf.compat.v1.sparse_reduce_sum_sparse(x, 1).values.numpy()
    array([5, 7], dtype=int32)

    Op: SparseReduceSumSparse.
    """
    axis = either("axis", axis, "reduction_axes", reduction_axes)
    keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
    return sparse_reduce.reduce_sum(sp_input, axis, keepdims, True)


def reduce_max_sparse(
    sp_input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    reduction_axes: Any = None,
    keep_dims: bool | None = None,
) -> SparseTensor:
    """The largest values of a sparse tensor along axes, sparse.

    `reduction_axes` and `keep_dims` are the old names of `axis` and `keepdims`.

    >>> x = tf.SparseTensor([[0, 1], [1, 0]], [5, 7], [2, 2])
    >>> tf.compat.v1.sparse_reduce_max_sparse(x, 0).values.numpy()
    array([7, 5], dtype=int32)

    Op: SparseReduceMaxSparse.
    """
    axis = either("axis", axis, "reduction_axes", reduction_axes)
    keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
    return sparse_reduce.reduce_max(sp_input, axis, keepdims, True)


def add(a: Any, b: Any, threshold: Any = None, thresh: Any = None) -> Any:
    """The sum of two tensors of which one or both are sparse.

    `thresh` is the old name of `threshold`.

    >>> x = tf.SparseTensor([[0, 1]], [5], [2, 2])
    >>> tf.compat.v1.sparse_add(x, x, thresh=2).values.numpy()
    array([10], dtype=int32)

    Ops: SparseAdd, SparseTensorDenseAdd.
    """
    threshold = either("threshold", threshold, "thresh", thresh)
    return sparse_arithmetic.add(a, b, 0 if threshold is None else threshold)


def concat(
    axis: Any,
    sp_inputs: Any,
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
    expand_nonconcat_dims: bool | None = None,
) -> SparseTensor:
    """Sparse tensors side by side along `axis`.

    `concat_dim` is the old name of `axis`, `expand_nonconcat_dim` of `expand_nonconcat_dims`.

    >>> x = tf.SparseTensor([[0, 1]], [5], [1, 2])
    >>> tf.compat.v1.sparse_concat(0, [x, x]).dense_shape.numpy()
    array([2, 2])

    Op: SparseConcat.
    """
    axis = either("axis", axis, "concat_dim", concat_dim)
    if expand_nonconcat_dims is None:
        expand_nonconcat_dims = expand_nonconcat_dim
    return sparse_joining.concat(axis, sp_inputs, expand_nonconcat_dims, name)


class KeywordRequired:
    """What stands before parameters that must be given by name."""

    def __repr__(self) -> str:
        return "KeywordRequired()"


_REQUIRED = KeywordRequired()


def split(
    keyword_required: Any = _REQUIRED,
    sp_input: Any = None,
    num_split: Any = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """A sparse tensor in `num_split` parts along `axis`; all arguments must be named.

    `split_dim` is the old name of `axis`.

    >>> x = tf.SparseTensor([[0, 1], [1, 2]], [5, 7], [2, 4])
    >>> len(tf.compat.v1.sparse_split(sp_input=x, num_split=2, axis=1))
    2

    Raises ValueError where an argument is missing or not named. Op: SparseSplit.
    """
    if keyword_required is not _REQUIRED:
        raise ValueError("Keyword arguments are required for this function.")
    if sp_input is None:
        raise ValueError("sp_input is required")
    if num_split is None:
        raise ValueError("num_split is required")
    if axis is None:
        raise ValueError("axis is required")
    axis = either("axis", axis, "split_dim", split_dim)
    return sparse_joining.split(sp_input, num_split, axis, name)


def _segments(modern: Any, result: str) -> Any:
    call = f"tf.compat.v1.sparse_{modern.__name__}([1., 2., 3.], [0, 2], [0, 0]).numpy()"
    signature = "(data, indices, segment_ids, name=None, num_segments=None, sparse_gradient=False)"
    return translated(modern, f"{modern.__name__}{signature}", f"{call} -> {result}")


segment_sum = _segments(sparse_segment.segment_sum, "array([4.], dtype=float32)")
segment_mean = _segments(sparse_segment.segment_mean, "array([2.], dtype=float32)")
segment_sqrt_n = _segments(sparse_segment.segment_sqrt_n, "array([2.828427], dtype=float32)")

serialize_sparse = translated(
    sparse_serialization.serialize_sparse,
    "serialize_sparse(sp_input, name=None, out_type=string)",
    f"tf.compat.v1.serialize_sparse({_X}).shape -> TensorShape([3])",
)
serialize_many_sparse = translated(
    sparse_serialization.serialize_many_sparse,
    "serialize_many_sparse(sp_input, name=None, out_type=string)",
    f"tf.compat.v1.serialize_many_sparse({_X}).shape -> TensorShape([2, 3])",
)

# ---- only here -----------------------------------------------------------------------------------


def sparse_matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two dense matrices that may hold many zeros: float32.

    a, b: float32 or bfloat16 matrices. transpose_a, transpose_b: whether they are transposed first.
    a_is_sparse, b_is_sparse: whether they hold many zeros, which changes nothing in the result.

    >>> tf.compat.v1.sparse_matmul([[1., 0.]], [[2.], [3.]]).numpy()
    array([[2.]], dtype=float32)

    Op: SparseMatMul.
    """
    flags = (transpose_a, transpose_b, a_is_sparse, b_is_sparse)
    return matmul.sparse_mat_mul(convert(a), convert(b), *map(bool, flags), name)


def sparse_to_dense(
    sparse_indices: Any,
    output_shape: Any,
    sparse_values: Any,
    default_value: Any = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Tensor:
    """A dense tensor with `sparse_values` at `sparse_indices`, else `default_value`.

    sparse_indices: integers, [n, rank]; [n] for a vector, or a single number. sparse_values: [n],
    or one for all.

    >>> tf.compat.v1.sparse_to_dense([1], [3], 5).numpy()
    array([0, 5, 0], dtype=int32)

    Raises tf.errors.InvalidArgumentError for positions out of bounds, out of order or repeated. Op:
    SparseToDense.
    """
    indices, values = convert(sparse_indices), convert(sparse_values)
    return sparse_to_dense_op(
        indices,
        convert(output_shape, indices.dtype),
        values,
        convert(default_value, values.dtype),
        bool(validate_indices),
        name,
    )


def merge(
    sp_ids: Any,
    sp_values: Any,
    vocab_size: Any,
    name: str | None = None,
    already_sorted: bool = False,
) -> SparseTensor:
    """The values of a sparse tensor, each at the place in the last axis that its id names.

    sp_ids: a `SparseTensor` of integers, or a list of them for several last axes. sp_values: a
    `SparseTensor` with the same positions. vocab_size: how long the last axis is, or a list.
    already_sorted: whether the positions that come out stand in order.

    >>> ids = tf.SparseTensor([[0, 0], [1, 0]], [2, 0], [2, 1])
    >>> values = tf.SparseTensor([[0, 0], [1, 0]], [5., 7.], [2, 1])
    >>> tf.sparse.to_dense(tf.compat.v1.sparse_merge(ids, values, 3)).numpy()
    array([[0., 0., 5.],
           [7., 0., 0.]], dtype=float32)

    Raises TypeError where an argument is of the wrong kind, ValueError where the lists differ in
    length.
    """
    if isinstance(sp_ids, (SparseTensor, SparseTensorValue)):
        sp_ids, vocab_size = [sp_ids], [vocab_size]
    else:
        for argument, given in (("sp_ids", sp_ids), ("vocab_size", vocab_size)):
            if not isinstance(given, (list, tuple)):
                raise TypeError(
                    f"tf.compat.v1.sparse_merge: `{argument}` must be a SparseTensor or a list "
                    f"where `sp_ids` is one. Received: {type(given).__name__}"
                )
        if len(sp_ids) != len(vocab_size):
            raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    ids, values = [as_sparse(each) for each in sp_ids], as_sparse(sp_values)
    columns = [expand_dims_op(cast(each.values, int64), 1) for each in ids]
    sizes = [cast(convert([size] if type(size) is int else size), int64) for size in vocab_size]
    sizes = [expand_dims_op(size, 0) if size.shape.rank == 0 else size for size in sizes]
    merged = SparseTensor(
        concat_dense([ids[0].indices[:, :-1], *columns], 1),
        values.values,
        concat_dense([ids[0].dense_shape[:-1], *sizes], 0),
    )
    return merged if already_sorted else reorder(merged)


def convert_to_tensor_or_sparse_tensor(
    value: Any, dtype: Any = None, name: str | None = None
) -> Tensor | SparseTensor:
    """A tensor of `value`; a sparse tensor stays one.

    >>> tf.compat.v1.convert_to_tensor_or_sparse_tensor([1, 2]).numpy()
    array([1, 2], dtype=int32)

    Raises RuntimeError for a sparse tensor of another dtype.
    """
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        return convert(value, wanted)
    if wanted is not None and not wanted.is_compatible_with(value.dtype):
        raise RuntimeError(
            f"Sparse dtype mismatch. Requested: {wanted.name},  Actual: {value.dtype.name}"
        )
    return value
