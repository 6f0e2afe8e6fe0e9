"""Modules: objects that hold variables and other modules, and can name them all.

The one idea is a walk: an attribute of a module may hold anything, in lists and dictionaries of
any depth, and the walk (`_flatten`) visits attributes in the order of their names, leaves first,
then the modules among them in turn. Everything is visited once, however many names it has. Nothing
is kept: what a module holds is found out when somebody asks.

Read next: objects/variable.py.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from headrace._src.core import nest
from headrace._src.core.names import name_scope
from headrace._src.core.nest_paths import flatten_with_tuple_paths
from headrace._src.objects.variable import Variable

# The boundary before an upper-case letter, except inside a run of them: "MyHTTPServer".
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])")


class Module:
    """A named container of variables, other modules, and functions that use them.

    name: a Python identifier; by default the name of the class in snake_case.

    >>> class Dense(tf.Module):
    ...     def __init__(self, rows, columns, name=None):
    ...         super().__init__(name=name)
    ...         self.w = tf.Variable(tf.ones([rows, columns]), name="w")
    ...     def __call__(self, x):
    ...         return x @ self.w
    >>> dense = Dense(2, 1)
    >>> dense.name, len(dense.trainable_variables)
    ('dense', 1)
    >>> dense(tf.ones([1, 2])).numpy()
    array([[2.]], dtype=float32)

    Raises ValueError for a name that is no Python identifier.
    """

    # Attributes that the walk leaves out; a subclass may add to them.
    _TF_MODULE_IGNORED_PROPERTIES: frozenset[str] = frozenset()

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = _WORDS.sub("_", type(self).__name__).lower()
        elif not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python "
                "identifiers (e.g. a valid class name)."
            )
        self._name = name
        # Entering and leaving gives the whole prefix, with the scopes that the module is made in.
        with name_scope(name) as prefix:
            self._name_scope = name_scope(prefix)

    @property
    def name(self) -> str:
        """The name given, or the class's in snake_case."""
        return self._name

    @property
    def name_scope(self) -> name_scope:
        """The `tf.name_scope` of the module, to be entered where its variables are made."""
        return self._name_scope

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of this module and of all modules in it."""
        return tuple(self._flatten(predicate=_is_variable, expand_composites=True))

    @property
    def trainable_variables(self) -> tuple[Variable, ...]:
        """Those of `variables` that are trainable."""
        return tuple(self._flatten(predicate=_is_trainable, expand_composites=True))

    @property
    def non_trainable_variables(self) -> tuple[Variable, ...]:
        """Those of `variables` that are not trainable."""
        return tuple(
            self._flatten(
                predicate=lambda leaf: _is_variable(leaf) and not leaf.trainable,
                expand_composites=True,
            )
        )

    @property
    def submodules(self) -> tuple["Module", ...]:
        """The modules in this one, at any depth, itself excepted."""
        return tuple(self._flatten(predicate=lambda leaf: isinstance(leaf, Module)))

    def _flatten(
        self,
        recursive: bool = True,
        predicate: Callable[[Any], bool] | None = None,
        attribute_traversal_key: Callable[[str], Any] | None = None,
        with_path: bool = False,
        expand_composites: bool = False,
    ) -> Iterator[Any]:
        """All that the attributes hold, as far as `predicate` agrees.

        recursive: also what the modules among it hold. attribute_traversal_key: sorts the names of
        attributes. with_path: pairs of the names and indices that lead to a leaf, and the leaf;
        then whatever has several paths comes several times.
        """
        walk = _Walk(recursive, predicate or (lambda _: True), attribute_traversal_key, with_path)
        walk.expand_composites = expand_composites
        return walk.over(self, (), frozenset() if with_path else {id(self)})

    @classmethod
    def with_name_scope(cls, method: Callable) -> Callable:
        """A method that runs inside the module's name scope.

        >>> class Scale(tf.Module):
        ...     @tf.Module.with_name_scope
        ...     def __call__(self, x):
        ...         self.v = tf.Variable(2., name="v")
        ...         return x * self.v
        >>> scale = Scale(name="double")
        >>> y = scale(1.)
        >>> scale.v.name
        'double/v:0'
        """

        @functools.wraps(method)
        def scoped(self: "Module", *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped


class _Walk:
    """One walk over a module: what it is to find, and how."""

    expand_composites = False

    def __init__(
        self, recursive: bool, predicate: Callable, key: Callable | None, with_path: bool
    ) -> None:
        self.recursive = recursive
        self.predicate = predicate
        self.key = key
        self.with_path = with_path

    def over(self, module: Module, path: tuple, met: Any) -> Iterator[Any]:
        """What is found in `module`, which `path` leads to.

        met: the identities of what has been visited. Without paths it is one set for the whole
        walk; with paths each way down has its own, of the modules met on it, so that no way is
        endless.
        """
        modules: list[tuple[Module, tuple]] = []
        attributes = vars(module)
        for name in sorted(attributes, key=self.key):
            if name in module._TF_MODULE_IGNORED_PROPERTIES:
                continue
            for leaf_path, leaf in self._leaves(name, attributes[name]):
                where = (*path, name, *leaf_path)
                if self.with_path:
                    if self.predicate(leaf):
                        yield where, leaf
                    if isinstance(leaf, Module) and id(leaf) not in met:
                        modules.append((leaf, where))
                elif id(leaf) not in met:
                    met.add(id(leaf))
                    if self.predicate(leaf):
                        yield leaf
                    if isinstance(leaf, Module):
                        modules.append((leaf, where))
        if self.recursive:
            if self.with_path:
                met = met.union(id(submodule) for submodule, _ in modules)
            for submodule, where in modules:
                yield from self.over(submodule, where, met)

    def _leaves(self, name: str, value: Any) -> list[tuple[tuple, Any]]:
        try:
            if not self.with_path:
                flat = nest.flatten(value, self.expand_composites)
                return [((), leaf) for leaf in flat]
            return flatten_with_tuple_paths(value, self.expand_composites)
        except (TypeError, ValueError) as error:
            raise ValueError(f"Error processing property {name!r} of {value!r}") from error


def _is_variable(leaf: Any) -> bool:
    return isinstance(leaf, Variable)


def _is_trainable(leaf: Any) -> bool:
    return isinstance(leaf, Variable) and bool(leaf.trainable)


Module.__module__ = "tensorflow.python.module.module"
