"""Regular expressions as programs, for that part of RE2's syntax of which nothing is in doubt.

The one idea: a pattern becomes a list of instructions over bytes, in which an earlier way is the
preferred one (Thompson, "Regular expression search algorithm", 1968; Cox, "Regular expression
matching: the virtual machine approach", 2009). There are literals, classes of ASCII characters,
the dot, groups, alternatives, repetitions, and both ends of the text. Whatever else a pattern holds
(or RE2 might read otherwise) makes it no program but None: then RE2 itself has to run. RE2 has also
been asked before whether the pattern is well formed.

Read next: native/automata.py.
"""

import re
import string
from collections.abc import Callable
from typing import NamedTuple

# A set of bytes is an integer with one bit for each.
Bytes = int

# Longer programs make automata of too many states.
LONGEST = 400


class Step(NamedTuple):
    """One instruction: `kind` is "byte" (one of `bytes`), "split", "begin", "end" or "match".

    ways: the places of the instructions that follow, the preferred one first.
    """

    kind: str
    ways: tuple[int, ...] = ()
    bytes: Bytes = 0


def program(pattern: bytes) -> tuple[list[Step], int] | None:
    """The instructions of a pattern and the place of the first; None where RE2 has to run."""
    try:
        node = _Reader(pattern.decode()).alternatives(is_inside=False)
        steps = [Step("match")]
        return steps, node.build(steps, 0)
    except (_Doubt, UnicodeDecodeError):
        return None


class _Doubt(Exception):
    """The pattern is not of those that are surely understood."""


class _Node(NamedTuple):
    """A part of a pattern: `build(steps, following)` answers the place where its program begins."""

    build: Callable[[list[Step], int], int]
    is_nullable: bool  # can match nothing


def _put(steps: list[Step], step: Step) -> int:
    if len(steps) >= LONGEST:
        raise _Doubt
    steps.append(step)
    return len(steps) - 1


# ---- parts ---------------------------------------------------------------------------------------


def _one_byte(bytes: Bytes) -> _Node:
    return _Node(lambda steps, following: _put(steps, Step("byte", (following,), bytes)), False)


def _bound(kind: str) -> _Node:
    return _Node(lambda steps, following: _put(steps, Step(kind, (following,))), True)


def _sequence(*nodes: _Node) -> _Node:
    def build(steps: list[Step], following: int) -> int:
        for node in reversed(nodes):
            following = node.build(steps, following)
        return following

    return _Node(build, all(node.is_nullable for node in nodes))


def _choice(*nodes: _Node) -> _Node:
    if len(nodes) == 1:
        return nodes[0]

    def build(steps: list[Step], following: int) -> int:
        return _put(steps, Step("split", tuple(node.build(steps, following) for node in nodes)))

    return _Node(build, any(node.is_nullable for node in nodes))


def _optional(node: _Node, is_greedy: bool) -> _Node:
    nothing = _sequence()
    return _choice(node, nothing) if is_greedy else _choice(nothing, node)


def _once_or_more(node: _Node, is_greedy: bool) -> _Node:
    def build(steps: list[Step], following: int) -> int:
        again = _put(steps, Step("split"))
        first = node.build(steps, again)
        steps[again] = Step("split", (first, following) if is_greedy else (following, first))
        return first

    return _Node(build, node.is_nullable)


def _repeated(node: _Node, least: int, most: int | None, is_greedy: bool) -> _Node:
    if node.is_nullable:
        raise _Doubt  # which of many empty rounds counts is RE2's own affair
    if most is None:
        more = _once_or_more(node, is_greedy)
        if least == 0:
            return _optional(more, is_greedy)
        return _sequence(*[node] * (least - 1), more)
    rest = _sequence()
    for _ in range(most - least):
        rest = _optional(_sequence(node, rest), is_greedy)
    return _sequence(*[node] * least, rest)


# ---- characters ----------------------------------------------------------------------------------


def _span(first: int, last: int) -> Bytes:
    return (1 << last + 1) - (1 << first)


def _some(characters: str) -> Bytes:
    return sum(1 << ord(character) for character in characters)


ASCII = _span(0, 127)
DIGITS = _some(string.digits)
WORD = _some(string.ascii_letters + string.digits + "_")
SPACE = _some("\t\n\f\r ")  # RE2's has no vertical tab

CLASSES = {"d": DIGITS, "w": WORD, "s": SPACE}
ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

