"""Rows of floats added to rows of a table, as native/rows.cpp does it.

Read next: objects/scatter_rows.py and ops/segment.py, which call it.
"""

import numpy as np

from headrace._src.native import kernel


@kernel
def add_rows(
    count: int,
    width: int,
    size: int,
    sign: int,
    rows: np.ndarray,
    values: np.ndarray,
    table: np.ndarray,
) -> int:
    """Adds each of `values`, [count, width] floats of `size` bytes, times `sign` (1 or -1), to the
    row of `table` that `rows` names, in this order; the rows are int64 and there.
    """
    put = np.add.at if sign > 0 else np.subtract.at
    # NumPy is several times faster over one axis than over rows.
    places = (rows[:, None] * width + np.arange(width)).reshape(-1)
    put(table.reshape(-1), places, values.reshape(-1))
    return 0
