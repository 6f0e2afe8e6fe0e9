"""Whether two GraphDefs describe the same graph: the same nodes, in whatever order.

Read next: function/protos.py.
"""

import math
from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype


def assert_equal_graph_def(expected: Any, actual: Any) -> None:
    """Fails unless two GraphDef messages have equal nodes, by name and in any order.

    Versions do not matter, and NaN in a constant equals itself.

    >>> graph = tf.Graph()
    >>> with graph.as_default():
    ...     x = tf.constant(1.)
    >>> tf.test.assert_equal_graph_def(graph.as_graph_def(), graph.as_graph_def())

    Raises AssertionError where they differ, TypeError for what is no GraphDef.
    """
    for label, message in (("expected", expected), ("actual", actual)):
        if not _is_graph_def(message):
            raise TypeError(f"Expected tf.GraphDef for {label}, got {type(message).__name__}")
    found = _difference(expected, actual, True)
    if found:
        raise AssertionError(found)


def graph_defs_equal(graph_def_1: Any, graph_def_2: Any, treat_nan_as_equal: bool = False) -> bool:
    """Whether two GraphDef messages have equal nodes, by name and in any order.

    treat_nan_as_equal: NaN in a constant equals itself.

    >>> one, two = tf.Graph().as_graph_def(), tf.Graph().as_graph_def()
    >>> tf.__internal__.graph_util.graph_defs_equal(one, two)
    True

    Raises TypeError for what is no GraphDef.
    """
    for label, message in (("graph_def_1", graph_def_1), ("graph_def_2", graph_def_2)):
        if not _is_graph_def(message):
            raise TypeError(
                f"{label} must be a graph_pb2.GraphDef proto, but got type {type(message)}."
            )
    return not _difference(graph_def_1, graph_def_2, treat_nan_as_equal)


def _is_graph_def(message: Any) -> bool:
    descriptor = getattr(message, "DESCRIPTOR", None)
    return getattr(descriptor, "full_name", "") == "tensorflow.GraphDef"


def _difference(expected: Any, actual: Any, nan_is_equal: bool) -> str:
    """What is different, in a sentence; "" where nothing is."""
    found = {node.name: node for node in actual.node}
    for node in expected.node:
        if node.name not in found:
            return f"Did not find expected node {node.name!r}, of type {node.op}."
        other = found.pop(node.name)
        for field in ("op", "device"):
            one, two = getattr(node, field), getattr(other, field)
            if one != two:
                return f"Node named {node.name!r} has {field} {two!r} where {one!r} was expected."
        if list(node.input) != list(other.input):
            return (
                f"Node named {node.name!r} has inputs {list(other.input)} where "
                f"{list(node.input)} were expected."
            )
        for key in sorted({*node.attr, *other.attr}):
            if key not in node.attr or key not in other.attr:
                which = "does not expect" if key in other.attr else "lacks"
                return f"Node named {node.name!r} {which} attr {key!r}."
            if not _same(node.attr[key], other.attr[key], nan_is_equal):
                return (
                    f"Node named {node.name!r} has attr {key!r} with value: "
                    f"{_short(other.attr[key])} that does not match expected: "
                    f"{_short(node.attr[key])}"
                )
    for node in found.values():
        return f"Found unexpected node {node.name!r}, of type {node.op}."
    return ""


def _same(one: Any, two: Any, nan_is_equal: bool) -> bool:
    """Whether two attributes are equal; messages with NaN in them are equal to themselves."""
    if nan_is_equal:
        return one.SerializeToString(deterministic=True) == two.SerializeToString(
            deterministic=True
        )
    return bool(one == two) and not _has_nan(one)


def _has_nan(attribute: Any) -> bool:
    """Whether there is NaN in an attribute: a number, a list of numbers or a constant."""
    tensor = attribute.tensor
    numbers = [attribute.f, *attribute.list.f, *tensor.float_val, *tensor.double_val]
    numbers += [*tensor.scomplex_val, *tensor.dcomplex_val]
    if any(map(math.isnan, numbers)):
        return True
    if not tensor.tensor_content:
        return False
    array = np.frombuffer(tensor.tensor_content, as_dtype(tensor.dtype).as_numpy_dtype)
    return array.dtype.kind in "fc" and bool(np.isnan(array).any())


def _short(message: Any) -> str:
    return " ".join(str(message).split())
