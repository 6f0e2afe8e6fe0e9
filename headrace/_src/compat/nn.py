"""Layers, losses and embeddings of `tf.compat.v1.nn`, with the arguments of TensorFlow 1.

The one idea: `filter`, `value`, `dim` and `keep_prob` are what `filters`, `input`, `axis` and
`1 - rate` were called.

Read next: arguments.py, ops/nn.py, ops/convolution.py.
"""

from typing import Any

from headrace._src.compat.arguments import either, translated
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects import ctc
from headrace._src.ops import (
    activations,
    ctc_decoding,
    losses,
    nn,
    normalization,
    pooling,
    sort,
    transposed_convolution,
)
from headrace._src.ops import (
    convolution as convolutions,
)
from headrace._src.ops import (
    dropout as dropouts,
)
from headrace._src.ops.gather import gather
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.joining import concat
from headrace._src.ops.matmul import matmul
from headrace._src.ops.sparse_tensor import SparseTensor

# ---- activations ---------------------------------------------------------------------------------

softmax = translated(
    activations.softmax,
    "softmax(logits, axis=None, name=None, dim=None)",
    "tf.compat.v1.nn.softmax([1., 1.], dim=0).numpy() -> array([0.5, 0.5], dtype=float32)",
    dim="axis",
)
log_softmax = translated(
    activations.log_softmax,
    "log_softmax(logits, axis=None, name=None, dim=None)",
    "tf.compat.v1.nn.log_softmax([1.], dim=0).numpy() -> array([0.], dtype=float32)",
    dim="axis",
)
crelu = translated(
    activations.crelu,
    "crelu(features, name=None, axis=-1)",
    "tf.compat.v1.nn.crelu([1.]).numpy() -> array([1., 0.], dtype=float32)",
)
in_top_k = translated(
    sort.in_top_k,
    "in_top_k(predictions, targets, k, name=None)",
    "tf.compat.v1.nn.in_top_k([[1., 2.]], [1], 1).numpy() -> array([ True])",
)


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: Any = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """`x` with random elements set to 0 and the others made larger; see `tf.nn.dropout`.

    rate: the probability of 0. keep_prob: 1 - rate.

    >>> tf.compat.v1.nn.dropout(tf.ones([2]), keep_prob=1.0).numpy()
    array([1., 1.], dtype=float32)

    Raises ValueError with both of them, with none, or for a rate outside [0, 1).
    """
    rate = either("rate", rate, "keep_prob", None if keep_prob is None else 1.0 - keep_prob)
    if rate is None:
        raise ValueError(f"`rate` must be provided. Received: rate={rate}")
    return dropouts.dropout(x, rate, noise_shape, seed, name)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """`x @ weights + biases`.

    >>> tf.compat.v1.nn.xw_plus_b([[1., 2.]], [[1.], [1.]], [1.]).numpy()
    array([[4.]], dtype=float32)
    """
    return nn.bias_add(matmul(x, weights), biases, name=name)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """`relu(x @ weights + biases)`.

    >>> tf.compat.v1.nn.relu_layer([[1., 2.]], [[1.], [1.]], [-9.]).numpy()
    array([[0.]], dtype=float32)
    """
    return activations.relu(xw_plus_b(x, weights, biases), name)


# ---- convolutions and pools ----------------------------------------------------------------------

_IMAGE, _FILTER = "tf.ones([1, 3, 3, 1])", "tf.ones([2, 2, 1, 1])"
_ONES = ", ".join(["1"] * 5)

