"""Rows for ops/csv.py; expected values are TensorFlow's.

Read next: tests/cases/row.py.
"""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, plain

BAD = tf.errors.InvalidArgumentError
decode = tf.io.decode_csv


def columns(*expected):
    def answer(*args, **kwargs):
        return [np.array(e, object if isinstance(e[0], bytes) else None) for e in expected]

    return answer


def row(lines, defaults, *expected, **kwargs):
    return case(
        decode,
        array(lines),
        plain(defaults),
        ref=columns(*expected),
        gradient=False,
        name=f"decode_csv({lines},{kwargs})",
        **kwargs,
    )


def bad(line, defaults, match, **kwargs):
    return error(
        decode,
        line,
        defaults,
        raises=BAD,
        match=match,
        name=f"decode_csv({line!r},{kwargs})",
        **kwargs,
    )


i32, f32 = np.int32, np.float32
ROWS = [
    row(["1,a", "2,b"], [[0], [""]], i32([1, 2]), [b"a", b"b"]),
    row([" 1 ,+2", "-3,"], [[0], [7]], i32([1, -3]), i32([2, 7])),
    row(["1e400,.5", "nan,0x1p3"], [[0.0], 0.0], f32([np.inf, np.nan]), f32([0.5, 8])),
    row(['"a,b","x""y"', '"",z'], [["d"], ["e"]], [b"a,b", b"d"], [b'x"y', b"z"]),
    row(['"a\nb"'], [[""]], [b"a\nb"]),
    row(['a"b;c'], [[""], [""]], [b'a"b'], [b"c"], field_delim=";", use_quote_delim=False),
    row(["NA,1"], [[7], [0]], i32([7]), i32([1]), na_value="NA"),
    row(["1,2,3", "4,5,6"], [[0], [0]], i32([1, 4]), i32([3, 6]), select_cols=[0, 2]),
    row(['1,x,3"'], [[0], [""]], i32([1]), [b"x"], select_cols=[0, 1]),
    row(
        ["9223372036854775807,1"],
        [np.array([0]), np.array([0.0])],
        np.array([2**63 - 1]),
        np.array([1.0]),
    ),
    bad("1", [[0], [0]], "Expect 2 fields but have 1 in record 0"),
    bad("1,2,", [[0], [0]], "Expect 2 fields but have 3 in record 0"),
    bad("", [[0]], "Expect 1 fields but have 0 in record 0"),
    bad(["1,x", "y,2"], [[0], [0]], "Field 1 in record 0 is not a valid int32: x"),
    bad(["1", "2147483648"], [[0]], "Field 0 in record 1 is not a valid int32: 2147483648"),
    bad("1_0", [[0]], "not a valid int32: 1_0"),
    bad("1_0", [[0.0]], "not a valid float: 1_0"),
    bad('"a"b,c', [[""], [""]], "Quote inside a string has to be escaped"),
    bad('"ab,c', [[""], [""]], "Quoted field has to end with quote"),
    bad('a"b', [[""]], "Unquoted fields cannot have quotes/CRLFs"),
    bad("1,2\n", [[0], [0]], "Unquoted fields cannot have quotes/CRLFs"),
    bad(",1", [np.zeros(0, i32), [0]], "Field 0 is required but missing in record 0!"),
    bad("a|b", [[""], [""]], "field_delim should be only 1 char", field_delim="||"),
    bad("1", [[0, 1]], "only be 1 default per field but field 0 has 2"),
    bad("1", [[[0]]], "should be at most rank 1"),
    bad("1", [[True]], "Value for attr 'OUT_TYPE' of bool"),
    bad("1", [], "Length for attr 'OUT_TYPE' of 0"),
    error(decode, "1", [[0]], select_cols=[-1], raises=ValueError, match="negative values"),
    error(decode, "1", [0, 0], select_cols=[1, 0], raises=ValueError, match="not strictly incr"),
    error(decode, "1", [0, 0], select_cols=[1], raises=ValueError, match="do not match"),
]
