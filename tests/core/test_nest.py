"""tf.nest against a table of TensorFlow's answers, and the laws of packing and flattening."""

# ruff: noqa: E501 - the tables hold one recorded answer a line

import collections
import collections.abc
import dataclasses
import types
from collections import OrderedDict, defaultdict  # noqa: F401 (the table below evaluates it)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace._src.core import nest, nest_paths
from headrace._src.core.nest import (
    assert_same_structure,
    flatten,
    is_nested,
    map_structure,
    pack_sequence_as,
)
from headrace._src.core.shapes import TensorShape  # noqa: F401 (likewise)

P = collections.namedtuple("P", "x y")
P2 = collections.namedtuple("P2", "x y")
SameAsP = collections.namedtuple("P", "x y")


class Derived(P):
    pass


class List(list):
    pass


class Tuple(tuple):
    pass


class Sequence(collections.abc.Sequence):
    def __init__(self, items):
        self.items = list(items)

    def __getitem__(self, index):
        return self.items[index]

    def __len__(self):
        return len(self.items)

    def __repr__(self):
        return f"Sequence({self.items})"


@dataclasses.dataclass
class Plain:
    a: object


@dataclasses.dataclass
class Masked:
    mask: object
    a: object
    b: object

    def __tf_flatten__(self):
        return (self.mask,), (self.a, self.b)

    @classmethod
    def __tf_unflatten__(cls, metadata, leaves):
        return cls(*metadata, *leaves)


class Attrs:
    """What nest sees of a class made by attrs."""

    __attrs_attrs__ = (types.SimpleNamespace(name="b"), types.SimpleNamespace(name="a"))

    def __init__(self, b, a):
        self.b, self.a = b, a


def tup(*xs):
    return xs


