"""The identity, and multiples of it: operators that need no more than a number of rows.

The size may be a tensor, as in a `tf.function` that takes batches of any size. What can be checked
of it is checked at once, the rest where `assert_proper_shapes` asks for it.

Read next: zeros.py, operator.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import as_dtype, float32, int32
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.node import known_value
from headrace._src.objects.linear_operator.batches import (
    Sizes,
    as_tensor,
    batch_sizes,
    common_sizes,
    joined,
    spread,
)
from headrace._src.objects.linear_operator.checks import assert_real
from headrace._src.objects.linear_operator.hints import arguments, parameter
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.spec import composite
from headrace._src.ops.array import expand_dims, length
from headrace._src.ops.cast import cast
from headrace._src.ops.complex import conj, real
from headrace._src.ops.constant import ones, zeros
from headrace._src.ops.debugging import assert_equal, assert_positive, nothing_to_check
from headrace._src.ops.diagonal import eye
from headrace._src.ops.linalg import adjoint as adjoint_of
from headrace._src.ops.math import abs
from headrace._src.ops.powers import log, pow


def checked_size(value: Any, name: str) -> Tensor:
    """A number of rows or columns as a tensor.

    Raises TypeError where it is no integer, ValueError where it is no scalar or negative.
    """
    size = convert(value)
    if not size.dtype.is_integer:
        raise TypeError(f"Argument {name} must be integer type.  Found: {size!s}")
    known = known_value(size)
    if size.shape.rank not in (None, 0):
        raise ValueError(f"Argument {name} must be a 0-D Tensor.  Found: {known}")
    if known is not None and known < 0:
        raise ValueError(f"Argument {name} must be non-negative.  Found: {known}")
    return size


def checked_batch(value: Any) -> Tensor | None:
    """A batch shape as a tensor, or None for no batch.

    Raises TypeError where it is not of integers, ValueError where it is no vector or negative.
    """
    if value is None:
        return None
    batch = convert(
        np.array([], np.int32) if isinstance(value, (list, tuple)) and not value else value
    )
    if not batch.dtype.is_integer:
        raise TypeError(f"Argument batch_shape must be integer type.  Found: {batch!s}")
    known = known_value(batch)
    if batch.shape.rank not in (None, 1):
        raise ValueError(f"Argument batch_shape must be a 1-D Tensor.  Found: {known}")
    if known is not None and (known < 0).any():
        raise ValueError(f"Argument batch_shape must be non-negative.  Found:{known}")
    return batch


def size_of(size: Tensor) -> Any:
    """A size as an int where it is known, else as the tensor."""
    known = known_value(size)
    return size if known is None else int(known)


def known_shape(batch: Tensor | None) -> TensorShape:
    """What is known of a batch shape."""
    if batch is None:
        return TensorShape([])
    known = known_value(batch)
    if known is not None:
        return TensorShape([int(n) for n in known])
    rank = batch.shape.num_elements()
    return TensorShape(None if rank is None else [None] * rank)


class Sized(LinearOperator):
    """What the identity, its multiples and zeros share: arguments that say how large they are."""

    _num_rows: Tensor
    _batch_sizes: Tensor | None = None
    _assert_proper_shapes: bool

    def _argument(self, name: str) -> Any:
        if name == "num_rows":
            return size_of(self._num_rows)
        if name == "batch_shape":
            known = self.batch_shape
            return known if known.is_fully_defined() else self._batch_sizes
        if name == "assert_proper_shapes":
            return self._assert_proper_shapes
        return getattr(self, name)

    def add_to_tensor(self, mat: Any, name: str = "add_to_tensor") -> Tensor:
        """The sum `A + mat`, broadcast."""
        return super().add_to_tensor(mat, name)

    def _rows(self) -> Any:
        return size_of(self._num_rows)

    def _columns(self) -> Any:
        return size_of(self._num_rows)

    def _batch(self) -> Sizes:
        known = self.batch_shape
        return tuple(known) if known.is_fully_defined() else self._batch_sizes

    def _shape_tensor(self) -> Any:
        return joined(self._batch(), self._rows(), self._columns())

    def _check_proper(self, x: Tensor, axis: int) -> None:
        """That `x` has the right size, where only the run can tell."""
        if self._assert_proper_shapes:
            assert_equal(
                convert(length(x, axis), int32),
                as_tensor(self._columns()),
                message="Incompatible matrices for matmul operation",
            )

    def _assert_self_adjoint(self) -> Any:
        return nothing_to_check("assert_self_adjoint")


@composite
class LinearOperatorIdentity(Sized):
    """The identity of some size, or a batch of them.

    num_rows: an integer scalar. batch_shape: an integer vector; by default no batch. dtype: by
    default float32. is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints, all
    true. assert_proper_shapes: whether products check sizes that are only known when they run.

    >>> tf.linalg.LinearOperatorIdentity(2).add_to_tensor([[1., 1.], [1., 1.]]).numpy()
    array([[2., 1.],
           [1., 2.]], dtype=float32)

    Raises TypeError for a size that is no integer, ValueError for a negative one and for hints that
    are not true.
    """

    _static_names = ("num_rows", "batch_shape")

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = True,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str | None = "LinearOperatorIdentity",
    ) -> None:
        given = arguments(locals())
        for hint, is_it in (
            ("self adjoint", is_self_adjoint),
            ("square", is_square),
            ("non-singular", is_non_singular),
            ("positive-definite", is_positive_definite),
        ):
            if not is_it:
                raise ValueError(f"An identity operator is always {hint}.")
        self._assert_proper_shapes = assert_proper_shapes
        self._num_rows = checked_size(num_rows, "num_rows")
        self._batch_sizes = checked_batch(batch_shape)
        self._initialize(float32 if dtype is None else as_dtype(dtype), given)

    def _shape(self) -> TensorShape:
        known = known_value(self._num_rows)
        rows = None if known is None else int(known)
        return known_shape(self._batch_sizes).concatenate([rows, rows])

    def _acted(self, x: Tensor, axes: int) -> Tensor:
        if self._batch_sizes is None:
            return x
        return spread(x, common_sizes([self._batch(), batch_sizes(x, axes)]), axes)

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        self._check_proper(x, -1 if adjoint_arg else -2)
        return self._acted(adjoint_of(x) if adjoint_arg else x, 2)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        return self._matmul(rhs, adjoint_arg=adjoint_arg)

    def _to_dense(self) -> Tensor:
        batch = self._batch()
        sizes = list(batch) if isinstance(batch, tuple) else batch
        return eye(self._rows(), batch_shape=sizes, dtype=self.dtype)

    def _diag_part(self) -> Tensor:
        return ones(joined(self._batch(), self._rows()), self.dtype)

    def _trace(self) -> Tensor:
        return self._determinant() * cast(convert(self._rows()), self.dtype)

    def _determinant(self) -> Tensor:
        return ones(self._batch(), self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return zeros(self._batch(), self.dtype)

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _cond(self) -> Tensor:
        return ones(self._batch(), self.dtype.real_dtype)

    def _assert_non_singular(self) -> Any:
        return nothing_to_check("assert_non_singular")

    def _assert_positive_definite(self) -> Any:
        return nothing_to_check("assert_positive_definite")


@composite
class LinearOperatorScaledIdentity(Sized):
    """A multiple of the identity, or a batch of them.

    num_rows: an integer scalar. multiplier: [B1, ..., Bb]; a variable is kept, and followed.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square: hints; a real multiple is
    self-adjoint. assert_proper_shapes: whether products check sizes that are only known when they
    run.

    >>> tf.linalg.LinearOperatorScaledIdentity(2, [1., 3.]).trace().numpy()
    array([2., 6.], dtype=float32)

    Raises TypeError for a size that is no integer, ValueError for a negative one.
    """

    _static_names = ("num_rows",)
    _matrix_axes = {"multiplier": 0}

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str | None = "LinearOperatorScaledIdentity",
    ) -> None:
        given = arguments(locals())
        self._assert_proper_shapes = assert_proper_shapes
        self._multiplier = parameter(multiplier)
        if not self._multiplier.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if not is_square:
            raise ValueError("A ScaledIdentity operator is always square.")
        self._num_rows = checked_size(num_rows, "num_rows")
        self._initialize(self._multiplier.dtype, given, is_self_adjoint=is_self_adjoint)

    @property
    def multiplier(self) -> Any:
        """The factor."""
        return self._multiplier

    def _shape(self) -> TensorShape:
        known = known_value(self._num_rows)
        rows = None if known is None else int(known)
        return self._multiplier.shape.concatenate([rows, rows])

    def _batch(self) -> Sizes:
        return batch_sizes(self._multiplier, 0)

    def _factor(self, axes: int, adjoint: bool = False) -> Tensor:
        """The multiplier, with `axes` axes of size 1 at its end."""
        factor = conj(self._multiplier) if adjoint else convert(self._multiplier)
        for _ in range(axes):
            factor = expand_dims(factor, -1)
        return factor

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        self._check_proper(x, -1 if adjoint_arg else -2)
        return (adjoint_of(x) if adjoint_arg else x) * self._factor(2, adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        self._check_proper(rhs, -1 if adjoint_arg else -2)
        return (adjoint_of(rhs) if adjoint_arg else rhs) / self._factor(2, adjoint)

    def _to_dense(self) -> Tensor:
        return eye(self._rows(), dtype=self.dtype) * self._factor(2)

    def _diag_part(self) -> Tensor:
        return self._factor(1) * ones(joined(self._rows()), self.dtype)

    def _trace(self) -> Tensor:
        return self._factor(0) * cast(convert(self._rows()), self.dtype)

    def _determinant(self) -> Tensor:
        return pow(self._factor(0), cast(convert(self._rows()), self.dtype))

    def _log_abs_determinant(self) -> Tensor:
        size = abs(self._multiplier)
        return log(size) * cast(convert(self._rows()), size.dtype)

    def _eigvals(self) -> Tensor:
        return self._diag_part()

    def _cond(self) -> Tensor:
        return ones(self._batch(), self.dtype.real_dtype)

    def _assert_non_singular(self) -> Any:
        return assert_positive(abs(self._multiplier), message="LinearOperator was singular")

    def _assert_positive_definite(self) -> Any:
        return assert_positive(
            real(self._multiplier), message="LinearOperator was not positive definite."
        )

    def _assert_self_adjoint(self) -> Any:
        return assert_real(self._factor(0), "LinearOperator was not self-adjoint")
