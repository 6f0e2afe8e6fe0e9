"""`get_variable`, assignments by function, the global step, and initializers of variables.

The one idea: a variable has its value from the moment it is made, so what used to initialize
variables has nothing to do.

Read next: scopes.py, objects/variable.py.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from headrace._src.compat.initializers import glorot_uniform
from headrace._src.compat.modes import (
    GraphKeys,
    add_to_collection,
    executing_eagerly_outside_functions,
    get_collection,
)
from headrace._src.compat.scopes import get_variable_scope
from headrace._src.core import dtypes, names
from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.creation import VariableAggregation, VariableSynchronization
from headrace._src.objects.variable import Variable as TodaysVariable
from headrace._src.ops.constant import zeros


class _Kind(type):
    """What makes today's variables of yesterday's class, and counts them as its instances."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return _made(*args, **kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TodaysVariable)

    def __getattr__(cls, name: str) -> Any:
        return getattr(TodaysVariable, name)


class Variable(metaclass=_Kind):
    """A variable; see `tf.Variable`, whose instances these are.

    Raises NotImplementedError for `collections` in a graph of `tf.Graph`.

    >>> tf.compat.v1.Variable(1.0, name="w", use_resource=True)
    <tf.Variable 'w:0' shape=() dtype=float32, numpy=1.0>
    >>> isinstance(tf.Variable(1), tf.compat.v1.Variable)
    True
    """


def _made(
    initial_value: Any = None,
    trainable: Any = None,
    collections: Any = None,
    validate_shape: bool = True,
    caching_device: Any = None,
    name: str | None = None,
    variable_def: Any = None,
    dtype: Any = None,
    expected_shape: Any = None,
    import_scope: Any = None,
    constraint: Any = None,
    use_resource: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    shape: Any = None,
) -> Any:
    _only_eager("Variable")
    return TodaysVariable(
        initial_value,
        trainable,
        validate_shape,
        caching_device,
        name,
        variable_def,
        dtype,
        import_scope,
        constraint,
        synchronization,
        aggregation,
        shape,
    )


def _only_eager(leaf: str) -> None:
    if not executing_eagerly_outside_functions():
        raise NotImplementedError(
            f"tf.compat.v1.{leaf}: headrace makes no variables in a `tf.Graph`; run the code "
            "eagerly or in a tf.function."
        )


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: Any = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: Any = None,
    custom_getter: Callable | None = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """A new variable, with the prefix and the defaults of the variable scope around.

    shape: without it, `initializer` is a value or a function without arguments. initializer: an
    initializer or its class; by default Glorot's for floats and zeros for the others. regularizer:
    is called with the variable. collections, validate_shape, use_resource: not used, as in
    TensorFlow's eager mode.

    >>> tf.compat.v1.get_variable("w", [2], initializer=tf.zeros_initializer())
    <tf.Variable 'w:0' shape=(2,) dtype=float32, numpy=array([0., 0.], dtype=float32)>

    Raises ValueError without both shape and initializer, with a shape and a value, and for a shape
    that is not known; NotImplementedError for `caching_device` and `partitioner`.
    """
    _only_eager("get_variable")
    scope = get_variable_scope()
    scope.set_caching_device(caching_device)
    if partitioner is not None and not callable(partitioner):
        raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
    scope.set_partitioner(partitioner)
    options = {
        "name": f"{scope.name}/{name}" if scope.name else name,
        "shape": shape,
        "dtype": scope.dtype if dtype is None else dtypes.as_dtype(dtype),
        "initializer": scope.initializer if initializer is None else initializer,
        "regularizer": scope.regularizer if regularizer is None else regularizer,
        "reuse": scope.reuse,
        "trainable": trainable,
        "collections": collections,
        "caching_device": None,
        "partitioner": None,
        "validate_shape": validate_shape,
        "use_resource": True,
        "constraint": scope.constraint if constraint is None else constraint,
        "synchronization": synchronization,
        "aggregation": aggregation,
    }
    # A value has a dtype of its own, unless one is asked for here.
    getter: Callable = partial(_got, is_typed=dtype is not None)
    custom_getter = scope.custom_getter if custom_getter is None else custom_getter
    if custom_getter is not None:
        getter = partial(custom_getter, getter)
    return getter(**options)


def get_local_variable(name: str, *args: Any, **kwargs: Any) -> Any:
    """A new variable that is not trained; see `get_variable`.

    >>> tf.compat.v1.get_local_variable("count", [], tf.int32).trainable
    False
    """
    return get_variable(name, *args, **{"trainable": False, **kwargs})