# Recorded from TensorFlow 2.21: an expression and its repr.
ANSWERS = {
    "flatten([1, [2, (3, {'b': 4, 'a': 5})]])": "[1, 2, 3, 5, 4]",
    "flatten(None), flatten('abc'), flatten(b'abc'), flatten({1})": "([None], ['abc'], [b'abc'], [{1}])",
    "flatten([[], 1, {}])": "[1]",
    "flatten(np.array([1, 2]))": "[array([1, 2])]",
    "flatten(range(3)), flatten(bytearray(b'ab'))": "([0, 1, 2], [97, 98])",
    "flatten(OrderedDict([('b', 1), ('a', 2)])), flatten(defaultdict(int, b=1, a=2))": "([2, 1], [2, 1])",
    "flatten({'b': 1, 'a': 2}.keys()), flatten({'b': 1, 'a': 2}.values())": "(['b', 'a'], [1, 2])",
    "flatten({'b': 1, 'a': 2}.items())": "['b', 1, 'a', 2]",
    "flatten({(1, 2): 1, (0,): 2})": "[2, 1]",
    "flatten(P(1, [2, 3])), flatten(Derived(1, [2, 3]))": "([1, 2, 3], [1, 2, 3])",
    "flatten(List([1])), flatten(Tuple([1])), flatten(Sequence([1]))": "([1], [1], [1])",
    "flatten(collections.deque([1, 2])), flatten(types.MappingProxyType({'b': 1, 'a': 2}))": "([1, 2], [2, 1])",
    "flatten(Plain(1)), flatten([Masked(1, 2, [3, 4])])": "([Plain(a=1)], [2, 3, 4])",
    "flatten(TensorShape([1, 2])), flatten(slice(1, 2))": "([TensorShape([1, 2])], [slice(1, 2, None)])",
    "flatten(Attrs([1], 2)), map_structure(tup, Attrs(1, 2)).b": "([1, 2], (1,))",
    "map_structure(lambda x: x + 1, [1, (2, {'a': 3})])": "[2, (3, {'a': 4})]",
    "map_structure(tup, 'ab', 'cd')": "('ab', 'cd')",
    "map_structure(tup, [1, 2], (3, 4), check_types=False)": "[(1, 3), (2, 4)]",
    "map_structure(tup, {'b': 1, 'a': 2}, OrderedDict(b=3, a=4))": "{'b': (1, 3), 'a': (2, 4)}",
    "map_structure(tup, OrderedDict(b=3, a=4), {'b': 1, 'a': 2})": "OrderedDict([('b', (3, 1)), ('a', (4, 2))])",
    "map_structure(tup, defaultdict(int, b=1, a=2))": "defaultdict(<class 'int'>, {'b': (1,), 'a': (2,)})",
    "map_structure(tup, P(1, 2), SameAsP(3, 4))": "P(x=(1, 3), y=(2, 4))",
    "map_structure(tup, Derived(1, 2))": "Derived(x=(1,), y=(2,))",
    "map_structure(tup, List([1]), [2])": "[(1, 2)]",
    "type(map_structure(tup, List([1])))": "<class 'List'>",
    "map_structure(tup, Sequence([1]))": "Sequence([(1,)])",
    "map_structure(tup, {'a': 1}.keys())": "[('a',)]",
    "map_structure(tup, collections.deque([1]))": "deque([(1,)])",
    "map_structure(tup, Masked(0, 1, 2), Masked(9, 3, 4))": "Masked(mask=0, a=(1, 3), b=(2, 4))",
    "map_structure(lambda x: [x], [1, 2])": "[[1], [2]]",
    "map_structure(tup, []), map_structure(tup, None, None)": "([], (None, None))",
    "pack_sequence_as({'b': 1, 'a': 2}, [3, 4])": "{'b': 4, 'a': 3}",
    "pack_sequence_as(collections.Counter('ab'), [3, 4])": "Counter({'b': 4, 'a': 3})",
    "pack_sequence_as([Masked(0, 1, [2, 3]), 4], [3, 4, 5, 6])": "[Masked(mask=0, a=3, b=[4, 5]), 6]",
    "pack_sequence_as(1, [5]), pack_sequence_as([1, 2], range(2))": "(5, [0, 1])",
    "pack_sequence_as([1, 2], [[1], [2]])": "[[1], [2]]",
    "pack_sequence_as({'a': 1}.items(), ['a', 3]), pack_sequence_as(range(2), [3, 4])": "([('a', 3)], [3, 4])",
    "pack_sequence_as(bytearray(b'ab'), [3, 4])": "bytearray(b'\\x03\\x04')",
    "nest_paths.flatten_with_joined_string_paths({'b': [1, (2,)], 'a': 3})": "[('a', 3), ('b/0', 1), ('b/1/0', 2)]",
    "nest_paths.flatten_with_joined_string_paths(P(1, [2]), '.')": "[('x', 1), ('y.0', 2)]",
    "nest_paths.flatten_with_tuple_paths({1: [2]}), nest_paths.flatten_with_tuple_paths(5)": "([((1, 0), 2)], [((), 5)])",
    "nest_paths.flatten_with_tuple_paths(Masked(0, 1, [2]))": "[((0,), 1), ((1, 0), 2)]",
    "nest_paths.map_structure_with_paths(tup, {'b': [1, 2]}, {'b': [5, 6]})": "{'b': [('b/0', 1, 5), ('b/1', 2, 6)]}",
    "nest_paths.map_structure_with_tuple_paths(tup, {'b': [1]})": "{'b': [(('b', 0), 1)]}",
    "nest_paths.map_structure_up_to([1, 2], tup, [[1], [2]], [3, [4]])": "[([1], 3), ([2], [4])]",
    "nest_paths.map_structure_up_to({'a': 1, 'b': 2}, tup, OrderedDict(b=1, a=2))": "{'a': (2,), 'b': (1,)}",
    "nest_paths.map_structure_up_to([1, 2], tup, (1, 2), check_types=False)": "[(1,), (2,)]",
    "nest_paths.map_structure_up_to(P(1, 2), tup, SameAsP([3], 4))": "P(x=([3],), y=(4,))",
    "nest_paths.map_structure_up_to(1, tup, [3])": "([3],)",
    "nest_paths.flatten_up_to([1, [2]], [[1], [{'a': 2}]])": "[[1], {'a': 2}]",
    "nest_paths.flatten_up_to({'b': 1, 'a': 2}, {'a': [1], 'b': 2})": "[[1], 2]",
    "nest_paths.get_traverse_shallow_structure(lambda s: isinstance(s, list), [1, (2,), [3]])": "[False, False, [False]]",
    "nest_paths.get_traverse_shallow_structure(lambda s: not isinstance(s, tuple), {'a': (1, 2), 'b': [3]})": "{'a': False, 'b': [True]}",
    "nest_paths.get_traverse_shallow_structure(lambda s: False, [[1]])": "False",
}  # fmt: skip

