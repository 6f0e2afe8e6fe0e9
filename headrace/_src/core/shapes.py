"""The static shape of a tensor: what is known of its rank and its sizes.

`TensorShape` is a tuple of sizes in which `None` stands for "not known yet", or `None` as a
whole when even the rank is unknown. The one idea: everything here is arithmetic on such partial
knowledge. Two shapes are *compatible* if one array could have both, *merging* keeps what either
knows, a *supertype* keeps only what both agree on.

Shapes are made for every tensor, so they are one slot over one tuple; `TensorShape.of` wraps a
tuple that is already known to be good. `Dimension` is the boxed size that `TensorShape.dims`
still hands out; nothing else in Headrace uses it.

Read next: shape_rules (the shape of an op's result), spec (a shape with a dtype and a name).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from headrace._src.core.messages import Message

Dims = tuple[int | None, ...]


class TensorShape(Message):
    """The possibly partial shape of a tensor.

    Args:
        dims: a sequence of sizes, each an integer or `None` for an unknown one; a single integer
            for a vector; `None` for a shape of unknown rank; another shape, to copy it.

    Raises:
        TypeError: if a size is no integer.
        ValueError: if a size is negative.

    >>> image = TensorShape([None, 28, 28])
    >>> image.rank, image[1:], image.num_elements()
    (3, TensorShape([28, 28]), None)
    >>> image.merge_with([8, None, 28])
    TensorShape([8, 28, 28])
    """

    __slots__ = ("_dims",)

    _dims: Dims | None

    def __init__(self, dims: Any) -> None:
        self._dims = _dims_of(dims)

    @classmethod
    def of(cls, dims: Dims | None) -> TensorShape:
        """The shape with exactly these `dims`, a tuple of sizes or `None`, taken unchecked."""
        self = _new(cls)
        self._dims = dims
        return self

    @property
    def rank(self) -> int | None:
        """The number of dimensions, or `None` if it is unknown."""
        return None if self._dims is None else len(self._dims)

    ndims = rank

    @property
    def dims(self) -> list[Dimension] | None:
        """The sizes as a list of `Dimension`, or `None` if the rank is unknown."""
        return None if self._dims is None else [Dimension(size) for size in self._dims]

    as_proto = Message.experimental_as_proto

    def as_list(self) -> list[int | None]:
        """The sizes as a list of integers and `None`."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def num_elements(self) -> int | None:
        """The product of the sizes, or `None` unless every one is known."""
        if self._dims is None or None in self._dims:
            return None
        return math.prod(self._dims)  # type: ignore[arg-type]

    def is_fully_defined(self) -> bool:
        """Whether the rank and every size are known."""
        return self._dims is not None and None not in self._dims

    # --- as a sequence -------------------------------------------------------------------------

    def __bool__(self) -> bool:
        return self._dims is not None

    def __len__(self) -> int:
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __iter__(self) -> Iterator[int | None]:
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter(self._dims)

    def __getitem__(self, key: Any) -> Any:
        """The size at an index, or the shape of a slice."""
        dims = self._dims
        if dims is not None:
            return TensorShape.of(dims[key]) if isinstance(key, slice) else dims[key]
        if not isinstance(key, slice):
            return None
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        start, stop = key.start or 0, key.stop
        # A negative bound counts from an end nobody knows.
        if stop is None or start < 0 or stop < 0:
            return unknown
        return TensorShape.of((None,) * max(stop - start, 0))

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return TensorShape(other).concatenate(self)

    def concatenate(self, other: Any) -> TensorShape:
        """The sizes of this shape followed by those of `other`."""
        tail = _dims_of(other)
        if self._dims is None or tail is None:
            return unknown
        return TensorShape.of(self._dims + tail)

    __concat__ = concatenate

    # --- equality ------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        """Whether both state the same; an unknown size equals an unknown size."""
        if type(other) is TensorShape:
            return self._dims == other._dims
        try:
            return self._dims == _dims_of(other)
        except TypeError:
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self._dims)

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (None if self._dims is None else list(self._dims),)

    def __repr__(self) -> str:
        return f"TensorShape({None if self._dims is None else list(self._dims)})"

    def __str__(self) -> str:
        return "<unknown>" if self._dims is None else str(self._dims)

    # --- what two shapes say of each other -----------------------------------------------------

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some array has both shapes."""
        mine, theirs = self._dims, _dims_of(other)
        if mine is None or theirs is None:
            return True
        return len(mine) == len(theirs) and all(
            a == b or a is None or b is None for a, b in zip(mine, theirs, strict=True)
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """A check: raises `ValueError` unless the shapes are compatible."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def merge_with(self, other: Any) -> TensorShape:
        """The shape that knows what either knows.

        Raises:
            ValueError: if the two are not compatible.

        >>> TensorShape([2, None]).merge_with([None, 3])
        TensorShape([2, 3])
        """
        mine, theirs = self._dims, _dims_of(other)
        if mine is None:
            return TensorShape.of(theirs)
        if theirs is None or mine == theirs:
            return self
        if not self.is_compatible_with(theirs):
            raise ValueError(f"Shapes {self} and {TensorShape.of(theirs)} are not compatible")
        return TensorShape.of(
            tuple(b if a is None else a for a, b in zip(mine, theirs, strict=True))
        )

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The most precise shape with which both this shape and `other` are compatible.

        >>> TensorShape([2, 3]).most_specific_compatible_shape([2, 4])
        TensorShape([2, None])
        """
        mine, theirs = self._dims, _dims_of(other)
        if mine is None or theirs is None or len(mine) != len(theirs):
            return unknown
        return TensorShape.of(
            tuple(a if a == b else None for a, b in zip(mine, theirs, strict=True))
        )

    def is_subtype_of(self, other: Any) -> bool:
        """Whether every array of this shape also has the shape `other`."""
        if not isinstance(other, TensorShape):
            return False
        mine, theirs = self._dims, other._dims
        if theirs is None:
            return True
        return (
            mine is not None
            and len(mine) == len(theirs)
            and all(b is None or a == b for a, b in zip(mine, theirs, strict=True))
        )

    def most_specific_common_supertype(self, others: Sequence[Any]) -> TensorShape | None:
        """The most precise shape of which this shape and all `others` are subtypes.

        `None` if one of the others is no `TensorShape`.
        """
        shape = self
        for other in others:
            if not isinstance(other, TensorShape):
                return None
            shape = shape.most_specific_compatible_shape(other)
        return shape

    # --- rank ----------------------------------------------------------------------------------

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, known to have `rank` dimensions; `ValueError` if it has others."""
        if self._dims is None:
            return unknown_shape(rank)
        if rank is not None and len(self._dims) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")
        return self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape; `ValueError` if it is known to have fewer than `rank` dimensions."""
        if self._dims is not None and len(self._dims) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape; `ValueError` if it is known to have more than `rank` dimensions."""
        if self._dims is not None and len(self._dims) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank: int) -> None:
        """A check: raises `ValueError` unless the rank is, or may be, `rank`."""
        if self._dims is not None and len(self._dims) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: Any) -> None:
        """A check: raises `ValueError` if the two ranks are known and differ."""
        theirs = _dims_of(other)
        if self._dims is not None and theirs is not None and len(self._dims) != len(theirs):
            raise ValueError(f"Shapes {self} and {TensorShape.of(theirs)} must have the same rank")

    def assert_is_fully_defined(self) -> None:
        """A check: raises `ValueError` unless the rank and every size are known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    # --- as a type that tf.function may trace ---------------------------------------------------

    def placeholder_value(self, placeholder_context: Any) -> None:
        """`None`: a shape carries no tensor that a trace could stand in for."""

    def flatten(self) -> list[Any]:
        """The specs of the tensors inside a value of this type: none."""
        return []

    def to_tensors(self, value: Any) -> list[Any]:
        """The tensors inside `value`: none."""
        return []

    def from_tensors(self, tensors: Any) -> None:
        """The value without its tensors: none."""

    def cast(self, value: Any, cast_context: Any) -> TensorShape:
        """`value` itself; `AssertionError` unless it is this very shape."""
        if value is not self:
            raise AssertionError(f"Can not cast {value!r} to type {self!r}")
        return value


class Dimension:
    """One size of a `TensorShape.dims` list: an integer or unknown.

    Arithmetic with an unknown size is unknown; a comparison with one is `None`.

    >>> Dimension(3) * 2, Dimension(None) + 1, Dimension(None) == 3
    (Dimension(6), Dimension(None), None)
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = _size(value)

    @property
    def value(self) -> int | None:
        """The size, or `None` if it is unknown."""
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the sizes are equal or one is unknown."""
        theirs = _size(other)
        return self._value is None or theirs is None or self._value == theirs

    def assert_is_compatible_with(self, other: Any) -> None:
        """A check: raises `ValueError` unless the sizes are compatible."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        """The size that either knows."""
        other = Dimension(other)
        self.assert_is_compatible_with(other)
        return other if self._value is None else Dimension(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(self._value)

    def __int__(self) -> int | None:
        return self._value

    __index__ = __int__

    def __truediv__(self, other: Any) -> Any:
        raise TypeError(
            "unsupported operand type(s) for /: 'Dimension' and "
            f"'{type(other).__name__}', please use // instead"
        )

    def __rtruediv__(self, other: Any) -> Any:
        raise TypeError(
            f"unsupported operand type(s) for /: '{type(other).__name__}' and "
            "'Dimension', please use // instead"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Dimension, (self._value,)


def _install_dimension_operators() -> None:
    """Gives `Dimension` its operators, all made by one rule: unknown in, unknown out."""

    def arithmetic(apply: Callable[[int, int], int]) -> Callable[..., Any]:
        def method(self: Dimension, other: Any) -> Any:
            try:
                theirs = _size(other)
            except (TypeError, ValueError):
                return NotImplemented
            if self._value is None or theirs is None:
                return Dimension(None)
            return Dimension(apply(self._value, theirs))

        return method

    def comparison(apply: Callable[[int, int], bool]) -> Callable[..., Any]:
        def method(self: Dimension, other: Any) -> Any:
            theirs = _size(other)
            if self._value is None or theirs is None:
                return None
            return apply(self._value, theirs)

        return method

    def equality(apply: Callable[[int, int], bool]) -> Callable[..., Any]:
        ordered = comparison(apply)

        def method(self: Dimension, other: Any) -> Any:
            try:
                return ordered(self, other)
            except (TypeError, ValueError):
                return NotImplemented

        return method

    def swapped(apply: Callable[[int, int], int]) -> Callable[[int, int], int]:
        return lambda a, b: apply(b, a)

    for name in ("add", "sub", "mul", "floordiv", "mod"):
        apply = getattr(operator, name)
        setattr(Dimension, f"__{name}__", arithmetic(apply))
        setattr(Dimension, f"__r{name}__", arithmetic(swapped(apply)))
    for name in ("lt", "le", "gt", "ge"):
        setattr(Dimension, f"__{name}__", comparison(getattr(operator, name)))
    for name in ("eq", "ne"):
        setattr(Dimension, f"__{name}__", equality(getattr(operator, name)))


_install_dimension_operators()


def _size(value: Any) -> int | None:
    """One size: an integer that is not negative, or `None`."""
    if value is None:
        return None
    if type(value) is not int:
        if isinstance(value, Dimension):
            return value._value
        try:
            value = operator.index(value)
        except (TypeError, AttributeError) as error:
            raise TypeError(
                "Dimension value must be integer or None or have an __index__ method, "
                f"got value '{value!r}' with type '{type(value)!r}'"
            ) from error
    if value < 0:
        raise ValueError(f"Dimension {value} must be >= 0")
    return value


def _dims_of(shape: Any) -> Dims | None:
    """The sizes that anything shape-like states: a tuple, or `None` for an unknown rank."""
    if shape is None:
        return None
    if isinstance(shape, TensorShape):
        return shape._dims
    if isinstance(shape, (tuple, list)):
        return tuple([_size(size) for size in shape])
    try:
        sizes = iter(shape)
    except TypeError:
        return (_size(shape),)
    dims = []
    for size in sizes:
        try:
            dims.append(_size(size))
        except TypeError as error:
            raise TypeError(
                f"Failed to convert '{shape!r}' to a shape: '{size!r}'"
                "could not be converted to a dimension. A shape should either be single dimension "
                "(e.g. 10), or an iterable of dimensions (e.g. [1, 10, None])."
            ) from error
    return tuple(dims)


_new = object.__new__

unknown = TensorShape(None)
scalar = TensorShape(())


def as_shape(shape: Any) -> TensorShape:
    """`shape` itself if it is a `TensorShape`, else a new one from it."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def unknown_shape(rank: int | None = None) -> TensorShape:
    """The shape of which only the rank is known, or nothing."""
    return unknown if rank is None else TensorShape.of((None,) * rank)


