"""TypeSpec and TensorSpec against TensorFlow's answers, and a spec of one's own."""

# ruff: noqa: E501 - the tables hold one recorded answer a line

import copy
import pickle
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace._src.core import nest, spec, spec_registry
from headrace._src.core.dtypes import as_dtype, float32, int32, string
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import BoundedTensorSpec, TensorSpec, TypeSpec, type_spec_from_value
from headrace._src.core.tensor import EagerTensor, Tensor

S, B = TensorSpec, BoundedTensorSpec


def tensor(value, dtype=None):
    array = np.array(value, None if dtype is None else dtype.as_numpy_dtype)
    return EagerTensor(array, as_dtype(array.dtype))


ones = tensor(np.ones(2, np.float32))

# Recorded from TensorFlow 2.21: an expression and its repr.
ANSWERS = {
    "S([1, None])": "TensorSpec(shape=(1, None), dtype=tf.float32, name=None)",
    "S(None)": "TensorSpec(shape=<unknown>, dtype=tf.float32, name=None)",
    "S(3, np.float64)": "TensorSpec(shape=(3,), dtype=tf.float64, name=None)",
    "S([], 'int32', name='x')": "TensorSpec(shape=(), dtype=tf.int32, name='x')",
    "S([1]).shape, S([1]).dtype, S([1]).name": "(TensorShape([1]), tf.float32, None)",
    "S([1]) == S([1]), S([1]) == S([1], name='x'), S([1]) == S([2])": "(True, False, False)",
    "S([1]) == S([1], int32), S([1]) == 5, S([None]) == S([None])": "(False, False, True)",
    "hash(S([1])) == hash(S([1], name='a'))": "True",
    "S([2, 3]).is_compatible_with(S([2, None]))": "True",
    "S([2, None]).is_compatible_with(S([2, 3]))": "True",
    "S([2, 3]).is_compatible_with(S([2, 3], int32))": "False",
    "S([2]).is_compatible_with(ones), S([3]).is_compatible_with(ones)": "(True, False)",
    "S([2]).is_compatible_with(np.zeros(2, np.float32))": "False",
    "S([2]).is_compatible_with(None), S([]).is_compatible_with(1.)": "(False, False)",
    "S([2]).is_compatible_with(B([2], float32, 0, 1))": "True",
    "S([2, 3]).is_subtype_of(S([2, None])), S([2, None]).is_subtype_of(S([2, 3]))": "(True, False)",
    "S([2]).is_subtype_of(S([2], name='a')), S([2], name='a').is_subtype_of(S([2]))": "(True, False)",
    "S([2, 3]).is_subtype_of(5), S([2]).is_subtype_of(S([2], int32))": "(False, False)",
    "S([2]).most_specific_common_supertype([S([2], int32)])": "None",
    "S([2]).most_specific_common_supertype([S([3]), S(None)])": "TensorSpec(shape=<unknown>, dtype=tf.float32, name=None)",
    "S([2], name='a').most_specific_common_supertype([S([3], name='a')])": "TensorSpec(shape=(None,), dtype=tf.float32, name='a')",
    "S([2], name='a').most_specific_common_supertype([S([3])])": "None",
    "S([2]).most_specific_common_supertype([5])": "None",
    "S([2, 3]).most_specific_compatible_type(S([2]))": "TensorSpec(shape=<unknown>, dtype=tf.float32, name=None)",
    "S.from_spec(S([2], name='a')), S.from_spec(S([2], name='a'), 'b').name": "(TensorSpec(shape=(2,), dtype=tf.float32, name='a'), 'b')",
    "S.from_spec(B([2], float32, 0, 1))": "TensorSpec(shape=(2,), dtype=tf.float32, name=None)",
    "S.from_tensor(ones, 'b')": "TensorSpec(shape=(2,), dtype=tf.float32, name='b')",
    "S([2], name='a')._batch(3), S(None)._batch(3).shape": "(TensorSpec(shape=(3, 2), dtype=tf.float32, name=None), TensorShape(None))",
    "S([2, 3])._unbatch(), S(None)._unbatch().shape": "(TensorSpec(shape=(3,), dtype=tf.float32, name=None), TensorShape(None))",
    "S([2]).flatten(), S([2]).to_tensors(ones) == [ones]": "([TensorSpec(shape=(2,), dtype=tf.float32, name=None)], True)",
    "B([2], float32, 0, 1)": "BoundedTensorSpec(shape=(2,), dtype=tf.float32, name=None, minimum=array(0., dtype=float32), maximum=array(1., dtype=float32))",
    "B([2], float32, 0, 1) == B([2], float32, 0, 1), B([2], float32, 0, 1) == B([2], float32, 0, 2)": "(True, False)",
    "S([2]) == B([2], float32, 0, 1), B([2], float32, 0, 1) == S([2])": "(False, False)",
    "B.from_spec(S([2], int32)).maximum": "array(2147483647, dtype=int32)",
    "type_spec_from_value(ones)": "TensorSpec(shape=(2,), dtype=tf.float32, name=None)",
    "type_spec_from_value(np.float32(2))": "TensorSpec(shape=(), dtype=tf.float32, name=None)",
    "spec_registry.get_name(S), spec_registry.lookup('tf.BoundedTensorSpec') is B": "('tf.TensorSpec', True)",
}  # fmt: skip

