"""Variables: a place for a tensor, with a name, that programs read and assign to.

A variable holds an immutable tensor; assigning puts another one in its place. Reading hands out the
tensor it holds, so it costs nothing and nobody who holds an older value sees it change. Tapes know
a variable by an identity of its own: a read is recorded as "this tensor is that variable".

`tf.Variable(...)` makes a `ResourceVariable` (TensorFlow's name for the eager kind) by way of the
functions that `variable_creator_scope` has put around creation (objects/creation.py). What an
assignment returns is an `UnreadVariable`: the same variable under that name. Sliced assignment and
the scatter methods lie in objects/scatter.py and scatter_rows.py.

Read next: objects/module.py, engine/tape.py.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, int32, int64, resource
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import (
    EagerTensor,
    Readable,
    Reference,
    Tensor,
    array_of,
    described,
    next_id,
    state_lock,
)
from headrace._src.engine.convert import convert
from headrace._src.objects import scatter, scatter_rows, state
from headrace._src.objects.creation import (
    SaveSliceInfo,
    VariableAggregation,
    VariableSynchronization,
    creators_in_force,
)
from headrace._src.objects.in_place import refusals
from headrace._src.objects.scatter_rows import complaint, without_kernel
from headrace._src.objects.sessions import of_sessions
from headrace._src.objects.state import brackets
from headrace._src.ops.math import add, subtract
from headrace._src.ops.operators import give_operators
from headrace._src.ops.slicing import getitem

_new = object.__new__


class VariableMetaclass(type):
    """Makes `tf.Variable(...)` go through the creators in force; subclasses are made directly."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not Variable:
            return super().__call__(*args, **kwargs)
        return _created(*args, **kwargs)


