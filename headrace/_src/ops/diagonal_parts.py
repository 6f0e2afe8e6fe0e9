"""The earlier form of reading diagonals: the op MatrixDiagPartV2.

The one idea: it is MatrixDiagPartV3 that always starts at the left of its rows.

Read next: ops/diagonal.py.
"""

from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import length
from headrace._src.ops.constant import zeros_like
from headrace._src.ops.diagonal import matrix_diag, matrix_diag_part


@op("MatrixDiagPartV2", shape=matrix_diag_part.op.shape, cost="host")
def matrix_diag_part_v2(
    input: Tensor, k: Static, padding_value: Tensor, name: str | None = None
) -> Tensor:
    """The diagonals `k` of matrices, each beginning at the left.

    >>> tf.raw_ops.MatrixDiagPartV2(input=[[1, 2], [3, 4]], k=[0, 1], padding_value=9).numpy()
    array([[2, 9],
           [1, 4]], dtype=int32)

    Raises tf.errors.InvalidArgumentError for diagonals that are not there. Op: MatrixDiagPartV2.
    """
    return matrix_diag_part.op.body(input, k, padding_value, "LEFT_LEFT")


@matrix_diag_part_v2.gradient
def _(dz, input, k, padding_value):
    rows, columns = length(input, -2), length(input, -1)
    return matrix_diag(dz, k, rows, columns, zeros_like(padding_value), "LEFT_LEFT"), None
