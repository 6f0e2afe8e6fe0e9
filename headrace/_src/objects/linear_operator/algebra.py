"""What operators make of each other: products, solutions, adjoints, inverses, Cholesky factors.

The one idea: a structure that survives is kept. The product of two diagonal operators is a diagonal
operator, the inverse of a block-diagonal one has the inverses as blocks; where nothing better is
known, the result is an operator that remembers what it was made of. The rules are those that
TensorFlow has, so that programs find the classes they expect.

Read next: rules.py (how a rule is found).
"""

from typing import Any

from headrace._src.objects.linear_operator import hints
from headrace._src.objects.linear_operator.adjoint import LinearOperatorAdjoint
from headrace._src.objects.linear_operator.block_diag import LinearOperatorBlockDiag
from headrace._src.objects.linear_operator.block_lower_triangular import (
    LinearOperatorBlockLowerTriangular,
)
from headrace._src.objects.linear_operator.circulant import (
    LinearOperatorCirculant,
    LinearOperatorCirculant2D,
    LinearOperatorCirculant3D,
)
from headrace._src.objects.linear_operator.composition import LinearOperatorComposition
from headrace._src.objects.linear_operator.diag import LinearOperatorDiag
from headrace._src.objects.linear_operator.full_matrix import LinearOperatorFullMatrix
from headrace._src.objects.linear_operator.householder import LinearOperatorHouseholder
from headrace._src.objects.linear_operator.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from headrace._src.objects.linear_operator.inversion import LinearOperatorInversion
from headrace._src.objects.linear_operator.kronecker import LinearOperatorKronecker
from headrace._src.objects.linear_operator.lower_triangular import LinearOperatorLowerTriangular
from headrace._src.objects.linear_operator.operator import LinearOperator
from headrace._src.objects.linear_operator.rules import Rules
from headrace._src.objects.linear_operator.zeros import LinearOperatorZeros
from headrace._src.ops.array import expand_dims
from headrace._src.ops.complex import conj
from headrace._src.ops.constant import constant
from headrace._src.ops.decompositions import cholesky
from headrace._src.ops.powers import sqrt

Anything = LinearOperator
Diag = LinearOperatorDiag
Identity = LinearOperatorIdentity
Scaled = LinearOperatorScaledIdentity
Triangular = LinearOperatorLowerTriangular
BlockDiag = LinearOperatorBlockDiag
Kronecker = LinearOperatorKronecker
Zeros = LinearOperatorZeros

Circulants = (LinearOperatorCirculant, LinearOperatorCirculant2D, LinearOperatorCirculant3D)


# ---- products ------------------------------------------------------------------------------------


@Rules.product.of(Anything, Anything)
def _(left: Any, right: Any) -> Any:
    return _composed(left, right)


def _composed(left: Any, right: Any) -> Any:
    is_square = left.is_square and right.is_square
    is_non_singular = hints.non_singular(left, right) if is_square else None
    return LinearOperatorComposition([left, right], is_non_singular=is_non_singular)


@Rules.product.of(Identity, Anything)
@Rules.quotient.of(Identity, Anything)
def _(left: Any, right: Any) -> Any:
    return right


@Rules.product.of(Anything, Identity)
def _(left: Any, right: Any) -> Any:
    return left


@Rules.product.of(Zeros, Anything)
def _(left: Any, right: Any) -> Any:
    _check_square(left, right)
    return left


@Rules.product.of(Anything, Zeros)
def _(left: Any, right: Any) -> Any:
    _check_square(left, right)
    return right


def _check_square(left: Any, right: Any) -> None:
    if not (left.is_square and right.is_square):
        raise ValueError(
            "Matmul with non-square `LinearOperator`s or non-square `LinearOperatorZeros` not "
            "supported at this time."
        )


@Rules.product.of(Diag, Diag)
def _(left: Any, right: Any) -> Any:
    return Diag(left.diag * right.diag, **hints.shared(left, right))


@Rules.product.of(Diag, Scaled)
def _(left: Any, right: Any) -> Any:
    return Diag(left.diag * right._factor(1), **hints.shared(left, right))


@Rules.product.of(Scaled, Diag)
def _(left: Any, right: Any) -> Any:
    return Diag(left._factor(1) * right.diag, **hints.shared(left, right))


