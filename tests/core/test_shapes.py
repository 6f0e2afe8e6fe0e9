"""TensorShape against a table of TensorFlow's answers, and the laws that partial shapes obey."""

# ruff: noqa: E501 - the tables hold one recorded answer a line

import copy
import operator
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace._src.core import shapes
from headrace._src.core.shapes import Dimension, TensorShape, broadcast_static_shape, unknown

TS = TensorShape

sizes = st.one_of(st.none(), st.integers(0, 4))
partial = st.one_of(
    st.just(unknown), st.lists(sizes, max_size=4).map(TensorShape), st.just(TensorShape([]))
)

# Recorded from TensorFlow 2.21: an expression and its repr.
ANSWERS = {
    "TS(5)": "TensorShape([5])",
    "TS((2, None))": "TensorShape([2, None])",
    "TS(TS([1, 2]))": "TensorShape([1, 2])",
    "TS(np.array([1, 2]))": "TensorShape([1, 2])",
    "TS(np.array(3))": "TensorShape([3])",
    "TS(range(3))": "TensorShape([0, 1, 2])",
    "TS('')": "TensorShape([])",
    "TS(b'ab')": "TensorShape([97, 98])",
    "type(TS([np.int64(3)])[0])": "<class 'int'>",
    "TS([1, 2]).rank, TS(None).rank, TS(None).ndims, TS(None).dims": "(2, None, None, None)",
    "TS([1, None]).dims": "[Dimension(1), Dimension(None)]",
    "TS([1, None]).as_list()": "[1, None]",
    "TS([]).num_elements(), TS([2, 3]).num_elements()": "(1, 6)",
    "TS([0, None]).num_elements(), TS(None).num_elements()": "(None, None)",
    "bool(TS(None)), bool(TS([])), bool(TS([0]))": "(False, True, True)",
    "TS([1, 2, 3])[1:], TS([1, 2, 3])[::-1]": "(TensorShape([2, 3]), TensorShape([3, 2, 1]))",
    "TS(None)[0], TS(None)[1:], TS(None)[-1:0]": "(None, TensorShape(None), TensorShape(None))",
    "TS(None)[:2], TS(None)[3:1]": "(TensorShape([None, None]), TensorShape([]))",
    "TS([1, 2]) == [1, 2], TS([1, 2]) == (1, 2), [1, 2] == TS([1, 2])": "(True, True, True)",
    "TS([1, None]) == [1, None], TS(None) == None, TS(None) == [1]": "(True, True, False)",
    "TS([1]) == 1, TS([1]) == 'a', TS([1]) == [1.0]": "(True, False, False)",
    "TS([1]) != 'a', TS([1]) != None, TS(None) != TS(None)": "(True, True, False)",
    "hash(TS([1, 2])) == hash((1, 2)), hash(TS(None)) == hash(None)": "(True, True)",
    "str(TS([1])), str(TS([])), str(TS(None))": "('(1,)', '()', '<unknown>')",
    "TS([2, 3]) + [4], (1,) + TS([2])": "(TensorShape([2, 3, 4]), TensorShape([1, 2]))",
    "TS([2]) + None, 1 + TS([2])": "(TensorShape(None), TensorShape([1, 2]))",
    "TS([2]).concatenate(3), TS(None).concatenate([3])": "(TensorShape([2, 3]), TensorShape(None))",
    "TS([2, None]).merge_with([None, 4])": "TensorShape([2, 4])",
    "TS(None).merge_with([1]), TS([2]).merge_with(None)": "(TensorShape([1]), TensorShape([2]))",
    "TS(None).with_rank(2)": "TensorShape([None, None])",
    "TS([2, 3]).is_compatible_with([2, None]), TS([2]).is_compatible_with([2, 3])": "(True, False)",
    "TS([2, 3]).is_subtype_of(TS([2, None])), TS([2]).is_subtype_of([2])": "(True, False)",
    "TS(None).is_subtype_of(TS([1])), TS([1]).is_subtype_of(TS(None))": "(False, True)",
    "TS([2, 3]).most_specific_common_supertype([TS([2, 4])])": "TensorShape([2, None])",
    "TS([2, 3]).most_specific_common_supertype([TS([2])])": "TensorShape(None)",
    "TS([2, 3]).most_specific_common_supertype([[2, 3]])": "None",
    "TS([2, 3]).most_specific_compatible_shape([2, 4])": "TensorShape([2, None])",
    "TS([1]).flatten(), TS([1]).to_tensors(TS([1]))": "([], [])",
    "list(reversed(TS([1, 2]))), 2 in TS([1, 2])": "([2, 1], True)",
    "np.zeros(TS([2, 3])).shape": "(2, 3)",
    "broadcast_static_shape(TS([2, None]), TS([1, 3]))": "TensorShape([2, 3])",
    "broadcast_static_shape(TS([2, None]), TS([1, 1]))": "TensorShape([2, None])",
    "broadcast_static_shape(TS([None]), TS([0]))": "TensorShape([None])",
    "broadcast_static_shape(TS(None), TS([1]))": "TensorShape(None)",
    "broadcast_static_shape(TS([]), TS([2]))": "TensorShape([2])",
}

