"""The table of forms (ops/forms.py): ops that exist as a composition, for `tf.raw_ops`.

The one idea: each is one call of what exists. Most are earlier versions of an op, kept by
TensorFlow because old graphs name them; these call the version that took their place.

Read next: ops/raw.py; objects/raw_variables.py for the ops of variables.
"""

from typing import Any

from headrace._src.core import errors
from headrace._src.core.dtypes import float32, uint64
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.node import known_value
from headrace._src.engine.op import registry
from headrace._src.ops.constant import zeros
from headrace._src.ops.csv import decode_csv
from headrace._src.ops.debugging import Assert
from headrace._src.ops.files import write_file
from headrace._src.ops.forms import form
from headrace._src.ops.identity import identity, identity_n
from headrace._src.ops.order import timestamp
from headrace._src.ops.ranges import linspace
from headrace._src.ops.solvers import lstsq
from headrace._src.ops.stateless_random import (
    stateless_normal,
    stateless_truncated_normal,
    stateless_uniform,
)


def _op(called: str, **given: Any) -> Any:
    """The outputs of another op, by its name in the registry."""
    return registry[called].function(**given)


def _refuse(name: str, fact: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, f"{fact} [Op:{name}]")


# ---- arrays --------------------------------------------------------------------------------------


@form("IdentityN")
def _(input: Any, name: str | None = None) -> Any:
    """The tensors of a list, each as another object."""
    return identity_n(list(input), name)


@form("Snapshot")
def _(input: Any, name: str | None = None) -> Any:
    """The same value as another tensor."""
    return identity(input, name)


@form("DeepCopy")
def _(x: Any, name: str | None = None) -> Any:
    """The same value as another tensor."""
    return identity(x, name)


@form("GuaranteeConst")
def _(input: Any, name: str | None = None) -> Any:
    """The same value, which the caller promises never to change."""
    return _op("StopGradient", input=input, name=name)


@form("LinSpace")
def _(start: Any, stop: Any, num: Any, name: str | None = None) -> Any:
    """`num` values at equal distances from `start` to `stop`."""
    for key, value in (("start", start), ("stop", stop), ("num", num)):
        if value.shape.rank not in (0, None):
            raise _refuse("LinSpace", f"{key} must be a scalar, not shape {value.shape}")
    if isinstance(num, EagerTensor) and num.numpy() <= 0:
        raise _refuse("LinSpace", f"Requires num > 0: {num.numpy()}")
    return linspace(start, stop, num, name)


@form("Concat")
def _(concat_dim: Any, values: Any, name: str | None = None) -> Any:
    """Tensors joined along an axis, which stands first."""
    return _op("ConcatV2", values=list(values), axis=concat_dim, name=name)


@form("Gather")
def _(params: Any, indices: Any, validate_indices: bool = True, name: str | None = None) -> Any:
    """Rows of `params`; they are validated in any case."""
    return _op("GatherV2", params=params, indices=indices, axis=0, name=name)


@form("Empty")
def _(shape: Any, dtype: Any, init: bool = False, name: str | None = None) -> Any:
    """A tensor whose values nobody may rely on: here zeros, whether `init` asks for them or not."""
    return zeros(shape, dtype, name)


@form("ScatterNdNonAliasingAdd")
def _(
    input: Any, indices: Any, updates: Any, bad_indices_policy: str = "", name: str | None = None
) -> Any:
    """`input` with `updates` added where `indices` say."""
    if bad_indices_policy not in ("", "DEFAULT", "ERROR"):
        raise NotImplementedError(
            "tf.raw_ops.ScatterNdNonAliasingAdd: of bad_indices_policy only 'ERROR' is there."
        )
    return _op("TensorScatterAdd", tensor=input, indices=indices, updates=updates, name=name)


@form("InTopK")
def _(predictions: Any, targets: Any, k: int, name: str | None = None) -> Any:
    """Whether each target is among the `k` largest predictions."""
    return _op(
        "InTopKV2",
        predictions=predictions,
        targets=targets,
        k=_op("Cast", x=k, DstT=targets.dtype),
        name=name,
    )


