"""Casts between dtypes, with the results of TensorFlow's CPU kernels where C leaves them open.

C does not say what becomes of a float that the integer type cannot hold. TensorFlow's kernels do
what x86 does: they round towards zero into an integer of 32 or 64 bits, in which NaN, infinities
and all that is out of range become the lowest integer, and keep the low bits of that. Written out
here (`_cut`), the rule holds on every machine; where the machine's own cast follows it, that is
used.

Read next: ops/complex.py, ops/clip.py.
"""

import logging
from typing import Any

import numpy as np

from headrace._src.core import dtypes, errors
from headrace._src.core.dtypes import DType, as_dtype, of_array
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.namespace import xp
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert, in_graph
from headrace._src.engine.op import op

logger = logging.getLogger("tensorflow")


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """`x` with its elements cast to `dtype`.

    x: a tensor of numbers or bools, `tf.IndexedSlices` or `tf.SparseTensor`.

    Floats are cut off towards zero, integers keep their low bits, complex numbers lose their
    imaginary part (with a warning), and all but zero is True.

    >>> tf.cast([1.8, -2.2], tf.int32)
    <tf.Tensor: shape=(2,), dtype=int32, numpy=array([ 1, -2], dtype=int32)>

    Raises UnimplementedError from or to strings. Op: Cast.
    """
    if type(dtype) is not DType or dtype._is_ref_dtype:
        dtype = as_dtype(dtype).base_dtype
    if type(x) is not EagerTensor:
        if getattr(x, "dtype", None) is dtype:
            return x
        if isinstance(x, IndexedSlices):
            return IndexedSlices(cast(x.values, dtype, name), x.indices, x.dense_shape)
        if isinstance(x, SparseTensor):
            return x.with_values(cast(x.values, dtype, name))
        x = convert(x)
        if x.dtype is dtype:
            return in_graph(x, "Cast/x")
    own = x.dtype
    if own is dtype:
        return x
    if own.is_complex and dtype.is_floating:
        logger.warning(
            "You are casting an input of type %s to an incompatible dtype %s.  This will discard "
            "the imaginary part and may not be what you intended.",
            own.name,
            dtype.name,
        )
    return cast_op(x, dtype, False, name)


# On the host whatever the size: a cast is as fast as memory.
@op("Cast", shape=lambda x, DstT, Truncate: x, cost="host")
def cast_op(
    x: Tensor, DstT: DType = dtypes.float32, Truncate: bool = False, name: str | None = None
) -> Tensor:
    """`x` as `DstT`. `Truncate` cuts digits off where floats get narrower, instead of rounding."""
    to = DstT.array_dtype
    if Truncate:
        raise NotImplementedError("Cast: Truncate=True is not supported.")
    if x.dtype.kind == "c" and to.kind != "c":
        x = x.real
    if to.kind == "b":
        return x != 0
    return _cut(x, to) if DstT.is_integer and _is_float(x.dtype) else x.astype(to)


@cast_op.kernel("host")
def _(x, DstT, Truncate):
    to = DstT.array_dtype
    if x.dtype.kind == "O" or to.kind == "O" or (_is_float(x.dtype) and DstT in _FOUR_BITS):
        raise errors.UnimplementedError(
            None,
            None,
            f"Cast {of_array(x.dtype).kernel_name} to {DstT.kernel_name} is not supported",
        )
    if to in _AS_ON_X86 and x.dtype.kind == "f" and not Truncate:
        return x.astype(to)
    if to in _BY_INT32 and x.dtype.kind == "f" and not Truncate:
        return x.astype(np.int32).astype(to)
    return cast_op.op.body(x, DstT, Truncate)


@cast_op.gradient
def _(dz, x):
    return cast(dz, x.dtype) if x.dtype.is_differentiable and dz.dtype.is_differentiable else None


_FOUR_BITS = (dtypes.int4, dtypes.uint4, dtypes.int2, dtypes.uint2)


def _is_float(dtype: np.dtype) -> bool:
    """Whether an array's dtype is a float; ml_dtypes' are of kind V, or f by their own account."""
    return of_array(dtype).is_floating


def _cut(x: Any, to: np.dtype) -> Any:
    """Floats as integers of dtype `to`, by the rule in the module's docstring."""
    if x.dtype.itemsize <= 2:
        x = x.astype(np.float32)
    if to == np.uint64:
        # 64 bits unsigned hold more than the integer on the way: the upper half goes there shifted.
        upper = (x >= 2.0**63) & (x < 2.0**64)
        low = _cut(xp(x).where(upper, x - 2.0**63, x), np.dtype(np.int64)).astype(to)
        return xp(x).where(upper, low + np.uint64(2**63), low)
    wide = np.int64 if to in (np.int64, np.uint32) else np.int32
    lowest = float(np.iinfo(wide).min)
    fits = (x >= lowest) & (x < -lowest)
    return xp(x).where(fits, x, lowest).astype(wide).astype(to)


def _follows(to: type) -> bool:
    """Whether this machine's own cast to `to` follows the rule."""
    odd = np.array([np.nan, np.inf, -1e20, 1.5], np.float32)
    with np.errstate(all="ignore"):
        return bool((odd.astype(to) == _cut(odd, np.dtype(to))).all())


_AS_ON_X86 = {np.dtype(to) for to in (np.int32, np.int64) if _follows(to)}
# The low bits of an int32, which is what `_cut` takes too.
_BY_INT32 = {
    np.dtype(to)
    for to in (np.int8, np.uint8, np.int16, np.uint16)
    if np.dtype(np.int32) in _AS_ON_X86
}
