"""NumPy's behaviour for one test, and none of it afterwards.

Read next: test_behaviour.py.
"""

import pytest

import headrace as tf
from headrace._src.numpy_api.promotion import settings

enable = tf.experimental.numpy.experimental_enable_numpy_behavior


@pytest.fixture
def enabled():
    """Enables the behaviour, in a way or another; what it puts into the classes goes again."""
    before = {cls: dict(vars(cls)) for cls in (tf.Tensor, tf.Variable)}
    enable()
    yield enable
    settings.prefer_float32 = False
    for cls, members in before.items():
        for name, value in dict(vars(cls)).items():
            if name not in members:
                delattr(cls, name)
            elif members[name] is not value:
                setattr(cls, name, members[name])
