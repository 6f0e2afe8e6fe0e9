"""Banded matrices, stored as their diagonals.

Three formats for a tridiagonal matrix of size n: "compact", one tensor [..., 3, n] whose rows are
the super-, the main and the subdiagonal (the last element of the first and the first of the last
are not read); "sequence", the three as a tuple; and "matrix", the whole [..., n, n].

LAPACK solves a tridiagonal system in n steps (`gtsv`); the other functions are compositions.

Read next: ops/triangular.py, ops/diagonal.py.
"""

from functools import cache
from typing import Any

import numpy as np

from headrace._src.core import namespace
from headrace._src.core.context import thread
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor, array_of
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import expand_dims, length, squeeze
from headrace._src.ops.decompositions import eigh
from headrace._src.ops.diagonal import diag, diag_part
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.linalg import matrix_transpose
from headrace._src.ops.reduce import reduce_sum
from headrace._src.ops.sort import searchsorted
from headrace._src.ops.triangular import triangular_solve


def three_diagonals(diagonals: Any, diagonals_format: str) -> tuple[Tensor, Tensor, Tensor]:
    """The super-, the main and the subdiagonal, each [..., n]."""
    if diagonals_format == "compact":
        diagonals = convert(diagonals)
        return diagonals[..., 0, :], diagonals[..., 1, :], diagonals[..., 2, :]
    if diagonals_format == "sequence":
        if not isinstance(diagonals, (tuple, list)) or len(diagonals) != 3:
            raise ValueError("Expected diagonals to be a sequence of length 3.")
        above, main, below = (convert(d) for d in diagonals)
        n = length(main, -1)
        if (missing := _missing(n, above)) is not None:
            above = concat([above, above[..., :missing] * 0], -1)
        if (missing := _missing(n, below)) is not None:
            below = concat([below[..., :missing] * 0, below], -1)
        return above, main, below
    if diagonals_format == "matrix":
        matrix = convert(diagonals)
        m, n = _known(matrix, -2), _known(matrix, -1)
        if None not in (m, n) and m != n:
            raise ValueError(
                f"Expected last two dimensions of diagonals to be same, got {m} and {n}"
            )
        band = diag_part(matrix, k=(-1, 1), align="LEFT_RIGHT")
        return band[..., 0, :], band[..., 1, :], band[..., 2, :]
    raise ValueError(f"Unrecognized diagonals_format: {diagonals_format}")


def _missing(n: Any, diagonal: Tensor) -> Any:
    """The one element that a diagonal lacks, or what the running program says; None for none."""
    lacks = n - length(diagonal, -1)
    return None if type(lacks) is int and lacks != 1 else lacks


def _known(x: Tensor, axis: int) -> Any:
    """The size of `x` along an axis, or None where tracing does not know it."""
    return None if x.shape.rank is None else x.shape[axis]


def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
    perturb_singular: bool = False,
) -> Tensor:
    """The solution x of `A @ x = rhs` for a tridiagonal matrix A, or a stack of such systems.

    diagonals: A in one of the formats "compact", "sequence" and "matrix" (`diagonals_format`). rhs:
    [..., n, k] or [..., n]. transpose_rhs, conjugate_rhs: whether `rhs` is transposed, conjugated
    first. partial_pivoting: rows are exchanged where that is more exact; they always are.
    perturb_singular: not supported.

    >>> bands = tf.constant([[1., 1., 0.], [2., 2., 2.], [0., 1., 1.]])
    >>> tf.linalg.tridiagonal_solve(bands, tf.constant([3., 4., 3.])).numpy().round(4)
    array([1., 1., 1.], dtype=float32)

    Where A has no inverse the solution is NaN. Raises ValueError for another format.
    Op: TridiagonalSolve.
    """
    if perturb_singular:
        raise NotImplementedError("tf.linalg.tridiagonal_solve with perturb_singular=True")
    if diagonals_format == "compact":
        diagonals = convert(diagonals)
        rank = diagonals.shape.rank
        if rank is not None and rank < 2:
            raise ValueError(f"Expected diagonals to have rank at least 2, got {rank}")
        if (count := _known(diagonals, -2)) not in (None, 3):
            raise ValueError(f"Expected 3 diagonals got {count}")
    above, main, below = three_diagonals(diagonals, diagonals_format)
    rhs = convert(rhs, None, main.dtype)
    if None in (rhs.shape.rank, main.shape.rank):
        raise ValueError("tf.linalg.tridiagonal_solve: the ranks of its inputs must be known.")
    is_vector = rhs.shape.rank == main.shape.rank
    if is_vector:
        rhs = expand_dims(rhs, -1)
    elif transpose_rhs:
        rhs = matrix_transpose(rhs, conjugate=conjugate_rhs)
    if len({rhs.shape[-2], main.shape[-1]} - {None}) > 1:
        raise ValueError(
            "Expected number of left-hand sided and right-hand sides to be equal, got "
            f"{main.shape[-1]} and {rhs.shape[-2]}"
        )
    if conjugate_rhs and rhs.dtype.is_complex and (is_vector or not transpose_rhs):
        rhs = complex_numbers.conj(rhs)
    solution = tridiagonal_solve_op(stack([above, main, below], -2), rhs, True, False, name)
    return squeeze(solution, -1) if is_vector else solution


