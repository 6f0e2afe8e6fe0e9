"""What a compiled program checks beside the values: false exactly where the host's kernel raises.

Read next: `check` in headrace/_src/engine/op.py.
"""

import jax.numpy as jnp
import numpy as np
import pytest

from headrace._src.core.dtypes import int32
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.ops.array import invert_permutation
from headrace._src.ops.counting import dense_bincount, histogram_op
from headrace._src.ops.debugging import check_numerics_op
from headrace._src.ops.decompositions import lu_op
from headrace._src.ops.gather import gather_op
from headrace._src.ops.inverse import matrix_inverse, matrix_solve
from headrace._src.ops.losses import sparse_softmax_cross_entropy_op
from headrace._src.ops.math import floordiv, floormod
from headrace._src.ops.padding import reverse_sequence_op
from headrace._src.ops.powers import pow
from headrace._src.ops.random import random_uniform_int
from headrace._src.ops.scatter import (
    gather_nd_op,
    scatter_nd_op,
    tensor_scatter_nd_add,
    tensor_scatter_nd_max,
    tensor_scatter_nd_min,
    tensor_scatter_nd_sub,
    tensor_scatter_update,
)
from headrace._src.ops.segment import (
    unsorted_segment_max,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sum,
)
from headrace._src.ops.slicing import strided_slice_op
from headrace._src.ops.stateless_random import stateless_random_uniform_int
from headrace._src.xla import run  # fills the slots of core/namespace.py

assert run

I = np.int32
F = np.float32
NAN, INF = F("nan"), F("inf")
KEY = np.ones(1, np.uint64)
EYE = np.eye(2, dtype=F)
SINGULAR = F([[1, 2], [2, 4]])

CASES = [
    *[(op, (I([6, 7]), I(y))) for op in (floordiv, floormod) for y in ([2, 3], [2, 0], 0, 1)],
    *[(op, (F([6, 7]), F([2, 0]))) for op in (floordiv, floormod)],
    (floordiv, (I([]), I(0))),
    *[(gather_op, (F([1, 2, 3]), I(i), 0, 0)) for i in (0, 2, 3, -1, [0, 2], [0, 3], [], [[-1]])],
    *[(gather_op, (F([[1, 2, 3]] * 2), I([[i], [0]]), 1, 1)) for i in (2, 3, -1)],
    *[(gather_op, (F([[1, 2, 3]]), I([i]), -1, 0)) for i in (2, 3)],
    *[(invert_permutation, (I(x),)) for x in ([2, 0, 1], [0, 0, 1], [0, 3, 1], [-1, 0], [])],
    *[(check_numerics_op, (F(x), "")) for x in ([1, 2], [1, NAN], INF, [], -INF)],
    *[(dense_bincount, (I(x), 3, F([]), False)) for x in ([0, 5], [0, -1], [])],
    *[
        (histogram_op, (F(x), F(bounds), 4, int32))
        for x, bounds in (([1, 2], [0, 5]), ([1, NAN], [0, 5]), ([1, 2], [5, 0]), ([1], [1, 1]))
    ],
    *[(matrix_inverse, (x, False)) for x in (EYE, SINGULAR, np.stack([EYE, SINGULAR]), EYE * NAN)],
    *[(matrix_solve, (x, F([[1], [2]]), False)) for x in (EYE, SINGULAR, EYE * NAN)],
    *[(lu_op, (x, int32)) for x in (EYE, SINGULAR, np.stack([EYE, SINGULAR]), EYE * 0)],
    *[(sparse_softmax_cross_entropy_op, (EYE, I(labels))) for labels in ([0, 1], [0, 2], [-1, 0])],
    *[(pow, (I([6, 7]), I(y))) for y in ([2, 0], [2, -1], -1, 1)],
    (pow, (F([6, 7]), F([2, -1]))),
    *[(reverse_sequence_op, (F(EYE), I(n), 1, 0)) for n in ([0, 2], [0, 3], [-1, 0])],
    *[
        (gather_nd_op, (EYE, I(places), policy))
        for places in ([[0, 1]], [[2, 0]], [[0, -1]], [[1]], [[2]], np.zeros((1, 0)))
        for policy in ("", "IGNORE")
    ],
    *[
        (scatter_nd_op, (I(places), F([5]), (2,), policy))
        for places in ([[1]], [[2]], [[-1]])
        for policy in ("", "IGNORE")
    ],
    *[
        (op, (F([1, 2]), I(places), F([5]), ""))
        for op in (
            tensor_scatter_update,
            tensor_scatter_nd_add,
            tensor_scatter_nd_sub,
            tensor_scatter_nd_min,
            tensor_scatter_nd_max,
        )
        for places in ([[1]], [[2]], [[-1]])
    ],
    *[
        (op, (F([1, 2]), I(ids), 2))
        for op in (
            unsorted_segment_sum,
            unsorted_segment_max,
            unsorted_segment_min,
            unsorted_segment_prod,
        )
        for ids in ([0, 1], [0, 2], [0, -1])
    ],
    *[(strided_slice_op, (EYE, (i,), (i + 1,), (1,), 0, 0, 0, 0, 1)) for i in (0, -2)],
    *[(random_uniform_int, ((2,), I(low), I(3), 1, 1)) for low in (2, 3, 4)],
    (random_uniform_int, ((0,), I(4), I(3), 1, 1)),
    *[
        (stateless_random_uniform_int, ((2,), KEY, KEY.repeat(2), 1, I(low), I(3)))
        for low in (2, 3)
    ],
]


@pytest.mark.parametrize(["function", "arguments"], CASES)
def test_check(function, arguments):
    op = function.op
    try:
        with np.errstate(all="ignore"):
            op.host_kernel()(*arguments)
    except (ValueError, InvalidArgumentError):
        is_content = False
    else:
        is_content = True
    on_device = [
        jnp.asarray(a) if isinstance(a, (np.ndarray, np.generic)) else a for a in arguments
    ]
    assert bool(op.check(*on_device)) is is_content
