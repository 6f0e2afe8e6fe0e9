"""Every row of tests/cases through every check: the one runner of the op tests.

For each row, with its drawn inputs in each dtype that the op allows:

    value      NumPy's answer is the reference's, in value, dtype and shape, whether an op's front
               door (engine/op.py) sends the call the careful way or the quick one
    xla        the same body compiled answers what NumPy did
    shape      what the shape rule says without knowing sizes fits what came out
    gradient   first and second order agree with central differences along a random direction

What the same rows do inside `tf.function` and through a GraphDef: tests/test_functions.py.

Read next: tests/cases/row.py, tests/rows.py.
"""

import re
from collections.abc import Iterator

import jax
import numpy as np
import pytest

from headrace._src.core.dtypes import DType, as_dtype, of_array
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor
from headrace._src.xla.run import run_compiled
from tests.cases.row import Case, Error, reference_arguments
from tests.rows import (
    SUBJECTS,
    Call,
    Derivatives,
    arrays,
    call,
    cases,
    compiled,
    dot,
    errors,
    leaves,
    like,
    listening,
    value,
)

# The error, relative to 1 or the value, that a few roundings may leave: some 5 units in the last
# place for the short types; for the long ones more, because libraries differ in exp and the like.
TOLERANCE = {
    "bfloat16": 4e-2,  # 8 bits
    "float16": 5e-3,  # 11 bits
    "float32": 1e-5,  # 24 bits
    "float64": 1e-10,  # 53 bits
    "complex64": 2e-5,
    "complex128": 1e-10,
}


def each(found: Iterator, *extra: str) -> pytest.MarkDecorator:
    """A test for each of (title, row, ...)."""
    table = list(found)
    rows = [pytest.param(*entry[1:], id=entry[0]) for entry in table]
    return pytest.mark.parametrize(["row", *extra], rows)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_file_can_be_read(subject):
    rows = SUBJECTS[subject]
    if isinstance(rows, Exception):
        raise rows
    assert rows


# ---- value ---------------------------------------------------------------------------------------


def in_each_dtype() -> Iterator[tuple[str, Case, DType | None]]:
    for title, row in cases():
        for dtype in row.dtypes() or [None]:
            yield f"{title}-{dtype.name if dtype else 'none'}", row, dtype


@each(in_each_dtype(), "dtype")
def test_value(row, dtype):
    dtype = dtype or main_dtype(row)
    with listening() as calls:
        result = call(row, dtype)
    for made in calls:
        check_promises(made)
    if row.ref is not None:
        check_against(result, reference(row, dtype), row, dtype)
    if is_repeatable(calls):
        for made in calls:
            made.op.known.clear()
        for _ in ("the careful way", "the quick way, of which the front door has now learnt"):
            for one, other in zip(leaves(result), leaves(call(row, dtype)), strict=True):
                check_equal(value(one), value(other), 0)


def reference(row: Case, dtype: DType):
    inputs, kwargs = reference_arguments(row, dtype)
    with np.errstate(all="ignore"):
        return row.ref(*inputs, **kwargs)


def check_promises(made: Call) -> None:
    """A tensor's dtype is that of its array, and the one that the registry promises."""
    definition = made.op.definition
    outputs = made.outputs if made.op.result is not None else [made.outputs]
    for argument, output in zip(definition.outputs, outputs, strict=True):
        for tensor in output if isinstance(output, list) else [output]:
            assert value(tensor).dtype == tensor.dtype.array_dtype, (
                f"{made.op} promises {tensor.dtype.name} and computes {value(tensor).dtype}"
            )
            if argument.type not in definition.attrs and not argument.count:
                assert tensor.dtype is as_dtype(argument.type)


def is_repeatable(calls: list[Call]) -> bool:
    """Whether the same call gives the same result: no op with a state, such as random numbers."""
    return not any(made.op.definition.is_stateful for made in calls)


def check_against(result, expected, row: Case, dtype: DType) -> None:
    found = leaves(result)
    if (
        len(found) == 1 and found[0] is result
    ):  # a single tensor, though its reference may be written as a list
        expected = [expected]
    else:
        expected = leaves(expected)
    assert len(found) == len(expected), "the reference has another number of results"
    for leaf, wanted in zip(found, expected, strict=True):
        if not isinstance(leaf, EagerTensor) and not hasattr(leaf, "numpy"):
            assert leaf == wanted
            continue
        got, wanted = value(leaf), np.asarray(wanted)
        check_dtype(got.dtype, wanted.dtype, dtype, row)
        check_equal(got, wanted, tolerance(row, got.dtype, dtype.array_dtype))


