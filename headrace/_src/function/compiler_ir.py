"""The text that the compiler sees of a traced function, and what it makes of it.

Read next: engine/execute.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from headrace._src.core.tensor import Readable
from headrace._src.engine.execute import Program, runner_of
from headrace._src.engine.func_graph import FuncGraph

STAGES = (
    "hlo",
    "stablehlo",
    "hlo_serialized",
    "optimized_hlo",
    "optimized_hlo_serialized",
    "optimized_hlo_proto_serialized",
)


def compiler_ir(graph: FuncGraph, flat_inputs: Sequence[Any], stage: str) -> str | bytes:
    """The program of `graph` for these inputs, in the form of `stage`.

    flat_inputs: tensors, specs of known shape or variables, one for each argument.
    stage: "hlo" (before optimisation), "stablehlo", "optimized_hlo", or one of the two HLO stages
        with "_serialized" (bytes).

    Raises ValueError for another stage (TensorFlow's "optimized_hlo_dot" too, which JAX does not
        draw), for specs of unknown shape, and for a function that is not
    one compiled program because some of its operations run on the host.
    """
    if stage not in STAGES:
        raise ValueError(f"Invalid stage {stage}. Stages are {', '.join(STAGES)}.")
    runner = runner_of(graph)
    programs = [step for step in runner.steps if isinstance(step, Program)]
    if len(programs) != 1 or len(runner.steps) != 1:
        raise ValueError(
            f"{graph.name!r} is not one compiled program: "
            f"{len(runner.steps) - len(programs)} of its operations run on the host. "
            "`explain()` says which, and why."
        )
    (program,) = programs
    values = [_value(x) for x in (*flat_inputs, *_captured(graph))]
    places = dict(zip(runner.plan.inputs, values, strict=True))
    lowered = program.lowered([places[p] for p in program.inputs])
    if stage == "stablehlo":
        return lowered.as_text()
    if stage.startswith("optimized"):
        compiled = lowered.compile()
        if stage.endswith("serialized"):
            (module,) = compiled.runtime_executable().hlo_modules()
            return module.as_serialized_hlo_module_proto()
        text = compiled.as_text()
    else:
        computation = lowered.compiler_ir("hlo")
        if stage.endswith("serialized"):
            return computation.as_serialized_hlo_module_proto()
        text = computation.as_hlo_text()
    # The program is called after the function, as TensorFlow calls it.
    own = graph.function_name.replace("<", "_").replace(">", "_")
    return text.replace("jit_program", f"a{own[1:]}__.{graph.serial}", 1)


def _captured(graph: FuncGraph) -> list[Any]:
    inputs = {id(t) for t in graph.all_inputs()}
    return [outer for outer, inner in graph.captures if id(inner) in inputs]


def _value(x: Any) -> Any:
    """An array, or what is as good to a compiler: shape and dtype."""
    if isinstance(x, Readable):
        return x
    if hasattr(x, "_array"):
        return x._array
    if not x.shape.is_fully_defined():
        raise ValueError(f"A program is compiled for one shape; {x} has no single one.")
    return np.broadcast_to(np.zeros((), x.dtype.array_dtype), tuple(x.shape))