SAME_TYPE = "More specifically: The two namedtuples don't have the same sequence type."
SAME_LENGTH = "More specifically: The two structures don't have the same number of elements."
NOT_A_SEQUENCE = "More specifically: Substructure "

# Likewise: an expression that raises, the class, and a part of the text.
ERRORS = [
    ("flatten({1: 1, 'a': 2})", TypeError, "'<' not supported between"),
    ("map_structure(5, [1])", TypeError, "func must be callable, got: 5"),
    ("map_structure(tup)", ValueError, "Must provide at least one structure"),
    (
        "map_structure(tup, [1], foo=1)",
        ValueError,
        "Only valid keyword arguments are `check_types` and `expand_composites`, not: `foo`",
    ),
    ("map_structure(tup, [1], (2,))", TypeError, SAME_TYPE),
    ("map_structure(tup, P(1, 2), P2(1, 2))", TypeError, SAME_TYPE),
    ("map_structure(tup, P(1, 2), Derived(1, 2))", TypeError, SAME_TYPE),
    ("map_structure(tup, (1, 2), P(1, 2))", TypeError, SAME_TYPE),
    ("map_structure(tup, Tuple([1]), (1,))", TypeError, SAME_TYPE),
    ("map_structure(tup, {'a': 1}, [1])", TypeError, SAME_TYPE),
    ("map_structure(tup, (1,), (2,), (3, 4))", ValueError, SAME_LENGTH),
    ("map_structure(tup, [1], 3)", ValueError, NOT_A_SEQUENCE),
    ("map_structure(tup, None, [1])", ValueError, NOT_A_SEQUENCE),
    ("map_structure(tup, Masked(0, 1, [2]), Masked(0, 3, 4))", ValueError, NOT_A_SEQUENCE),
    ("assert_same_structure([[1]], [[1, 2]])", ValueError, SAME_LENGTH),
    (
        "assert_same_structure({'b': 1, 'a': 2}, {'d': [1], 'c': 2})",
        ValueError,
        (
            "The two structures don't have the same nested structure.\n\n"
            "First structure: type=dict str={'b': 1, 'a': 2}\n\n"
            "Second structure: type=dict str={'d': [1], 'c': 2}\n\n"
            "More specifically: The two dictionaries don't have the same set of keys. First structure "
            "has keys type=list str=['b', 'a'], while second structure has keys type=list "
            "str=['d', 'c']\n"
            "Entire first structure:\n{'b': ., 'a': .}\n"
            "Entire second structure:\n{'d': [.], 'c': .}"
        ),
    ),
    (
        "pack_sequence_as([1, 2], [1])",
        ValueError,
        (
            "Could not pack sequence. Structure had 2 atoms, but flat_sequence had 1 items.  "
            "Structure: [1, 2], flat_sequence: [1]."
        ),
    ),
    (
        "pack_sequence_as(1, [5, 6])",
        ValueError,
        (
            "The target structure is of type `<class 'int'>`\n  1\nHowever the input is a sequence "
            "(<class 'list'>) of length 2.\n  [5, 6]\n"
            "nest cannot guarantee that it is safe to map one to the other."
        ),
    ),
    (
        "pack_sequence_as([1], np.array([5]))",
        TypeError,
        (
            "Attempted to pack value:\n  [5]\ninto a structure, but found incompatible type "
            "`<class 'numpy.ndarray'>` instead."
        ),
    ),
    ("pack_sequence_as([1], 'a' * 300)", TypeError, "a" * 100 + "...\ninto"),
    (
        "map_structure(tup, types.MappingProxyType({'a': 1}))",
        TypeError,
        (
            "Error creating an object of type <class 'mappingproxy'> like {'a': 1}. Note that it must "
            "accept a single positional argument representing an iterable of key-value pairs"
        ),
    ),
    (
        "nest_paths.map_structure_up_to([1, 2], tup, [1])",
        ValueError,
        (
            "The two structures don't have the same sequence length. Input structure has length 1, "
            "while shallow structure has length 2."
        ),
    ),
    (
        "nest_paths.map_structure_up_to([1, 2], tup, (1, 2))",
        TypeError,
        (
            "The two structures don't have the same sequence type. Input structure has type "
            "<class 'tuple'>, while shallow structure has type <class 'list'>."
        ),
    ),
    (
        "nest_paths.assert_shallow_structure({'a': {'c': 1}}, {'a': {'d': 3}})",
        ValueError,
        (
            "The shallow_tree's keys are not a subset of the input_tree's keys. The shallow_tree has "
            "the following keys that are not in the input_tree: ['c']."
        ),
    ),
    (
        "nest_paths.flatten_up_to([[1]], [1])",
        TypeError,
        (
            "If shallow structure is a sequence, input must also be a sequence. "
            "Input has type: <class 'int'>."
        ),
    ),
    ("nest_paths.map_structure_up_to([1], tup)", ValueError, "Cannot map over no sequences"),
    (
        "nest_paths.get_traverse_shallow_structure(lambda s: 'a', [[1]])",
        TypeError,
        "traverse_fn returned a non-bool scalar: a for input: [[1]]",
    ),
    (
        "nest_paths.get_traverse_shallow_structure(lambda s: 'a', 1)",
        TypeError,
        "traverse_fn returned structure: a for non-structure: 1",
    ),
]