ERRORS = {
    "S()": "TypeError: DenseSpec.__init__() missing 1 required positional argument: 'shape'",
    "S([2], 'foo')": "TypeError: Cannot convert the argument `type_value`: 'foo' to a TensorFlow "
    "DType.",
    "S([2]).most_specific_compatible_type(5)": "ValueError: No TypeSpec is compatible with both "
    "TensorSpec(shape=(2,), dtype=tf.float32, name=None) and 5",
    "S.from_tensor([1])": "ValueError: `tensor` should be a tf.Tensor, but got type "
    "<class 'list'>.",
    "S([])._unbatch()": "ValueError: Unbatching a tensor is only supported for rank >= 1",
    "B([2], float32, None, 1)": "ValueError: `minimum` can not be None.",
    "B([2], float32, [0, 0, 0], 1)": "ValueError: `minimum` [0, 0, 0] is not compatible with "
    "shape (2,).",
    "type_spec_from_value(S([1]))": "TypeError: Could not build a TypeSpec for "
    "TensorSpec(shape=(1,), dtype=tf.float32, name=None) of unsupported type "
    "<class 'headrace._src.core.spec.TensorSpec'>.",
    "type_spec_from_value({1: 2})": "TypeError: Could not build a TypeSpec for {1: 2} of "
    "unsupported type <class 'dict'>.",
    "TypeSpec()": "TypeError: Can't instantiate abstract class TypeSpec with abstract methods "
    "_component_specs, _from_components, _serialize, _to_components, value_type",
    "spec_registry.lookup('foo.bar')": "ValueError: No TypeSpec has been registered with name "
    "'foo.bar'",
    "spec_registry.lookup(5)": "TypeError: Expected `name` to be a string; got 5",
    "spec_registry.get_name(5)": "TypeError: Expected `cls` to be a TypeSpec; got 5",
    "spec_registry.register('tf')": "ValueError: Registered name must have the form "
    "'{project_name}.{type_name}' (e.g. 'my_project.MyTypeSpec'); got 'tf'.",
    "spec_registry.register(5)": "TypeError: Expected `name` to be a string; got 5",
    "spec_registry.register('a.d')(5)": "TypeError: Expected `cls` to be a TypeSpec; got 5",
}


@pytest.fixture(autouse=True)
def conversion(monkeypatch):
    """Fills the slot for conversion with a plain one: numbers, strings and lists."""

    def convert(value, dtype=None):
        if not isinstance(value, (int, float, str, list)):
            raise TypeError("no tensor")
        return tensor(value, dtype)

    monkeypatch.setattr(spec, "_to_tensor", convert)


