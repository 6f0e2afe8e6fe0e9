"""Ops that read strings and answer lists of tensors of several dtypes: run at once, or a node.

The one idea: such an op is a function of attributes and arrays that answers arrays. XLA has no
strings, so there is one machine for it, and what its outputs are the caller knows beforehand. So it
needs less than a block of engine/op.py: eagerly the function is called; in a graph it is a step,
which calls it when the graph runs.

Read next: ops/csv.py, the shortest.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.step import Step, step


class HostStep:
    """One such op.

    name: as in TensorFlow's registry. compute: from the attributes by name and the arrays of the
        inputs to those of the outputs; ValueError for what is wrong with them.
    """

    def __init__(
        self, name: str, compute: Callable[..., Sequence[Any]], why: str, is_stateful: bool
    ) -> None:
        self.name = name
        self.compute = compute

        def run(machine: Any, node: Any, *values: Any) -> Any:
            found = tuple(compute(node.attributes, *values))
            return found[0] if len(found) == 1 else found

        self.step: Step = step(name, is_stateful=is_stateful, is_host=why)(run)

    def __call__(
        self,
        inputs: dict[str, Tensor],
        attributes: dict[str, Any],
        promised: Sequence[tuple[DType, TensorShape]],
        name: str | None = None,
    ) -> Any:
        """The outputs as tensors; in a graph, those of a new node, or the node if it has none.

        inputs: by the names of nodes that hold those known. promised: the dtype of each output, and
        what is known of its shape.
        """
        graph = thread.context.graph
        if graph is None:
            return self._at_once(inputs, attributes, promised, name)
        node_name = graph.unique_name(name or self.name)
        tensors = [graph.input(t, f"{node_name}/{place}") for place, t in inputs.items()]
        node = graph.add(self.step, tensors, attributes, list(promised), node_name)
        return list(node.outputs) if promised else node

    def _at_once(
        self, inputs: dict[str, Tensor], attributes: dict, promised: Sequence, name: str | None
    ) -> Any:
        try:
            with np.errstate(all="ignore"):
                found = self.compute(attributes, *map(array_of, inputs.values()))
        except ValueError as error:
            raise errors.InvalidArgumentError(None, None, self._said(str(error), name)) from None
        except errors.OpError as error:
            kind: Any = type(error)  # one of those that know their code
            raise kind(None, None, self._said(error.message, name)) from None
        if not promised:
            return None
        return [
            EagerTensor(array, dtype) for array, (dtype, _) in zip(found, promised, strict=True)
        ]

    def _said(self, text: str, name: str | None) -> str:
        return (
            f"{{{{function_node __wrapped__{self.name}_device_/job:localhost/replica:0/task:0"
            f"/device:CPU:0}}}} {text} [Op:{self.name}] name: {name or ''}"
        )


def host_step(name: str, why: str, is_stateful: bool = False) -> Callable[[Callable], HostStep]:
    """Makes the function below it such an op; `why` says why it is the host's."""
    return lambda compute: HostStep(name, compute, why, is_stateful)


def refuse(op: str, error: ShapeError, inputs: Sequence[Tensor]) -> ValueError:
    """What building a graph says of shapes that the op cannot take."""
    shapes = ", ".join(str(t.shape) for t in inputs)
    return ValueError(f"{error.traced} for {op} with input shapes: {shapes}.")
