"""The row: one line that says how to call a public function and what must come out.

    case(tf.math.atan2, floats(3, 2), floats(2), ref=np.arctan2)
    case(tf.reduce_sum, floats(2, 3), axis=each(None, 0, [0, 1]), ref=np.sum)
    case(tf.concat, [floats(2, 3), floats(4, 3)], 0, ref=lambda xs, axis: np.concatenate(xs, axis))
    error(tf.matmul, floats(2, 3), floats(2, 3), raises=InvalidArgumentError, match="Matrix size")

An input is drawn (`floats`, `positive`, `unit`, `ints`, `bools`, `complexes`, `strings`: always the
same numbers, of the shape given), a literal (`array`), or any Python value, which is passed as it
is. A row holds no arrays: the runner fills them in once for each dtype (`Row.filled`), and the
dtypes are those that the op's registry entry allows (`Row.dtypes`). So a row is short, and a new
check in the runner costs no row a change.

Read next: tests/test_ops.py.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.tensor import Tensor
from headrace._src.ops.sparse_tensor import SparseTensor

FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
INTS = ("int32", "int64", "int8", "int16", "uint8", "uint16", "uint32", "uint64")

# What a drawn input may become, the best first. Random numbers serve any op that takes numbers;
# integers stay integers, for they are mostly indices or bits.
FAMILIES = {
    "float": (*FLOATS, *COMPLEX, *INTS, "bool"),
    "literal float": FLOATS,
    "complex": COMPLEX,
    "int": INTS,
    "string": ("string",),
    "bool": ("bool",),
}

# The same for a function that is not an op itself, of which no registry entry tells what it takes.
UNLISTED = {"float32", "float64", "complex64", "complex128", "int32", "int64", "bool", "string"}
NARROW = {"float": {"float32", "float64"}}


@dataclass(frozen=True, eq=False)
class Draw:
    """An input to be filled in.

    kind: a key of FAMILIES, or its last word.
    values: from a random generator to an array of the widest dtype of the kind.
    dtype: the only dtype it may have; None where it goes with the row's.
    """

    kind: str
    shape: tuple[int, ...]
    values: Callable[[np.random.Generator], np.ndarray]
    dtype: DType | None = None

    def array(self, random: np.random.Generator, dtype: DType) -> np.ndarray:
        """The values as `dtype`."""
        values = self.values(random)
        if dtype.is_complex and self.kind == "float":
            return (values + 0.5j * self.values(random)).astype(dtype.array_dtype)
        if dtype.is_integer and self.kind == "float":
            # Never zero: such a row may well divide.
            values = np.copysign(np.ceil(np.abs(2 * values)), values)
        if dtype.name.startswith("uint"):
            values = np.abs(values)
        if dtype.is_bool:
            values = values > 0
        return values.astype(dtype.array_dtype)


def floats(*shape: int, low: float = -2.0, high: float = 2.0, dtype: Any = None) -> Draw:
    """Numbers between `low` and `high`."""
    return _draw("float", shape, lambda random: random.uniform(low, high, shape), dtype)


def positive(*shape: int, dtype: Any = None) -> Draw:
    """Numbers between 0.5 and 2.5."""
    return floats(*shape, low=0.5, high=2.5, dtype=dtype)


def unit(*shape: int, dtype: Any = None) -> Draw:
    """Numbers between -0.9 and 0.9: inside (-1, 1), away from its ends."""
    return floats(*shape, low=-0.9, high=0.9, dtype=dtype)


def ints(*shape: int, low: int = -5, high: int = 6, dtype: Any = None) -> Draw:
    """Integers from `low` to `high - 1`; int32 and its sisters unless `dtype` says which."""
    return _draw("int", shape, lambda random: random.integers(low, high, shape), dtype)


def bools(*shape: int) -> Draw:
    """Truth values."""
    return _draw("bool", shape, lambda random: random.integers(0, 2, shape), None)


def complexes(*shape: int, dtype: Any = None) -> Draw:
    """Complex numbers with parts between -2 and 2."""

    def values(random: np.random.Generator) -> np.ndarray:
        return random.uniform(-2, 2, shape) + 1j * random.uniform(-2, 2, shape)

    return _draw("complex", shape, values, dtype)


def strings(*shape: int) -> Draw:
    """Words of one to eight small letters."""

    def values(random: np.random.Generator) -> np.ndarray:
        words = np.empty(shape, object)
        for index in np.ndindex(shape):
            letters = random.integers(ord("a"), ord("z") + 1, random.integers(1, 9))
            words[index] = bytes(letters.tolist())
        return words

    return _draw("string", shape, values, None)


def array(value: Any, dtype: Any = None) -> Draw:
    """A literal tensor; without `dtype` it goes through the dtypes of its kind."""
    values = np.asarray(value)
    if values.dtype.kind in "SUO":
        flat = [
            item.encode() if isinstance(item, str) else item for item in values.ravel().tolist()
        ]
        words = np.empty(values.shape, object)
        words.ravel()[:] = flat
        return _draw("string", values.shape, lambda _: words, None)
    if dtype is None and values.size == 0 and not isinstance(value, np.ndarray):
        dtype = "float32"
    kinds = {"f": "literal float", "i": "int", "u": "int", "b": "bool", "c": "complex"}
    kind = kinds.get(values.dtype.kind, "literal float")  # bfloat16 and the like are of kind V
    if isinstance(value, (np.ndarray, np.generic)):
        dtype = dtype or values.dtype
    return _draw(kind, values.shape, lambda _: values, dtype)


def _draw(kind: str, shape: tuple, values: Callable, dtype: Any) -> Draw:
    return Draw(kind, tuple(shape), values, None if dtype is None else as_dtype(dtype))


@dataclass(frozen=True, eq=False)
class Plain:
    """A value that is passed as it is."""

    value: Any


def plain(value: Any) -> Plain:
    """`value`, passed as it is; says so where a bare value might be taken for something else."""
    return Plain(value)


@dataclass(frozen=True, eq=False)
class Sparse:
    """A sparse tensor with drawn values: for a function a `SparseTensor`, for its reference the
    dense array.
    """

    indices: tuple
    values: Any
    shape: tuple

    def made(self, values: Any) -> Any:
        if values is None:  # the drawn values were asked for, nothing else
            return None
        if isinstance(values, Tensor):
            return SparseTensor(np.reshape(self.indices, (-1, len(self.shape))), values, self.shape)
        dense = np.zeros(self.shape, values.dtype)
        dense[tuple(np.reshape(self.indices, (-1, len(self.shape))).T)] = values
        return dense


def sparse(indices: Any, values: Draw, shape: Any) -> Sparse:
    """A sparse tensor: positions and shape as they stand, `values` drawn."""
    return Sparse(tuple(indices), values, tuple(shape))


@dataclass(frozen=True, eq=False)
class Each:
    """Alternatives for one argument."""

    options: tuple


def each(*options: Any) -> Each:
    """Alternatives for one argument: a row stands for every combination of them."""
    return Each(options)


@dataclass(frozen=True, eq=False)
class Row:
    """A call: a function with its arguments."""

    function: Callable
    inputs: tuple
    kwargs: dict[str, Any]
    name: str | None = None

    def expanded(self) -> Iterator["Row"]:
        """The rows for every combination of alternatives."""
        arguments = [*self.inputs, *self.kwargs.values()]
        choices = [a.options if isinstance(a, Each) else (a,) for a in arguments]
        for chosen in itertools.product(*choices):
            inputs = chosen[: len(self.inputs)]
            kwargs = dict(zip(self.kwargs, chosen[len(self.inputs) :], strict=True))
            yield replace(self, inputs=inputs, kwargs=kwargs)

    @property
    def title(self) -> str:
        """The row for a reader: `reduce_sum(2x3,axis=0)`."""
        if self.name:
            return self.name
        name = getattr(self.function, "__name__", type(self.function).__name__).strip("<>")
        words = [_word(value) for value in self.inputs]
        words += [f"{key}={_word(value)}" for key, value in self.kwargs.items()]
        return f"{name}({','.join(words)})"

    # ---- dtypes ----

    def dtypes(self) -> list[DType]:
        """The dtypes to run the row with, the plainest first; float32 where nothing is drawn."""
        main = self._main()
        if main is None:
            return [as_dtype("float32")]
        family = FAMILIES[main.kind]
        entry = _registered(self.function)
        if entry is None:
            names = [n for n in family if n in NARROW.get(main.kind, UNLISTED)]
        else:
            attr = self._type_of(main)
            if attr is None:
                names = family[:1]
            elif attr not in entry.attrs:
                names = [attr]
            else:
                allowed = entry.attrs[attr][2] or family
                names = [
                    n for n in family if n in allowed and entry.has_cpu_kernel(attr, as_dtype(n))
                ]
        return [as_dtype(n) for n in names]

    def _main(self) -> Draw | None:
        """The input whose dtype is the row's: of the free ones the first of the best kind."""
        free = [draw for draw, _ in self._draws() if draw.dtype is None]
        order = list(FAMILIES)
        return min(free, key=lambda draw: order.index(draw.kind), default=None)

    def _type_of(self, draw: Draw) -> str | None:
        """The registry's type attribute (or fixed dtype) of a drawn input of an op."""
        place = next(place for each, place in self._draws() if each is draw)
        op = self.function.op
        names = [*op.inputs, *op.attributes]
        name = names[place] if isinstance(place, int) else place
        return next((a.type for a in op.definition.inputs if a.name == name), None)

    def _draws(self) -> Iterator[tuple[Draw, int | str]]:
        """The drawn inputs with their places, positions or keywords."""
        for place, value in [*enumerate(self.inputs), *self.kwargs.items()]:
            for item in _leaves(value):
                if isinstance(item, Draw):
                    yield item, place

    def dtype_of(self, draw: Draw, dtype: DType) -> DType:
        """What `draw` is in a row that runs with `dtype`."""
        if draw.dtype is not None:
            return draw.dtype
        main = self._main()
        kin = draw.kind.split()[-1] == main.kind.split()[-1]
        if kin and _registered(self.function) is not None:
            kin = self._type_of(draw) == self._type_of(main)
        if kin:
            return dtype
        if draw.kind == "complex" and dtype.name == "float64":
            return as_dtype("complex128")
        return as_dtype(FAMILIES[draw.kind][0])

    # ---- arguments ----

    def filled(self, dtype: DType, tensor: Callable[[np.ndarray, DType], Any]) -> tuple[list, dict]:
        """The arguments, with `tensor(array, its dtype)` in place of every drawn input."""
        random = np.random.default_rng(20240229)

        def fill(value: Any) -> Any:
            if isinstance(value, Draw):
                own = self.dtype_of(value, dtype)
                return tensor(value.array(random, own), own)
            if isinstance(value, Plain):
                return value.value
            if isinstance(value, Sparse):
                return value.made(fill(value.values))
            if type(value) in (list, tuple):
                return type(value)(fill(item) for item in value)
            if type(value) is dict:
                return {key: fill(item) for key, item in value.items()}
            return value

        return [fill(value) for value in self.inputs], {k: fill(v) for k, v in self.kwargs.items()}