def check_dtype(got: np.dtype, wanted: np.dtype, main: DType, row: Case) -> None:
    """The result is of the reference's kind; of the inputs' very dtype where the reference's is.

    64-bit results prove nothing, for they are what NumPy makes of anything.
    """
    given = np.dtype(np.float32) if main.is_floating and main.size == 2 else main.array_dtype
    if wanted == given and given.itemsize < 8 and arrays(row, main):
        assert got == main.array_dtype, f"{got}, not {main.name}"
    else:
        assert kind(got) == kind(wanted), f"{got} is not of the reference's kind, {wanted}"


def kind(dtype: np.dtype) -> str:
    if dtype.kind in "OSUT":
        return "string"
    own = of_array(dtype)
    kinds = {"bool": own.is_bool, "integer": own.is_integer, "floating": own.is_floating}
    return next((name for name, is_it in kinds.items() if is_it), "complex")


def tolerance(row: Case, *dtypes: np.dtype) -> float:
    """What the coarsest of the dtypes allows, or the row if that is more."""
    return max([row.tol or 0, *(TOLERANCE.get(of_array(d).name, 0) for d in dtypes)])


def check_equal(got, wanted, error: float) -> None:
    if not isinstance(got, np.ndarray) and not isinstance(got, np.generic):
        assert got == wanted
        return
    wanted = np.asarray(wanted)
    assert got.shape == wanted.shape
    if kind(got.dtype) in ("floating", "complex"):
        wide = np.complex128 if kind(got.dtype) == "complex" else np.float64
        with np.errstate(all="ignore"):
            wanted = wanted.astype(got.dtype).astype(wide)
        np.testing.assert_allclose(got.astype(wide), wanted, rtol=error, atol=error)
    elif kind(got.dtype) == "string":
        assert got.tolist() == wanted.tolist()
    else:
        with np.errstate(all="ignore"):  # integers wrap, as TensorFlow's do
            np.testing.assert_array_equal(got, wanted.astype(got.dtype))


# ---- xla -----------------------------------------------------------------------------------------

REFUSALS = (
    jax.errors.JAXTypeError,
    jax.errors.JAXIndexError,
    NotImplementedError,
)


@each(cases())
def test_xla(row):
    """NumPy and XLA agree; in one dtype, for what differs is the body, and each compiles anew."""
    dtype = main_dtype(row)
    with listening() as calls:
        result = call(row, dtype)
    if not is_repeatable(calls):
        return
    with compiled():
        again = call(row, dtype)
    for one, other in zip(leaves(result), leaves(again), strict=True):
        check_same(one, other, row)
    for made in calls:
        if made.op.cost in ("host", "sort"):
            check_compiled(made, row)


def main_dtype(row: Case) -> DType:
    dtypes = row.dtypes()
    assert dtypes, "the op takes no dtype of the kind that the row draws: try ints(), or dtypes="
    return dtypes[0]


def check_same(one, other, row: Case) -> None:
    if isinstance(one, EagerTensor):
        assert other.dtype is one.dtype
        assert value(other).dtype == one.dtype.array_dtype
        error = tolerance(row, one.dtype.array_dtype)
        check_equal(value(one), value(other), error)


def check_compiled(made: Call, row: Case) -> None:
    """An op that eager mode leaves to NumPy at any size, compiled after all, as a function will do.

    JAX refuses to trace what is a step of the host (strings, results whose shape depends on
    values): that is no fault. What it does not refuse must agree.
    """
    tensors = leaves(list(made.inputs)) + leaves(made.outputs)
    if any(isinstance(t, EagerTensor) and t.dtype.name in ("string", "variant") for t in tensors):
        return
    given = [
        [value(t) for t in item] if isinstance(item, list) else value(item) for item in made.inputs
    ]
    try:
        again = run_compiled(made.op, given, made.attributes, "")
    except REFUSALS:
        return
    for one, other in zip(leaves(made.outputs), leaves(again), strict=True):
        other = np.asarray(other)
        assert other.dtype == one.dtype.array_dtype
        check_equal(value(one), other, tolerance(row, one.dtype.array_dtype))


# ---- shape ---------------------------------------------------------------------------------------


@each(cases())
def test_shape(row):
    with listening() as calls:
        call(row, main_dtype(row))
    for made in calls:
        real = [TensorShape(t.shape) for t in leaves(made.outputs)]
        for blurred in BLURS:
            told = shapes_told(made, blurred)
            assert len(told) == len(real), f"{made.op}: {len(told)} shapes, {len(real)} outputs"
            for said, is_so in zip(told, real, strict=True):
                assert said.is_compatible_with(is_so), (
                    f"{made.op}: {said} by the rule, {is_so} in truth; inputs {blurred.__name__}"
                )


