"""Products, diagonals, norms: ops/matmul.py, einsum.py, linalg.py, diagonal.py, norms.py."""

import numpy as np

import headrace as tf
from tests.cases.row import (
    bools,
    case,
    complexes,
    each,
    error,
    floats,
    ints,
    plain,
    positive,
)

Invalid = tf.errors.InvalidArgumentError


def product(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, **_):
    def turned(x, transpose, adjoint):
        x = x.conj() if adjoint else x
        return np.swapaxes(x, -1, -2) if transpose or adjoint else x

    a, b = turned(a, transpose_a, adjoint_a), turned(b, transpose_b, adjoint_b)
    wide = np.float64 if a.dtype.kind in "fV" else a.dtype
    return np.matmul(a.astype(wide), b.astype(wide)).astype(a.dtype)


def norm(x, ord="euclidean", axis=None, keepdims=False):
    ord = {"euclidean": None, "fro": "fro"}.get(ord, ord)
    x = x.ravel() if axis is None else x
    axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    return np.linalg.norm(x, ord, axis, bool(keepdims))


def by_numpy(equation, *inputs):
    return np.einsum(equation, *inputs)


def spelled(equation):
    """An einsum of one equation, so that the runner sees the tensors only."""

    def function(*inputs):
        return tf.einsum(equation, *inputs)

    function.__name__ = f"einsum {equation}"
    return function


def einsums(equation, *inputs, **options):
    return case(spelled(equation), *inputs, ref=lambda *xs: np.einsum(equation, *xs), **options)


FLAGS = {"transpose_a": each(False, True), "transpose_b": each(False, True)}
ADJOINT = {"adjoint_a": each(False, True), "adjoint_b": each(False, True)}

