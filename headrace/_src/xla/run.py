"""One op as one compiled program: a cached `jax.jit` of the body that the host runs too.

The statics and attributes of the op are static arguments of the program, so it is compiled once for
each of their values and each shape; JAX's own cache keeps them.

Read next: core/namespace.py.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from headrace._src.core import namespace
from headrace._src.xla import convolution, linalg, pooling, special
from headrace._src.xla.devices import device_called

namespace.under_xla = jnp
namespace.special_under_xla = special
namespace.linalg_under_xla = linalg
namespace.while_under_xla = jax.lax.while_loop
namespace.convolution_under_xla = convolution
namespace.pooling_under_xla = pooling


@cache
def _options() -> dict[str, Any] | None:
    """Compiler options for single ops: level 1 compiles small programs five times faster and they
    run as fast. It is an XLA flag, hence a hint: where XLA refuses it we do without.
    """
    options = {"xla_backend_optimization_level": 1}
    if jax.default_backend() != "cpu":
        return None
    if jax.__version__.startswith(_TRIED):
        return options
    try:
        jax.jit(lambda x: x + 1, compiler_options=options)(np.float32(0))
    except Exception:  # whatever this JAX raises for a flag that it does not know
        return None
    return options


# The versions that take the flag: no trial is needed, which would cost a first call 55 ms.
_TRIED = ("0.10.",)


@cache
def _program(kernel: Callable, static: tuple[int, ...]) -> Callable:
    return jax.jit(kernel, static_argnums=static, compiler_options=_options())


def run_compiled(op: Any, arrays: list[Any], attributes: tuple, device: str) -> Any:
    """The outputs of `op`, as JAX arrays, computed on `device` ("" for the default one)."""
    kernel = op.kernels.get("xla", op.body)
    kinds = list(op.inputs.values())
    static = [i for i, kind in enumerate(kinds) if kind == "static"]
    static += range(len(kinds), len(kinds) + len(attributes))
    program = _program(kernel, tuple(static))
    if not device:
        return program(*arrays, *attributes)
    with jax.default_device(device_called(device)):
        return program(*arrays, *attributes)
