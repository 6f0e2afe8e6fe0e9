"""Where the random ops of a traced function draw from: a key and a counter for each node.

TensorFlow's stateful random kernels each keep a Philox generator of their own, begun by the node's
two seeds when it first runs, and anew after `tf.random.set_seed` (`begin_again`). A node is named
by where it stands (and in which call of which function), so a second call goes on where the first
one stopped. A compiled program takes the counters as an input and answers how far it got.

Read next: ops/seeds.py (the seeds), ops/philox.py (the numbers).
"""

import os
import threading
from typing import Any

import numpy as np

_WORD = 2**32 - 1
_WORD64 = 2**64
_PLACES = (0, 32, 64, 96)


# How often all generators of the process have been told to begin again.
_epoch = 0


def begin_again() -> None:
    """All streams begin again from their seeds, those without seeds at a new random place."""
    global _epoch
    _epoch += 1


class Streams:
    """The generators of one function's nodes."""

    __slots__ = ("_begun", "_epoch", "_lock")

    def __init__(self) -> None:
        self._epoch = _epoch
        self._begun: dict[Any, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def begin(self, name: Any, seed: int, seed2: int) -> tuple[tuple[int, int], list[int]]:
        """The key (two 32-bit words) and the counter (four) of the next draw."""
        with self._lock:
            key, counter = self._at(name, seed, seed2)
        return (key & _WORD, key >> 32), [counter >> place & _WORD for place in _PLACES]

    def draw(self, name: Any, seed: int, seed2: int, blocks: int) -> tuple:
        """Key and counter of a draw, after which `blocks` are spent."""
        with self._lock:
            key, counter = self._at(name, seed, seed2)
            self._begun[name] = key, (counter + blocks) % _WORD64**2
        words = tuple([counter >> place & _WORD for place in _PLACES])
        return (key & _WORD, key >> 32), words

    def move(self, name: Any, words: Any) -> None:
        """Sets the counter, as a program left it."""
        with self._lock:
            if name not in self._begun:
                return  # all began again while the program ran
            key, _ = self._begun[name]
            counter = sum(int(word) << place for word, place in zip(words, _PLACES, strict=True))
            self._begun[name] = key, counter

    def copy(self) -> "Streams":
        """Generators that stand where these stand."""
        twin = Streams()
        with self._lock:
            twin._begun = dict(self._begun)
        return twin

    def _at(self, name: Any, seed: int, seed2: int) -> tuple[int, int]:
        if self._epoch != _epoch:
            self._epoch = _epoch
            self._begun.clear()
        begun = self._begun.get(name)
        if begun is None:
            # Without any seed the numbers begin at a random place.
            pair = (
                (seed, seed2) if seed or seed2 else np.frombuffer(os.urandom(16), np.int64).tolist()
            )
            begun = self._begun[name] = pair[0] % _WORD64, pair[1] % _WORD64 << 64
        return begun
