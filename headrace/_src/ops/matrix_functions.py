"""Functions of square matrices: exponential, logarithm, square root.

The exponential is a rational approximation of a matrix made small by halving, squared back (Higham,
"The scaling and squaring method for the matrix exponential revisited", 2005). The others go through
SciPy's Schur forms on the host.

The derivative of a function f of a matrix in a direction E stands in the corner of f([[A, E], [0,
A]]); so the gradient of the exponential is the exponential of a matrix twice as large (Mathias,
1996).

Read next: ops/decompositions.py.
"""

import warnings
from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import dims, length, reshape_op
from headrace._src.ops.constant import zeros_like_op
from headrace._src.ops.diagonal import eye
from headrace._src.ops.inverse import matrix_solve, square_matrix
from headrace._src.ops.joining import concat
from headrace._src.ops.linalg import adjoint

# The coefficients of the Pade approximation of degree 13, and the norm up to which it is exact.
_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
    129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0,
    40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip
_RADIUS = 5.37
_MOST_HALVINGS = 20


def expm(input: Any, name: str | None = None) -> Tensor:
    """The exponential of a square matrix, or of each matrix of a stack.

    input: [..., n, n], float or complex.

    >>> tf.linalg.expm([[0., 0.], [0., 1.]]).numpy().round(4)
    array([[1.    , 0.    ],
           [0.    , 2.7183]], dtype=float32)

    Raises ValueError for integers. Op: MatrixExponential.
    """
    input = convert(input)
    if not (input.dtype.is_floating or input.dtype.is_complex):
        raise ValueError(f"tf.linalg.expm does not support matrices of type {input.dtype!s}")
    return matrix_exponential(input, name)


@op("MatrixExponential", shape=square_matrix, cost="host")
def matrix_exponential(input: Tensor, name: str | None = None) -> Tensor:
    """The exponentials."""
    square_matrix(TensorShape(input.shape))
    np_, dtype = xp(input), input.dtype
    if not input.size:
        return input
    norm = np_.abs(input).sum(-2).max(-1)
    halvings = np_.clip(np_.ceil(np_.log2(np_.maximum(norm / _RADIUS, 1e-30))), 0, _MOST_HALVINGS)
    a = input * np_.exp2(-halvings).astype(norm.dtype)[..., None, None]
    eye = np_.eye(a.shape[-1], dtype=dtype)
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    # In double precision the coefficients are exact; scaled by the first they fit into float32.
    b = [dtype.type(c / _PADE[0]) for c in _PADE]
    odd = (
        a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * eye
    )
    even = (
        a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * eye
    )
    odd = a @ odd
    out = np_.linalg.solve(even - odd, even + odd)
    steps = (
        int(halvings.max()) if isinstance(halvings, (np.ndarray, np.generic)) else _MOST_HALVINGS
    )
    for i in range(steps):
        out = np_.where((i < halvings)[..., None, None], out @ out, out)
    return out.astype(dtype)


@matrix_exponential.gradient
def _(dz, input):
    return _in_the_corner(matrix_exponential, dz, input)


def _in_the_corner(function: Any, dz: Tensor, input: Tensor) -> Tensor:
    """The gradient of a function of a matrix, by the module's one idea."""
    a = adjoint(input)
    n = length(a, -1)
    wide = concat([concat([a, dz], -1), concat([zeros_like_op(a), a], -1)], -2)
    return function(wide)[..., :n, n:]


@op("MatrixLogarithm", shape=square_matrix, cost="host")
def logm(input: Tensor, name: str | None = None) -> Tensor:
    """The logarithm of a square matrix: the principal one, whose exponential is the matrix.

    input: [..., n, n], complex, without eigenvalues that are real and not positive.

    >>> tf.linalg.logm(tf.constant([[1, 0], [0, 1]], tf.complex64)).numpy()
    array([[0.+0.j, 0.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)

    Op: MatrixLogarithm.
    """
    _check_host(input, "MatrixLogarithm")
    from scipy.linalg import logm  # 50 ms to import, for the few programs that need it

    square_matrix(TensorShape(input.shape))
    return _each(logm, input)


def _check_host(input: Any, name: str) -> None:
    """Refuses the tracers of a program. Forms for XLA there are: by eigenvectors, or by iterations
    that invert. But the matrix twice as large of a gradient has too few of the former, and singular
    matrices that have a root have no inverse.
    """
    if not isinstance(input, np.ndarray):
        raise NotImplementedError(f"{name} runs on the host alone, by a Schur form.")


def _each(function: Any, stack: np.ndarray) -> np.ndarray:
    """`function` of each matrix of a stack."""
    out = np.empty_like(stack)
    n = stack.shape[-1]
    for result, matrix in zip(out.reshape(-1, n, n), stack.reshape(-1, n, n), strict=True):
        result[...] = function(matrix)
    return out


@logm.gradient
def _(dz, input):
    return _in_the_corner(logm, dz, input)


@op("MatrixSquareRoot", shape=square_matrix, cost="host")
def sqrtm(input: Tensor, name: str | None = None) -> Tensor:
    """The square root of a square matrix: the one whose eigenvalues have positive real parts.

    input: [..., n, n], float or complex. A real matrix whose root is not real gives NaN.

    >>> tf.linalg.sqrtm([[4., 0.], [0., 9.]]).numpy()
    array([[2., 0.],
           [0., 3.]], dtype=float32)

    Op: MatrixSquareRoot.
    """
    _check_host(input, "MatrixSquareRoot")
    from scipy.linalg import LinAlgWarning, sqrtm  # 50 ms to import, for the few who need it

    square_matrix(TensorShape(input.shape))

    def root(matrix):
        with warnings.catch_warnings():  # of singular matrices, some of which have a root
            warnings.simplefilter("ignore", LinAlgWarning)
            found = sqrtm(matrix)
        is_lost = np.iscomplexobj(found) and input.dtype.kind == "f"
        return np.full_like(matrix, np.nan) if is_lost else found

    return _each(root, input)


@sqrtm.gradient
def _(dz, out):
    # x with adjoint(out) @ x + x @ adjoint(out) = dz, as one system for the n * n elements of x.
    n = length(out, -1)
    one = eye(n, dtype=dz.dtype)
    left = adjoint(out)
    right = complex_numbers.conj(out) if out.dtype.is_complex else out
    rows = reshape_op(left, (-1, n, 1, n, 1)) * reshape_op(one, (1, n, 1, n))
    columns = reshape_op(right, (-1, 1, n, 1, n)) * reshape_op(one, (n, 1, n, 1))
    system = reshape_op(rows + columns, (-1, n * n, n * n))
    found = matrix_solve(system, reshape_op(dz, (-1, n * n, 1)))
    return reshape_op(found, dims(out))
