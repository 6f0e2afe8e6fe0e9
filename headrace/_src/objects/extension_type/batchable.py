"""BatchableExtensionType: extension types whose values can be stacked into one, and unstacked.

The one idea: a batch of values is one value whose tensors have one more axis, in front. How its
spec follows from that of one value is said by an encoder, which a class may replace.

Read next: extension_type.py; objects/mapping.py, which maps over the values of a batch.
"""

from typing import Any

from headrace._src.core import nest
from headrace._src.core.spec import BatchableTypeSpec, TypeSpec, type_spec_from_value
from headrace._src.objects.extension_type.extension_type import ExtensionType
from headrace._src.objects.extension_type.spec import ExtensionTypeSpec, mapped
from headrace._src.ops.rows import Kept, Rows, rows, rows_of


class ExtensionTypeBatchEncoder:
    """How the values of an extension type are stacked: here, each of their tensors by itself.

    Class attribute `__batch_encoder__` of a batchable extension type. A derived class says what the
    spec of a batch is (`batch`, `unbatch`), and what is stacked for a value (`encode`, `decode`,
    `encoding_specs`).

    >>> class Interval(tf.experimental.BatchableExtensionType):
    ...     low: tf.Tensor
    >>> encoder = tf.experimental.ExtensionTypeBatchEncoder()
    >>> encoder.batch(Interval.Spec(tf.TensorSpec([])), 3)
    Interval.Spec(low=TensorSpec(shape=(3,), dtype=tf.float32, name=None))
    """

    def batch(self, spec: Any, batch_size: int | None) -> Any:
        """The spec of `batch_size` values of type `spec`, stacked."""
        return mapped(lambda part: part._batch(batch_size), spec)  # type: ignore[attr-defined]

    def unbatch(self, spec: Any) -> Any:
        """The spec of one of the values that were stacked to a value of type `spec`."""
        return mapped(lambda part: part._unbatch(), spec)  # type: ignore[attr-defined]

    def encode(self, spec: Any, value: Any, minimum_rank: int = 0) -> Any:
        """What is stacked for `value`: a nest of tensors and of what can be stacked itself.

        minimum_rank: the rank that each of them must have at least; they do if the value's do.
        """
        return spec._to_components(value)

    def decode(self, spec: Any, encoded_value: Any) -> Any:
        """The value of type `spec` of what `encode` answered."""
        return spec._from_components(encoded_value)

    def encoding_specs(self, spec: Any) -> Any:
        """The specs of what `encode` answers."""
        return spec._component_specs


class BatchableExtensionTypeSpec(ExtensionTypeSpec, BatchableTypeSpec):
    """The type of the values of a batchable extension type: made with the class."""

    @property
    def _encoder(self) -> ExtensionTypeBatchEncoder:
        return getattr(self.value_type, "__batch_encoder__", _DEFAULT)

    def _batch(self, batch_size: int | None) -> TypeSpec:
        return self._encoder.batch(self, batch_size)

    def _unbatch(self) -> TypeSpec:
        return self._encoder.unbatch(self)


_DEFAULT = ExtensionTypeBatchEncoder()


class BatchableExtensionType(ExtensionType):
    """An extension type whose values can be stacked: `tf.map_fn` takes and makes them.

    >>> class Interval(tf.experimental.BatchableExtensionType):
    ...     low: tf.Tensor
    ...     high: tf.Tensor
    >>> x = Interval([1., 2.], [4., 8.])
    >>> tf.map_fn(lambda one: one.high - one.low, x, fn_output_signature=tf.float32).numpy()
    array([3., 6.], dtype=float32)
    """

    _tf_extension_type_is_base = True
    _tf_extension_type_spec_base = BatchableExtensionTypeSpec


# ---- rows ----------------------------------------------------------------------------------------


def _encoded(value: Any) -> tuple[Any, list[Any]]:
    """The encoder of a value, and what it makes of it, flat."""
    spec = value._type_spec
    return spec._encoder, nest.flatten(spec._encoder.encode(spec, value))


def _of_part(part: Any) -> Rows:
    known = rows_of(type_spec_from_value(part))
    if known is None:
        raise TypeError(f"map_fn can not consume {type_spec_from_value(part)} inputs: got {part!r}")
    return known


def _count(value: Any) -> Any:
    part = _encoded(value)[1][0]
    return _of_part(part).count(part)


def _row(value: Any, i: Any) -> Any:
    encoder, parts = _encoded(value)
    spec = encoder.unbatch(value._type_spec)
    here = [_of_part(part).row(part, i) for part in parts]
    return encoder.decode(spec, nest.pack_sequence_as(encoder.encoding_specs(spec), here))


def _inner(spec: Any) -> list[tuple[Any, Rows]]:
    """The specs of what is stacked for rows of type `spec`, with what is known of their rows."""
    found = []
    for part in nest.flatten(spec._encoder.encoding_specs(spec)):
        known = rows_of(part)
        if known is None:
            raise TypeError(f"map_fn can not generate {part} outputs")
        found.append((part, known))
    return found


def _kept(spec: Any) -> list[Kept]:
    return [kept for part, known in _inner(spec) for kept in known.kept(part)]


def _parts(spec: Any, row: Any) -> list[Any]:
    encoded = nest.flatten(spec._encoder.encode(spec, row))
    inner = zip(_inner(spec), encoded, strict=True)
    return [tensor for (part, known), x in inner for tensor in known.parts(part, x)]


def _joined(spec: Any, tensors: list[Any], count: Any) -> Any:
    rest, stacked = iter(tensors), []
    for part, known in _inner(spec):
        own = [next(rest) for _ in known.kept(part)]
        stacked.append(known.joined(part, own, count))
    batch = spec._batch(count if isinstance(count, int) else None)
    encoded = nest.pack_sequence_as(spec._encoder.encoding_specs(batch), stacked)
    return spec._encoder.decode(batch, encoded)


rows(BatchableExtensionTypeSpec, Rows(_count, _row, _kept, _parts, _joined))

for _class in (ExtensionTypeBatchEncoder, BatchableExtensionTypeSpec, BatchableExtensionType):
    _class.__module__ = "tensorflow.python.framework.extension_type"
