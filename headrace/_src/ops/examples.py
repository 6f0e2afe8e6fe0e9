"""Parsing `tf.train.Example`: `parse_example`, of many at once, and `parse_single_example`.

The one idea: a message is read only so far that the bytes of each feature lie under its key
(proto/example.py); then each feature's values come out of the bytes of all examples together
(ops/example_values.py). So a batch costs little more than a single one.

Read next: ops/example_values.py, ops/sequence_examples.py.
"""

from collections.abc import Sequence
from operator import attrgetter, methodcaller
from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int64, string
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops.example_values import WrongKind, values_of
from headrace._src.ops.feature_spec import ALL, FeatureSpec, serialized_strings, strings
from headrace._src.ops.host_steps import host_step
from headrace._src.ops.sparse_tensor import SparseTensor


def parse_example(
    serialized: Any, features: Any, example_names: Any = None, name: str | None = None
) -> dict[Any, Any]:
    """The features of examples as tensors, by their keys.

    serialized: a string vector [batch], the bytes of `tf.train.Example` messages; or one of them.
        features: by key what to parse: `tf.io.FixedLenFeature` and its kin. example_names: a string
        vector, what errors call the examples.

    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"age": feature}))
    >>> rows = [example.SerializeToString()] * 2
    >>> tf.io.parse_example(rows, {"age": tf.io.FixedLenFeature([], tf.int64)})["age"].numpy()
    array([7, 7])

    Raises tf.errors.InvalidArgumentError where an example lacks a feature without default, or has
    values of another dtype or number. Op: ParseExampleV2.
    """
    if not features:
        raise ValueError(f"Argument `features` cannot be None or falsy. Got {features}")
    return _parsed(serialized_strings(serialized), features, example_names, name)


def parse_single_example(
    serialized: Any, features: Any, example_names: Any = None, name: str | None = None
) -> dict[Any, Any]:
    """The features of one example as tensors, by their keys.

    serialized: a string scalar, the bytes of a `tf.train.Example`. The rest is as in
        `tf.io.parse_example`; the tensors have no axis for a batch.

    >>> feature = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"Ada"]))
    >>> example = tf.train.Example(features=tf.train.Features(feature={"name": feature}))
    >>> tf.io.parse_single_example(
    ...     example.SerializeToString(), {"name": tf.io.FixedLenFeature([], tf.string)})
    {'name': <tf.Tensor: shape=(), dtype=string, numpy=b'Ada'>}

    Raises ValueError for another shape, tf.errors.InvalidArgumentError as `tf.io.parse_example`.
    Op: ParseExampleV2.
    """
    if not features:
        raise ValueError("Invalid argument: features cannot be empty.")
    tensor = serialized_strings(serialized)
    if tensor.shape.rank not in (None, 0):
        raise ValueError("Input serialized must be a scalar")
    if tensor.shape.rank is None:
        tensor.set_shape([])
    return _parsed(tensor, features, None, name)


def _parsed(serialized: Tensor, features: Any, names: Any, name: str | None) -> dict[Any, Any]:
    spec = FeatureSpec(features, ALL)
    batch = serialized.shape
    inputs = {
        "serialized": serialized,
        "names": names_of(names),
        "sparse_keys": strings(spec.sparse),
        "dense_keys": strings(spec.dense),
        "ragged_keys": strings(spec.ragged),
    }
    dense = list(spec.dense.values())
    for place, (_, _, default, _) in enumerate(dense):
        inputs[f"dense_defaults_{place}"] = default
    attributes = {
        "Tdense": tuple(dtype for dtype, *_ in dense),
        "num_sparse": len(spec.sparse),
        "sparse_types": tuple(spec.sparse.values()),
        "ragged_value_types": tuple(spec.ragged.values()),
        "ragged_split_types": (int64,) * len(spec.ragged),
        "dense_shapes": tuple(shape for _, shape, _, _ in dense),
    }
    rank = None if batch.rank is None else batch.rank + 1
    promised = [(int64, TensorShape([None, rank]))] * len(spec.sparse)
    promised += [(dtype, vector(None)) for dtype in spec.sparse.values()]
    promised += [(int64, vector(rank))] * len(spec.sparse)
    promised += [(dtype, batch.concatenate(shape)) for dtype, shape, _, _ in dense]
    promised += [(dtype, vector(None)) for dtype in spec.ragged.values()]
    promised += [(int64, vector(None))] * len(spec.ragged)
    if thread.context.graph is not None:
        check_batch(batch)
    found = parse_example_step(inputs, attributes, promised, name)
    return gathered(spec, found, batch.rank == 0)


