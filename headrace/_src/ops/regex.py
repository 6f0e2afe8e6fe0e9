"""Regular expressions: `tf.strings.regex_full_match`, `tf.strings.regex_replace`.

The one idea: RE2 says what a pattern means, and its Python binding runs it on one string at a time.
Many strings go through a table made of the pattern (native/automata.py) where there can be one, and
where there is not, equal strings are asked about once.

Read next: native/patterns.py. Why so: docs/decisions/011-strings.md.
"""

import functools
import re
from typing import Any

import numpy as np
import re2

from headrace._src import native
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, scalar
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import no_gradient, op
from headrace._src.native.automata import automaton, full_matches, replacements

WHY = "Strings have no derivative."

# RE2 has done with fewer strings before a table is made, which takes a millisecond; and with so few
# at a time before a table is begun.
MANY, FEW = 512, 4


# ---- full matches --------------------------------------------------------------------------------


def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Whether each whole string is one that the pattern describes, as booleans.

    pattern: a regular expression in RE2's syntax (github.com/google/re2/wiki/Syntax), one for all.

    >>> tf.strings.regex_full_match(["TF lib", "lib TF"], ".*lib$").numpy()
    array([ True, False])

    Raises tf.errors.InvalidArgumentError for what is no regular expression. Ops: RegexFullMatch,
    StaticRegexFullMatch.
    """
    if isinstance(pattern, (str, bytes)):
        return static_regex_full_match(input, pattern, name)
    return regex_full_match_op(input, pattern, name)


def _one_each(
    input: TensorShape, pattern: TensorShape, rewrite: Any = scalar, replace_global: bool = True
) -> TensorShape:
    for what, shape in (("Pattern", pattern), ("Rewrite", rewrite)):
        if shape.rank not in (None, 0):
            raise ShapeError(
                f"{what} must be scalar, but received {bracketed(shape)}",
                f"Shape must be rank 0 but is rank {shape.rank}",
            )
    return input


@op("RegexFullMatch", shape=_one_each, cost="host")
def regex_full_match_op(input: Tensor, pattern: Tensor, name: str | None = None) -> Tensor:
    """Whether strings match as a whole."""
    _one_each(TensorShape(input.shape), TensorShape(np.shape(pattern)))
    return _full_matches(input, np.asarray(pattern, object)[()])


@op("StaticRegexFullMatch", shape=lambda input, pattern: input, cost="host")
def static_regex_full_match(input: Tensor, pattern: str, name: str | None = None) -> Tensor:
    """Whether strings match as a whole."""
    return _full_matches(input, _octets(pattern))


def _full_matches(strings: np.ndarray, pattern: bytes) -> np.ndarray:
    regexp = _compiled(pattern)
    out = np.empty(strings.shape, np.bool_)
    if table := _table(strings, pattern, is_full=True):
        given = np.ascontiguousarray(strings)
        full_matches(given.size, given, table.following, table.ends, table.first, out)
    else:
        ask = functools.cache(lambda string: regexp.fullmatch(string) is not None)
        out.reshape(-1)[:] = list(map(ask, strings.reshape(-1)))
    return out


# ---- replacements --------------------------------------------------------------------------------


def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""The strings with `rewrite` in place of what matches the pattern.

    pattern: a regular expression in RE2's syntax (github.com/google/re2/wiki/Syntax), one for all.
    rewrite: in it `\1` to `\9` stand for what the groups matched, `\0` for all. A string stays as
    it is if the pattern has fewer groups. replace_global: every match, or only the first one.

    >>> tf.strings.regex_replace("Text with tags.<br /><b>it</b>", "<[^>]+>", " ").numpy()
    b'Text with tags.  it '

    Raises tf.errors.InvalidArgumentError for what is no regular expression. Ops: RegexReplace,
    StaticRegexReplace.
    """
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return static_regex_replace(input, pattern, rewrite, replace_global, name)
    return regex_replace_op(input, pattern, rewrite, replace_global, name)


@op("RegexReplace", shape=_one_each, cost="host")
def regex_replace_op(
    input: Tensor,
    pattern: Tensor,
    rewrite: Tensor,
    replace_global: bool = True,
    name: str | None = None,
) -> Tensor:
    """Strings with something else for what matches."""
    _one_each(*(TensorShape(np.shape(x)) for x in (input, pattern, rewrite)))
    old, new = (np.asarray(x, object)[()] for x in (pattern, rewrite))
    return _replaced(input, old, new, replace_global)


