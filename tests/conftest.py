"""Stricter than users: the same random numbers each time, and compiled programs kept between runs.

Warnings are errors by pyproject.toml.

Read next: tests/rows.py.
"""

import random

import hypothesis
import numpy as np
import pytest

import headrace

# The same examples on every machine and every day; a failing one is found again without a database.
# Time limits are for benchmarks: the first example of many compiles.
hypothesis.settings.register_profile(
    "headrace",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("headrace")


@pytest.fixture(autouse=True)
def _same_numbers():
    """Every test starts from the same random state, whichever tests ran before it."""
    random.seed(0)
    np.random.seed(0)
    headrace.random.set_seed(None)
