"""Fourier transforms: ops/fft.py, ops/fftnd.py, ops/transforms.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, complexes, each, error, floats, ints, strings

Invalid = tf.errors.InvalidArgumentError
LONG = ["float64", "float32"]
COMPLEX = ["complex128", "complex64"]


def narrow(transform):
    """NumPy's transform, in the precision of its input."""

    def reference(x, *args, **kwargs):
        found = transform(x, *args, **kwargs)
        is_short = x.dtype in (np.float32, np.complex64)
        short = np.complex64 if np.iscomplexobj(found) else np.float32
        return found.astype(short) if is_short else found

    return reference


def lengths(transform):
    """NumPy's transform along the last axis, with the length as a list."""
    return narrow(lambda x, fft_length=None: transform(x, fft_length and fft_length[0]))


def many(transform):
    def reference(x, fft_length=None, axes=None, norm=None):
        if fft_length is not None and axes is None:
            axes = tuple(range(-len(fft_length), 0))
        return transform(x, fft_length, axes, norm)

    return narrow(reference)


def shifted(transform):
    return lambda x, axes=None: transform(x, axes)


def of_length(function):
    """With a length that is a tensor."""

    def call(x, fft_length):
        return function(x, tf.convert_to_tensor(fft_length, tf.int32))

    call.__name__ = f"{function.__name__} of a tensor's length"
    return call


def raw(name):
    function = getattr(tf.raw_ops, name)

    def call(input, fft_length, **kwargs):
        return function(input=input, fft_length=fft_length, **kwargs)

    call.__name__ = name
    return call


