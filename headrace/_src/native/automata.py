"""Patterns as tables that need one look-up a byte, and what they do with many strings.

The one idea: all ways through a pattern's program are followed at once, and each set of places that
can be reached is a state (the subset construction: Rabin, Scott, 1959). The places keep the order
in which they are preferred, and those after a match are dropped, so that the last match that a run
sees is the one that RE2 and Perl choose. A table has room for 255 states; where they do not
suffice, RE2 itself has to run.

Read next: native/automata.cpp.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from headrace._src.native import kernel
from headrace._src.native.patterns import Step, program

DEAD = 0  # the state in which nothing can match any more
MOST_STATES = 255

# What a state may be: a match ends here; it ends here if the text does.
MATCHES, MATCHES_AT_END = 1, 2


class Automaton(NamedTuple):
    """following[state, byte]: the next state. ends[state]: MATCHES, MATCHES_AT_END, both or 0.

    first: the state at the beginning of a text. inner: that of a search that begins later on.
    """

    following: np.ndarray
    ends: np.ndarray
    first: int
    inner: int


@functools.lru_cache(256)
def automaton(pattern: bytes, is_full: bool) -> Automaton | None:
    """The table of a pattern: for full matches, or for the preferred ones of a search.

    None where the pattern is not understood or too large; where a search could find empty matches,
    too: what comes next after one is RE2's own affair.
    """
    found = program(pattern)
    if found is None:
        return None
    table = _States(found[0], is_full).table(found[1])
    if table is None or is_full:
        return table
    return None if table.ends[table.first] or table.ends[table.inner] else table


class _States:
    """The states of a program as far as they are known, each a tuple of places in it."""

    def __init__(self, steps: list[Step], is_full: bool):
        self.steps = steps
        self.is_full = is_full
        self.numbers: dict[tuple[int, ...], int] = {(): DEAD}

    def table(self, start: int) -> Automaton | None:
        first, inner = (self.number(self.reached([start], passes)) for passes in (("begin",), ()))
        representatives, kind_of_byte = self.kinds()
        rows = [[DEAD] * len(representatives)]
        ends = [0]
        for state in self.unseen():
            if len(self.numbers) > MOST_STATES:
                return None
            rows.append([self.after(state, byte) for byte in representatives])
            ends.append(self.end(state))
        following = np.take(np.array(rows, np.uint8), kind_of_byte, axis=1)
        return Automaton(following, np.array(ends, np.uint8), first, inner)

    def unseen(self) -> Iterator[tuple[int, ...]]:
        """All states but the dead one, also those that are found meanwhile."""
        place = 1
        while place < len(self.numbers):
            yield list(self.numbers)[place]
            place += 1

    def number(self, state: tuple[int, ...]) -> int:
        return self.numbers.setdefault(state, len(self.numbers))

    def kinds(self) -> tuple[list[int], list[int]]:
        """One byte of each kind that the program tells apart, and every byte's kind."""
        sets = {step.bytes for step in self.steps if step.kind == "byte"}
        numbers: dict[tuple[bool, ...], int] = {}
        looks = [tuple(bool(one >> byte & 1) for one in sets) for byte in range(256)]
        kinds = [numbers.setdefault(look, len(numbers)) for look in looks]
        return [kinds.index(i) for i in range(len(numbers))], kinds

    def reached(self, places: list[int], passes: tuple[str, ...]) -> tuple[int, ...]:
        """The places that wait for a byte or the end or match, in order, without reading any.

        passes: which bounds of the text can be passed.
        """
        found: dict[int, None] = {}
        stack = places[::-1]
        seen = set()
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            kind, ways, _ = self.steps[place]
            if kind == "split" or kind in passes:
                stack.extend(ways[::-1])
            elif kind != "begin":
                found[place] = None
            if kind == "match" and not self.is_full:
                break
        return tuple(found)

    def after(self, state: tuple[int, ...], byte: int) -> int:
        ways = [
            self.steps[place].ways[0]
            for place in state
            if self.steps[place].kind == "byte" and self.steps[place].bytes >> byte & 1
        ]
        return self.number(self.reached(ways, ()))

    def end(self, state: tuple[int, ...]) -> int:
        def matches(places: tuple[int, ...]) -> bool:
            return any(self.steps[place].kind == "match" for place in places)

        at_end = self.reached(list(state), ("end",))
        return MATCHES * matches(state) | MATCHES_AT_END * matches(at_end)


# ---- kernels -------------------------------------------------------------------------------------


@kernel
def full_matches(
    count: int,
    strings: np.ndarray,
    following: np.ndarray,
    ends: np.ndarray,
    first: int,
    out: np.ndarray,
) -> int:
    for i, string in enumerate(strings):
        state = first
        for byte in string:
            state = following[state, byte]
        out[i] = ends[state] != 0
    return 0


@kernel
def replacements(
    count: int,
    strings: np.ndarray,
    following: np.ndarray,
    ends: np.ndarray,
    first: int,
    inner: int,
    rewrite: bytes,
    size: int,
    most: int,
    out: np.ndarray,
) -> int:
    """Puts `rewrite` for the first `most` matches of each string.

    A search that begins anew at every byte may take long; strings for which it does stay None, for
    RE2 to do. The answer is their number.
    """
    left = 0
    for i, string in enumerate(strings):
        begin, at, steps = 0, 0, 64 * len(string) + 1024
        pieces: list[bytes] = []
        while at < len(string) and len(pieces) < most and steps >= 0:
            state, end, place = first if at == 0 else inner, -1, at
            while state != DEAD:
                if ends[state] & (MATCHES | MATCHES_AT_END * (place == len(string))):
                    end = place
                if place == len(string):
                    break
                state = following[state, string[place]]
                place += 1
            steps -= place - at
            if end < 0:
                at += 1
            else:
                pieces.append(string[begin:at] + rewrite)
                begin = at = end
        left += steps < 0
        out[i] = None if steps < 0 else b"".join(pieces) + string[begin:]
    return left
