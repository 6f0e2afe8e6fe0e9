"""Errors: the exceptions that running an op may raise.

The one idea: TensorFlow reports what went wrong while an op ran by a small number of codes, and
each code has one class. What is wrong about a call before anything runs is Python's own
`TypeError` or `ValueError`, and so are the two at the bottom, raised while a function is traced.

    Exception
    ├── OpError                         an op failed; it has a message, a code, perhaps the op
    │   ├── CancelledError          1
    │   ├── UnknownError            2
    │   ├── InvalidArgumentError    3   by far the most frequent
    │   ├── DeadlineExceededError   4
    │   ├── NotFoundError           5
    │   ├── AlreadyExistsError      6
    │   ├── PermissionDeniedError   7
    │   ├── ResourceExhaustedError  8
    │   ├── FailedPreconditionError 9
    │   ├── AbortedError           10
    │   ├── OutOfRangeError        11   also the end of an iterator
    │   ├── UnimplementedError     12
    │   ├── InternalError          13
    │   ├── UnavailableError       14
    │   ├── DataLossError          15
    │   └── UnauthenticatedError   16
    ├── TypeError
    │   └── OperatorNotAllowedInGraphError    `if t:` where `t` has no value yet
    └── ValueError
        └── InaccessibleTensorError           a tensor used outside the function it belongs to

Read next: `context.py`.
"""

from __future__ import annotations

import copyreg
import traceback
import warnings
from typing import Any

OK = 0
CANCELLED = 1
UNKNOWN = 2
INVALID_ARGUMENT = 3
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
ALREADY_EXISTS = 6
PERMISSION_DENIED = 7
RESOURCE_EXHAUSTED = 8
FAILED_PRECONDITION = 9
ABORTED = 10
OUT_OF_RANGE = 11
UNIMPLEMENTED = 12
INTERNAL = 13
UNAVAILABLE = 14
DATA_LOSS = 15
UNAUTHENTICATED = 16


class OpError(Exception):
    """The base of the errors that an op raises while it runs.

    Args:
        node_def: the `NodeDef` of the op, or None.
        op: the op in its graph, or None. It has a `name` and a `traceback` of
            `traceback.FrameSummary`; `str` quotes both.
        message: what went wrong.
        error_code: one of the codes of `tf.errors`.
        *args: the first is the payload, a dict of what else is known; the rest are not kept.

    >>> tf.errors.OpError(None, None, "it rained", tf.errors.ABORTED).message
    'it rained'
    """

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int, *args: Any) -> None:
        super().__init__()
        self._node_def = node_def
        self._op = op
        self._message = message
        self._error_code = error_code
        self._experimental_payloads = args[0] if args else {}

    # `Exception` would pickle by `args`, which are empty, as TensorFlow's are.
    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg.__newobj__, (type(self),), self.__dict__  # type: ignore[attr-defined]

    @property
    def message(self) -> str:
        """The message, without the place where the op was made.

        >>> tf.errors.NotFoundError(None, None, "no such file").message
        'no such file'
        """
        return self._message

    @property
    def op(self) -> Any:
        """The op that failed, or None: always None for one that ran eagerly.

        >>> tf.errors.NotFoundError(None, None, "no such file").op
        """
        return self._op

    @property
    def error_code(self) -> int:
        """The code of the error's kind.

        >>> tf.errors.NotFoundError(None, None, "no such file").error_code
        5
        """
        return self._error_code

    @property
    def node_def(self) -> Any:
        """The `NodeDef` of the op that failed, or None.

        >>> tf.errors.NotFoundError(None, None, "no such file").node_def
        """
        return self._node_def

    @property
    def experimental_payloads(self) -> Any:
        """A dict of what else is known.

        >>> tf.errors.NotFoundError(None, None, "no such file", {"path": "a"}).experimental_payloads
        {'path': 'a'}
        """
        return self._experimental_payloads

    def __str__(self) -> str:
        if self._op is None:
            return self._message
        frames = "".join(traceback.format_list(self._op.traceback))
        return f"{self._message}\n\nOriginal stack trace for {self._op.name!r}:\n{frames}"


class CancelledError(OpError):
    """An op was stopped by somebody, such as a queue that was closed while others waited.

    >>> tf.errors.CancelledError(None, None, "m").error_code == tf.errors.CANCELLED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, CANCELLED, *args)


class UnknownError(OpError):
    """Something failed that fits no other kind, such as an exception inside a `tf.py_function`.

    >>> tf.errors.UnknownError(None, None, "m").error_code == tf.errors.UNKNOWN
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, UNKNOWN, *args)


class InvalidArgumentError(OpError):
    """An op was given a tensor whose type, shape or value it cannot take.

    >>> tf.errors.InvalidArgumentError(None, None, "m").error_code == tf.errors.INVALID_ARGUMENT
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, INVALID_ARGUMENT, *args)


class DeadlineExceededError(OpError):
    """The time given to an operation ran out before it ended.

    >>> tf.errors.DeadlineExceededError(None, None, "m").error_code == tf.errors.DEADLINE_EXCEEDED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, DEADLINE_EXCEEDED, *args)


