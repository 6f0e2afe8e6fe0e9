"""Variable scopes: prefixes of names, and defaults for the variables made inside.

The one idea: without a graph there is nothing to find a variable in, so `get_variable` makes a new
one at every call, as TensorFlow 2 does; scopes still give it its name and its defaults, and `reuse`
is always AUTO_REUSE.

Read next: variables.py, which makes them.
"""

import contextlib
import enum
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from headrace._src.core import dtypes, names
from headrace._src.core.context import thread


class _ReuseMode(enum.Enum):
    """Whether a variable scope finds variables or makes them."""

    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE


class VariableScope:
    """A variable scope: its name, and the defaults for what is made in it.

    reuse, use_resource: without effect. caching_device, partitioner: not to be given.

    >>> with tf.compat.v1.variable_scope("encoder", dtype=tf.float64) as scope:
    ...     w = tf.compat.v1.get_variable("w", [1])
    >>> scope.name, w.name, w.dtype
    ('encoder', 'encoder/w:0', tf.float64)
    """

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Callable | None = None,
        name_scope: str = "",
        dtype: Any = dtypes.float32,
        use_resource: Any = None,
        constraint: Any = None,
    ) -> None:
        self.name = name
        self.initializer = initializer
        self.regularizer = regularizer
        self.custom_getter = custom_getter
        self.original_name_scope = name_scope
        self.dtype = dtypes.as_dtype(dtype)
        self.constraint = constraint
        self.reuse = AUTO_REUSE
        self.use_resource = True
        self.caching_device = self.partitioner = None
        self.set_partitioner(partitioner)
        self.set_caching_device(caching_device)

    def reuse_variables(self) -> None:
        """Nothing to do: variables that could be found would be."""

    def set_initializer(self, initializer: Any) -> None:
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        self.regularizer = regularizer

    def set_custom_getter(self, custom_getter: Any) -> None:
        self.custom_getter = custom_getter

    def set_dtype(self, dtype: Any) -> None:
        self.dtype = dtypes.as_dtype(dtype)

    def set_use_resource(self, use_resource: Any) -> None:
        if use_resource is False:
            raise ValueError("In eager mode, use_resource of a variable scope cannot be False.")

    def set_caching_device(self, caching_device: Any) -> None:
        if caching_device is not None:
            raise NotImplementedError(
                "Caching devices are not supported when eager execution is enabled."
            )

    def set_partitioner(self, partitioner: Any) -> None:
        if partitioner is not None:
            raise NotImplementedError(
                "tf.compat.v1.variable_scope: headrace has no `partitioner`, it makes no variables "
                "in parts."
            )

    def copied(self, **changed: Any) -> "VariableScope":
        """A scope with the same defaults but for what is `changed`."""
        scope = VariableScope.__new__(VariableScope)
        scope.__dict__.update(self.__dict__ | changed)
        return scope


class _Scopes(threading.local):
    """The scopes that this thread is in, and how often each name was opened."""

    def __init__(self) -> None:
        self.current = VariableScope(False)
        self.opened: Counter[str] = Counter()


_scopes = _Scopes()


def get_variable_scope() -> VariableScope:
    """The innermost variable scope.

    >>> tf.compat.v1.get_variable_scope().name
    ''
    """
    return _scopes.current


