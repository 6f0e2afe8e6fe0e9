"""What Python's operators do with tensors: ops/operators.py."""

import operator

import numpy as np

import headrace as tf
from tests.cases.row import (
    array,
    bools,
    case,
    complexes,
    each,
    error,
    floats,
    ints,
    plain,
    positive,
    strings,
)

Invalid = tf.errors.InvalidArgumentError
FLOATS = ["float32", "float64", "float16", "bfloat16"]
PLAIN_FLOATS = ["float32", "float64"]


class Guest:
    """No tensor, but one that knows what to do with one."""

    def __radd__(self, other):
        return "radd"


def reflected(op):
    """`op` with its operands swapped: `2 - x` from x and 2."""

    def swapped(x, y):
        return op(y, x)

    swapped.__name__ = f"r{op.__name__}"
    return swapped


def both_ways(op, other, x, dtypes=PLAIN_FLOATS, **how):
    """Rows for `x . other` and `other . x`."""
    for way in (op, reflected(op)):
        yield case(way, x, other, ref=way, dtypes=dtypes, **how)


ROWS = [
    # a number, an array, a list, another tensor
    *both_ways(operator.add, 2, floats(3)),
    *both_ways(operator.sub, 1.5, floats(3)),
    *both_ways(operator.mul, 0.5, floats(3)),
    *both_ways(operator.truediv, 2.0, positive(3)),
    *both_ways(operator.floordiv, 2.0, array([0.3, 2.5, -7.0]), gradient=False),
    *both_ways(operator.mod, 2.0, array([0.3, 2.5, 7.0])),
    *both_ways(operator.pow, 2, positive(3)),
    case(operator.add, floats(2, 3), each(floats(3), floats(2, 1)), ref=np.add, dtypes=FLOATS),
    case(operator.mul, ints(3), ints(3), ref=np.multiply, dtypes=["int32", "uint8"]),
    case(operator.add, array([1.0, 2.0]), plain([3, 4]), ref=lambda x, y: x + [3, 4]),
    case(operator.add, array([1.0, 2.0]), plain(np.ones(2)), ref=lambda x, y: x + 1),
    case(operator.mul, array([1, 2]), plain(np.float64(2.5)), ref=lambda x, y: x * 2),
    case(reflected(operator.mul), array([1.0, 2.0]), plain(np.ones(2)), ref=lambda x, y: x),
    case(operator.add, array(["a", "b"]), "x", ref=lambda x, y: np.array([b"ax", b"bx"])),
    case(operator.truediv, array([7]), 2, ref=lambda x, y: np.array([3.5])),
    case(operator.matmul, floats(2, 3), floats(3, 2), ref=np.matmul, dtypes=PLAIN_FLOATS),
    case(operator.neg, floats(3), ref=np.negative, dtypes=PLAIN_FLOATS),
    case(operator.abs, floats(3), ref=np.abs, dtypes=PLAIN_FLOATS),
    case(operator.abs, complexes(3), ref=np.abs),
    case(operator.getitem, floats(3, 2), 1, ref=operator.getitem, dtypes=PLAIN_FLOATS),
    # the product with a bool is a bool
    case(operator.mul, bools(3), bools(3), ref=np.logical_and),
    case(
        operator.mul,
        array([0.0, 2.0, 0.5]),
        array([True, True, True]),
        gradient=False,
        ref=lambda x, y: np.array([False, True, False]),
    ),
    # order and equality
    *(
        case(op, array([1.0, 2.0, 3.0]), each(2.0, array([2.0, 2.0, 2.0])), ref=op, gradient=False)
        for op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
    ),
    case(operator.eq, floats(3), floats(2), ref=lambda x, y: np.False_, gradient=False),
    case(operator.ne, floats(3), floats(2), ref=lambda x, y: np.True_, gradient=False),
    case(operator.eq, array(["a", "b"]), "a", ref=lambda x, y: np.array([True, False])),
    case(
        lambda x: (operator.eq(x, None), operator.ne(x, None)),
        floats(3),
        ref=lambda x: (False, True),
        name="a tensor is not None",
        eager_only="there a tensor says so, not a bool",
    ),
    # logic for bools, bits for integers
    *(
        case(op, x, x, ref=op)
        for op in (operator.and_, operator.or_, operator.xor)
        for x in (bools(3), array([1, 6, 3]))
    ),
    case(operator.invert, each(bools(3), array([1, 2])), ref=np.invert),
    case(reflected(operator.and_), bools(3), True, ref=lambda x, y: x),
    # who else knows the operator
    case(lambda x: x + Guest(), floats(3), ref=lambda x: "radd", name="a guest's own addition"),
    # what is refused, and how
    error(operator.add, floats(3), ints(3), raises=Invalid, match="cannot compute AddV2"),
    error(operator.add, ints(3), 1.5, raises=Invalid, match="but is a float tensor"),
    error(reflected(operator.add), ints(3), 1.5, raises=TypeError, match="Cannot convert 1.5"),
    error(operator.mul, ints(3), 1.5, raises=TypeError, match="Cannot convert 1.5 to EagerTensor"),
    error(operator.add, floats(3), "a", raises=Invalid, match="but is a string tensor"),
    error(operator.add, floats(3), None, raises=ValueError, match="Attempt to convert a value (No"),
    error(operator.add, floats(3), floats(2), raises=Invalid, match="Incompatible shapes: [3] vs"),
    error(operator.sub, bools(2), bools(2), raises=Invalid, match="Value for attr 'T' of bool"),
    error(operator.truediv, ints(2), 2.5, raises=TypeError, match="must have the same dtype"),
    error(operator.floordiv, ints(2), 0, raises=Invalid, match="Integer division by zero"),
    error(operator.mod, ints(2), 0, raises=Invalid, match="Integer division by zero"),
    error(operator.pow, ints(2), -1, raises=Invalid, match="negative integer powers"),
    error(operator.lt, strings(2), "b", raises=Invalid, match="Value for attr 'T' of string"),
    error(operator.lt, floats(2), None, raises=ValueError, match="Attempt to convert a value"),
    error(operator.eq, floats(2), "a", raises=TypeError, match="Cannot convert 'a'"),
    error(operator.and_, bools(2), ints(2), raises=Invalid, match="cannot compute LogicalAnd"),
    error(operator.invert, floats(2), raises=Invalid, match="Value for attr 'T' of float"),
    error(
        operator.lshift, ints(2), 1, raises=TypeError, match="unsupported operand type(s) for <<"
    ),
    error(round, floats(2), raises=AttributeError, match="has no attribute 'astype'"),
]
