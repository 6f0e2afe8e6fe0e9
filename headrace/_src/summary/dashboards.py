"""What TensorBoard's dashboards show: scalars, histograms, images, sounds and texts.

The one idea: each is a tensor of an agreed form (a histogram is rows of left edge, right edge and
count; an image is strings: width, height, then PNGs), and the name of its plugin in the metadata
says which form that is. The tensor is made by ops, and only if the summary is written.

Read next: recording.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.dtypes import float32, float64, int32, string, uint8
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects.mapping import map_fn
from headrace._src.ops.array import reshape, shape, size
from headrace._src.ops.audio import encode_wav
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import equal, is_nan, logical_or
from headrace._src.ops.constant import fill, ones_like
from headrace._src.ops.debugging import assert_non_negative
from headrace._src.ops.identity import stop_gradient
from headrace._src.ops.image import convert_image_dtype
from headrace._src.ops.image_encoding import encode_png
from headrace._src.ops.joining import concat, stack
from headrace._src.ops.known_asserts import assert_rank, assert_scalar, assert_type
from headrace._src.ops.math import maximum, minimum
from headrace._src.ops.printing import string_format
from headrace._src.ops.ranges import range as range_of
from headrace._src.ops.reduce import reduce_max, reduce_min
from headrace._src.ops.rounding import floor
from headrace._src.ops.segment import unsorted_segment_sum
from headrace._src.ops.select import where
from headrace._src.proto.event import SummaryMetadata
from headrace._src.summary.recording import summary_scope, write

# How many buckets a histogram has unless somebody says so.
_BUCKETS = 30
# AudioPluginData with the field `encoding`: WAV.
_WAV = b"\x10\x0b"


def _metadata(plugin: str, description: Any, content: bytes = b"") -> bytes:
    message = SummaryMetadata(summary_description=description)
    message.plugin_data.plugin_name = plugin
    message.plugin_data.content = content
    return message.SerializeToString()


def scalar(name: Any, data: Any, step: Any = None, description: Any = None) -> Tensor:
    """A number, written by the default writer; answers whether it was.

    name: its tag, after the name scopes around. data: a real scalar, written as float32.
    step: an int64 scalar, by default the default step. description: Markdown.

    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.scalar("loss", 0.5, step=1)
    <tf.Tensor: shape=(), dtype=bool, numpy=True>

    Raises ValueError for another rank and for no step. Op: WriteSummary.
    """
    with summary_scope(name, "scalar_summary") as (tag, _):
        assert_scalar(data)
        return write(tag, cast(data, float32), step, _metadata("scalars", description))


# ---- histograms ----------------------------------------------------------------------------------


def histogram(
    name: Any, data: Any, step: Any = None, buckets: Any = None, description: Any = None
) -> Tensor:
    """A histogram of a tensor's elements, written by the default writer; answers whether it was.

    name: its tag, after the name scopes around. data: real numbers of any shape. step: an int64
    scalar, by default the default step. buckets: how many, of equal width between the smallest and
    the largest element; 30 by default. description: Markdown.

    A tensor whose elements are all equal counts in the last bucket, and all buckets are that value
    wide: not at all. NaNs count in none.

    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.histogram("weights", [1., 2., 2.5], step=1, buckets=3).numpy()
    np.True_

    Raises ValueError for no step, TypeError for `buckets` that is no int32. Op: WriteSummary.
    """
    with summary_scope(name, "histogram_summary") as (tag, _):
        wanted = _BUCKETS if buckets is None else buckets
        return write(
            tag, lambda: _buckets(data, wanted), step, _metadata("histograms", description)
        )


def _buckets(data: Any, count: Any) -> Tensor:
    """The rows (left edge, right edge, how many elements), float64 [count, 3]."""
    count = convert(count)
    assert_scalar(count)
    assert_type(count, int32)
    count = maximum(count, 0)
    values = cast(reshape(stop_gradient(convert(data)), [-1]), float64)
    least, most = reduce_min(values), reduce_max(values)
    width = most - least
    step = width / cast(count, float64)
    place = floor((values - least) / step)
    # What is no number is in no bucket: XLA would make 0 of it.
    bucket = where(is_nan(place), -1.0, minimum(place, cast(count - 1, float64)))
    numbers = unsorted_segment_sum(ones_like(values), cast(bucket, int32), count)
    inner = least + step * cast(range_of(1, maximum(count, 1)), float64)
    last = reshape(most, [1])
    edges = concat([reshape(least, [1]), inner, last], 0)
    first = edges[:count]
    spread = stack([first, edges[1:][:count], numbers], 1)
    # All elements in one point: in the last bucket.
    at = fill([count], least)
    is_last = equal(range_of(count), count - 1)
    point = stack([at, at, where(is_last, cast(size(values), float64), 0.0)], 1)
    found = where(equal(width, 0.0), point, spread)
    is_empty = logical_or(equal(size(values), 0), equal(count, 0))
    return where(is_empty, fill([count, 3], convert(0.0, float64)), found)


# ---- images and sounds ---------------------------------------------------------------------------


def image(
    name: Any, data: Any, step: Any = None, max_outputs: Any = 3, description: Any = None
) -> Tensor:
    """Images, written as PNGs by the default writer; answers whether they were.

    name: their tag, after the name scopes around. data: [images, height, width, 1 to 4 channels],
    floats from 0 to 1 (clipped) or integers over the range of their dtype. step: an int64 scalar,
    by default the default step. max_outputs: how many at most. description: Markdown.

    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.image("digits", tf.zeros([2, 8, 8, 1]), step=1).numpy()
    np.True_

    Raises ValueError for another rank and for no step, tf.errors.InvalidArgumentError for more
    channels. Ops: EncodePng, WriteSummary.
    """
    with summary_scope(name, "image_summary") as (tag, _):
        return write(
            tag, lambda: _pictures(data, max_outputs), step, _metadata("images", description)
        )


def _pictures(data: Any, most: Any) -> Tensor:
    """Strings: width and height in digits, then the PNGs."""
    data = convert(data)
    assert_rank(data, 4)
    assert_non_negative(most)
    pixels = convert_image_dtype(data, uint8, saturate=True)[:most]
    return concat([_sizes(data), encode_png(pixels)], 0)


def _sizes(data: Tensor) -> Tensor:
    """The width and the height in digits."""
    known = data.shape.as_list() if data.shape.rank is not None else [None] * 4
    if None not in (known[1], known[2]):
        return convert([str(known[2]), str(known[1])], string)
    sizes = shape(data)
    return stack([_digits(sizes[2]), _digits(sizes[1])])


def _digits(number: Tensor) -> Tensor:
    """A number of a graph as a string."""
    graph = thread.context.graph
    name = graph.unique_name("StringFormat")
    attributes = {"T": [number.dtype], "template": "{}", "placeholder": "{}", "summarize": 3}
    inputs = [graph.input(number, f"{name}/inputs_0")]
    promised = [(string, TensorShape([]))]
    return graph.add(string_format, inputs, attributes, promised, name).outputs[0]


def audio(
    name: Any,
    data: Any,
    sample_rate: Any,
    step: Any = None,
    max_outputs: Any = 3,
    encoding: Any = None,
    description: Any = None,
) -> Tensor:
    """Sounds, written as WAV files by the default writer; answers whether they were.

    name: their tag, after the name scopes around. data: float32 [sounds, samples, channels], from
    -1 to 1. sample_rate: an int32 scalar, in hertz. step: an int64 scalar, by default the default
    step. max_outputs: how many at most. encoding: "wav" or None. description: Markdown.

    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.audio("voice", tf.zeros([1, 100, 1]), 8000, step=1).numpy()
    np.True_

    Raises ValueError for another rank, another encoding and for no step,
    tf.errors.InvalidArgumentError for another dtype. Ops: EncodeWav, WriteSummary.
    """
    if encoding not in (None, "wav"):
        raise ValueError(f"Unknown encoding: {encoding!r}")
    with summary_scope(name, "audio_summary") as (tag, _):
        return write(
            tag,
            lambda: _sounds(data, sample_rate, max_outputs),
            step,
            _metadata("audio", description, _WAV),
        )


def _sounds(data: Any, sample_rate: Any, most: Any) -> Tensor:
    """Strings [sounds, 2]: the files, each with an empty text, where labels once were."""
    data = convert(data)
    assert_rank(data, 3)
    assert_non_negative(most)
    rate = convert(sample_rate, int32)
    to_file: Callable[[Any], Any] = lambda sound: encode_wav(sound, rate)
    files = map_fn(to_file, data[:most], fn_output_signature=string)
    return stack([files, fill(shape(files), "")], 1)


def text(name: Any, data: Any, step: Any = None, description: Any = None) -> Tensor:
    """Texts in Markdown, written by the default writer; answers whether they were.

    name: their tag, after the name scopes around. data: strings; of two dimensions, a table.
    step: an int64 scalar, by default the default step. description: Markdown.

    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.text("notes", "It *works*.", step=1).numpy()
    np.True_

    Raises TypeError for what is no string, ValueError for no step. Op: WriteSummary.
    """
    with summary_scope(name, "text_summary") as (tag, _):
        tensor = convert(data)
        assert_type(tensor, string)
        return write(tag, tensor, step, _metadata("text", description))
