"""Ragged tensors as NumPy arrays, as nested lists and as text.

The one idea: rows of one length stand as an ordinary array, rows of several as an array of objects,
each of them a row (`nested_array`). The text is NumPy's of just that, with a comma between
elements, and each element as Python writes it (`array_text`).

Read next: ragged/ragged_tensor.py.
"""

from typing import Any

import numpy as np


def nested_array(values: np.ndarray, splits: np.ndarray) -> np.ndarray:
    """The rows of `values`: one array where they have one length, else an array of arrays."""
    lengths = np.diff(splits)
    if not len(lengths):
        return np.zeros((0, 0, *values.shape[1:]), values.dtype)
    if (lengths == lengths[0]).all():
        used = values[int(splits[0]) : int(splits[-1])]
        return used.reshape((len(lengths), int(lengths[0]), *values.shape[1:]))
    out = np.empty(len(lengths), object)
    for i, row in enumerate(nested_list(values, splits)):
        out[i] = row
    return out


def nested_list(values: Any, splits: np.ndarray) -> list:
    """The rows of a list or an array, each a piece of it."""
    cuts = splits.tolist()
    return [values[start:limit] for start, limit in zip(cuts[:-1], cuts[1:], strict=True)]


def array_text(value: Any) -> str:
    """An array, or an element of one, with commas between the elements."""
    if isinstance(value, np.ndarray):
        if not value.size:
            return str(value.tolist())  # NumPy shows no empty rows
        with np.printoptions(formatter={"all": array_text}):
            return np.array2string(value, separator=", ")
    return repr(value) if isinstance(value, bytes) else str(value)
