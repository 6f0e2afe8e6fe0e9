"""Linear algebra that jax.numpy does not name: LU and triangular systems, as compiled programs have
them.

Read next: ops/decompositions.py, ops/triangular.py.
"""

from typing import Any

import jax
import jax.numpy as jnp


def lu(x: Any) -> tuple[Any, Any]:
    """The packed LU factors of [..., n, n] and the row permutation [..., n]."""
    packed, _, permutation = jax.lax.linalg.lu(x)
    return packed, permutation


def triangular_solve(matrix: Any, rhs: Any, lower: bool, adjoint: bool) -> Any:
    """The solutions of triangular systems whose leading axes broadcast."""
    batch = jnp.broadcast_shapes(matrix.shape[:-2], rhs.shape[:-2])
    matrix = jnp.broadcast_to(matrix, batch + matrix.shape[-2:])
    rhs = jnp.broadcast_to(rhs, batch + rhs.shape[-2:])
    return jax.lax.linalg.triangular_solve(
        matrix,
        rhs,
        left_side=True,
        lower=lower,
        transpose_a=adjoint,
        conjugate_a=adjoint,
    )


def tridiagonal_solve(diagonals: Any, rhs: Any) -> Any:
    """The solutions of tridiagonal systems, their diagonals [..., 3, n] from the highest to the
    lowest.
    """
    above, main, below = (diagonals[..., i, :] for i in range(3))
    last = jnp.arange(above.shape[-1]) == above.shape[-1] - 1
    above = jnp.where(last, 0, above)
    below = jnp.where(jnp.arange(below.shape[-1]) == 0, 0, below)
    return jax.lax.linalg.tridiagonal_solve(below, main, above, rhs)
