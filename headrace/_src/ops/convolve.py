"""The ops of convolution in two and three dimensions, each with its two transposes.

The one idea: a convolution is linear in its input and in its filters. `Conv2DBackpropInput` and
`Conv2DBackpropFilter` are its transposes, and so the gradient of each of the three is written
with the other two; that holds for any order.

Convolutions always run on XLA (xla/convolution.py): NumPy has none worth the name. What is here
is who calls what, and the checks that TensorFlow's kernels make, in their words.

Read next: ops/convolution.py, the public functions.
"""

from typing import Any

from headrace._src.core import namespace, window_rules
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, unknown_shape
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import Static, op
from headrace._src.ops.array import dims
from headrace._src.ops.windows import paddings, places, refuse, unimplemented

_ONES = (1, 1, 1, 1)
_ONES_3D = (1, 1, 1, 1, 1)


class Convolution:
    """A convolution of given shapes: checked, and in the terms of xla/convolution.py."""

    def __init__(
        self,
        input: tuple,
        window: tuple,
        strides: tuple,
        padding: str,
        explicit: tuple,
        data_format: str,
        dilations: tuple,
    ) -> None:
        self.first = data_format.startswith("NC")
        spatial = slice(2, None) if self.first else slice(1, -1)
        n = len(window)
        self.sizes = input[spatial]
        self.strides = strides[spatial]
        self.dilations = dilations[spatial] if len(dilations) == n + 2 else (1,) * n
        self.explicit = explicit[4:] if self.first else explicit[2:-2]
        self.window = window
        self.out = tuple(
            places(size, k, stride, padding, dilation, self.explicit[2 * i : 2 * i + 2])
            for i, (size, k, stride, dilation) in enumerate(
                zip(self.sizes, window, self.strides, self.dilations, strict=True)
            )
        )
        self.padding = paddings(
            self.sizes, window, self.strides, padding, self.dilations, self.explicit
        )

    def how(self) -> tuple:
        """The arguments of the functions in xla/convolution.py after the two arrays."""
        return self.strides, self.padding, self.dilations, self.first

    def check_out(self, dy: tuple, what: str) -> None:
        """Refuses a gradient of shape `dy` whose spatial sizes are not those of the result."""
        given = dy[2:] if self.first else dy[1:-1]
        for i, (actual, computed) in enumerate(zip(given, self.out, strict=True)):
            if actual != computed:
                refuse(
                    f"{what}: Size of out_backprop doesn't match computed: actual = {actual}, "
                    f"computed = {computed} spatial_dim: {i + 2 if self.first else i + 1} input: "
                    f"{self.sizes[i]} filter: {self.window[i]} output: {actual} stride: "
                    f"{self.strides[i]} dilation: {self.dilations[i]}"
                )


def _check_axes(
    strides: tuple, padding: str, explicit: tuple, data_format: str, dilations: tuple
) -> None:
    """Refuses what is done to the batch or the channels, and numbers below 1."""
    rank = len(strides)
    channel = 1 if data_format.startswith("NC") else rank - 1
    beyond = unimplemented if rank == 4 else refuse
    if strides[0] != 1 or strides[channel] != 1:
        beyond(
            "Current implementation does not yet support strides in the batch and depth dimensions."
        )
    if min(strides) < 1:
        rows = "Row and column" if rank == 4 else "Spatial"
        refuse(f"{rows} strides should be larger than 0.")
    if dilations and (dilations[0] != 1 or dilations[channel] != 1):
        beyond(
            "Current implementation does not yet support dilations in the batch and depth"
            " dimensions."
        )
    if dilations and min(dilations) < 1:
        refuse("Dilated rates should be larger than 0.")
    if padding == "EXPLICIT":
        if len(explicit) != 2 * rank:
            refuse(
                f"explicit_paddings attribute must contain {2 * rank} values, but got: "
                f"{len(explicit)}"
            )
        if min(explicit) < 0:
            refuse("All elements of explicit_paddings must be nonnegative")
        if any(explicit[:2]) or any(explicit[2 * channel : 2 * channel + 2]):
            refuse("Nonzero explicit padding in the batch or depth dimensions is not supported")


def _shown(shape: tuple) -> str:
    return bracketed(TensorShape(shape))


