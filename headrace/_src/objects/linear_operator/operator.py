"""A linear operator: a matrix, or a batch of them, that is known by what it does.

The one idea: everything follows from two things that a subclass defines, `_shape` and `_matmul`.
Dense matrix, solution of equations, determinant, trace, ... all have a definition here in terms of
the dense matrix; a subclass overrides what its structure makes cheaper. Public methods check
their arguments and open the name scope, methods with an underscore do the work.

What is known of the matrix (`is_non_singular`, ...) is a hint: True, False, or None for "nobody
said". Hints choose algorithms, and are never checked unless an `assert_` method is called.

What two operators make of each other (products, inverses, ...) is a table: algebra.py fills it.

Read next: hints.py, full_matrix.py (the simplest of them), algebra.py.
"""

import abc
import re
from typing import Any, ClassVar

import numpy as np

from headrace._src.core.dtypes import DType, as_dtype
from headrace._src.core.names import name_scope
from headrace._src.core.shapes import Dimension, TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.linear_operator.batches import (
    Sizes,
    as_tensor,
    broadcast_batches,
)
from headrace._src.objects.linear_operator.hints import NAMES, check_sizes
from headrace._src.objects.linear_operator.rules import Rules
from headrace._src.objects.module import Module
from headrace._src.ops.array import expand_dims, squeeze
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import real
from headrace._src.ops.debugging import assert_equal, assert_less, assert_positive
from headrace._src.ops.decompositions import cholesky, eigvalsh, svd
from headrace._src.ops.diagonal import diag_part, eye
from headrace._src.ops.inverse import det, slogdet, solve
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.math import abs
from headrace._src.ops.powers import exp
from headrace._src.ops.reduce import reduce_max, reduce_min, reduce_sum
from headrace._src.ops.solvers import cholesky_solve, logdet


