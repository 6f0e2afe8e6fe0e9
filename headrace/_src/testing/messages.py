"""Assertions about protocol buffers, and about errors.

The one idea: two messages are compared field by field, and a failure lists the paths at which they
differ, with both values. A text stands for the message that it describes.

Read next: testing/case.py, the class that has them.
"""

import math
import re
from collections.abc import Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from typing import Any

from absl.testing import absltest
from google.protobuf import text_format
from google.protobuf.message import Message

from headrace._src.core import errors
from headrace._src.core.version import GRAPH_DEF_VERSION


class MessageAssertions(absltest.TestCase):
    """What a `tf.test.TestCase` asserts about messages and errors."""

    def assertProtoEquals(
        self,
        expected_message_maybe_ascii: Any,
        validate_message: Any,
        msg: Any = None,
        relative_tolerance: float | None = None,
    ) -> None:
        """Fails unless two protocol buffers are equal.

        expected_message_maybe_ascii: a message, or the text format of one of the other's class.
        relative_tolerance: floating-point fields may differ by so much of the expected value.
        """
        if isinstance(expected_message_maybe_ascii, (str, bytes)):
            expected = type(validate_message)()
            text_format.Merge(expected_message_maybe_ascii, expected)
        else:
            expected = expected_message_maybe_ascii
        if _kind(expected) != _kind(validate_message):
            self.fail(
                f"Can't compare protos of type {type(expected)} and {type(validate_message)}."
            )
        found = list(_differences(expected, validate_message, relative_tolerance or 0.0, ""))
        if found:
            report = "\n".join([f"{_kind(expected)} differs:", *found])
            self.fail(f"{report} : {msg}" if msg else report)

    def assertProtoEqualsVersion(
        self,
        expected: str,
        actual: Any,
        producer: int = GRAPH_DEF_VERSION,
        min_consumer: int = 0,
        msg: Any = None,
    ) -> None:
        """Fails unless a GraphDef is of these versions and equals the text `expected` besides."""
        versions = f"versions {{ producer: {producer} min_consumer: {min_consumer} }};\n"
        self.assertProtoEquals(f"{versions}{expected}", actual, msg)

    # ---- errors

    @contextmanager
    def assertRaisesWithPredicateMatch(  # type: ignore[override]
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """A block that fails unless it raises such an error.

        exception_type: a class or a tuple of classes. expected_err_re_or_predicate: a regular
        expression to be found in the error's text, or a function of the error that agrees.
        """
        wanted = expected_err_re_or_predicate
        try:
            yield
        except Exception as error:
            fits = isinstance(error, exception_type) and (
                wanted(error) if callable(wanted) else re.search(wanted, _text(error))
            )
            if not fits:
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            kinds = exception_type if isinstance(exception_type, tuple) else (exception_type,)
            self.fail(f"{' or '.join(kind.__name__ for kind in kinds)} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """A block that fails unless it raises a `tf.errors.OpError` that matches.

        expected_err_re_or_predicate: as in `assertRaisesWithPredicateMatch`.
        """
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(
        self, exception_type: Any = errors.InvalidArgumentError
    ) -> Any:
        """A block that fails unless it raises an error about shapes that do not go together."""
        return self.assertRaisesWithPredicateMatch(
            exception_type,
            "Incompatible shapes|Dimensions must be equal|required broadcastable shapes",
        )

    def assertRaisesRegexp(
        self, expected_exception: Any, expected_regex: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """`assertRaisesRegex` under its older name."""
        return self.assertRaisesRegex(expected_exception, expected_regex, *args, **kwargs)


def _kind(message: Any) -> str:
    """The full name of a message's type, whichever class it has; that of the class of others."""
    return (
        message.DESCRIPTOR.full_name
        if isinstance(message, Message)
        else f"{type(message).__module__}.{type(message).__qualname__}"
    )


def _text(error: BaseException) -> str:
    """What an expression is searched in: the text, and of an op's error where it comes from."""
    if isinstance(error, errors.OpError) and error.op is not None:
        return f"{error.message}\nCaused by op: {error.op.name!r}"
    return str(error)


def _differences(a: Any, b: Any, tolerance: float, path: str) -> Iterator[str]:
    """A line for every place where two values of a field differ."""
    if isinstance(a, Message):
        names = {field.name for field, _ in (*a.ListFields(), *b.ListFields())}
        for field in a.DESCRIPTOR.fields:
            if field.name not in names:
                continue
            inner = f"{path}.{field.name}" if path else field.name
            try:
                present = a.HasField(field.name), b.HasField(field.name)
            except ValueError:  # a list, or a number without presence
                present = True, True
            if all(present):
                one, other = getattr(a, field.name), getattr(b, field.name)
                yield from _differences(one, other, tolerance, inner)
            else:
                yield f"{inner}: {'only expected' if present[0] else 'not expected'}"
    elif isinstance(a, Mapping):
        for key in sorted({*a, *b}, key=str):
            if key in a and key in b:
                yield from _differences(a[key], b[key], tolerance, f"{path}[{key!r}]")
            else:
                yield f"{path}[{key!r}]: {'only expected' if key in a else 'not expected'}"
    elif isinstance(a, MutableSequence):
        if len(a) != len(b):
            yield f"{path}: {len(a)} expected, {len(b)} found"
        for i, (one, other) in enumerate(zip(a, b)):
            yield from _differences(one, other, tolerance, f"{path}[{i}]")
    elif a != b and not _are_close(a, b, tolerance):
        yield f"{path}: {a!r} expected, {b!r} found"


def _are_close(a: Any, b: Any, tolerance: float) -> bool:
    if not isinstance(a, float):
        return False
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) <= tolerance * abs(a)