# Likewise: an expression that raises, and what.
ERRORS = {
    "TS([1, 'a'])": "TypeError: Dimension value must be integer or None or have an __index__ method, "
    "got value ''a'' with type '<class 'str'>'",
    "TS('ab')": "TypeError: Failed to convert ''ab'' to a shape: ''a''could not be converted to a "
    "dimension. A shape should either be single dimension (e.g. 10), or an iterable of dimensions "
    "(e.g. [1, 10, None]).",
    "TS([-1])": "ValueError: Dimension -1 must be >= 0",
    "TS([1]) == -1": "ValueError: Dimension -1 must be >= 0",
    "TS(None).as_list()": "ValueError: as_list() is not defined on an unknown TensorShape.",
    "len(TS(None))": "ValueError: Cannot take the length of shape with unknown rank.",
    "iter(TS(None))": "ValueError: Cannot iterate over a shape with unknown rank.",
    "TS([2, 3])[5]": "IndexError: tuple index out of range",
    "TS(None)[::2]": "ValueError: Steps are not yet handled",
    "TS([2, 3]).merge_with([2, 4])": "ValueError: Shapes (2, 3) and (2, 4) are not compatible",
    "TS([2, 3]).assert_is_compatible_with([3, 3])": "ValueError: Shapes (2, 3) and [3, 3] are "
    "incompatible",
    "TS([2, 3]).with_rank(3)": "ValueError: Shape (2, 3) must have rank 3",
    "TS([2, 3]).with_rank_at_least(3)": "ValueError: Shape (2, 3) must have rank at least 3",
    "TS([2, 3]).with_rank_at_most(1)": "ValueError: Shape (2, 3) must have rank at most 1",
    "TS([2, 3]).assert_has_rank(3)": "ValueError: Shape (2, 3) must have rank 3",
    "TS([2, 3]).assert_same_rank(1)": "ValueError: Shapes (2, 3) and (1,) must have the same rank",
    "TS([2, None]).assert_is_fully_defined()": "ValueError: Shape (2, None) is not fully defined",
    "TS([2, 3]).cast([2, 3], None)": "AssertionError: Can not cast [2, 3] to type "
    "TensorShape([2, 3])",
    "broadcast_static_shape(TS([2]), TS([3]))": "ValueError: Incompatible shapes for broadcasting. "
    "Two shapes are compatible if for each dimension pair they are either equal or one of them is "
    "1. Received: (2,) and (3,).",
    "broadcast_static_shape([2], [2])": "AttributeError: 'list' object has no attribute 'ndims'",
    "Dimension(3) / 2": "TypeError: unsupported operand type(s) for /: 'Dimension' and 'int', "
    "please use // instead",
    "Dimension(3).merge_with(4)": "ValueError: Dimensions 3 and 4 are not compatible",
    "Dimension(3) + 'a'": "TypeError: unsupported operand type(s) for +: 'Dimension' and 'str'",
    "hash(Dimension(3))": "TypeError: unhashable type: 'Dimension'",
}


