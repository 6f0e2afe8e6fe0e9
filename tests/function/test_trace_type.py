"""Types of arguments: which are equal, which take in which, what users see of them.

Read next: test_function_type.py.
"""

import collections
import dataclasses
import gc
import weakref

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.function.trace_type import (
    CastContext,
    Literal,
    PlaceholderContext,
    TracingContext,
    VariableSpec,
    cast,
    node_name,
    of,
    signature_of,
    to_tensors,
)

Point = collections.namedtuple("Point", "x y")
ONE = tf.constant(1)
INT = "TensorSpec(shape=(), dtype=tf.int32, name=None)"


@dataclasses.dataclass
class Masked:
    mask: bool
    value: object

    def __tf_flatten__(self):
        return (self.mask,), (self.value,)

    @classmethod
    def __tf_unflatten__(cls, metadata, components):
        return cls(metadata[0], components[0])


class Unhashable:
    __hash__ = None


class Keyed:
    def __init__(self, key):
        self.key = key

    def __eq__(self, other):
        return isinstance(other, Keyed) and self.key == other.key

    def __hash__(self):
        return hash(self.key)


def type_of(value):
    return of(value, TracingContext())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "Literal[1]"),
        ("a", "Literal['a']"),
        (None, "Literal[None]"),
        (3j, "Literal[3j]"),
        (range(3), "Literal[range(0, 3)]"),
        (ONE, INT),
        (np.ones(2), "TensorSpec(shape=(2,), dtype=tf.float64, name=None)"),
        (np.float32(1), "TensorSpec(shape=(), dtype=tf.float32, name=None)"),
        (np.array(["a"]), "TensorSpec(shape=(1,), dtype=tf.string, name=None)"),
        (tf.TensorSpec([1]), "TensorSpec(shape=(1,), dtype=tf.float32, name=None)"),
        ((1, ONE), f"Tuple[Literal[1], {INT}]"),
        ([], "List[]"),
        ({"b": 1, "a": 2}, "Dict[['b', Literal[1]], ['a', Literal[2]]]"),
        (Point(1, ONE), f"Point[['x', Literal[1]], ['y', {INT}]]"),
        (
            Masked(True, ONE),
            f"CustomNestTraceType [metadata=(True,), components=({INT},)]",
        ),
        (
            tf.Variable([1.0], shape=[None]),
            "VariableSpec(shape=(None,), dtype=tf.float32, trainable=True, alias_id=0)",
        ),
        (
            tf.IndexedSlices(tf.constant([1.0]), tf.constant([0])),
            "IndexedSlicesSpec(TensorShape([None]), tf.float32, tf.int32, None, TensorShape([1]))",
        ),
    ],
)
def test_texts(value, text):
    assert repr(type_of(value)) == text


def test_objects_are_held_weakly():
    thing = Keyed(1)
    kind = type_of(thing)
    assert repr(kind).startswith("Weakref[<weakref at 0x")
    assert kind == type_of(Keyed(1))
    ref = weakref.ref(thing)
    assert kind.placeholder_value(None) is thing
    del thing
    gc.collect()
    assert ref() is None
    assert kind.placeholder_value(None) is None
    other = Keyed(1)
    assert kind != type_of(other)


@pytest.mark.parametrize("pair", [(1, True), (1, 1.0), (0.0, -0.0)])
def test_literals_are_equal_by_value(pair):
    assert type_of(pair[0]) == type_of(pair[1])
    assert hash(type_of(pair[0])) == hash(type_of(pair[1]))


@pytest.mark.parametrize(
    "pair", [("a", b"a"), ((1,), [1]), ({"a": 1}, {"b": 1}), (1, None), (tf.float32, tf.int32)]
)
def test_different_types(pair):
    assert type_of(pair[0]) != type_of(pair[1])


def test_equal_objects_are_equal_types():
    a, b, c = Keyed(1), Keyed(1), Keyed(2)
    assert type_of(a) == type_of(b) != type_of(c)


def test_mappings_of_any_class_and_order_are_equal():
    types = {
        type_of({"a": 1, "b": 2}),
        type_of({"b": 2, "a": 1}),
        type_of(collections.OrderedDict(b=2, a=1)),
    }
    assert len(types) == 1


@pytest.mark.parametrize("value", [Unhashable(), {1, 2}, bytearray(b"a"), slice(0, 1)])
def test_what_cannot_be_hashed_has_no_type(value):
    with pytest.raises(TypeError, match=r"^Could not generate a generic TraceType for .*Please"):
        type_of([value])


def test_variables_are_told_apart_by_who_is_who():
    v, w = tf.Variable(1.0), tf.Variable(2.0)
    assert type_of((v, w)) == type_of((w, v))
    assert type_of((v, w)) != type_of((v, v))
    assert type_of((v, v)) == type_of((w, w))
    assert type_of(v) != type_of(tf.Variable(1.0, trainable=False))
    assert not type_of(v).is_subtype_of(VariableSpec([], tf.float32, True, 1))


class Tracing:
    def __init__(self, kind):
        self.kind = kind

    def __tf_tracing_type__(self, context):
        return self.kind


