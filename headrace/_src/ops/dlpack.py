"""DLPack: tensors lent to other libraries, and borrowed from them, without a copy.

The one idea: NumPy and JAX speak DLPack themselves, so a tensor only passes on what its array says.

Read next: core/tensor.py, whose `__dlpack__` newer libraries use without asking us.
"""

from typing import Any

import numpy as np

from headrace._src.core.tensor import EagerTensor, eager
from headrace._src.engine.convert import convert

_CPU = (1, 0)


def to_dlpack(tf_tensor: Any) -> Any:
    """A DLPack capsule of a tensor on the CPU, for another library to take over.

    >>> capsule = tf.experimental.dlpack.to_dlpack(tf.constant([1.0, 2.0]))
    >>> tf.experimental.dlpack.from_dlpack(capsule).numpy()
    array([1., 2.], dtype=float32)

    Raises BufferError for dtypes that DLPack does not know, such as strings.
    """
    return convert(tf_tensor).__dlpack__()


class _Lender:
    """What `numpy.from_dlpack` wants to see in the place of a capsule."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **_: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU


def from_dlpack(dlcapsule: Any) -> EagerTensor:
    """A tensor over the memory of a DLPack capsule, or of an object that has a `__dlpack__` method.

    The memory is shared: who lent it must not change it while the tensor lives.

    >>> tf.experimental.dlpack.from_dlpack(np.arange(3, dtype=np.int32)).numpy()
    array([0, 1, 2], dtype=int32)

    Raises an error of the lender's for memory that is not on the CPU.
    """
    lender = dlcapsule if hasattr(dlcapsule, "__dlpack_device__") else _Lender(dlcapsule)
    return eager(np.from_dlpack(lender))