@pytest.mark.parametrize("expression", ANSWERS)
def test_answers(expression):
    assert repr(eval(expression)) == ANSWERS[expression]


@pytest.mark.parametrize("expression", ERRORS)
def test_errors(expression):
    with pytest.raises(Exception) as caught:
        eval(expression)
    assert f"{caught.type.__name__}: {caught.value}" == ERRORS[expression]


@pytest.mark.parametrize("shape", [TS([1, None]), TS(None), TS([])])
def test_copies_and_pickles(shape):
    assert copy.deepcopy(shape) == copy.copy(shape) == pickle.loads(pickle.dumps(shape)) == shape


def test_checks_pass():
    shape = TS([2, 3])
    shape.assert_has_rank(2)
    shape.assert_same_rank([None, None])
    shape.assert_is_fully_defined()
    shape.assert_is_compatible_with([None, 3])
    assert shape.cast(shape, None) is shape
    assert shape.with_rank(2) is shape.with_rank_at_least(2) is shape.with_rank_at_most(2) is shape


def test_internal_names():
    assert shapes.as_shape(unknown) is unknown
    assert shapes.as_shape([1]) == [1]
    assert shapes.unknown_shape(2) == [None, None]
    assert shapes.vector(3) == [3]
    assert shapes.dimension_value(Dimension(3)) == shapes.dimension_value(3) == 3
    assert shapes.dimension_at_index(TS([4]), 0).value == 4
    assert shapes.dimension_at_index(unknown, 0).value is None


@given(st.integers(0, 9), st.integers(1, 9))
def test_a_known_dimension_computes_like_an_integer(a, b):
    for op in (operator.add, operator.mul, operator.floordiv, operator.mod):
        assert op(Dimension(a), b).value == op(a, Dimension(b)).value == op(a, b)
        assert op(Dimension(a), None).value is None
    for op in (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge):
        assert op(Dimension(a), b) == op(a, b)
        assert op(Dimension(a), None) is None
    assert int(Dimension(a)) == a
    assert bool(Dimension(a)) == bool(a)


@given(partial, partial)
def test_merging_is_symmetric_and_needs_compatibility(a, b):
    if not a.is_compatible_with(b):
        assert not b.is_compatible_with(a)
        with pytest.raises(ValueError, match="are not compatible"):
            a.merge_with(b)
        return
    merged = a.merge_with(b)
    assert merged == b.merge_with(a)
    assert merged.is_subtype_of(a)
    assert merged.is_subtype_of(b)


@given(partial, partial)
def test_the_supertype_takes_in_both(a, b):
    both = a.most_specific_common_supertype([b])
    assert both == b.most_specific_common_supertype([a])
    assert a.is_subtype_of(both)
    assert b.is_subtype_of(both)
    assert both == a or not b.is_subtype_of(a)


@given(partial)
def test_a_shape_agrees_with_itself(a):
    assert a == TS(a) == a.merge_with(unknown) == a.merge_with(a)
    assert a.is_compatible_with(a)
    assert a.is_subtype_of(a)
    assert hash(a) == hash(TS(a))


known = st.lists(st.sampled_from([0, 1, 1, 2, 3]), max_size=4).map(tuple)


@given(known, known)
def test_broadcasting_is_numpys(a, b):
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError, match="Incompatible shapes"):
            broadcast_static_shape(TS(a), TS(b))
    else:
        assert broadcast_static_shape(TS(a), TS(b)) == expected


@given(known, known, st.data())
def test_broadcasting_with_less_knowledge_never_contradicts(a, b, data):
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        return
    hidden = [data.draw(st.booleans()) for _ in (*a, *b)]
    hide = iter(hidden)
    a, b = (TS([None if next(hide) else size for size in shape]) for shape in (a, b))
    assert broadcast_static_shape(a, b).is_compatible_with(expected)
