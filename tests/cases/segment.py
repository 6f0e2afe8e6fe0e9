"""Groups and counts: ops/segment.py, ops/counting.py."""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, ints, plain, positive

Invalid = tf.errors.InvalidArgumentError
IDS = plain(np.array([0, 0, 2, 2, 3]))
FULL = plain(np.array([2, -1, 0, 1, 2]))
MIXED = plain(np.array([2, -1, 0, 2, 2]))


def by_group(fold, empty):
    """`fold` over the rows of each group."""

    def reference(data, ids, count=None):
        count = ids.max() + 1 if count is None else count
        out = np.full((count, *data.shape[1:]), empty, data.dtype)
        wide = data.astype(np.float64) if data.dtype.kind in "fV" else data
        for i in set(ids.tolist()):
            if i >= 0:
                out[i] = fold(wide[ids == i], 0)
        return out

    return reference


def truncated_mean(x, axis):
    return np.trunc(np.mean(x.astype(np.complex128 if x.dtype.kind == "c" else np.float64), axis)
                    ) if x.dtype.kind in "iu" else np.mean(x, axis)  # fmt: skip


def mean_of(x, ids, count):
    wide = x.astype(np.float64) if x.dtype.kind in "iu" else x
    return by_group(np.mean, 0)(wide, ids, count)


ROWS = [
    case(tf.math.segment_sum, floats(5, 2), IDS, ref=by_group(np.sum, 0)),
    case(tf.math.segment_sum, np.zeros((0, 2), np.float32), np.zeros(0, np.int32),
         ref=lambda x, ids: x),
    case(tf.math.segment_mean, floats(5, 2), IDS, ref=by_group(truncated_mean, 0)),
    case(tf.math.segment_max, floats(5, 2), IDS, ref=by_group(np.max, 0)),
    case(tf.math.segment_min, floats(5), IDS, ref=by_group(np.min, 0)),
    case(tf.math.segment_prod, positive(5, 2), IDS, ref=by_group(np.prod, 1)),
    case(tf.math.unsorted_segment_sum, floats(5, 2), MIXED, 4, ref=by_group(np.sum, 0)),
    case(tf.math.unsorted_segment_sum, floats(2, 2), plain(np.array([[0, 1], [1, 0]])), 2,
         ref=lambda x, i, n: np.array([x[0, 0] + x[1, 1], x[0, 1] + x[1, 0]])),
    case(tf.math.unsorted_segment_max, floats(5, 2), FULL, 3, ref=by_group(np.max, 0)),
    case(tf.math.unsorted_segment_max, plain(np.ones(1, np.float32)), plain([0]), 2,
         ref=lambda x, ids, n: np.array([1, np.finfo(np.float32).min], np.float32)),
    case(tf.math.unsorted_segment_max, plain(np.ones(1, np.int8)), plain([0]), 2,
         ref=lambda x, ids, n: np.array([1, -128], np.int8)),
    case(tf.math.unsorted_segment_min, floats(5), FULL, 3, ref=by_group(np.min, 0)),
    case(tf.math.unsorted_segment_min, plain(np.ones(1, np.float32)), plain([0]), 2,
         ref=lambda x, ids, n: np.array([1, np.finfo(np.float32).max], np.float32)),
    case(tf.math.unsorted_segment_prod, positive(5), MIXED, 4, ref=by_group(np.prod, 1)),
    case(tf.math.unsorted_segment_mean, each(floats(5, 2), ints(5)), MIXED, 4, ref=mean_of),
    case(tf.math.unsorted_segment_sqrt_n, floats(5, 2), MIXED, 4,
         ref=by_group(lambda x, axis: x.sum(axis) / np.sqrt(len(x)), 0)),
    case(tf.math.bincount, array([1, 2, 2, 5]), minlength=each(None, 8), maxlength=each(None, 3),
         ref=lambda x, minlength, maxlength: np.bincount(x, minlength=minlength or 0)[
             : maxlength or 99].astype(np.int32), dtypes=["int32", "int64"]),
    case(tf.math.bincount, array([1, 2, 2], "int32"), weights=floats(3, dtype="float32"),
         gradient="error",
         ref=lambda x, weights: np.bincount(x, weights).astype(np.float32)),
    case(tf.math.bincount, array([[1, 2], [2, 2]], "int32"), axis=-1,
         binary_output=each(False, True),
         ref=lambda x, axis, binary_output: np.array(
             [[0, 1, 1], [0, 0, 1 if binary_output else 2]], np.int32)),
    case(tf.math.bincount, np.zeros(0, np.int32), ref=lambda x: x),
    case(tf.histogram_fixed_width, array([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], "float32"),
         plain(np.array([0, 5], np.float32)), nbins=5, dtype=each(tf.int32, tf.int64),
         gradient=False,
         ref=lambda x, r, nbins, dtype: np.array([2, 1, 1, 0, 2], dtype)),
    case(tf.histogram_fixed_width_bins, array([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], "float32"),
         plain(np.array([0, 5], np.float32)), nbins=5, gradient=False,
         ref=lambda x, r, nbins: np.array([0, 0, 1, 2, 4, 4], np.int32)),
    case(tf.math.confusion_matrix, plain([0, 1, 1]), plain([0, 1, 0]), num_classes=each(None, 3),
         ref=lambda x, y, num_classes: np.pad(
             np.array([[1, 0], [1, 1]], np.int32), (0, (num_classes or 2) - 2))),
    error(tf.math.segment_sum, floats(3), plain([1, 0, 2]), raises=Invalid,
          match="segment ids are not increasing"),
    error(tf.math.segment_sum, floats(3), plain([0, 0]), raises=Invalid,
          match="segment_ids should be the same size as dimension 0 of input."),
    error(tf.math.segment_sum, floats(), 0, raises=Invalid, match="input must be at least rank 1"),
    error(tf.math.unsorted_segment_sum, floats(3), plain([0, 5, -1]), 2, raises=Invalid,
          match="segment_ids[1] = 5 is out of range [0, 2)"),
    error(tf.math.unsorted_segment_sum, floats(2, 2), plain([0, 1, 1]), 2, raises=Invalid,
          match="data.shape = [2,2] does not start with segment_ids.shape = [3]"),
    error(tf.math.bincount, plain([-1, 2]), raises=Invalid, match="must be non-negative"),
    error(tf.math.bincount, plain([1]), axis=1, raises=ValueError, match="Unsupported value"),
    error(tf.histogram_fixed_width, plain([1.0]), plain([5.0, 0.0]), raises=Invalid,
          match="value_range should satisfy"),
    error(tf.histogram_fixed_width, plain([1.0]), plain([0.0, 5.0]), 0, raises=Invalid,
          match="nbins should be a positive number"),
    error(tf.math.confusion_matrix, plain([-1, 2]), plain([2, 2]), raises=Invalid,
          match="`labels` contains negative values"),
    error(tf.math.confusion_matrix, plain([1, 2]), plain([2, 2]), num_classes=2, raises=Invalid,
          match="`labels` out of bound"),
]  # fmt: skip
