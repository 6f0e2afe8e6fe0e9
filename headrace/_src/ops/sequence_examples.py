"""Parsing `tf.train.SequenceExample`: a context, which is an example's, and lists of features.

The one idea: the features of all lists of all examples are read together, in one row, as those of a
batch of examples are; only where each list ends is kept besides.

Read next: ops/examples.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, int64
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.shape_rules import bracketed
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.ops.example_values import WrongKind, values_of
from headrace._src.ops.examples import (
    check_batch,
    names_of,
    padded,
    places_in,
    sparse_parts,
)
from headrace._src.ops.feature_spec import (
    CONTEXT,
    SEQUENCE,
    FeatureSpec,
    serialized_strings,
    strings,
)
from headrace._src.ops.host_steps import host_step
from headrace._src.ops.sparse_tensor import SparseTensor


def parse_sequence_example(
    serialized: Any,
    context_features: Any = None,
    sequence_features: Any = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    """The contexts, the sequences, and how long the dense ones are, each by the features' keys.

    serialized: a string vector [batch], the bytes of `tf.train.SequenceExample` messages.
        context_features: by key `FixedLenFeature`, `VarLenFeature`, `RaggedFeature`.
        sequence_features: by key `FixedLenSequenceFeature`, for [batch, longest, *shape],
        `VarLenFeature`, for a sparse tensor [batch, longest, most values], or `RaggedFeature`, for
        a ragged one. example_names: a string vector, for errors.

    >>> step = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> lists = tf.train.FeatureLists(feature_list={"x": tf.train.FeatureList(feature=[step] * 2)})
    >>> row = tf.train.SequenceExample(feature_lists=lists).SerializeToString()
    >>> _, found, lengths = tf.io.parse_sequence_example(
    ...     [row], sequence_features={"x": tf.io.FixedLenSequenceFeature([], tf.int64)})
    >>> found["x"].numpy(), lengths["x"].numpy()
    (array([[7, 7]]), array([2]))

    Raises tf.errors.InvalidArgumentError where an example lacks what it needs, or has values of
    another dtype or number. Op: ParseSequenceExampleV2.
    """
    if not (context_features or sequence_features):
        raise ValueError(
            "Both `context_features` and `sequence_features` argument are None, but at least one "
            "should have values."
        )
    tensor = serialized_strings(serialized)
    return _parsed(tensor, context_features, sequence_features, example_names, name)


def parse_single_sequence_example(
    serialized: Any,
    context_features: Any = None,
    sequence_features: Any = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The context and the sequences of one `tf.train.SequenceExample`, by the features' keys.

    serialized: a string scalar. example_name: for errors. The rest is as in
        `tf.io.parse_sequence_example`; the tensors have no axis for a batch.

    >>> step = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
    >>> lists = tf.train.FeatureLists(feature_list={"x": tf.train.FeatureList(feature=[step] * 2)})
    >>> row = tf.train.SequenceExample(feature_lists=lists).SerializeToString()
    >>> _, found = tf.io.parse_single_sequence_example(
    ...     row, sequence_features={"x": tf.io.FixedLenSequenceFeature([], tf.int64)})
    >>> found["x"].numpy()
    array([7, 7])

    Raises ValueError for another shape, tf.errors.InvalidArgumentError as
    `tf.io.parse_sequence_example`. Op: ParseSequenceExampleV2.
    """
    if not (context_features or sequence_features):
        raise ValueError(
            "Both context_features and sequence_features are None, but at least one should have "
            "values."
        )
    tensor = serialized_strings(serialized)
    if tensor.shape.rank not in (None, 0):
        raise ValueError("Input serialized must be a scalar")
    if tensor.shape.rank is None:
        tensor.set_shape([])
    return _parsed(tensor, context_features, sequence_features, example_name, name)[:2]


