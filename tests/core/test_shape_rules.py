"""Shape rules: TensorFlow's texts, and that a rule agrees with NumPy whatever it is not told."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace._src.core import shape_rules as rules
from headrace._src.core import window_rules as windows
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, unknown

TS = TensorShape

# Recorded from TensorFlow 2.21: a call, the kernel's text, the text while tracing.
ERRORS = [
    (
        lambda: rules.broadcast(TS([2, 3]), TS([3, 2])),
        "Incompatible shapes: [2,3] vs. [3,2]",
        "Dimensions must be equal, but are 2 and 3",
    ),
    (
        lambda: rules.broadcast_to(TS([3]), TS([2, 2])),
        "Incompatible shapes: [3] vs. [2,2]",
        "Dimensions must be equal, but are 3 and 2",
    ),
    (
        lambda: rules.broadcast_to(TS([1, 3]), TS([3])),
        "Rank of input (2) must be no greater than rank of output shape (1).",
        "Shape must be at most rank 1 but is rank 2",
    ),
    (
        lambda: rules.reduced(TS([3]), 1),
        "Invalid reduction dimension (1 for input with 1 dimension(s)",
        "Invalid reduction dimension 1 for input with 1 dimensions.",
    ),
    (
        lambda: rules.reduced(TS([2, 2]), [0, -2]),
        "Invalid reduction arguments: Axes contains duplicate dimension: 0",
        None,
    ),
    (
        lambda: rules.transposed(TS([2, 3]), [0]),
        "transpose expects a vector of size 2. But input(1) is a vector of size 1",
        "Dimension must be 2 but is 1",
    ),
    (
        lambda: rules.transposed(TS([2, 3]), [-3, 0]),
        "-1 is out of range [0 .. 2)",
        "perm dim -3 is out of range of input rank 2",
    ),
    (lambda: rules.transposed(TS([2, 3]), [0, 0]), "1 is missing from {0,0}.", None),
    (
        lambda: rules.concat([TS([3]), TS([2, 2])], 0),
        "ConcatOp : Ranks of all input tensors should match: shape[0] = [3] vs. shape[1] = [2,2]",
        "Shape must be rank 1 but is rank 2",
    ),
    (
        lambda: rules.concat([TS([3]), TS([3])], -2),
        "ConcatOp : Expected concatenating dimensions in the range [-1, 1), but got -2",
        "Shape must be at least rank 2 but is rank 1",
    ),
    (
        lambda: rules.concat([TS([]), TS([])], 0),
        "ConcatOp : Can't concatenate scalars (use tf.stack instead)",
        "Can't concatenate scalars (use tf.stack instead)",
    ),
    (
        lambda: rules.concat([TS([2, 3, 4]), TS([2, 3, 5])], 1),
        (
            "ConcatOp : Dimension 2 in both shapes must be equal: "
            "shape[0] = [2,3,4] vs. shape[1] = [2,3,5]"
        ),
        "Dimension 0 in both shapes must be equal, but are 4 and 5. Shapes are [4] and [5].",
    ),
    (
        lambda: rules.stacked([TS([2, 3]), TS([2, 3]), TS([2, 4])]),
        "Shapes of all inputs must match: values[0].shape = [2,3] != values[2].shape = [2,4]",
        (
            "Dimension 1 in both shapes must be equal, but are 3 and 4. "
            "Shapes are [2,3] and [2,4].\n\tFrom merging shape 1 with other shapes."
        ),
    ),
    (
        lambda: rules.stacked([TS([2]), TS([2, 2])]),
        "Shapes of all inputs must match: values[0].shape = [2] != values[1].shape = [2,2]",
        "Shapes must be equal rank, but are 1 and 2\n\tFrom merging shape 0 with other shapes.",
    ),
    (
        lambda: rules.stacked([TS([2]), TS([2])], 2),
        "axis = 2 not in [-2, 2)",
        "Invalid axis: 2; must be in [-2,2)",
    ),
    (
        lambda: rules.matmul(TS([2, 2]), TS([4, 5])),
        "Matrix size-incompatible: In[0]: [2,2], In[1]: [4,5]",
        "Dimensions must be equal, but are 2 and 4",
    ),
    (
        lambda: rules.matmul(TS([2]), TS([2, 5])),
        "In[0] and In[1] has different ndims: [2] vs. [2,5]",
        "Shape must be rank 2 but is rank 1",
    ),
    (
        lambda: rules.matmul(TS([2]), TS([2])),
        "In[0] and In[1] ndims must be == 2: 1",
        "Shape must be rank 2 but is rank 1",
    ),
    (
        lambda: rules.matmul(TS([2, 2]), TS([2]), batched=True),
        "In[1] ndims must be >= 2: 1",
        "Shape must be at least rank 2 but is rank 1",
    ),
    (
        lambda: rules.matmul(TS([3, 2, 2]), TS([2, 2, 2]), batched=True),
        "In[0] and In[1] must have compatible batch dimensions: [3,2,2] vs. [2,2,2]",
        "Dimensions must be equal, but are 3 and 2",
    ),
    (
        lambda: rules.reshaped(TS([2, 3]), [4]),
        "Input to reshape is a tensor with 6 values, but the requested shape has 4",
        "Cannot reshape a tensor with 6 elements to shape [4] (4 elements)",
    ),
    (
        lambda: rules.reshaped(TS([6]), [2, 2, -1]),
        (
            "Input to reshape is a tensor with 6 values, "
            "but the requested shape requires a multiple of 4"
        ),
        "Dimension size must be evenly divisible by 4 but is 6",
    ),
    (
        lambda: rules.reshaped(TS([2, 3]), [0, -1]),
        "Input to reshape is a tensor with 6 values, but the requested shape has 0",
        "Cannot reshape a tensor with 6 elements to shape [0,?] (0 elements)",
    ),
    (
        lambda: rules.reshaped(TS([2, 3]), [-1, -1]),
        "Only one input size may be -1, not both 0 and 1",
        None,
    ),
    (
        lambda: rules.reshaped(TS([2, 3]), [-2, 3]),
        "Size 0 must be non-negative, not -2",
        "Invalid value in tensor used for shape: -2",
    ),
    (
        lambda: windows.window(TS([1, 5, 5, 3]), [1, 2, 2, 1], [1, 0, 2, 1], "VALID"),
        "Stride must be > 0, but got 0",
        None,
    ),
    (
        lambda: windows.window_size(5, 3, 1, "VALID", 3),
        (
            "Computed output size would be negative: -1 "
            "[input_size: 5, effective_filter_size: 7, stride: 1]"
        ),
        "Negative dimension size caused by subtracting 7 from 5",
    ),
    (
        lambda: windows.window_size(5, 3, 1, "VALID", 0),
        "Dilated rates should be larger than 0.",
        "Dilation rate must be >= 1, but got 0",
    ),
    (
        lambda: windows.window_size(5, 3, 1, "FOO"),
        (
            "Value for attr 'padding' of \"FOO\" is not in the list of allowed values: "
            '"SAME", "VALID", "EXPLICIT"'
        ),
        None,
    ),
    (
        lambda: windows.convolution(TS([1, 5, 5, 3]), TS([3, 3, 2, 4]), [1, 1, 1, 1], "SAME"),
        "input depth must be evenly divisible by filter depth: 3 vs 2",
        "Depth of input (3) is not a multiple of input depth of filter (2)",
    ),
    (
        lambda: windows.convolution(TS([1, 5, 5, 3]), TS([3, 3, 3, 4]), [1, 0, 1, 1], "SAME"),
        "Row and column strides should be larger than 0.",
        "Stride must be > 0, but got 0",
    ),
    (
        lambda: windows.convolution(
            TS([1, 5, 5, 3]), TS([3, 3, 3, 4]), [1, 1, 1, 1], "EXPLICIT", None, [0, 0, 1, 2]
        ),
        "explicit_paddings attribute must contain 8 values, but got: 4",
        None,
    ),
]


@pytest.mark.parametrize("call, kernel, traced", ERRORS)
def test_texts(call, kernel, traced):
    with pytest.raises(ShapeError) as caught:
        call()
    assert str(caught.value) == kernel
    assert caught.value.traced == (traced or kernel)
    assert isinstance(caught.value, ValueError)


def test_what_is_not_known_stays_open():
    assert rules.broadcast() == []
    assert rules.broadcast(unknown, TS([2])) == unknown
    assert rules.broadcast_to(unknown, TS([2])) == rules.broadcast_to(TS([1]), TS([2])) == [2]
    assert rules.reduced(unknown, 0) == unknown
    assert rules.reduced(TS([2, 3]), None) == unknown
    assert rules.reduced(TS([2, 3]), None, True) == [None, None]
    assert rules.transposed(unknown, [1, 0]) == rules.transposed(TS([2, 3]), None) == [None, None]
    assert rules.concat([unknown, unknown], 0) == unknown
    assert rules.concat([TS([2, 3]), unknown], 0) == [None, 3]
    assert rules.concat([TS([2, 3]), TS([2, 3])], None) == [None, None]
    assert rules.stacked([unknown, unknown]) == unknown
    assert rules.stacked([unknown, TS([3])]) == [2, 3]
    assert rules.matmul(unknown, TS([2, 5])) == [None, 5]
    assert rules.matmul(unknown, TS([2, 5]), batched=True) == unknown
    assert rules.reshaped(TS([2]), None) == rules.reshaped(TS([2]), unknown) == unknown
    assert rules.reshaped(TS([4, 3]), [2, None]) == [2, 6]
    assert rules.reshaped(unknown, [-1, 2]) == [None, 2]
    assert windows.window(unknown, [1, 2, 2, 1], [1, 2, 2, 1], "SAME") == [None] * 4
    assert windows.convolution(unknown, unknown, [1, 1, 1, 1], "VALID") == [None] * 4
    filters = TS([3, 3, 3, 8])
    assert windows.convolution(unknown, filters, [1, 1, 1, 1], "SAME") == [None, None, None, 8]


# Kernels settle a -1 beside a 0 by the sizes that are not zero; recorded from TensorFlow 2.21.
@pytest.mark.parametrize(
    "before, target, after",
    [
        ([0, 3, 4], [0, -1], [0, 12]),
        ([0, 3], [2, 0, -1], [2, 0, 1]),
        ([0, 3], [0, 2, -1], [0, 2, 1]),
        ([0, 0], [0, -1], [0, 1]),
        ([0, 3], [-1, 0], [3, 0]),
        ([0, 3], [3, -1], [3, 0]),
    ],
)
def test_reshaping_nothing(before, target, after):
    assert rules.reshaped(TS(before), target) == after


def test_windows():
    image = TS([None, 28, 28, 3])
    assert windows.window(image, [1, 3, 3, 1], [1, 2, 2, 1], "SAME") == [None, 14, 14, 3]
    channels_first = TS([None, 3, 28, 28])
    filters = TS([5, 5, 3, 8])
    assert windows.convolution(
        channels_first, filters, [1, 1, 2, 2], "VALID", data_format="NCHW"
    ) == [None, 8, 12, 12]
    assert windows.convolution(image, filters, [1, 1, 1, 1], "VALID", [1, 2, 2, 1]) == (
        None,
        20,
        20,
        8,
    )
    assert windows.convolution(image, filters, [1, 1, 1, 1], "SAME", depthwise=True)[3] == 24
    explicit = [0, 0, 1, 2, 0, 1, 0, 0]
    assert windows.convolution(
        TS([1, 5, 5, 3]), TS([3, 3, 3, 4]), [1, 1, 1, 1], "EXPLICIT", None, explicit
    ) == [1, 6, 4, 4]
    assert windows.convolution(TS([2, 9, 4]), TS([3, 4, 6]), [1, 2, 1], "VALID") == [2, 4, 6]


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_padding_gives_the_size(size, window, stride, dilation, same):
    padding = "SAME" if same else "VALID"
    reach = (window - 1) * dilation + 1
    before, after = windows.window_padding(size, window, stride, padding, dilation)
    padded = size + before + after
    if padded < reach:
        with pytest.raises(ShapeError):
            windows.window_size(size, window, stride, padding, dilation)
        return
    places = len(range(0, padded - reach + 1, stride))
    assert windows.window_size(size, window, stride, padding, dilation) == places
    assert windows.window_size(None, window, stride, padding, dilation) is None


def hidden(shape, data):
    """The shape with some sizes forgotten, or all of it."""
    if data.draw(st.integers(0, 9)) == 0:
        return unknown
    return TS([None if data.draw(st.booleans()) else size for size in shape])


small = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def check(rule, arrays, expected, data):
    """A rule gives exactly NumPy's shape, and with less knowledge nothing that contradicts it."""
    assert rule(*[TS(a.shape) for a in arrays]) == expected.shape
    assert rule(*[hidden(a.shape, data) for a in arrays]).is_compatible_with(expected.shape)


