"""Writers of summaries, and which of them is the default.

The one idea: a thread has a default writer, a default step and a condition (`Recording`); each
`with` block changes one of them and puts it back. Functions see what was so when they were traced.

Read next: events.py (the files), steps.py (what a writer does in a graph).
"""

import abc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import bool as bool_
from headrace._src.core.dtypes import int32, string
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert, in_graph
from headrace._src.ops.compare import logical_and
from headrace._src.summary import steps
from headrace._src.summary.events import FLUSH_MILLIS, MAX_QUEUE, EventFile


class Recording(threading.local):
    """Whether, by whom and at which step summaries of this thread are written.

    condition: a bool, a tensor or a function that answers one; None counts as True.
    """

    writer: "SummaryWriter | None" = None
    step: Any = None
    condition: Any = True


recording = Recording()


# ---- writers -------------------------------------------------------------------------------------


class SummaryWriter(metaclass=abc.ABCMeta):  # noqa: B024 -- as in TensorFlow, one can be made
    """Where summaries go; `tf.summary.create_file_writer` makes one.

    >>> import tempfile
    >>> writer = tf.summary.create_file_writer(tempfile.mkdtemp())
    >>> with writer.as_default(step=3):
    ...     tf.summary.scalar("loss", 0.25).numpy()
    np.True_
    >>> writer.close()
    """

    def set_as_default(self, step: Any = None) -> None:
        """Makes this the default writer of the thread, and `step`, if given, the default step.

        Raises RuntimeError for a writer that was closed.
        """
        self.as_default(step).__enter__()

    def as_default(self, step: Any = None) -> Any:
        """A block in which this is the default writer, flushed at its end.

        step: the default step in the block, if given; without, a step that is set inside stays.

        Raises RuntimeError for a writer that was closed.
        """
        return _DefaultWriter(self, step)

    def init(self) -> Any:
        """Nothing for a writer that exists: its file is there."""
        raise NotImplementedError

    def flush(self) -> Any:
        """Writes what waits; in a graph, the operation that does."""
        raise NotImplementedError

    def close(self) -> Any:
        """Writes what waits and ends the file; in a graph, the operation that does."""
        raise NotImplementedError


class _DefaultWriter:
    """The block of `as_default`."""

    def __init__(self, writer: SummaryWriter, step: Any) -> None:
        self._writer, self._step = writer, step
        self._before: tuple[Any, Any] | None = None

    def __enter__(self) -> SummaryWriter:
        if self._before is not None:
            raise RuntimeError("Cannot re-enter a block of a default summary writer.")
        if getattr(self._writer, "_closed", False):
            raise RuntimeError(f"SummaryWriter {self._writer!r} is already closed")
        self._before = recording.writer, recording.step
        recording.writer = self._writer
        if self._step is not None:
            recording.step = self._step
        return self._writer

    def __exit__(self, *unused: Any) -> None:
        assert self._before is not None
        recording.writer, step = self._before
        if self._step is not None:
            recording.step = step
        self._before = None
        self._writer.flush()


class FileWriter(SummaryWriter):
    """A writer into a file of events."""

    def __init__(self, file: EventFile) -> None:
        self._file = file
        self._handle = steps.handle_of(file)
        self._closed = False

    def init(self) -> None:
        """Nothing: the file is there. Raises RuntimeError for a writer that was closed."""
        if self._closed:
            raise RuntimeError(f"SummaryWriter {self!r} is already closed")

    def flush(self) -> Any:
        """Writes what waits; in a graph, the operation that does."""
        if not self._closed:
            return _act(steps.flush_summary_writer, self)
        return None

    def close(self) -> Any:
        """Writes what waits and ends the file; in a graph, the operation that does."""
        if self._closed:
            return None
        if thread.context.graph is None:
            self._closed = True
        else:
            self.flush()
        return _act(steps.close_summary_writer, self)