def _parsed(
    serialized: Tensor, context_features: Any, sequence_features: Any, names: Any, name: str | None
) -> tuple[dict, dict, dict]:
    context = FeatureSpec(context_features, CONTEXT)
    lists = FeatureSpec(sequence_features, SEQUENCE, is_sequence=True)
    batch = serialized.shape
    if thread.context.graph is not None:
        check_batch(batch)
    missing = np.array([bool(f.allow_missing) for *_, f in lists.dense.values()], bool)
    inputs = {
        "serialized": serialized,
        "debug_name": names_of(names),
        "context_sparse_keys": strings(context.sparse),
        "context_dense_keys": strings(context.dense),
        "context_ragged_keys": strings(context.ragged),
        "feature_list_sparse_keys": strings(lists.sparse),
        "feature_list_dense_keys": strings(lists.dense),
        "feature_list_ragged_keys": strings(lists.ragged),
        "feature_list_dense_missing_assumed_empty": EagerTensor(missing, bool_),
    }
    for place, (_, _, default, _) in enumerate(context.dense.values()):
        inputs[f"context_dense_defaults_{place}"] = default
    attributes = {
        "Ncontext_sparse": len(context.sparse),
        "Tcontext_dense": tuple(dtype for dtype, *_ in context.dense.values()),
        "context_sparse_types": tuple(context.sparse.values()),
        "context_ragged_value_types": tuple(context.ragged.values()),
        "context_ragged_split_types": (int64,) * len(context.ragged),
        "context_dense_shapes": tuple(shape for _, shape, _, _ in context.dense.values()),
        "Nfeature_list_sparse": len(lists.sparse),
        "Nfeature_list_dense": len(lists.dense),
        "feature_list_dense_types": tuple(dtype for dtype, *_ in lists.dense.values()),
        "feature_list_sparse_types": tuple(lists.sparse.values()),
        "feature_list_ragged_value_types": tuple(lists.ragged.values()),
        "feature_list_ragged_split_types": (int64,) * len(lists.ragged),
        "feature_list_dense_shapes": tuple(shape for _, shape, *_ in lists.dense.values()),
    }
    rank = batch.rank
    promised = _sparse_outputs(context.sparse, None if rank is None else rank + 1)
    promised += [(dtype, batch.concatenate(shape)) for dtype, shape, _, _ in context.dense.values()]
    promised += [(dtype, vector(None)) for dtype in context.ragged.values()]
    promised += [(int64, vector(None))] * len(context.ragged)
    promised += _sparse_outputs(lists.sparse, None if rank is None else rank + 2)
    promised += [
        (dtype, batch.concatenate([None]).concatenate(shape))
        for dtype, shape, *_ in lists.dense.values()
    ]
    promised += [(int64, batch)] * len(lists.dense)
    promised += [(dtype, vector(None)) for dtype in lists.ragged.values()]
    promised += [(int64, vector(None))] * (2 * len(lists.ragged))
    rest = iter(parse_sequence_example_step(inputs, attributes, promised, name))

    def taken(keys: Any) -> list[Tensor]:
        return [next(rest) for _ in keys]

    def sparse(keys: Any) -> list[SparseTensor]:
        parts = taken(keys), taken(keys), taken(keys)
        return [SparseTensor(*each) for each in zip(*parts, strict=True)]

    columns, dense = sparse(context.sparse), taken(context.dense)
    rows = list(zip(taken(context.ragged), taken(context.ragged), strict=True))
    found = context.gathered(columns, dense, rows, rank == 0)
    columns, dense = sparse(lists.sparse), taken(lists.dense)
    lengths = dict(zip(lists.dense, taken(lists.dense), strict=True))
    values, outer, inner = (taken(lists.ragged) for _ in range(3))
    # The steps of all examples are rows; where those of an example end is told besides.
    ends = None if rank == 0 else dict(zip(lists.ragged, outer, strict=True))
    rows = list(zip(values, inner, strict=True))
    sequences = lists.gathered(columns, dense, rows, step_ends=ends)
    return found, sequences, lengths


def _sparse_outputs(columns: dict[Any, DType], rank: int | None) -> list:
    """Dtypes and shapes of the parts of sparse tensors: all positions, all values, all shapes."""
    return [
        *[(int64, TensorShape([None, rank]))] * len(columns),
        *[(dtype, vector(None)) for dtype in columns.values()],
        *[(int64, vector(rank))] * len(columns),
    ]