def xla() -> Any:
    """The module xla/convolution.py, which is loaded by the time that a kernel runs."""
    return namespace.convolution_under_xla


# ---- in two dimensions
# ---------------------------------------------------------------------------


def conv2d_map(
    input: tuple,
    filter: tuple,
    strides: tuple,
    padding: str,
    explicit: tuple,
    data_format: str,
    dilations: tuple,
) -> Convolution:
    """Input and filters of these shapes, after the checks of the kernel Conv2D."""
    _check_axes(strides, padding, explicit, data_format, dilations)
    if len(input) != 4:
        refuse(f"convolution input must be 4-dimensional: {_shown(input)}")
    if len(filter) != 4:
        refuse(f"convolution filter must be 4-dimensional: {_shown(filter)}")
    depth, expected, out = input[1 if data_format == "NCHW" else 3], filter[2], filter[3]
    if expected < 1:
        refuse(f"filter depth must be stricly positive, got {expected}")
    if depth % expected:
        refuse(f"input depth must be evenly divisible by filter depth: {depth} vs {expected}")
    groups = depth // expected
    if groups and out % groups:
        refuse(f"output depth must be evenly divisible by number of groups: {out} vs {groups}")
    if 0 in filter[:2]:
        refuse("filter must not have zero elements (i.e. all dimensions must be non-zero)")
    return Convolution(input, filter[:2], strides, padding, explicit, data_format, dilations)


def _convolved(
    input: TensorShape,
    filter: TensorShape,
    strides: tuple,
    use_cudnn_on_gpu: bool,
    padding: str,
    explicit_paddings: tuple,
    data_format: str,
    dilations: tuple,
) -> TensorShape:
    return window_rules.convolution(
        input, filter, strides, padding, dilations, explicit_paddings, data_format
    )


@op("Conv2D", shape=_convolved, cost="xla")
def conv2d_op(
    input: Tensor,
    filter: Tensor,
    strides: tuple[int, ...],
    use_cudnn_on_gpu: bool = True,
    padding: str = "VALID",
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    dilations: tuple[int, ...] = _ONES,
    name: str | None = None,
) -> Tensor:
    """Images convolved with filters."""
    plan = conv2d_map(
        input.shape, filter.shape, strides, padding, explicit_paddings, data_format, dilations
    )
    return xla().convolve(input, filter, *plan.how())


@conv2d_op.gradient
def _(
    dz, input, filter, strides, use_cudnn_on_gpu, padding, explicit_paddings, data_format, dilations
):
    how = (strides, use_cudnn_on_gpu, padding, explicit_paddings, data_format, dilations)
    return (
        lambda: conv2d_backprop_input(dims(input), filter, dz, *how),
        lambda: conv2d_backprop_filter(input, dims(filter), dz, *how),
    )


def sized(sizes: Any, rank: int) -> TensorShape:
    """The shape that `sizes` gives, where tracing knows it."""
    known = isinstance(sizes, tuple) and len(sizes) == rank
    return TensorShape(sizes) if known else unknown_shape(rank)


def _checked(
    input: tuple, filter: tuple, dy: tuple, what: str, how: tuple, channel: int
) -> Convolution:
    """The map whose transpose is asked for, after the checks that its kernels make."""
    for shape, word in ((input, "input"), (filter, "filter"), (dy, "out_backprop")):
        if len(shape) != 4:
            refuse(f"{what}: {word} must be 4-dimensional")
    if input[0] != dy[0]:
        refuse(
            f"{what}: input and out_backprop must have the same batch size. Input batch: "
            f"{input[0]}, outbackprop batch: {dy[0]}, batch_dim: 0"
        )
    if not filter[2] or input[channel] % filter[2]:
        refuse(f"{what}: input depth must be evenly divisible by filter depth")
    if filter[3] != dy[channel]:
        refuse(f"{what}: filter and out_backprop must have the same out_depth")
    plan = conv2d_map(input, filter, *how)
    plan.check_out(dy, what)
    return plan


def _input_of(sizes: Any, filter: TensorShape, dy: TensorShape, *_: Any) -> TensorShape:
    for x in (dy, filter):
        if x.rank not in (None, 4):
            raise ShapeError(f"Shape must be rank 4 but is rank {x.rank}")
    return sized(sizes, 4)


