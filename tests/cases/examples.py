"""Rows for ops/examples.py and ops/sequence_examples.py; expected values are TensorFlow's.

Read next: tests/cases/row.py.
"""

from typing import Any

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error

BAD = tf.errors.InvalidArgumentError
i64, f32, text = tf.int64, tf.float32, tf.string
Fixed, Var, Sparse = tf.io.FixedLenFeature, tf.io.VarLenFeature, tf.io.SparseFeature
Rows, Ragged = tf.io.FixedLenSequenceFeature, tf.io.RaggedFeature
EMPTY = tf.train.Feature()
NO_INTS = tf.train.Feature(int64_list=tf.train.Int64List())


def feature(values: Any) -> Any:
    if not isinstance(values, list):
        return values
    if isinstance(values[0], int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    if isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def features(values: dict) -> Any:
    return tf.train.Features(feature={key: feature(value) for key, value in values.items()})


def example(**values: Any) -> bytes:
    return tf.train.Example(features=features(values)).SerializeToString()


def sequence(context: dict, **lists: list) -> bytes:
    made = {k: tf.train.FeatureList(feature=map(feature, v)) for k, v in lists.items()}
    return tf.train.SequenceExample(
        context=features(context), feature_lists=tf.train.FeatureLists(feature_list=made)
    ).SerializeToString()


def flat(found: Any) -> list:
    """Tensors, those of sparse tensors too, in order."""
    if isinstance(found, tf.SparseTensor):
        return [found.indices, found.values, found.dense_shape]
    if isinstance(found, dict):
        found = found.values()
    elif isinstance(found, tf.Tensor):
        return [found]
    return [leaf for each in found for leaf in flat(each)]


def parse_example(*args: Any, **kwargs: Any) -> list:
    return flat(tf.io.parse_example(*args, **kwargs))


def parse_single_example(*args: Any) -> list:
    return flat(tf.io.parse_single_example(*args))


def parse_sequence_example(*args: Any, **kwargs: Any) -> list:
    return flat(tf.io.parse_sequence_example(*args, **kwargs))


def parse_single_sequence_example(*args: Any, **kwargs: Any) -> list:
    return flat(tf.io.parse_single_sequence_example(*args, **kwargs))


def expected(*values: Any) -> Any:
    def array_of(value: Any) -> np.ndarray:
        if isinstance(value, np.ndarray):
            return value
        found = np.array(value, object)
        leaf = found.ravel()[0]
        return (
            found
            if isinstance(leaf, bytes)
            else found.astype(np.float32 if isinstance(leaf, float) else np.int64)
        )

    return lambda *_, **__: [array_of(value) for value in values]


def row(function: Any, serialized: Any, *given: Any, title: str, out: list) -> Any:
    held = np.empty(np.shape(np.array(serialized, object)), object)
    held[...] = serialized
    name = f"{function.__name__}({title})"
    return case(function, array(held), *given, ref=expected(*out), gradient=False, name=name)


def bad(function: Any, *given: Any, match: str, raises: Any = BAD, **kwargs: Any) -> Any:
    name = f"{function.__name__}: {match[:40]}"
    return error(function, *given, raises=raises, match=match, name=name, **kwargs)


NONE = np.zeros(0, np.int64)
ONE = example(a=[1], b=[1.5, 2.5], s=[b"x"])
TWO = example(a=[2], b=[3.5, 4.5], s=[b"y", b"z"])
BOTH = [ONE, TWO]
LONG = example(x=list(range(-100, 300)), f=[0.5] * 200, s=[b"q" * 300])
PAIRS = [example(i=[3, 1], j=[0, 2], v=[1.0, 2.0]), example(i=[0], j=[1], v=[5.0])]
UNPACKED = b"\n\x10\n\x0e\n\x01a\x12\t\x1a\x07\x08\x05\x08\x96\x01\x08\x07"

EXAMPLES = [
    row(
        parse_example,
        BOTH,
        {"b": Fixed([2], f32), "a": Fixed([], i64)},
        title="dense",
        out=[[1, 2], [[1.5, 2.5], [3.5, 4.5]]],
    ),
    row(
        parse_example,
        BOTH,
        {"s": Var(text), "zz": Var(i64)},
        title="sparse",
        out=[
            [[0, 0], [1, 0], [1, 1]],
            *([b"x", b"y", b"z"], [2, 2]),
            *(np.zeros((0, 2), np.int64), NONE, [2, 0]),
        ],
    ),
    row(
        parse_example,
        [example(x=[1]), example(x=EMPTY)],
        {"x": Fixed([], i64, 7), "y": Fixed([2], f32, [1, 2]), "z": Fixed([], text, "d")},
        title="defaults",
        out=[[1, 7], [[1.0, 2.0]] * 2, [b"d", b"d"]],
    ),
    row(
        parse_example,
        [example(x=NO_INTS), example(x=[1, 2])],
        {"x": Rows([], i64, allow_missing=True, default_value=9)},
        title="padded",
        out=[[[9, 9], [1, 2]]],
    ),
    row(
        parse_example,
        BOTH,
        {"b": Rows([1], f32, True), "s": Rows([], text, True), "z": Rows([2], i64, True)},
        title="rows",
        out=[
            [[[1.5], [2.5]], [[3.5], [4.5]]],
            [[b"x", b""], [b"y", b"z"]],
            np.zeros((2, 0, 2), np.int64),
        ],
    ),
    row(
        parse_example,
        PAIRS,
        {"p": Sparse(["i", "j"], "v", f32, [10, 4]), "q": Sparse("i", "v", f32, 9, True)},
        title="sparse features",
        out=[
            *([[0, 1, 2], [0, 3, 0], [1, 0, 1]], [2.0, 1.0, 5.0], [2, 10, 4]),
            *([[0, 3], [0, 1], [1, 0]], [1.0, 2.0, 5.0], [2, 9]),
        ],
    ),
    row(
        parse_example,
        [LONG, LONG],
        {"x": Fixed([400], i64), "f": Fixed([2, 100], f32), "s": Fixed([1], text)},
        title="long",
        out=[[[[0.5] * 100] * 2] * 2, [[b"q" * 300]] * 2, [list(range(-100, 300))] * 2],
    ),
    row(
        parse_example,
        [example(a=[-1, 2**62, -(2**63), 300])] * 2,
        {"a": Fixed([4], i64)},
        title="varints",
        out=[[[-1, 2**62, -(2**63), 300]] * 2],
    ),
    row(
        parse_example,
        [UNPACKED],
        {"a": Var(i64)},
        title="unpacked",
        out=[[[0, 0], [0, 1], [0, 2]], [5, 150, 7], [1, 3]],
    ),
    row(parse_example, [ONE + TWO], {"a": Fixed([], i64)}, title="the last counts", out=[[2]]),
    row(
        parse_example,
        np.zeros(0, object),
        {"a": Fixed([2], i64), "v": Var(i64)},
        title="none",
        out=[np.zeros((0, 2), np.int64), NONE, [0, 0], np.zeros((0, 2), np.int64)],
    ),
    row(
        parse_single_example,
        TWO,
        {"a": Fixed([], i64), "s": Var(text), "b": Rows([2], f32, True), "r": Ragged(text, "s")},
        title="one",
        out=[[[0], [1]], [b"y", b"z"], [2], 2, [[3.5, 4.5]], [b"y", b"z"]],
    ),
    bad(parse_example, BOTH, {"z": Fixed([], i64)}, match="Feature: z .data type: int64. is requ"),
    bad(parse_example, BOTH, {"z": Fixed([], i64)}, ["n1", "n2"], match="Name: n1, Feature: z"),
    bad(parse_example, BOTH, {"z": Fixed([], i64)}, ["n"], match="names have the same shape"),
    bad(
        parse_example,
        BOTH,
        {"b": Fixed([], f32)},
        match=r"Key: b, Index: 0.  Number of float values != expected.  Values size: 2 but outp",
    ),
    bad(parse_example, BOTH, {"s": Fixed([], text)}, match="Key: s, Index: 1.  Can't parse seria"),
    bad(parse_example, BOTH, {"a": Fixed([], f32)}, match="Data type: int64 but expected type: f"),
    bad(parse_example, BOTH, {"a": Var(text)}, match="Expected type: string, Actual type: int64"),
    bad(parse_example, BOTH, {"b": Rows([3], f32, True)}, match="not a multiple of stride length"),
    bad(parse_example, [b"abc"], {"b": Var(f32)}, match="Could not parse example input, value: 'a"),
    bad(parse_example, [[ONE]], {"b": Var(f32)}, match="to be a scalar or vector, got shape"),
    bad(parse_example, BOTH, {"a": Var(tf.int32)}, match="attr 'sparse_types' of int32"),
    bad(parse_example, BOTH, {"a": Fixed([2], i64, [1])}, match="Input to reshape is a tensor wi"),
    bad(parse_example, BOTH, {}, raises=ValueError, match="cannot be None or falsy"),
    bad(parse_example, BOTH, {"a": 3}, raises=ValueError, match="Unsupported int 3 for key 'a'"),
    bad(parse_example, BOTH, {"a": Var(None)}, raises=ValueError, match="Missing type for featur"),
    bad(parse_example, BOTH, {"a": Fixed(None, i64)}, raises=ValueError, match="Missing shape fo"),
    bad(parse_example, BOTH, {"a": Fixed([None], i64)}, raises=ValueError, match="First dimensio"),
    bad(parse_example, BOTH, {"a": Rows([], i64)}, raises=ValueError, match="allow_missing to be"),
    bad(parse_example, BOTH, {"a": Sparse("", "v", i64, 1)}, raises=ValueError, match="index_key"),
    bad(parse_example, BOTH, {"a": Sparse("i", "v", i64, None)}, raises=TypeError, match="vocab_"),
    bad(parse_example, 3, {"a": Var(i64)}, raises=ValueError, match="dtype string for Tensor with"),
    bad(parse_single_example, [ONE], {"a": Var(i64)}, raises=ValueError, match="must be a scalar"),
    bad(parse_single_example, ONE, {}, raises=ValueError, match="features cannot be empty"),
    bad(parse_single_example, ONE, {"a": Fixed([2], i64)}, match="Some int64_list slice was not"),
]

FIRST = sequence({"c": [1]}, l=[[1, 2], [3, 4]], m=[[b"a"], EMPTY, [b"b", b"c"]])
SECOND = sequence({"c": [2]}, l=[[5, 6]])

SEQUENCES = [
    row(
        parse_sequence_example,
        [FIRST, SECOND],
        {"c": Fixed([], i64), "d": Fixed([2], f32, [1, 2]), "e": Var(text)},
        {"l": Rows([2], i64), "m": Var(text)},
        title="two",
        out=[
            *(np.zeros((0, 2), np.int64), np.zeros(0, object), [2, 0]),
            *([1, 2], [[1.0, 2.0]] * 2),
            *([[0, 0, 0], [0, 2, 0], [0, 2, 1]], [b"a", b"b", b"c"], [2, 3, 2]),
            [[[1, 2], [3, 4]], [[5, 6], [0, 0]]],
            [2, 1],
        ],
    ),
    row(
        parse_sequence_example,
        [SECOND],
        None,
        {"z": Rows([], text, allow_missing=True)},
        title="missing",
        out=[np.zeros((1, 0), object), [0]],
    ),
    row(
        parse_single_sequence_example,
        FIRST,
        {"c": Var(i64)},
        {"l": Rows([2], i64), "m": Var(text)},
        title="one",
        out=[
            *([[0]], [1], [1]),
            *([[0, 0], [2, 0], [2, 1]], [b"a", b"b", b"c"], [3, 2]),
            [[1, 2], [3, 4]],
        ],
    ),
    bad(parse_sequence_example, [FIRST], {"z": Fixed([], i64)}, match="Inconsistent max number of"),
    bad(parse_sequence_example, [FIRST], {"c": Var(f32)}, match="Context feature: c.  Data types"),
    bad(
        parse_sequence_example,
        [SECOND, FIRST],
        None,
        {"l": Rows([], i64)},
        match="Key: l, Index: 0.  Number of values != expected.  values size: 2 but output shape",
    ),
    bad(
        parse_sequence_example,
        [SECOND, FIRST],
        None,
        {"l": Var(f32)},
        ["n", "m"],
        match="Name: n, Feature list: l, Index: 0.  Data types don't match. Expected type: float",
    ),
    bad(
        parse_sequence_example,
        [FIRST, SECOND],
        None,
        {"m": Rows([], text)},
        match="Name: <unknown>, Feature list 'm' is required but could not be found",
    ),
    bad(parse_sequence_example, [b"abc"], {"c": Var(i64)}, match="example id: <unknown>"),
    bad(parse_sequence_example, [FIRST], raises=ValueError, match="at least one should have value"),
    bad(
        parse_sequence_example,
        [FIRST],
        None,
        {"l": Rows([], i64, default_value=3)},
        raises=ValueError,
        match="must be None",
    ),
    bad(
        parse_sequence_example,
        [FIRST],
        None,
        {"l": Fixed([], i64)},
        raises=ValueError,
        match="Unsupported FixedLenFeature",
    ),
    bad(
        parse_single_sequence_example,
        [FIRST],
        {"c": Var(i64)},
        raises=ValueError,
        match="must be a scalar",
    ),
    bad(
        parse_single_sequence_example, FIRST, raises=ValueError, match="are None, but at least one"
    ),
]

CONFIGURATIONS = [
    bad(Fixed, raises=TypeError, match="shape"),
    bad(Var, raises=TypeError, match="dtype"),
    bad(Sparse, raises=TypeError, match="index_key"),
    bad(Rows, raises=TypeError, match="shape"),
    bad(Ragged, i64, partitions=3, raises=TypeError, match="must be a list or tuple"),
    bad(Ragged, i64, partitions=[3], raises=TypeError, match="cannot be cast to any of the parti"),
    bad(Ragged, i64, row_splits_dtype=f32, raises=ValueError, match="must be int32 or int64"),
    bad(Ragged, i64, validate=3, raises=TypeError, match="`validate` must be a bool"),
]

ROWS = [*EXAMPLES, *SEQUENCES, *CONFIGURATIONS]
