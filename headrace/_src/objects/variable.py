"""Variables: a place for a tensor, with a name, that programs read and assign to.

A variable holds an immutable tensor; assigning puts another one in its place. Reading hands out the tensor it
holds, so it costs nothing and nobody who holds an older value sees it change. Tapes know a variable by an
identity of its own: a read is recorded as "this tensor is that variable".

`tf.Variable(...)` makes a `ResourceVariable` (TensorFlow's name for the eager kind) by way of the functions
that `variable_creator_scope` has put around creation. What an assignment returns is an `UnreadVariable`: the same
variable under that name. Sliced assignment and the scatter methods lie in objects/scatter.py.

Read next: objects/module.py, engine/tape.py.
"""

import contextlib
import enum
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype, resource
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import (
    EagerTensor,
    Readable,
    Reference,
    Tensor,
    array_of,
    described,
    next_id,
)
from headrace._src.engine.convert import convert
from headrace._src.objects import scatter
from headrace._src.ops.math import add, subtract
from headrace._src.ops.operators import give_operators
from headrace._src.ops.slicing import getitem


class VariableSynchronization(enum.Enum):
    """When the copies of a variable on several devices are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How the copies of a variable on several devices become one."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3

    def __hash__(self) -> int:
        return hash(self.value)


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
    constraint: a function of the value, for optimizers to apply after an update.
    synchronization, aggregation: for copies on several devices.
    shape: a shape that later values must fit, for a variable whose shape may change.

    >>> v = tf.Variable([1., 2.])
    >>> v.assign_add([1., 1.])
    <tf.Variable 'UnreadVariable' shape=(2,) dtype=float32, numpy=array([2., 3.], dtype=float32)>

    Raises ValueError without an initial value, or where it does not fit `shape`.
    """

    __array_priority__ = 100

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
        if variable_def is not None or import_scope is not None:
            raise NotImplementedError(
                "tf.Variable: headrace does not make variables from a `variable_def` yet."
            )
        if caching_device is not None:
            raise NotImplementedError("tf.Variable: headrace has no `caching_device` yet.")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`. You provided neither."
            )
        if not isinstance(synchronization, VariableSynchronization):
            raise ValueError(f"Invalid variable synchronization mode: {synchronization}.")
        if not isinstance(aggregation, VariableAggregation):
            raise ValueError(f"Invalid variable aggregation mode: {aggregation}.")
        if constraint is not None and not callable(constraint):
            raise ValueError(
                f"Argument `constraint` must be None or a callable. a callable. Got {constraint}"
            )
        with _without_recording():
            tensor = _initial(initial_value, None if dtype is None else as_dtype(dtype))
        if shape is None:
            self._shape = tensor.shape if validate_shape else TensorShape(None)
        else:
            self._shape = TensorShape(shape)
            if not self._shape.is_compatible_with(tensor.shape):
                raise ValueError(
                    "In this `tf.Variable` creation, the initial value's shape "
                    f"({tuple(tensor.shape)}) is not compatible with the explicitly supplied "
                    f"`shape` argument ({shape})."
                )
        self._dtype = tensor.dtype
        # A tensor object of its own: tapes must not mistake the variable for whoever gave the value.
        self._value = EagerTensor(tensor._array, tensor._dtype)
        self._initial_value = tensor
        self._id = next_id()
        self._lock = threading.Lock()
        self._trainable = trainable is None or bool(trainable)
        self._name = f"{thread.context.scope}{name or 'Variable'}:0"
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
        return self._name[: self._name.index(":")]

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
    def graph(self) -> Any:
        raise AttributeError("Tensor.graph is undefined when eager execution is enabled.")

    @property
    def op(self) -> Any:
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    @property
    def initializer(self) -> None:
        """None: an eager variable is born with its value."""
        return None

    @property
    def initial_value(self) -> Any:
        raise RuntimeError("This property is not supported when eager execution is enabled.")

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
            "Variable is unhashable. Instead, use variable.ref() as the key. "
            f"(Variable: {self!r})"
        )

    # ---- reading

    def _read(self) -> EagerTensor:
        tensor = self._value
        for recorder in thread.context.recorders:
            recorder.read(self, tensor)
        return tensor

    def value(self) -> Tensor:
        """The value at this moment, as a tensor."""
        return self._read()

    read_value = value
    read_value_no_copy = value

    def numpy(self) -> Any:
        """A copy of the value as a NumPy array or scalar."""
        return self._value.numpy()

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> Tensor:
        return convert(self._read(), dtype, name=name)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """The rows at `indices`; the gradient is an `IndexedSlices`."""
        return scatter.gather(self._read(), indices, name=name)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements or slices that the last axis of `indices` points at."""
        return scatter.gather_nd(self._read(), indices, name=name)

    def __getitem__(self, key: Any) -> Tensor:
        # `v[1:].assign(x)` assigns to the variable: the slice remembers whence it is.
        part = getitem(self._read(), key)
        part.assign = functools.partial(scatter.assign_slice, self, key)
        return part

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._read())

    # ---- assigning

    def assigned(self) -> "UnreadVariable":
        """What an assignment returns."""
        return UnreadVariable(self)

    def _put(self, tensor: EagerTensor) -> None:
        """Puts a value of the right dtype and a fitting shape in place."""
        self._value = EagerTensor(tensor._array, self._dtype)

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> "Variable | None":
        """Puts `value` in place of the old one; the variable, or None without `read_value`.

        use_locking: assignments are atomic with or without it.

        Raises ValueError where dtype or shape does not fit; there is no broadcasting.
        """
        tensor = convert(value, self._dtype, name=name)
        if not self._shape.is_compatible_with(tensor.shape):
            label = "" if self._name is None else f" {self._name}"
            raise ValueError(
                f"Cannot assign value to variable '{label}': Shape mismatch."
                f"The variable shape {self._shape}, and the assigned value shape {tensor.shape} "
                "are incompatible."
            )
        self._put(tensor)
        return self.assigned() if read_value else None

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> "Variable | None":
        """Adds `delta`, of the same shape, to the value."""
        return self._update(add, "AssignAddVariableOp", delta, name, read_value)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> "Variable | None":
        """Subtracts `delta`, of the same shape, from the value."""
        return self._update(subtract, "AssignSubVariableOp", delta, name, read_value)

    def _update(
        self, op: Callable, op_name: str, delta: Any, name: str | None, read_value: bool
    ) -> "Variable | None":
        delta = convert(delta, self._dtype)
        with self._lock, _without_recording():
            old = self._value
            if old._array.shape != delta._array.shape:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"{{{{function_node __wrapped__{op_name}_device_/job:localhost/replica:0/task:0"
                    f"/device:CPU:0}}}} Cannot update variable with shape {_brackets(old)} using a "
                    f"Tensor with shape {_brackets(delta)}, shapes must be equal. "
                    f"[Op:{op_name}] name: {name or ''}",
                )
            self._value = op(old, delta)
        return self.assigned() if read_value else None

    def count_up_to(self, limit: int) -> Tensor:
        """The value before adding one; raises OutOfRangeError when it has reached `limit`."""
        with self._lock, _without_recording():
            old = self._value
            if int(old) >= limit:
                raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
            self._value = add(old, convert(1, self._dtype))
        return old

    scatter_add = scatter.scatter_add
    scatter_sub = scatter.scatter_sub
    scatter_update = scatter.scatter_update
    scatter_max = scatter.scatter_max
    scatter_min = scatter.scatter_min
    scatter_mul = scatter.scatter_mul
    scatter_div = scatter.scatter_div
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
        return self

    def __deepcopy__(self, memo: dict) -> "Variable":
        copy = restored_variable(
            array_of(self._value), self._dtype, self._shape, self._trainable, self._name
        )
        copy._constraint = self._constraint
        copy._synchronization = self._synchronization
        copy._aggregation = self._aggregation
        memo[id(self)] = copy
        return copy

    def __reduce__(self):
        return restored_variable, (
            array_of(self._value), self._dtype, self._shape, self._trainable, self._name,
        )  # fmt: skip

    def __repr__(self) -> str:
        name = self.name
        return (
            f"<tf.Variable '{name}' shape={self._shape} "
            f"dtype={self._dtype.name}, {described(self._value)}>"
        )


class ResourceVariable(Variable):
    """The eager kind of variable, and the class of what `tf.Variable(...)` makes."""


class UnreadVariable(ResourceVariable):
    """What an assignment returns: the variable itself (it shares all state), under another name."""

    def __init__(self, variable: Variable) -> None:
        self.__dict__ = variable.__dict__

    @property
    def name(self) -> str:
        """ "UnreadVariable", as TensorFlow shows the result of an assignment."""
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
            f'"[ DType enum: {v.dtype.as_datatype_enum}, Shape: {_brackets(v._value)} ]")>'
        )


def restored_variable(
    array: np.ndarray, dtype: DType, shape: TensorShape, trainable: bool, name: str
) -> Variable:
    """A pickled or copied variable, back again under its old name."""
    variable = ResourceVariable(EagerTensor(array, dtype), trainable, shape=shape)
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


def _brackets(tensor: EagerTensor) -> str:
    """A shape as kernels print it: [2,3]."""
    return "[" + ",".join(map(str, tensor._array.shape)) + "]"


@contextlib.contextmanager
def _without_recording() -> Iterator[None]:
    """No tape hears of what happens inside: an assignment is no part of a computation."""
    context = thread.context
    recorders, context.recorders = context.recorders, []
    try:
        yield
    finally:
        context.recorders = recorders


# ---- creation ------------------------------------------------------------------------------------


class _Creators(threading.local):
    stack: tuple[Callable, ...] = ()


_creators = _Creators()


@contextlib.contextmanager
def variable_creator_scope(variable_creator: Callable) -> Iterator[None]:
    """A block in which `variable_creator(next_creator, **kwargs)` makes the variables.

    It may change the arguments, return what `next_creator(**kwargs)` makes, or something else.
    """
    before = _creators.stack
    _creators.stack = (*before, variable_creator)
    try:
        yield
    finally:
        _creators.stack = before


def _created(*args: Any, **kwargs: Any) -> Any:
    if not _creators.stack:
        return ResourceVariable(*args, **kwargs)
    given = dict(zip(_PARAMETERS, args, strict=False), **kwargs)
    given = {"initial_value": None, "trainable": None, **given}
    make: Callable = ResourceVariable
    for creator in _creators.stack:
        make = functools.partial(creator, make)
    return make(**given)


_PARAMETERS = tuple(Variable.__init__.__code__.co_varnames[1:14])

give_operators(Variable)


def _refuse(symbol: str, instead: str, expression: str) -> Callable:
    def operator(self: Variable, unused_other: Any) -> None:
        raise RuntimeError(
            f"`variable {symbol} value` with `tf.Variable`s is not supported. Use "
            f"`variable.{instead}` to modify the variable, or `out = variable {expression} value` "
            "if you need to get a new output Tensor."
        )

    return operator


for _method, _symbol, _instead, _expression in (
    ("__iadd__", "+=", "assign_add(value)", "+"),
    ("__isub__", "-=", "assign_sub(value)", "-"),
    ("__imul__", "*=", "assign(variable * value)", "*"),
    ("__itruediv__", "/=", "assign(variable / value)", "/"),
    ("__ipow__", "**=", "assign(variable ** value)", "**"),
):
    setattr(Variable, _method, _refuse(_symbol, _instead, _expression))

Variable.__module__ = "tensorflow.python.ops.variables"
VariableMetaclass.__module__ = "tensorflow.python.ops.variables"
ResourceVariable.__module__ = "tensorflow.python.ops.resource_variable_ops"
UnreadVariable.__module__ = "tensorflow.python.ops.resource_variable_ops"
UnreadVariable.__name__ = UnreadVariable.__qualname__ = "_UnreadVariable"
VariableSynchronization.__module__ = VariableAggregation.__module__ = (
    "tensorflow.python.ops.variables"
)
VariableAggregation.__name__ = VariableAggregation.__qualname__ = "VariableAggregationV2"
