"""Sums, means, extremes and their kin with the arguments of TensorFlow 1.

The one idea: they all knew the axes as `reduction_indices` and `keepdims` as `keep_dims`.

Read next: arguments.py, ops/reduce.py.
"""

from headrace._src.compat.arguments import translated
from headrace._src.ops import logsumexp, norms, reduce, statistics

_REST = "input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None"
_OLD = {"reduction_indices": "axis", "keep_dims": "keepdims"}


def _reduction(modern, result):
    call = f"tf.compat.v1.{modern.__name__}([[1., 2.], [3., 4.]], reduction_indices=1).numpy()"
    if modern in (reduce.reduce_any, reduce.reduce_all):
        call = call.replace("[1., 2.], [3., 4.]", "[True, False], [True, True]")
    return translated(modern, f"{modern.__name__}({_REST})", f"{call} -> {result}", **_OLD)


reduce_sum = _reduction(reduce.reduce_sum, "array([3., 7.], dtype=float32)")
reduce_mean = _reduction(reduce.reduce_mean, "array([1.5, 3.5], dtype=float32)")
reduce_max = _reduction(reduce.reduce_max, "array([2., 4.], dtype=float32)")
reduce_min = _reduction(reduce.reduce_min, "array([1., 3.], dtype=float32)")
reduce_prod = _reduction(reduce.reduce_prod, "array([ 2., 12.], dtype=float32)")
reduce_any = _reduction(reduce.reduce_any, "array([ True,  True])")
reduce_all = _reduction(reduce.reduce_all, "array([False,  True])")
reduce_logsumexp = _reduction(
    logsumexp.reduce_logsumexp, "array([2.3132617, 4.3132615], dtype=float32)"
)

norm = translated(
    norms.norm,
    "norm(tensor, ord='euclidean', axis=None, keepdims=None, name=None, keep_dims=None)",
    "tf.compat.v1.norm([3., 4.], keep_dims=True).numpy() -> array([5.], dtype=float32)",
    keep_dims="keepdims",
)

count_nonzero = translated(
    statistics.count_nonzero,
    "count_nonzero(input_tensor=None, axis=None, keepdims=None, dtype=int64, name=None, "
    "reduction_indices=None, keep_dims=None, input=None)",
    "tf.compat.v1.count_nonzero([0, 1, 2]).numpy() -> np.int64(2)",
    input_tensor="input",
    **_OLD,
)

argmax = translated(
    reduce.argmax,
    "argmax(input, axis=None, name=None, dimension=None, output_type=int64)",
    "tf.compat.v1.argmax([1, 3, 2], dimension=0).numpy() -> np.int64(1)",
    dimension="axis",
)
argmin = translated(
    reduce.argmin,
    "argmin(input, axis=None, name=None, dimension=None, output_type=int64)",
    "tf.compat.v1.argmin([1, 3, 2], dimension=0).numpy() -> np.int64(0)",
    dimension="axis",
)
arg_max = reduce.arg_max
arg_min = reduce.arg_min
