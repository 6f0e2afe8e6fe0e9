"""Shapes, slices, constants and casts with the arguments of TensorFlow 1.

The one idea: most differ in the order or the names of their arguments alone, which `translated`
says in a line; the few with other rules are written out below.

Read next: arguments.py, ops/array.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.compat.arguments import either, translated
from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor
from headrace._src.engine import convert as conversion
from headrace._src.engine.convert import convert
from headrace._src.ops import (
    array,
    blocks,
    counting,
    csv,
    debugging,
    examples,
    image_patches,
    joining,
    math,
    order,
    padding,
    random,
    ranges,
    raw_bytes,
    scatter,
    select,
)
from headrace._src.ops import cast as casts
from headrace._src.ops import constant as constants
from headrace._src.ops import gather as gathers
from headrace._src.ops.dispatch import serve
from headrace._src.ragged.elementwise import serve_binary
from headrace._src.ragged.functional import map_flat_values
from headrace._src.ragged.ragged_tensor import RaggedTensor, as_values, count_of

# ---- the same with other arguments ---------------------------------------------------------------

squeeze = translated(
    array.squeeze,
    "squeeze(input, axis=None, name=None, squeeze_dims=None)",
    "tf.compat.v1.squeeze([[1, 2]], squeeze_dims=0).numpy() -> array([1, 2], dtype=int32)",
    squeeze_dims="axis",
)
shape = translated(
    array.shape,
    "shape(input, name=None, out_type=None)",
    "tf.compat.v1.shape([[1, 2]]).numpy() -> array([1, 2], dtype=int32)",
)
size = translated(
    array.size,
    "size(input, name=None, out_type=None)",
    "tf.compat.v1.size([[1, 2]]).numpy() -> np.int32(2)",
)
transpose = translated(
    array.transpose,
    "transpose(a, perm=None, name='transpose', conjugate=False)",
    "tf.compat.v1.transpose([[1, 2]]).shape -> TensorShape([2, 1])",
)
zeros_like = translated(
    constants.zeros_like,
    "zeros_like(tensor, dtype=None, name=None, optimize=True)",
    "tf.compat.v1.zeros_like([1, 2]).numpy() -> array([0, 0], dtype=int32)",
    unused="optimize",
    tensor="input",
)
ones_like = translated(
    constants.ones_like,
    "ones_like(tensor, dtype=None, name=None, optimize=True)",
    "tf.compat.v1.ones_like([1, 2]).numpy() -> array([1, 1], dtype=int32)",
    unused="optimize",
    tensor="input",
)
pad = translated(
    padding.pad,
    "pad(tensor, paddings, mode='CONSTANT', name=None, constant_values=0)",
    "tf.compat.v1.pad([1], [[1, 1]]).numpy() -> array([0, 1, 0], dtype=int32)",
)
gather = translated(
    gathers.gather,
    "gather(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0)",
    "tf.compat.v1.gather([5, 6, 7], [2, 0]).numpy() -> array([7, 5], dtype=int32)",
)
gather_nd = translated(
    scatter.gather_nd,
    "gather_nd(params, indices, name=None, batch_dims=0, bad_indices_policy='')",
    "tf.compat.v1.gather_nd([5, 6, 7], [[2]]).numpy() -> array([7], dtype=int32)",
)
boolean_mask = translated(
    gathers.boolean_mask,
    "boolean_mask(tensor, mask, name='boolean_mask', axis=None)",
    "tf.compat.v1.boolean_mask([5, 6], [False, True]).numpy() -> array([6], dtype=int32)",
)
convert_to_tensor = translated(
    conversion.convert_to_tensor,
    "convert_to_tensor(value, dtype=None, name=None, preferred_dtype=None, dtype_hint=None)",
    "tf.compat.v1.convert_to_tensor([1], preferred_dtype=tf.int64).dtype -> tf.int64",
    preferred_dtype="dtype_hint",
)
reverse_sequence = translated(
    padding.reverse_sequence,
    "reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None, seq_dim=None, "
    "batch_dim=None)",
    "tf.compat.v1.reverse_sequence([[1, 2, 3]], [2], seq_dim=1, batch_dim=0).numpy() -> "
    "array([[2, 1, 3]], dtype=int32)",
    seq_dim="seq_axis",
    batch_dim="batch_axis",
)
space_to_depth = translated(
    blocks.space_to_depth,
    "space_to_depth(input, block_size, name=None, data_format='NHWC')",
    "tf.compat.v1.space_to_depth(tf.zeros([1, 2, 2, 1]), 2).shape -> TensorShape([1, 1, 1, 4])",
)
depth_to_space = translated(
    blocks.depth_to_space,
    "depth_to_space(input, block_size, name=None, data_format='NHWC')",
    "tf.compat.v1.depth_to_space(tf.zeros([1, 1, 1, 4]), 2).shape -> TensorShape([1, 2, 2, 1])",
)
extract_image_patches = translated(
    image_patches.extract_patches,
    "extract_image_patches(images, ksizes=None, strides=None, rates=None, padding=None, name=None, "
    "sizes=None)",
    "tf.compat.v1.extract_image_patches(tf.zeros([1, 4, 4, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "
    "[1, 1, 1, 1], 'VALID').shape -> TensorShape([1, 2, 2, 4])",
    ksizes="sizes",
)
confusion_matrix = translated(
    counting.confusion_matrix,
    "confusion_matrix(labels, predictions, num_classes=None, dtype=int32, name=None, weights=None)",
    "tf.compat.v1.confusion_matrix([0, 1], [1, 1]).numpy() -> array([[0, 1],\n"
    "       [0, 1]], dtype=int32)",
)
multinomial = translated(
    random.categorical,
    "multinomial(logits, num_samples, seed=None, name=None, output_dtype=None)",
    "tf.compat.v1.multinomial([[0., 100.]], 3).numpy() -> array([[1, 1, 1]])",
    output_dtype="dtype",
)
random_poisson = translated(
    random.poisson,
    "random_poisson(lam, shape, dtype=float32, seed=None, name=None)",
    "tf.compat.v1.random_poisson([1.], [2]).shape -> TensorShape([2, 1])",
)
tuple = translated(
    order.tuple,
    "tuple(tensors, name=None, control_inputs=None)",
    "tf.compat.v1.tuple([tf.constant(1)])[0].numpy() -> np.int32(1)",
)
decode_raw = translated(
    raw_bytes.decode_raw,
    "decode_raw(input_bytes=None, out_type=None, little_endian=True, name=None, bytes=None)",
    "tf.compat.v1.decode_raw(bytes=b'\\x01\\x00', out_type=tf.int16).numpy() -> "
    "array([1], dtype=int16)",
    bytes="input_bytes",
)
decode_csv = translated(
    csv.decode_csv,
    "decode_csv(records, record_defaults, field_delim=',', use_quote_delim=True, name=None, "
    "na_value='', select_cols=None)",
    "tf.compat.v1.decode_csv('1', [[0]])[0].numpy() -> np.int32(1)",
)
parse_example = translated(
    examples.parse_example,
    "parse_example(serialized, features, name=None, example_names=None)",
    "tf.compat.v1.parse_example([b''], {'x': tf.io.FixedLenFeature([], tf.int64, 7)})['x'].numpy()"
    " -> array([7])",
)
parse_single_example = translated(
    examples.parse_single_example,
    "parse_single_example(serialized, features, name=None, example_names=None)",
    "tf.compat.v1.parse_single_example(b'', {'x': tf.io.FixedLenFeature([], tf.int64, 7)})['x']"
    ".numpy() -> np.int64(7)",
)
verify_tensor_all_finite = translated(
    debugging.assert_all_finite,
    "verify_tensor_all_finite(t=None, msg=None, name=None, x=None, message=None)",
    "tf.compat.v1.verify_tensor_all_finite([1.], 'x').numpy() -> array([1.], dtype=float32)",
    t="x",
    msg="message",
)

# ---- casts ---------------------------------------------------------------------------------------


def _cast_to(dtype: DType, old: str, shown: str) -> Callable:
    leaf = f"to_{old.lower()}"
    return translated(
        lambda x, name: casts.cast(x, dtype, name),
        f"{leaf}(x, name='To{old}')",
        f"tf.compat.v1.{leaf}(1).numpy() -> {shown}",
    )


to_float = _cast_to(dtypes.float32, "Float", "np.float32(1.0)")
to_double = _cast_to(dtypes.float64, "Double", "np.float64(1.0)")
to_int32 = _cast_to(dtypes.int32, "Int32", "np.int32(1)")
to_int64 = _cast_to(dtypes.int64, "Int64", "np.int64(1)")
to_bfloat16 = _cast_to(dtypes.bfloat16, "BFloat16", "1")
to_complex64 = _cast_to(dtypes.complex64, "Complex64", "np.complex64(1+0j)")
to_complex128 = _cast_to(dtypes.complex128, "Complex128", "np.complex128(1+0j)")

# ---- with rules of their own ---------------------------------------------------------------------


def expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """`input` with a new axis of size 1 at position `axis`, whose old name is `dim`.

    >>> tf.compat.v1.expand_dims([1, 2], dim=0).numpy()
    array([[1, 2]], dtype=int32)

    Raises ValueError without an axis, and with both names of it.
    """
    axis = either("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return array.expand_dims(input, axis, name)


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str = "Const",
    verify_shape: bool = False,
) -> Tensor:
    """A tensor of the values given; see `tf.constant`.

    verify_shape: whether the value must have the shape, and is not repeated to fill it.

    >>> tf.compat.v1.constant(1, shape=[2]).numpy()
    array([1, 1], dtype=int32)

    Raises TypeError for a value of another shape where that is to be verified.
    """
    if verify_shape and shape is not None:
        found = convert(value, None if dtype is None else dtypes.as_dtype(dtype)).shape
        wanted = TensorShape(shape)
        if found != wanted:
            raise TypeError(
                f"Expected Tensor {value} (converted from {value}) with shape "
                f"{builtin_tuple(wanted)}, but got shape {builtin_tuple(found)}."
            )
    return constants.constant(value, dtype, shape, name)


builtin_tuple = ().__class__  # `tuple` is an op here


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where `condition` is true, `y` elsewhere; or, without both, where it is true.

    condition: of the shape of `x`; or a vector, which chooses whole rows; or a scalar. x, y: of one
    shape. Nothing else broadcasts, unlike in `tf.where`.

    >>> tf.compat.v1.where([True, False], [[1, 2], [3, 4]], [[5, 6], [7, 8]]).numpy()
    array([[1, 2],
           [7, 8]], dtype=int32)

    Raises ValueError where only one of `x` and `y` is given, InvalidArgumentError for other shapes.
    """
    if x is None or y is None:
        return select.where(condition, x, y, name)
    condition = convert(condition, dtypes.bool)
    x, y = conversion.convert(x), conversion.convert(y, x.dtype if isinstance(x, Tensor) else None)
    if not x.shape.is_compatible_with(y.shape):
        raise _unlike(x.shape, y.shape, 1, 2)
    rank = condition.shape.rank
    if (rank is None and x.shape.rank != 1) or (rank == 1 and x.shape.rank is None):
        raise NotImplementedError(
            "tf.compat.v1.where: headrace must know from ranks whether `condition` chooses rows; "
            "set the shapes, or use tf.where."
        )
    rows = rank == 1 and x.shape.rank is not None and x.shape.rank > 1
    if rows and condition.shape.is_compatible_with(x.shape[:1]):
        condition = array.reshape(condition, [-1] + [1] * (x.shape.rank - 1))
    elif rank != 0 and not condition.shape.is_compatible_with(x.shape):
        raise _unlike(condition.shape, x.shape, 0, 1)
    return select.where(condition, x, y, name)