@pytest.mark.parametrize("expression", ANSWERS)
def test_answers(expression):
    assert repr(eval(expression)) == ANSWERS[expression]


@pytest.mark.parametrize("expression", ERRORS)
def test_errors(expression):
    with pytest.raises(Exception) as caught:
        eval(expression)
    assert f"{caught.type.__name__}: {caught.value}".replace("abstract method ", "") == ERRORS[
        expression
    ].replace("abstract method ", "")


def test_tensor_spec_is_a_leaf_and_a_type():
    s = S([2])
    assert s.value_type is Tensor
    assert isinstance(s, TypeSpec)
    assert nest.flatten([s], expand_composites=True) == [s]
    assert s.from_tensors(iter([ones])) is ones
    assert s.__tf_tracing_type__(None) is s
    context = types.SimpleNamespace(placeholder=lambda spec: ("placeholder", spec))
    assert s.placeholder_value(context) == ("placeholder", s)


def test_bounds_can_not_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        B([2], float32, 0, 1).minimum[...] = 5


@pytest.mark.parametrize(
    "value", [S([2, None], int32, "q"), B([2], float32, 0, 1), S(None, string)]
)
def test_copies_and_pickles(value):
    assert copy.deepcopy(value) == copy.copy(value) == pickle.loads(pickle.dumps(value)) == value


def test_casting():
    strict = types.SimpleNamespace(allow_specs=False)
    lenient = types.SimpleNamespace(allow_specs=True)
    s = S([2])
    assert s.cast(ones, strict) is ones
    assert s.cast([1.0, 2.0], strict).numpy().tolist() == [1, 2]
    assert s.cast(S([2]), lenient) == s
    for wrong in (tensor([1.0]), {1: 2}, [1.0], S([3])):
        with pytest.raises(TypeError, match="Can not cast"):
            s.cast(wrong, lenient)


# --- a spec of one's own -----------------------------------------------------------------------


class Measured:
    def __init__(self, values, count):
        self.values, self.count = values, count

    @property
    def _type_spec(self):
        return MeasuredSpec(self.values.shape, self.values.dtype)


class MeasuredSpec(TypeSpec):
    value_type = property(lambda self: Measured)

    def __init__(self, shape, dtype=float32):
        self._shape, self._dtype = TensorShape(shape), dtype

    def _serialize(self):
        return self._shape, self._dtype

    @property
    def _component_specs(self):
        return [S(self._shape, self._dtype), S([], int32)]

    def _to_components(self, value):
        return [value.values, value.count]

    def _from_components(self, components):
        return Measured(*components)


M = MeasuredSpec
count = tensor(1, int32)
measured = Measured(ones, count)


def test_all_follows_from_the_serialization():
    assert repr(M([2, None])) == "MeasuredSpec(TensorShape([2, None]), tf.float32)"
    assert M([2]) == M([2])
    assert hash(M([2])) == hash(M([2]))
    assert M([2]) != M([3])
    assert M([2]) != S([2])
    assert M([2]).is_compatible_with(M([None]))
    assert not M([2]).is_compatible_with(M([2], int32))
    assert not M([2]).is_compatible_with(S([2]))
    assert not M([2]).is_compatible_with(5)
    assert M([2]).is_compatible_with(measured)
    assert M([2]).is_subtype_of(M([None]))
    assert not M([None]).is_subtype_of(M([2]))
    assert M([2]).most_specific_common_supertype([M([3])]) == M([None])
    assert M([2]).most_specific_common_supertype([M([3], int32)]) is None
    with pytest.raises(ValueError, match="No TypeSpec is compatible with both MeasuredSpec"):
        M([2]).most_specific_compatible_type(S([3]))
    assert pickle.loads(pickle.dumps(M([2]))) == M([2])


