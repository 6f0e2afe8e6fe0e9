"""What stands for things that a program, while it is being traced, cannot hold as arrays.

A variable is a cell of the program's state; a vector may be known in some of its elements; and two
things can turn out on the way: that a node cannot be compiled, that the program has to check.

Read next: xla/machine.py, which uses them.
"""

from typing import Any

import jax.numpy as jnp


class Fallible(Exception):
    """A program that is traced without `OK` turns out to have something to check."""


class HostStep(Exception):
    """A node that cannot be part of a compiled program.

    nodes: the node, and those around it whose graphs it is in, innermost first.
    """

    def __init__(self, node: Any, why: str) -> None:
        super().__init__(why)
        self.nodes = [node]
        self.why = why


class Mixed:
    """A vector of which some elements are known and some are not, as Pack makes it.

    Indices are often such: of `x[i, 2:5]` only `i` is for the running program to say.
    """

    def __init__(self, elements: list[Any]) -> None:
        self.elements = elements

    @property
    def shape(self) -> tuple[int]:
        """The shape of the vector."""
        return (len(self.elements),)

    def traced(self) -> Any:
        """The vector as one tracer."""
        return jnp.stack([jnp.asarray(element) for element in self.elements])


class Cell:
    """Stands for a variable inside a program."""

    __slots__ = ("index",)

    def __init__(self, index: int) -> None:
        self.index = index
