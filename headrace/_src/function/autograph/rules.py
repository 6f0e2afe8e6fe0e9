"""What is left alone when converted code calls it.

That is what needs no conversion or was not written with one in mind: Python's standard library,
NumPy and its kin, Headrace itself (whose ops choose their mode anyway), Keras (which does its own
control flow), and what the user marked with `do_not_convert`. All other packages are converted like
the user's own code.

Read next: operators/calls.py.
"""

import sys
from types import FunctionType

_PACKAGES = frozenset(
    """
    IPython PIL absl headrace hypothesis ipdb jax jaxlib keras matplotlib ml_dtypes mock numpy
    pandas pkg_resources psutil pydevd pytest scipy sklearn tensorboard tensorflow tf_keras torch
    tqdm
    """.split()
)

_MARK = "_is_left_by_autograph"


def is_left_alone(function: FunctionType) -> bool:
    """Whether `function` comes from a package whose functions are not converted."""
    # Not `__module__`: a decorator copies that from what it decorates.
    package = str(function.__globals__.get("__name__", "")).partition(".")[0]
    return package in _PACKAGES or (
        package in sys.stdlib_module_names and package not in ("__main__", "test", "this")
    )


def is_marked(function: FunctionType) -> bool:
    """Whether the user marked `function`."""
    return _MARK in function.__dict__


def mark(function: FunctionType) -> None:
    """Makes `is_marked` true of `function`."""
    setattr(function, _MARK, True)