@pytest.mark.parametrize("expression", ANSWERS)
def test_answers(expression):
    assert repr(eval(expression)).replace(f"{__name__}.", "") == ANSWERS[expression]


@pytest.mark.parametrize("expression, error, text", ERRORS)
def test_errors(expression, error, text):
    with pytest.raises(error) as caught:
        eval(expression)
    assert type(caught.value) is error
    assert text in str(caught.value)


def test_what_is_nested():
    nested = [[], (), {}, P(1, 2), Masked(1, 2, 3), Sequence([]), range(2), collections.deque()]
    nested += [{}.keys(), {}.values(), {}.items(), bytearray(b"a"), memoryview(b"a")]
    leaves = [1, None, "a", b"a", {1}, frozenset(), np.zeros(2), Plain(1), iter([]), slice(1)]
    assert all(map(is_nested, nested))
    assert not any(map(is_nested, leaves))


@pytest.mark.parametrize(
    "a, b",
    [
        ([1], List([2])),
        ({"a": 1}, OrderedDict(a=2)),
        ({"a": 1}, types.MappingProxyType({"a": 2})),
        (P(1, 2), SameAsP(3, 4)),
        (Masked(0, 1, 2), Masked(1, 3, 4)),
        (1, "a"),
    ],
)
def test_same_structures(a, b):
    assert_same_structure(a, b)
    assert_same_structure(b, a)


def test_classes_and_keys_may_differ_where_types_are_not_checked():
    assert_same_structure([1, 2], P(1, 2), check_types=False)
    assert_same_structure({"a": 1}, {"b": 2}, check_types=False)
    assert_same_structure({"a": 1}, [2], check_types=False)


def test_errors_of_the_function_come_through():
    with pytest.raises(ZeroDivisionError):
        map_structure(lambda x: 1 / x, [1, [0]])


def test_classes_made_without_end_are_forgotten():
    known = nest.kinds()
    for _ in range(5000):
        assert is_nested(collections.namedtuple("Fresh", "x")(1))
    assert len(known) < 4200


# --- values that consist of tensors ------------------------------------------------------------


class Pair:
    """Two leaves, one of them nested."""

    def __init__(self, first, second, tag="pair"):
        self.first, self.second, self.tag = first, second, tag

    @property
    def _type_spec(self):
        return PairSpec(self.tag)


class PairSpec:
    value_type = Pair

    def __init__(self, tag):
        self.tag = tag

    _component_specs = property(lambda self: ["spec 1", "spec 2"])

    def _to_components(self, value):
        return [value.first, value.second]

    def _from_components(self, components):
        return Pair(*components, self.tag)

    def most_specific_common_supertype(self, others):
        return self if all(self.tag == other.tag for other in others) else None


