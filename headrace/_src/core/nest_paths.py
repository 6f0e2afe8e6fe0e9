"""Names of leaves, and structures that stop early.

Two additions to nest that libraries built on TensorFlow rely on. A *path* is the tuple of keys,
field names and indices that leads to a leaf. A *shallow* structure is one that agrees with a
deeper one from the top down and then stops: what lies below its leaves counts as one leaf.

The one idea: both are one walk, `_walk`, down a shallow structure and any number of deeper ones
at once; a plain walk is the case in which the shallow structure is the whole one.

Read next: nest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from headrace._src.core.nest import (
    flatten,
    is_namedtuple_class,
    is_nested,
    kinds,
    no_common_type,
    pack_sequence_as,
    same_container_class,
    spec_of,
)

Path = tuple[Any, ...]


def _walk(shallow: Any, deep: tuple[Any, ...], expand: bool, path: Path = ()) -> Iterator[Any]:
    """Pairs of the path of each leaf of `shallow` and what the others hold there."""
    known = kinds(expand)
    kind = known[type(shallow)]
    if kind is None:
        yield path, deep
        return
    if isinstance(shallow, Mapping):
        below: list[Any] = [
            [x[key] for key in sorted(shallow)] if isinstance(x, Mapping) else list(_values(x))
            for x in deep
        ]
    else:
        below = [list(known[type(x)].values(x)) for x in deep]  # type: ignore[union-attr]
    for i, (key, value) in enumerate(kind.items(shallow)):
        yield from _walk(value, tuple(values[i] for values in below), expand, (*path, key))


def _values(x: Any) -> Any:
    return kinds()[type(x)].values(x)  # type: ignore[union-attr]


def _joined(path: Path, separator: str = "/") -> str:
    return separator.join(str(key) for key in path)


# --- one container --------------------------------------------------------------------------------


def yield_sorted_items(container: Any) -> Iterator[tuple[Any, Any]]:
    """The keys, field names or indices of one container with their values, in flatten order.

    >>> list(yield_sorted_items({"b": 1, "a": [2]}))
    [('a', [2]), ('b', 1)]
    """
    yield from kinds()[type(container)].items(container)  # type: ignore[union-attr]


def yield_value(container: Any) -> Iterator[Any]:
    """The values of one container, in flatten order."""
    yield from _values(container)


def sequence_like(container: Any, values: Any) -> Any:
    """A container like the given one with other values, given in flatten order.

    >>> sequence_like({"b": 1, "a": 2}, [3, 4])
    {'b': 4, 'a': 3}
    """
    return kinds()[type(container)].rebuild(container, list(values))  # type: ignore[union-attr]


# --- paths -------------------------------------------------------------------------------------


def yield_flat_paths(nest: Any, expand_composites: bool = False) -> Iterator[Path]:
    """The path of each leaf, in the order of `flatten`.

    >>> list(yield_flat_paths({"b": [1, (2,)], "a": 3}))
    [('a',), ('b', 0), ('b', 1, 0)]
    """
    for path, _ in _walk(nest, (), expand_composites):
        yield path


def flatten_with_tuple_paths(
    structure: Any, expand_composites: bool = False
) -> list[tuple[Path, Any]]:
    """The leaves of `structure`, each with its path.

    >>> flatten_with_tuple_paths({"b": [1, 2]})
    [(('b', 0), 1), (('b', 1), 2)]
    """
    paths = yield_flat_paths(structure, expand_composites)
    return list(zip(paths, flatten(structure, expand_composites), strict=True))


def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/", expand_composites: bool = False
) -> list[tuple[str, Any]]:
    """The leaves of `structure`, each with its path as one string.

    >>> flatten_with_joined_string_paths({"b": [1, 2]})
    [('b/0', 1), ('b/1', 2)]
    """
    return [
        (_joined(path, separator), leaf)
        for path, leaf in flatten_with_tuple_paths(structure, expand_composites)
    ]


def map_structure_with_tuple_paths(
    func: Callable[..., Any],
    *structure: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    **kwargs: Any,
) -> Any:
    """`map_structure` whose `func` also takes the path, first. Other keywords go to `func`.

    >>> map_structure_with_tuple_paths(lambda path, x: (path, x), {"a": [1]})
    {'a': [(('a', 0), 1)]}
    """
    return map_structure_with_tuple_paths_up_to(
        structure[0],
        func,
        *structure,
        check_types=check_types,
        expand_composites=expand_composites,
        **kwargs,
    )


def map_structure_with_paths(
    func: Callable[..., Any],
    *structure: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    **kwargs: Any,
) -> Any:
    """`map_structure` whose `func` also takes the path as one string, first.

    >>> map_structure_with_paths(lambda path, x: path, {"a": [1, 2]})
    {'a': ['a/0', 'a/1']}
    """
    return map_structure_with_tuple_paths_up_to(
        structure[0],
        lambda path, *xs, **kwargs: func(_joined(path), *xs, **kwargs),
        *structure,
        check_types=check_types,
        expand_composites=expand_composites,
        **kwargs,
    )


# --- shallow structures ------------------------------------------------------------------------


def assert_shallow_structure(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
) -> None:
    """A check that `input_tree` is nested like `shallow_tree` as far as that one goes.

    Raises:
        TypeError: if containers differ in class, or a leaf stands where a container should.
        ValueError: if containers differ in length or keys.

    >>> assert_shallow_structure({"a": 0, "b": 0}, {"a": [1, 2], "b": 3})
    """
    known = kinds(expand_composites)
    kind = known[type(shallow_tree)]
    if kind is None:
        return
    other = known[type(input_tree)]
    if other is None:
        raise TypeError(
            "If shallow structure is a sequence, input must also be a sequence. "
            f"Input has type: {type(input_tree)}."
        )
    if expand_composites:
        spec, theirs = spec_of(shallow_tree), spec_of(input_tree)
        if spec is not None and theirs is not None:
            if no_common_type(spec, theirs):
                raise ValueError(f"Incompatible CompositeTensor TypeSpecs: {spec} vs. {theirs}")
            return
    if check_types and not _stands_for(shallow_tree, input_tree):
        raise TypeError(
            "The two structures don't have the same sequence type. Input structure has type "
            f"{type(input_tree)}, while shallow structure has type {type(shallow_tree)}."
        )
    above, below = list(kind.values(shallow_tree)), list(other.values(input_tree))
    if len(above) != len(below):
        raise ValueError(
            "The two structures don't have the same sequence length. Input structure has length "
            f"{len(below)}, while shallow structure has length {len(above)}."
        )
    if isinstance(shallow_tree, Mapping) and isinstance(input_tree, Mapping):
        missing = [key for key in shallow_tree if key not in input_tree]
        if missing:
            raise ValueError(
                "The shallow_tree's keys are not a subset of the input_tree's keys. The "
                "shallow_tree has the following keys that are not in the input_tree: "
                f"{sorted(missing)}."
            )
    for a, b in zip(above, below, strict=True):
        assert_shallow_structure(a, b, check_types, expand_composites)


def _stands_for(shallow: Any, deep: Any) -> bool:
    """Whether a container may stand below another: as lenient to subclasses as `isinstance`."""
    if isinstance(deep, type(shallow)) and not is_namedtuple_class(type(shallow)):
        return True
    return same_container_class(shallow, deep)


def flatten_up_to(
    shallow_tree: Any,
    input_tree: Any,
    check_types: bool = True,
    expand_composites: bool = False,
) -> list[Any]:
    """The parts of `input_tree` at the leaves of `shallow_tree`.

    >>> flatten_up_to([0, 0], [[1, 2], {"a": 3}])
    [[1, 2], {'a': 3}]
    """
    assert_shallow_structure(shallow_tree, input_tree, check_types, expand_composites)
    return [part for _, (part,) in _walk(shallow_tree, (input_tree,), expand_composites)]


def map_structure_up_to(
    shallow_tree: Any,
    func: Callable[..., Any],
    *inputs: Any,
    check_types: bool = True,
    expand_composites: bool = False,
) -> Any:
    """A structure like `shallow_tree`, with `func` of what the inputs hold at each leaf.

    >>> map_structure_up_to([0, 0], len, [[1, 2], [3]])
    [2, 1]
    """
    return map_structure_with_tuple_paths_up_to(
        shallow_tree,
        lambda _, *parts: func(*parts),
        *inputs,
        check_types=check_types,
        expand_composites=expand_composites,
    )


def map_structure_with_tuple_paths_up_to(
    shallow_tree: Any,
    func: Callable[..., Any],
    *inputs: Any,
    check_types: bool = True,
    expand_composites: bool = False,
    **kwargs: Any,
) -> Any:
    """`map_structure_up_to` whose `func` also takes the path, first.

    >>> map_structure_with_tuple_paths_up_to({"a": 0}, lambda path, x: (path, x), {"a": [1]})
    {'a': (('a',), [1])}
    """
    if not inputs:
        raise ValueError("Cannot map over no sequences")
    for tree in inputs:
        assert_shallow_structure(shallow_tree, tree, check_types, expand_composites)
    results = [
        func(path, *parts, **kwargs)
        for path, parts in _walk(shallow_tree, inputs, expand_composites)
    ]
    return pack_sequence_as(shallow_tree, results, expand_composites)


def get_traverse_shallow_structure(
    traverse_fn: Callable[[Any], Any], structure: Any, expand_composites: bool = False
) -> Any:
    """A shallow structure of booleans: where `traverse_fn` says to go deeper, and where to stop.

    Args:
        traverse_fn: takes a part of `structure`, gives a boolean for the whole of it, or a
            shallow structure of booleans for its parts.
        structure: any structure.
        expand_composites: also take apart values that consist of tensors.

    >>> get_traverse_shallow_structure(lambda x: isinstance(x, list), [1, (2,), [3]])
    [False, False, [False]]
    """
    wanted = traverse_fn(structure)
    kind = kinds(expand_composites)[type(structure)]
    if kind is None:
        if not isinstance(wanted, bool):
            raise TypeError(
                f"traverse_fn returned structure: {wanted} for non-structure: {structure}"
            )
        return wanted
    if isinstance(wanted, bool):
        if not wanted:
            return False
        return kind.rebuild(
            structure,
            [
                get_traverse_shallow_structure(traverse_fn, value, expand_composites)
                for value in kind.values(structure)
            ],
        )
    if not is_nested(wanted):
        raise TypeError(f"traverse_fn returned a non-bool scalar: {wanted} for input: {structure}")

    def deeper(go: Any, part: Any) -> Any:
        if not isinstance(go, bool):
            raise TypeError(
                f"traverse_fn didn't return a depth=1 structure of bools. saw: {wanted} "
                f"for structure: {structure}"
            )
        return get_traverse_shallow_structure(traverse_fn, part, expand_composites) if go else False

    return map_structure_up_to(
        wanted, deeper, wanted, structure, expand_composites=expand_composites
    )
