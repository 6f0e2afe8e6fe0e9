"""Rows added to a table: the kernel and its definition agree to the last bit."""

import numpy as np
import pytest

from headrace._src.native.rows import add_rows


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("count", "width"), [(0, 3), (1, 1), (50, 1), (200, 7), (300, 64)])
def test_as_the_definition_has_it(dtype, sign, count, width):
    random = np.random.default_rng(count)
    rows = random.integers(0, 9, count)  # many are named more than once
    values = random.standard_normal((count, width)).astype(dtype)
    values[:1] = np.inf
    found = random.standard_normal((9, width)).astype(dtype)
    wanted = found.copy()
    add_rows(count, width, found.itemsize, sign, rows, values, found)
    add_rows.body(count, width, found.itemsize, sign, rows, values, wanted)
    np.testing.assert_array_equal(found, wanted)
