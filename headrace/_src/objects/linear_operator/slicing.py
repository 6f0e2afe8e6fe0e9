"""Part of a batch of operators, by the indices that select part of a batch of tensors.

The one idea: each argument of an operator has the operator's batch axes, or fewer of them, or some
of size 1, before the axes of one matrix. So the indices are written out for every batch axis, and
each argument takes those for the axes it has.

Read next: operator.py (`__getitem__`).
"""

from typing import Any

from headrace._src.core import nest
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.rules import Rules
from headrace._src.ops.array import shape_op
from headrace._src.ops.constant import zeros


def part(operator: Any, slices: Any) -> LinearOperator:
    """The operator of part of the batch.

    Raises ValueError where the rank is not known, or there are more indices than batch axes;
    NotImplementedError for an operator of a user's own class.
    """
    if not hasattr(type(operator), "_argument_names"):
        raise NotImplementedError(
            f"{type(operator).__name__} is no operator of TensorFlow's: nothing is known of its "
            "arguments, by which it could be sliced. Define __getitem__."
        )
    if operator.batch_shape.rank is None:
        raise ValueError(f"{operator.name} cannot be sliced: its batch's rank is not known.")
    indices = _written_out(slices if isinstance(slices, tuple) else (slices,), operator)
    given = operator.parameters
    made = {name: _taken(operator, name, indices) for name in type(operator)._argument_names}
    return type(operator)(**made, name=given.get("name"))


def _written_out(slices: tuple, operator: Any) -> list[Any]:
    """An index for each batch axis, and None for each new one."""
    rank = operator.batch_shape.rank
    used = sum(1 for index in slices if index is not None and index is not Ellipsis)
    if used > rank:
        # As a tensor of the batch's shape would say it.
        zeros(operator._batch())[slices]
        raise ValueError(f"Too many indices for a batch of {rank} axes: {slices}")
    out: list[Any] = []
    rest = [slice(None)] * (rank - used)
    for index in slices:
        if index is Ellipsis:
            out += rest
            rest = []
        else:
            out.append(index)
    return out + rest


def _taken(operator: Any, name: str, indices: list[Any]) -> Any:
    value = operator._argument(name)
    if name == "batch_shape":
        sizes = zeros(operator._batch())[tuple(indices)]
        return sizes.shape if sizes.shape.is_fully_defined() else shape_op(sizes)
    axes = operator._matrix_axes.get(name)
    if axes is None or value is None:
        return value
    if getattr(operator, "diagonals_format", None) == "sequence":
        axes = 1
    return nest.map_structure(lambda x: _part_of(x, axes, indices), value)


def _part_of(x: Any, axes: int, indices: list[Any]) -> Any:
    if isinstance(x, LinearOperator):
        return x[tuple(_fitting(indices, x.batch_shape))]
    tensor: Tensor = convert(x)
    known = tensor.shape
    batch = known if axes == 0 else known[:-axes]
    return tensor[(*_fitting(indices, batch), Ellipsis)]


def _fitting(indices: list[Any], batch: TensorShape) -> list[Any]:
    """The indices for something whose batch shape broadcasts to the operator's."""
    missing = sum(1 for index in indices if index is not None) - len(batch)
    out: list[Any] = []
    axis = -missing
    for index in indices:
        if index is None:
            out.append(None)
            continue
        if axis >= 0:
            is_repeated = batch[axis] == 1
            if is_repeated:
                index = slice(None) if isinstance(index, slice) else 0
            out.append(index)
        axis += 1
    return out


Rules.part = staticmethod(part)