@op("Conv2DBackpropInput", shape=_input_of, cost="xla")
def conv2d_backprop_input(
    input_sizes: Static,
    filter: Tensor,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    use_cudnn_on_gpu: bool = True,
    padding: str = "VALID",
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    dilations: tuple[int, ...] = _ONES,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution in its input."""
    sizes = input_sizes if isinstance(input_sizes, tuple) else (input_sizes,)
    channel = 1 if data_format == "NCHW" else 3
    if len(out_backprop.shape) != 4:
        refuse(f"input_sizes must be 4-dimensional, got: {len(out_backprop.shape)}")
    if len(sizes) == 2 and len(filter.shape) == 4:
        depth = filter.shape[2]
        whole = (depth, *sizes) if channel == 1 else (*sizes, depth)
        sizes = (out_backprop.shape[0], *whole)
    if len(sizes) != 4:
        refuse(
            "Conv2DBackpropInput requires input_sizes to contain 4 values or 2 values, but got: "
            f"{len(sizes)}"
        )
    if min(sizes) < 0:
        refuse(f"Dimension {min(sizes)} must be >= 0")
    how = (strides, padding, explicit_paddings, data_format, dilations)
    plan = _checked(
        sizes, filter.shape, out_backprop.shape, "Conv2DCustomBackpropInput", how, channel
    )
    return xla().by_input(sizes, filter, out_backprop, *plan.how())


@conv2d_backprop_input.gradient
def _(
    dz,
    filter,
    out_backprop,
    strides,
    use_cudnn_on_gpu,
    padding,
    explicit_paddings,
    data_format,
    dilations,
):
    how = (strides, use_cudnn_on_gpu, padding, explicit_paddings, data_format, dilations)
    return (
        lambda: conv2d_backprop_filter(dz, dims(filter), out_backprop, *how),
        lambda: conv2d_op(dz, filter, *how),
    )


@op("Conv2DBackpropFilter", shape=lambda input, sizes, *_: sized(sizes, 4), cost="xla")
def conv2d_backprop_filter(
    input: Tensor,
    filter_sizes: Static,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    use_cudnn_on_gpu: bool = True,
    padding: str = "VALID",
    explicit_paddings: tuple[int, ...] = (),
    data_format: str = "NHWC",
    dilations: tuple[int, ...] = _ONES,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution in its filters."""
    how = (strides, padding, explicit_paddings, data_format, dilations)
    channel = 1 if data_format == "NCHW" else 3
    plan = _checked(
        input.shape, filter_sizes, out_backprop.shape, "Conv2DCustomBackpropFilter", how, channel
    )
    return xla().by_filters(input, filter_sizes, out_backprop, *plan.how())


@conv2d_backprop_filter.gradient
def _(
    dz,
    input,
    out_backprop,
    strides,
    use_cudnn_on_gpu,
    padding,
    explicit_paddings,
    data_format,
    dilations,
):
    how = (strides, use_cudnn_on_gpu, padding, explicit_paddings, data_format, dilations)
    return (
        lambda: conv2d_backprop_input(dims(input), dz, out_backprop, *how),
        lambda: conv2d_op(input, dz, *how),
    )


# ---- in three dimensions
# -------------------------------------------------------------------------


def conv3d_map(
    input: tuple, filter: tuple, strides: tuple, padding: str, data_format: str, dilations: tuple
) -> Convolution:
    """Input and filters of these shapes, after the checks of the kernel Conv3D."""
    if len(input) != 5:
        refuse("input must be 5-dimensional")
    if len(filter) != 5:
        refuse("filter must be 5-dimensional")
    depth, expected = input[1 if data_format == "NCDHW" else 4], filter[3]
    if not expected or depth % expected:
        refuse(f"Input depth must be evenly divisible by filter depth: {depth} vs {expected}")
    if depth != expected:
        refuse(
            f"Number of channels in filter ({expected}) must match last dimension of input "
            f"({depth})"
        )
    _check_axes(strides, padding, (), data_format, dilations)
    return Convolution(input, filter[:3], strides, padding, (), data_format, dilations)


def _convolved_3d(
    input: TensorShape,
    filter: TensorShape,
    strides: tuple,
    padding: str,
    data_format: str,
    dilations: tuple,
) -> TensorShape:
    return window_rules.convolution(input, filter, strides, padding, dilations, (), data_format)


@op("Conv3D", shape=_convolved_3d, cost="xla")
def conv3d_op(
    input: Tensor,
    filter: Tensor,
    strides: tuple[int, ...],
    padding: str = "VALID",
    data_format: str = "NDHWC",
    dilations: tuple[int, ...] = _ONES_3D,
    name: str | None = None,
) -> Tensor:
    """Volumes convolved with filters."""
    plan = conv3d_map(input.shape, filter.shape, strides, padding, data_format, dilations)
    return xla().convolve(input, filter, *plan.how())


@conv3d_op.gradient
def _(dz, input, filter, strides, padding, data_format, dilations):
    how = (strides, padding, data_format, dilations)
    return (
        lambda: conv3d_backprop_input(dims(input), filter, dz, *how),
        lambda: conv3d_backprop_filter(input, dims(filter), dz, *how),
    )


def _checked_3d(input: tuple, filter: tuple, dy: tuple, how: tuple, what: str) -> Convolution:
    """The map whose transpose is asked for, after the checks that its kernels make."""
    for shape, word in ((input, "input_sizes"), (filter, "filter_sizes"), (dy, "out_backprop")):
        if len(shape) != 5:
            refuse(f"{word} must be 5-dimensional")
    channel = 1 if how[2] == "NCDHW" else 4
    if input[channel] != filter[3] and (not filter[3] or input[channel] % filter[3]):
        refuse(
            "input and filter_sizes must have the same number of channels. Got "
            f"{input[channel]} for input and {filter[3]} for filter_sizes"
        )
    if dy[channel] != filter[4]:
        refuse(
            "out_backprop and filter_sizes must have the same number of channels. Got "
            f"{dy[channel]} for out_backprop and {filter[4]} for filter_sizes"
        )
    if input[0] != dy[0]:
        refuse(
            f"{what}: input and out_backprop must have the same batch size. Input batch: "
            f"{input[0]}, outbackprop batch: {dy[0]}, batch_dim: 0"
        )
    plan = conv3d_map(input, filter, *how)
    plan.check_out(dy, what)
    return plan


@op("Conv3DBackpropInputV2", shape=lambda sizes, *_: sized(sizes, 5), cost="xla")
def conv3d_backprop_input(
    input_sizes: Static,
    filter: Tensor,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    padding: str = "VALID",
    data_format: str = "NDHWC",
    dilations: tuple[int, ...] = _ONES_3D,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution of volumes in its input."""
    how = (strides, padding, data_format, dilations)
    sizes = input_sizes if isinstance(input_sizes, tuple) else (input_sizes,)
    plan = _checked_3d(sizes, filter.shape, out_backprop.shape, how, "Conv3DBackpropInputOp")
    return xla().by_input(sizes, filter, out_backprop, *plan.how())


@conv3d_backprop_input.gradient
def _(dz, filter, out_backprop, strides, padding, data_format, dilations):
    how = (strides, padding, data_format, dilations)
    return (
        lambda: conv3d_backprop_filter(dz, dims(filter), out_backprop, *how),
        lambda: conv3d_op(dz, filter, *how),
    )


@op("Conv3DBackpropFilterV2", shape=lambda input, sizes, *_: sized(sizes, 5), cost="xla")
def conv3d_backprop_filter(
    input: Tensor,
    filter_sizes: Static,
    out_backprop: Tensor,
    strides: tuple[int, ...],
    padding: str = "VALID",
    data_format: str = "NDHWC",
    dilations: tuple[int, ...] = _ONES_3D,
    name: str | None = None,
) -> Tensor:
    """The transpose of a convolution of volumes in its filters."""
    how = (strides, padding, data_format, dilations)
    plan = _checked_3d(input.shape, filter_sizes, out_backprop.shape, how, "Conv3DBackpropFilterOp")
    return xla().by_filters(input, filter_sizes, out_backprop, *plan.how())


@conv3d_backprop_filter.gradient
def _(dz, input, out_backprop, strides, padding, data_format, dilations):
    how = (strides, padding, data_format, dilations)
    return (
        lambda: conv3d_backprop_input(dims(input), dz, out_backprop, *how),
        lambda: conv3d_op(input, dz, *how),
    )
