"""Numbers as strings and back: ops/string_numbers.py. Expected values are C's and TensorFlow's."""

import numpy as np

import headrace as tf
from tests.cases.row import array, bools, case, each, error, floats, ints, strings
from tests.cases.strings import words

Invalid = tf.errors.InvalidArgumentError
nan, inf = float("nan"), float("inf")


def written(form):
    def ref(x, *_, **__):
        return np.array(np.frompyfunc(lambda v: form.encode() % v, 1, 1)(x), object)

    return ref


def says(*values):
    return lambda *_, **__: words(*values)


ODD = array([1.5, nan, inf, -inf, -0.0], "float32")
AS = tf.strings.as_string
TO = tf.strings.to_number
ROWS = [
    case(AS, floats(2, 3), ref=written("%f"), dtypes=["float32", "float64", "float16"]),
    case(AS, floats(4), precision=3, ref=written("%.3f"), dtypes=["float64", "bfloat16"]),
    case(AS, floats(4, low=-1e6, high=1e6), scientific=True, ref=written("%e"), dtypes=["float64"]),
    case(AS, floats(4, low=0, high=1e9), shortest=True, ref=written("%g"), dtypes=["float64"]),
    case(AS, ints(5), ref=written("%d")),
    case(AS, ints(5), width=5, ref=written("%5d"), dtypes=["int32", "int8"]),
    case(AS, ints(5), width=5, fill=each("0", "-", "+", " "), dtypes=["int64"],
         ref=lambda x, width, fill: written(f"%{fill}5d")(x)),
    case(AS, array([5], "uint8"), width=4, fill="+", ref=says("   5")),
    case(AS, array([2**64 - 1], "uint64"), ref=says("18446744073709551615")),
    case(AS, bools(3), width=8,
         ref=lambda x, width: np.where(x, b"true", b"false").astype(object)),
    case(AS, strings(3), ref=lambda x: x),
    case(AS, array(words("a", "b\0")), width=4, ref=says("   a", "  b\0")),
    case(AS, array(["a"]), width=4, fill="-", ref=says("a   ")),
    case(AS, array([1 + 2j, 0.5 - 3j], "complex64"), ref=says("(1.000000,2.000000)",
         "(0.500000,-3.000000)")),
    case(AS, array([1 + 2j], "complex128"), width=8, fill="-", precision=1, scientific=True,
         ref=says("(1.0e+00 ,2.0e+00 )")),
    case(AS, ODD, ref=says("1.500000", "nan", "inf", "-inf", "-0.000000")),
    case(AS, ODD, width=10, fill="0", name="as_string(zeros before infinities)",
         ref=says("001.500000", "       nan", "       inf", "      -inf", "-00.000000")),
    case(AS, ODD, width=9, fill="+", ref=says("+1.500000", "     +nan", "     +inf", "     -inf",
         "-0.000000")),
    case(AS, array([-nan, 1e-40], "float32"), scientific=True, ref=says("-nan", "0.000000e+00"),
         name="as_string(below the normal numbers)"),
    error(AS, [1], precision=2, raises=Invalid, match="precision not supported for datatype int32"),
    error(AS, [True], scientific=True, raises=Invalid, match="not supported for datatype bool"),
    error(AS, [1.0], scientific=True, shortest=True, raises=Invalid, match="Cannot select both"),
    error(AS, [1], width=3, fill="a", raises=Invalid, match='Fill argument not supported: "a"'),
    error(AS, [1], width=3, fill="00", raises=Invalid, match="one or fewer characters"),
    case(
        TO,
        array(words("1.5", "  2 ", "-3e2", "inf", "NaN", "-infinity", "0x10", "+4", ".5", "5.")),
        ref=lambda x: np.array([1.5, 2, -300, inf, nan, -inf, 16, 4, 0.5, 5], np.float32),
    ),
    case(
        TO,
        array(words("1.00000005960464477539062500000001", "1.000000059604644775390625", "9")),
        ref=lambda x: np.array([1.0000001, 1, 9], np.float32),
        name="to_number(rounded once)",
    ),
    case(TO, array(words("1e400", "-0x1.8p-1", "nan(12)", "4e-324")), tf.float64,
         ref=lambda x, _: np.array([inf, -0.75, nan, 5e-324])),
    case(TO, array(words(" -123 ", "+7", "007")), each(tf.int32, tf.int64),
         ref=lambda x, dtype: np.array([-123, 7, 7], dtype)),
    case(TO, array(words("18446744073709551615", "0")), tf.uint64,
         ref=lambda x, dtype: np.array([2**64 - 1, 0], dtype)),
    case(TO, array(words()), ref=lambda x: np.array([], np.float32)),
    *(
        error(TO, text, dtype, raises=Invalid, match=f"could not correctly convert string: {text}")
        for text, dtype in [
            ("abc", tf.float32), ("1_0", tf.float32), ("1e", tf.float64), ("nan(a-b)", tf.float32),
            ("1.5", tf.int32), ("2147483648", tf.int32), ("0x1F", tf.int64), ("-1", tf.uint32),
            ("-0", tf.uint64), ("18446744073709551616", tf.uint64), ("1_0", tf.int32),
        ]
    ),
    error(TO, "1", tf.int8, raises=Invalid, match="attr 'out_type' of int8"),
    error(TO, 1, raises=TypeError, match="Cannot convert 1"),
]  # fmt: skip