def test_an_object_may_say_its_type():
    assert type_of(Tracing(Literal("me"))) == Literal("me")


@pytest.mark.parametrize(
    ("a", "b", "merged"),
    [
        (tf.zeros(2), tf.zeros(3), "TensorSpec(shape=(None,), dtype=tf.float32, name=None)"),
        (tf.zeros(2), tf.zeros([]), "TensorSpec(shape=<unknown>, dtype=tf.float32, name=None)"),
        (
            [tf.zeros(2), 1],
            [tf.zeros(3), 1],
            "List[TensorSpec(shape=(None,), dtype=tf.float32, name=None), Literal[1]]",
        ),
        (
            {"a": tf.zeros(2)},
            {"a": tf.zeros(3)},
            "Dict[['a', TensorSpec(shape=(None,), dtype=tf.float32, name=None)]]",
        ),
        ([], [], "List[]"),
        (tf.zeros(2), tf.zeros(2, tf.int32), "None"),
        ([1], [2], "None"),
        ([1], (1,), "None"),
        (Masked(True, ONE), Masked(False, ONE), "None"),
    ],
)
def test_common_supertypes(a, b, merged):
    a, b = type_of(a), type_of(b)
    found = a.most_specific_common_supertype([b])
    assert repr(found) == merged
    if found is not None:
        assert a.is_subtype_of(found)
        assert b.is_subtype_of(found)
        assert found == a or not found.is_subtype_of(a)


@pytest.mark.parametrize(
    "value",
    [
        {"b": ONE, "a": [ONE, (ONE, None)]},
        Point(ONE, 2),
        Masked(True, ONE),
        collections.OrderedDict(z=ONE, a="x"),
        [collections.defaultdict(list, k=ONE)],
    ],
)
def test_placeholders_rebuild_the_structure(value):
    graph = FuncGraph("f")
    kind = type_of(value)
    with graph.as_default():
        context = PlaceholderContext(graph)
        context.name = "x"
        made = kind.placeholder_value(context)
    assert type(made) is type(value)
    tensors = to_tensors(kind, made)
    assert {t.op.name for t in tensors} == {
        "x" if i == 0 else f"x_{i}" for i in range(len(graph.inputs))
    }
    given = to_tensors(kind, value)
    assert len(given) == len(tensors) == len(kind.flatten())
    assert repr(kind.from_tensors(iter(given))) == repr(value)


@pytest.mark.parametrize(
    ("name", "given"),
    [("x", "x"), ("_x", "Placeholder"), ("x/y:0", "Placeholder"), ("a__b", "a__b"), ("", None)],
)
def test_node_names(name, given):
    assert node_name(name) == (given or "Placeholder")


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (2, 3, r"Can not cast 3 to Literal\[2\]"),
        ([ONE], (ONE,), r"Can not cast \(<tf.Tensor.*\) to list type\."),
        ((ONE,), [ONE], r"Can not cast .* to tuple type\."),
        ({"x": ONE}, 1.0, r"Can not cast 1\.0 to a Dict type\."),
        ({"x": 1}, {"y": 1}, r"\{'y': 1\} has different keys with the TraceType Dict"),
        ([1, 2], [1], "1 items rather than 2"),
        (Point(1, 2), (1, 2), "Can not cast"),
        (Masked(True, 1), Masked(False, 1), "Metadata mismatch"),
        (tf.zeros(2), tf.zeros(3), r"Can not cast TensorSpec\(shape=\(3,\)"),
        (tf.zeros(2), tf.TensorSpec([2]), "Can not cast TensorSpec"),
    ],
)
def test_what_cannot_be_cast(kind, value, message):
    with pytest.raises((TypeError, ValueError), match=message):
        cast(type_of(kind), value, CastContext())


def test_casts():
    spec = tf.TensorSpec([None], tf.float32)
    assert cast(spec, [1, 2], CastContext()).dtype is tf.float32
    assert cast(spec, np.ones(2), CastContext()).dtype is tf.float32
    assert cast(spec, tf.TensorSpec([3]), CastContext(True)) == tf.TensorSpec([3])
    made = cast(type_of({"a": [ONE]}), {"a": [7]}, CastContext())
    assert made["a"][0].numpy() == 7
    thing = Keyed(1)
    assert cast(type_of(thing), thing, CastContext()) is thing
    v = tf.Variable(1.0)
    assert cast(type_of(v), v, CastContext()) is v
    with pytest.raises(TypeError, match="VariableSpec"):
        cast(type_of(v), 1.0, CastContext())


def test_signatures_name_the_parts():
    kind = type_of({"x y": ONE, "a": [1, (ONE,)], "p": Point(ONE, None), "o": tf.float32})
    shown = signature_of(kind, "d")
    assert shown["x y"].name == "d_x_y"
    assert shown["a"][1][0].name == "d_a_1_0"
    assert shown["a"][0] == 1
    assert shown["p"].x.name == "d_p_x"
    assert shown["o"] is tf.float32
    assert signature_of(type_of(range(2)), "r") == [0, 1]
    assert type(signature_of(type_of(b"a"), "r")).__name__ == "UnknownArgument"
    assert signature_of(tf.TensorSpec([], name="mine"), "x").name == "mine"