def _solution(diagonals: TensorShape, rhs: TensorShape, *_: Any) -> TensorShape:
    if diagonals.rank is None or rhs.rank is None:
        return rhs
    if diagonals.rank < 2 or diagonals[-2] not in (None, 3):
        raise ShapeError("Expected 3 diagonals.")
    if diagonals.rank != rhs.rank or not diagonals[:-2].is_compatible_with(rhs[:-2]):
        raise ShapeError("All input tensors must have the same outer dimensions.")
    if None not in (diagonals[-1], rhs[-2]) and diagonals[-1] != rhs[-2]:
        raise ShapeError(
            "The length of diagonals must be equal to the rows of the right-hand side."
        )
    return rhs


@op("TridiagonalSolve", shape=_solution, cost="host")
def tridiagonal_solve_op(
    diagonals: Tensor,
    rhs: Tensor,
    partial_pivoting: bool = True,
    perturb_singular: bool = False,
    name: str | None = None,
) -> Tensor:
    """The solutions of tridiagonal systems in compact form."""
    return namespace.linalg_under_xla.tridiagonal_solve(diagonals, rhs)


@tridiagonal_solve_op.kernel("host")
def _(diagonals, rhs, partial_pivoting, perturb_singular):
    _solution(TensorShape(diagonals.shape), TensorShape(rhs.shape))
    out = np.empty_like(rhs)
    n, k = rhs.shape[-2:]
    if not out.size:
        return out
    solve = _lapack(rhs.dtype)
    systems = zip(
        out.reshape(-1, n, k), diagonals.reshape(-1, 3, n), rhs.reshape(-1, n, k), strict=True
    )
    for result, (above, main, below), side in systems:
        *_rest, found, info = solve(below[1:], main, above[:-1], side)
        result[...] = np.nan if info else found  # info: the matrix has no inverse
    return out


@cache
def _lapack(dtype: np.dtype) -> Any:
    """LAPACK's tridiagonal solver for a dtype."""
    from scipy.linalg import get_lapack_funcs  # 50 ms to import, for the few programs that need it

    return get_lapack_funcs("gtsv", dtype=dtype)


@tridiagonal_solve_op.gradient
def _(dz, diagonals, out):
    above, main, below = (diagonals[..., i, :] for i in range(3))
    zero = main[..., :1] * 0
    # The transposed matrix: its superdiagonal is the old subdiagonal, one place to the left.
    turned = [
        concat([below[..., 1:], zero], -1), main, concat([zero, above[..., :-1]], -1),
    ]  # fmt: skip
    if diagonals.dtype.is_complex:
        turned = [complex_numbers.conj(d) for d in turned]
        out = complex_numbers.conj(out)
    drhs = tridiagonal_solve_op(stack(turned, -2), dz)

    def ddiagonals():
        on_main = -reduce_sum(drhs * out, -1)
        on_above = concat([-reduce_sum(drhs[..., :-1, :] * out[..., 1:, :], -1), zero], -1)
        on_below = concat([zero, -reduce_sum(drhs[..., 1:, :] * out[..., :-1, :], -1)], -1)
        return stack([on_above, on_main, on_below], -2)

    return ddiagonals, drhs


def tridiagonal_matmul(
    diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None
) -> Tensor:
    """The product of a tridiagonal matrix and another, or of stacks of them.

    diagonals: the matrix in one of the formats "compact", "sequence" and "matrix"
    (`diagonals_format`). rhs: [..., n, k].

    >>> bands = tf.constant([[1., 1., 0.], [2., 2., 2.], [0., 1., 1.]])
    >>> tf.linalg.tridiagonal_matmul(bands, tf.constant([[1.], [1.], [1.]])).numpy().T
    array([[3., 4., 3.]], dtype=float32)

    Raises ValueError for another format.
    """
    above, main, below = (expand_dims(d, -1) for d in three_diagonals(diagonals, diagonals_format))
    rhs = convert(rhs, None, main.dtype)
    if rhs.shape.rank is not None and rhs.shape.rank < 2:
        if thread.context.graph is not None:
            raise ValueError(f"Shape must be at least rank 2 but is rank {rhs.shape.rank}")
        raise InvalidArgumentError(None, None, "All input tensors must have the same rank.")
    zero = rhs[..., :1, :] * 0
    over = concat([above[..., :-1, :] * rhs[..., 1:, :], zero], -2)
    under = concat([zero, below[..., 1:, :] * rhs[..., :-1, :]], -2)
    return main * rhs + over + under


