"""What a caller may ask of a conversion: optional features, and whether callees are converted too.

Read next: conversion.py.
"""

import enum
from typing import Any, NamedTuple


class Feature(enum.Enum):
    """Conversions that are off unless asked for, by `tf.function` or `tf.autograph.to_graph`.

    ALL: all of them.
    AUTO_CONTROL_DEPS: effects happen in the order of the program; here they always do.
    ASSERT_STATEMENTS: `assert` on a tensor becomes an op.
    BUILTIN_FUNCTIONS: `print` of a tensor becomes `tf.print`.
    EQUALITY_OPERATORS: `==` and `!=` compare tensors element by element; here they always do.
    LISTS: lists that grow inside loops over tensors.
    NAME_SCOPES: the ops of a function get a name scope with the function's name.

    >>> tf.autograph.experimental.Feature.LISTS
    <Feature.LISTS: 'LISTS'>
    """

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls) -> tuple["Feature", ...]:
        """All features."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude: Any) -> tuple["Feature", ...]:
        """All features but `exclude`, one or several, and but `ALL`."""
        left_out = {cls.ALL, *_several(exclude)}
        return tuple(feature for feature in cls if feature not in left_out)


class Options(NamedTuple):
    """The options of one conversion; `features` holds no `Feature.ALL`."""

    features: frozenset[Feature] = frozenset()
    recursive: bool = True

    def has(self, feature: Feature) -> bool:
        """Whether a feature was asked for."""
        return feature in self.features


def options(features: Any = None, recursive: bool = True) -> Options:
    """The options for one feature, several or none.

    Raises NotImplementedError for `Feature.LISTS`, TypeError for what is no feature.
    """
    chosen = frozenset(_several(features))
    for feature in chosen:
        if not isinstance(feature, Feature):
            raise TypeError(f"Expected a tf.autograph.experimental.Feature, got {feature!r}")
    if Feature.ALL in chosen:
        chosen = frozenset(Feature.all_but(()))
    if Feature.LISTS in chosen:
        raise NotImplementedError(
            "headrace has no tf.autograph.experimental.Feature.LISTS yet, which Feature.ALL has in "
            "it: use a tf.TensorArray for what grows in a loop, and Feature.all_but(Feature.LISTS)."
        )
    return Options(chosen, recursive)


def _several(features: Any) -> tuple[Any, ...]:
    if features is None:
        return ()
    return tuple(features) if isinstance(features, (list, tuple, set, frozenset)) else (features,)


Feature.__module__ = "tensorflow.python.autograph.core.converter"
