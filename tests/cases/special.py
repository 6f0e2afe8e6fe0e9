"""Special functions: ops/special.py. SciPy is both what computes on the host and the reference, so
that what these rows test is XLA against it, and the gradients against both."""

import numpy as np
import scipy.special as sp

import headrace as tf
from headrace._src.ops.special import igamma_grad_a
from tests.cases.row import case, error, floats, ints, plain, positive, strings, unit

Invalid = tf.errors.InvalidArgumentError
inf, nan = np.inf, np.nan
# Where SciPy's float32 functions round on the way, or JAX's follow other series.
SERIES = 5e-5


def inside(*shape):
    """Numbers well inside (0, 1)."""
    return floats(*shape, low=0.1, high=0.9)


def log_beta(x):
    return sp.gammaln(x).sum(-1) - sp.gammaln(x.sum(-1))


special = tf.math.special

ROWS = [
    case(tf.math.erf, floats(3), ref=sp.erf),
    case(tf.math.erfc, floats(3), ref=sp.erfc),
    case(tf.math.erfinv, unit(3), ref=sp.erfinv),
    case(tf.math.erfinv, plain(np.float32([-1.0, 1.0, 2.0])), ref=sp.erfinv),
    case(tf.math.ndtri, inside(3), ref=sp.ndtri),
    case(tf.math.erfcinv, inside(3), ref=sp.erfcinv),
    case(tf.math.lgamma, positive(3), ref=sp.gammaln, tol=SERIES),
    case(tf.math.digamma, positive(3), ref=sp.digamma, tol=SERIES),
    case(tf.math.digamma, plain(np.array([0.0, -1.0])), ref=lambda x: x * nan),
    case(
        tf.math.polygamma,
        plain([1.0, 2.0]),
        positive(2),
        ref=lambda a, x: sp.polygamma(np.array([1, 2]), x).astype(x.dtype),
        tol=SERIES,
    ),
    case(
        tf.math.zeta,
        plain([2.5, 3.0]),
        positive(2),
        ref=lambda x, q: sp.zeta(np.array([2.5, 3.0], q.dtype), q),
        tol=SERIES,
    ),
    case(
        tf.math.igamma, positive(3, 1), positive(2), ref=sp.gammainc, tol=SERIES, gradient="first"
    ),
    case(tf.math.igammac, positive(3), positive(3), ref=sp.gammaincc, tol=SERIES, gradient="first"),
    case(
        tf.math.igamma,
        plain(np.array([0.0, 1.0])),
        plain(np.array([1.0, 0.0])),
        ref=lambda a, x: np.array([nan, 0]),
    ),
    case(
        igamma_grad_a,
        plain(np.array([1.0, 2.0])),
        plain(np.array([2.0, 3.0])),
        ref=lambda a, x: np.array([-0.22082545, -0.19742544]),
        tol=1e-7,
    ),
    case(
        tf.math.betainc,
        1.5,
        2.5,
        inside(3),
        ref=lambda a, b, x: sp.betainc(x.dtype.type(a), x.dtype.type(b), x),
        tol=SERIES,
    ),
    case(tf.math.lbeta, positive(3, 2), ref=log_beta, tol=SERIES, dtypes=["float32", "float64"]),
    case(special.dawsn, floats(3), ref=sp.dawsn, tol=SERIES),
    case(special.expint, positive(3), ref=sp.expi, tol=SERIES),
    case(special.expint, plain(np.array([-1.0])), ref=lambda x: x * nan),
    case(special.fresnel_cos, floats(3), ref=lambda x: sp.fresnel(x)[1], tol=SERIES),
    case(special.fresnel_sin, floats(3), ref=lambda x: sp.fresnel(x)[0], tol=SERIES),
    case(special.spence, positive(3), ref=sp.spence, tol=SERIES),
    error(tf.math.erf, ints(2), raises=Invalid, match="Value for attr 'T' of int32"),
    error(tf.math.lgamma, strings(2), raises=Invalid, match="Value for attr 'T' of string"),
    error(tf.math.erfinv, floats(2, dtype="float16"), raises=tf.errors.NotFoundError, match="Erf"),
    error(tf.math.erfcinv, 1, raises=TypeError, match="Cannot convert 0.5 to EagerTensor of dtype"),
    error(tf.math.zeta, floats(2), floats(3), raises=Invalid, match="Incompatible shapes"),
    error(
        tf.math.betainc,
        floats(2),
        floats(1),
        floats(2),
        raises=Invalid,
        match="Shapes of a and b are inconsistent: [2] vs. [1]",
    ),
    error(tf.math.lbeta, 1.0, raises=Invalid, match="Invalid reduction dimension"),
]