def _at_least_two(name: str, block_size: int) -> None:
    if block_size < 2:
        raise _refuse(
            name, f"Value for attr 'block_size' of {block_size} must be at least minimum 2"
        )


@form("SpaceToBatch")
def _(input: Any, paddings: Any, block_size: int, name: str | None = None) -> Any:
    """Blocks of height and width moved to the batch."""
    _at_least_two("SpaceToBatch", block_size)
    return _op(
        "SpaceToBatchND", input=input, block_shape=[block_size] * 2, paddings=paddings, name=name
    )


@form("BatchToSpace")
def _(input: Any, crops: Any, block_size: int, name: str | None = None) -> Any:
    """What `SpaceToBatch` moved to the batch, back again."""
    _at_least_two("BatchToSpace", block_size)
    return _op("BatchToSpaceND", input=input, block_shape=[block_size] * 2, crops=crops, name=name)


# ---- elementwise ---------------------------------------------------------------------------------


@form("Inv")
def _(x: Any, name: str | None = None) -> Any:
    """1 / x."""
    return _op("Reciprocal", x=x, name=name)


@form("InvGrad")
def _(y: Any, dy: Any, name: str | None = None) -> Any:
    """The gradient of 1 / x, from its value."""
    return _op("ReciprocalGrad", y=y, dy=dy, name=name)


@form("Div")
def _(x: Any, y: Any, name: str | None = None) -> Any:
    """The quotient; of integers, rounded towards zero."""
    if not x.dtype.is_integer:
        return _op("RealDiv", x=x, y=y, name=name)
    _no_zero("Div", y)
    return _op("TruncateDiv", x=x, y=y, name=name)


@form("Mod")
def _(x: Any, y: Any, name: str | None = None) -> Any:
    """The remainder of the division rounded towards zero."""
    if x.dtype.is_integer:
        _no_zero("Mod", y)
    return _op("TruncateMod", x=x, y=y, name=name)


def _no_zero(name: str, y: Tensor) -> None:
    if isinstance(y, EagerTensor) and not y.numpy().all():
        raise _refuse(name, "Integer division by zero")


@form("BiasAddV1")
def _(value: Any, bias: Any, name: str | None = None) -> Any:
    """`bias` added along the last axis."""
    return _op("BiasAdd", value=value, bias=bias, name=name)


@form("CheckNumericsV2")
def _(tensor: Any, message: str, name: str | None = None) -> Any:
    """`tensor`, if all of it is finite."""
    return _op("CheckNumerics", tensor=tensor, message=message, name=name)


@form("Bincount")
def _(arr: Any, size: Any, weights: Any, name: str | None = None) -> Any:
    """How often each of 0, ..., size - 1 occurs, or the sum of the weights where it does."""
    flat = [-1]
    return _op(
        "DenseBincount",
        input=_op("Reshape", tensor=arr, shape=flat),
        size=size,
        weights=_op("Reshape", tensor=weights, shape=flat),
        name=name,
    )


# ---- matrices ------------------------------------------------------------------------------------


@form("BatchMatMul")
def _(x: Any, y: Any, adj_x: bool = False, adj_y: bool = False, name: str | None = None) -> Any:
    """Matrix products, without broadcasting."""
    ranked = x.shape.rank is not None and y.shape.rank is not None
    if ranked and not x.shape[:-2].is_compatible_with(y.shape[:-2]):
        raise _refuse("BatchMatMul", f"The batches differ: {x.shape} and {y.shape}.")
    return _op("BatchMatMulV2", x=x, y=y, adj_x=adj_x, adj_y=adj_y, name=name)


@form("MatrixSolveLs")
def _(
    matrix: Any, rhs: Any, l2_regularizer: Any, fast: bool = True, name: str | None = None
) -> Any:
    """Least-squares solutions."""
    known = known_value(l2_regularizer)
    if known is None:
        raise NotImplementedError(
            "tf.raw_ops.MatrixSolveLs: l2_regularizer must be known while the graph is built."
        )
    if known.shape != ():
        raise _refuse("MatrixSolveLs", f"l2_regularizer must be scalar, got shape {known.shape}")
    return lstsq(matrix, rhs, float(known), fast, name)


