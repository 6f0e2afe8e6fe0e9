"""Tensor, what every tensor answers; EagerTensor, a tensor with a value.

An eager tensor holds one array and never changes it: a NumPy array, or a `jax.Array` where XLA made
it. Either converts to the other on demand (`array_of` gives the NumPy side), so a value crosses
over only when somebody needs it there. Strings are object arrays of `bytes`.

A tensor is made by every op, so creation is spare: the identity that a tape knows a tensor by
(`_id`) is 0 until a tape takes an interest, and the instance's `__dict__` comes into being with its
first attribute.

The operators (`+`, `[]`, `==`, ...) are put into `Tensor` by ops/operators.py: they are ops, and
ops live a floor above. `__module__` of both classes is TensorFlow's, because Keras and others ask
for it by name.

Read next: engine/op.py, ops/operators.py.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, ClassVar

import numpy as np

from headrace._src.core.dtypes import DType, of_array, resource, variant
from headrace._src.core.shapes import TensorShape

# A number that no tensor or variable has had before. Unlike `id()` it is never used again.
next_id = itertools.count(1).__next__

# Held while variables are read, changed and written back. One for all: what is done under it is
# short, and a program that updates many variables takes one lock, not many.
state_lock = threading.RLock()


class Tensor:
    """A multidimensional array of elements of one dtype: eager (`EagerTensor`) or symbolic.

    >>> x = tf.constant([[1., 2.], [3., 4.]])
    >>> x.shape, x.dtype
    (TensorShape([2, 2]), tf.float32)
    """

    __slots__ = ()
    # NumPy gives way to us: `np_array + tensor` asks the tensor first.
    __array_priority__ = 100
    _id: int
    # Filled, with all other operators, by ops/operators.py.
    __abs__: ClassVar[Callable[["Tensor"], "Tensor"]]
    __getitem__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __neg__: ClassVar[Callable[["Tensor"], "Tensor"]]
    __add__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __radd__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __sub__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __rsub__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __mul__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __rmul__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __truediv__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __rtruediv__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __lt__: ClassVar[Callable[["Tensor", Any], "Tensor"]]
    __gt__: ClassVar[Callable[["Tensor", Any], "Tensor"]]

    @property
    def dtype(self) -> DType:
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        raise NotImplementedError

    @property
    def ndim(self) -> int | None:
        """The number of dimensions."""
        return self.shape.ndims

    def get_shape(self) -> TensorShape:
        """The static shape; the same as `shape`."""
        return self.shape

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def ref(self) -> "Reference":
        """A hashable stand-in for this tensor, for sets and dictionaries.

        >>> x = tf.constant(5)
        >>> {x.ref(): "five"}[x.ref()]
        'five'
        """
        return Reference(self)

    experimental_ref = ref

    def __len__(self) -> int:
        if not self.shape.ndims:
            raise TypeError("Scalar tensor has no `len()`")
        return self.shape[0]

    def __iter__(self) -> Iterator["Tensor"]:
        if self.shape.ndims == 0:
            raise TypeError("Cannot iterate over a scalar tensor.")
        for index in range(self.shape[0]):
            yield self[index]


class EagerTensor(Tensor):
    """A tensor with a value."""

    __slots__ = ("__dict__", "__weakref__", "_array", "_dtype", "_id")

    def __init__(self, array: Any, dtype: DType) -> None:
        self._array = array
        self._dtype = dtype
        self._id = 0

    dtype = property(attrgetter("_dtype"), doc="The dtype of the elements.")

    @property
    def shape(self) -> TensorShape:
        """The shape, fully known."""
        return TensorShape.of(self._array.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @property
    def device(self) -> str:
        """The full name of the device that holds the value."""
        return device_of(self._array)

    backing_device = device

    def numpy(self) -> Any:
        """A copy of the value: an array, or for a scalar a NumPy scalar (`bytes` for strings)."""
        array = array_of(self)
        return array.copy() if array.ndim else array[()]

    def cpu(self) -> "EagerTensor":
        """The tensor with its value on the CPU."""
        return EagerTensor(array_of(self), self._dtype)

    def gpu(self, gpu_index: int = 0) -> "EagerTensor":
        """Refused: `with tf.device(...)` and `tf.identity` put a value on another device."""
        raise RuntimeError(f"GPU:{gpu_index} unknown device.")

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Refused: there is no session in eager mode."""
        raise NotImplementedError(
            "eval is not supported when eager execution is enabled, is .numpy() what you're "
            "looking for?"
        )

    def consumers(self) -> Any:
        """Refused: there is no graph in eager mode."""
        raise NotImplementedError("Tensor.consumers is undefined when eager execution is enabled.")

    def set_shape(self, shape: Any) -> None:
        """Checks that `shape` agrees with the tensor's; raises ValueError where it does not."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(
                f"Tensor's shape {self.shape} is not compatible with supplied shape "
                f"{TensorShape(shape)}."
            )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        # A view without leave to write: the value itself never changes.
        array = array_of(self).view()
        array.flags.writeable = False
        if dtype is not None and dtype != array.dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self._exported().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._exported().__dlpack_device__()

    def _exported(self) -> Any:
        # NumPy lends out only memory that may be written to.
        array = self._array
        return array.copy() if type(array) is np.ndarray and not array.flags.writeable else array

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> "EagerTensor":
        if dtype is None or dtype is self._dtype:
            return self
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{self._dtype.name}: {self!r}"
        )

    def __getattr__(self, name: str) -> Any:
        if name in _OF_GRAPHS:
            raise AttributeError(f"Tensor.{name} is undefined when eager execution is enabled.")
        if name in _OF_NUMPY:
            raise AttributeError(
                f"EagerTensor object has no attribute '{name}'. \n"
                "        If you are looking for numpy-related methods, please run the following:\n"
                "        tf.experimental.numpy.experimental_enable_numpy_behavior()"
            )
        raise AttributeError(
            f"'tensorflow.python.framework.ops.EagerTensor' object has no attribute '{name}'"
        )

    def __bool__(self) -> bool:
        array = array_of(self)
        if array.size > 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
            )
        return bool(array.size) and bool(array.item())

    def __int__(self) -> int:
        return int(self._scalar())

    def __float__(self) -> float:
        return float(self._scalar())

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        array = array_of(self)
        if array.ndim:
            raise TypeError("only integer scalar arrays can be converted to a scalar index")
        return array[()].__index__()

    def _scalar(self) -> Any:
        array = array_of(self)
        if array.ndim:
            raise TypeError("only 0-dimensional arrays can be converted to Python scalars")
        return array[()]

    def __format__(self, spec: str) -> str:
        array = array_of(self)
        return format(array if array.ndim else array[()], spec)

    def __copy__(self) -> "EagerTensor":
        return EagerTensor(self._array, self._dtype)

    def __deepcopy__(self, memo: dict) -> "EagerTensor":
        return EagerTensor(self._array, self._dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        # Not the class itself: under its TensorFlow name (below) pickle would look in the wrong
        # place.
        return restored, (array_of(self), self._dtype)

    def __repr__(self) -> str:
        return f"<tf.Tensor: shape={self.shape}, dtype={self._dtype.name}, {described(self)}>"

    def __str__(self) -> str:
        array = array_of(self)
        text = str(array if array.ndim else array[()])
        if "\n" in text:
            text = "\n" + text
        return f"tf.Tensor({text}, shape={self.shape}, dtype={self._dtype.name})"


def restored(array: np.ndarray, dtype: DType) -> EagerTensor:
    """A pickled tensor, back again."""
    return EagerTensor(array, dtype)


class Readable:
    """Something that holds a tensor, and that ops take in its place: a variable."""

    _id: int

    @property
    def dtype(self) -> DType:
        raise NotImplementedError

    @property
    def shape(self) -> TensorShape:
        raise NotImplementedError

    def _read(self) -> Tensor:
        raise NotImplementedError


class Reference:
    """A tensor or variable as a dictionary key: equal where it is the same object."""

    __slots__ = ("_wrapped",)

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def deref(self) -> Any:
        """The object itself."""
        return self._wrapped

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reference):
            raise TypeError(
                f"Cannot compare wrapped object {self} with unwrapped object {other!r}: "
                "compare it with the other object's `ref()`."
            )
        return self._wrapped is other._wrapped

    def __hash__(self) -> int:
        return id(self._wrapped)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._wrapped!r}>"


def array_of(tensor: EagerTensor) -> np.ndarray:
    """The value of `tensor` as the NumPy array it holds: not a copy, not to be written to."""
    array = tensor._array
    if type(array) is np.ndarray:
        return array
    # Kept: the next reader gets it for nothing, and on the CPU it is a view of the same memory.
    tensor._array = array = np.asarray(array)
    return array


class Elements(list):
    """The value of a tensor of dtype `variant`: a list of arrays."""

    shape = ()
    ndim = 0
    size = 1


def described(tensor: EagerTensor) -> str:
    """The value as the last part of a repr: `numpy=...`, or `value=...` for a handle."""
    if tensor._dtype is variant:
        held = tensor._array
        return "value=<TensorList>" if isinstance(held, list) else f"value={held[()]!r}"
    array = array_of(tensor)
    if array.ndim:
        text = repr(array)
        return f"numpy=\n{text}" if "\n" in text else f"numpy={text}"
    if tensor._dtype is resource:
        return f"value={array[()]!r}"
    # By `item`, scalars print as Python's numbers do: 0.10000000149011612 for float32's 0.1.
    return f"numpy={array.item()!r}"


def device_of(array: Any) -> str:
    """The full TensorFlow name of the device that holds `array`."""
    if type(array) is np.ndarray:
        return "/job:localhost/replica:0/task:0/device:CPU:0"
    device = next(iter(array.devices()))
    kind = {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}[device.platform]
    return f"/job:localhost/replica:0/task:0/device:{kind}:{device.id}"


def eager(array: Any) -> EagerTensor:
    """A tensor that holds `array`, an array that nobody will write to; the dtype is its own."""
    if type(array) is not np.ndarray and isinstance(array, np.generic):
        array = np.asarray(array)
    return EagerTensor(array, of_array(array.dtype))


# What a NumPy user tries first; TensorFlow points these users to its NumPy mode.
_OF_NUMPY = frozenset(
    "T astype ravel transpose reshape clip size tolist data flatten squeeze swapaxes repeat".split()
)

# What only a symbolic tensor has.
_OF_GRAPHS = frozenset({"name", "op", "graph", "value_index"})

Tensor.__module__ = "tensorflow.python.framework.tensor"
EagerTensor.__module__ = "tensorflow.python.framework.ops"
Reference.__module__ = "tensorflow.python.util.object_identity"
