"""Einsum: sums of products, written as labels of axes.

The one idea: a product of two tensors along labelled axes is one matrix product, once each axis is
known to be of one of four kinds: in both and in the result (a stack), in both only (summed), or in
one of them. The host arranges the axes so and leaves the rest to BLAS; XLA does the same by itself.
More than two tensors are multiplied two at a time, in the order that `numpy.einsum_path` finds.

The gradient for one tensor is another einsum: that of the result's gradient with the other tensor.

Read next: ops/matmul.py.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from headrace._src.core.namespace import xp
from headrace._src.core.shape_rules import ShapeError, bracketed
from headrace._src.core.shapes import TensorShape, broadcast_dims, unknown
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine import gradient
from headrace._src.engine.convert import convert
from headrace._src.engine.op import op
from headrace._src.ops import complex as complex_numbers
from headrace._src.ops.array import broadcast_to_op, dims, length, reshape_op, shape_op
from headrace._src.ops.constant import ones
from headrace._src.ops.diagonal import eye

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TERM = r"[a-zA-Z]*(?:\.\.\.)?[a-zA-Z]*"
_FORM = re.compile(f"{_TERM}(?:,{_TERM})*->{_TERM}")


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """The sum of products that `equation` spells, by Einstein's convention.

    equation: a label for each axis of each input, inputs separated by commas, then "->" and the
    labels of the result ("ij,jk->ik" is a matrix product). Labels that the result lacks are summed
    over; "..." stands for leading axes, which broadcast. Without "->" the result has, in order of
    the alphabet, all labels that occur once. inputs: tensors of one dtype. optimize: accepted, and
    one of "greedy", "optimal", "branch-2", "branch-all", "auto": the order in which more than two
    inputs are multiplied; here all but "optimal" mean greedy. name: the op's name.

    >>> a, b = tf.constant([[1, 2], [3, 4]]), tf.constant([[1, 0], [0, 2]])
    >>> tf.einsum("ij,jk->ik", a, b).numpy()
    array([[1, 4],
           [3, 8]], dtype=int32)

    Raises ValueError for an equation that is not of this form or not for so many inputs,
    tf.errors.InvalidArgumentError where sizes disagree. Op: Einsum.
    """
    unknown_names = [k for k in kwargs if k not in ("name", "optimize")]
    if unknown_names:
        raise TypeError(
            f"Invalid keyword arguments for einsum: {', '.join(unknown_names)}. "
            "Valid arguments: name, optimize, greedy."
        )
    name = kwargs.get("name")
    optimal = kwargs.get("optimize") == "optimal"
    tensors = [x if type(x) is EagerTensor else convert(x) for x in inputs]
    equation = _resolved(equation, len(tensors))
    if len(tensors) <= 2:
        return einsum_op(tensors, equation, name)
    return _pairwise(equation, tensors, optimal, name)


@lru_cache(1024)
def _resolved(equation: str, count: int) -> str:
    """The equation without spaces and with its result; raises where it is none, or not for
    `count`.
    """
    text = equation.replace(" ", "")
    if "->" not in text:
        once = sorted(x for x in set(text) - set(",.") if text.count(x) == 1)
        text += "->" + ("..." if "..." in text else "") + "".join(once)
    if not _FORM.fullmatch(text):
        raise ValueError(f"Subscripts have incorrect format: {equation}")
    left, result = text.split("->")
    terms = left.split(",")
    if len(terms) != count:
        raise ValueError(f'Got {count} inputs for equation "{equation}", expecting {len(terms)}')
    labels = result.replace(".", "")
    for label in labels:
        if label not in left:
            raise ValueError(
                f"Output subscripts contain the label {label} not present in the input subscripts."
            )
    if len(set(labels)) < len(labels):
        raise ValueError(f"Output subscripts contain a label appearing more than once: {equation}")
    return text


def _pairwise(equation: str, tensors: list[Tensor], optimal: bool, name: str | None) -> Tensor:
    """The einsum of three or more tensors, two at a time."""
    left, result = equation.split("->")
    terms = left.split(",")
    shapes = [
        [1] * len(term.replace("...", ""))
        if x.shape.rank is None
        else [n or 1 for n in x.shape.as_list()]
        for term, x in zip(terms, tensors, strict=True)
    ]
    blanks = [np.broadcast_to(np.float32(0), shape) for shape in shapes]
    path = np.einsum_path(equation, *blanks, optimize="optimal" if optimal else "greedy")[0]
    for step in path[1:]:
        chosen = sorted(step, reverse=True)
        taken = [(terms.pop(i), tensors.pop(i)) for i in chosen]
        rest = "".join(terms) + result
        kept = "".join(
            dict.fromkeys(x for term, _ in taken for x in term.replace(".", "") if x in rest)
        )
        if any("..." in term for term, _ in taken):
            kept = "..." + kept
        if not terms:
            kept = result
        product = ",".join(term for term, _ in taken) + "->" + kept
        if len(taken) > 2:  # the whole path in one step
            return _folded(taken, result, name)
        tensors.append(einsum_op([x for _, x in taken], product, name))
        terms.append(kept)
    return tensors[0]


def _folded(taken: list, result: str, name: str | None) -> Tensor:
    """Three or more tensors that the path leaves in one step, from the left."""
    (term, value), *others = taken
    if not others:
        return einsum_op([value], f"{term}->{result}", name)
    for i, (other, x) in enumerate(others):
        rest = "".join(t for t, _ in others[i + 1 :]) + result
        kept = "".join(dict.fromkeys(c for c in (term + other).replace(".", "") if c in rest))
        if "..." in term + other:
            kept = "..." + kept
        if i == len(others) - 1:
            kept = result
        value = einsum_op([value, x], f"{term},{other}->{kept}", name)
        term = kept
    return value


# ---- the op --------------------------------------------------------------------------------------


def _terms(equation: str) -> tuple[list[str], str]:
    left, result = equation.split("->")
    return left.split(","), result


def _einsum_shape(shapes: list[TensorShape], equation: str) -> TensorShape:
    terms, result = _terms(equation)
    sizes: dict[str, int | None] = {}
    batch: Any = ()
    for i, (term, x) in enumerate(zip(terms, shapes, strict=True)):
        labels = term.replace("...", "")
        if x.rank is None:
            sizes = dict.fromkeys(labels) | sizes
            batch = None if "..." in term else batch
            continue
        extra = x.rank - len(labels)
        if extra < 0 or (extra and "..." not in term):
            least = "at least " if "..." in term else ""
            raise ShapeError(
                f"Expected input {i} to have rank {least}{len(labels)} but got: {x.rank}"
            )
        at = term.index("...") if "..." in term else len(labels)
        axes = [*range(at), *range(at + extra, x.rank)]
        for label, axis in zip(labels, axes, strict=True):
            size = x[axis]
            known = sizes.get(label)
            if known is not None and size is not None and known != size:
                raise ShapeError(
                    f"Expected dimension {known} at axis {axis} of the input shaped "
                    f"{bracketed(x)} but got dimension {size}"
                )
            sizes[label] = size if known is None else known
        if batch is None:
            continue
        more = tuple(x[at : at + extra])
        merged = broadcast_dims(batch, more)
        if merged is None:
            raise ShapeError(f"Invalid broadcasting dimensions: {list(batch)} vs. {list(more)}")
        batch = merged
    if "..." not in result:
        return TensorShape([sizes[label] for label in result])
    if batch is None:
        return unknown
    before, after = result.split("...")
    return TensorShape([*(sizes[c] for c in before), *batch, *(sizes[c] for c in after)])


@op("Einsum", shape=_einsum_shape)
def einsum_op(inputs: list[Tensor], equation: str, name: str | None = None) -> Tensor:
    """The sum of products of one or two tensors."""
    dtype = inputs[0].dtype
    wide = [x.astype(np.float32) for x in inputs] if dtype.itemsize == 2 else inputs
    return xp(inputs[0]).einsum(equation, *wide).astype(dtype)


@einsum_op.kernel("host")
def _(inputs, equation):
    dtype = inputs[0].dtype
    if dtype.itemsize == 2:
        inputs = [x.astype(np.float32) for x in inputs]
    gone, terms, result, plan = _arranged(equation, tuple([x.shape for x in inputs]))
    if any(gone):
        inputs = [x.squeeze(g) for x, g in zip(inputs, gone, strict=True)]
    if plan is None:
        return np.array(np.einsum(",".join(terms) + "->" + result, *inputs), dtype)
    return plan(*inputs).astype(dtype, copy=False)


@lru_cache(4096)
def _arranged(equation: str, shapes: tuple) -> tuple:
    """What depends on shapes only: axes to drop, the terms without them, how to multiply."""
    _einsum_shape([TensorShape(shape) for shape in shapes], equation)
    terms, result, sizes = _spelt_out(equation, shapes)
    gone = [_repeated(term, shape, sizes) for term, shape in zip(terms, shapes, strict=True)]
    terms = [_without(term, g) for term, g in zip(terms, gone, strict=True)]
    plan = None
    if len(terms) == 2 and all(len(set(term)) == len(term) for term in terms):
        plan = _product_plan(*terms, result, sizes)
    return gone, terms, result, plan


def _spelt_out(equation: str, shapes: list) -> tuple[list[str], str, dict[str, int]]:
    """The terms and the result with letters in place of "...", and the size of each letter's
    axis.
    """
    terms, result = _terms(equation)
    ranks = [len(s) - len(t.replace("...", "")) for t, s in zip(terms, shapes, strict=True)]
    free = [c for c in _LETTERS if c not in equation][: max(ranks)]
    terms = [
        t.replace("...", "".join(free[len(free) - rank :]))
        for t, rank in zip(terms, ranks, strict=True)
    ]
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, size in zip(term, shape, strict=True):
            if sizes.get(letter, 1) == 1:
                sizes[letter] = size
    return terms, result.replace("...", "".join(free)), sizes


def _repeated(term: str, shape: tuple[int, ...], sizes: dict[str, int]) -> tuple[int, ...]:
    """The axes of size 1 that the other tensor has longer: left out, they broadcast by their
    absence.
    """
    return tuple(i for i, c in enumerate(term) if shape[i] == 1 and sizes[c] != 1)


def _product_plan(of_x: str, of_y: str, result: str, sizes: dict[str, int]) -> Callable:
    """The product of two arrays whose labels do not repeat, as one (stacked) matrix product."""
    alone_x = tuple(i for i, c in enumerate(of_x) if c not in of_y and c not in result)
    alone_y = tuple(i for i, c in enumerate(of_y) if c not in of_x and c not in result)
    of_x, of_y = _without(of_x, alone_x), _without(of_y, alone_y)
    stack = [c for c in of_x if c in of_y and c in result]
    summed = [c for c in of_x if c in of_y and c not in result]
    rows = [c for c in of_x if c not in of_y]
    columns = [c for c in of_y if c not in of_x]

    def size(labels: list[str]) -> int:
        return prod(sizes[c] for c in labels)

    order = stack + rows + columns
    x_order = [of_x.index(c) for c in stack + rows + summed]
    y_order = [of_y.index(c) for c in stack + summed + columns]
    shape = [sizes[c] for c in stack]
    x_shape = (*shape, size(rows), size(summed))
    y_shape = (*shape, size(summed), size(columns))
    out_shape = tuple(sizes[c] for c in order)
    out_order = [order.index(c) for c in result]

    def multiplied(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if alone_x:
            x = np.add.reduce(x, alone_x, x.dtype)
        if alone_y:
            y = np.add.reduce(y, alone_y, y.dtype)
        left = x.transpose(x_order).reshape(x_shape)
        right = y.transpose(y_order).reshape(y_shape)
        return np.matmul(left, right).reshape(out_shape).transpose(out_order)

    return multiplied


def _without(labels: str, positions: tuple[int, ...]) -> str:
    return "".join(c for i, c in enumerate(labels) if i not in positions)


@einsum_op.gradient
def _(dz, inputs, equation):
    shapes = [dims(x) for x in inputs]
    if not all(isinstance(shape, tuple) for shape in shapes):
        return [_back_of_any_shape(dz, i, inputs, equation) for i in range(len(inputs))]
    terms, result, sizes = _spelt_out(equation, shapes)
    return [_back(dz, result, i, inputs, terms, sizes) for i in range(len(inputs))]


def _back(
    dz: Tensor, result: str, i: int, inputs: list[Tensor], terms: list[str], sizes: dict[str, int]
) -> Tensor:
    """The gradient for one input: the result's gradient times the other input, on this one's
    axes.
    """
    shape = dims(inputs[i])
    factors, of_factors = [dz], [result]
    for term, x in zip(terms[:i] + terms[i + 1 :], inputs[:i] + inputs[i + 1 :], strict=True):
        gone = _repeated(term, dims(x), sizes)
        if gone:
            x = reshape_op(x, tuple(n for axis, n in enumerate(dims(x)) if axis not in gone))
        factors.append(complex_numbers.conj(x) if x.dtype.is_complex else x)
        of_factors.append(_without(term, gone))
    # A label that the input has twice: its second axis is tied to the first by an identity matrix.
    free = [c for c in _LETTERS if c not in "".join(terms)]
    labels: list[str] = []
    for label, size in zip(terms[i], shape, strict=True):
        if label in labels:
            factors.append(EagerTensor(np.eye(size, dtype=dz.dtype.array_dtype), dz.dtype))
            label += free[0]
            of_factors.append(label)
            label = free.pop(0)
        labels.append(label)
    # What only this input has was summed over, and what it has at size 1 was repeated: these axes
    # come back at size 1, and the first kind is repeated.
    known = "".join(of_factors)
    lost = [
        c not in known or (n == 1 and sizes.get(c, 1) != 1)
        for c, n in zip(labels, shape, strict=True)
    ]
    kept = "".join(c for c, gone in zip(labels, lost, strict=True) if not gone)
    equation = ",".join(of_factors) + "->" + kept
    if len(factors) > 2:
        dx = _pairwise(equation, factors, False, None)
    else:
        dx = einsum_op(factors, equation)
    if not any(lost):
        return dx
    narrow = tuple(1 if gone else n for n, gone in zip(shape, lost, strict=True))
    return broadcast_to_op(reshape_op(dx, narrow), shape)


def _back_of_any_shape(dz: Tensor, i: int, inputs: list[Tensor], equation: str) -> Tensor:
    """The same as `_back`, where only the running program knows the shapes."""
    terms, result = _terms(equation)
    x, term = inputs[i], terms[i]
    factors, of_factors = [dz], [result]
    for other, y in zip(terms[:i] + terms[i + 1 :], inputs[:i] + inputs[i + 1 :], strict=True):
        factors.append(complex_numbers.conj(y) if y.dtype.is_complex else y)
        of_factors.append(other)
    free = [c for c in _LETTERS if c not in equation]
    before, dots, after = term.partition("...")
    axes = [*range(len(before)), *range(-len(after), 0)] if dots else range(len(before))
    labels = ""
    for label, axis in zip(before + after, axes, strict=True):
        if label in labels:  # tied to its first axis by an identity matrix
            of_factors.append(label + free[0])
            label = free.pop(0)
            factors.append(eye(length(x, axis), dtype=dz.dtype))
        elif not any(label in known for known in of_factors):  # summed over: it is repeated
            of_factors.append(label)
            factors.append(ones([length(x, axis)], dz.dtype))
        labels += label
    lead = "..." if any("..." in known for known in of_factors) else ""
    dx = _folded(list(zip(of_factors, factors, strict=True)), lead + labels, None)
    if not dots:
        return gradient.unbroadcast(dx, (None,) * len(labels)) if lead else dx
    # The axes for which "..." stands go first, so that a broadcast can be undone, and back again.
    spread = labels[: len(before)] + "..." + labels[len(before) :]
    if not lead:
        dx = broadcast_to_op(dx, shape_op(einsum_op([x], f"{spread}->...{labels}")))
    elif not before:
        return gradient.unbroadcast(dx, x)
    else:
        dx = gradient.unbroadcast(dx, einsum_op([x], f"{spread}->...{labels}"))
    return einsum_op([dx], f"...{labels}->{spread}")
