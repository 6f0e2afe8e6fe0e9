"""What every test and every example in a docstring starts from: `tf`, and `np`."""

import numpy
import pytest

import headrace


@pytest.fixture(autouse=True, scope="session")
def _names_in_examples(doctest_namespace):
    doctest_namespace.update(tf=headrace, np=numpy)