def _got(
    name: str,
    shape: Any = None,
    dtype: Any = dtypes.float32,
    initializer: Any = None,
    regularizer: Any = None,
    reuse: Any = None,
    trainable: Any = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: Any = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
    is_typed: bool = True,
) -> Any:
    """The variable, after the scope has said what it has to."""
    value, typed = _initial(name, shape, dtypes.as_dtype(dtype), initializer, is_typed)
    with names.name_scope(""):
        variable = TodaysVariable(
            value,
            trainable,
            name=name,
            dtype=typed,
            constraint=constraint,
            synchronization=synchronization,
            aggregation=aggregation,
        )
    if regularizer is not None:
        regularizer(variable)
    return variable


def _initial(
    name: str, shape: Any, dtype: DType, initializer: Any, is_typed: bool
) -> tuple[Any, DType | None]:
    """The first value, or a function that makes it; and the dtype, None for the value's own."""
    if initializer is None:
        if shape is None:
            raise ValueError(
                f"Variable {name} did not get an initializer, so its `shape` argument must be "
                "specified."
            )
        initializer = glorot_uniform() if dtype.is_floating else _zeros
    elif inspect.isclass(initializer):
        initializer = initializer()
    if not callable(initializer):
        if shape is not None:
            raise ValueError("If initializer is a constant, do not specify shape.")
        value = convert(initializer, dtype if is_typed else None)
        return value, value.dtype
    if shape is None:
        required = [
            one
            for one in inspect.signature(initializer).parameters.values()
            if one.default is one.empty and one.kind in (one.POSITIONAL_OR_KEYWORD,)
        ]
        if required:
            raise ValueError(
                f"Shape of a new variable ({name}) must be fully defined, but instead was "
                f"{TensorShape(None)}."
            )
        return initializer, dtype if is_typed else None
    if not TensorShape(shape).is_fully_defined():
        raise ValueError(
            "The initializer passed is not valid. It should be a callable with no arguments and "
            "the shape should not be provided or an instance of `tf.keras.initializers.*' and "
            "`shape` should be fully defined."
        )
    sizes = TensorShape(shape).as_list()
    known = inspect.signature(initializer).parameters
    more = {"partition_info": None} if "partition_info" in known else {}
    return lambda: initializer(sizes, dtype=dtype, **more), dtype


def _zeros(shape: Any, dtype: DType) -> Tensor:
    return zeros(shape, dtype)


# ---- assignments ---------------------------------------------------------------------------------


def assign(
    ref: Any, value: Any, validate_shape: Any = None, use_locking: Any = None, name: Any = None
) -> Any:
    """Assigns `value` to a variable and answers it.

    validate_shape, use_locking: not used: a shape is always checked, an assignment is whole.

    >>> v = tf.Variable(1)
    >>> tf.compat.v1.assign(v, 2).numpy()
    np.int32(2)
    """
    return ref.assign(value, name=name)


def assign_add(ref: Any, value: Any, use_locking: Any = None, name: Any = None) -> Any:
    """Adds `value` to a variable; see `assign`.

    >>> v = tf.Variable(1)
    >>> tf.compat.v1.assign_add(v, 2).numpy()
    np.int32(3)
    """
    return ref.assign_add(value, name=name)


def assign_sub(ref: Any, value: Any, use_locking: Any = None, name: Any = None) -> Any:
    """Subtracts `value` from a variable; see `assign`.

    >>> v = tf.Variable(1)
    >>> tf.compat.v1.assign_sub(v, 2).numpy()
    np.int32(-1)
    """
    return ref.assign_sub(value, name=name)


def _scatter(leaf: str, method: str, shown: str, lock: bool = False) -> Callable:
    """An assignment to rows of a variable."""
    rows = not leaf.startswith("scatter_nd")

    def scatter(
        ref: Any, indices: Any, updates: Any, use_locking: bool = lock, name: Any = None
    ) -> Any:
        if rows:
            slices = IndexedSlices(convert(updates, ref.dtype), convert(indices))
            return getattr(ref, method)(slices, name=name)
        return getattr(ref, method)(indices, updates, name)

    scatter.__name__ = scatter.__qualname__ = leaf
    scatter.__doc__ = (
        f"Rows of a variable changed, see `tf.Variable.{method}`; `use_locking` is not used.\n\n"
        f">>> v = tf.Variable([2, 4])\n"
        f">>> tf.compat.v1.{leaf}(v, {'[1]' if rows else '[[1]]'}, [3]).numpy()\n{shown}"
    )
    return scatter