@op(
    "StaticRegexReplace",
    shape=lambda input, pattern, rewrite, replace_global: input,
    cost="host",
)
def static_regex_replace(
    input: Tensor,
    pattern: str,
    rewrite: str,
    replace_global: bool = True,
    name: str | None = None,
) -> Tensor:
    """Strings with something else for what matches."""
    return _replaced(input, _octets(pattern), _octets(rewrite), replace_global)


def _replaced(
    strings: np.ndarray, pattern: bytes, rewrite: bytes, replace_global: bool
) -> np.ndarray:
    regexp = _compiled(pattern)
    highest = max((int(digit) for digit in re.findall(rb"\\(\d)", rewrite)), default=0)
    if highest > regexp.groups:
        return strings
    parts, is_whole = _rewrite(rewrite)
    if not (replace_global or is_whole):
        return strings
    replaced = _with_all_replaced if replace_global else _with_first_replaced
    ask = functools.cache(functools.partial(replaced, regexp, parts))
    out = np.empty(strings.shape, object)
    flat = out.reshape(-1)
    text = [part for part in parts if isinstance(part, bytes)]
    table = _table(strings, pattern, is_full=False) if text == parts else None
    if table is None:
        flat[:] = list(map(ask, strings.reshape(-1)))
        return out
    given = np.ascontiguousarray(strings).reshape(-1)
    new, most = b"".join(text), 2**62 if replace_global else 1
    if replacements(given.size, given, *table, new, len(new), most, flat):
        for i in np.flatnonzero(np.equal(flat, None)):
            flat[i] = ask(given[i])
    return out


# What stands for a match: bytes, and the numbers of groups.
Parts = list[bytes | int]


def _rewrite(rewrite: bytes) -> tuple[Parts, bool]:
    """The parts of a rewrite up to a backslash that means nothing, and whether there is none."""
    parts: Parts = []
    for found in re.finditer(rb"[^\\]+|\\(?:(\d)|(\\))?", rewrite):
        if found[0] == b"\\":
            return parts, False
        parts.append(int(found[1]) if found[1] else found[2] or found[0])
    return parts, True


def _expanded(parts: Parts, match: Any) -> bytes:
    return b"".join(part if isinstance(part, bytes) else match[part] or b"" for part in parts)


def _with_first_replaced(regexp: Any, parts: Parts, string: bytes) -> bytes:
    match = regexp.search(string)
    if match is None:
        return string
    return string[: match.start()] + _expanded(parts, match) + string[match.end() :]


def _with_all_replaced(regexp: Any, parts: Parts, string: bytes) -> bytes:
    """RE2::GlobalReplace: an empty match right after another one does not count."""
    pieces = []
    at, last = 0, -1
    while at <= len(string) and (match := regexp.search(string, at)):
        begin, end = match.span()
        pieces.append(string[at:begin])
        if begin == end == last:
            at = last + _character_size(string, last)
            pieces.append(string[last:at])
        else:
            pieces.append(_expanded(parts, match))
            at = last = end
    return b"".join(pieces) + string[at:]


def _character_size(string: bytes, at: int) -> int:
    """How many bytes the character has that begins here; one where none does."""
    for size in range(1, 5):
        try:
            string[at : at + size].decode(errors="surrogatepass")
        except UnicodeDecodeError:
            continue
        return size
    return 1


# ---- both ----------------------------------------------------------------------------------------


def _octets(word: str | bytes) -> bytes:
    return word.encode() if isinstance(word, str) else word


def _table(strings: np.ndarray, pattern: bytes, is_full: bool) -> Any:
    """The pattern's table, if it has one and that is the quicker way."""
    if native.library is None:
        return None
    asked = _asked(pattern, is_full)
    asked[0] += strings.size
    return None if asked[0] < MANY or strings.size < FEW else automaton(pattern, is_full)


@functools.lru_cache(256)
def _asked(pattern: bytes, is_full: bool) -> list[int]:
    """How many strings a pattern has been asked about, to be counted on."""
    return [0]


@functools.lru_cache(256)
def _compiled(pattern: bytes) -> Any:
    """A pattern as RE2 has it; raises ValueError for what is none."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0].decode(errors="replace")
        shown = pattern.decode(errors="replace")
        raise ValueError(f"Invalid pattern: {shown}, error: {why}") from None


for _op in (
    regex_full_match_op,
    static_regex_full_match,
    regex_replace_op,
    static_regex_replace,
):
    no_gradient(_op, why=WHY)