conv1d = translated(
    convolutions.conv1d,
    "conv1d(value=None, filters=None, stride=None, padding=None, use_cudnn_on_gpu=None, "
    "data_format=None, name=None, input=None, dilations=None)",
    "tf.compat.v1.nn.conv1d(tf.ones([1, 3, 1]), tf.ones([2, 1, 1]), 1, 'VALID').shape -> "
    "TensorShape([1, 2, 1])",
    unused="use_cudnn_on_gpu",
    value="input",
)
conv2d = translated(
    convolutions.conv2d,
    "conv2d(input, filter=None, strides=None, padding=None, use_cudnn_on_gpu=True, "
    "data_format='NHWC', dilations=[1, 1, 1, 1], name=None, filters=None)",
    f"tf.compat.v1.nn.conv2d({_IMAGE}, {_FILTER}, 1, 'VALID').shape -> TensorShape([1, 2, 2, 1])",
    unused="use_cudnn_on_gpu",
    filter="filters",
)
conv3d = translated(
    convolutions.conv3d,
    "conv3d(input, filter=None, strides=None, padding=None, data_format='NDHWC', "
    f"dilations=[{_ONES}], name=None, filters=None)",
    f"tf.compat.v1.nn.conv3d(tf.ones([1, 3, 3, 3, 1]), tf.ones([2, 2, 2, 1, 1]), [{_ONES}], "
    "'VALID').shape -> TensorShape([1, 2, 2, 2, 1])",
    filter="filters",
)
conv2d_transpose = translated(
    transposed_convolution.conv2d_transpose,
    "conv2d_transpose(value=None, filter=None, output_shape=None, strides=None, padding='SAME', "
    "data_format='NHWC', name=None, input=None, filters=None, dilations=None)",
    f"tf.compat.v1.nn.conv2d_transpose({_IMAGE}, {_FILTER}, [1, 6, 6, 1], 2).shape -> "
    "TensorShape([1, 6, 6, 1])",
    value="input",
    filter="filters",
)
conv3d_transpose = translated(
    transposed_convolution.conv3d_transpose,
    "conv3d_transpose(value, filter=None, output_shape=None, strides=None, padding='SAME', "
    "data_format='NDHWC', name=None, input=None, filters=None, dilations=None)",
    "tf.compat.v1.nn.conv3d_transpose(tf.ones([1, 3, 3, 3, 1]), tf.ones([2, 2, 2, 1, 1]), "
    "[1, 6, 6, 6, 1], 2).shape -> TensorShape([1, 6, 6, 6, 1])",
    value="input",
    filter="filters",
)
convolution = translated(
    convolutions.convolution,
    "convolution(input, filter, padding, strides=None, dilation_rate=None, name=None, "
    "data_format=None, filters=None, dilations=None)",
    f"tf.compat.v1.nn.convolution({_IMAGE}, {_FILTER}, 'VALID').shape -> TensorShape([1, 2, 2, 1])",
    filter="filters",
    dilation_rate="dilations",
)
depthwise_conv2d = translated(
    convolutions.depthwise_conv2d,
    "depthwise_conv2d(input, filter, strides, padding, rate=None, name=None, data_format=None, "
    "dilations=None)",
    f"tf.compat.v1.nn.depthwise_conv2d({_IMAGE}, {_FILTER}, [1, 1, 1, 1], 'VALID').shape -> "
    "TensorShape([1, 2, 2, 1])",
    rate="dilations",
)
separable_conv2d = translated(
    convolutions.separable_conv2d,
    "separable_conv2d(input, depthwise_filter, pointwise_filter, strides, padding, rate=None, "
    "name=None, data_format=None, dilations=None)",
    f"tf.compat.v1.nn.separable_conv2d({_IMAGE}, {_FILTER}, tf.ones([1, 1, 1, 3]), [1, 1, 1, 1], "
    "'VALID').shape -> TensorShape([1, 2, 2, 3])",
    rate="dilations",
)
_POOL = "value, ksize, strides, padding, data_format='NHWC', name=None, input=None"
max_pool = translated(
    pooling.max_pool2d,
    f"max_pool({_POOL})",
    f"tf.compat.v1.nn.max_pool({_IMAGE}, 2, 1, 'VALID').shape -> TensorShape([1, 2, 2, 1])",
    value="input",
)
avg_pool = translated(
    pooling.avg_pool2d,
    f"avg_pool({_POOL})",
    f"tf.compat.v1.nn.avg_pool({_IMAGE}, 2, 1, 'VALID').shape -> TensorShape([1, 2, 2, 1])",
    value="input",
)
pool = translated(
    pooling.pool,
    "pool(input, window_shape, pooling_type, padding, dilation_rate=None, strides=None, name=None, "
    "data_format=None, dilations=None)",
    f"tf.compat.v1.nn.pool({_IMAGE}, [2, 2], 'MAX', 'VALID').shape -> TensorShape([1, 2, 2, 1])",
    dilation_rate="dilations",
)