def vector(length: Any) -> TensorShape:
    """The shape `[length]`."""
    return TensorShape([length])


def dimension_value(dimension: Any) -> Any:
    """The integer in a `Dimension`; anything else comes back as it is."""
    return dimension._value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape: TensorShape, index: int) -> Dimension:
    """The size of `shape` at `index`, unknown if the rank is."""
    return Dimension(shape[index])


def broadcast_dims(x: Dims, y: Dims) -> Dims | None:
    """The sizes of two shapes of known rank broadcast against each other; `None` if they clash.

    An unknown size may turn out to be 1, so beside it a known size greater than 1 wins, while
    beside 1 (or 0, or another unknown) the result is not known.
    """
    if x == y:
        return x
    lead = len(x) - len(y)
    longer = x if lead >= 0 else y
    out = list(longer[: abs(lead)])
    for a, b in zip(x[max(lead, 0) :], y[max(-lead, 0) :], strict=True):
        if a == b or b == 1:
            out.append(a)
        elif a == 1:
            out.append(b)
        elif a is None or b is None:
            known = b if a is None else a
            out.append(known or None)
        else:
            return None
    return tuple(out)


def broadcast_static_shape(shape_x: TensorShape, shape_y: TensorShape) -> TensorShape:
    """The shape that two static shapes broadcast to.

    Args:
        shape_x: a `TensorShape`, any of whose sizes may be unknown.
        shape_y: likewise.

    Raises:
        ValueError: if the two can not be broadcast.

    >>> broadcast_static_shape(TensorShape([5, 1, 3]), TensorShape([4, None]))
    TensorShape([5, 4, 3])
    """
    # Reading `ndims` first gives a list the AttributeError that TensorFlow gives it.
    if shape_x.ndims is None or shape_y.ndims is None:
        return unknown
    dims = broadcast_dims(shape_x._dims, shape_y._dims)  # type: ignore[arg-type]
    if dims is None:
        raise ValueError(
            "Incompatible shapes for broadcasting. Two shapes are compatible if for each "
            "dimension pair they are either equal or one of them is 1. "
            f"Received: {shape_x} and {shape_y}."
        )
    return TensorShape.of(dims)
