"""What all feature columns have: names, configurations, an order, and the features they read.

The one idea: a column computes its tensor from other columns or from raw features, and asks a
`FeatureTransformationCache` for these, which computes each once.

Read next: dense.py, categorical.py.
"""

import abc
from collections import namedtuple
from typing import Any

from headrace._src.core.dtypes import DType, as_dtype, string
from headrace._src.core.sparse_tensor import SparseTensor
from headrace._src.engine.convert import convert
from headrace._src.ops.array import expand_dims

# By name: what a configuration may mention. Filled by `named`.
classes: dict[str, type] = {}


def named(cls: type) -> type:
    """Makes a class known to configurations, and tells its home as TensorFlow does."""
    classes[cls.__name__] = cls
    file = "sequence_feature_column" if cls.__name__ == "SequenceNumericColumn" else ""
    cls.__module__ = f"tensorflow.python.feature_column.{file or 'feature_column_v2'}"
    return cls


class FeatureColumn(metaclass=abc.ABCMeta):
    """A column; `name`, `parse_example_spec` and `parents` are what every one has.

    parents: the columns it is made of, and the keys of raw features.
    """

    _is_v2_column = True

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What columns are sorted and told apart by."""

    @property
    @abc.abstractmethod
    def parse_example_spec(self) -> dict[str, Any]:
        """How the features are parsed, as `tf.io.parse_example` wants it."""

    @property
    @abc.abstractmethod
    def parents(self) -> list[Any]:
        """The columns and keys that this is made of."""

    @abc.abstractmethod
    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The tensor of the column, or the tensors."""

    def create_state(self, state_manager: Any) -> None:  # noqa: B027 -- most have none
        """Nothing: only columns with weights have a state."""

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)

    def __gt__(self, other: Any) -> bool:
        return str(self) > str(other)

    def get_config(self) -> dict[str, Any]:
        """The settings as plain values, of which `from_config` makes an equal column."""
        fields: Any = self
        return {key: to_config(value) for key, value in zip(fields._fields, fields, strict=True)}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, columns_by_name: Any = None
    ) -> Any:
        """A column of a configuration.

        custom_objects: functions and classes by name. columns_by_name: columns to use again, by
        "class:name".

        Raises ValueError for the name of something that is nowhere to be found.
        """
        known = columns_by_name if columns_by_name is not None else {}
        made = {key: from_config(key, v, custom_objects or {}, known) for key, v in config.items()}
        column: Any = cls(**made)
        # A column of another one may well have its name.
        return known.setdefault(f"{cls.__name__}:{column.name}", column)


class DenseColumn(FeatureColumn):
    """A column with a dense tensor [batch, *variable_shape]."""


class CategoricalColumn(FeatureColumn):
    """A column with numbers of categories, 0 to `num_buckets`, as a sparse tensor."""

    # Numbers of categories, and how much each counts (None: 1).
    IdWeightPair = namedtuple("IdWeightPair", ("id_tensor", "weight_tensor"))

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The numbers of the categories."""
        return self.IdWeightPair(transformation_cache.get(self, state_manager), None)


class SequenceDenseColumn(FeatureColumn):
    """A column with a dense tensor [batch, steps, *variable_shape] of sequences."""

    TensorSequenceLengthPair = namedtuple(
        "TensorSequenceLengthPair", ("dense_tensor", "sequence_length")
    )


class FeatureTransformationCache:
    """The tensors of columns and of raw features, each computed once.

    features: tensors, sparse tensors or plain values by key.
    """

    def __init__(self, features: dict[str, Any]) -> None:
        self._features = dict(features)
        self._tensors: dict[Any, Any] = {}

    def get(self, key: Any, state_manager: Any = None, training: Any = None) -> Any:
        """The tensor of a column, or of the raw feature with that key, of two dimensions at least.

        Raises ValueError for a key that is not among the features, TypeError for what is no column.
        """
        if key in self._tensors:
            return self._tensors[key]
        if isinstance(key, str):
            if key not in self._features:
                raise ValueError(f"Feature {key} is not in features dictionary.")
            found = self._features[key]
            if not isinstance(found, SparseTensor):
                found = convert(found)
                if found.shape.rank == 0:
                    raise ValueError(f"Feature (key: {key}) cannot have rank 0. Given: {found}")
                found = expand_dims(found, -1) if found.shape.rank == 1 else found
        elif isinstance(key, FeatureColumn):
            found = key.transform_feature(self, state_manager)
        else:
            raise TypeError(
                f'"key" must be either a "str" or "FeatureColumn". Provided type: {type(key)}.'
            )
        self._tensors[key] = found
        return found


# ---- configurations ------------------------------------------------------------------------------


def to_config(value: Any) -> Any:
    """A setting as a plain value."""
    if isinstance(value, FeatureColumn):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if type(value) is tuple:
        return tuple(map(to_config, value))
    if isinstance(value, DType):
        return value.name
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return value.__name__ if callable(value) else value


def from_config(key: str, value: Any, custom: dict[str, Any], known: dict[str, Any]) -> Any:
    """The setting called `key` from a plain value."""
    if isinstance(value, dict) and "class_name" in value:
        name = value["class_name"]
        cls: Any = custom.get(name) or classes.get(name)
        if cls is None:
            raise ValueError(f"Unknown class {name!r} in the setting {key!r}: give custom_objects.")
        if issubclass(cls, FeatureColumn):
            return cls.from_config(value["config"], custom, known)
        return cls.from_config(value["config"])
    if isinstance(value, (list, tuple)):
        return tuple(from_config(key, item, custom, known) for item in value)
    if key == "dtype" and isinstance(value, str):
        return as_dtype(value)
    if key == "normalizer_fn" and isinstance(value, str):
        if value not in custom:
            raise ValueError(
                f"Unknown function {value!r} in the setting {key!r}: give custom_objects."
            )
        return custom[value]
    return value


# ---- checks --------------------------------------------------------------------------------------


def check_key(key: Any) -> None:
    """Raises ValueError for a key that is no text."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def check_text_or_integer(dtype: DType, prefix: str) -> None:
    """Raises ValueError for a dtype that categories cannot have."""
    if dtype is not string and not dtype.is_integer:
        raise ValueError(f"{prefix} dtype must be string or integer. dtype: {dtype}.")


def later(what: str, needs: str) -> NotImplementedError:
    """What is raised where a column needs something that is not there yet."""
    return NotImplementedError(f"{what}: headrace cannot compute this yet; it needs {needs}.")


FeatureColumn.__module__ = "tensorflow.python.feature_column.feature_column_v2_types"
for _class in (DenseColumn, CategoricalColumn, SequenceDenseColumn, FeatureTransformationCache):
    _class.__module__ = "tensorflow.python.feature_column.feature_column_v2"