# ---- statistics ----------------------------------------------------------------------------------

moments = translated(
    normalization.moments,
    "moments(x, axes, shift=None, name=None, keep_dims=None, keepdims=None)",
    "tf.compat.v1.nn.moments(tf.constant([1., 3.]), [0], keep_dims=True)[1].numpy() -> "
    "array([1.], dtype=float32)",
    keep_dims="keepdims",
)
weighted_moments = translated(
    normalization.weighted_moments,
    "weighted_moments(x, axes, frequency_weights, name=None, keep_dims=None, keepdims=None)",
    "tf.compat.v1.nn.weighted_moments([1., 3.], [0], 1.)[0].numpy() -> np.float32(2.0)",
    keep_dims="keepdims",
)
sufficient_statistics = translated(
    normalization.sufficient_statistics,
    "sufficient_statistics(x, axes, shift=None, keep_dims=None, name=None, keepdims=None)",
    "tf.compat.v1.nn.sufficient_statistics([1., 3.], [0])[1].numpy() -> np.float32(4.0)",
    keep_dims="keepdims",
)

# ---- losses --------------------------------------------------------------------------------------


def _both(leaf: str, labels: Any, logits: Any) -> None:
    if labels is None or logits is None:
        raise ValueError(
            f"Both `labels` and `logits` must be provided for {leaf}"
            f"Received: labels={labels} and logits={logits}"
        )


def _cross_entropy(labels: Any, logits: Any, axis: Any, name: Any) -> Tensor:
    """The cross entropy between `labels` and the softmax of `logits`; a gradient goes to both."""
    axis = -1 if axis is None else axis
    return losses.softmax_cross_entropy_with_logits(labels, logits, axis, name)


softmax_cross_entropy_with_logits_v2 = translated(
    _cross_entropy,
    "softmax_cross_entropy_with_logits_v2(labels, logits, axis=None, name=None, dim=None)",
    "tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2([[0., 1.]], [[1., 1.]]).numpy() -> "
    "array([0.6931472], dtype=float32)",
    dim="axis",
)


def softmax_cross_entropy_with_logits(
    labels: Any = None,
    logits: Any = None,
    dim: Any = -1,
    name: str | None = None,
    axis: Any = None,
) -> Tensor:
    """The cross entropy between `labels` and the softmax of `logits`; no gradient goes to `labels`.

    dim: the old name of `axis`, which wins if both are given.

    >>> tf.compat.v1.nn.softmax_cross_entropy_with_logits(
    ...     labels=[[0., 1.]], logits=[[1., 1.]]).numpy()
    array([0.6931472], dtype=float32)

    Raises ValueError without both tensors.
    """
    _both("softmax_cross_entropy_with_logits", labels, logits)
    axis = dim if axis is None else axis
    labels = stop_gradient(convert(labels))
    return losses.softmax_cross_entropy_with_logits(labels, logits, axis, name)


def sparse_softmax_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """The cross entropy of `logits` where `labels` names the classes; see `tf.nn`.

    >>> tf.compat.v1.nn.sparse_softmax_cross_entropy_with_logits([1], [[1., 1.]]).numpy()
    array([0.6931472], dtype=float32)

    Raises ValueError without both tensors.
    """
    _both("sparse_softmax_cross_entropy_with_logits", labels, logits)
    return losses.sparse_softmax_cross_entropy_with_logits(labels, logits, name)


weighted_cross_entropy_with_logits = translated(
    losses.weighted_cross_entropy_with_logits,
    "weighted_cross_entropy_with_logits(labels=None, logits=None, pos_weight=None, name=None, "
    "targets=None)",
    "tf.compat.v1.nn.weighted_cross_entropy_with_logits([1.], [0.], 2.).numpy() -> "
    "array([1.3862944], dtype=float32)",
    targets="labels",
)


