"""`headrace doctor`: what this installation is made of, and why an accelerator is missing.

The one idea: say what was tried and what came back, in the words of whoever refused. A missing GPU
is nearly always a library that could not be loaded or a plugin that is not installed, so both are
asked for by name. Nothing here runs unless somebody asks for it.

Read next: headrace/_src/command/main.py.
"""

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distributions, version
from importlib.util import find_spec
from typing import NamedTuple

from headrace._src.core.version import HEADRACE_VERSION

REQUIRED = ("numpy", "ml_dtypes", "jax", "jaxlib", "scipy", "google-re2")
OPTIONAL = ("keras",)


class Accelerator(NamedTuple):
    name: str
    platforms: frozenset[str]  # what JAX calls it
    plugin: str  # how the packages begin that teach JAX about it
    library: str  # the driver's own, which everything else needs


ACCELERATORS = (
    Accelerator("NVIDIA GPU", frozenset({"gpu", "cuda"}), "jax-cuda", "libcuda.so.1"),
    Accelerator("AMD GPU", frozenset({"gpu", "rocm"}), "jax-rocm", "libamdhip64.so"),
    Accelerator("TPU", frozenset({"tpu"}), "libtpu", "libtpu.so"),
)


def doctor() -> int:
    """A report on standard output; status 1 if something required is missing or broken."""
    print(f"python {platform.python_version()} ({platform.machine()}, {os.cpu_count()} CPUs)")
    print(f"  at {sys.executable}")
    print(f"headrace {HEADRACE_VERSION}")
    for name in (*REQUIRED, *OPTIONAL):
        print(f"{name} {_version(name) or 'is not installed'}")
    print()
    try:
        # By name, since the floor below that owns JAX may be the very thing that is broken.
        devices = import_module("jax").devices()
    except Exception as error:  # a broken JAX may raise anything; that is the finding
        print(f"no devices: JAX cannot start: {type(error).__name__}: {error}")
        return 1
    for device in devices:
        print(f"device {device.id}: {device.platform} ({device.device_kind})")
    for accelerator in ACCELERATORS:
        if accelerator.platforms.isdisjoint(device.platform for device in devices):
            print(f"no {accelerator.name}: " + "; ".join(missing(accelerator)))
    print()
    print(f"small eager ops: NumPy {_version('numpy')}")
    print(f"large ops and compiled functions: XLA of jaxlib {_version('jaxlib')}")
    print(f"C++ kernels: {import_module('headrace._src.native').state}")
    return 0 if all(map(_version, REQUIRED)) else 1


def missing(accelerator: Accelerator) -> Iterator[str]:
    """What stands between this process and an accelerator: its driver's library, JAX's plugin."""
    name = accelerator.library
    names = [dist.name for dist in distributions()]
    plugins = sorted({name for name in names if name and name.startswith(accelerator.plugin)})
    loaded = True
    try:
        ctypes.CDLL(_place(name))
    except OSError as error:
        loaded = False
        yield f"{name} could not be loaded ({error})"
    if not plugins:
        yield f"no package {accelerator.plugin}* is installed"
    elif loaded:
        yield f"{name} loads and {', '.join(plugins)} is installed, yet JAX does not see it"


def _place(library: str) -> str:
    """The path of a library that comes inside a Python package (libtpu/libtpu.so), or its name."""
    package = find_spec(library.partition(".")[0])
    inside = os.path.join(os.path.dirname((package and package.origin) or ""), library)
    return inside if package and os.path.exists(inside) else library


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