# ---- the op --------------------------------------------------------------------------------------


@host_step("ParseSequenceExampleV2", why="XLA has no strings")
def parse_sequence_example_step(
    attributes: dict[str, Any],
    serialized: np.ndarray,
    names: np.ndarray,
    context_sparse_keys: np.ndarray,
    context_dense_keys: np.ndarray,
    context_ragged_keys: np.ndarray,
    list_sparse_keys: np.ndarray,
    list_dense_keys: np.ndarray,
    list_ragged_keys: np.ndarray,
    may_miss: np.ndarray,
    *defaults: np.ndarray,
) -> list[np.ndarray]:
    """The columns of contexts and of sequences."""
    check_batch(TensorShape(serialized.shape))
    is_single = serialized.ndim == 0
    contexts, lists = _unread(serialized.reshape(-1).tolist(), names)

    def context_values(key: bytes, dtype: DType) -> tuple[list, np.ndarray, np.ndarray]:
        features = [row.get(key.decode()) for row in contexts]
        try:
            return features, *values_of(features, dtype)
        except (WrongKind, ValueError) as error:
            raise ValueError(
                f"{_name(names, error.args[0])}Context feature: {key.decode()}.  Data types don't "
                f"match. Expected type: {dtype.kernel_name}"
            ) from None

    out: list[np.ndarray] = []
    sparse = []
    for key, dtype in zip(
        context_sparse_keys.tolist(), attributes["context_sparse_types"], strict=True
    ):
        _, values, counts = context_values(key, dtype)
        sparse.append((*sparse_parts(counts, is_single), values))
    out += _flat(sparse)
    for key, dtype, shape, default in zip(
        context_dense_keys.tolist(),
        attributes["Tcontext_dense"],
        attributes["context_dense_shapes"],
        defaults,
        strict=True,
    ):
        features, values, counts = context_values(key, dtype)
        size = int(np.prod(shape.as_list(), dtype=np.int64))
        absent = np.array([not each for each in features], bool) & (default.size > 0)
        wrong = np.flatnonzero((counts != size) & ~absent)
        if wrong.size:
            raise ValueError(
                f"Inconsistent max number of elements for feature {key.decode()}: expected {size}, "
                f"but found {counts[wrong[0]]}"
            )
        column = np.empty((len(features), size), dtype.array_dtype)
        column[~absent] = values.reshape(int((~absent).sum()), size)
        if absent.any():
            column[absent] = default.reshape(-1)
        out.append(column.reshape((*serialized.shape, *shape.as_list())))
    ragged = []
    for key, dtype in zip(
        context_ragged_keys.tolist(), attributes["context_ragged_value_types"], strict=True
    ):
        _, values, counts = context_values(key, dtype)
        ragged.append((values, np.concatenate([[0], np.cumsum(counts)])))
    out += [values for values, _ in ragged]
    out += [
        splits.astype(dtype.array_dtype)
        for (_, splits), dtype in zip(ragged, attributes["context_ragged_split_types"], strict=True)
    ]
    sparse = []
    for key, dtype in zip(
        list_sparse_keys.tolist(), attributes["feature_list_sparse_types"], strict=True
    ):
        values, counts, steps = _steps(lists, key, dtype, names)
        sparse.append((*_sparse_steps(counts, steps, is_single), values))
    out += _flat(sparse)
    dense, lengths = [], []
    for key, dtype, shape, may in zip(
        list_dense_keys.tolist(),
        attributes["feature_list_dense_types"],
        attributes["feature_list_dense_shapes"],
        may_miss.tolist(),
        strict=True,
    ):
        column, steps = _dense_steps(lists, key, dtype, shape, may, names)
        dense.append(column.reshape((*serialized.shape, *column.shape[1:])))
        lengths.append(steps.reshape(serialized.shape))
    ragged_steps = [
        _steps(lists, key, dtype, names)
        for key, dtype in zip(
            list_ragged_keys.tolist(), attributes["feature_list_ragged_value_types"], strict=True
        )
    ]
    out += dense + lengths
    out += [values for values, _, _ in ragged_steps]
    out += [np.concatenate([[0], np.cumsum(steps)]) for _, _, steps in ragged_steps]
    out += [np.concatenate([[0], np.cumsum(counts)]) for _, counts, _ in ragged_steps]
    return out


