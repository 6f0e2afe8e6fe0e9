"""What must agree for a graph: the two branches of an `if`, one round of a loop and the next.

Each check raises TensorFlow's error and speaks of the user's variable by its name. A function here
takes the values as they are; plain Python values are compared as the tensors they will become.

Read next: branches.py, loops.py.
"""

from typing import Any

from headrace._src.core import nest
from headrace._src.core.shapes import TensorShape
from headrace._src.core.spec import TensorSpec, TypeSpec
from headrace._src.core.tensor import Readable, Tensor
from headrace._src.function.autograph.operators import staging
from headrace._src.function.autograph.operators.variables import NoReturnYet, Undefined


def check_condition(cond: Any, what: str) -> None:
    """Raises ValueError unless `cond` is, as far as one can see, one boolean."""
    if cond.dtype.is_bool and cond.shape.num_elements() in (1, None):
        return
    hint = "" if cond.dtype.is_bool else "to use as boolean Tensor, use `tf.cast`; "
    raise ValueError(
        f"condition of {what} expected to be `tf.bool` scalar, got {cond}; {hint}"
        "to check for None, use `is not None`"
    )


# ---- branches


def check_branches(names: tuple[str, ...], main: list[Any], other: list[Any]) -> None:
    """Raises ValueError for a name that one branch leaves undefined or None, TypeError for a name
    that is of another kind in each.
    """
    for name, one, two in zip(names, main, other, strict=True):
        if isinstance(one, Undefined) and isinstance(two, Undefined):
            continue
        for value, branch in ((one, "main"), (two, "else")):
            if isinstance(value, NoReturnYet):
                raise missing_return(branch)
            if isinstance(value, Undefined):
                raise ValueError(f"'{name}' must also be initialized in the {branch} branch")
        for value, branch in ((one, "main"), (two, "else")):
            if _has_none(value):
                raise ValueError(f"'{name}' is None at the end of the {branch} branch.")
        _check_structures(
            f"'{name}' must have the same nested structure in the main and else branches:", one, two
        )
        for x, y in zip(nest.flatten(one), nest.flatten(two), strict=True):
            first, second = _dtype(x), _dtype(y)
            if first is not second and None not in (first, second):
                raise TypeError(
                    f"'{name}' has dtype {first.name} in the main branch, but dtype {second.name} "
                    "in the else branch"
                )


def missing_return(branch: str) -> ValueError:
    """The error for a function that returns something on one side of an `if` alone."""
    return ValueError(f"the {branch} branch must also have a return statement.")


# ---- loops


def check_round(
    names: tuple[str, ...], before: list[Any], after: list[Any], invariants: list[Any]
) -> None:
    """Raises ValueError or TypeError where a round leaves what the next cannot begin with."""
    for name, old, new, invariant in zip(names, before, after, invariants, strict=True):
        if isinstance(new, Undefined):
            raise ValueError(f"'{name}' must also be initialized at the end of the iteration.")
        if _has_none(new):
            raise ValueError(f"'{name}' is None at the end of the iteration.")
        _check_structures(
            f"'{name}' does not have the same nested structure after one iteration.", old, new
        )
        for x, y, shape in zip(
            nest.flatten(old), nest.flatten(new), _flat_shapes(invariant, old), strict=True
        ):
            _check_next(name, x, y, shape)


def _check_next(name: str, old: Any, new: Any, shape: TensorShape | None) -> None:
    first, second = _dtype(old), _dtype(new)
    if first is not second and None not in (first, second):
        raise TypeError(
            f"'{name}' has dtype {first.name} before the loop, but dtype {second.name} after one "
            "iteration"
        )
    reached = _shape(new)
    if shape is not None and reached is not None and not _is_within(reached, shape):
        raise ValueError(
            f"'{name}' has shape {_shape(old)} before the loop, but shape {reached} after one "
            "iteration. Use tf.autograph.experimental.set_loop_options to set shape invariants."
        )


