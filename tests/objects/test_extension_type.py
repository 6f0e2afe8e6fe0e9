"""tf.experimental.ExtensionType: fields, constructors, equality, copies. Texts are TensorFlow's."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import typing

import numpy as np
import pytest

import headrace as tf

ExtensionType = tf.experimental.ExtensionType


class Interval(ExtensionType):
    low: tf.Tensor
    high: tf.Tensor
    unit: str = "m"

    def width(self):
        return self.high - self.low


class Node(ExtensionType):
    value: tf.Tensor
    children: typing.Tuple[Node, ...] = ()  # noqa: UP006 - what users write


class Everything(ExtensionType):
    tensor: tf.Tensor
    shape_: tf.TensorShape
    dtype_: tf.DType
    either: typing.Union[int, str]  # noqa: UP007
    many: typing.Tuple[tf.Tensor, ...]  # noqa: UP006
    pair: typing.Tuple[int, str]  # noqa: UP006
    named: typing.Mapping[str, tf.Tensor]
    sparse: typing.Optional[tf.SparseTensor] = None  # noqa: UP045


def everything(**changes):
    fields = {
        "tensor": [[1, 2]],
        "shape_": [1, None],
        "dtype_": tf.int32,
        "either": 3,
        "many": [1, 2],
        "pair": (1, "a"),
        "named": {"a": 1},
    }
    return Everything(**fields | changes)


class Plain(ExtensionType):
    s: str
    i: int
    f: float
    b: bool
    y: bytes
    n: None


class Validated(ExtensionType):
    x: tf.Tensor

    def __validate__(self):
        self.x.shape.assert_has_rank(1)


class Doubled(ExtensionType):
    x: tf.Tensor

    def __init__(self, half):
        self.x = tf.constant(half) * 2


def raises(kind, text):
    return pytest.raises(kind, match="^" + re.escape(text))


# ---- values --------------------------------------------------------------------------------------


def test_a_value_has_what_the_annotations_say():
    x = Interval([1, 2], high=[3, 5])
    assert repr(x) == (
        "Interval(low=<tf.Tensor: shape=(2,), dtype=int32, numpy=array([1, 2], dtype=int32)>, "
        "high=<tf.Tensor: shape=(2,), dtype=int32, numpy=array([3, 5], dtype=int32)>, unit='m')"
    )
    assert str(x) == repr(x)
    np.testing.assert_array_equal(x.width(), [2, 3])
    assert isinstance(x, tf.__internal__.CompositeTensor)
    assert not tf.is_tensor(x)
    assert tf.experimental.extension_type.as_dict(x) == {
        "low": x.low,
        "high": x.high,
        "unit": "m",
    }


def test_of_all_kinds():
    x = everything()
    assert x.shape_ == tf.TensorShape([1, None])
    assert (x.dtype_, x.either, x.pair) == (tf.int32, 3, (1, "a"))
    assert isinstance(x.many, tuple)
    assert [int(t) for t in x.many] == [1, 2]
    assert repr(x.named) == ("ImmutableDict({'a': <tf.Tensor: shape=(), dtype=int32, numpy=1>})")
    assert int(x.named["a"]) == 1
    assert everything(dtype_="float32").dtype_ is tf.float32
    assert len(everything(many="ab").many) == 2
    sparse = tf.sparse.from_dense([0, 1])
    assert everything(sparse=sparse).sparse is sparse


def test_nested_in_itself():
    tree = Node(1, (Node(2), Node(3, (Node(4),))))
    flat = tf.nest.flatten(tree, expand_composites=True)
    assert [int(t) for t in flat] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tensor": None}, "tensor: expected a Tensor, got 'NoneType'"),
        ({"tensor": [[1], [2, 3]]}, "tensor: expected a Tensor, got 'list'"),
        ({"shape_": "a"}, "shape_: expected 'tf.TensorShape', got 'str'"),
        ({"dtype_": "float33"}, "dtype_: expected 'tf.DType', got 'str'"),
        ({"either": 3.5}, "either: expected typing.Union[int, str], got 'float'"),
        ({"many": 5}, "many: expected tuple, got 'int'"),
        ({"many": {1}}, "many: expected tuple, got 'set'"),
        ({"many": [None]}, "many[0]: expected a Tensor, got 'NoneType'"),
        ({"pair": (1, "a", "b")}, "pair: expected tuple with length 2, got 'tuple')"),
        ({"pair": (1, 2)}, "pair[1]: expected 'str', got 'int'"),
        ({"named": [1]}, "named: expected mapping, got 'list'"),
        ({"named": {1: 1}}, "named[<key>]: expected 'str', got 'int'"),
        ({"named": {"a": None}}, "named['a']: expected a Tensor, got 'NoneType'"),
        ({"sparse": [1]}, "sparse: expected typing.Optional"),
    ],
)
def test_what_does_not_fit(changes, text):
    with raises(TypeError, text):
        everything(**changes)


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        (0, b"a", "s: expected 'str', got 'bytes'"),
        (1, 1.0, "i: expected 'int', got 'float'"),
        (2, 2, "f: expected 'float', got 'int'"),
        (3, 1, "b: expected 'bool', got 'int'"),
        (4, "x", "y: expected 'bytes', got 'str'"),
        (5, 3, "n: expected 'NoneType', got 'int'"),
        (1, np.int32(1), "i: expected 'int', got 'int32'"),
    ],
)
def test_plain_values_are_of_their_class(place, value, text):
    fields = ["a", 1, 2.0, True, b"x", None]
    assert repr(Plain(*fields)) == "Plain(s='a', i=1, f=2.0, b=True, y=b'x', n=None)"
    fields[place] = value
    with raises(TypeError, text):
        Plain(*fields)


def test_calls_that_do_not_bind():
    with raises(TypeError, "missing a required argument: 'low'"):
        Interval()
    with raises(TypeError, "too many positional arguments"):
        Interval(1, 2, "m", 4)
    with raises(TypeError, "got an unexpected keyword argument 'x'"):
        Interval(1, 2, x=3)
    with raises(TypeError, "multiple values for argument 'low'"):
        Interval(1, low=2)
    with raises(AssertionError, "Cannot create an instance of ExtensionType because"):
        ExtensionType()


def test_nothing_can_be_changed():
    x = Interval(1, 2)
    text = "Cannot mutate attribute `{}` outside the custom constructor of ExtensionType."
    for name in ("low", "other"):
        with raises(AttributeError, text.format(name)):
            setattr(x, name, 3)
    with raises(AttributeError, text.format("low")):
        del x.low
    with raises(AttributeError, "'Interval' object has no attribute 'other'"):
        _ = x.other
    with pytest.raises(TypeError, match="does not support item assignment"):
        everything().named["a"] = 1


def test_equality():
    x = Interval([1, 2], [3, 4])
    same = x == Interval([1, 2], [3, 4])
    assert repr(same) == "<tf.Tensor: shape=(), dtype=bool, numpy=True>"
    assert not bool(x.__eq__(Interval([1, 2], [3, 5])))
    assert repr(x != Interval([1, 2], [3, 5])) == "<tf.Tensor: shape=(), dtype=bool, numpy=True>"
    for other in (Interval([1], [3]), Interval([1.0, 2.0], [3, 4]), Interval([1, 2], [3, 4], "s")):
        assert (x == other) is False
        assert (x != other) is True
    assert (x == 3) is False
    assert everything() == everything()
    assert (everything() == everything(named={"b": 1})) is False
    assert everything(sparse=tf.sparse.from_dense([1])) == everything(
        sparse=tf.sparse.from_dense([1])
    )
    with raises(TypeError, "unhashable type: 'Interval'"):
        hash(x)


def test_copies():
    x = everything()
    for other in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert other is not x
        assert x == other
        with pytest.raises(AttributeError, match="Cannot mutate"):
            other.either = 1


# ---- constructors and checks ---------------------------------------------------------------------


def test_validation():
    with pytest.raises(ValueError, match=r"Shape \(\) must have rank 1"):
        Validated(1)
    assert Validated([1]).x.shape == [1]


def test_a_constructor_of_its_own():
    assert int(Doubled(3).x) == 6

    class Half(ExtensionType):
        x: int
        y: int

        def __init__(self):
            self.x = "text"
            self.x = 1
            seen.append(repr(self))

    seen = []
    with raises(ValueError, "Missing required fields: {'y'}"):
        Half()
    assert seen[0].endswith("Half(x=1)")

    class Other(ExtensionType):
        x: int

        def __init__(self):
            self.z = 1

    with pytest.raises(AttributeError, match="Cannot mutate attribute `z` outside"):
        Other()


def test_signatures():
    class Late(ExtensionType):
        x: int = 1
        y: str
        t: tf.Tensor = [1, 2]

    parameters = inspect.signature(Late).parameters
    assert list(parameters) == ["x", "y", "t"]
    assert parameters["y"].kind is inspect.Parameter.KEYWORD_ONLY
    assert parameters["t"].default == [1, 2]
    np.testing.assert_array_equal(Late(y="a").t, [1, 2])
    assert list(inspect.signature(Late.Spec).parameters) == ["x", "y", "t"]


def test_inheritance():
    class Named(Interval):
        name: str = "?"

        def half(self):
            return self.width() / 2

    x = Named(1.0, 3.0)
    assert float(x.half()) == 1.0
    assert (x.unit, x.name) == ("m", "?")
    assert not Interval.Spec.is_compatible_with(Interval(1.0, 3.0)._type_spec, x)

    class Mixed(Validated, Plain):
        z: int

    assert list(inspect.signature(Mixed).parameters) == ["s", "i", "f", "b", "y", "n", "x", "z"]


def declared(**annotations):
    return type(ExtensionType)(
        "Declared", (ExtensionType,), {"__annotations__": annotations, "__module__": __name__}
    )


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (list, "'list'"),
        (tuple, "'tuple'"),
        (typing.List[tf.Tensor], "typing.List["),  # noqa: UP006
        (dict[str, int], "dict[str, int]"),
        (typing.Any, "'Any'"),
        (np.ndarray, "'ndarray'"),
        (int | None, "int | None"),
        (tf.TensorSpec([]), "TensorSpec(shape=(), dtype=tf.float32, name=None)"),
        (tf.TensorSpec, "'TensorSpec'"),
        (tf.Variable, "'Variable'"),
        (typing.Tuple, "typing.Tuple"),  # noqa: UP006
        (typing.Mapping, "typing.Mapping"),
        (3, "3"),
        (complex, "'complex'"),
    ],
)
def test_annotations_that_no_field_can_have(annotation, text):
    with raises(TypeError, f"In field 'x': Unsupported type annotation {text}"):
        declared(x=annotation)


def test_names_and_defaults_that_no_field_can_have():
    for name in ("self", "Spec", "value_type", "_type_spec", "_tf_extension_type_x"):
        text = f"The field annotations for Declared are invalid. Field '{name}' is reserved."
        with raises(ValueError, text):
            declared(**{name: int})
    with raises(TypeError, "In field 'x': Mapping had a key 'Tensor' with type"):
        declared(x=typing.Mapping[tf.Tensor, int])
    with pytest.raises(ValueError, match="Field x is missing a type annotation"):

        class Bare(ExtensionType):
            x = 5

    with raises(TypeError, "default value for x: expected 'int', got 'str'"):

        class Wrong(ExtensionType):
            x: int = "a"


def test_names_of_what_is_defined_later():
    made = declared(x="DefinedLater")
    with raises(TypeError, "x: Unsupported type annotation 'DefinedLater'"):
        made(1)
    globals()["DefinedLater"] = Plain
    try:
        with raises(TypeError, "x: expected 'Plain', got 'int'"):
            made(1)
    finally:
        del globals()["DefinedLater"]


# ---- specs ---------------------------------------------------------------------------------------


def test_the_spec_of_a_value():
    spec = everything()._type_spec
    scalar = "TensorSpec(shape=(), dtype=tf.int32, name=None)"
    assert repr(spec) == (
        "Everything.Spec(tensor=TensorSpec(shape=(1, 2), dtype=tf.int32, name=None), "
        "shape_=TensorShape([1, None]), dtype_=tf.int32, either=3, "
        f"many=({scalar}, {scalar}), pair=(1, 'a'), named={{'a': {scalar}}}, sparse=None)"
    )
    assert spec == tf.type_spec_from_value(everything(tensor=[[3, 4]]))
    assert hash(spec) == hash(everything()._type_spec)
    assert spec.value_type is Everything
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert len(spec.flatten()) == 4
    assert repr(Everything.Spec) == f"<class '{__name__}.Everything.Spec'>"


def test_constructing_specs():
    tensor = tf.TensorSpec([None])
    spec = Interval.Spec(tensor, tensor, "s")
    assert spec.is_compatible_with(Interval([1.0], [2.0], "s"))
    assert not spec.is_compatible_with(Interval([1.0], [2.0], "m"))
    with raises(TypeError, "missing a required argument: 'unit'"):
        Interval.Spec(tensor, tensor)
    with raises(TypeError, "low: expected a TensorSpec, got 'int'"):
        Interval.Spec(1, tensor, "m")
    with raises(
        AttributeError,
        "Cannot mutate attribute `low` outside the custom constructor of ExtensionTypeSpec.",
    ):
        spec.low = tensor

    class Holder(ExtensionType):
        inner: Plain

    with raises(TypeError, "inner: expected a TypeSpec for 'Plain', got 'Interval.Spec'"):
        Holder.Spec(spec)


def test_supertypes():
    specs = [Interval([1.0] * n, [2.0] * n)._type_spec for n in (2, 3)]
    merged = specs[0].most_specific_common_supertype(specs[1:])
    assert merged == Interval.Spec(tf.TensorSpec([None]), tf.TensorSpec([None]), "m")
    assert specs[0].is_subtype_of(merged)
    assert not merged.is_subtype_of(specs[0])
    other = Interval(1.0, 2.0, "s")._type_spec
    assert specs[0].most_specific_common_supertype([other]) is None


def test_a_spec_of_its_own():
    class Vector(ExtensionType):
        x: tf.Tensor
        shape = property(lambda self: self.x.shape)

        class Spec:
            def __init__(self, size, dtype=tf.float32):
                self.x = tf.TensorSpec([size], dtype)

            @property
            def size(self):
                return self.x.shape[0]

    assert Vector.Spec(3).size == 3
    assert Vector.Spec(None).is_compatible_with(Vector([1.0]))
    assert list(inspect.signature(Vector.Spec).parameters) == ["size", "dtype"]
    with pytest.raises(ValueError, match=r"Wrong\.Spec must be a nested class; got 3"):

        class Wrong(ExtensionType):
            Spec = 3

    with pytest.raises(ValueError, match=r"must be directly subclassed from tf\.TypeSpec"):

        class Derived(ExtensionType):
            class Spec(Vector.Spec):
                pass


def test_registered_types_have_messages():
    class Point(ExtensionType):
        __name__ = "headrace_tests.Point"
        x: tf.Tensor
        k: int = 2

    spec = Point([1.0])._type_spec
    proto = spec.experimental_as_proto()
    assert proto.type_spec_class_name == "headrace_tests.Point.Spec"
    assert proto.num_flat_components == 1
    assert isinstance(proto, Point.Spec.experimental_type_proto())
    assert Point.Spec.experimental_from_proto(proto) == spec
    with pytest.raises(ValueError, match="has already been registered for class"):

        class Again(ExtensionType):
            __name__ = "headrace_tests.Point"

    with pytest.raises(Exception, match=r"No encoder for object Interval\.Spec"):
        Interval(1, 2)._type_spec.experimental_as_proto()


def test_tensors_are_what_nest_sees():
    x = Interval([1, 2], [3, 4])
    assert tf.nest.flatten(x) == [x]
    doubled = tf.nest.map_structure(lambda t: t * 2, x, expand_composites=True)
    assert doubled == Interval([2, 4], [6, 8])
    packed = tf.nest.pack_sequence_as(x, [1.0, 2.0], expand_composites=True)
    assert repr(packed) == "Interval(low=1.0, high=2.0, unit='m')"
    with pytest.raises(ValueError, match="Incompatible CompositeTensor TypeSpecs"):
        tf.nest.assert_same_structure(x, Interval(1, 2, "s"), expand_composites=True)


# ---- ops -----------------------------------------------------------------------------------------


def test_ops_refuse():
    x = Validated([1.0])
    for function in (tf.abs, tf.convert_to_tensor, tf.reduce_sum, tf.shape, tf.rank, tf.zeros_like):
        with raises(ValueError, "Attempt to convert a value (Validated(x=<tf.Tensor"):
            function(x)
    with raises(TypeError, "unsupported operand type(s) for +: 'Validated' and 'int'"):
        _ = x + 1


def test_ops_that_take_any_value():
    x = Interval([1.0], [2.0])
    assert tf.identity(x) is not x
    assert tf.identity(x) == x
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.stop_gradient(x).low * x.high)
    assert [g if g is None else float(g[0]) for g in tape.gradient(y, [x.low, x.high])] == [None, 1]


def test_a_type_that_is_a_tensor_to_ops():
    class Wrapped(ExtensionType):
        x: tf.Tensor

        def __tf_tensor__(self, dtype=None, name=None):
            return tf.convert_to_tensor(self.x, dtype)

    np.testing.assert_array_equal(tf.add(Wrapped([1, 2]), 1), [2, 3])
    np.testing.assert_array_equal(tf.stack([Wrapped(1), Wrapped(2)]), [1, 2])


def test_dispatch():
    @tf.experimental.dispatch_for_unary_elementwise_apis(Interval)
    def unary(api, x):
        return Interval(api(x.low), api(x.high), x.unit)

    @tf.experimental.dispatch_for_binary_elementwise_apis(Interval, Interval)
    def binary(api, x, y):
        return Interval(api(x.low, y.low), api(x.high, y.high), x.unit)

    @tf.experimental.dispatch_for_api(tf.shape, {"input": Interval})
    def shape(input, out_type=tf.int32, name=None):
        return tf.shape(input.low, out_type)

    try:
        x = Interval([-1.0], [2.0])
        assert tf.abs(x) == Interval([1.0], [2.0])
        assert tf.add(x, x) == Interval([-2.0], [4.0])
        np.testing.assert_array_equal(tf.shape(x), [1])
    finally:
        for target in (unary, binary, shape):
            tf.experimental.unregister_dispatch_for(target)
