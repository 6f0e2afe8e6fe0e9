"""Solving with nothing but products: the method of conjugate gradients.

Read next: operator.py.
"""

from typing import Any, NamedTuple

from headrace._src.core.names import name_scope
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.control_flow import while_loop
from headrace._src.ops.array import expand_dims
from headrace._src.ops.compare import logical_and
from headrace._src.ops.complex import conj
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.norms import norm
from headrace._src.ops.reduce import reduce_any, reduce_sum


class CGState(NamedTuple):
    """Where the iteration stands: i steps taken, x the solution, r the residual, p the direction,
    gamma the residual's square in the preconditioner's measure.
    """

    i: Tensor
    x: Tensor
    r: Tensor
    p: Tensor
    gamma: Tensor


def conjugate_gradient(
    operator: Any,
    rhs: Any,
    preconditioner: Any = None,
    x: Any = None,
    tol: float = 1e-5,
    max_iter: int = 20,
    name: str = "conjugate_gradient",
) -> CGState:
    """The solution of `A x = rhs` for a self-adjoint positive definite operator, step by step.

    operator: a `tf.linalg.LinearOperator` [..., N, N]. rhs: tensor [..., N]. preconditioner: an
    operator near the inverse of `A`, as well-behaved. x: where to start; by default zero. tol: the
    residual relative to `rhs` at which to stop. max_iter: after how many steps to stop anyway.
    The result has the fields i, x, r, p and gamma.

    >>> a = tf.linalg.LinearOperatorDiag([1., 2.], is_positive_definite=True)
    >>> tf.linalg.experimental.conjugate_gradient(a, tf.constant([1., 1.])).x.numpy().round(4)
    array([1. , 0.5], dtype=float32)

    Raises ValueError for an operator not known to be self-adjoint and positive definite. Source:
    Hestenes and Stiefel, Methods of conjugate gradients for solving linear systems, 1952.
    """
    for each in (operator, preconditioner):
        if each is not None and not (each.is_self_adjoint and each.is_positive_definite):
            which = "operator" if each is operator else "preconditioner"
            raise ValueError(f"Expected a self-adjoint, positive definite {which}.")
    with name_scope(name):
        rhs = _tensor(rhs)
        start = zeros_like(rhs) if x is None else _tensor(x)
        limit = tol * norm(rhs, axis=-1)
        residual = rhs if x is None else rhs - operator.matvec(start)
        direction = residual if preconditioner is None else preconditioner.matvec(residual)
        state = CGState(convert(0), start, residual, direction, _dot(residual, direction))

        def unfinished(state: CGState) -> Tensor:
            return logical_and(state.i < max_iter, reduce_any(norm(state.r, axis=-1) > limit))

        def step(state: CGState) -> list[CGState]:
            image = operator.matvec(state.p)
            alpha = expand_dims(state.gamma / _dot(state.p, image), -1)
            moved = state.x + alpha * state.p
            rest = state.r - alpha * image
            preconditioned = rest if preconditioner is None else preconditioner.matvec(rest)
            gamma = _dot(rest, preconditioned)
            beta = expand_dims(gamma / state.gamma, -1)
            following = preconditioned + beta * state.p
            return [CGState(state.i + 1, moved, rest, following, gamma)]

        return while_loop(unfinished, step, [state])[0]


def _dot(x: Tensor, y: Tensor) -> Tensor:
    return reduce_sum(conj(x) * y, -1)


def _tensor(x: Any) -> Tensor:
    """A tensor; TensorFlow takes nothing else here."""
    if not isinstance(x, Tensor):
        raise AttributeError(
            f"{type(x).__name__!r} object has no attribute 'dtype': pass a tensor."
        )
    return x