class Variable(Pair):
    _should_act_as_resource_variable = True


class AtomSpec(PairSpec):
    _is_atom = True


def test_composites():
    pair = Pair(1, 2)
    assert flatten([pair]) == [pair]
    assert flatten([pair, 3], expand_composites=True) == [1, 2, 3]
    assert flatten(PairSpec("x"), True) == ["spec 1", "spec 2"]
    assert flatten([Variable(1, 2)], True)[0].first == 1
    assert isinstance(flatten(AtomSpec("x"), True)[0], AtomSpec)
    packed = pack_sequence_as({"a": Pair(0, 0, "tag")}, [5, 6], expand_composites=True)["a"]
    assert (packed.first, packed.second, packed.tag) == (5, 6, "tag")
    assert pack_sequence_as(PairSpec("x"), [5, 6], expand_composites=True).second == 6
    mapped = map_structure(lambda x, y: x + y, pair, Pair(10, 20), expand_composites=True)
    assert (mapped.first, mapped.second) == (11, 22)
    assert map_structure(lambda x: x + 1, [pair], expand_composites=True)[0].second == 3
    paths = nest_paths.flatten_with_joined_string_paths({"a": pair}, expand_composites=True)
    assert paths == [("a/Pair/0", 1), ("a/Pair/1", 2)]
    assert nest_paths.flatten_up_to([0, 0], [pair, 3], expand_composites=True) == [pair, 3]
    assert nest_paths.flatten_up_to([pair], [Pair(3, 4)], expand_composites=True) == [3, 4]


def test_composites_compare_by_their_specs():
    same, other = Pair(3, 4), Pair(3, 4, "other")
    assert_same_structure(Pair(1, 2), same, expand_composites=True)
    assert_same_structure(Pair(1, 2), 5)
    assert_same_structure(PairSpec("x"), PairSpec("y"), expand_composites=True)
    for check in (assert_same_structure, nest_paths.assert_shallow_structure):
        with pytest.raises(ValueError, match="Incompatible CompositeTensor TypeSpecs"):
            check([Pair(1, 2)], [other], expand_composites=True)
    with pytest.raises(ValueError, match="is a sequence, while substructure"):
        assert_same_structure(Pair(1, 2), 5, expand_composites=True)
    with pytest.raises(TypeError, match="has type Pair, while"):
        assert_same_structure(Pair(1, 2), [5, 6], expand_composites=True)


# --- laws --------------------------------------------------------------------------------------

structures = st.recursive(
    st.integers() | st.none() | st.text(max_size=2),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=2), inner, max_size=3),
        st.dictionaries(st.text(max_size=2), inner, max_size=3).map(OrderedDict),
        st.builds(P, inner, inner),
        st.builds(Masked, st.integers(), inner, inner),
    ),
    max_leaves=12,
)


@given(structures)
def test_packing_undoes_flattening(structure):
    leaves = flatten(structure)
    assert not any(map(is_nested, leaves))
    packed = pack_sequence_as(structure, leaves)
    assert packed == structure
    assert_same_structure(packed, structure)
    if isinstance(structure, dict):
        assert list(packed) == list(structure)


@given(structures)
def test_mapping_is_flattening_and_packing(structure):
    expected = pack_sequence_as(structure, [(leaf,) for leaf in flatten(structure)])
    assert map_structure(tup, structure) == expected
    twice = map_structure(lambda a, b: (a,) if a is b else None, structure, structure)
    assert twice == expected


@given(structures)
def test_paths_follow_the_order_of_flatten(structure):
    named = nest_paths.flatten_with_tuple_paths(structure)
    assert [leaf for _, leaf in named] == flatten(structure)
    assert len({path for path, _ in named}) == len(named)
    assert nest_paths.flatten_up_to(structure, structure) == flatten(structure)
    mapped = nest_paths.map_structure_with_tuple_paths(lambda path, leaf: leaf, structure)
    assert mapped == structure


@given(structures.filter(is_nested))
def test_one_container(structure):
    values = list(nest_paths.yield_value(structure))
    assert [value for _, value in nest_paths.yield_sorted_items(structure)] == values
    assert nest_paths.sequence_like(structure, values) == structure