class LinearOperator(Module, metaclass=abc.ABCMeta):
    """A batch of matrices `[B1, ..., Bb, M, N]` that acts on tensors `[..., N, R]`.

    Abstract: a subclass defines `_shape()`, a `tf.TensorShape`, and `_matmul(x, adjoint,
    adjoint_arg)`; where parts of the shape may be unknown also `_shape_tensor()`. It may override
    any other method with an underscore where it knows a cheaper way.

    dtype: of the matrices and of what they act on. graph_parents: tensors; kept, no more.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints, True, False or None.
    name: by default the name of the class. parameters: the arguments of the subclass's
    constructor, as they were given.

    >>> class Doubling(tf.linalg.LinearOperator):
    ...     def __init__(self, size):
    ...         self.size = size
    ...         super().__init__(tf.float32, is_square=True, parameters=dict(size=size))
    ...     def _shape(self):
    ...         return tf.TensorShape([self.size, self.size])
    ...     def _matmul(self, x, adjoint=False, adjoint_arg=False):
    ...         return 2 * (tf.linalg.adjoint(x) if adjoint_arg else x)
    >>> Doubling(2).matvec([1., 3.]).numpy()
    array([2., 6.], dtype=float32)
    >>> Doubling(2).determinant().numpy()
    np.float32(4.0)

    Raises ValueError for hints that contradict each other.
    """

    _TF_MODULE_IGNORED_PROPERTIES = frozenset({"_parameters", "_graph_parents"})

    def __init__(
        self,
        dtype: Any,
        graph_parents: Any = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        if is_positive_definite and is_non_singular is False:
            raise ValueError("A positive definite matrix is always non-singular.")
        is_non_singular = is_non_singular or is_positive_definite or is_non_singular
        if is_square is False:
            if is_non_singular:
                raise ValueError("A non-singular matrix is always square.")
            if is_self_adjoint:
                raise ValueError("A self-adjoint matrix is always square.")
        self._graph_parents = list(graph_parents or ())
        for i, parent in enumerate(self._graph_parents):
            if not isinstance(parent, Tensor):
                raise ValueError(f"Graph parent item {i} is not a Tensor; {parent}.")
        self._dtype: Any = None if dtype is None else as_dtype(dtype)
        self._is_non_singular = is_non_singular
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._is_square_hint = is_square or is_non_singular or is_self_adjoint or is_square
        self._parameters = dict(parameters or {})
        super().__init__(name="LinearOperator")
        self._name = name or type(self).__name__

    def _initialize(self, dtype: Any, given: dict[str, Any], **known: Any) -> None:
        """The constructor for subclasses: `given` their arguments, `known` hints that follow."""
        hints = {name: known.get(name, given[name]) for name in NAMES}
        name = known.get("name", given["name"])
        LinearOperator.__init__(self, dtype, **hints, name=name, parameters=given)

    def _argument(self, name: str) -> Any:
        """What the constructor's argument of this name is now."""
        return getattr(self, name)

    def _scope(self, name: str) -> name_scope:
        return name_scope(re.sub(r"[^A-Za-z0-9_./\\-]", "_", f"{self._name}/{name}"))

    # ---- what a subclass defines -----------------------------------------------------------------

    @abc.abstractmethod
    def _shape(self) -> TensorShape:
        """What is known of the shape [B1, ..., Bb, M, N]."""

    @abc.abstractmethod
    def _matmul(self, x: Any, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        """The product with `x`, [..., N, R]."""

    def _shape_tensor(self) -> Tensor:
        raise NotImplementedError(
            f"{type(self).__name__}._shape_tensor is not implemented, and its shape is only known "
            f"as {self.shape}."
        )

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The dtype of the matrix."""
        return self._dtype

    @property
    def parameters(self) -> dict[str, Any]:
        """The arguments that the operator was made with."""
        return dict(self._parameters)

    @property
    def graph_parents(self) -> list[Tensor]:
        """The tensors given as `graph_parents`."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> bool | None:
        """Whether the matrix has an inverse; None if nobody said."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether the matrix is its own conjugate transpose; None if nobody said."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether `x^H A x` has a positive real part for every `x`; None if nobody said."""
        return self._is_positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether there are as many rows as columns; None if neither shape nor hint says so.

        Raises ValueError where the hint contradicts the shape.
        """
        rows, columns = self.range_dimension.value, self.domain_dimension.value
        hint = self._is_square_hint
        if rows is None or columns is None:
            return hint
        if hint is not None and bool(hint) != (rows == columns):
            raise ValueError(
                f"User set is_square hint to {hint}, but the operator was "
                f"{'square' if rows == columns else 'not square'}."
            )
        return rows == columns

    # ---- its shape -------------------------------------------------------------------------------

    @property
    def shape(self) -> TensorShape:
        """What is known of the shape [B1, ..., Bb, M, N]."""
        return self._shape()

    @property
    def batch_shape(self) -> TensorShape:
        """What is known of [B1, ..., Bb]."""
        return self.shape[:-2]

    @property
    def tensor_rank(self) -> int | None:
        """The rank of the dense tensor, b + 2."""
        return self.shape.rank

    @property
    def domain_dimension(self) -> Dimension:
        """What is known of the number of columns, N."""
        return Dimension(None if self.shape.rank is None else self.shape[-1])

    @property
    def range_dimension(self) -> Dimension:
        """What is known of the number of rows, M."""
        return Dimension(None if self.shape.rank is None else self.shape[-2])

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """The shape as an int32 vector."""
        with self._scope(name):
            known = self.shape
            return as_tensor(tuple(known) if known.is_fully_defined() else self._shape_tensor())

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """The batch shape as an int32 vector."""
        with self._scope(name):
            return as_tensor(self._batch())

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """The rank as an int32 scalar."""
        with self._scope(name):
            known = self.tensor_rank
            return as_tensor(self._shape_tensor().shape[0] if known is None else known)

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """The number of columns as an int32 scalar."""
        with self._scope(name):
            return as_tensor(self._columns())

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """The number of rows as an int32 scalar."""
        with self._scope(name):
            return as_tensor(self._rows())

    def _rows(self) -> Any:
        """The number of rows: an int where it is known, else a tensor."""
        known = self.range_dimension.value
        return as_tensor(self._shape_tensor())[-2] if known is None else known

    def _columns(self) -> Any:
        """The number of columns: an int where it is known, else a tensor."""
        known = self.domain_dimension.value
        return as_tensor(self._shape_tensor())[-1] if known is None else known

    def _batch(self) -> Sizes:
        """The batch shape: a tuple where it is known, else a tensor."""
        known = self.batch_shape
        if known.is_fully_defined():
            return tuple(known)
        return as_tensor(self._shape_tensor())[:-2]

    # ---- products and solutions ------------------------------------------------------------------

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """The product `A x`.

        x: a tensor [..., N, R] of the operator's dtype whose leading axes broadcast, or another
        operator; then the product is an operator too. adjoint: `A^H x` instead. adjoint_arg:
        `A x^H` instead.

        >>> tf.linalg.LinearOperatorDiag([1., 2.]).matmul([[1.], [1.]]).numpy()
        array([[1.],
               [2.]], dtype=float32)

        Raises ValueError where the sizes do not fit, TypeError for another dtype.
        """
        if isinstance(x, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = x.adjoint() if adjoint_arg else x
            check_sizes("x", left, right)
            with self._scope(name):
                return Rules.product(left, right)
        with self._scope(name):
            x = convert(x)
            self._check(x, adjoint, -1 if adjoint_arg else -2)
            return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """The product with a vector [..., N], or with its adjoint.

        >>> tf.linalg.LinearOperatorFullMatrix([[1., 2.], [3., 4.]]).matvec([1., 1.]).numpy()
        array([3., 7.], dtype=float32)
        """
        with self._scope(name):
            x = convert(x)
            self._check(x, adjoint, -1)
            return self._matvec(x, adjoint=adjoint)

    def _matvec(self, x: Tensor, adjoint: bool = False) -> Tensor:
        return squeeze(self.matmul(expand_dims(x, -1), adjoint=adjoint), -1)

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return adjoint_of(self.matmul(other, adjoint=True, adjoint_arg=True))

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Any:
        """The `X` for which `A X = rhs`.

        rhs: a tensor [..., M, R] of the operator's dtype whose leading axes broadcast, or another
        operator; then the solution is an operator too. adjoint: `A^H X = rhs` instead.
        adjoint_arg: `A X = rhs^H` instead.

        >>> tf.linalg.LinearOperatorDiag([1., 2.]).solve([[1.], [1.]]).numpy()
        array([[1. ],
               [0.5]], dtype=float32)

        Raises NotImplementedError for an operator that is singular or not square by its hints,
        ValueError where the sizes do not fit, TypeError for another dtype.
        """
        self._check_solvable()
        if isinstance(rhs, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = rhs.adjoint() if adjoint_arg else rhs
            check_sizes("rhs", left, right)
            with self._scope(name):
                return Rules.quotient(left, right)
        with self._scope(name):
            rhs = convert(rhs)
            self._check(rhs, not adjoint, -1 if adjoint_arg else -2)
            return self._solve(rhs, adjoint=adjoint, adjoint_arg=adjoint_arg)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """The vector [..., N] for which `A x = rhs`, as `solve` finds matrices.

        >>> tf.linalg.LinearOperatorDiag([1., 2.]).solvevec([1., 1.]).numpy()
        array([1. , 0.5], dtype=float32)
        """
        with self._scope(name):
            rhs = convert(rhs)
            self._check(rhs, not adjoint, -1)
            return self._solvevec(rhs, adjoint=adjoint)

    def _solvevec(self, rhs: Tensor, adjoint: bool = False) -> Tensor:
        return squeeze(self.solve(expand_dims(rhs, -1), adjoint=adjoint), -1)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        matrix, rhs = broadcast_batches([self.to_dense(), rhs])
        if self._can_use_cholesky():
            return cholesky_solve(cholesky(matrix), rhs)
        return solve(matrix, rhs, adjoint=adjoint)

    def _can_use_cholesky(self) -> bool:
        return bool(self.is_self_adjoint and self.is_positive_definite)

    def _check(self, x: Any, adjoint: bool, axis: int) -> None:
        """That `x` has the operator's dtype and, along `axis`, as many elements as it has columns.

        adjoint: as many as it has rows.
        """
        self._check_dtype(x)
        size = self.range_dimension if adjoint else self.domain_dimension
        rank = x.shape.rank
        if rank is not None and rank < -axis:
            raise IndexError(
                f"tuple index out of range: {self.name} was asked to act on an argument of shape "
                f"{x.shape}; matmul and solve want matrices, matvec and solvevec vectors."
            )
        if rank is not None:
            size.assert_is_compatible_with(x.shape[axis])

    def _check_dtype(self, x: Any) -> None:
        if x.dtype != self.dtype:
            raise TypeError(
                f"Expected argument to have dtype {self.dtype}.  Found: {x.dtype} in tensor {x!s}"
            )

    def _check_solvable(self) -> None:
        for is_it, told in (
            (self.is_non_singular, "be singular"),
            (self.is_square, "not be square"),
        ):
            if is_it is False:
                raise NotImplementedError(
                    f"Exact solve not implemented for an operator that is expected to {told}."
                )

    # ---- numbers ---------------------------------------------------------------------------------

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """The matrices themselves, [B1, ..., Bb, M, N]."""
        with self._scope(name):
            return self._to_dense()

    def _to_dense(self) -> Tensor:
        batch = self._batch()
        columns = self._columns()
        unit = eye(
            columns,
            batch_shape=list(batch) if isinstance(batch, tuple) else batch,
            dtype=self.dtype,
        )
        return self._matmul(unit)

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """The main diagonals, [B1, ..., Bb, min(M, N)]."""
        with self._scope(name):
            return self._diag_part()

    def _diag_part(self) -> Tensor:
        return diag_part(self.to_dense())

    def trace(self, name: str = "trace") -> Tensor:
        """The sum of each main diagonal, [B1, ..., Bb]."""
        with self._scope(name):
            return self._trace()

    def _trace(self) -> Tensor:
        return reduce_sum(self.diag_part(), -1)

    def determinant(self, name: str = "det") -> Tensor:
        """The determinants, [B1, ..., Bb].

        Raises NotImplementedError for an operator that is not square.
        """
        self._check_has_determinant()
        with self._scope(name):
            return self._determinant()

    def _determinant(self) -> Tensor:
        if self._can_use_cholesky():
            return exp(self.log_abs_determinant())
        return det(self.to_dense())

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """The logarithms of the absolute values of the determinants, [B1, ..., Bb]."""
        self._check_has_determinant()
        with self._scope(name):
            return self._log_abs_determinant()

    def _log_abs_determinant(self) -> Tensor:
        if self._can_use_cholesky():
            return cast(logdet(self.to_dense()), self.dtype)
        return slogdet(self.to_dense())[1]

    def _check_has_determinant(self) -> None:
        if self.is_square is False:
            raise NotImplementedError(
                "Determinant not implemented for an operator that is expected to not be square."
            )

    def eigvals(self, name: str = "eigvals") -> Tensor:
        """The eigenvalues of a self-adjoint operator, [B1, ..., Bb, N], in no certain order.

        Raises NotImplementedError unless the operator is known to be self-adjoint.
        """
        if not self.is_self_adjoint:
            raise NotImplementedError("Only self-adjoint matrices are supported.")
        with self._scope(name):
            return self._eigvals()

    def _eigvals(self) -> Tensor:
        return eigvalsh(self.to_dense())

    def cond(self, name: str = "cond") -> Tensor:
        """The quotients of the largest and the smallest singular value, [B1, ..., Bb]."""
        with self._scope(name):
            return self._cond()

    def _cond(self) -> Tensor:
        if self.is_self_adjoint:
            values = abs(self.eigvals())
        else:
            values = svd(self.to_dense(), compute_uv=False)
        return reduce_max(values, -1) / reduce_min(values, -1)

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """The sum `A + x`, broadcast.

        x: [..., M, N], of the operator's dtype.
        """
        with self._scope(name):
            x = convert(x)
            self._check_dtype(x)
            return self._add_to_tensor(x)

    def _add_to_tensor(self, x: Tensor) -> Tensor:
        return self.to_dense() + x

    # ---- other operators -------------------------------------------------------------------------

    def adjoint(self, name: str = "adjoint") -> "LinearOperator":
        """The operator of the conjugate transpose; of a self-adjoint operator, itself."""
        if self.is_self_adjoint is True:
            return self
        with self._scope(name):
            return Rules.adjoint(self)

    @property
    def H(self) -> "LinearOperator":
        """The operator of the conjugate transpose, as `adjoint()`."""
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> "LinearOperator":
        """The operator of the inverse.

        Raises ValueError for an operator that is singular or not square by its hints.
        """
        if self.is_square is False:
            raise ValueError(
                "Cannot take the Inverse: This operator represents a non square matrix."
            )
        if self.is_non_singular is False:
            raise ValueError("Cannot take the Inverse: This operator represents a singular matrix.")
        with self._scope(name):
            return Rules.inverse(self)

    def cholesky(self, name: str = "cholesky") -> "LinearOperator":
        """The lower triangular operator `L` for which `L L^H` is this one.

        Raises ValueError unless the operator is known to be self-adjoint and positive definite.
        """
        if not self._can_use_cholesky():
            raise ValueError(
                "Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                "matrix."
            )
        with self._scope(name):
            return Rules.cholesky(self)

    # ---- checks ----------------------------------------------------------------------------------

    def assert_non_singular(self, name: str = "assert_non_singular") -> Any:
        """A check that every matrix has an inverse, as far as its dtype can tell.

        Raises tf.errors.InvalidArgumentError where one has none; inside a `tf.function`, answers
        the operation that will.
        """
        with self._scope(name):
            return self._assert_non_singular()

    def _assert_non_singular(self) -> Any:
        kind = self.dtype.real_dtype.as_numpy_dtype
        limit = convert(np.array(0.01 / np.finfo(kind).eps, kind))
        return assert_less(self.cond(), limit, message="Singular matrix up to precision epsilon.")

    def assert_positive_definite(self, name: str = "assert_positive_definite") -> Any:
        """A check that every matrix is positive definite.

        Raises tf.errors.InvalidArgumentError where one is not, NotImplementedError where that
        cannot be told: for operators not known to be self-adjoint, with exceptions.
        """
        with self._scope(name):
            return self._assert_positive_definite()

    def _assert_positive_definite(self) -> Any:
        if not self.is_self_adjoint:
            raise NotImplementedError("assert_positive_definite is not implemented.")
        return assert_positive(
            real(diag_part(cholesky(self.to_dense()))),
            message="Matrix was not positive definite.",
        )

    def assert_self_adjoint(self, name: str = "assert_self_adjoint") -> Any:
        """A check that every matrix is its own conjugate transpose.

        Raises tf.errors.InvalidArgumentError where one is not.
        """
        with self._scope(name):
            return self._assert_self_adjoint()

    def _assert_self_adjoint(self) -> Any:
        dense = self.to_dense()
        return assert_equal(
            dense, adjoint_of(dense), message="Matrix was not equal to its adjoint."
        )

    # ---- parts -----------------------------------------------------------------------------------

    # How many trailing axes of each tensor argument belong to one matrix: slicing.py.
    _matrix_axes: ClassVar[dict[str, int]] = {}

    def __getitem__(self, slices: Any) -> "LinearOperator":
        """The operator of part of the batch; ellipses and new axes as for tensors.

        >>> stack = tf.linalg.LinearOperatorDiag([[1., 2.], [3., 4.]])
        >>> stack[1].to_dense().numpy()
        array([[3., 0.],
               [0., 4.]], dtype=float32)
        """
        return Rules.part(self, slices)


LinearOperator.__module__ = "tensorflow.python.ops.linalg.linear_operator"