ROWS = [
    case(tf.signal.fft, complexes(2, 5), ref=narrow(np.fft.fft)),
    case(tf.signal.ifft, complexes(2, 5), ref=narrow(np.fft.ifft)),
    case(tf.signal.fft2d, complexes(2, 3, 4), ref=narrow(np.fft.fft2)),
    case(tf.signal.ifft2d, complexes(2, 3, 4), ref=narrow(np.fft.ifft2)),
    case(tf.signal.fft3d, complexes(3, 2, 4), ref=narrow(np.fft.fftn)),
    case(tf.signal.ifft3d, complexes(3, 2, 4), ref=narrow(np.fft.ifftn)),
    case(tf.signal.fft, complexes(0), ref=lambda x: x, gradient=False),
    case(tf.signal.ifft2d, complexes(0, 3), ref=lambda x: x, gradient=False),
    case(
        tf.signal.rfft,
        floats(2, 5),
        fft_length=each(None, [5], [4], [1], [8], [9]),
        ref=lengths(np.fft.rfft),
        dtypes=LONG,
    ),
    case(tf.signal.rfft, floats(2, 6), ref=lengths(np.fft.rfft), dtypes=LONG),
    case(
        of_length(tf.signal.rfft), floats(4), each([6], [3]), ref=lengths(np.fft.rfft), dtypes=LONG
    ),
    case(
        tf.signal.irfft,
        complexes(2, 4),
        fft_length=each(None, [6], [7], [4], [1], [9], [10]),
        ref=lengths(np.fft.irfft),
        dtypes=COMPLEX,
    ),
    case(
        of_length(tf.signal.irfft),
        complexes(3),
        each([6], [3]),
        ref=lengths(np.fft.irfft),
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.rfft2d,
        floats(2, 3, 4),
        fft_length=each(None, [3, 4], [2, 3], [5, 5], [2, 8]),
        ref=narrow(lambda x, fft_length=None: np.fft.rfft2(x, fft_length)),
        dtypes=LONG,
    ),
    case(
        tf.signal.irfft2d,
        complexes(2, 3, 4),
        fft_length=each(None, [3, 7], [2, 4], [5, 8]),
        ref=narrow(lambda x, fft_length=None: np.fft.irfft2(x, fft_length)),
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.rfft3d,
        floats(2, 3, 4),
        fft_length=each(None, [3, 2, 5]),
        ref=many(np.fft.rfftn),
        dtypes=LONG,
    ),
    case(
        tf.signal.irfft3d,
        complexes(2, 3, 4),
        fft_length=each(None, [3, 2, 5]),
        ref=many(np.fft.irfftn),
        dtypes=COMPLEX,
    ),
    case(tf.signal.irfft, array(np.zeros(0, np.complex64)), ref=lambda x: np.zeros(0, np.float32)),
    case(
        tf.signal.irfft,
        array(np.zeros(0, np.complex64)),
        [4],
        ref=lambda x, n: np.zeros(4, np.float32),
        name="irfft of nothing",
    ),
    case(tf.fftnd, complexes(3, 4), [2, 3], [1, 0], ref=narrow(np.fft.fftn)),
    case(tf.ifftnd, complexes(3, 4), [2, 3], [1, 0], ref=narrow(np.fft.ifftn)),
    case(tf.rfftnd, floats(3, 4), [4, 2], [1, 0], ref=narrow(np.fft.rfftn), dtypes=["float32"]),
    case(
        tf.irfftnd, complexes(3, 4), [3, 4], [1, 0], ref=narrow(np.fft.irfftn), dtypes=["complex64"]
    ),
    case(
        tf.signal.fftnd,
        complexes(2, 3, 4),
        norm=each(None, "backward", "ortho", "forward"),
        ref=many(np.fft.fftn),
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.fftnd,
        complexes(2, 3, 4),
        each([5], [2, 6]),
        ref=many(np.fft.fftn),
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.ifftnd,
        complexes(2, 3, 4),
        axes=each([0], [2, 0], [-1]),
        norm=each(None, "ortho", "forward"),
        ref=many(np.fft.ifftn),
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.rfftnd,
        floats(2, 3, 4),
        [5, 2],
        each([0, 2], [2, 0]),
        norm=each(None, "ortho", "forward"),
        ref=many(np.fft.rfftn),
        dtypes=LONG,
    ),
    case(
        tf.signal.irfftnd,
        complexes(2, 3, 4),
        fft_length=each(None, [3, 5]),
        axes=each([0, 1], [2, 1]),
        norm=each(None, "ortho", "forward"),
        ref=many(np.fft.irfftn),
        dtypes=COMPLEX,
    ),
    case(
        tf.signal.fftnd,
        complexes(2, 1, 2, 3),
        ref=many(np.fft.fftn),
        dtypes=COMPLEX,
        name="fftnd of four axes",
    ),
    case(
        tf.signal.fftshift,
        floats(4, 5),
        each(None, 0, -1, [1], [0, 1]),
        ref=shifted(np.fft.fftshift),
    ),
    case(tf.signal.fftshift, ints(5), ref=np.fft.fftshift),
    case(
        tf.signal.ifftshift,
        floats(4, 5),
        each(None, 0, -1, [1], [0, 1]),
        ref=shifted(np.fft.ifftshift),
    ),
    error(tf.signal.fft, floats(3), raises=Invalid, match="Value for attr 'Tcomplex' of float is"),
    error(tf.signal.fft, complexes(), raises=Invalid, match="rank of at least 1 but got: []"),
    error(tf.signal.fft, None, raises=ValueError, match="Attempt to convert a value"),
    error(tf.signal.ifft, strings(2), raises=Invalid, match="Value for attr 'Tcomplex' of string"),
    error(tf.signal.fft2d, complexes(3), raises=Invalid, match="rank of at least 2 but got: [3]"),
    error(tf.signal.ifft2d, complexes(3), raises=Invalid, match="rank of at least 2 but got: [3]"),
    error(tf.signal.fft3d, complexes(2, 3), raises=Invalid, match="at least 3 but got: [2,3]"),
    error(tf.signal.ifft3d, complexes(2, 3), raises=Invalid, match="at least 3 but got: [2,3]"),
    error(
        tf.signal.rfft, ints(3), raises=ValueError, match="RFFT requires tf.float32 or tf.float64"
    ),
    error(tf.signal.rfft, floats(), raises=ValueError, match="Shape () must have rank at least 1"),
    error(tf.signal.rfft, floats(3), 4, raises=TypeError, match="must be a list of lengths"),
    error(tf.signal.rfft, floats(3), [4.0], raises=TypeError, match="Cannot convert [4.0]"),
    error(tf.signal.rfft, floats(3), [4, 4], raises=Invalid, match="must have shape [1]"),
    error(tf.signal.rfft, floats(3), [-1], raises=Invalid, match="must >= 0, but got: -1"),
    error(raw("RFFT"), floats(3), [4], raises=Invalid, match="length of at least 4 but got: 3"),
    error(raw("RFFT"), floats(3), [3], Tcomplex=tf.complex128, raises=Invalid, match="Wrong types"),
    error(tf.signal.rfft2d, floats(3), raises=ValueError, match="must have rank at least 2"),
    error(tf.signal.rfft2d, floats(2, 3), [2], raises=Invalid, match="must have shape [2]"),
    error(tf.signal.rfft3d, floats(2, 3), raises=ValueError, match="must have rank at least 3"),
    error(tf.signal.irfft, floats(3), raises=ValueError, match="IRFFT requires tf.complex64 or"),
    error(
        tf.signal.irfft, complexes(3), [-2], raises=ValueError, match="Dimension -2 must be >= 0"
    ),
    error(tf.signal.irfft2d, complexes(3), raises=ValueError, match="must have rank at least 2"),
    error(tf.signal.irfft3d, complexes(3), raises=ValueError, match="must have rank at least 3"),
    error(tf.fftnd, complexes(3), [4], [0], raises=Invalid, match="length of at least 4 but got"),
    error(tf.ifftnd, complexes(3), [3], [1], raises=Invalid, match="axis 1 is out of range"),
    error(tf.rfftnd, floats(3), [3, 3], [0], raises=Invalid, match="must have shape [1]"),
    error(tf.irfftnd, floats(3), [3], [0], raises=Invalid, match="Value for attr 'Tcomplex'"),
    error(tf.signal.fftnd, complexes(3), axes=[1], raises=Invalid, match="out of range"),
    error(tf.signal.fftnd, complexes(3), axes=[0, 0], raises=Invalid, match="axes must be unique"),
    error(tf.signal.ifftnd, complexes(3), norm="foo", raises=ValueError, match="norm='foo'"),
    error(tf.signal.rfftnd, ints(3), raises=ValueError, match="RFFT requires tf.float32"),
    error(tf.signal.irfftnd, floats(3), raises=ValueError, match="IRFFT requires tf.complex64"),
    error(tf.signal.fftshift, floats(2, 3), 5, raises=Invalid, match="is not in"),
    error(tf.signal.ifftshift, floats(2, 3), 5, raises=Invalid, match="is not in"),
]