@Rules.product.of(Scaled, Scaled)
def _(left: Any, right: Any) -> Any:
    product = left.multiplier * right.multiplier
    return Scaled(left._argument("num_rows"), product, **hints.shared(left, right))


@Rules.product.of(Diag, Triangular)
def _(left: Any, right: Any) -> Any:
    return _triangular(expand_dims(left.diag, -1) * right.to_dense(), left, right)


@Rules.product.of(Triangular, Diag)
def _(left: Any, right: Any) -> Any:
    return _triangular(left.to_dense() * expand_dims(right.diag, -2), left, right)


def _triangular(tril: Any, left: Any, right: Any) -> Any:
    return Triangular(tril, is_non_singular=hints.non_singular(left, right), is_square=True)


@Rules.product.of(BlockDiag, BlockDiag)
def _(left: Any, right: Any) -> Any:
    return BlockDiag([a.matmul(b) for a, b in _paired(left, right)])


def _paired(left: Any, right: Any) -> list[tuple[Any, Any]]:
    """The blocks of both, in pairs; ValueError where their sizes differ."""
    pairs = list(zip(left.operators, right.operators, strict=False))
    for a, b in pairs:
        columns, rows = a.domain_dimension.value, b.range_dimension.value
        if columns is not None and rows is not None and columns != rows:
            raise ValueError(
                f"Blocks are incompatible. Expected `x` to have dimension {columns} but got {rows}."
            )
    return pairs


# ---- solutions -----------------------------------------------------------------------------------


@Rules.quotient.of(Anything, Anything)
def _(left: Any, right: Any) -> Any:
    return _composed(LinearOperatorInversion(left), right)


@Rules.quotient.of(Anything, Identity)
def _(left: Any, right: Any) -> Any:
    return left.inverse()


@Rules.quotient.of(LinearOperatorInversion, Anything)
def _(left: Any, right: Any) -> Any:
    return left.operator.matmul(right)


@Rules.quotient.of(Diag, Diag)
def _(left: Any, right: Any) -> Any:
    return Diag(right.diag / left.diag, **hints.shared(left, right))


@Rules.quotient.of(Diag, Scaled)
def _(left: Any, right: Any) -> Any:
    return Diag(right._factor(1) / left.diag, **hints.shared(left, right))


@Rules.quotient.of(Scaled, Diag)
def _(left: Any, right: Any) -> Any:
    return Diag(right.diag / left._factor(1), **hints.shared(left, right))


@Rules.quotient.of(Scaled, Scaled)
def _(left: Any, right: Any) -> Any:
    quotient = right.multiplier / left.multiplier
    return Scaled(left._argument("num_rows"), quotient, **hints.shared(left, right))


@Rules.quotient.of(Diag, Triangular)
def _(left: Any, right: Any) -> Any:
    return _triangular(right.to_dense() / expand_dims(left.diag, -1), left, right)


@Rules.quotient.of(BlockDiag, BlockDiag)
def _(left: Any, right: Any) -> Any:
    return BlockDiag([a.solve(b) for a, b in _paired(left, right)])


# ---- adjoints ------------------------------------------------------------------------------------


@Rules.adjoint.of(Anything)
def _(operator: Any) -> Any:
    return LinearOperatorAdjoint(operator, **hints.kept(operator))


@Rules.adjoint.of(LinearOperatorAdjoint)
def _(operator: Any) -> Any:
    return operator.operator


@Rules.adjoint.of(Identity)
def _(operator: Any) -> Any:
    return operator


@Rules.adjoint.of(Diag)
def _(operator: Any) -> Any:
    return Diag(conj(operator.diag), **hints.kept(operator))


@Rules.adjoint.of(Scaled)
def _(operator: Any) -> Any:
    return Scaled(operator._argument("num_rows"), conj(operator.multiplier), **hints.kept(operator))


@Rules.adjoint.of(BlockDiag)
@Rules.adjoint.of(Kronecker)
def _(operator: Any) -> Any:
    adjoints = [part.adjoint() for part in operator.operators]
    return type(operator)(adjoints, **hints.kept(operator))


# ---- inverses ------------------------------------------------------------------------------------


