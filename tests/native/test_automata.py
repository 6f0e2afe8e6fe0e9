"""Tables of patterns against RE2 itself, and the library against its definition."""

import numpy as np
import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace._src.native.automata import automaton, full_matches, replacements
from headrace._src.native.patterns import program

ATOMS = (
    r"a b c 0 - . \d \w \s \D \W \S [a-c] [^a] [^\d] []a] [^]a] [a-] [-a] [\w.-] é \. ^ $ (?:) "
    r"(|a) [a\]] { } ] (?P<x>a) [é] \b [[:alpha:]] [a-c-e] \v \_ [^\s] \x41 a{2} (a|ab) ()"
)
COUNTS = "* + ? *? +? ?? {2} {1,} {0,2} {2,3}? {,2} {01} {0} {1 ** {2}{2}"

counted = st.tuples(st.sampled_from(ATOMS.split()), st.sampled_from(["", "", *COUNTS.split()]))
sequences = st.lists(counted.map("".join), min_size=1, max_size=4).map("".join)
patterns = st.recursive(
    sequences,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("|".join),
        st.tuples(inner, st.sampled_from(COUNTS.split())).map(lambda pair: "({}){}".format(*pair)),
    ),
    max_leaves=4,
)
# Also what is UTF-8 only nearly: bytes alone, too long a form, a surrogate, what lies too high.
PIECES = (
    b"a b c 0 - . _ ] { aab \xc3\xa9 \xe2\x82\xac \xff \xe0\x80\x80 \xed\xa0\x80 \xf4\xbf\xbf\xbf "
    b"\xf5\x80\x80\x80 \xc1\x81 \xc3"
).split(b" ")
texts = st.lists(st.sampled_from([*PIECES, b" ", b"\n", b"\x0b", b"\0"]), max_size=9).map(b"".join)


def compiled(pattern):
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None


def replaced(regexp, string, most):
    """What RE2 makes of a string; the pattern matches nothing empty."""
    pieces, at = [], 0
    while len(pieces) < most and (match := regexp.search(string, at)):
        pieces.append(string[at : match.start()] + b"<#>")
        at = match.end()
    return b"".join(pieces) + string[at:]


def array(strings):
    out = np.empty(len(strings), object)
    out[:] = strings
    return out


@settings(max_examples=600)
@given(patterns, st.lists(texts, min_size=1, max_size=12))
def test_tables_answer_as_re2_does(pattern, strings):
    pattern = pattern.encode()
    regexp = compiled(pattern)
    if regexp is None:
        return
    given = array(strings)
    if table := automaton(pattern, True):
        for kernel in (full_matches, full_matches.body):
            out = np.empty(len(given), np.bool_)
            kernel(len(given), given, table.following, table.ends, table.first, out)
            assert out.tolist() == [regexp.fullmatch(s) is not None for s in strings]
    if table := automaton(pattern, False):
        for most in (1, 2**62):
            for kernel in (replacements, replacements.body):
                out = np.empty(len(given), object)
                assert kernel(len(given), given, *table, b"<#>", 3, most, out) == 0
                assert out.tolist() == [replaced(regexp, s, most) for s in strings]


@pytest.mark.parametrize(
    "pattern",
    [rb"[0-9]+", rb"^\s+|\s+$", rb"<[^>]*>", rb"(?:https?://)?[\w.-]+\.(com|org)", rb"a{3,5}b"],
)
def test_usual_patterns_have_a_table(pattern):
    assert automaton(pattern, True) and automaton(pattern, False)


@pytest.mark.parametrize(
    "pattern",
    [rb"(?i)a", rb"\ba", rb"\pL", rb"[[:alpha:]]", rb"(a*)*", rb"a**", rb"$^", b"[\xc3\xa9]"],
)
def test_what_is_in_doubt_has_none(pattern):
    assert program(pattern) is None


def test_too_large_a_pattern_has_none():
    assert program(b"(abc){300}") is None
    assert program(b"(a|b)*a(a|b){9}") and automaton(b"(a|b)*a(a|b){9}", True) is None


@pytest.mark.parametrize("kernel", [replacements, replacements.body])
def test_a_string_that_takes_too_long_is_left(kernel):
    table = automaton(b"a+b", False)
    given = array([b"ab", b"a" * 400, b"c"])
    out = np.empty(3, object)
    assert kernel(3, given, *table, b"", 0, 2**62, out) == 1
    assert out.tolist() == [b"", None, b"c"]


def test_a_string_without_a_match_is_the_same_object():
    given = array([bytes(b"abc%d" % i) for i in range(3)])
    out = np.empty(3, object)
    replacements(3, given, *automaton(b"1+", False), b"-", 1, 2**62, out)
    assert out.tolist() == [b"abc0", b"abc-", b"abc2"]
