"""The switches between TensorFlow 1 and 2, and the default graph.

The one idea: Headrace is TensorFlow 2. What switches to it is done already and answers nothing;
what switches away from it raises NotImplementedError, for there are no graphs with sessions.

Read next: scopes.py, engine/graph.py.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

from headrace._src.core import device as devices
from headrace._src.core.context import thread
from headrace._src.engine.graph import Graph
from headrace._src.objects import graph_gradients
from headrace._src.objects.gradient_tape import UnconnectedGradients


class _Default(threading.local):
    graph: Graph | None = None


_default = _Default()


def get_default_graph() -> Graph:
    """The graph that is being built, or the one of this thread that has only collections in it.

    >>> with tf.Graph().as_default() as graph:
    ...     print(tf.compat.v1.get_default_graph() is graph)
    True
    """
    if thread.context.graph is not None:
        return thread.context.graph
    if _default.graph is None:
        _default.graph = Graph()
    return _default.graph


def reset_default_graph() -> None:
    """Forgets the collections of this thread's default graph.

    >>> tf.compat.v1.reset_default_graph()

    Raises AssertionError inside another graph.
    """
    if thread.context.graph is not None:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared "
            "graph, exit the nesting and create a new graph."
        )
    _default.graph = None


def get_default_session() -> None:
    """No session: there are none.

    >>> tf.compat.v1.get_default_session()
    """


# ---- collections ---------------------------------------------------------------------------------


class GraphKeys:
    """The names of the collections that TensorFlow itself used.

    >>> tf.compat.v1.GraphKeys.UPDATE_OPS
    'update_ops'
    """

    ACTIVATIONS = "activations"
    ASSET_FILEPATHS = "asset_filepaths"
    BIASES = "biases"
    CONCATENATED_VARIABLES = "concatenated_variables"
    COND_CONTEXT = "cond_context"
    EVAL_STEP = "eval_step"
    GLOBAL_STEP = "global_step"
    GLOBAL_VARIABLES = "variables"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    LOCAL_RESOURCES = "local_resources"
    LOCAL_VARIABLES = "local_variables"
    LOSSES = "losses"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    QUEUE_RUNNERS = "queue_runners"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    READY_OP = "ready_op"
    REGULARIZATION_LOSSES = "regularization_losses"
    RESOURCES = "resources"
    SAVEABLE_OBJECTS = "saveable_objects"
    SAVERS = "savers"
    SUMMARIES = "summaries"
    SUMMARY_OP = "summary_op"
    TABLE_INITIALIZERS = "table_initializer"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    TRAIN_OP = "train_op"
    UPDATE_OPS = "update_ops"
    VARIABLES = "variables"
    WEIGHTS = "weights"
    WHILE_CONTEXT = "while_context"


def get_collection(key: str, scope: str | None = None) -> list[Any]:
    """A copy of what was added to a collection of the default graph.

    scope: a regular expression that the names must match.

    >>> tf.compat.v1.add_to_collection("numbers", 1)
    >>> tf.compat.v1.get_collection("numbers")
    [1]
    """
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: str) -> list[Any]:
    """The list itself behind a collection of the default graph.

    >>> tf.compat.v1.get_collection_ref("nothing")
    []
    """
    return get_default_graph().get_collection_ref(key)


def add_to_collection(name: str, value: Any) -> None:
    """Adds a value to a collection of the default graph; see `get_collection`.

    >>> tf.compat.v1.add_to_collection("words", "one")
    """
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Adds a value to several collections of the default graph, to each once.

    >>> tf.compat.v1.add_to_collections(["left", "right"], 1)
    """
    for name in {names} if isinstance(names, str) else set(names):
        add_to_collection(name, value)


# ---- switches ------------------------------------------------------------------------------------


def executing_eagerly_outside_functions() -> bool:
    """Whether the code around all functions runs eagerly: True but in a graph by `tf.Graph`.

    >>> tf.compat.v1.executing_eagerly_outside_functions()
    True
    """
    graph = thread.context.graph
    return graph is None or graph.building_function


