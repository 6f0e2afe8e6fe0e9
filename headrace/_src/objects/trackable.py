"""Trackable objects: those that a checkpoint may hold, and the names of what they consist of.

The one idea: an object is a node, and what it depends on are its named children. An `AutoTrackable`
takes every attribute that holds variables, modules or other trackable objects for a child when it
is assigned. A `tf.Module` finds its own by a walk (objects/module.py) and counts as one.

Read next: objects/module.py.
"""

import functools
from abc import ABCMeta
from collections.abc import Callable, Mapping
from typing import Any

from headrace._src.objects.module import Module
from headrace._src.objects.variable import Variable


class Trackable(metaclass=ABCMeta):  # noqa: B024 - others register as one
    """An object with named children that a checkpoint may hold.

    Variables and modules count as such.

    >>> isinstance(tf.Variable(1.), tf.__internal__.tracking.Trackable)
    True
    """

    @property
    def _tracked(self) -> dict[str, Any]:
        return vars(self).setdefault("_self_tracked_children", {})

    def _track_trackable(self, trackable: Any, name: str, overwrite: bool = False) -> Any:
        """Makes an object the child called `name`, and answers it.

        Raises TypeError for what cannot be one, ValueError for a name that is another child's
        unless `overwrite`.
        """
        if not is_trackable(trackable):
            raise TypeError(
                "Trackable._track_trackable() can only be used to track objects of type "
                f"Trackable. Got type {type(trackable)}."
            )
        before = self._tracked.get(name)
        if before is not None and before is not trackable and not overwrite:
            raise ValueError(
                f"Called Trackable._track_trackable() with name='{name}', but a Trackable with "
                "this name is already declared as a dependency. Names must be unique."
            )
        self._tracked[name] = trackable
        return trackable

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        """The children by name.

        save_type, kwargs: what they are wanted for; subclasses may tell the purposes apart.
        """
        return dict(self._tracked)

    def _lookup_dependency(self, name: str, cached_dependencies: Any = None) -> Any:
        """The child called `name`, or None."""
        known = self._tracked if cached_dependencies is None else cached_dependencies
        return known.get(name)


class AutoTrackable(Trackable):
    """A trackable object whose attributes become its children when they are assigned.

    >>> class Pair(tf.__internal__.tracking.AutoTrackable):
    ...     def __init__(self):
    ...         self.first, self.size = tf.Variable(1.), 2
    >>> list(Pair()._trackable_children())
    ['first']
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if getattr(self, "_self_setattr_tracking", True):
            sticky_attribute_assignment(self, name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self._tracked.pop(name, None)
        super().__delattr__(name)


def sticky_attribute_assignment(trackable: Any, name: str, value: Any) -> Any:
    """Makes a value the child of a trackable object if it can be one; answers the value.

    >>> holder = tf.__internal__.tracking.AutoTrackable()
    >>> tf.__internal__.tracking.sticky_attribute_assignment(holder, "size", 3)
    3
    """
    if is_trackable(value):
        trackable._track_trackable(value, name=name, overwrite=True)
    else:
        trackable._tracked.pop(name, None)
    return value


def is_trackable(value: Any) -> bool:
    """Whether a value can be a child: a trackable object or a list, tuple or dictionary."""
    return isinstance(value, (Trackable, list, tuple, Mapping))


def no_automatic_dependency_tracking(method: Callable) -> Callable:
    """A decorator of methods: what they assign to attributes becomes no child.

    >>> class Quiet(tf.__internal__.tracking.AutoTrackable):
    ...     @tf.__internal__.tracking.no_automatic_dependency_tracking
    ...     def fill(self):
    ...         self.kept = tf.Variable(1.)
    >>> quiet = Quiet()
    >>> quiet.fill()
    >>> quiet._trackable_children()
    {}
    """

    @functools.wraps(method)
    def untracked(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = getattr(self, "_self_setattr_tracking", True)
        self._self_setattr_tracking = False
        try:
            return method(self, *args, **kwargs)
        finally:
            self._self_setattr_tracking = before

    return untracked


Trackable.register(Variable)
AutoTrackable.register(Module)

Trackable.__module__ = "tensorflow.python.trackable.base"
AutoTrackable.__module__ = "tensorflow.python.trackable.autotrackable"