def gathered(spec: FeatureSpec, found: Sequence[Tensor], is_single: bool) -> dict[Any, Any]:
    """The flat outputs of an op that parses, by the keys of the features."""
    rest = iter(found)
    indices, values, shapes = ([next(rest) for _ in spec.sparse] for _ in range(3))
    dense = [next(rest) for _ in spec.dense]
    ragged_values, ragged_splits = ([next(rest) for _ in spec.ragged] for _ in range(2))
    sparse = [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)]
    ragged = list(zip(ragged_values, ragged_splits, strict=True))
    return spec.gathered(sparse, dense, ragged, is_single)


def names_of(names: Any) -> Tensor:
    """Names for errors as a tensor, an empty one where there are none."""
    if names is None:
        return EagerTensor(np.empty(0, object), string)
    return convert(names, string)


def check_batch(shape: TensorShape) -> None:
    """Raises ValueError unless there is one serialized example or a vector of them."""
    if shape.rank is not None and shape.rank > 1:
        raise ValueError(
            f"Expected serialized to be a scalar or vector, got shape: {bracketed(shape)}"
        )


# ---- the op --------------------------------------------------------------------------------------


@host_step("ParseExampleV2", why="XLA has no strings")
def parse_example_step(
    attributes: dict[str, Any],
    serialized: np.ndarray,
    names: np.ndarray,
    sparse_keys: np.ndarray,
    dense_keys: np.ndarray,
    ragged_keys: np.ndarray,
    *defaults: np.ndarray,
) -> list[np.ndarray]:
    """The columns of examples."""
    check_batch(TensorShape(serialized.shape))
    if names.size and names.shape != serialized.shape:
        raise ValueError(
            "Expected names have the same shape as serialized: name.shape="
            f"{bracketed(TensorShape(names.shape))}, serialized.shape="
            f"{bracketed(TensorShape(serialized.shape))}"
        )
    rows = _unread(serialized.reshape(-1).tolist())
    said = Complaints(names, serialized.ndim == 0)
    lead = serialized.shape
    dense = []
    for key, dtype, shape, default in zip(
        dense_keys.tolist(), attributes["Tdense"], attributes["dense_shapes"], defaults, strict=True
    ):
        dense.append(dense_column(_column(rows, key), key, dtype, shape, default, lead, said))
    sparse = []
    for key, dtype in zip(sparse_keys.tolist(), attributes["sparse_types"], strict=True):
        values, counts = said.values(_column(rows, key), key, dtype, "sparse")
        sparse.append((*sparse_parts(counts, serialized.ndim == 0), values))
    ragged = []
    for key, dtype in zip(ragged_keys.tolist(), attributes["ragged_value_types"], strict=True):
        values, counts = said.values(_column(rows, key), key, dtype, "sparse")
        ragged.append((values, np.concatenate([[0], np.cumsum(counts)])))
    splits = [
        split.astype(dtype.array_dtype)
        for (_, split), dtype in zip(ragged, attributes["ragged_split_types"], strict=True)
    ]
    return [
        *(indices for indices, _, _ in sparse),
        *(values for _, _, values in sparse),
        *(shape for _, shape, _ in sparse),
        *dense,
        *(values for values, _ in ragged),
        *splits,
    ]


def _unread(serialized: list[bytes]) -> list[Any]:
    """For each example the bytes of its features by key."""
    from google.protobuf.message import DecodeError

    from headrace._src.proto.example import UnreadExample

    rows: list[Any] = []
    try:
        # `extend` keeps what came before an error.
        rows.extend(map(attrgetter("features.feature"), map(UnreadExample.FromString, serialized)))
    except DecodeError:
        text = serialized[len(rows)].decode(errors="replace")
        raise ValueError(f"Could not parse example input, value: '{text}'") from None
    return rows


def _column(rows: list[Any], key: bytes) -> list[bytes | None]:
    return list(map(methodcaller("get", key.decode()), rows))


