"""Ops whose result is their input: `identity`, `stop_gradient`, `ensure_shape`, `bitcast`.

The one idea: a tensor never changes, so another tensor may hold the same array.

Read next: ops/array.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.shape_rules import ShapeError, bracketed, same
from headrace._src.core.shapes import TensorShape, unknown
from headrace._src.core.tensor import Tensor
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.engine.op import no_gradient, op


def identity(input: Any, name: str | None = None) -> Tensor:
    """A tensor with the value of `input`, but another object: a variable's value as it is now.

    >>> x = tf.constant([1.0])
    >>> tf.identity(x) is x
    False

    Op: Identity.
    """
    copy = getattr(type(input), "__tf_identity__", None)
    return identity_op(input, name) if copy is None else copy(input, name)


@op("Identity", shape=same, host=lambda input: input, cost="host")
def identity_op(input: Tensor, name: str | None = None) -> Tensor:
    """The same value as another tensor."""
    return input


@identity_op.gradient
def _(dz):
    return dz


def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """The tensors of a list, each as another object: `tf.identity` of each.

    >>> [t.numpy().tolist() for t in tf.identity_n([tf.constant([1]), tf.constant([2.5])])]
    [[1], [2.5]]
    """
    if type(input) is SymbolicTensor:
        raise TypeError(f"Expected list for 'input' argument to 'IdentityN' Op, not {input}.")
    return [identity(x, name) for x in input]


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """`input` itself, of which the caller promises that it is the same in every run; a constant to
    gradients. Nothing here makes use of the promise: XLA folds what is constant on its own.

    >>> tf.guarantee_const(3.0)
    <tf.Tensor: shape=(), dtype=float32, numpy=3.0>
    """
    return stop_gradient(input, name)


@op("StopGradient", shape=same, host=lambda input: input, cost="host")
def stop_gradient(input: Tensor, name: str | None = None) -> Tensor:
    """`input` itself, a constant to gradients.

    >>> x = tf.constant(3.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = x * tf.stop_gradient(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(3.0)

    Op: StopGradient.
    """
    return input


no_gradient(stop_gradient, why="That is what it is for.")


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """`x` itself, after a check that its shape fits `shape`, whose unknown sizes are None.

    >>> tf.ensure_shape([[1, 2]], [None, 2]).shape
    TensorShape([1, 2])

    Raises tf.errors.InvalidArgumentError where it does not. Op: EnsureShape.
    """
    return ensure_shape_op(x, TensorShape(shape), name)


def _ensured(x: TensorShape, shape: TensorShape) -> TensorShape:
    if not x.is_compatible_with(shape):
        raise ShapeError(
            f"Shape of tensor input {bracketed(x)} is not compatible with expected shape "
            f"{bracketed(shape)}."
        )
    return x.merge_with(shape)


@op("EnsureShape", shape=_ensured, cost="host")
def ensure_shape_op(input: Tensor, shape: TensorShape, name: str | None = None) -> Tensor:
    """`input`, whose shape fits `shape`."""
    _ensured(TensorShape(input.shape), shape)
    return input


@ensure_shape_op.gradient
def _(dz):
    return dz


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The bits of `input` read as another dtype.

    Where the new elements are smaller, a last axis is added that counts the pieces of each; where
    they are larger, the last axis of `input` must count them and goes.

    >>> tf.bitcast(tf.constant([1.0, -2.0]), tf.int32).numpy()
    array([ 1065353216, -1073741824], dtype=int32)

    Op: Bitcast.
    """
    wanted = as_dtype(type)
    result = bitcast_op(input, wanted, name)
    if thread.context.graph is not None:
        result.set_shape(_bitcast(result.op.inputs[0], wanted))
    return result


def _bitcast(x: Tensor, wanted: DType) -> TensorShape:
    """What is known of the shape of `x` read as another dtype."""
    before, after = x.dtype.size, wanted.size
    if x.shape.rank is None or before == after:
        return x.shape
    if after < before:
        return x.shape.concatenate([before // after])
    if x.shape.rank and x.shape[-1] not in (None, after // before):
        raise ValueError(
            f"Cannot bitcast from {x.shape[-1]} to {after // before} due to shape. {x.shape[-1]} "
            f"does not match {after // before}"
        )
    return x.shape[:-1]


def _bitcast_shape(x: TensorShape, type: DType) -> TensorShape:
    # Only the kernel knows both dtypes.
    return unknown


@op("Bitcast", shape=_bitcast_shape, cost="host")
def bitcast_op(input: Tensor, type: DType, name: str | None = None) -> Tensor:
    """The bits of `input` as elements of `type`."""
    wanted = type.array_dtype
    before, after = input.dtype.itemsize, wanted.itemsize
    if after < before:
        return input.reshape((*input.shape, 1)).view(wanted)
    if after == before:
        return input.view(wanted)
    if not input.ndim or input.shape[-1] * before != after:
        raise ValueError(
            f"Cannot bitcast from {before} to {after} bytes an element: the last axis of shape "
            f"{list(input.shape)} must be of size {after // before}"
        )
    if isinstance(input, np.ndarray):
        input = np.ascontiguousarray(input)
    return input.view(wanted).reshape(input.shape[:-1])


no_gradient(bitcast_op, why="Bits have no derivative.", is_error=True)
