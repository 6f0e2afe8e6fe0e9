"""tf.NoneTensorSpec: the type of None."""

import pytest

import headrace as tf


def test_the_type_of_none():
    spec = tf.NoneTensorSpec()
    assert repr(spec) == "NoneTensorSpec()"
    assert spec == tf.NoneTensorSpec() and hash(spec) == hash(tf.NoneTensorSpec())
    assert spec.is_compatible_with(None) and spec.is_compatible_with(spec)
    assert not spec.is_compatible_with(3)
    assert tf.NoneTensorSpec.from_value(None) == spec
    assert spec.to_tensors(None) == [] and spec.from_tensors(iter([])) is None
    assert spec.flatten() == []
    assert spec.value_type.__name__ == "NoneTensor"


def test_its_relations():
    spec, other = tf.NoneTensorSpec(), tf.TensorSpec([])
    assert spec.is_subtype_of(tf.NoneTensorSpec()) and not spec.is_subtype_of(other)
    assert spec.most_specific_common_supertype([spec]) == spec
    assert spec.most_specific_common_supertype([other]) is None
    assert spec.most_specific_compatible_type(spec) == spec
    assert spec.most_specific_compatible_shape(spec) == spec
    with pytest.raises(ValueError, match=r"No TypeSpec is compatible with both NoneTensorSpec\(\)"):
        spec.most_specific_compatible_type(other)
    with pytest.raises(ValueError, match=r"No `TypeSpec` is compatible with both NoneTensorSpec"):
        spec.most_specific_compatible_shape(3)
