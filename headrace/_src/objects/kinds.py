"""What a value is: a tensor, symbolic or not, or something that consists of tensors.

The one idea: these are questions for `isinstance`, and what answers yes need not be a subclass.

Read next: core/tensor.py, core/spec.py.
"""

from abc import ABCMeta
from typing import Any

from headrace._src.core import tensor as tensors
from headrace._src.core.tensor import Readable
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.objects.graph_array import TensorArray


class Tensor(metaclass=ABCMeta):  # noqa: B024 - others register as one
    """The kind of a tensor; `tf.__internal__.types.Tensor`.

    A class that derives from it says that it may stand for a tensor, and has `__tf_tensor__`.

    >>> isinstance(tf.constant(1), tf.__internal__.types.Tensor)
    True
    """


class CompositeTensor(metaclass=ABCMeta):  # noqa: B024 - others register as one
    """The kind of what consists of tensors, and says how by its property `_type_spec`; and of
    variables.

    >>> x = tf.SparseTensor([[0]], [1.], [2])
    >>> isinstance(x, tf.__internal__.CompositeTensor)
    True
    """

    @classmethod
    def __subclasshook__(cls, other: type) -> Any:
        if cls is not CompositeTensor:
            return NotImplemented
        if issubclass(other, Readable):
            return True
        if issubclass(other, (tensors.Tensor, TensorArray)):
            return False
        return True if hasattr(other, "_type_spec") else NotImplemented


def is_symbolic_tensor(tensor: Any) -> bool:
    """Whether a value is a tensor of a graph: has a dtype and a shape, but no value yet.

    >>> tf.is_symbolic_tensor(tf.constant(1))
    False
    """
    return isinstance(tensor, SymbolicTensor)


Tensor.register(tensors.Tensor)
Tensor.__module__ = "tensorflow.python.types.core"
CompositeTensor.__module__ = "tensorflow.python.framework.composite_tensor"