_NO_OFFSET = {"k": 0, "align": "LEFT_LEFT"}


def _zero(like: Tensor) -> Tensor:
    return zeros([], like.dtype)


@form("MatrixDiag")
def _(diagonal: Any, name: str | None = None) -> Any:
    """Square matrices with a main diagonal."""
    return _op(
        "MatrixDiagV3",
        diagonal=diagonal,
        num_rows=-1,
        num_cols=-1,
        padding_value=_zero(diagonal),
        **_NO_OFFSET,
        name=name,
    )


@form("MatrixDiagV2")
def _(
    diagonal: Any, k: Any, num_rows: Any, num_cols: Any, padding_value: Any, name: str | None = None
) -> Any:
    """Matrices with diagonals, which are aligned to the left."""
    return _op(
        "MatrixDiagV3",
        diagonal=diagonal,
        k=k,
        num_rows=num_rows,
        num_cols=num_cols,
        padding_value=padding_value,
        align="LEFT_LEFT",
        name=name,
    )


@form("MatrixDiagPart")
def _(input: Any, name: str | None = None) -> Any:
    """The main diagonals of matrices."""
    return _op("MatrixDiagPartV3", input=input, padding_value=_zero(input), **_NO_OFFSET, name=name)


@form("MatrixSetDiag")
def _(input: Any, diagonal: Any, name: str | None = None) -> Any:
    """Matrices with another main diagonal."""
    return _op("MatrixSetDiagV3", input=input, diagonal=diagonal, **_NO_OFFSET, name=name)


@form("MatrixSetDiagV2")
def _(input: Any, diagonal: Any, k: Any, name: str | None = None) -> Any:
    """Matrices with other diagonals, which are aligned to the left."""
    return _op("MatrixSetDiagV3", input=input, diagonal=diagonal, k=k, align="LEFT_LEFT", name=name)


# ---- random numbers ------------------------------------------------------------------------------


@form("StatelessRandomUniform")
def _(shape: Any, seed: Any, dtype: Any = float32, name: str | None = None) -> Any:
    """Uniform numbers in [0, 1), the same for the same seed."""
    return stateless_uniform(shape, seed, dtype=dtype, name=name)


@form("StatelessRandomNormal")
def _(shape: Any, seed: Any, dtype: Any = float32, name: str | None = None) -> Any:
    """Standard normal numbers, the same for the same seed."""
    return stateless_normal(shape, seed, dtype=dtype, name=name)


@form("StatelessTruncatedNormal")
def _(shape: Any, seed: Any, dtype: Any = float32, name: str | None = None) -> Any:
    """Standard normal numbers between -2 and 2, the same for the same seed."""
    return stateless_truncated_normal(shape, seed, dtype=dtype, name=name)


@form("StatelessRandomUniformInt")
def _(shape: Any, seed: Any, minval: Any, maxval: Any, name: str | None = None) -> Any:
    """Integers in [minval, maxval), the same for the same seed."""
    return stateless_uniform(shape, seed, minval, maxval, minval.dtype, name)


@form("StatelessRandomUniformFullInt")
def _(shape: Any, seed: Any, dtype: Any = uint64, name: str | None = None) -> Any:
    """Integers of all values, the same for the same seed."""
    return stateless_uniform(shape, seed, None, None, dtype, name)


# ---- normalization -------------------------------------------------------------------------------