def banded_triangular_solve(
    bands: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """The solution x of `A @ x = rhs` for a triangular matrix of which only a band is not zero.

    bands: [..., count, n], the diagonals of A: the main one first and subdiagonals to the right for
    `lower`, else the highest first, to the left, and the main one last. rhs: [..., n, k]. adjoint:
    whether to solve with the adjoint of A.

    >>> bands = tf.constant([[2., 2.], [0., 1.]])
    >>> tf.linalg.banded_triangular_solve(bands, [[2.], [3.]]).numpy()
    array([[1.],
           [1.]], dtype=float32)

    Raises tf.errors.InvalidArgumentError where A has no inverse.
    """
    bands = convert(bands)
    count = _known(bands, -2)
    if count is None:
        raise NotImplementedError(
            "tf.linalg.banded_triangular_solve: how many bands there are must be known while a "
            "function is traced."
        )
    main = bands[..., 0 if lower else count - 1, :]
    if type(main) is EagerTensor and not array_of(main).all():
        raise InvalidArgumentError(None, None, "Input matrix is not invertible.")
    band = (1 - count, 0) if lower else (0, count - 1)
    if count == 1:
        matrix = diag(main)
    else:
        matrix = diag(bands, k=band, align="RIGHT_RIGHT" if lower else "LEFT_LEFT")
    return triangular_solve(matrix, rhs, lower, adjoint, name)


def eigh_tridiagonal(
    alpha: Any,
    beta: Any,
    eigvals_only: bool = True,
    select: str = "a",
    select_range: Any = None,
    tol: Any = None,
    name: str | None = None,
) -> Any:
    """The eigenvalues of a self-adjoint tridiagonal matrix, ascending, and its eigenvectors.

    alpha: [n], the main diagonal, real. beta: [n - 1], the superdiagonal. eigvals_only: False for a
    pair (values, vectors), the vectors as columns. select: "a" for all, "i" for those at positions
    `select_range[0]` to `select_range[1]`, "v" for those between these numbers. tol: how exact the
    values must be; they are as exact as the dtype allows.

    >>> tf.linalg.eigh_tridiagonal([2., 1.], [0.]).numpy()
    array([1., 2.], dtype=float32)

    Raises ValueError for another `select`.
    """
    if select not in ("a", "i", "v"):
        raise ValueError(f"'select must have a value in {{'a', 'i', 'v'}}. Received: '{select}'.")
    if select != "a" and (select_range is None or len(select_range) != 2):
        raise ValueError(f"`select_range` must be a pair for select='{select}', got {select_range}")
    alpha = convert(alpha)
    beta = convert(beta, None, alpha.dtype)
    if alpha.dtype is not beta.dtype:
        raise ValueError("'alpha' and 'beta' must have the same type.")
    if alpha.dtype.is_integer:
        raise ValueError(f"eigenvalues want floats or complex numbers, not {alpha.dtype.name}")
    n, most = _known(alpha, -1), _known(beta, -1)
    if None not in (n, most) and n - 1 != most:
        fact = (
            "tf.linalg.eigh_tridiagonal: `beta` must have one element less than `alpha`, got "
            f"shapes {alpha.shape} and {beta.shape}."
        )
        if thread.context.graph is not None:
            raise ValueError(fact)
        raise InvalidArgumentError(None, None, fact)
    # eigh reads the lower triangle, where the adjoint of the superdiagonal stands.
    below = complex_numbers.conj(beta) if beta.dtype.is_complex else beta
    matrix = diag(alpha)
    if most != 0:
        matrix = matrix + diag(below, k=-1)
    values, vectors = eigh(matrix)
    if values.dtype.is_complex:
        values = complex_numbers.real(values)
    if select == "i":
        first, last = int(select_range[0]), int(select_range[1]) + 1
        values, vectors = values[first:last], vectors[:, first:last]
    elif select == "v":
        ends = searchsorted(values, convert(list(select_range), values.dtype), "right")
        first, last = ends[0], ends[1]
        values, vectors = values[first:last], vectors[:, first:last]
    return values if eigvals_only else (values, vectors)
