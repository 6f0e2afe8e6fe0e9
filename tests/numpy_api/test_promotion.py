"""Dtypes by the tables that TensorFlow answered (recorded.py), for every pair of dtypes.

Read next: recorded.py.
"""

from functools import partial

import numpy as np
import pytest

import headrace as tf
from tests.numpy_api import recorded

tnp = tf.experimental.numpy
CODES = list(recorded.DTYPES)

# Where TensorFlow raises for a reason that is none, and we answer: its functions use an attribute
# of tensors that it has not given them, or a number that is out of its own range.
WE_ANSWER = {
    *("cumsum", "cumprod", "gcd", "lcm", "kron", "cross", "logaddexp", "logaddexp2", "sort"),
    *("argsort", "sinc", "nansum", "nanprod", "nanmean", "heaviside", "hypot"),
}


def ones(code, *shape):
    return tf.cast(tf.ones(shape), recorded.DTYPES[code])


def rows(table):
    """(name, codes) for each line."""
    return [(line.split()[0], line.split()[1:]) for line in table.strip().splitlines()]


def answered(call):
    """The code of the dtype that a call answers, or what it raised."""
    try:
        result = call()
    except Exception as error:
        return error
    names = {name: code for code, name in recorded.DTYPES.items()}
    return names[result.dtype.name]


def check(wanted, call, what):
    got = answered(call)
    if wanted == "--":
        assert isinstance(got, Exception), f"{what}: TensorFlow raises, we answer {got}"
    else:
        assert got == wanted, what


@pytest.mark.parametrize(("one", "cells"), rows(recorded.SUMS))
def test_the_sum_of_two_dtypes(one, cells):
    for other, wanted in zip(CODES, cells, strict=True):
        check(wanted, lambda other=other: tnp.add(ones(one, 2), ones(other, 2)), (one, other))
        names = recorded.DTYPES[one], recorded.DTYPES[other]
        if wanted != "--":
            kinds = [tf.as_dtype(name) for name in names]
            assert tnp.result_type(*kinds) == recorded.DTYPES[wanted]
            assert tnp.promote_types(*kinds) == tf.as_dtype(recorded.DTYPES[wanted]).as_numpy_dtype


@pytest.mark.parametrize(("one", "cells"), rows(recorded.SUMS))
def test_the_operator(one, cells, enabled):
    for other, wanted in zip(CODES, cells, strict=True):
        if one == other == "b1":
            wanted = "--"  # op AddV2 knows no bools
        check(wanted, lambda other=other: ones(one, 2) + ones(other, 2), (one, other))


@pytest.mark.parametrize(("one", "cells"), rows(recorded.QUOTIENTS))
def test_the_quotient(one, cells, enabled):
    for other, wanted in zip(CODES, cells, strict=True):
        check(wanted, lambda other=other: ones(one, 2) / ones(other, 2), (one, other))


@pytest.mark.parametrize(("one", "cells"), rows(recorded.WITH_PYTHON))
def test_beside_numbers_and_arrays(one, cells):
    for value, wanted in zip(recorded.PYTHON, cells, strict=True):
        check(wanted, lambda value=value: tnp.add(ones(one, 2), value), (one, value))


@pytest.mark.parametrize(("one", "cells"), rows(recorded.WITH_PYTHON_FLOAT32_PREFERRED))
def test_beside_numbers_where_float32_is_preferred(one, cells, enabled):
    enabled(prefer_float32=True)
    for value, wanted in zip(recorded.PYTHON, cells, strict=True):
        if value is True or (one == "bf" and getattr(value, "dtype", 0) in ("int32", "int64")):
            continue  # TensorFlow takes a bool beside some integers only, and an array for bfloat16
        check(wanted, lambda value=value: ones(one, 2) + value, (one, value))
        check(wanted, lambda value=value: value + ones(one, 2), (value, one))


@pytest.mark.parametrize(("name", "cells"), rows(recorded.UNARY))
def test_functions_of_one(name, cells, enabled):
    for code, wanted in zip(CODES, cells, strict=True):
        if wanted != "--" or name not in WE_ANSWER:
            check(wanted, lambda code=code: getattr(tnp, name)(ones(code, 2)), (name, code))


@pytest.mark.parametrize(("name", "cells"), rows(recorded.BINARY))
def test_functions_of_two(name, cells, enabled):
    second, *cells = cells
    for code, wanted in zip(CODES, cells, strict=True):
        other = ones(code if second == "==" else second, 3)
        if wanted != "--" or name not in WE_ANSWER:
            function = partial(getattr(tnp, name), ones(code, 3), other)
            check(wanted, function, (name, code))


def test_numbers_alone():
    assert tnp.result_type(1) == tf.int64
    assert tnp.result_type(1.0) == tnp.result_type(None) == tnp.result_type() == tf.float64
    assert tnp.result_type([1, 2.5], np.int8(1)) == tf.float64
    assert tnp.result_type("int8", np.int8, 3) == tf.int8
    assert tnp.array([True, 2]).dtype == tf.int64


def test_numbers_alone_where_float32_is_preferred(enabled):
    enabled(prefer_float32=True)
    assert tnp.array(1.5).dtype == tnp.linspace(0, 1).dtype == tf.float32
    assert tnp.array(1j).dtype == tf.complex64
    assert tnp.array(1).dtype == tnp.array(np.int64(1)).dtype == tf.int64
    assert tnp.zeros(2).dtype == tnp.random.rand(2).dtype == tf.float64


def test_dtypes_have_numpys_names():
    assert tnp.float_ is tnp.float64 is np.float64
    assert tnp.int_ is np.int64
    assert tnp.ndarray is tf.Tensor
    assert (tnp.newaxis, tnp.inf, tnp.pi) == (None, np.inf, np.pi)
    assert tnp.finfo(tf.float16).bits == tnp.iinfo(np.int16).bits == 16
    assert tnp.issubdtype(tnp.float32, tnp.inexact)