class NoopWriter(SummaryWriter):
    """A writer that leaves everything as it is."""

    def set_as_default(self, step: Any = None) -> None:
        """Nothing: another writer stays the default, and so does its step."""

    @contextmanager
    def as_default(self, step: Any = None) -> Iterator[None]:
        """A block in which all is as it is outside."""
        yield

    def init(self) -> None:
        """Nothing."""

    def flush(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _act(what: steps.Action, writer: FileWriter, name: str | None = None) -> Any:
    graph = thread.context.graph
    label = "" if graph is None else graph.unique_name(name or what.name)
    return what(writer._handle, label)


def create_file_writer(
    logdir: Any,
    max_queue: Any = None,
    flush_millis: Any = None,
    filename_suffix: Any = None,
    name: str | None = None,
    experimental_trackable: bool = False,
    experimental_mesh: Any = None,
) -> SummaryWriter:
    """A writer into a new file of events, "events.out.tfevents...", which TensorBoard reads.

    logdir: a folder, made if need be. max_queue: how many events may wait, 10 by default.
    flush_millis: how long they may, 120000 by default. filename_suffix: ".v2" by default.
    name: without effect; the writer is made at once, also in a function.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> writer = tf.summary.create_file_writer(folder, filename_suffix=".train")
    >>> tf.io.gfile.listdir(folder)[0].endswith(".train")
    True

    Raises ValueError for no folder, tf.errors.OpError where the file cannot be made,
    NotImplementedError for `experimental_trackable` and `experimental_mesh`.
    """
    if logdir is None:
        raise ValueError("Argument `logdir` cannot be None")
    if experimental_trackable or experimental_mesh is not None:
        argument = (
            "experimental_mesh" if experimental_mesh is not None else "experimental_trackable"
        )
        raise NotImplementedError(
            f"tf.summary.create_file_writer: headrace has no `{argument}` yet."
        )
    queue = MAX_QUEUE if max_queue is None else max_queue
    millis = FLUSH_MILLIS if flush_millis is None else flush_millis
    suffix = ".v2" if filename_suffix is None else filename_suffix
    given = (
        _scalar("logdir", logdir, string).decode(),
        _scalar("max_queue", queue, int32),
        _scalar("flush_millis", millis, int32),
        _scalar("filename_suffix", suffix, string).decode(),
    )
    try:
        return FileWriter(EventFile(*given))
    except errors.OpError as error:
        raise _refused(type(error), error.message) from None


def _scalar(argument: str, value: Any, dtype: Any) -> Any:
    tensor = convert(value, dtype)
    if type(tensor) is not EagerTensor:
        raise NotImplementedError(
            f"tf.summary.create_file_writer: `{argument}` is a tensor of a graph, {tensor!r}. Make "
            "the writer outside the function."
        )
    if tensor.shape.rank:
        raise _refused(errors.InvalidArgumentError, f"{argument} must be a scalar")
    return tensor._array.item()


def _refused(kind: Any, fact: str) -> errors.OpError:
    op = "CreateSummaryFileWriter"
    where = f"function_node __wrapped__{op}_device_/job:localhost/replica:0/task:0/device:CPU:0"
    return kind(None, None, f"{{{{{where}}}}} {fact} [Op:{op}] name: ")


def create_noop_writer() -> SummaryWriter:
    """A writer that writes nothing, and whose blocks change nothing.

    >>> with tf.summary.create_noop_writer().as_default():
    ...     tf.summary.scalar("loss", 1., step=0).numpy()
    np.False_
    """
    return NoopWriter()


def flush(writer: Any = None, name: str | None = None) -> Any:
    """Writes what waits to the file; in a graph, the operation that does.

    writer: by default the default writer, if there is one. name: of the operation in a graph.

    >>> tf.summary.flush()

    Raises ValueError for what is no writer. Op: FlushSummaryWriter.
    """
    if writer is None:
        writer = recording.writer
        if writer is None:
            return None
    if not isinstance(writer, SummaryWriter):
        raise ValueError(f"Invalid argument to flush(): {writer!r}")
    if not isinstance(writer, FileWriter):
        return writer.flush()
    return None if writer._closed else _act(steps.flush_summary_writer, writer, name)


# ---- steps and conditions ------------------------------------------------------------------------


def get_step() -> Any:
    """The default step of the thread, None if there is none.

    >>> tf.summary.experimental.set_step(5)
    >>> tf.summary.experimental.get_step()
    5
    >>> tf.summary.experimental.set_step(None)
    """
    return recording.step


def set_step(step: Any) -> None:
    """Makes `step` the default step of the thread.

    step: an integer, a tensor or a variable, whose value counts when a summary is written; None for
    no default. A function keeps an integer as it was when it was traced.

    >>> tf.summary.experimental.set_step(tf.Variable(1, dtype=tf.int64))
    >>> tf.summary.experimental.get_step().numpy()
    np.int64(1)
    >>> tf.summary.experimental.set_step(None)
    """
    recording.step = step


@contextmanager
def record_if(condition: Any) -> Iterator[None]:
    """A block in which summaries are written only where `condition` holds.

    condition: a bool, a boolean tensor, or a function that answers one and is asked each time.

    >>> with tf.summary.record_if(False):
    ...     tf.summary.should_record_summaries().numpy()
    np.False_
    """
    before, recording.condition = recording.condition, condition
    try:
        yield
    finally:
        recording.condition = before


def holds() -> Any:
    """Whether summaries are written now: a bool, or in a graph perhaps a tensor."""
    if recording.writer is None:
        return False
    condition = recording.condition
    if callable(condition):
        condition = condition()
    if condition is None:
        return True
    if type(condition) is not bool:
        condition = convert(condition, bool_)
        if type(condition) is EagerTensor and thread.context.graph is None:
            return bool(condition)
        if "is_plain" in vars(condition):
            return bool(condition._array)
    return condition


def should_record_summaries() -> Tensor:
    """Whether a summary would be written now, a boolean scalar.

    It is false without a default writer and where the condition of `record_if` does not hold.

    >>> tf.summary.should_record_summaries().numpy()
    np.False_
    """
    found = convert(holds())
    if thread.context.graph is None:
        return found
    return logical_and(convert(recording.writer is not None), in_graph(found, "Const"))


for _class, _name in {
    SummaryWriter: "SummaryWriter",
    FileWriter: "_ResourceSummaryWriter",
    NoopWriter: "_NoopSummaryWriter",
    _DefaultWriter: "_SummaryContextManager",
}.items():
    # As their reprs tell it.
    _class.__module__ = "tensorflow.python.ops.summary_ops_v2"
    _class.__name__ = _class.__qualname__ = _name
