"""The tree of errors: codes, constructors, how they print, and that they survive pickling."""

import copy
import pickle
import traceback

import pytest

from headrace._src.core import errors

# Recorded from TensorFlow 2.21.
CODES = {
    "CancelledError": 1,
    "UnknownError": 2,
    "InvalidArgumentError": 3,
    "DeadlineExceededError": 4,
    "NotFoundError": 5,
    "AlreadyExistsError": 6,
    "PermissionDeniedError": 7,
    "ResourceExhaustedError": 8,
    "FailedPreconditionError": 9,
    "AbortedError": 10,
    "OutOfRangeError": 11,
    "UnimplementedError": 12,
    "InternalError": 13,
    "UnavailableError": 14,
    "DataLossError": 15,
    "UnauthenticatedError": 16,
}
CLASSES = [getattr(errors, name) for name in CODES]


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_one_class_per_code(name, code):
    cls = getattr(errors, name)
    assert cls.__bases__ == (errors.OpError,)
    assert cls(None, None, "m").error_code == code
    assert errors.exception_type_from_error_code(code) is cls
    assert errors.error_code_from_exception_type(cls) == code
    constant = "".join("_" * c.isupper() + c for c in name.removesuffix("Error"))[1:].upper()
    assert getattr(errors, constant) == code


def test_no_constant_without_a_class_but_ok():
    constants = {name: value for name, value in vars(errors).items() if name.isupper()}
    assert {v for k, v in constants.items() if not k.startswith("_")} == {0, *CODES.values()}
    assert errors.OK == 0
    with pytest.raises(KeyError):
        errors.exception_type_from_error_code(errors.OK)


def test_a_class_without_a_code_is_unknown():
    with pytest.warns(UserWarning, match="Unknown class exception"):
        error = errors.error_code_from_exception_type(ValueError)
    assert isinstance(error, errors.UnknownError)


@pytest.mark.parametrize("cls", CLASSES)
def test_attributes_and_printing(cls):
    error = cls("the node", None, "the message", {"key": "value"})
    assert (error.node_def, error.op, error.message) == ("the node", None, "the message")
    assert error.experimental_payloads == {"key": "value"}
    assert str(error) == "the message"
    assert repr(error) == f"{cls.__name__}()"
    assert error.args == ()
    assert cls(node_def=None, op=None, message="m").experimental_payloads == {}


def test_attributes_are_read_only():
    error = errors.NotFoundError(None, None, "m")
    for name in ("message", "op", "node_def", "error_code", "experimental_payloads"):
        with pytest.raises(AttributeError):
            setattr(error, name, None)


def test_payloads_are_not_shared():
    errors.NotFoundError(None, None, "m").experimental_payloads["key"] = 1
    assert errors.NotFoundError(None, None, "m").experimental_payloads == {}


def test_arguments_are_required():
    with pytest.raises(TypeError, match="'op' and 'message'"):
        errors.InvalidArgumentError("the message alone")
    with pytest.raises(TypeError, match="error_code"):
        errors.OpError(None, None, "m")


def test_the_text_tells_where_the_op_was_made():
    class Op:
        name = "cc"
        traceback = [
            traceback.FrameSummary("model.py", 7, "build", lookup_line=False, line="c = add(a, b)")
        ]

    error = errors.InvalidArgumentError(None, Op(), "wrong")
    assert error.message == "wrong"
    assert str(error) == (
        "wrong\n\nOriginal stack trace for 'cc':\n"
        '  File "model.py", line 7, in build\n    c = add(a, b)\n'
    )


class Own(errors.NotFoundError):
    """A user's subclass whose constructor takes something else."""

    def __init__(self, path):
        super().__init__(None, None, f"no {path}")
        self.path = path


@pytest.mark.parametrize(
    "error",
    [
        errors.OpError("node", None, "m", 7, {"key": 1}),
        *(cls("node", None, "m", {"key": 1}) for cls in CLASSES),
        Own("here"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy])
def test_survives_pickling_and_copying(error, again):
    other = again(error)
    assert type(other) is type(error)
    assert other is not error
    assert vars(other) == vars(error)
    assert (str(other), repr(other), other.args) == (str(error), repr(error), ())


def test_errors_of_tracing_are_pythons_own():
    assert errors.OperatorNotAllowedInGraphError.__bases__ == (TypeError,)
    assert errors.InaccessibleTensorError.__bases__ == (ValueError,)
    assert repr(errors.InaccessibleTensorError("x")) == "InaccessibleTensorError('x')"
    assert str(errors.OperatorNotAllowedInGraphError("x")) == "x"