@dataclass(frozen=True, eq=False)
class Case(Row):
    """A call that succeeds; see `case`."""

    ref: Callable | None = None
    gradient: bool | str = True
    only: tuple[DType, ...] | None = None
    tol: float | None = None
    eager_only: str = ""

    @property
    def has_gradient(self) -> bool:
        """Whether there is one that can be looked at."""
        return self.gradient not in (False, "error")

    def dtypes(self) -> list[DType]:
        return list(self.only) if self.only is not None else super().dtypes()


@dataclass(frozen=True, eq=False)
class Error(Row):
    """A call that fails; see `error`."""

    raises: Any = field(default=Exception)
    match: str = ""

    def dtypes(self) -> list[DType]:
        """The plainest dtype of what is drawn, allowed or not: that may be the very error."""
        main = self._main()
        return [as_dtype("float32" if main is None else FAMILIES[main.kind][0])]


def case(
    function: Callable,
    *inputs: Any,
    ref: Callable | None = None,
    gradient: bool | str = True,
    dtypes: list | None = None,
    tol: float | None = None,
    name: str | None = None,
    eager_only: str = "",
    **kwargs: Any,
) -> Case:
    """A call and what must be true of it.

    ref: called with the same arguments (arrays for tensors, tuples for lists of plain values,
        NumPy's dtypes for ours); what it answers is what must come out: an array, or a tuple
        or list of these.
    gradient: True: first and second order are right; "first": there is no second one; False: there
        is none at all, or it is zero; "error": there is none, and to ask is a LookupError. At a
        kink nothing can be measured: pass such a literal as `plain(np.array(...))`, which is not
        differentiated by.
    dtypes: what the drawn inputs of the most general kind go through, instead of all that the op
        allows.
    tol: the relative and absolute error allowed, where the dtype's own is too strict; say why
        beside it.
    name: the row's title, where the function's name and its arguments tell too little.
    eager_only: why the row says nothing of graphs, if TensorFlow refuses it there, or means
        something else.
    """
    only = None if dtypes is None else tuple(as_dtype(dtype) for dtype in dtypes)
    return Case(function, inputs, kwargs, name, ref, gradient, only, tol, eager_only)


