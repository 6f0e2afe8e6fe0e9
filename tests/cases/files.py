"""Rows for ops/files.py; writing is in tests/ops/test_files.py.

Read next: tests/cases/row.py.
"""

from pathlib import Path

import numpy as np

import headrace as tf
from tests.cases.row import array, case, error, strings

HERE = Path(__file__)
BAD = tf.errors.InvalidArgumentError


def read(path: np.ndarray) -> np.ndarray:
    return np.array(Path(path[()].decode()).read_bytes(), object)


ROWS = [
    case(tf.io.read_file, array(str(HERE)), ref=read, gradient=False, name="read_file(this)"),
    error(tf.io.read_file, "/no/such/file", raises=tf.errors.NotFoundError, match="No such file"),
    error(tf.io.read_file, str(HERE.parent), raises=tf.errors.FailedPreconditionError),
    error(tf.io.read_file, strings(1), raises=BAD, match="filename tensor must be scalar"),
    case(
        tf.io.matching_files,
        array([f"{HERE.parent}/file?.py", f"{HERE.parent}/no*such"]),
        ref=lambda pattern: np.array([str(HERE).encode()], object),
        gradient=False,
        name="matching_files(this)",
    ),
    error(tf.io.matching_files, strings(1, 1), raises=BAD, match="must be scalar or vector"),
    error(
        tf.io.write_file, "/no/file", strings(1), raises=BAD, match="Contents tensor must be scalar"
    ),
]
