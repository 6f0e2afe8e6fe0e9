"""The special functions that XLA programs have, under SciPy's names.

Read next: core/namespace.py.
"""

from collections.abc import Callable
from typing import Any, NoReturn

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
    "j0",
    "j1",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "ndtri",
    "polygamma",
    "random_gamma_grad",
    "spence",
    "y0",
    "y1",
    "zeta",
]


def polygamma(n: Any, x: Any) -> Any:
    """JAX's, for orders that are floats, as SciPy and TensorFlow have them."""
    order = jnp.floor(n)
    value = jax.scipy.special.polygamma(order.astype(jnp.int32), x)
    return jnp.where((order == n) & (n >= 0), value, jnp.nan)


def _only_on_the_host(name: str) -> Callable[[Any], NoReturn]:
    def refuse(x: Any) -> NoReturn:
        raise NotImplementedError(
            f"XLA has no special function '{name}': it runs on the host only."
        )

    return refuse


j0, j1, k0, k0e, k1, k1e, y0, y1 = map(
    _only_on_the_host, ("j0", "j1", "k0", "k0e", "k1", "k1e", "y0", "y1")
)