def _flat(sparse: list[tuple]) -> list[np.ndarray]:
    """Positions of all, values of all, shapes of all."""
    return [
        *(indices for indices, _, _ in sparse),
        *(values for _, _, values in sparse),
        *(shape for _, shape, _ in sparse),
    ]


def _name(names: np.ndarray, place: int) -> str:
    return f"Name: {_called(names, place)}, "


def _called(names: np.ndarray, place: int) -> str:
    return names.reshape(-1)[place].decode() if names.size else "<unknown>"


def _unread(serialized: list[bytes], names: np.ndarray) -> tuple[list[Any], list[Any]]:
    """For each example its context, and its lists of features, whose bytes are not read yet."""
    from google.protobuf.message import DecodeError

    from headrace._src.proto.example import UnreadSequenceExample

    contexts, lists = [], []
    for place, each in enumerate(serialized):
        try:
            message = UnreadSequenceExample.FromString(each)
        except DecodeError:
            raise ValueError(
                f"Invalid protocol message input, example id: {_called(names, place)}"
            ) from None
        contexts.append(message.context.feature)
        lists.append(message.feature_lists.feature_list)
    return contexts, lists


def _steps(
    lists: list[Any], key: bytes, dtype: DType, names: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All values of a column, how many each step has, and how many steps each example has."""
    text = key.decode()
    features: list[bytes] = []
    steps = np.zeros(len(lists), np.int64)
    for row, found in enumerate(lists):
        if text in found:
            here = found[text].feature
            features += here
            steps[row] = len(here)
    try:
        values, counts = values_of(features, dtype)
    except (WrongKind, ValueError) as error:
        row, step = _row_and_step(error.args[0], steps)
        raise ValueError(
            f"{_name(names, row)}Feature list: {text}, Index: {step}.  Data types don't match. "
            f"Expected type: {dtype.kernel_name}"
        ) from None
    return values, counts, steps


def _row_and_step(place: int, steps: np.ndarray) -> tuple[int, int]:
    ends = np.cumsum(steps)
    row = int(np.searchsorted(ends, place, "right"))
    return row, place - int(ends[row] - steps[row])


def _sparse_steps(
    counts: np.ndarray, steps: np.ndarray, is_single: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and shape of a sparse tensor [rows, steps, values]."""
    rows = np.repeat(np.arange(len(steps)), steps)
    parts = [np.repeat(rows, counts), np.repeat(places_in(steps), counts), places_in(counts)]
    shape = [len(steps), steps.max(initial=0), counts.max(initial=0)]
    return np.stack(parts[is_single:], 1), np.array(shape[is_single:], np.int64)


def _dense_steps(
    lists: list[Any],
    key: bytes,
    dtype: DType,
    shape: TensorShape,
    may_miss: bool,
    names: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """A dense column [rows, most steps, *shape], and how many steps each row has."""
    text = key.decode()
    for row, found in enumerate(lists):
        if not may_miss and text not in found:
            raise ValueError(
                f"{_name(names, row)}Feature list '{text}' is required but could not be found.  "
                "Did you mean to include it in feature_list_dense_missing_assumed_empty or "
                "feature_list_dense_defaults?"
            )
    values, counts, steps = _steps(lists, key, dtype, names)
    size = int(np.prod(shape.as_list(), dtype=np.int64))
    wrong = np.flatnonzero(counts != size)
    if wrong.size:
        row, step = _row_and_step(int(wrong[0]), steps)
        raise ValueError(
            f"{_name(names, row)}Key: {text}, Index: {step}.  Number of values != expected.  "
            f"values size: {counts[wrong[0]]} but output shape: {bracketed(shape)}"
        )
    filler = b"" if dtype.array_dtype == np.dtype(object) else 0
    matrix = padded(values, steps * size, filler)
    return matrix.reshape(len(lists), int(steps.max(initial=0)), *shape.as_list()), steps