def enable_eager_execution(
    config: Any = None, device_policy: Any = None, execution_mode: Any = None
) -> None:
    """Nothing to do: execution is eager.

    >>> tf.compat.v1.enable_eager_execution()

    Raises NotImplementedError for any of the arguments, ValueError inside a graph.
    """
    if (config, device_policy, execution_mode) != (None, None, None):
        raise NotImplementedError(
            "tf.compat.v1.enable_eager_execution: headrace takes no `config`, `device_policy` or "
            "`execution_mode`."
        )
    if not executing_eagerly_outside_functions():
        raise ValueError("tf.enable_eager_execution must be called at program startup.")


def _done(leaf: str, what: str) -> Callable[[], None]:
    """A switch that stands where it should."""

    def switch() -> None:
        pass  # it is so already

    switch.__name__ = switch.__qualname__ = leaf
    switch.__doc__ = f"Nothing to do: {what}.\n\n>>> tf.compat.v1.{leaf}()"
    return switch


def _refused(leaf: str, what: str) -> Callable[[], None]:
    """A switch that cannot be turned."""

    def switch() -> None:
        raise NotImplementedError(
            f"tf.compat.v1.{leaf}: headrace has no {what}. It runs TensorFlow 2's eager mode and "
            "tf.function; the graphs and sessions of TensorFlow 1 are not offered."
        )

    switch.__name__ = switch.__qualname__ = leaf
    switch.__doc__ = (
        f"Raises NotImplementedError: there is no {what}.\n\n"
        f">>> tf.compat.v1.{leaf}()\nTraceback (most recent call last):\n"
        f"NotImplementedError: tf.compat.v1.{leaf}: headrace has no {what}. ..."
    )
    return switch


enable_v2_behavior = _done("enable_v2_behavior", "this is TensorFlow 2")
enable_v2_tensorshape = _done("enable_v2_tensorshape", "sizes are integers")
enable_resource_variables = _done("enable_resource_variables", "variables are resources")
enable_tensor_equality = _done("enable_tensor_equality", "`==` compares elements")
enable_control_flow_v2 = _done("enable_control_flow_v2", "branches and loops are functions")
disable_v2_behavior = _refused("disable_v2_behavior", "behaviour of TensorFlow 1")
disable_eager_execution = _refused("disable_eager_execution", "mode without eager execution")
disable_v2_tensorshape = _refused("disable_v2_tensorshape", "shapes of `Dimension`s")
disable_resource_variables = _refused("disable_resource_variables", "reference variables")
disable_tensor_equality = _refused("disable_tensor_equality", "equality by identity")
disable_control_flow_v2 = _refused("disable_control_flow_v2", "control flow of switches and merges")


def _true(leaf: str, what: str) -> Callable[[], bool]:
    """A question about a switch that stands where it should."""

    def answer() -> bool:
        return True

    answer.__name__ = answer.__qualname__ = leaf
    answer.__doc__ = f"True: {what}.\n\n>>> tf.compat.v1.{leaf}()\nTrue"
    return answer


control_flow_v2_enabled = _true("control_flow_v2_enabled", "branches and loops are functions")
resource_variables_enabled = _true("resource_variables_enabled", "variables are resources")

# ---- devices and gradients -----------------------------------------------------------------------


def device(device_name_or_function: Any) -> contextlib.AbstractContextManager:
    """A block in which ops run on a device; see `tf.device`.

    >>> with tf.compat.v1.device("/cpu:0"):
    ...     x = tf.constant(1.)

    Raises RuntimeError for a function that chooses the device.
    """
    if callable(device_name_or_function):
        raise RuntimeError("tf.device does not support functions when eager execution is enabled.")
    return devices.device(device_name_or_function)


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """The gradients of `ys` with respect to `xs` in a graph; see `tf.gradients`.

    colocate_gradients_with_ops: not used: the machine decides where an op runs.

    >>> f = tf.function(lambda x: tf.compat.v1.gradients(x * x, x))
    >>> f(tf.constant(3.))[0].numpy()
    np.float32(6.0)

    Raises RuntimeError in eager mode.
    """
    return graph_gradients.gradients(
        ys,
        xs,
        grad_ys,
        name,
        gate_gradients,
        aggregation_method,
        stop_gradients,
        unconnected_gradients,
    )