def test_to_tensors_and_back():
    assert type_spec_from_value(measured) == M([2])
    assert M([2]).flatten() == [S([2]), S([], int32)]
    assert M([2]).to_tensors(measured) == [ones, count]
    assert M([2]).from_tensors(iter([ones, count])).count is count
    assert M([2])._from_tensor_list([ones, count]).values is ones
    with pytest.raises(ValueError, match="the TypeSpec expects 2 items, but the provided"):
        M([2])._from_tensor_list([ones])
    with pytest.raises(ValueError, match="Cannot create a Measured from the tensor list because"):
        M([2])._from_tensor_list([count, count])
    assert nest.flatten([measured], expand_composites=True) == [ones, count]
    assert nest.flatten(M([2]), expand_composites=True) == [S([2]), S([], int32)]
    context = types.SimpleNamespace(placeholder=lambda s: s.dtype)
    assert M([2]).placeholder_value(context).count == int32
    assert M([2]).cast(measured, types.SimpleNamespace(allow_specs=False)) is measured


class Described(TypeSpec):
    """A spec whose serialization has every kind of part."""

    value_type = property(lambda self: Measured)
    _component_specs = property(lambda self: [])

    def __init__(self, *parts):
        self.parts = parts

    def _serialize(self):
        return self.parts

    def _to_components(self, value):
        return []

    def _from_components(self, components):
        return Measured(None, None)


def test_parts_of_a_serialization():
    def described(size, text="a"):
        return Described({"k": [S([size])], "t": text}, np.array([1, 2]), (M([size]),))

    a, b = described(2), described(3)
    assert a == described(2)
    assert hash(a) == hash(described(2))
    assert a != b
    assert not a.is_compatible_with(b)
    assert a.most_specific_common_supertype([b]) == described(None)
    assert a.is_subtype_of(described(None))
    assert a.most_specific_common_supertype([described(2, "b")]) is None
    assert a.most_specific_common_supertype([Described({"k": 1}, 2)]) is None
    assert Described([1]).most_specific_common_supertype([Described([1, 2])]) is None
    assert Described({"a": 1}).most_specific_common_supertype([Described({"b": 1})]) is None
    assert not Described({"a": 1}).is_subtype_of(Described({"b": 1}))


def test_values_find_their_specs(monkeypatch):
    monkeypatch.setattr(spec, "_CONVERTERS", [])

    class Celsius(float):
        pass

    spec.register_type_spec_from_value_converter(float, lambda value: S([], name="float"))
    assert type_spec_from_value(1.5).name == "float"
    assert type_spec_from_value(Celsius(1)).name is None
    spec.register_type_spec_from_value_converter(float, lambda value: S([], name="any"), True)
    assert type_spec_from_value(Celsius(1)).name == "any"


def test_names_are_given_once(monkeypatch):
    monkeypatch.setattr(spec_registry, "_NAME_TO_TYPE_SPEC", {})
    monkeypatch.setattr(spec_registry, "_TYPE_SPEC_TO_NAME", {})
    with pytest.raises(ValueError, match=r"TypeSpec .*MeasuredSpec has not been registered."):
        spec_registry.get_name(M)
    assert spec_registry.register("a.b")(M) is M
    assert spec_registry.get_name(M) == "a.b"
    with pytest.raises(ValueError, match=r"has already been registered with name a\.b\."):
        spec_registry.register("a.c")(M)
    with pytest.raises(ValueError, match=r"Name a\.b has already been registered for class"):
        spec_registry.register("a.b")(Described)


shapes = st.none() | st.lists(st.none() | st.integers(0, 3), max_size=3)
specs = st.builds(S, shapes, st.sampled_from([float32, int32]), st.sampled_from([None, "a"]))


@given(specs, specs)
def test_the_supertype_takes_in_both(a, b):
    both = a.most_specific_common_supertype([b])
    assert both == b.most_specific_common_supertype([a])
    if both is None:
        assert a.dtype != b.dtype or a.name != b.name
    else:
        assert a.is_subtype_of(both)
        assert b.is_subtype_of(both)
    if a.is_subtype_of(b):
        assert a.is_compatible_with(b)
    assert (a == b) == (repr(a) == repr(b))
