"""Sparse tensors as strings and back: `tf.io.serialize_sparse` and the like.

The one idea: a sparse tensor is three strings, the TensorProtos of its positions, values and shape.
A batch is a matrix with a row of three for each element; read again, the elements stand side by
side along new axes, as large as the largest of them.

Read next: serialization.py. Source: ops SerializeSparse, SerializeManySparse, DeserializeSparse,
DeserializeManySparse.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype, of_array, string
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.serialization import content_proto
from headrace._src.ops.sparse_positions import check_positions
from headrace._src.ops.sparse_tensor import SparseTensor, as_sparse

_Shapes = tuple[TensorShape, TensorShape, TensorShape]

# ---- to strings ----------------------------------------------------------------------------------


def serialize_sparse(sp_input: Any, out_type: Any = string, name: str | None = None) -> Tensor:
    """A sparse tensor as three strings: its positions, its values, its shape.

    sp_input: a `SparseTensor`. out_type: `tf.string`.

    >>> parts = tf.io.serialize_sparse(tf.SparseTensor([[3]], [7], [5]))
    >>> tf.io.parse_tensor(parts[1], tf.int32).numpy()
    array([7], dtype=int32)

    Raises TypeError for what is not sparse, NotImplementedError for variants. Op: SerializeSparse.
    """
    x = as_sparse(sp_input)
    return serialize_sparse_op(
        x.indices, x.values, x.dense_shape, _written(out_type, "serialize_sparse"), name
    )


def _written(out_type: Any, function: str) -> DType:
    dtype = as_dtype(out_type)
    if dtype.name == "variant":
        raise NotImplementedError(
            f"tf.io.{function}: out_type=tf.variant is not there yet; tf.string is."
        )
    return dtype


def _check(indices: TensorShape, values: TensorShape, shape: TensorShape) -> None:
    for x, name, kind, rank in (
        (indices, "indices", "matrix", 2),
        (values, "values", "vector", 1),
        (shape, "shape", "vector", 1),
    ):
        if x.rank not in (None, rank):
            raise ShapeError(
                f"Input {name} should be a {kind} but received shape {bracketed(x)}",
                f"Shape must be rank {rank} but is rank {x.rank}",
            )


def _three(indices: TensorShape, values: TensorShape, shape: TensorShape, *_: Any) -> TensorShape:
    _check(indices, values, shape)
    return vector(3)


def _three_each(
    indices: TensorShape, values: TensorShape, shape: TensorShape, *_: Any
) -> TensorShape:
    _check(indices, values, shape)
    return TensorShape([None, 3])


def _check_type(out_type: DType) -> None:
    if out_type is not string:
        raise ValueError(
            f"Value for attr 'out_type' of {out_type.kernel_name} is not in the list of allowed "
            "values: string, variant"
        )


@op("SerializeSparse", shape=_three, cost="host")
def serialize_sparse_op(
    sparse_indices: Tensor,
    sparse_values: Tensor,
    sparse_shape: Tensor,
    out_type: DType = string,
    name: str | None = None,
) -> Tensor:
    """The parts as strings."""
    _check_type(out_type)
    arrays = sparse_indices, sparse_values, sparse_shape
    _check(*(TensorShape(x.shape) for x in arrays))
    return np.array([content_proto(x) for x in arrays], object)


no_gradient(serialize_sparse_op, why="A string is not differentiable.", is_error=True)


def serialize_many_sparse(sp_input: Any, out_type: Any = string, name: str | None = None) -> Tensor:
    """Each element of a batch of sparse tensors as three strings: string [batch, 3].

    sp_input: a `SparseTensor` of rank 2 or more, in order. out_type: `tf.string`.

    >>> batch = tf.SparseTensor([[0, 1], [2, 3]], [5, 6], [3, 4])
    >>> rows = tf.io.serialize_many_sparse(batch)
    >>> tf.io.deserialize_many_sparse(rows[1:], tf.int32).indices.numpy()
    array([[1, 3]])

    Raises TypeError for what is not sparse, NotImplementedError for variants,
    tf.errors.InvalidArgumentError for a lower rank or positions that are not in order. Op:
    SerializeManySparse.
    """
    x = as_sparse(sp_input)
    return serialize_many_sparse_op(
        x.indices, x.values, x.dense_shape, _written(out_type, "serialize_many_sparse"), name
    )


@op("SerializeManySparse", shape=_three_each, cost="host")
def serialize_many_sparse_op(
    sparse_indices: Tensor,
    sparse_values: Tensor,
    sparse_shape: Tensor,
    out_type: DType = string,
    name: str | None = None,
) -> Tensor:
    """The parts of each element as strings."""
    _check_type(out_type)
    _check(*(TensorShape(x.shape) for x in (sparse_indices, sparse_values, sparse_shape)))
    rank = len(sparse_shape)
    if rank <= 1:
        raise ValueError(f"Rank of input SparseTensor should be > 1, but saw rank: {rank}")
    if len(sparse_indices) != len(sparse_values):
        raise ValueError(
            "indices and values rows (indexing dimension) must match. (indices = "
            f"{len(sparse_indices)}, values = {len(sparse_values)})"
        )
    if sparse_indices.shape[1] != rank:
        raise ValueError("Order length must be SparseTensor rank.")
    check_positions(sparse_indices, sparse_shape)
    out = np.empty((sparse_shape[0], 3), object)
    out[:, 2] = content_proto(sparse_shape[1:])
    ends = np.searchsorted(sparse_indices[:, 0], np.arange(sparse_shape[0] + 1))
    for row, (begin, end) in enumerate(zip(ends, ends[1:], strict=False)):
        out[row, 0] = content_proto(sparse_indices[begin:end, 1:])
        out[row, 1] = content_proto(sparse_values[begin:end])
    return out


no_gradient(serialize_many_sparse_op, why="A string is not differentiable.", is_error=True)


# ---- from strings --------------------------------------------------------------------------------


def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """The batch of sparse tensors that strings hold, of a rank one higher than theirs.

    serialized_sparse: string [batch, 3], what `tf.io.serialize_sparse` wrote for each element.
    dtype: that of the values. rank: that of an element, if it is known.

    >>> one = tf.io.serialize_sparse(tf.SparseTensor([[1]], ["a"], [3]))
    >>> two = tf.io.serialize_sparse(tf.SparseTensor([[4]], ["b"], [5]))
    >>> tf.sparse.to_dense(tf.io.deserialize_many_sparse([one, two], tf.string)).numpy()
    array([[b'', b'a', b'', b'', b''],
           [b'', b'', b'', b'', b'b']], dtype=object)

    Raises tf.errors.InvalidArgumentError for other strings, dtypes or differing ranks, ValueError
    where `rank` is another. Op: DeserializeManySparse.
    """
    try:
        if dtype is None:
            raise TypeError
        wanted = as_dtype(dtype)
    except TypeError:
        raise TypeError(f"Expected DataType for argument 'dtype' not {dtype!r}.") from None
    is_tensor = isinstance(serialized_sparse, Tensor)  # of another dtype, the op refuses it
    strings = convert(serialized_sparse, None if is_tensor else string)
    found = deserialize_many_sparse_op(strings, wanted, name)
    indices, values, shape = found
    if rank is not None:
        # As in TensorFlow, it is the rank with the batch's axis that must be the one given.
        indices.set_shape([None, rank])
        shape.set_shape([rank])
    return SparseTensor(indices, values, shape)


def _parts(serialized_sparse: TensorShape, *_: Any) -> list[TensorShape]:
    if serialized_sparse.rank and serialized_sparse[-1] not in (None, 3):
        raise ShapeError(
            f"Serialized sparse should have 3 as the last dimension {bracketed(serialized_sparse)}",
            f"Dimension must be 3 but is {serialized_sparse[-1]}",
        )
    return [TensorShape([None, None]), vector(None), vector(None)]


def _matrix_parts(serialized_sparse: TensorShape, *_: Any) -> list[TensorShape]:
    if serialized_sparse.rank not in (None, 2):
        # Only tracing insists: the kernel is that of DeserializeSparse.
        raise ShapeError("", f"Shape must be rank 2 but is rank {serialized_sparse.rank}")
    return _parts(serialized_sparse)


@op("DeserializeSparse", shape=_parts, cost="host")
def deserialize_sparse(serialized_sparse: Tensor, dtype: DType, name: str | None = None) -> Any:
    """The parts of a sparse tensor, of a batch of them, of a batch of batches."""
    return _read(serialized_sparse, dtype)


@op("DeserializeManySparse", shape=_matrix_parts, cost="host")
def deserialize_many_sparse_op(
    serialized_sparse: Tensor, dtype: DType, name: str | None = None
) -> Any:
    """The parts of a batch of sparse tensors."""
    return _read(serialized_sparse, dtype)


no_gradient(deserialize_sparse, why="A string is not differentiable.", is_error=True)
no_gradient(deserialize_many_sparse_op, why="A string is not differentiable.", is_error=True)


def _read(strings: np.ndarray, dtype: DType) -> tuple:
    """Positions, values and shape of what stands side by side."""
    shape = TensorShape(strings.shape)
    if not strings.ndim:
        raise ValueError("Serialized sparse should have non-zero rank []")
    _parts(shape)
    if not strings.size:
        raise ValueError(
            "Serialized sparse should have at least 1 serialized tensor, but has a zero dimension "
            f"{bracketed(shape)}"
        )
    lead = strings.shape[:-1]
    indices, values, shapes = [], [], []
    for place, row in enumerate(strings.reshape(-1, 3)):
        rows, own, sizes = (_tensor(text) for text in row)
        _check_element(place, rows, own, sizes, dtype)
        if shapes and len(sizes) != len(shapes[-1]):
            raise ValueError(
                "Inconsistent shape across SparseTensors: rank prior to SparseTensor"
                f"[{place}] was: {len(shapes[-1])} but rank of SparseTensor[{place}] is: "
                f"{len(sizes)}"
            )
        at = np.array(np.unravel_index(place, lead), np.int64)
        indices.append(np.hstack([np.tile(at, (len(rows), 1)), rows]))
        values.append(own)
        shapes.append(sizes)
    whole = np.concatenate([np.array(lead, np.int64), np.max(shapes, axis=0)])
    return np.concatenate(indices), np.concatenate(values), whole


def _tensor(text: bytes) -> np.ndarray:
    from google.protobuf.message import DecodeError

    from headrace._src.proto import tensor as messages

    try:
        message = messages.TensorProto.FromString(text)
    except DecodeError:
        raise ValueError("Could not parse serialized proto") from None
    try:
        return messages.array_of(message)[0]
    except (ValueError, TypeError):
        raise ValueError("Could not construct tensor from proto") from None


def _check_element(
    place: int, rows: np.ndarray, values: np.ndarray, sizes: np.ndarray, dtype: DType
) -> None:
    """Raises ValueError unless these are the parts of a sparse tensor of `dtype`."""
    for part, (x, what, rank) in enumerate(
        [(rows, "an index matrix", 2), (values, "a values vector", 1), (sizes, "a shape vector", 1)]
    ):
        if x.ndim != rank:
            raise ValueError(
                f"Expected serialized_sparse[{place}, {part}] to represent {what} but received "
                f"shape {bracketed(TensorShape(x.shape))}"
            )
    found = string if values.dtype == object else of_array(values.dtype)
    if found is not dtype:
        raise ValueError(
            f"Requested SparseTensor of type {dtype.kernel_name} but "
            f"SparseTensor[{place}].values.dtype() == {found.kernel_name}"
        )
    if len(rows) != len(values):
        raise ValueError(
            f"Expected row counts of SparseTensor[{place}].indices and SparseTensor"
            f"[{place}].values to match but they do not: {len(rows)} vs. {len(values)}"
        )
    if rows.shape[1] != len(sizes):
        raise ValueError(
            f"Expected column counts of SparseTensor[{place}].indices to match size of SparseTensor"
            f"[{place}].shape but they do not: {rows.shape[1]} vs. {len(sizes)}"
        )