class Complaints:
    """What is said of an example that is not as it should be.

    names: of the examples, or none. is_single: whether there is one, without a batch.
    """

    def __init__(self, names: np.ndarray, is_single: bool) -> None:
        self._names = names.reshape(-1)
        self._is_single = is_single

    def _where(self, place: int, key: bytes) -> str:
        text = key.decode()
        return (
            f"Key: {text}."
            if self._is_single
            else f"{self._name(place)}Key: {text}, Index: {place}."
        )

    def _name(self, place: int) -> str:
        return f"Name: {self._names[place].decode() if self._names.size else '<unknown>'}, "

    def values(
        self, features: Sequence[bytes | None], key: bytes, dtype: DType, kind: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """The values of a column and how many each example has; kind: "sparse" or "dense"."""
        try:
            return values_of(features, dtype)
        except WrongKind as error:
            place, found = error.args
            wanted = dtype.kernel_name
            raise ValueError(
                f"{self._where(place, key)}  Data types don't match. "
                + (
                    f"Data type: {found} but expected type: {wanted}"
                    if kind == "dense"
                    else f"Expected type: {wanted}, Actual type: {found}"
                )
            ) from None
        except ValueError as error:
            raise self.unreadable(error.args[0], key) from None

    def unreadable(self, place: int, key: bytes) -> ValueError:
        """For bytes that cannot be read."""
        return ValueError(f"{self._where(place, key)}  Can't parse serialized Example.")

    def missing(self, place: int, key: bytes, dtype: DType) -> ValueError:
        """For an example without a feature that it needs."""
        lead = "" if self._is_single else self._name(place)
        return ValueError(
            f"{lead}Feature: {key.decode()} (data type: {dtype.kernel_name}) is required but could "
            "not be found."
        )

    def wrong_count(
        self, place: int, key: bytes, dtype: DType, count: int, shape: TensorShape
    ) -> ValueError:
        where = self._where(place, key)
        kind = dtype.kernel_name
        if dtype is string and count:
            return self.unreadable(place, key)
        if self._is_single:
            return ValueError(
                f"{where}  Can't parse serialized Example: Some {kind}_list slice was not parsed."
            )
        return ValueError(
            f"{where}  Number of {kind} values != expected.  Values size: {count} but output "
            f"shape: {bracketed(shape)}"
        )

    def no_multiple(
        self, place: int, key: bytes, dtype: DType, count: int, shape: TensorShape
    ) -> ValueError:
        return ValueError(
            f"{self._where(place, key)}  Number of {dtype.kernel_name} values is not a multiple of "
            f"stride length. Saw {count} values but output shape is: {bracketed(shape)}"
        )


# ---- columns -------------------------------------------------------------------------------------


def sparse_parts(counts: np.ndarray, is_single: bool) -> tuple[np.ndarray, np.ndarray]:
    """Positions and shape of a sparse tensor whose rows have so many values, from the left."""
    if is_single:
        count = int(counts[0])
        return np.arange(count)[:, None], np.array([count], np.int64)
    rows = np.repeat(np.arange(len(counts)), counts)
    indices = np.stack([rows, places_in(counts)], 1)
    return indices, np.array([len(counts), counts.max(initial=0)], np.int64)


def places_in(counts: np.ndarray) -> np.ndarray:
    """0, 1, ... for each row with so many values, one after the other."""
    starts = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) - np.repeat(starts, counts)


def padded(values: np.ndarray, counts: np.ndarray, filler: Any) -> np.ndarray:
    """Rows of different lengths as a matrix, filled up at the right."""
    most = int(counts.max(initial=0))
    if (counts == most).all():
        return values.reshape(len(counts), most)
    out = np.full((len(counts), most), filler, values.dtype)
    out[np.arange(most) < counts[:, None]] = values
    return out


def dense_column(
    features: list[bytes | None],
    key: bytes,
    dtype: DType,
    shape: TensorShape,
    default: np.ndarray,
    lead: tuple[int, ...],
    said: Complaints,
) -> np.ndarray:
    """One dense column: [*lead, *shape], where a first size that is not known is the largest."""
    values, counts = said.values(features, key, dtype, "dense")
    sizes = shape.as_list()
    if sizes and sizes[0] is None:
        stride = int(np.prod(sizes[1:], dtype=np.int64))
        wrong = np.flatnonzero(counts % stride if stride else counts)
        if wrong.size:
            place = int(wrong[0])
            raise said.no_multiple(place, key, dtype, int(counts[place]), shape)
        filler = default.reshape(-1)[0] if default.size else np.zeros((), dtype.array_dtype)[()]
        matrix = padded(values, counts, filler)
        rows = matrix.shape[1] // stride if stride else 0
        return matrix.reshape((*lead, rows, *sizes[1:]))
    size = int(np.prod(sizes, dtype=np.int64))
    wrong = np.flatnonzero(counts != size)
    if wrong.size:
        absent = np.array([not each for each in features], bool)
        if not default.size and absent.any():
            raise said.missing(int(absent.argmax()), key, dtype)
        wrong = wrong[~absent[wrong]]
        if wrong.size:
            place = int(wrong[0])
            raise said.wrong_count(place, key, dtype, int(counts[place]), shape)
        out = np.empty((len(features), size), dtype.array_dtype)
        out[~absent] = values.reshape(-1, size)
        if absent.any():
            out[absent] = default.reshape(-1)
        values = out
    return values.reshape((*lead, *sizes))
