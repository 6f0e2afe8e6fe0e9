"""The special functions that XLA programs have, under SciPy's names.

Read next: core/namespace.py.
"""

from typing import Any

import jax.numpy as jnp
import jax.scipy.special
from jax.lax import igamma_grad_a, random_gamma_grad
from jax.scipy.special import (
    betainc,
    dawsn,
    digamma,
    erf,
    erfc,
    erfinv,
    expi,
    fresnel,
    gammainc,
    gammaincc,
    gammaln,
    i0,
    i0e,
    i1,
    i1e,
    ndtri,
    spence,
    zeta,
)

__all__ = [
    "betainc",
    "dawsn",
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "expi",
    "fresnel",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "igamma_grad_a",
    "ndtri",
    "polygamma",
    "random_gamma_grad",
    "spence",
    "zeta",
]


def polygamma(n: Any, x: Any) -> Any:
    """JAX's, for orders that are floats, as SciPy and TensorFlow have them."""
    order = jnp.floor(n)
    value = jax.scipy.special.polygamma(order.astype(jnp.int32), x)
    return jnp.where((order == n) & (n >= 0), value, jnp.nan)


def __getattr__(name: str) -> Any:
    raise AttributeError(f"XLA has no special function '{name}': it runs on the host only.")
