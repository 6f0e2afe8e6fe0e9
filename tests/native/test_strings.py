"""Kernels over strings: those of the library against their definitions in Python.

Read next: headrace/_src/native/strings.py.
"""

import numpy as np
import pytest

from headrace._src.native import strings as kernels


def objects(values):
    return np.fromiter(values, object, len(values))


def some(alphabet, count=400, longest=12):
    random = np.random.default_rng(20240229)
    lengths = random.integers(0, longest + 1, count)
    letters = np.frombuffer(alphabet, np.uint8)
    return objects([random.choice(letters, n).astype(np.uint8).tobytes() for n in lengths])


WORDS = some(b"aZ \t\n,;\0\xc3\xa9\xff")
DIGITS = some(b"0123 .-+e", longest=5)


def both(kernel, *arguments, out=None):
    """What the kernel and its definition answer and write."""
    answers = []
    for function in (kernel, kernel.body):
        written = None if out is None else out.copy()
        answers.append((function(*arguments, *([] if out is None else [written])), written))
    (one, there), (other, here) = answers
    assert one == other
    if out is not None:
        found = max(one, 0) if kernel.__name__.startswith(("decimal", "string_substr")) else None
        upto = found if one > -1 and found is not None else None
        assert repr(there[:upto].tolist()) == repr(here[:upto].tolist())  # NaN is not itself
    return one


@pytest.mark.parametrize("name", ["string_lower", "string_upper", "string_strip"])
def test_a_string_becomes_a_string(name):
    both(getattr(kernels, name), len(WORDS), WORDS, out=np.empty_like(WORDS))
    each = objects([bytes([c]) * n + b"a" for c in range(256) for n in (1, 6, 7, 8, 20)])
    both(getattr(kernels, name), len(each), each, out=np.empty_like(each))


@pytest.mark.parametrize("in_characters", [0, 1])
def test_lengths(in_characters):
    out = np.empty(len(WORDS), np.int32)
    both(kernels.string_length, len(WORDS), WORDS, in_characters, out=out)


@pytest.mark.parametrize(("string", "is_plain"), [(b"a\x7f\x01", 1), (b"\0", 0), (b"a\x80", 0)])
def test_what_is_plain(string, is_plain):
    assert both(kernels.string_are_plain, 3, objects([b"", string, b"b"])) == is_plain


@pytest.mark.parametrize(("rows", "separator"), [(1, b","), (4, b""), (4, b"--"), (0, b"x")])
def test_joining_rows(rows, separator):
    count = len(WORDS) // rows if rows else 3
    strings = WORDS[: count * rows]
    both(kernels.string_join, count, rows, strings, separator, len(separator),
         out=np.empty(count, object))  # fmt: skip


@pytest.mark.parametrize("width", [1, 4])
def test_joining_segments(width):
    count = len(WORDS) // width
    segments = np.random.default_rng(1).integers(0, 9, count)
    both(kernels.segment_join, count, width, WORDS, segments, b", ", 2, 11,
         out=np.full(11 * width, b"", object))  # fmt: skip


def test_parts_by_bytes():
    random = np.random.default_rng(2)
    begins, sizes = (np.minimum(random.integers(-3, 4, len(WORDS)), 3) for _ in range(2))
    out = np.empty_like(WORDS)
    assert both(kernels.string_substr, len(WORDS), WORDS, 1, begins, sizes, out=out) >= 0
    long = objects([word + b"abc" for word in WORDS])
    assert both(kernels.string_substr, len(long), long, 1, begins, sizes, out=out) == -1
    for at in range(8):  # one place for all
        both(kernels.string_substr, len(long), long, 0, begins[at:][:1], sizes[at:][:1], out=out)


@pytest.mark.parametrize("padding", [-1, 0, 1, 5])
@pytest.mark.parametrize("keeps_short", [0, 1])
@pytest.mark.parametrize("widths", [[1], [2], [4, 1, 3]])
def test_windows(padding, keeps_short, widths):
    splits = np.array([0, 0, 1, 3, 4, 9, 9, 20])
    texts, widths = objects([b"-", b"<<", b"\0"]), np.array(widths)
    how = 7, splits, WORDS, texts, len(widths), widths, padding, keeps_short
    lengths = np.diff(splits)
    found = [
        sum(max(n + 2 * (w - 1 if padding < 0 else min(padding, w - 1)) - w + 1, 0) for w in widths)
        for n in lengths.tolist()
    ]
    if keeps_short:
        found = [count or min(n, 1) for count, n in zip(found, lengths, strict=True)]
    both(kernels.string_windows, *how, out=np.empty(sum(found), object))


@pytest.mark.parametrize("separator", [b"", b",", b"a,", b"\xff"])
@pytest.mark.parametrize("limit", [-1, 0, 1, 2, 3])
def test_splitting(separator, limit):
    how = len(WORDS), WORDS, separator, len(separator), limit
    counts = np.empty(len(WORDS), np.int64)
    both(kernels.split_counts, *how, out=counts)
    kernels.split_counts(*how, counts)
    both(kernels.split_parts, *how, out=np.empty(counts.sum(), object))


def test_bytes():
    both(kernels.string_bytes, len(WORDS), WORDS, out=np.empty(sum(map(len, WORDS)), object))


ODD = [
    b"inf",
    b"-NaN",
    b"nan(1)",
    b" 1.5e3\n",
    b"+2",
    b"0x10",
    b"1_0",
    b"1e999",
    b"",
    b"+-1",
    b"1\0",
]


@pytest.mark.parametrize("size", [4, 8])
def test_decimal_floats(size):
    places = {}
    for string in [*DIGITS, *ODD[:2], *ODD[3:5], b"1e", b"1_0", b"+-1", b"1\0", b""]:
        out = np.zeros(1, f"f{size}")
        places[string] = both(kernels.decimal_floats, 1, objects([string]), size, out=out)
    assert {places[b"inf"], places[b"+2"]} == {-1}
    assert {places[b"1e"], places[b"1_0"], places[b""]} == {0}


@pytest.mark.parametrize(("low", "high"), [(-(2**63), 2**63 - 1), (0, 250), (-5, 5)])
def test_decimal_integers(low, high):
    for string in [*DIGITS, *ODD, b"-0", b"9223372036854775807", b"9223372036854775808"]:
        out = np.zeros(1, np.int64)
        both(kernels.decimal_integers, 1, objects([string]), low, high, out=out)


FORMS = ["%f", "%e", "%g", "%.0f", "%.3e", "%.12g", "%012f", "%-12g", "%+.2f", "%# e", "%#.0f"]


@pytest.mark.parametrize("form", [*FORMS, "%.100f", "%020.3e"])
def test_floats_written(form):
    random = np.random.default_rng(3)
    values = random.normal(size=200) * 10.0 ** random.integers(-300, 300, 200)
    values = np.append(values, [0.0, -0.0, 0.5, 1.5, np.nan, -np.nan, np.inf, -np.inf, 1e300])
    both(kernels.floats_written, len(values), values, form.encode(),
         out=np.empty(len(values), object))  # fmt: skip


def test_integers_written():
    values = np.array([0, -1, 7, 2**63 - 1, -(2**63)])
    both(kernels.integers_written, len(values), values, out=np.empty(len(values), object))