@given(small, st.data(), st.booleans())
def test_reduced_is_numpys(shape, data, keep):
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True)) if shape else []
    x = np.zeros(shape)
    check(lambda s: rules.reduced(s, axes, keep), [x], x.sum(tuple(axes), keepdims=keep), data)


@given(small, st.data())
def test_transposed_is_numpys(shape, data):
    perm = data.draw(st.permutations(range(len(shape))))
    x = np.zeros(shape)
    check(lambda s: rules.transposed(s, perm), [x], x.transpose(perm), data)


@given(small, st.integers(1, 3), st.data())
def test_joining_is_numpys(shape, count, data):
    arrays = [np.zeros(shape)] * count
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    check(lambda *s: rules.stacked(s, axis), arrays, np.stack(arrays, axis), data)
    if shape:
        axis = data.draw(st.integers(-len(shape), len(shape) - 1))
        check(lambda *s: rules.concat(s, axis), arrays, np.concatenate(arrays, axis), data)


@given(
    small,
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_matmul_is_numpys(batch, sizes, transpose_a, transpose_b, data):
    n, k, m = sizes
    a = np.zeros((*batch, *((k, n) if transpose_a else (n, k))))
    b = np.zeros((m, k) if transpose_b else (k, m))
    product = (a.swapaxes(-1, -2) if transpose_a else a) @ (b.T if transpose_b else b)
    check(
        lambda s, t: rules.matmul(s, t, transpose_a, transpose_b, batched=True),
        [a, b],
        product,
        data,
    )


@given(st.lists(st.integers(1, 4), max_size=4), st.data())
def test_reshaped_is_numpys(shape, data):
    target = data.draw(st.permutations([math.prod(shape), 1, -1]))
    x = np.zeros(shape)
    check(lambda s: rules.reshaped(s, target), [x], x.reshape(target), data)