ROWS = [
    case(tf.matmul, floats(3, 3), floats(3, 3), **FLAGS, ref=product),
    case(tf.matmul, floats(2, 3), floats(3, 4), ref=product,
         dtypes=["float32", "float16", "bfloat16", "int32", "int64", "complex64"]),
    case(tf.matmul, complexes(3, 3), complexes(3, 3), **ADJOINT, ref=product),
    case(tf.matmul, complexes(2, 3, 3), complexes(3, 3), **FLAGS, ref=product),
    case(tf.matmul, floats(4, 1, 2, 3), floats(2, 3, 2), ref=product),
    case(tf.matmul, floats(2, 3, 3), floats(3, 3), **ADJOINT, ref=product),
    case(tf.matmul, floats(2, 3), floats(3, 2), a_is_sparse=True, ref=product,
         dtypes=["float32", "bfloat16"]),
    case(tf.matmul, plain(np.full((2, 2), 100, np.int8)), plain(np.full((2, 2), 100, np.int8)),
         output_type=tf.int32, ref=lambda a, b, output_type: np.full((2, 2), 20000, np.int32)),
    case(tf.matmul, floats(0, 3), floats(3, 2), ref=product),
    case(tf.linalg.matvec, floats(2, 3, 4), floats(4),
         ref=lambda a, b: np.einsum("bij,j->bi", a, b)),
    case(tf.tensordot, floats(2, 3, 4), floats(4, 3, 2),
         axes=each(1, [[1, 2], [1, 0]], [[-1], [0]]), ref=np.tensordot),
    case(tf.tensordot, floats(2), floats(3), 0, ref=np.tensordot),
    einsums("ij,jk->ik", floats(2, 3), floats(3, 4)),
    einsums("bthd,bshd->bhts", floats(2, 3, 2, 2), floats(2, 4, 2, 2)),
    einsums("ij,jk", complexes(2, 3), complexes(3, 2)),
    einsums("...ij,...jk->...ik", floats(2, 1, 2, 3), floats(4, 3, 2)),
    einsums("ij...,j->...i", floats(2, 3, 2), floats(3)),
    einsums("...i->i...", floats(2, 1, 3)),
    einsums("ii->i", floats(3, 3)),
    einsums("ii", floats(3, 3)),
    einsums("iij,j->ij", floats(3, 3, 2), floats(2)),
    einsums("ij,k->i", floats(2, 3), floats(4)),
    einsums("ij->", floats(2, 3)),
    einsums("ij,jk,kl->il", floats(2, 3), floats(3, 4), floats(4, 2)),
    einsums("i,j,k->kij", floats(2), floats(3), floats(2)),
    case(tf.linalg.cross, floats(2, 3), floats(2, 3), ref=np.cross,
         dtypes=["float32", "float64", "int32"]),
    case(tf.linalg.matrix_transpose, complexes(2, 3, 4), conjugate=each(False, True),
         ref=lambda a, conjugate: np.swapaxes(a.conj() if conjugate else a, -1, -2)),
    case(tf.linalg.adjoint, complexes(2, 3), ref=lambda a: a.conj().T),
    case(tf.linalg.trace, floats(2, 3, 4), ref=lambda x: np.trace(x, axis1=-2, axis2=-1)),
    case(tf.norm, positive(2, 3), ord=each("euclidean", 1, 2, 3, np.inf), axis=each(None, 1),
         ref=norm, dtypes=["float32", "float64"]),
    case(tf.norm, floats(2, 3, 4), ord=each("fro", 1, np.inf, 2), axis=each([0, 1], [-2, -1]),
         keepdims=each(False, True), ref=norm, dtypes=["float64"], gradient="first"),
    case(tf.norm, complexes(3), ord=1, ref=lambda x, ord: np.abs(x).sum(), dtypes=["complex128"]),
    case(tf.linalg.normalize, floats(2, 3), axis=1,
         ref=lambda x, axis: (x / norm(x, axis=1, keepdims=True), norm(x, axis=1, keepdims=True))),
    case(tf.math.l2_normalize, each(floats(2, 3), complexes(2, 3, dtype="complex64")),
         axis=each(None, 1),
         ref=lambda x, axis: x / np.sqrt((np.abs(x) ** 2).sum(axis, keepdims=True))),
    case(tf.linalg.diag, floats(2), k=each(0, 1, -2), ref=lambda x, k: np.diag(x, k)),
    case(tf.linalg.diag, floats(2, 3), k=plain((0, 1)),
         ref=lambda x, k: np.diag(x[1]) + np.diag(x[0, 1:], 1)),
    case(tf.linalg.diag, floats(2), k=-1, num_rows=3, num_cols=4, padding_value=9,
         ref=lambda x, **_: np.array([[9, 9, 9, 9], [x[0], 9, 9, 9], [9, x[1], 9, 9]], x.dtype)),
    case(tf.linalg.diag, bools(2), ref=np.diag),
    case(tf.linalg.diag_part, floats(2, 3, 4), k=each(0, 1, -2),
         ref=lambda x, k: np.diagonal(x, k, -2, -1)),
    case(tf.linalg.diag_part, floats(2, 3), k=plain((-1, 1)), padding_value=7.0,
         align=each("LEFT_RIGHT", "RIGHT_LEFT"), dtypes=["float32"],
         ref=lambda x, k, padding_value, align: np.array(
             [[x[0, 1], x[1, 2]], [x[0, 0], x[1, 1]],
              [7, x[1, 0]] if align == "LEFT_RIGHT" else [x[1, 0], 7]], x.dtype)),
    case(tf.linalg.set_diag, floats(2, 3), floats(2), k=each(0, 1),
         ref=lambda x, d, k: np.where(np.eye(2, 3, k) > 0, np.pad(d[:, None], ((0, 0), (0, 2)),
                                                                 "edge"), x).astype(x.dtype)),
    case(tf.linalg.band_part, floats(3, 4), each(0, 1), each(-1, 0, 2),
         ref=lambda x, low, high: (np.tril(np.triu(x, -low), high) if high >= 0
                                   else np.triu(x, -low))),
    case(tf.linalg.band_part, bools(3, 3), 0, 0,
         ref=lambda x, low, high: x & np.eye(3, dtype=bool)),
    case(tf.linalg.tensor_diag, floats(2, 3), ref=lambda x: np.diag(x.ravel()).reshape(2, 3, 2, 3)),
    case(tf.linalg.tensor_diag_part, floats(2, 3, 2, 3),
         ref=lambda x: np.diagonal(x.reshape(6, 6)).reshape(2, 3)),
    error(tf.matmul, floats(2, 3), floats(2, 3), raises=Invalid,
          match="Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]"),
    error(tf.matmul, floats(3), floats(3), raises=Invalid,
          match="In[0] and In[1] ndims must be == 2: 1"),
    error(tf.matmul, floats(2, 2), floats(3), raises=Invalid,
          match="In[0] and In[1] has different ndims: [2,2] vs. [3]"),
    error(tf.matmul, floats(3, 2, 2), floats(4, 2, 2), raises=Invalid,
          match="In[0] and In[1] must have compatible batch dimensions: [3,2,2] vs. [4,2,2]"),
    error(tf.matmul, floats(2, 2), ints(2, 2), raises=Invalid,
          match="expected to be a float tensor but is a int32 tensor"),
    error(tf.matmul, floats(2, 2), floats(2, 2), transpose_a=True, adjoint_a=True,
          raises=ValueError, match="Only one of `transpose_a` and `adjoint_a` can be True."),
    error(tf.matmul, bools(2, 2), bools(2, 2), raises=Invalid,
          match="Value for attr 'T' of bool"),
    error(tf.matmul, plain(np.ones((2, 2), np.uint8)), plain(np.ones((2, 2), np.uint8)),
          raises=tf.errors.NotFoundError, match="Could not find device for node"),
    error(tf.matmul, floats(3, 2, 2), floats(2, 2), a_is_sparse=True, raises=Invalid,
          match="a is not a matrix"),
    error(tf.linalg.matvec, floats(2, 2), floats(3), raises=Invalid,
          match="Matrix size-incompatible: In[0]: [2,2], In[1]: [3,1]"),
    error(tf.tensordot, floats(2, 2), floats(2, 2), 5, raises=ValueError,
          match="`axes` must not be larger than the number of dimensions of tensor"),
    error(tf.tensordot, floats(2, 2), floats(2, 2), [[0, 1], [1]], raises=ValueError,
          match="Different number of contraction axes"),
    error(spelled("ij,jk->ik"), floats(2, 2), raises=ValueError, match="expecting 2"),
    error(spelled("ij=>ji"), floats(2, 2), raises=ValueError, match="incorrect format"),
    error(spelled("ij,jk->ik"), floats(2, 3), floats(4, 5), raises=Invalid,
          match="Expected dimension 3 at axis 0 of the input shaped [4,5] but got dimension 4"),
    error(tf.linalg.cross, floats(2), floats(2), raises=tf.errors.FailedPreconditionError,
          match="only defined for 3-element vectors"),
    error(tf.linalg.matrix_transpose, floats(2), raises=ValueError, match="with rank >= 2"),
    error(tf.norm, floats(3), "foo", raises=ValueError,
          match="'ord' must be a supported vector norm, got foo"),
    error(tf.norm, ints(3), raises=Invalid, match="Value for attr 'T' of int32"),
    error(tf.linalg.diag, floats(), raises=Invalid,
          match="diagonal must be at least 1-dim, received shape: []"),
    error(tf.linalg.diag_part, floats(1, 2), k=5, raises=Invalid,
          match="lower_diag_index is out of bound: 5. It must be between -1 and 2"),
    error(tf.linalg.set_diag, floats(2, 3), floats(1), raises=Invalid,
          match="Either first dimensions of diagonal don't match"),
    error(tf.linalg.band_part, floats(3, 3), 5, 0, raises=Invalid,
          match="num_lower must be negative or less or equal to number of rows (3) got: 5"),
    error(tf.linalg.tensor_diag_part, floats(2, 3), raises=Invalid,
          match="Invalid shape [2,3]: dimensions 0 and 1 do not match."),
]  # fmt: skip
