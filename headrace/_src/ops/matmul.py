"""Products of matrices: `matmul`, `matvec`, and the ops behind them.

Two matrices go to MatMul, stacks of matrices to BatchMatMulV2, which broadcasts what stands before
the last two axes. NumPy hands both to BLAS, which reads a transposed matrix as fast as a plain one,
so transposing is a flag here and never a copy. 16-bit floats are multiplied in float32 and rounded
once.

The gradient of a product is two products, one for each factor; each is a function, called only if
its factor is watched (the data of a first layer is not).

Read next: ops/linalg.py, ops/einsum.py.
"""

from typing import Any

import numpy as np

from headrace._src.core import shape_rules
from headrace._src.core.dtypes import DType, as_dtype, bfloat16, float32
from headrace._src.core.namespace import xp
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import door, op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import expand_dims, squeeze
from headrace._src.ops.cast import cast

# ---- two matrices -------------------------------------------------------------------------------


def _product(a: TensorShape, b: TensorShape, left: bool = False, right: bool = False, *_: Any):
    return shape_rules.matmul(a, b, left, right)


@op("MatMul", shape=_product, cost="light")
def mat_mul(
    a: Tensor,
    b: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    grad_a: bool = False,
    grad_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two matrices."""
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError("MatMul takes matrices.")  # the shape rule has better words
    return _multiplied(a.T if transpose_a else a, b.T if transpose_b else b, a.dtype)


@mat_mul.kernel("host")
def _(a, b, transpose_a, transpose_b, grad_a, grad_b):
    if not (a.ndim == b.ndim == 2):
        raise ValueError("MatMul takes matrices.")
    if transpose_a:
        a = a.T
    if transpose_b:
        b = b.T
    if a.itemsize == 2:
        return a.astype(np.float32).dot(b.astype(np.float32)).astype(a.dtype)
    return a.dot(b)


@mat_mul.gradient
def _(dz, a, b, transpose_a, transpose_b):
    if dz.dtype.is_complex:
        a, b = complex_numbers.conj(a), complex_numbers.conj(b)
    if not transpose_a and not transpose_b:
        return lambda: mat_mul(dz, b, False, True), lambda: mat_mul(a, dz, True, False)
    if not transpose_a:
        return lambda: mat_mul(dz, b), lambda: mat_mul(dz, a, True, False)
    if not transpose_b:
        return lambda: mat_mul(b, dz, False, True), lambda: mat_mul(a, dz)
    return lambda: mat_mul(b, dz, True, True), lambda: mat_mul(dz, a, True, True)


# ---- products of all kinds -----------------------------------------------------------------------


@door(mat_mul)
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    grad_a: bool = False,
    grad_b: bool = False,
    name: str | None = None,
) -> Tensor:
    """The matrix product `a @ b`, or for stacks of matrices one product for each pair.

    a: [..., n, k], b: [..., k, m]; the result is [..., n, m], where the leading axes broadcast.
    transpose_a, transpose_b: whether that factor's last two axes are swapped first; adjoint_a,
    adjoint_b: whether it is conjugated as well. a_is_sparse, b_is_sparse: says that a factor has
    many zeros. output_type: the dtype of the result, where it is to be wider than that of int8,
    float16, ... factors. grad_a, grad_b: says that a factor is a gradient.

    >>> tf.matmul([[1, 2], [3, 4]], [[5], [6]])
    <tf.Tensor: shape=(2, 1), dtype=int32, numpy=
    array([[17],
           [39]], dtype=int32)>

    Raises tf.errors.InvalidArgumentError where the shapes do not fit, ValueError where a factor is
    to be both transposed and adjoint. Ops: MatMul, BatchMatMulV2.
    """
    if (
        type(a) is EagerTensor
        and type(b) is EagerTensor
        and a._array.ndim == 2 == b._array.ndim
        and not (adjoint_a or adjoint_b or a_is_sparse or b_is_sparse or output_type)
    ):
        return mat_mul(a, b, transpose_a, transpose_b, grad_a, grad_b, name)
    a = convert(a)
    b = convert(b, None, a.dtype)
    if adjoint_a or adjoint_b or a_is_sparse or b_is_sparse or output_type is not None:
        return _matmul_with(
            a, b, transpose_a, transpose_b, adjoint_a, adjoint_b,
            a_is_sparse, b_is_sparse, output_type, name,
        )  # fmt: skip
    if _is_stack(a) or _is_stack(b):
        a, b = _for_batches(a, transpose_a), _for_batches(b, transpose_b)
        return batch_mat_mul_v2(a, b, transpose_a, transpose_b, grad_a, grad_b, name)
    return mat_mul(a, b, transpose_a, transpose_b, grad_a, grad_b, name)


def _is_stack(x: Tensor) -> bool:
    if type(x) is EagerTensor:
        return x._array.ndim > 2
    rank = x.shape.rank
    return rank is None or rank > 2


def _matmul_with(
    a: Tensor,
    b: Tensor,
    transpose_a: bool,
    transpose_b: bool,
    adjoint_a: bool,
    adjoint_b: bool,
    a_is_sparse: bool,
    b_is_sparse: bool,
    output_type: Any,
    name: str | None,
) -> Tensor:
    """The product where a caller has asked for more than transposing."""
    for side, transpose, adjoint in (("a", transpose_a, adjoint_a), ("b", transpose_b, adjoint_b)):
        if transpose and adjoint:
            raise ValueError(
                f"Only one of `transpose_{side}` and `adjoint_{side}` can be True. "
                f"Received `transpose_{side}`={transpose}, `adjoint_{side}`={adjoint}."
            )
    wanted = None if output_type is None else as_dtype(output_type)
    if wanted is not None and wanted is not a.dtype:
        a, b = _for_batches(a, transpose_a), _for_batches(b, transpose_b)
        left, right = bool(transpose_a or adjoint_a), bool(transpose_b or adjoint_b)
        return batch_mat_mul_v3(a, b, wanted, left, right, name=name)
    sparse = a_is_sparse or b_is_sparse
    if not sparse and (_is_stack(a) or _is_stack(b)):
        a, b = _for_batches(a, transpose_a), _for_batches(b, transpose_b)
        left, right = bool(transpose_a or adjoint_a), bool(transpose_b or adjoint_b)
        return batch_mat_mul_v2(a, b, left, right, name=name)
    a = complex_numbers.conj(a) if adjoint_a and a.dtype.is_complex else a
    b = complex_numbers.conj(b) if adjoint_b and b.dtype.is_complex else b
    left, right = bool(transpose_a or adjoint_a), bool(transpose_b or adjoint_b)
    if sparse and a.dtype in (float32, bfloat16) and b.dtype in (float32, bfloat16):
        product = sparse_mat_mul(a, b, left, right, bool(a_is_sparse), bool(b_is_sparse), name)
        return cast(product, bfloat16) if a.dtype is b.dtype is bfloat16 else product
    return mat_mul(a, b, left, right, name=name)


def _for_batches(x: Tensor, transpose: bool) -> Tensor:
    """The factor as the batched ops want it: their flag means adjoint, so undo the conjugation."""
    return complex_numbers.conj(x) if transpose and x.dtype.is_complex else x


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of a matrix and a vector, or for stacks of them one product for each pair.

    a: [..., n, k], b: [..., k]; the result is [..., n]. The flags are those of `tf.matmul`.

    >>> tf.linalg.matvec([[1., 2.], [3., 4.]], [1., 1.])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([3., 7.], dtype=float32)>

    Ops: MatMul, BatchMatMulV2.
    """
    if type(b) is not EagerTensor:
        b = convert(b)
    column = expand_dims(b, -1)
    product = matmul(
        a, column, transpose_a, False, adjoint_a, False, a_is_sparse, b_is_sparse, name=name
    )
    return squeeze(product, -1)


def _multiplied(a: Any, b: Any, dtype: Any) -> Any:
    """`a @ b` in `dtype`, added in float32 where that has 16 bits."""
    if dtype.itemsize == 2 and dtype.kind in "fV":
        a, b = a.astype(np.float32), b.astype(np.float32)
    return xp(a).matmul(a, b).astype(dtype)


# ---- stacks of matrices --------------------------------------------------------------------------


def _products(x: TensorShape, y: TensorShape, adj_x: bool = False, adj_y: bool = False, *_: Any):
    return shape_rules.matmul(x, y, adj_x, adj_y, batched=True)


def _adjoint(x: Any, yes: bool) -> Any:
    """The last two axes of an array swapped, and complex elements conjugated."""
    if not yes:
        return x
    return xp(x).swapaxes(x.conj() if x.dtype.kind == "c" else x, -1, -2)


@op("BatchMatMulV2", shape=_products)
def batch_mat_mul_v2(
    x: Tensor,
    y: Tensor,
    adj_x: bool = False,
    adj_y: bool = False,
    grad_x: bool = False,
    grad_y: bool = False,
    name: str | None = None,
) -> Tensor:
    """The products of two stacks of matrices, whose leading axes broadcast."""
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError("BatchMatMulV2 takes matrices.")  # the shape rule has better words
    return _multiplied(_adjoint(x, adj_x), _adjoint(y, adj_y), x.dtype)


# Where one factor's stack was repeated for the other's, its gradient is summed over the
# repetitions.
batch_mat_mul_v2.op.broadcasts = True


@batch_mat_mul_v2.gradient
def _(dz, x, y, adj_x, adj_y):
    product = batch_mat_mul_v2
    if not adj_x and not adj_y:
        return lambda: product(dz, y, False, True), lambda: product(x, dz, True, False)
    if not adj_x:
        return lambda: product(dz, y), lambda: product(dz, x, True, False)
    if not adj_y:
        return lambda: product(y, dz, False, True), lambda: product(x, dz)
    return lambda: product(y, dz, True, True), lambda: product(dz, x, True, True)


def _products_to(x: TensorShape, y: TensorShape, Tout: Any, adj_x: bool, adj_y: bool, *_: Any):
    return shape_rules.matmul(x, y, adj_x, adj_y, batched=True)


@op("BatchMatMulV3", shape=_products_to)
def batch_mat_mul_v3(
    x: Tensor,
    y: Tensor,
    Tout: DType,
    adj_x: bool = False,
    adj_y: bool = False,
    grad_x: bool = False,
    grad_y: bool = False,
    name: str | None = None,
) -> Tensor:
    """The products of two stacks of matrices in another dtype."""
    wide = Tout.array_dtype
    x, y = _adjoint(x, adj_x).astype(wide), _adjoint(y, adj_y).astype(wide)
    return _multiplied(x, y, wide)


batch_mat_mul_v3.op.broadcasts = True


@batch_mat_mul_v3.gradient
def _(dz, x, y, adj_x, adj_y):
    product = batch_mat_mul_v3
    if not adj_x and not adj_y:
        return (
            lambda: product(dz, y, x.dtype, False, True),
            lambda: product(x, dz, y.dtype, True, False),
        )
    if not adj_x:
        return lambda: product(dz, y, x.dtype), lambda: product(dz, x, y.dtype, True, False)
    if not adj_y:
        return lambda: product(y, dz, x.dtype, False, True), lambda: product(x, dz, y.dtype)
    return (
        lambda: product(y, dz, x.dtype, True, True),
        lambda: product(dz, x, y.dtype, True, True),
    )


# ---- factors with many zeros ---------------------------------------------------------------------


def _sparse_product(
    a: TensorShape, b: TensorShape, left: bool = False, right: bool = False, *_: Any
):
    for x, which in ((a, "a"), (b, "b")):
        if x.rank not in (None, 2):
            raise shape_rules.ShapeError(
                f"{which} is not a matrix", f"Shape must be rank 2 but is rank {x.rank}"
            )
    return shape_rules.matmul(a, b, left, right)


@op("SparseMatMul", shape=_sparse_product)
def sparse_mat_mul(
    a: Tensor,
    b: Tensor,
    transpose_a: bool = False,
    transpose_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The product of two float32 or bfloat16 matrices with many zeros, as float32.

    BLAS multiplies the zeros too, and is faster than skipping them unless nearly all are zero.
    """
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError("SparseMatMul takes matrices.")
    a, b = a.astype(np.float32), b.astype(np.float32)
    return xp(a).matmul(a.T if transpose_a else a, b.T if transpose_b else b)


@sparse_mat_mul.gradient
def _(dz, a, b, transpose_a, transpose_b):
    def product(x, y, left, right, like):
        found = mat_mul(cast(x, float32), cast(y, float32), left, right)
        return found if like.dtype is float32 else cast(found, like.dtype)

    if not transpose_a:
        da = lambda: product(dz, b, False, not transpose_b, a)
    else:
        da = lambda: product(b, dz, transpose_b, True, a)
    if not transpose_b:
        return da, lambda: product(a, dz, not transpose_a, False, b)
    return da, lambda: product(dz, a, True, transpose_a, b)
