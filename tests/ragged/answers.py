"""Expressions about ragged tensors, and what TensorFlow 2.21 answers: the *.txt files beside.

Each file is a list of `>>> expression` and the text of the value, or of the error. Which kernel an
error comes from is left out.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

import headrace as tf

NAMES: dict[str, Any] = {
    "tf": tf,
    "np": np,
    "x": tf.ragged.constant([[1, 2, 3], [], [4]]),
    "deep": tf.ragged.constant([[[1, 2], [3]], [], [[4, 5, 6]]]),
    "wide": tf.RaggedTensor.from_row_splits(tf.ones([4, 2]), [0, 3, 3, 4]),
    "even": tf.RaggedTensor.from_uniform_row_length(tf.ragged.constant([[1], [2, 3], [], [4]]), 2),
    "deeper": tf.ragged.constant([[[[1, 2], [3]], []], [], [[[4]], [[5, 6], []]]]),
    "words": tf.ragged.constant([["a\0", "b"], [], ["c"]]),
    "nothing": tf.RaggedTensor.from_row_splits(tf.zeros([0], tf.int32), tf.constant([0], tf.int64)),
    "Shape": tf.experimental.DynamicRaggedShape,
    "RowPartition": tf.experimental.RowPartition,
}

_KERNEL = r"\{\{function_node [^}]*\}\} |\[Op:\w+\] name:.*"


def recorded(name: str) -> list[tuple[str, str]]:
    """The expressions of a file and their answers."""
    text = (Path(__file__).parent / f"{name}.txt").read_text()
    pairs = [part.partition("\n") for part in text.removeprefix(">>> ").split("\n\n>>> ")]
    return [(source, answer.strip()) for source, _, answer in pairs]


def answer_of(source: str) -> str:
    """What the library answers, written in the same way."""
    try:
        found = repr(eval(source, NAMES))
    except Exception as error:
        found = re.sub(_KERNEL, "", f"{type(error).__name__}: {error}")
    return re.sub(r"np\.int(32|64)\((\d+)\)", r"\2", found).strip()
