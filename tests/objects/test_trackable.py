"""Trackable objects, dispatch, and decorators that can be taken off.

Read next: headrace/_src/objects/trackable.py, headrace/_src/objects/dispatch.py.
"""

import inspect

import pytest

import headrace as tf

tracking = tf.__internal__.tracking
dispatch = tf.__internal__.dispatch
decorator = tf.__internal__.decorator


class Holder(tracking.AutoTrackable):
    """An object to assign to."""

    @tracking.no_automatic_dependency_tracking
    def quietly(self, value):
        self.quiet = value


def test_attributes_become_children():
    holder = Holder()
    holder.variable = variable = tf.Variable(1.0)
    holder.list = [variable]
    holder.inner = inner = Holder()
    holder.module = tf.Module()
    holder.number = 3
    children = holder._trackable_children()
    assert list(children) == ["variable", "list", "inner", "module"]
    assert holder._lookup_dependency("inner") is inner
    del holder.inner
    holder.list = 4
    assert list(holder._trackable_children()) == ["variable", "module"]


def test_quiet_methods():
    holder = Holder()
    holder.quietly(tf.Variable(1.0))
    assert holder._trackable_children() == {}
    holder.loud = tf.Variable(1.0)
    assert list(holder._trackable_children()) == ["loud"]


def test_names_are_unique():
    holder = Holder()
    first = holder._track_trackable(tf.Variable(1.0), "v")
    assert holder._track_trackable(first, "v") is first
    with pytest.raises(ValueError, match="unique"):
        holder._track_trackable(tf.Variable(2.0), "v")
    second = holder._track_trackable(tf.Variable(2.0), "v", overwrite=True)
    assert holder._lookup_dependency("v") is second
    with pytest.raises(TypeError, match="Trackable"):
        holder._track_trackable(3, "n")
    assert tracking.sticky_attribute_assignment(holder, "w", first) is first
    assert holder._lookup_dependency("w") is first


def test_what_is_trackable():
    for x in (tf.Variable(1.0), tf.Module(), Holder()):
        assert isinstance(x, tracking.Trackable)
    assert isinstance(tf.Module(), tracking.AutoTrackable)
    assert not isinstance(tf.constant(1.0), tracking.Trackable)


def increased(f):
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs) + 1

    return decorator.make_decorator(f, wrapper)


def power(a, b=2):
    """The power."""
    return a**b


def test_decorators_look_like_what_they_wrap():
    twice = increased(increased(power))
    assert twice(3) == 11
    assert (twice.__name__, twice.__doc__) == ("power", "The power.")
    assert inspect.signature(twice) == inspect.signature(power)
    layers, inside = decorator.unwrap(twice)
    assert inside is power
    assert [layer.decorator_name for layer in layers] == ["increased", "increased"]
    assert decorator.unwrap(3) == ([], 3)
    assert decorator.make_decorator(len, lambda x: 5)([]) == 5


class Text:
    """Something that functions do not know."""


class OfText(dispatch.OpDispatcher):
    """Answers for texts alone."""

    def handle(self, args, kwargs):
        return "text" if isinstance(args[0], Text) else self.NOT_SUPPORTED


def test_dispatch():
    @dispatch.add_dispatch_support
    def square(x):
        return tf.square(x)

    OfText().register(square)
    assert square(Text()) == "text"
    assert square(3).numpy() == 9
    with pytest.raises(ValueError):
        square(object())


def test_dispatch_of_the_library_s_own_functions():
    OfText().register(tf.math.reduce_variance)
    OfText().register(tf.math.expm1)
    assert tf.math.reduce_variance(Text()) == "text"
    assert tf.math.expm1(Text()) == "text"
    assert tf.math.expm1(0.0).numpy() == 0
    with pytest.raises(ValueError, match="unsupported type"):
        tf.math.expm1(object())


def test_dispatch_where_there_is_none():
    with pytest.raises(AssertionError, match="not enabled"):
        OfText().register(power)
    with pytest.raises(NotImplementedError, match="iterable_parameters"):
        dispatch.add_dispatch_support(iterable_parameters=["xs"])