@serve(RaggedTensor, where)
def _where_ragged(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """All three are cut alike, or `condition` is a vector that chooses whole rows."""
    if x is None or y is None:
        return NotImplemented
    if isinstance(condition, RaggedTensor):
        if not (isinstance(x, RaggedTensor) and isinstance(y, RaggedTensor)):
            raise ValueError("Input shapes do not match.")
        return map_flat_values(where, condition, x, y, name=name)
    condition = convert(condition, dtypes.bool)
    condition.shape.assert_has_rank(1)
    x, y = as_values(x), as_values(y)
    first, second = (casts.cast(count_of(rows), dtypes.int64) for rows in (x, y))
    places = where(condition, ranges.range(first), ranges.range(first, first + second), name)
    return gathers.gather(joining.concat([x, y], 0), places)


def _unlike(one: TensorShape, other: TensorShape, i: int, j: int) -> InvalidArgumentError:
    return InvalidArgumentError(
        None,
        None,
        "Inputs to operation Select of type Select must have the same size and shape.  "
        f"Input {i}: {one.as_list()} != input {j}: {other.as_list()} [Op:Select]",
    )


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """`x / y`: of integers rounded down, as Python 2 divided.

    >>> tf.compat.v1.div(-7, 2).numpy(), tf.compat.v1.div(7., 2.).numpy()
    (np.int32(-4), np.float32(3.5))

    Raises TypeError for two dtypes, InvalidArgumentError for an integer divided by 0.
    """
    x = convert(x)
    y = convert(y, x.dtype)
    whole = not (x.dtype.is_floating or x.dtype.is_complex)
    return math.floordiv(x, y, name) if whole else math.truediv(x, y, name)


serve_binary(div)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """Elements of the rows of `params`: all axes of `indices` but the last go together.

    >>> tf.compat.v1.batch_gather([[5, 6], [7, 8]], [[1], [0]]).numpy()
    array([[6],
           [7]], dtype=int32)
    """
    return gathers.gather(params, indices, batch_dims=-1, name=name)


def _blocks(modern: Callable, input: Any, block_size: Any, rest: Any, block_shape: Any, name: Any):
    sizes = either("block_shape", block_shape, "block_size", block_size)
    if isinstance(sizes, int):
        sizes = [sizes, sizes]
    return modern(input, sizes, rest, name)


def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: Any = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """Blocks of height and width as further batches; see `tf.space_to_batch`.

    block_size: one number for both axes.

    >>> tf.compat.v1.space_to_batch(tf.zeros([1, 2, 2, 1]), [[0, 0], [0, 0]], 2).shape
    TensorShape([4, 1, 1, 1])
    """
    return _blocks(blocks.space_to_batch, input, block_size, paddings, block_shape, name)


def batch_to_space(
    input: Any, crops: Any, block_size: Any, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """Batches as blocks of height and width; see `tf.batch_to_space`.

    block_size: one number for both axes.

    >>> tf.compat.v1.batch_to_space(tf.zeros([4, 1, 1, 1]), [[0, 0], [0, 0]], 2).shape
    TensorShape([1, 2, 2, 1])
    """
    return _blocks(blocks.batch_to_space, input, block_size, crops, block_shape, name)