def check_invariant(name: str, value: Any, invariant: Any) -> None:
    """Raises ValueError where a loop begins with something that its invariant rules out."""
    for x, shape in zip(nest.flatten(value), _flat_shapes(invariant, value), strict=True):
        given = _shape(x)
        if shape is not None and given is not None and not _is_within(given, shape):
            raise ValueError(
                f"'{name}' has shape {given} before the loop, which does not conform with the "
                f"shape invariant {shape}."
            )


def invariant_of(value: Any) -> Any:
    """The shapes that a variable may have in all rounds if it may have none but its first."""
    return nest.map_structure(lambda leaf: _Invariant(_shape(leaf)), value)


class _Invariant:
    """A shape as a leaf: TensorShape itself, and None, would not pass for one everywhere."""

    def __init__(self, shape: TensorShape | None) -> None:
        self.shape = shape


def _flat_shapes(invariant: Any, value: Any) -> list[TensorShape | None]:
    if isinstance(invariant, (TensorShape, tuple, list)) and not nest.is_nested(value):
        return [TensorShape(invariant)]
    return [_shape_of_invariant(leaf) for leaf in nest.flatten(invariant)]


def _shape_of_invariant(leaf: Any) -> TensorShape | None:
    if isinstance(leaf, (_Invariant, TensorSpec)):
        return leaf.shape
    # What a spec of several tensors says is checked tensor by tensor, by the loop.
    return None if isinstance(leaf, TypeSpec) else TensorShape(leaf)


def shapes_of(invariant: Any, value: Any) -> Any:
    """An invariant as `tf.while_loop` takes it, nested like `value`; of a composite, its spec."""
    given = nest.flatten(invariant)
    own = isinstance(given[0], _Invariant)
    if isinstance(given[0], TypeSpec) and len(given) == len(nest.flatten(value)):
        return nest.pack_sequence_as(value, given)
    leaves = zip(nest.flatten(value), _flat_shapes(invariant, value), strict=True)
    return nest.pack_sequence_as(
        value,
        [
            staging.spec(leaf) if shape is None or (own and _is_composite(leaf)) else shape
            for leaf, shape in leaves
        ],
    )


def _is_within(shape: TensorShape, wider: TensorShape) -> bool:
    if wider.rank is None:
        return True
    return shape.rank == wider.rank and all(
        size is None or size == own
        for own, size in zip(shape.as_list(), wider.as_list(), strict=True)
    )


# ---- what both ask


def _has_none(value: Any) -> bool:
    return not isinstance(value, Undefined) and any(leaf is None for leaf in nest.flatten(value))


def _check_structures(complaint: str, one: Any, two: Any) -> None:
    try:
        nest.assert_same_structure(one, two, expand_composites=True)
    except (ValueError, TypeError) as error:
        raise TypeError(f"{complaint}\n\n{error}") from None


def _dtype(value: Any) -> Any:
    if isinstance(value, (Tensor, Readable)):
        return value.dtype
    tensor = _as_tensor(value)
    return None if tensor is None else tensor.dtype


def _is_composite(value: Any) -> bool:
    return hasattr(type(value), "_type_spec") and not isinstance(value, (Tensor, Readable))


def _shape(value: Any) -> TensorShape | None:
    if _is_composite(value):
        # A sparse or ragged tensor; of what else has a spec, the loop compares the tensors in it.
        shape = getattr(value._type_spec, "shape", None)
        return shape if isinstance(shape, TensorShape) else None
    tensor = value if isinstance(value, (Tensor, Readable)) else _as_tensor(value)
    return None if tensor is None else tensor.shape


def _as_tensor(value: Any) -> Tensor | None:
    """`value` as a tensor, None for what will not be one: `tf.cond` says so in its own words."""
    try:
        tensor = staging.tensor(value)
    except (TypeError, ValueError):
        return None
    return tensor if isinstance(tensor, Tensor) else None