class Variable(Readable, metaclass=VariableMetaclass):
    """A place for a tensor, which keeps its dtype and, unless told otherwise, its shape.

    initial_value: a tensor or what becomes one, or a function of no arguments that makes it.
    trainable: whether gradient tapes watch it unasked; True by default.
    name: the name, to which the current name scope is put in front; "Variable" by default.
    dtype: what the value is converted to.
    validate_shape: not needed, for an eager initial value always has a known shape.
    variable_def, import_scope: of graphs; not to be given.
    constraint: a function of the value, for optimizers to apply after an update.
    synchronization, aggregation: for copies on several devices.
    shape: a shape that later values must fit, for a variable whose shape may change.

    >>> v = tf.Variable([1., 2.])
    >>> v.assign_add([1., 1.])
    <tf.Variable 'UnreadVariable' shape=(2,) dtype=float32, numpy=array([2., 3.], dtype=float32)>

    Raises ValueError without an initial value, or where it does not fit `shape`.
    """

    __array_priority__ = 100
    _in_graph_mode = False
    _save_slice_info: SaveSliceInfo | None = None
    SaveSliceInfo = SaveSliceInfo

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: str | None = None,
        constraint: Callable | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
        experimental_enable_variable_lifting: bool = True,
    ) -> None:
        if variable_def is not None:
            raise ValueError(
                "The variable_def and initial_value args to `tf.Variable` are mutually exclusive, "
                f"but got both: variable_def={variable_def},\ninitial_value={initial_value}"
                if initial_value is not None
                else "Creating a `tf.Variable` with a `variable_def` arg is not supported when "
                f"eager execution is enabled. Got: variable_def={variable_def}"
            )
        if caching_device is not None or import_scope is not None:
            argument = "import_scope" if caching_device is None else "caching_device"
            raise NotImplementedError(f"tf.Variable: headrace has no `{argument}` yet.")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`. You provided neither."
            )
        if not isinstance(synchronization, VariableSynchronization):
            raise ValueError(
                f"Invalid variable synchronization mode: {synchronization} for variable: {name}"
            )
        if not isinstance(aggregation, VariableAggregation):
            raise ValueError(
                f"Invalid variable aggregation mode: {aggregation} for variable: {name}"
            )
        if constraint is not None and not callable(constraint):
            raise ValueError(
                "Argument `constraint` must be None or a callable. a callable. Got a "
                f"{type(constraint)}:  {constraint}"
            )
        if name is not None and not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        context = thread.context
        recorders, context.recorders = context.recorders, []
        try:
            tensor = _initial(initial_value, None if dtype is None else as_dtype(dtype))
        finally:
            context.recorders = recorders
        if shape is None:
            self._shape = tensor.shape
        else:
            self._shape = TensorShape(shape)
            if not self._shape.is_compatible_with(tensor.shape):
                raise ValueError(
                    "In this `tf.Variable` creation, the initial value's shape "
                    f"({tuple(tensor.shape)}) is not compatible with the explicitly supplied "
                    f"`shape` argument ({shape})."
                )
        self._dtype = tensor.dtype
        # A tensor object of its own: tapes must not take the variable for whoever gave the value.
        self._value = EagerTensor(tensor._array, tensor._dtype)
        self._id = next_id()
        self._lock = state_lock
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        self._trainable = trainable
        stem = "Variable" if name is None else name.removesuffix("/")
        self._name = f"{context.scope}{stem}:0"
        self._constraint = constraint
        self._synchronization = synchronization
        self._aggregation = aggregation

    # ---- what it is

    @property
    def dtype(self) -> DType:
        """The dtype of the value."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """What is known of the shape of every value that the variable may hold."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The same as `shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Narrows `shape` down; raises ValueError where the two disagree."""
        self._shape = self._shape.merge_with(shape)

    @property
    def name(self) -> str:
        """The name with an output number: "Variable:0"."""
        return self._name

    @property
    def _shared_name(self) -> str:
        return self._name.removesuffix(":0")

    @property
    def _handle_name(self) -> str:
        return self._name

    @property
    def _unique_id(self) -> str:
        return f"{self._shared_name}_{self._id}"

    @property
    def trainable(self) -> bool:
        """Whether tapes watch the variable unasked."""
        return self._trainable

    @property
    def constraint(self) -> Callable | None:
        """The function of the value that optimizers apply after an update, or None."""
        return self._constraint

    @property
    def synchronization(self) -> VariableSynchronization:
        """When copies on several devices are brought together."""
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        """How copies on several devices become one."""
        return self._aggregation

    @property
    def device(self) -> str:
        """The full name of the device that holds the value."""
        return self._value.device

    @property
    def initializer(self) -> None:
        """None: an eager variable is born with its value."""
        return None

    def load(self, value: Any, session: Any = None) -> None:
        """Assigns `value`; `session` is of graphs and must be None."""
        if session is not None:
            raise NotImplementedError("tf.Variable.load: headrace has no sessions.")
        self.assign(value)

    @property
    def handle(self) -> EagerTensor:
        """A scalar resource tensor that stands for the variable itself."""
        array = np.empty((), object)
        array[()] = ResourceHandle(self)
        return EagerTensor(array, resource)

    def is_initialized(self, name: str | None = None) -> Tensor:
        """True, as a tensor: an eager variable is born with its value."""
        return convert(True, name=name)

    def ref(self) -> Reference:
        """A hashable stand-in for the variable, for sets and dictionaries."""
        return Reference(self)

    experimental_ref = ref

    def __hash__(self) -> int:
        raise TypeError(
            f"Variable is unhashable. Instead, use variable.ref() as the key. (Variable: {self!r})"
        )

    # ---- reading

    def _read(self) -> Tensor:
        context = thread.context
        if context.graph is not None:
            return state.read_node(self)
        tensor = self._value
        for recorder in context.recorders:
            recorder.read(self, tensor)
        return tensor

    def value(self) -> Tensor:
        """The value at this moment, as a tensor."""
        return self._read()

    read_value = value
    read_value_no_copy = value

    def numpy(self) -> Any:
        """A copy of the value as a NumPy array or scalar; in a graph, NotImplementedError."""
        if thread.context.graph is not None:
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        return self._value.numpy()

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> Tensor:
        return convert(self._read(), dtype, name=name)

    sparse_read = scatter.sparse_read
    gather_nd = scatter.gather_nd

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._read())

    # ---- assigning

    def _assigned(self, node: Any = None) -> "UnreadVariable":
        # What an assignment returns, made without the detour of `__init__`. In a graph it knows the
        # node that assigns.
        result = _new(UnreadVariable)
        result.__dict__ = self.__dict__ if node is None else {**self.__dict__, "_assignment": node}
        return result

    def _assigned_in_graph(self, kind: Any, value: Any, name: str | None, read_value: bool) -> Any:
        node = state.assign_node(kind, self, value, name)
        return self._assigned(node) if read_value else node

    def _put(self, tensor: EagerTensor) -> None:
        """Puts a value of the right dtype and a fitting shape in place."""
        self._value = EagerTensor(tensor._array, self._dtype)

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> "Variable | None":
        """Puts `value` in place of the old one; the variable, or None without `read_value`.

        use_locking: assignments are atomic with or without it.

        Raises ValueError where dtype or shape does not fit; there is no broadcasting.
        """
        if type(value) is not EagerTensor or value._dtype is not self._dtype:
            value = convert(value, self._dtype, name=name)
        if thread.context.graph is not None:
            return self._assign_in_graph(value, name, read_value)
        array = value._array
        if array.shape != self._value._array.shape and not self._shape.is_compatible_with(
            array.shape
        ):
            raise ValueError(
                f"Cannot assign value to variable ' {self._name}': Shape mismatch."
                f"The variable shape {self._shape}, and the assigned value shape {value.shape} "
                "are incompatible."
            )
        self._value = EagerTensor(array, self._dtype)
        return self._assigned() if read_value else None

    def _assign_in_graph(self, value: Any, name: str | None, read_value: bool) -> Any:
        if not self._shape.is_compatible_with(value.shape):
            raise ValueError(
                f"Cannot assign value to variable '{self._name}': Shape mismatch.The variable "
                f"shape {self._shape}, and the assigned value shape {value.shape} are "
                "incompatible."
            )
        return self._assigned_in_graph(state.assign_variable, value, name, read_value)

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> "Variable | None":
        """Adds `delta`, of the same shape; the variable, or None without `read_value`.

        use_locking: additions are atomic with or without it.

        Raises ValueError where the dtype does not fit, InvalidArgumentError where the shape
        does not.
        """
        return self._updated(add, "AssignAddVariableOp", delta, name, read_value)

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> "Variable | None":
        """Subtracts `delta`, of the same shape, from the value; otherwise like `assign_add`."""
        return self._updated(subtract, "AssignSubVariableOp", delta, name, read_value)

    def _updated(
        self, op: Callable, op_name: str, delta: Any, name: str | None, read_value: bool
    ) -> "Variable | None":
        if type(delta) is not EagerTensor or delta._dtype is not self._dtype:
            delta = convert(delta, self._dtype)
        context = thread.context
        if context.graph is not None:
            kind = state.assign_add if op is add else state.assign_sub
            if not self._shape.is_compatible_with(delta.shape):
                raise ValueError(
                    f"Shapes must be equal, but are {self._shape} and {delta.shape} for '{{{{node "
                    f"{op_name}}}}} = {op_name}[dtype=DT_{self._dtype.kernel_name.upper()}]"
                    f"({self._name.removesuffix(':0')}, {getattr(delta, 'name', 'value')})'."
                )
            return self._assigned_in_graph(kind, delta, name, read_value)
        # No tape hears of it: an assignment is no part of a computation.
        recorders = context.recorders
        with self._lock:
            old = self._value
            if old._array.shape != delta._array.shape:
                raise complaint(
                    op_name,
                    f"Cannot update variable with shape {brackets(old._array.shape)} using a "
                    f"Tensor with shape {brackets(delta._array.shape)}, shapes must be equal.",
                    name,
                )
            if not recorders:
                self._value = self._sum(op, op_name, old, delta)
            else:
                context.recorders = []
                try:
                    self._value = self._sum(op, op_name, old, delta)
                finally:
                    context.recorders = recorders
        return self._assigned() if read_value else None

    def _sum(self, op: Callable, op_name: str, old: EagerTensor, delta: EagerTensor) -> EagerTensor:
        if not (self._dtype.is_floating or self._dtype.is_integer or self._dtype.is_complex):
            raise without_kernel(op_name, f"dtype=DT_{self._dtype.kernel_name.upper()}")
        return op(old, delta)

    def count_up_to(self, limit: int) -> Tensor:
        """The value before adding one to it.

        Raises OutOfRangeError when the value has reached `limit`, InvalidArgumentError for a
        variable that is no int32 or int64 scalar.
        """
        if self._dtype not in (int32, int64):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Value for attr 'T' of {self._dtype.kernel_name} is not in the list of allowed "
                "values: int32, int64\n\t; NodeDef: {{node ResourceCountUpTo}} "
                "[Op:ResourceCountUpTo] name: ",
            )
        old = self._value

        def compute(value: EagerTensor) -> EagerTensor:
            nonlocal old
            if value.ndim:
                raise complaint(
                    "ResourceCountUpTo",
                    f"input is not a scalar: {brackets(value._array.shape)}",
                    None,
                )
            if int(value) >= limit:
                fact = complaint("ResourceCountUpTo", f"Reached limit of {limit}", None)
                raise errors.OutOfRangeError(None, None, fact.message)
            old = value
            return add(value, convert(1, self._dtype))

        scatter.replace(self, compute)
        return old

    scatter_add = scatter_rows.scatter_add
    scatter_sub = scatter_rows.scatter_sub
    scatter_update = scatter_rows.scatter_update
    scatter_max = scatter_rows.scatter_max
    scatter_min = scatter_rows.scatter_min
    scatter_mul = scatter_rows.scatter_mul
    scatter_div = scatter_rows.scatter_div
    batch_scatter_update = scatter.batch_scatter_update
    scatter_nd_add = scatter.scatter_nd_add
    scatter_nd_sub = scatter.scatter_nd_sub
    scatter_nd_update = scatter.scatter_nd_update
    scatter_nd_max = scatter.scatter_nd_max
    scatter_nd_min = scatter.scatter_nd_min

    # ---- as a Python and NumPy value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self._value.__array__(dtype, copy)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __int__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __complex__(self) -> complex:
        return complex(self._value)

    def __copy__(self) -> "Variable":
        # A second variable of the same state would be two names for one thing.
        return self

    def __deepcopy__(self, memo: dict) -> "Variable":
        copy = restored_variable(
            array_of(self._value), self._dtype, self._trainable, self._name, self._constraint
        )
        copy._synchronization = self._synchronization
        copy._aggregation = self._aggregation
        memo[id(self)] = copy
        return copy

    def __reduce__(self) -> tuple[Any, ...]:
        return restored_variable, (
            array_of(self._value), self._dtype, self._trainable, self._name, self._constraint,
        )  # fmt: skip

    def __repr__(self) -> str:
        name = self.name
        if thread.context.graph is not None:
            return f"<tf.Variable '{name}' shape={self._shape} dtype={self._dtype.name}>"
        return (
            f"<tf.Variable '{name}' shape={self._shape} "
            f"dtype={self._dtype.name}, {described(self._value)}>"
        )


class ResourceVariable(Variable):
    """The eager kind of variable, and the class of what `tf.Variable(...)` makes."""


class UnreadVariable(ResourceVariable):
    """What an assignment returns: the variable itself (it shares all state), under another name."""

    @property
    def name(self) -> str:
        """The name under which TensorFlow shows the result of an assignment."""
        return "UnreadVariable"


class ResourceHandle:
    """What a resource tensor holds: a pointer to a variable."""

    def __init__(self, variable: Variable) -> None:
        self.variable = variable

    def __repr__(self) -> str:
        v = self.variable
        return (
            f'<ResourceHandle(name="{v._shared_name}/{v._id}", device="{v.device}", '
            'container="Anonymous", type="tensorflow::Var", dtype and shapes : '
            f'"[ DType enum: {v.dtype.as_datatype_enum}, '
            f'Shape: {brackets(v._value._array.shape)} ]")>'
        )


def restored_variable(
    array: np.ndarray, dtype: DType, trainable: Any, name: str, constraint: Callable | None
) -> Variable:
    """A pickled or copied variable, back again under its old name.

    Its shape is that of its value: so it is in TensorFlow, also where the old one was free.
    """
    variable = ResourceVariable(EagerTensor(array, dtype), trainable, constraint=constraint)
    variable._name = name
    return variable


def _initial(value: Any, dtype: DType | None) -> EagerTensor:
    if callable(value) and not isinstance(value, (Tensor, Variable)):
        value = value()
    try:
        return convert(value, dtype)
    except ValueError as error:
        if isinstance(value, Tensor):
            raise ValueError(f"initial_value: {error}") from None
        raise


# ---- creation ------------------------------------------------------------------------------------


def _created(*args: Any, **kwargs: Any) -> Any:
    creators = creators_in_force()
    if not creators:
        return ResourceVariable(*args, **kwargs)
    # A creator sees all arguments, also those left out.
    given = _DEFAULTS | dict(zip(_DEFAULTS, args, strict=False)) | kwargs
    make: Callable = ResourceVariable
    for creator in creators:
        make = functools.partial(creator, make)
    return make(**given)


_DEFAULTS = {
    parameter.name: parameter.default
    for parameter in list(inspect.signature(Variable.__init__).parameters.values())[1:]
}

give_operators(Variable)


def _part(self: Variable, key: Any) -> Tensor:
    part = getitem(self._read(), key)
    if scatter.may_assign(key):
        # `v[1:].assign(x)` assigns to the variable: the slice remembers whence it is.
        vars(part)["assign"] = functools.partial(scatter.assign_slice, self, key, part.shape)
    return part


for _name, _method in {"__getitem__": _part, **refusals, **of_sessions}.items():
    setattr(Variable, _name, _method)

Variable.__module__ = "tensorflow.python.ops.variables"
VariableMetaclass.__module__ = "tensorflow.python.ops.variables"
ResourceVariable.__module__ = "tensorflow.python.ops.resource_variable_ops"
UnreadVariable.__module__ = "tensorflow.python.ops.resource_variable_ops"
UnreadVariable.__name__ = UnreadVariable.__qualname__ = "_UnreadVariable"
