"""Assertions about arrays: equal, close, ordered, in a range, of one shape or dtype.

The one idea: whatever is given, tensors, arrays, lists or structures of them, becomes arrays
(testing/evaluation.py), and a failure shows where two of them differ, by how much, and how much
would have been allowed: "not close where", "lhs", "rhs", "dif", "tol".

Read next: testing/case.py, the class that has them.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from absl.testing import absltest

from headrace._src.core.dtypes import bfloat16
from headrace._src.core.tensor import Tensor
from headrace._src.objects.variable import Variable
from headrace._src.testing.evaluation import array, is_tensor

_BFLOAT16 = bfloat16.as_numpy_dtype
# So many elements at most are shown of those that broke a rule.
_SHOWN = 10


class ArrayAssertions(absltest.TestCase):
    """What a `tf.test.TestCase` asserts about numbers."""

    # ---- close

    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Fails unless two structures are alike and `|a - b| <= atol + rtol * |b|` throughout.

        a, b: tensors, arrays, numbers, or lists, tuples, dictionaries and namedtuples of them. NaN
        is close to NaN, and an infinity to itself. bfloat16 is compared as float32.

        Raises AssertionError; ValueError for a dictionary beside what is none; TypeError for what
        is no number.
        """
        self._assert_close(a, b, rtol, atol, msg, "")

    def _assert_close(self, a: Any, b: Any, rtol: float, atol: float, msg: Any, path: str) -> None:
        a, b = _rows(a), _rows(b)
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            self._assert_close_by_key(a, b, rtol, atol, msg, path)
        elif not isinstance(a, (list, tuple)):
            self._assert_close_arrays(a, b, rtol, atol, msg, path)
        else:
            try:
                one, other = array(a), array(b)
                if one.dtype == object or other.dtype == object:
                    raise ValueError("rows of different lengths")
                self._assert_close_arrays(one, other, rtol, atol, msg, path)
            except (ValueError, TypeError):  # no array: item by item
                if not isinstance(b, (list, tuple)) or len(a) != len(b):
                    size = len(b) if isinstance(b, (list, tuple)) else type(b).__name__
                    self.fail(
                        f"Mismatched length: a{path} has {len(a)} items, but b{path} has {size}. "
                        f"{msg or ''}"
                    )
                for i, (x, y) in enumerate(zip(a, b, strict=True)):
                    self._assert_close(x, y, rtol, atol, msg, f"{path}[{i}]")

    def _assert_close_by_key(
        self, a: Any, b: Any, rtol: float, atol: float, msg: Any, path: str
    ) -> None:
        if not (isinstance(a, Mapping) and isinstance(b, Mapping)):
            raise ValueError(f"Can't compare dict to non-dict, a{path} vs b{path}. {msg or ''}")
        self.assertCountEqual(
            a.keys(),
            b.keys(),
            f"mismatched keys: a{path} has keys {a.keys()}, but b{path} has keys {b.keys()}. "
            f"{msg or ''}",
        )
        for key in a:
            self._assert_close(a[key], b[key], rtol, atol, msg, f"{path}[{key}]")

    def _assert_close_arrays(
        self, a: Any, b: Any, rtol: float, atol: float, msg: Any, path: str
    ) -> None:
        one, other = array(a), array(b)
        kind = one.dtype
        self.assertEqual(
            one.shape,
            other.shape,
            f"Shape mismatch: expected {one.shape}, got {other.shape} with contents {other}.",
        )
        one, other = (x.astype(np.float32) if x.dtype == _BFLOAT16 else x for x in (one, other))
        try:
            if np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=True):
                return
            with np.errstate(invalid="ignore"):
                difference = np.abs(one - other)
                allowed = atol + rtol * np.abs(other)
                far = (difference > allowed) | (np.isnan(one) != np.isnan(other))
                far |= (np.isinf(one) | np.isinf(other)) & (one != other)
                far &= ~(np.isnan(one) & np.isnan(other))
        except TypeError as error:
            raise TypeError(
                f"{error} : Error: a{path} has {type(a)}, but b{path} has {type(b)}. {msg or ''}"
            ) from None
        shown: Callable[[Any], Any] = (lambda x: x) if one.ndim == 0 else (lambda x: x[far])
        report = [f"Mismatched value: a{path} is different from b{path}. {msg or ''}"]
        if one.ndim:
            report.append(f"not close where = {np.where(far)}")
        report += [
            f"not close lhs = {shown(one)}",
            f"not close rhs = {shown(other)}",
            f"not close dif = {shown(difference)}",
            f"not close tol = {shown(allowed)}",
            f"dtype = {kind}, shape = {one.shape}",
        ]
        np.testing.assert_allclose(
            one, other, rtol=rtol, atol=atol, err_msg="\n".join(report), equal_nan=True
        )
        self.fail("\n".join(report))

    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: Any = None,
    ) -> None:
        """Fails as `assertAllClose` does, with more patience for narrower dtypes.

        The tolerances of the narrowest dtype among `a` and `b` count, where they are wider: float_*
        for float32 and complex64, half_* for float16, bfloat16_* for bfloat16.
        """
        one, other = array(a), array(b)
        dtypes = {one.dtype, other.dtype}
        for kinds, wider_rtol, wider_atol in (
            ({np.dtype(np.float32), np.dtype(np.complex64)}, float_rtol, float_atol),
            ({np.dtype(np.float16)}, half_rtol, half_atol),
            ({np.dtype(_BFLOAT16)}, bfloat16_rtol, bfloat16_atol),
        ):
            if dtypes & kinds:
                rtol, atol = max(rtol, wider_rtol), max(atol, wider_atol)
        self.assertAllClose(one, other, rtol, atol, msg)

    def assertNotAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Fails where `assertAllClose` would not."""
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        raise AssertionError(f"The two values are close at all elements. {msg or ''}")

    # ---- equal

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Fails unless two arrays have one shape and equal elements.

        a, b: tensors, arrays, or lists of them. NaN equals NaN, and text equals its UTF-8 bytes.
        """
        if hasattr(a, "to_list") or hasattr(b, "to_list"):  # ragged rows
            self.assertEqual(_rows(a), _rows(b), msg)
            return
        one, other = array(a), array(b)
        if one.ndim < 3 and one.size < 1000:
            contents = f"Contents: {other!r}. "
        else:
            contents = ""
        self.assertEqual(
            one.shape,
            other.shape,
            f"Shape mismatch: expected {one.shape}, got {other.shape}. {contents}\n{msg or ''}",
        )
        one, other = _comparable(one, other)
        same = one == other
        if one.dtype.kind in "fcV" and other.dtype.kind in "fcV":
            same |= _is_nan(one) & _is_nan(other)
        if np.all(same):
            return
        report = [str(msg or "")]
        if one.ndim:
            report.append(f"not equal where = {np.where(~same)}")
            report.append(f"not equal lhs = {one[~same]!r}")
            report.append(f"not equal rhs = {other[~same]!r}")
        else:
            report.append(f"not equal lhs = {one!r}")
            report.append(f"not equal rhs = {other!r}")
        np.testing.assert_array_equal(one, other, err_msg="\n".join(report))
        self.fail("\n".join(report))

    def assertNotAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Fails where `assertAllEqual` would not."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        raise AssertionError(f"The two values are equal at all elements. {msg or ''}")

    def assertDictEqual(self, a: Any, b: Any, msg: Any = None) -> None:
        """Fails unless two dictionaries have the same keys and, under each, equal values.

        Floating-point values are compared as by `assertAllClose`, others as by `assertAllEqual`.
        """
        missing = sorted(a.keys() - b.keys(), key=str)
        extra = sorted(b.keys() - a.keys(), key=str)
        if missing or extra:
            report = f"Expected, but missing:\n  {missing}\n" if missing else ""
            report += f"Unexpected, but present:\n  {extra}\n" if extra else ""
            raise AssertionError(f"{report}{msg or ''}")
        for key, value in a.items():
            text = f"{key}: {msg}" if msg else str(key)
            if isinstance(value, Mapping) and isinstance(b[key], Mapping):
                self.assertDictEqual(value, b[key], text)
            elif _is_floating(value) or _is_floating(b[key]):
                self.assertAllClose(value, b[key], msg=text)
            else:
                self.assertAllEqual(value, b[key], text)

    # ---- order

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Fails unless every element of `a` is greater than the number."""
        self.assertGreater(np.min(array(a)), comparison_target)

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Fails unless every element of `a` is at least the number."""
        self.assertGreaterEqual(np.min(array(a)), comparison_target)

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Fails unless every element of `a` is less than the number."""
        self.assertLess(np.max(array(a)), comparison_target)

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Fails unless every element of `a` is at most the number."""
        self.assertLessEqual(np.max(array(a)), comparison_target)

    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """Fails unless every element of `target` lies between the bounds, and none is NaN.

        open_lower_bound, open_upper_bound: the bound itself is outside. target: integers or floats.
        """
        x = array(target)
        if x.dtype.kind not in "iufV":
            raise AssertionError(
                f"The value of {x} does not have an ordered numeric type, instead it has type: "
                f"{x.dtype}"
            )
        self._none_where(
            _is_nan(x), x, "are NaN. Subscripts(s) and value(s) of the NaN element(s):"
        )
        below = x <= lower_bound if open_lower_bound else x < lower_bound
        above = x >= upper_bound if open_upper_bound else x > upper_bound
        left, right = "[("[open_lower_bound], "])"[open_upper_bound]
        self._none_where(
            below | above,
            x,
            f"are outside the range {left}{lower_bound}, {upper_bound}{right}. Subscript(s) and "
            "value(s) of the offending elements:",
        )

    def _none_where(self, wrong: np.ndarray, x: np.ndarray, what: str) -> None:
        if not np.any(wrong):
            return
        places = np.argwhere(wrong)
        lines = [f"{len(places)} of the {x.size} element(s) {what}"]
        lines += [f"  {place.tolist()} : {x[tuple(place)]}" for place in places[:_SHOWN]]
        raise AssertionError("\n".join([*lines, "  ..."] if len(places) > _SHOWN else lines))

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Fails unless every element of `target` is one of the set, a list or set."""
        others = [x for x in np.unique(array(target)).tolist() if x not in expected_set]
        if others:
            raise AssertionError(
                f"{len(others)} unique element(s) are not in the set {expected_set}: {others}"
            )

    # ---- near

    def assertNear(self, f1: Any, f2: Any, err: float, msg: Any = None) -> None:
        """Fails unless two numbers are equal or differ by at most `err`."""
        self.assertTrue(
            f1 == f2 or math.fabs(f1 - f2) <= err,
            f"{f1:f} != {f2:f} +/- {err:f} (difference: {math.fabs(f1 - f2):g})"
            + (f" ({msg})" if msg is not None else ""),
        )

    def assertArrayNear(
        self, farray1: Sequence[Any], farray2: Sequence[Any], err: float, msg: Any = None
    ) -> None:
        """Fails unless two sequences are equally long and their numbers near, as `assertNear`."""
        self.assertEqual(len(farray1), len(farray2), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None) -> None:
        """Fails unless the Euclidean norm of the difference of two arrays is below `err`."""
        self.assertTrue(np.linalg.norm(array(ndarray1) - array(ndarray2)) < err, msg)

    # ---- shapes and dtypes

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: Any = None) -> None:
        """Fails unless two arrays or tensors, symbolic ones too, have the same shape.

        Raises TypeError for what is neither.
        """
        for name, x in (("input_a", input_a), ("input_b", input_b)):
            if not isinstance(x, (np.ndarray, np.generic, Tensor, Variable)):
                raise TypeError(
                    f"{name} must be a Numpy ndarray, Numpy scalar, or a Tensor. Instead received "
                    f"{type(x)}"
                )
        one, other = ([None if n is None else int(n) for n in x.shape] for x in (input_a, input_b))
        self.assertAllEqual(one, other, msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Fails unless `target`, an array, tensor or list, has the dtype: NumPy's or a tf.DType."""
        if isinstance(target, list):
            dtype = np.array(target).dtype
        else:
            dtype = target.dtype.as_numpy_dtype if is_tensor(target) else array(target).dtype
        self.assertEqual(np.dtype(dtype), expected_dtype)


def _rows(x: Any) -> Any:
    """Ragged rows as lists, a namedtuple as a dictionary; anything else as it is."""
    if hasattr(x, "to_list"):
        return x.to_list()
    if isinstance(x, tuple) and hasattr(x, "_asdict"):
        return x._asdict()
    return x


def _is_floating(x: Any) -> bool:
    try:
        return array(x).dtype.kind in "fcV"
    except ValueError:  # rows of different lengths
        return False


def _is_nan(x: np.ndarray) -> np.ndarray:
    """Where elements are NaN: nowhere for integers. Narrow floats are widened to ask them."""
    if x.dtype.kind == "V":
        x = x.astype(np.float32)
    return np.isnan(x) if x.dtype.kind in "fc" else np.zeros(x.shape, bool)


def _comparable(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as bytes where either holds strings: tensors hold bytes, lists may hold text."""
    if {a.dtype.kind, b.dtype.kind} & set("OSU"):
        return _as_bytes(a), _as_bytes(b)
    return a, b


def _as_bytes(x: np.ndarray) -> np.ndarray:
    answer = np.empty(x.shape, object)
    for place, item in np.ndenumerate(x):
        answer[place] = item.encode() if isinstance(item, str) else item
    return answer