@Rules.inverse.of(Anything)
def _(operator: Any) -> Any:
    return LinearOperatorInversion(operator, **hints.kept(operator))


@Rules.inverse.of(LinearOperatorInversion)
def _(operator: Any) -> Any:
    return operator.operator


@Rules.inverse.of(Identity)
@Rules.inverse.of(LinearOperatorHouseholder)
def _(operator: Any) -> Any:
    return operator


@Rules.inverse.of(Diag)
def _(operator: Any) -> Any:
    return Diag(1 / operator.diag, **hints.kept(operator))


@Rules.inverse.of(Scaled)
def _(operator: Any) -> Any:
    return Scaled(operator._argument("num_rows"), 1 / operator.multiplier, **hints.kept(operator))


@Rules.inverse.of(BlockDiag)
@Rules.inverse.of(Kronecker)
def _(operator: Any) -> Any:
    inverses = [part.inverse() for part in operator.operators]
    return type(operator)(inverses, **hints.kept(operator))


@Rules.inverse.of(LinearOperatorBlockLowerTriangular)
def _(operator: Any) -> Any:
    # Row by row: what stands in column j of row i makes zero what the rows above leave there.
    blocks: list[list[Any]] = []
    for i, row in enumerate(operator.operators):
        last = row[-1].inverse()
        made = []
        for j in range(i):
            terms = [row[k].matmul(blocks[k][j]) for k in range(j, i)]
            made.append(last.matmul(negated_sum(terms)))
        blocks.append([*made, last])
    return LinearOperatorBlockLowerTriangular(blocks, **hints.kept(operator))


def negated_sum(terms: list[Any]) -> Any:
    """Minus the sum of some operators: of one, times -1; of several, as a dense matrix."""
    if len(terms) == 1:
        minus = Scaled(terms[0]._rows(), constant(-1, terms[0].dtype))
        return minus.matmul(terms[0])
    total = terms[0].to_dense()
    for term in terms[1:]:
        total = term.add_to_tensor(total)
    return LinearOperatorFullMatrix(-total)


# ---- Cholesky factors ----------------------------------------------------------------------------


@Rules.cholesky.of(Anything)
def _(operator: Any) -> Any:
    return Triangular(
        cholesky(operator.to_dense()),
        is_non_singular=True,
        is_self_adjoint=False,
        is_square=True,
    )


@Rules.cholesky.of(Identity)
def _(operator: Any) -> Any:
    return operator


@Rules.cholesky.of(Diag)
def _(operator: Any) -> Any:
    return Diag(sqrt(operator.diag), **_POSITIVE)


@Rules.cholesky.of(Scaled)
def _(operator: Any) -> Any:
    return Scaled(operator._argument("num_rows"), sqrt(operator.multiplier), **_POSITIVE)


_POSITIVE: Any = {
    "is_non_singular": True,
    "is_self_adjoint": True,
    "is_positive_definite": True,
    "is_square": True,
}


@Rules.cholesky.of(BlockDiag)
@Rules.cholesky.of(Kronecker)
def _(operator: Any) -> Any:
    factors = [part.cholesky() for part in operator.operators]
    return type(operator)(factors, is_non_singular=True, is_square=True)


# ---- circulant operators, of each depth by itself ------------------------------------------------


def _of_spectrum(operator: Any, spectrum: Any, known: dict[str, Any]) -> Any:
    return type(operator)(spectrum, input_output_dtype=operator.dtype, **known)


for _kind in Circulants:

    @Rules.product.of(_kind, _kind)
    def _(left: Any, right: Any) -> Any:
        return _of_spectrum(left, left.spectrum * right.spectrum, hints.shared(left, right))

    @Rules.quotient.of(_kind, _kind)
    def _(left: Any, right: Any) -> Any:
        return _of_spectrum(left, right.spectrum / left.spectrum, hints.shared(left, right))

    @Rules.adjoint.of(_kind)
    def _(operator: Any) -> Any:
        return _of_spectrum(operator, conj(operator.spectrum), hints.kept(operator))

    @Rules.inverse.of(_kind)
    def _(operator: Any) -> Any:
        return _of_spectrum(operator, 1 / operator.spectrum, hints.kept(operator))
