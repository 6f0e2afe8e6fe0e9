"""ExtensionType: the base of classes whose fields are annotated and whose values hold tensors.

The one idea: `__init_subclass__` reads the annotations once and gives the class what follows from
them: a constructor, unless it has its own, and its `Spec`. All that looks into values (functions,
control flow, `tf.nest`) does so by the spec.

Read next: spec.py, batchable.py.
"""

from typing import Any

from headrace._src.core import nest
from headrace._src.core.tensor import Tensor
from headrace._src.objects.extension_type.annotations import VALUE
from headrace._src.objects.extension_type.fields import FIELDS, fields_of, signature_of
from headrace._src.objects.extension_type.record import Record, constructor, finish, finishing
from headrace._src.objects.extension_type.spec import ExtensionTypeSpec, spec_class_of
from headrace._src.objects.kinds import CompositeTensor
from headrace._src.ops.compare import equal_op, logical_not
from headrace._src.ops.constant import constant
from headrace._src.ops.identity import identity, stop_gradient
from headrace._src.ops.joining import stack
from headrace._src.ops.reduce import reduce_all

_SPEC = "_tf_extension_type_cached_type_spec"


class ExtensionType(Record, CompositeTensor):
    """The base of classes of one's own whose values consist of tensors.

    Fields are annotated: `tf.Tensor`, `tf.RaggedTensor`, `tf.SparseTensor`, other extension types,
    `int`, `float`, `bool`, `str`, `bytes`, `None`, `tf.DType`, `tf.TensorShape`, and of these
    `typing.Tuple`, `typing.Mapping`, `typing.Union` and `typing.Optional`. What can be made a
    tensor is made one; all else must be of the type. Values cannot be changed. They are arguments,
    captures and results of functions, loop variables, and structures to
    `tf.nest(expand_composites=True)`.

    `__validate__` may check the fields. `class Spec` in the body adds to the class of specs. A
    class attribute `__name__ = "project.Name"` registers the type under that name for saving.

    >>> class Interval(tf.experimental.ExtensionType):
    ...     low: tf.Tensor
    ...     high: tf.Tensor
    ...     unit: str = "m"
    ...     def width(self):
    ...         return self.high - self.low
    >>> @tf.function
    ... def widened(x, by):
    ...     return Interval(x.low - by, x.high + by, x.unit)
    >>> widened(Interval(1., 3.), 1.).width()
    <tf.Tensor: shape=(), dtype=float32, numpy=4.0>

    Raises TypeError for annotations that are none of these and arguments that do not fit,
    ValueError for names of fields that are reserved, AttributeError where a field is set or
    deleted.
    """

    _mode = VALUE
    _family = "ExtensionType"
    _tf_extension_type_is_base = True
    _tf_extension_type_spec_base: type = ExtensionTypeSpec

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "_tf_extension_type_is_base" in vars(type(self)):
            name = type(self).__name__
            raise AssertionError(
                f"Cannot create an instance of {name} because {name} is an abstract base class."
            )
        # A derived class has a constructor of its own, which may come here; but it sets the fields.
        finish(self)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_tf_extension_type_is_base" in vars(cls):
            return
        made: Any = cls
        fields = fields_of(cls)
        setattr(cls, FIELDS, fields)
        if "__init__" in vars(cls):
            made.__init__ = finishing(vars(cls)["__init__"])
        else:
            made.__init__ = constructor(signature_of(cls, fields))
        made.Spec = spec_class_of(cls, cls._tf_extension_type_spec_base)

    @classmethod
    def _tf_extension_type_fields(cls) -> Any:
        return getattr(cls, FIELDS)

    @property
    def _type_spec(self) -> Any:
        spec = self.__dict__.get(_SPEC)
        if spec is None:
            spec = self.__dict__[_SPEC] = type(self).Spec.from_value(self)  # type: ignore[attr-defined]
        return spec

    def __tf_tracing_type__(self, context: Any) -> Any:
        """What a traced function knows of it."""
        return self._type_spec

    def __tf_identity__(self, name: str | None = None) -> "ExtensionType":
        """The same value with other tensors: `tf.identity`."""
        return nest.map_structure(lambda x: identity(x, name), self, expand_composites=True)

    @staticmethod
    def __tf_op__(op: Any, inputs: tuple, attributes: tuple, name: str | None) -> Any:
        """What an op makes of such a value: `tf.stop_gradient` alone knows what to do."""
        if op is not stop_gradient.op:
            return NotImplemented
        return nest.map_structure(
            lambda x: stop_gradient(x, name), inputs[0], expand_composites=True
        )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __eq__(self, other: object) -> Any:
        """Whether all tensors of two values are equal, a tensor; False for values of other types,
        shapes or static fields.
        """
        if type(self) is not type(other):
            return False
        if not self._type_spec.is_compatible_with(other._type_spec):
            return False
        mine, theirs = (nest.flatten(x, expand_composites=True) for x in (self, other))
        if not mine:
            return constant(True)
        same = [reduce_all(equal_op(x, y, False)) for x, y in zip(mine, theirs, strict=True)]
        return reduce_all(stack(same))

    __hash__ = None  # type: ignore[assignment]

    def __ne__(self, other: object) -> Any:
        """The opposite of `==`."""
        same = self.__eq__(other)
        return logical_not(same) if isinstance(same, Tensor) else not same


def as_dict(value: ExtensionType) -> dict[str, Any]:
    """The fields of an extension type's value, by name.

    >>> class Interval(tf.experimental.ExtensionType):
    ...     unit: str
    >>> tf.experimental.extension_type.as_dict(Interval("m"))
    {'unit': 'm'}
    """
    return {field.name: getattr(value, field.name) for field in value._tf_extension_type_fields()}


ExtensionType.__module__ = "tensorflow.python.framework.extension_type"