class variable_scope:
    """A block in which variables get the prefix `name_or_scope/` and the defaults given.

    name_or_scope: a string, or a scope to enter again. default_name: what it is called if that is
    None, with a number if there is one like it. values: not used, as in TensorFlow. initializer,
    regularizer, constraint, dtype, custom_getter: for the variables made inside that say nothing
    themselves. reuse, use_resource: without effect but checked. auxiliary_name_scope: whether
    names of other things get the prefix as well.

    >>> with tf.compat.v1.variable_scope("a"), tf.compat.v1.variable_scope("b"):
    ...     w = tf.compat.v1.get_variable("w", [2], initializer=tf.zeros_initializer())
    >>> w.name
    'a/b/w:0'

    Raises TypeError without a name, ValueError for another `reuse`, NotImplementedError for
    `caching_device` and `partitioner`.
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: Any = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if name_or_scope is not None and not isinstance(name_or_scope, (str, VariableScope)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        if reuse not in (True, False, None, AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(
                "The auxiliary_name_scope must be `True` or `False`, while get "
                f"{auxiliary_name_scope}"
            )
        self._given = name_or_scope
        self._default_name = default_name
        self._auxiliary = auxiliary_name_scope
        self._defaults = {
            "initializer": initializer,
            "regularizer": regularizer,
            "custom_getter": custom_getter,
            "dtype": None if dtype is None else dtypes.as_dtype(dtype),
            "constraint": constraint,
        }
        checked = VariableScope(False)
        checked.set_use_resource(use_resource)
        checked.set_caching_device(caching_device)
        checked.set_partitioner(partitioner)
        self._blocks: list[Any] = []

    def __enter__(self) -> VariableScope:
        block = self._entered()
        scope = block.__enter__()
        self._blocks.append(block)
        return scope

    def __exit__(self, *error: Any) -> None:
        self._blocks.pop().__exit__(*error)

    @contextlib.contextmanager
    def _entered(self) -> Iterator[VariableScope]:
        before = _scopes.current
        again = isinstance(self._given, VariableScope)
        base = self._given if again else before
        if again:
            name = self._given.name
            leaf = name.rpartition("/")[2]
        else:
            outer = f"{before.name}/" if before.name else ""
            leaf = self._unique(outer) if self._given is None else self._given
            name = outer + leaf
        changed = {key: value for key, value in self._defaults.items() if value is not None}
        if "custom_getter" in changed and base.custom_getter is not None:
            changed["custom_getter"] = _chained(changed["custom_getter"], base.custom_getter)
        if leaf and self._auxiliary:
            block: Any = names.name_scope(leaf)
        else:
            block = contextlib.nullcontext(thread.context.scope)
        with block as prefix:
            original = base.original_name_scope if again else prefix
            inside = base.copied(name=name, original_name_scope=original, **changed)
            _scopes.opened[name] += 1
            _scopes.current = inside
            try:
                yield inside
            finally:
                _scopes.current = before
                # A name that was used stays used; those inside it may be used again.
                counts = {n: k for n, k in _scopes.opened.items() if not n.startswith(f"{name}/")}
                _scopes.opened = Counter(counts)

    def _unique(self, outer: str) -> str:
        leaf, number = self._default_name, 0
        while _scopes.opened[f"{outer}{leaf}"]:
            number += 1
            leaf = f"{self._default_name}_{number}"
        return str(leaf)


def _chained(inner: Callable, outer: Callable) -> Callable:
    """A custom getter whose `getter` is the one of the scope around."""

    def getter(getter: Callable, *args: Any, **kwargs: Any) -> Any:
        def next_getter(*args: Any, **kwargs: Any) -> Any:
            return outer(getter, *args, **kwargs)

        return inner(next_getter, *args, **kwargs)

    return getter


@contextlib.contextmanager
def variable_op_scope(
    values: Any, name_or_scope: Any, default_name: str | None = None, **options: Any
) -> Iterator[VariableScope]:
    """`variable_scope` with the unused `values` first.

    >>> with tf.compat.v1.variable_op_scope([], "a") as scope:
    ...     print(scope.name)
    a
    """
    with variable_scope(name_or_scope, default_name, values, **options) as scope:
        yield scope


class name_scope:
    """A block in which names get the prefix `name/`; see `tf.name_scope`.

    name: a string, or None for `default_name`. values: not used in eager mode, as in TensorFlow.

    >>> with tf.compat.v1.name_scope(None, "layer", [1]) as scope:
    ...     print(scope)
    layer/

    Raises TypeError where `name` is neither a string nor None, or where values come without name.
    """

    def __init__(self, name: Any, default_name: Any = None, values: Any = None) -> None:
        if not (name is None or isinstance(name, str)):
            raise TypeError(
                f"`name` type ({type(name)}) is not a string type. You likely meant to pass this "
                "into the `values` kwarg."
            )
        if name is None and default_name is None and values is not None:
            raise ValueError(
                f"At least one of name ({name}) and default_name ({default_name}) must be provided."
            )
        self._name = default_name if name is None else name
        self._blocks: list[Any] = []

    @property
    def name(self) -> Any:
        """The name given, or the default one."""
        return self._name

    def __enter__(self) -> str:
        block = names.name_scope(self._name or "")
        scope = block.__enter__()
        self._blocks.append(block)
        return scope

    def __exit__(self, *error: Any) -> None:
        self._blocks.pop().__exit__(*error)


def no_regularizer(_: Any) -> None:
    """The regularizer that is none, against the one of the scope around.

    >>> tf.compat.v1.no_regularizer([1.0])
    """
