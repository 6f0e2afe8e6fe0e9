"""Bessel functions: ops/bessel.py. SciPy is the reference, as in special.py."""

import numpy as np
import scipy.special as sp

import headrace as tf
from tests.cases.row import case, error, floats, ints, plain, positive

inf = np.inf
# JAX's series for I are SciPy's, in another precision.
SERIES = 5e-5
special = tf.math.special

ROWS = [
    case(tf.math.bessel_i0, floats(3), ref=sp.i0, tol=SERIES),
    case(tf.math.bessel_i0e, floats(3), ref=sp.i0e, tol=SERIES),
    case(tf.math.bessel_i1, floats(3), ref=sp.i1, tol=SERIES),
    case(tf.math.bessel_i1e, floats(3), ref=sp.i1e, tol=SERIES),
    case(special.bessel_j0, floats(3), ref=sp.j0),
    case(special.bessel_j1, floats(3), ref=sp.j1),
    case(special.bessel_y0, positive(3), ref=sp.y0),
    case(special.bessel_y1, positive(3), ref=sp.y1),
    case(special.bessel_k0, positive(3), ref=sp.k0),
    case(special.bessel_k0e, positive(3), ref=sp.k0e),
    case(special.bessel_k1, positive(3), ref=sp.k1),
    case(special.bessel_k1e, positive(3), ref=sp.k1e),
    case(special.bessel_k0, plain(np.array([-1.0, 0.0])), ref=lambda x: x * 0 + inf),
    error(
        special.bessel_k0,
        ints(2, dtype="int32"),
        raises=tf.errors.InvalidArgumentError,
        match="Value for attr 'T' of int32",
    ),
]
