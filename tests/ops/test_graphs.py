"""Rows of tests/cases in a graph: whatever is known of the shapes, the values and gradients are
those of eager mode, and what the graph says of shapes and dtypes is true.

Ops run node by node here, by the host's machine; that XLA agrees is tests/test_ops.py's affair.

Read next: tests/graphs.py.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.graph import SymbolicTensor
from headrace._src.objects.gradient_tape import GradientTape
from tests.cases.row import Case
from tests.graphs import Traced
from tests.rows import arrays, call_with, cases_in_graphs, dense, leaves, value
from tests.test_ops import check_equal, has_slope, main_dtype, tolerance

SUBJECTS = frozenset(
    "activations array audio bessel bitwise cast clip compare complex convolution constant "
    "debugging decompositions fft gather image initializers joining linalg losses math nn "
    "normalization padding pooling powers reduce resize rounding scan segment signal slicing "
    "sort sparse special sums trigonometry".split()
)

# What is not there without knowing a shape, by the beginning of the row's title: what has to be
# known, and why. "rank": the rank; "size": the sizes too.
REFUSED = {
    "convolution-atrous_conv2d": ("rank", "the spatial axes are counted, as in TensorFlow"),
    "convolution-convolution(1x5x4x2": ("rank", "the spatial axes are counted, as in TensorFlow"),
    "decompositions-": ("size", "the rows make symmetric matrices of known size"),
    "fft-fftnd": ("rank", "the axes are counted, as in TensorFlow"),
    "fft-ifftnd": ("rank", "the axes are counted, as in TensorFlow"),
    "fft-rfftnd": ("rank", "the axes are counted, as in TensorFlow"),
    "fft-irfftnd": ("rank", "the axes are counted, as in TensorFlow"),
    "gather-boolean_mask": ("rank", "the mask's axes are counted, as in TensorFlow"),
    "gather-gather_nd(2x3,2x1,batch_dims=1)": ("size", "the batch is flattened"),
    "image-central_crop": ("rank", "images and batches differ, as in TensorFlow"),
    "image-crop_to_bounding_box(2x4": ("rank", "taken for a single image, as in TensorFlow"),
    "image-pad_to_bounding_box(2x2": ("rank", "taken for a single image, as in TensorFlow"),
    "image-resize_with_crop_or_pad(1x3": ("rank", "taken for a single image, as in TensorFlow"),
    "image-total_variation": ("rank", "images and batches differ, as in TensorFlow"),
    "image-image_gradients": ("rank", "batches only, as in TensorFlow"),
    "joining-unstack": ("size", "how many tensors there are, as in TensorFlow"),
    "constant-linspace": ("rank", "the new axis is counted from either end"),
    "linalg-norm(2x3x4,ord=2,axis": ("rank", "the axes are moved to the end"),
    "padding-repeat(2x3,2,axis=-1": ("rank", "the axis is counted from the end, as in TensorFlow"),
    "pooling-max_pool(1x4x4x1": ("rank", "the spatial axes are counted, as in TensorFlow"),
    "pooling-avg_pool(1x4x1": ("rank", "the spatial axes are counted, as in TensorFlow"),
    "sparse-sparse * dense": ("rank", "the axes beside each other are counted"),
    "sparse-sparse / dense": ("rank", "the axes beside each other are counted"),
    "sparse-dense * sparse": ("rank", "the axes beside each other are counted"),
    "sparse-sparse_dense_cwise": ("rank", "the axes beside each other are counted"),
    "resize-": ("rank", "images and batches differ, as in TensorFlow"),
    "slicing-getitem(3,3)": ("rank", "the mask's axes are counted, as in TensorFlow"),
    "nn-bias_add_grad(2x3x4,NCHW)": ("rank", "the channels are the second axis"),
}


def known(shape: TensorShape) -> TensorShape:
    return shape


def sizes_unknown(shape: TensorShape) -> TensorShape:
    return TensorShape([None] * shape.rank)


def rank_unknown(shape: TensorShape) -> TensorShape:
    return TensorShape(None)


def rows() -> Iterator:
    for title, row in cases_in_graphs():
        if title.split("-")[0] not in SUBJECTS or not row.dtypes():
            continue
        needs = next((n for start, (n, _) in REFUSED.items() if title.startswith(start)), "")
        for blur in (known, sizes_unknown, rank_unknown):
            if needs == "rank" and blur is rank_unknown:
                continue
            if needs == "size" and blur is not known:
                continue
            yield pytest.param(row, blur, id=f"{title}-{blur.__name__}")


def placeholders(row: Case, dtype: DType, blur) -> list[tuple[DType, TensorShape]]:
    return [(own, blur(TensorShape(array.shape))) for array, own in arrays(row, dtype)]


def check(traced: Traced, row: Case, dtype: DType, expected: list) -> None:
    """The graph's results, some of which may be known already, are as expected."""
    symbols = [t for t in traced.result if isinstance(t, SymbolicTensor)]
    found = iter(traced.run(symbols, [array for array, _ in arrays(row, dtype)]))
    for result, wanted in zip(traced.result, expected, strict=True):
        got = result
        if isinstance(result, SymbolicTensor):
            got = next(found)
            assert result.shape.is_compatible_with(TensorShape(got.shape)), result
            assert got.dtype == result.dtype.array_dtype
        elif isinstance(result, Tensor):
            got = value(result)
        if got is None or wanted is None:
            # A step that leaves nothing in eager mode may leave zeros in a graph.
            rest = got if wanted is None else wanted
            assert rest is None or not np.any(rest)
        elif isinstance(got, np.ndarray):
            check_equal(got, np.asarray(wanted), max(1e-5, tolerance(row, got.dtype)))


@pytest.mark.parametrize(["row", "blur"], list(rows()))
def test_value(row, blur):
    dtype = main_dtype(row)
    expected = leaves(call_with(row, dtype, [EagerTensor(*pair) for pair in arrays(row, dtype)]))
    traced = Traced(
        lambda *tensors: leaves(call_with(row, dtype, tensors)), placeholders(row, dtype, blur)
    )
    assert not any(type(t) is EagerTensor for t in traced.result), "an eager tensor in a graph"
    check(traced, row, dtype, [value(leaf) for leaf in expected])


@pytest.mark.parametrize(["row", "blur"], list(rows()))
def test_gradient(row, blur):
    wide = [d for d in row.dtypes() if d.name in ("float64", "float32", "complex128")]
    if not wide or not row.has_gradient or not has_slope(row, wide[0]):
        return
    dtype = wide[0]

    def gradients(*tensors):
        xs = [x for x in tensors if x.dtype.is_differentiable]
        with GradientTape() as tape:
            for x in xs:
                tape.watch(x)
            results = leaves(call_with(row, dtype, tensors))
            ys = [y for y in results if isinstance(y, Tensor) and y.dtype.is_differentiable]
        return [dense(g) for g in tape.gradient(ys, xs)]

    expected = gradients(*(EagerTensor(*pair) for pair in arrays(row, dtype)))
    try:
        traced = Traced(gradients, placeholders(row, dtype, blur))
    except NotImplementedError as error:
        assert blur is not known and "needs" in str(error)
        return
    check(traced, row, dtype, [None if g is None else value(g) for g in expected])