class NotFoundError(OpError):
    """A file, a key of a checkpoint or a resource that was asked for does not exist.

    >>> tf.errors.NotFoundError(None, None, "m").error_code == tf.errors.NOT_FOUND
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, NOT_FOUND, *args)


class AlreadyExistsError(OpError):
    """A file or a resource was to be made that is already there.

    >>> tf.errors.AlreadyExistsError(None, None, "m").error_code == tf.errors.ALREADY_EXISTS
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, ALREADY_EXISTS, *args)


class PermissionDeniedError(OpError):
    """The caller may not do that, such as reading a file of another user.

    >>> tf.errors.PermissionDeniedError(None, None, "m").error_code == tf.errors.PERMISSION_DENIED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, PERMISSION_DENIED, *args)


class ResourceExhaustedError(OpError):
    """Something ran out: memory most often, or the space on a disk.

    >>> tf.errors.ResourceExhaustedError(None, None, "m").error_code == tf.errors.RESOURCE_EXHAUSTED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, RESOURCE_EXHAUSTED, *args)


class FailedPreconditionError(OpError):
    """The state is not one in which the op can run, such as a table not yet filled.

    >>> error = tf.errors.FailedPreconditionError(None, None, "m")
    >>> error.error_code == tf.errors.FAILED_PRECONDITION
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, FAILED_PRECONDITION, *args)


class AbortedError(OpError):
    """An operation met another one and was given up; trying again may succeed.

    >>> tf.errors.AbortedError(None, None, "m").error_code == tf.errors.ABORTED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, ABORTED, *args)


class OutOfRangeError(OpError):
    """Reading went past the end: of a file, a queue, an iterator.

    >>> tf.errors.OutOfRangeError(None, None, "m").error_code == tf.errors.OUT_OF_RANGE
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, OUT_OF_RANGE, *args)


class UnimplementedError(OpError):
    """The op has no kernel for these types, shapes or this device.

    >>> tf.errors.UnimplementedError(None, None, "m").error_code == tf.errors.UNIMPLEMENTED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, UNIMPLEMENTED, *args)


class InternalError(OpError):
    """Something that the system itself relies upon does not hold.

    >>> tf.errors.InternalError(None, None, "m").error_code == tf.errors.INTERNAL
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, INTERNAL, *args)


class UnavailableError(OpError):
    """A service or a machine cannot be reached just now.

    >>> tf.errors.UnavailableError(None, None, "m").error_code == tf.errors.UNAVAILABLE
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, UNAVAILABLE, *args)


class DataLossError(OpError):
    """Data are damaged beyond repair, such as a record file cut in the middle.

    >>> tf.errors.DataLossError(None, None, "m").error_code == tf.errors.DATA_LOSS
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, DATA_LOSS, *args)


class UnauthenticatedError(OpError):
    """The caller did not show who he is.

    >>> tf.errors.UnauthenticatedError(None, None, "m").error_code == tf.errors.UNAUTHENTICATED
    True
    """

    def __init__(self, node_def: Any, op: Any, message: str, *args: Any) -> None:
        super().__init__(node_def, op, message, UNAUTHENTICATED, *args)


class OperatorNotAllowedInGraphError(TypeError):
    """Python asked for the value of a tensor that has none yet, such as in `if t:`.

    >>> issubclass(tf.errors.OperatorNotAllowedInGraphError, TypeError)
    True
    """


class InaccessibleTensorError(ValueError):
    """A tensor was used outside the function in which it was made.

    TensorFlow does not list it among `tf.errors`; catch it as `ValueError`.
    """


_CLASS_OF_CODE: dict[int, type[OpError]] = {
    CANCELLED: CancelledError,
    UNKNOWN: UnknownError,
    INVALID_ARGUMENT: InvalidArgumentError,
    DEADLINE_EXCEEDED: DeadlineExceededError,
    NOT_FOUND: NotFoundError,
    ALREADY_EXISTS: AlreadyExistsError,
    PERMISSION_DENIED: PermissionDeniedError,
    RESOURCE_EXHAUSTED: ResourceExhaustedError,
    FAILED_PRECONDITION: FailedPreconditionError,
    ABORTED: AbortedError,
    OUT_OF_RANGE: OutOfRangeError,
    UNIMPLEMENTED: UnimplementedError,
    INTERNAL: InternalError,
    UNAVAILABLE: UnavailableError,
    DATA_LOSS: DataLossError,
    UNAUTHENTICATED: UnauthenticatedError,
}
_CODE_OF_CLASS = {cls: code for code, cls in _CLASS_OF_CODE.items()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The class of the errors of one code.

    Raises:
        KeyError: there is none, as for `OK`.

    >>> exception_type_from_error_code(5).__name__
    'NotFoundError'
    """
    return _CLASS_OF_CODE[error_code]


def error_code_from_exception_type(cls: type[Exception]) -> int | UnknownError:
    """The code of one class of errors.

    A class that has none gives a warning and, as in TensorFlow, an `UnknownError` object.

    >>> error_code_from_exception_type(tf.errors.NotFoundError)
    5
    """
    try:
        return _CODE_OF_CLASS[cls]  # type: ignore[index]
    except KeyError:
        problem = "Unknown class exception"
        warnings.warn(problem, stacklevel=2)
        return UnknownError(None, None, problem, None)