def _normalized(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any,
    variance: Any,
    epsilon: Any,
    factor: Any,
    data_format: Any,
    is_training: Any,
) -> Any:
    """y, the new mean and variance, and the mean and variance that a gradient needs."""
    channels_first = data_format == "NCHW"
    axes = [0, 2, 3] if channels_first else [0, 1, 2]
    wide = _op("Cast", x=x, DstT=float32)
    if is_training:
        now = _op("Mean", input=wide, reduction_indices=axes)
        kept = _op("Mean", input=wide, reduction_indices=axes, keep_dims=True)
        spread = _op("Mean", input=_op("SquaredDifference", x=wide, y=kept), reduction_indices=axes)
        size = _op("Cast", x=_op("Size", input=x), DstT=float32)
        count = size / _op("Cast", x=_op("Size", input=spread), DstT=float32)
        # Of one value there is no unbiased estimate; TensorFlow divides by one then.
        unbiased = spread * (count / _op("Maximum", x=count - 1.0, y=1.0))
        new_mean, new_variance = now, unbiased
        if factor != 1.0:
            new_mean = mean * (1.0 - factor) + now * factor
            new_variance = variance * (1.0 - factor) + unbiased * factor
    else:
        now, spread, new_mean, new_variance = mean, variance, mean, variance
    gain = scale * _op("Rsqrt", x=spread + epsilon)
    shift = offset - now * gain
    if channels_first:
        gain, shift = (_op("Reshape", tensor=t, shape=[1, -1, 1, 1]) for t in (gain, shift))
    y = _op("Cast", x=wide * gain + shift, DstT=x.dtype)
    return y, new_mean, new_variance, now, spread


def _check_channels(name: str, x: Tensor, data_format: str, *groups: dict[str, Tensor]) -> None:
    if x.shape.rank not in (4, None):
        raise _refuse(name, f"input must be 4-dimensional, got shape {x.shape}")
    if x.shape.rank is None:
        return
    channels = x.shape[1 if data_format == "NCHW" else 3]
    for given in groups:
        for key, value in given.items():
            if not value.shape.is_compatible_with([channels]):
                raise _refuse(
                    name,
                    f"{key} must have one element for each channel of x {x.shape}, got "
                    f"shape {value.shape}",
                )


def _batch_norm(called: str, has_third: bool) -> None:
    @form(called)
    def _(
        x: Any,
        scale: Any,
        offset: Any,
        mean: Any,
        variance: Any,
        epsilon: float = 0.0001,
        exponential_avg_factor: float = 1.0,
        data_format: str = "NHWC",
        is_training: bool = True,
        name: str | None = None,
    ) -> Any:
        """Batch normalization of images; the mean and variance of the batch, by the moments."""
        _check_channels(
            called,
            x,
            data_format,
            {"scale": scale, "offset": offset},
            {}
            if is_training and exponential_avg_factor == 1.0
            else {"mean": mean, "variance": variance},
        )
        values = _normalized(
            x,
            scale,
            offset,
            mean,
            variance,
            epsilon,
            exponential_avg_factor,
            data_format,
            is_training,
        )
        return (*values, zeros([], float32)) if has_third else values


# ---- files, checks, nothing ----------------------------------------------------------------------


@form("NoOp")
def _(name: str | None = None) -> Any:
    """Nothing."""


@form("Assert")
def _(condition: Any, data: Any, summarize: int = 3, name: str | None = None) -> Any:
    """An InvalidArgumentError that shows `data`, unless `condition` is true."""
    return Assert(condition, list(data), summarize, name)


@form("Timestamp")
def _(name: str | None = None) -> Any:
    """Seconds since 1970."""
    return timestamp(name)


@form("WriteFile")
def _(filename: Any, contents: Any, name: str | None = None) -> Any:
    """Bytes written to a file, in place of what it held."""
    return write_file(filename, contents, name)


@form("DecodeCSV")
def _(
    records: Any,
    record_defaults: Any,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    select_cols: Any = (),
    name: str | None = None,
) -> Any:
    """The columns of lines of comma-separated values."""
    return decode_csv(
        records,
        list(record_defaults),
        field_delim,
        use_quote_delim,
        na_value,
        list(select_cols) or None,
        name,
    )


_batch_norm("FusedBatchNorm", False)
_batch_norm("FusedBatchNormV2", False)
_batch_norm("FusedBatchNormV3", True)