# Whatever is not ASCII, as generously as RE2 takes it: with longer forms and surrogates.
_TAIL = _one_byte(_span(0x80, 0xBF))
_BEYOND = _choice(
    _sequence(_one_byte(_span(0xC2, 0xDF)), _TAIL),
    _sequence(_one_byte(_span(0xE0, 0xEF)), _TAIL, _TAIL),
    _sequence(_one_byte(_span(0xF0, 0xF4)), _TAIL, _TAIL, _TAIL),
)


def _all_but(bytes: Bytes) -> _Node:
    """One character that is none of these."""
    return _choice(_one_byte(ASCII & ~bytes), _BEYOND)


def _literal(character: str) -> _Node:
    return _sequence(*(_one_byte(1 << byte) for byte in character.encode()))


# ---- reading -------------------------------------------------------------------------------------

_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_GROUP = re.compile(r"\((\?:|\?P<[A-Za-z_]+>|(?!\?))")


class _Reader:
    """A pattern and the place up to which it was read."""

    def __init__(self, pattern: str):
        self.pattern = pattern
        self.at = 0
        self.has_end = False

    def comes(self, wanted: str) -> bool:
        return self.pattern.startswith(wanted, self.at)

    def take(self, wanted: str) -> bool:
        """Reads `wanted` if it comes next."""
        found = self.comes(wanted)
        self.at += len(wanted) if found else 0
        return found

    def take_match(self, wanted: re.Pattern) -> re.Match | None:
        found = wanted.match(self.pattern, self.at)
        self.at = found.end() if found else self.at
        return found

    def next(self) -> str:
        if self.at == len(self.pattern):
            raise _Doubt
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self, is_inside: bool) -> _Node:
        found = [self.sequence()]
        while self.take("|"):
            found.append(self.sequence())
        if self.take(")") != is_inside or (not is_inside and self.at < len(self.pattern)):
            raise _Doubt
        return _choice(*found)

    def sequence(self) -> _Node:
        found = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            found.append(self.repetition())
        return _sequence(*found)

    def repetition(self) -> _Node:
        node = self.atom()
        if self.take("*"):
            least, most = 0, None
        elif self.take("+"):
            least, most = 1, None
        elif self.take("?"):
            least, most = 0, 1
        elif count := self.take_match(_COUNT):
            least = int(count[1])
            most = least if count[2] is None else int(count[3]) if count[3] else None
        else:
            return node
        node = _repeated(node, least, most, is_greedy=not self.take("?"))
        if any(map(self.take, "*+?")) or self.take_match(_COUNT):
            raise _Doubt
        return node

    def atom(self) -> _Node:
        if self.take_match(_GROUP):
            return self.alternatives(is_inside=True)
        character = self.next()
        if character in "(*+?":
            raise _Doubt
        if character == "[":
            return self.character_class()
        if character == "\\":
            return self.escape()
        if character == ".":
            return _all_but(_some("\n"))
        if character == "$":
            self.has_end = True
            return _bound("end")
        if character == "^":
            if self.has_end:
                raise _Doubt  # both at once hold in the empty text only; nobody means that
            return _bound("begin")
        return _literal(character)

    def escape(self) -> _Node:
        character = self.next()
        if character in CLASSES:
            return _one_byte(CLASSES[character])
        if character.lower() in CLASSES:
            return _all_but(CLASSES[character.lower()])
        return _literal(self.escaped(character))

    def escaped(self, character: str) -> str:
        if character in ESCAPES:
            return ESCAPES[character]
        if character not in string.punctuation:
            raise _Doubt
        return character

    def character_class(self) -> _Node:
        is_negated = self.take("^")
        found = 0
        is_first = True
        while is_first or not self.take("]"):
            found |= self.class_part(is_first)
            is_first = False
        return _all_but(found) if is_negated else _one_byte(found)

    def class_part(self, is_first: bool) -> Bytes:
        character = self.next()
        if character == "\\" and self.pattern[self.at : self.at + 1] in CLASSES:
            return CLASSES[self.next()]
        if character == "[" or (character == "-" and not is_first and not self.comes("]")):
            raise _Doubt
        first = self.class_character(character)
        if self.comes("-]") or not self.take("-"):
            return 1 << first
        character = self.next()
        if character in "[]-":
            raise _Doubt
        return _span(first, self.class_character(character))

    def class_character(self, character: str) -> int:
        found = self.escaped(self.next()) if character == "\\" else character
        if not found.isascii():
            raise _Doubt
        return ord(found)