scatter_update = _scatter("scatter_update", "scatter_update", "array([2, 3], dtype=int32)", True)
scatter_add = _scatter("scatter_add", "scatter_add", "array([2, 7], dtype=int32)")
scatter_sub = _scatter("scatter_sub", "scatter_sub", "array([2, 1], dtype=int32)")
scatter_mul = _scatter("scatter_mul", "scatter_mul", "array([ 2, 12], dtype=int32)")
scatter_div = _scatter("scatter_div", "scatter_div", "array([2, 1], dtype=int32)")
scatter_max = _scatter("scatter_max", "scatter_max", "array([2, 4], dtype=int32)")
scatter_min = _scatter("scatter_min", "scatter_min", "array([2, 3], dtype=int32)")
scatter_nd_update = _scatter(
    "scatter_nd_update", "scatter_nd_update", "array([2, 3], dtype=int32)", True
)
scatter_nd_add = _scatter("scatter_nd_add", "scatter_nd_add", "array([2, 7], dtype=int32)")
scatter_nd_sub = _scatter("scatter_nd_sub", "scatter_nd_sub", "array([2, 1], dtype=int32)")

# ---- what initialized variables ------------------------------------------------------------------


def variables_initializer(var_list: Any, name: str = "init") -> None:
    """Nothing to do: variables have their values.

    >>> tf.compat.v1.variables_initializer([tf.Variable(1)])
    """
    _only_eager("variables_initializer")


def global_variables_initializer() -> None:
    """Nothing to do: variables have their values.

    >>> tf.compat.v1.global_variables_initializer()
    """
    _only_eager("global_variables_initializer")


def local_variables_initializer() -> None:
    """Nothing to do: variables have their values.

    >>> tf.compat.v1.local_variables_initializer()
    """
    _only_eager("local_variables_initializer")


def tables_initializer(name: str = "init_all_tables") -> None:
    """Nothing to do: tables have their values.

    >>> tf.compat.v1.tables_initializer()
    """
    _only_eager("tables_initializer")


initialize_variables = variables_initializer
initialize_all_variables = global_variables_initializer
initialize_local_variables = local_variables_initializer
initialize_all_tables = tables_initializer


def is_variable_initialized(variable: Any) -> Tensor:
    """True: variables have their values.

    >>> tf.compat.v1.is_variable_initialized(tf.Variable(1)).numpy()
    np.True_
    """
    return convert(True)


def global_variables(scope: str | None = None) -> list[Any]:
    """The variables that were added to the collection: in eager mode none adds itself.

    >>> tf.compat.v1.global_variables()
    []
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables that were added to the collection: in eager mode none adds itself.

    >>> tf.compat.v1.local_variables()
    []
    """
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables that were added to the collection: in eager mode none adds itself.

    >>> tf.compat.v1.trainable_variables()
    []
    """
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


all_variables = global_variables

# ---- the global step -----------------------------------------------------------------------------


def get_global_step(graph: Any = None) -> Any:
    """The variable that counts the steps of training, or None if nobody made it.

    graph: whose; the default graph's if None.

    >>> tf.compat.v1.reset_default_graph()
    >>> tf.compat.v1.train.get_global_step()

    Raises RuntimeError if there are several.
    """
    found = (
        get_collection(GraphKeys.GLOBAL_STEP)
        if graph is None
        else graph.get_collection(GraphKeys.GLOBAL_STEP)
    )
    if len(found) > 1:
        raise RuntimeError("Multiple items in collection global_step.")
    return found[0] if found else None


def create_global_step(graph: Any = None) -> Any:
    """A new variable that counts the steps of training, with the value 0.

    >>> tf.compat.v1.reset_default_graph()
    >>> tf.compat.v1.train.create_global_step()
    <tf.Variable 'global_step:0' shape=() dtype=int64, numpy=0>

    Raises ValueError if there is one.
    """
    _only_eager("train.create_global_step")
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    step = get_variable("global_step", initializer=convert(0, dtypes.int64), trainable=False)
    if graph is None:
        add_to_collection(GraphKeys.GLOBAL_STEP, step)
    else:
        graph.add_to_collection(GraphKeys.GLOBAL_STEP, step)
    return step


def get_or_create_global_step(graph: Any = None) -> Any:
    """The variable that counts the steps of training, made if it is not there.

    >>> tf.compat.v1.train.get_or_create_global_step().dtype
    tf.int64
    """
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step
