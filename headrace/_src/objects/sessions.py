"""What a variable has only in programs with sessions, and refuses here.

TensorFlow 1 made variables part of a graph, to be initialized and evaluated in a session. The names
are still there in TensorFlow 2, where each of them raises; so they are here.

Read next: objects/variable.py.
"""

from typing import Any


def _graph(self: Any) -> Any:
    raise AttributeError("Tensor.graph is undefined when eager execution is enabled.")


def _op(self: Any) -> Any:
    raise AttributeError("Tensor.op is undefined when eager execution is enabled.")


def _initial_value(self: Any) -> Any:
    raise RuntimeError("This property is not supported when eager execution is enabled.")


def _create(self: Any) -> Any:
    raise RuntimeError("This operation is not supported when eager execution is enabled.")


def initialized_value(self: Any) -> Any:
    raise NotImplementedError("tf.Variable.initialized_value is of graphs with sessions.")


def eval(self: Any, session: Any = None) -> Any:
    raise RuntimeError("This operation is not supported when eager execution is enabled.")


def to_proto(self: Any, export_scope: str | None = None) -> Any:
    raise RuntimeError("This operation is not supported when eager execution is enabled.")


def from_proto(variable_def: Any, import_scope: str | None = None) -> Any:
    raise RuntimeError("This operation is not supported when eager execution is enabled.")


# By name, what the class gets.
of_sessions: dict[str, Any] = {
    "graph": property(_graph),
    "op": property(_op),
    "initial_value": property(_initial_value),
    "create": property(_create),
    "initialized_value": initialized_value,
    "eval": eval,
    "to_proto": to_proto,
    "from_proto": staticmethod(from_proto),
}