def ctc_loss(
    labels: Any,
    inputs: Any = None,
    sequence_length: Any = None,
    preprocess_collapse_repeated: bool = False,
    ctc_merge_repeated: bool = True,
    ignore_longer_outputs_than_inputs: bool = False,
    time_major: bool = True,
    logits: Any = None,
) -> Tensor:
    """The negative logarithm of the chance of sparse `labels`; the last class is the blank.

    labels: an int32 SparseTensor [batch, longest]. inputs: logits, by whichever of the two names.
    sequence_length: [batch].

    >>> labels = tf.SparseTensor([[0, 0]], [0], [1, 1])
    >>> tf.compat.v1.nn.ctc_loss(labels, tf.zeros([1, 1, 2]), [1]).numpy()
    array([0.6931472], dtype=float32)

    Raises NotImplementedError for the three options other than by default, TypeError for dense
    labels. Op: CTCLoss.
    """
    options = preprocess_collapse_repeated, ctc_merge_repeated, ignore_longer_outputs_than_inputs
    if options != (False, True, False):
        raise NotImplementedError(
            "tf.compat.v1.nn.ctc_loss: headrace has neither `preprocess_collapse_repeated` nor "
            "`ignore_longer_outputs_than_inputs`, and always merges what is repeated."
        )
    if not isinstance(labels, SparseTensor):
        raise TypeError(f"Expected argument `labels` to be a SparseTensor. Received: {labels}")
    logits = either("logits", logits, "inputs", inputs)
    return ctc.ctc_loss(labels, logits, None, sequence_length, time_major, None, -1)


def ctc_beam_search_decoder(
    inputs: Any,
    sequence_length: Any,
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
) -> Any:
    """The best labellings that a beam search finds; see `tf.nn.ctc_beam_search_decoder`.

    >>> paths, chances = tf.compat.v1.nn.ctc_beam_search_decoder(
    ...     tf.zeros([2, 1, 3]), [2], merge_repeated=False)
    >>> chances.shape
    TensorShape([1, 1])

    Raises NotImplementedError with `merge_repeated`, which drops repeated labels from a result.
    """
    if merge_repeated:
        raise NotImplementedError(
            "tf.compat.v1.nn.ctc_beam_search_decoder: headrace has no `merge_repeated`; pass False."
        )
    return ctc_decoding.ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths)


# ---- embeddings ----------------------------------------------------------------------------------


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: float | None = None,
) -> Tensor:
    """The rows of `params` numbered by `ids`; see `tf.nn.embedding_lookup`.

    partition_strategy: how the rows lie in a list of parts: "mod" deals them out in turn, "div"
    fills one part after the other. validate_indices: not used, as in TensorFlow.

    >>> parts = [tf.constant([[1.], [2.]]), tf.constant([[3.], [4.]])]
    >>> tf.compat.v1.nn.embedding_lookup(parts, [0, 1, 2, 3]).numpy().ravel()
    array([1., 3., 2., 4.], dtype=float32)

    Raises ValueError for another strategy, or without `params`.
    """
    if partition_strategy.lower() not in ("mod", "div"):
        raise ValueError(
            f"Unrecognized partition strategy: {partition_strategy}."
            "Must be one of either `mod` or `div`."
        )
    parts = list(params) if isinstance(params, (list, tuple)) else [params]
    if partition_strategy.lower() == "div" or len(parts) < 2:
        return nn.embedding_lookup(params, ids, max_norm, name)
    tables = [convert(part) for part in parts]
    starts = [0]
    for table in tables[:-1]:
        if table.shape.rank is None or table.shape[0] is None:
            raise NotImplementedError(
                "tf.compat.v1.nn.embedding_lookup: headrace wants parts with known sizes."
            )
        starts.append(starts[-1] + table.shape[0])
    ids = convert(ids)
    count = convert(len(tables), ids.dtype)
    places = gather(convert(starts, ids.dtype), ids % count) + ids // count
    return nn.embedding_lookup(concat(tables, 0), places, max_norm, name)