def error(
    function: Callable,
    *inputs: Any,
    raises: Any,
    match: str = "",
    name: str | None = None,
    **kwargs: Any,
) -> Error:
    """A call that must raise `raises`; its message holds `match`, words or a pattern for them."""
    return Error(function, inputs, kwargs, name, raises, match)


def reference_arguments(row: Row, dtype: DType) -> tuple[list, dict]:
    """The arguments for a reference in NumPy.

    The 16-bit floats come as float32: NumPy has no bfloat16, and would round every step.
    """

    def array(value: np.ndarray, own: DType) -> np.ndarray:
        return value.astype(np.float32) if own.is_floating and own.size == 2 else value

    def plainly(value: Any) -> Any:
        if isinstance(value, DType):
            return np.dtype(value.array_dtype)
        if type(value) is list and not any(isinstance(v, np.ndarray) for v in value):
            return tuple(plainly(item) for item in value)  # NumPy's `axis` may not be a list
        return value

    inputs, kwargs = row.filled(dtype, array)
    return [plainly(v) for v in inputs], {key: plainly(v) for key, v in kwargs.items()}


def _registered(function: Callable) -> Any:
    """The registry's entry of a function that is an op, else None."""
    op = getattr(function, "op", None)
    return getattr(op, "definition", None)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        yield from _leaves(list(value.values()))
    elif isinstance(value, Sparse):
        yield value.values
    else:
        yield value


def _word(value: Any) -> str:
    if isinstance(value, Draw):
        return "x".join(map(str, value.shape)) or "scalar"
    if isinstance(value, Plain):
        return _word(value.value)
    if isinstance(value, Sparse):
        return f"{len(value.indices)} of {'x'.join(map(str, value.shape))}"
    if isinstance(value, (list, tuple)):
        return "+".join(_word(item) for item in value) or "nothing"
    if isinstance(value, DType):
        return value.name
    text = str(value) if isinstance(value, (int, float, str, bytes, complex, type(None))) else ""
    return text if text.isprintable() and 0 < len(text) < 24 else type(value).__name__
