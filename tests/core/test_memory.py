"""Copies that XLA can take as they lie."""

import numpy as np
import pytest

from headrace._src.core.memory import copied


@pytest.mark.parametrize("shape", [(), (3,), (300, 301), (0, 5)])
@pytest.mark.parametrize("kind", ["float32", "int64", "complex128", "bool"])
def test_a_copy_is_equal_contiguous_and_separate(shape, kind):
    array = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    copy = copied(array, array.dtype)
    np.testing.assert_array_equal(copy, array)
    assert copy.flags.c_contiguous
    assert copy.flags.writeable
    assert not np.shares_memory(copy, array)
    if copy.nbytes >= 2**16:
        assert copy.ctypes.data % 64 == 0


def test_a_copy_may_change_dtype_and_order():
    array = np.asfortranarray(np.arange(70_000.0).reshape(7, 10_000))
    copy = copied(array, np.dtype("float32"))
    assert copy.dtype == "float32"
    assert copy.flags.c_contiguous
    np.testing.assert_array_equal(copy, array)