def known(shape: TensorShape) -> TensorShape:
    return shape


def without_sizes(shape: TensorShape) -> TensorShape:
    return TensorShape([None] * shape.rank)


def without_even_sizes(shape: TensorShape) -> TensorShape:
    return TensorShape([None if i % 2 == 0 else n for i, n in enumerate(shape.as_list())])


def without_odd_sizes(shape: TensorShape) -> TensorShape:
    return TensorShape([None if i % 2 else n for i, n in enumerate(shape.as_list())])


def without_rank(shape: TensorShape) -> TensorShape:
    return TensorShape(None)


BLURS = known, without_sizes, without_even_sizes, without_odd_sizes, without_rank


def shapes_told(made: Call, blurred) -> list[TensorShape]:
    """What the op's shape rule says of the outputs if of the inputs only so much is known."""

    def shape(given):
        if isinstance(given, list):
            return [shape(t) for t in given]
        return blurred(TensorShape(given.shape)) if isinstance(given, EagerTensor) else given

    told = made.op.shape(*(shape(given) for given in made.inputs), *made.attributes)
    return [told] if isinstance(told, TensorShape) else list(told)


# ---- gradient ------------------------------------------------------------------------------------

# dtype: (step of the central difference, error allowed). The best step is the cube root of the
# rounding error, and leaves its square; a few digits more for what functions differ in.
DIFFERENCES = {
    "float64": (1e-5, 1e-6),
    "complex128": (1e-5, 1e-6),
    "float32": (1e-2, 2e-2),
    "complex64": (1e-2, 2e-2),
}


def with_gradient() -> Iterator[tuple[str, Case, DType]]:
    """The rows that draw floating numbers, in the longest real and the longest complex dtype."""
    for title, row in cases():
        names = [dtype.name for dtype in row.dtypes()]
        for choice in (("float64", "float32"), ("complex128", "complex64")):
            name = next((n for n in choice if n in names), None)
            if name and has_slope(row, as_dtype(name)):
                yield f"{title}-{name}", row, as_dtype(name)


def has_slope(row: Case, dtype: DType) -> bool:
    """Whether there are floating inputs, none of them NaN or infinite, to walk from."""
    found = [array for array, own in arrays(row, dtype) if own.is_differentiable]
    return bool(found) and all(np.isfinite(array).all() for array in found)


@each(with_gradient(), "dtype")
def test_gradient(row, dtype):
    point = Derivatives(row, dtype)
    inputs, weights = point.inputs, point.weights
    if row.gradient == "error":
        with pytest.raises(LookupError, match="gradient registry has no entry for"):
            point.first(inputs, weights)
        return
    found = point.first(inputs, weights)
    if row.gradient is False:
        assert all(g is None or not value(g).any() for g in found), "there is a gradient after all"
        return
    for gradient, array, own in zip(found, inputs, point.dtypes, strict=True):
        if gradient is not None:
            assert gradient.dtype is own
            assert gradient.shape == array.shape
    random = np.random.default_rng(2)
    check_direction(
        lambda xs: dot(weights, point.targets(point.tensors(xs))), inputs, found, dtype, random
    )
    if row.gradient == "first":
        return
    turned = [None if g is None else like(random, g) for g in found]
    check_direction(
        lambda both: dot(turned, point.first(both[: len(inputs)], both[len(inputs) :])),
        [*inputs, *weights],
        point.second(inputs, weights, turned),
        dtype,
        random,
    )


def check_direction(function, point, gradients, dtype: DType, random) -> None:
    """A function of arrays to a number changes along a random direction as its gradients say."""
    step, error = DIFFERENCES[dtype.name]
    direction = [like(random, a) for a in point]

    def at(t: float) -> float:
        return function(
            [(a + t * d).astype(a.dtype) for a, d in zip(point, direction, strict=True)]
        )

    measured = (at(step) - at(-step)) / (2 * step)
    told = dot(gradients, direction)
    assert abs(told - measured) <= error * max(1.0, abs(measured)), (
        f"along a random direction the tape says {told}, differences say {measured}"
    )


# ---- error ---------------------------------------------------------------------------------------


@each(errors())
def test_error(row: Error):
    with pytest.raises(row.raises) as caught:
        call(row, main_dtype(row))
    text = str(caught.value)
    assert row.match in text or re.search(row.match, text), text
