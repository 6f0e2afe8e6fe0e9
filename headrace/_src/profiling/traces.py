"""Profiles: between start and stop, what the host and the devices do, written for TensorBoard.

The one idea: the profiler is XLA's own, reached through JAX (xla/profiler.py): it knows compiled
programs and devices, and writes `plugins/profile/<time>/<host>.xplane.pb` below the log folder.

Read next: xla/profiler.py.
"""

import threading
from typing import Any, NamedTuple

from headrace._src.core import errors


class ProfilerOptions(NamedTuple):
    """What a profile records.

    host_tracer_level: 0 nothing of the host, 1 what the user marks, 2 the large steps too, 3 all.
    python_tracer_level: 1 records Python's calls. device_tracer_level: 0 leaves devices out.
    delay_ms: must be None: when to begin, across several machines.

    >>> tf.profiler.experimental.ProfilerOptions(host_tracer_level=3).host_tracer_level
    3
    """

    host_tracer_level: int = 2
    python_tracer_level: int = 0
    device_tracer_level: int = 1
    delay_ms: int | None = None


_lock = threading.Lock()
_is_running = False


def start(logdir: str, options: Any = None) -> None:
    """Begins to record a profile, to be written below `logdir` by `stop`.

    Raises AlreadyExistsError where one is being recorded, NotImplementedError for
    `options.delay_ms`.
    """
    global _is_running
    from headrace._src.xla import profiler

    chosen = ProfilerOptions() if options is None else options
    levels = chosen._asdict()
    if levels.pop("delay_ms") is not None:
        raise NotImplementedError(
            "tf.profiler.experimental.start: headrace has no `options.delay_ms` yet."
        )
    with _lock:
        if _is_running:
            raise errors.AlreadyExistsError(None, None, "Another profiler is running.")
        profiler.start(str(logdir), levels)
        _is_running = True


def stop(save: bool = True) -> None:
    """Ends the recording and, if `save`, writes the profile.

    Raises UnavailableError where none is being recorded.
    """
    global _is_running
    from headrace._src.xla import profiler

    with _lock:
        if not _is_running:
            raise errors.UnavailableError(
                None, None, "Cannot export profiling results. No profiler is running."
            )
        _is_running = False
        profiler.stop(save)


class Profile:
    """A block that is profiled: `start` and `stop` around it.

    logdir: the folder to write below. options: `ProfilerOptions`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, tf.profiler.experimental.Profile(folder):
    ...     y = tf.constant(1.) + 1.
    """

    def __init__(self, logdir: str, options: Any = None) -> None:
        self._logdir = logdir
        self._options = options

    def __enter__(self) -> None:
        start(self._logdir, self._options)

    def __exit__(self, typ: Any, value: Any, tb: Any) -> None:
        stop()


class Trace:
    """A block that profiles show under a name, with metadata.

    name: text. kwargs: numbers and texts to be shown with it; `step_num` with `_r=1` makes it a
    step of training.

    >>> with tf.profiler.experimental.Trace("train", step_num=1, _r=1):
    ...     y = tf.constant(1.) + 1.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        self._name = name
        self._metadata = kwargs
        self._mark: Any = None

    def __enter__(self) -> "Trace":
        if _is_running:
            from headrace._src.xla import profiler

            self._mark = profiler.mark(self._name, self._metadata)
            self._mark.__enter__()
        return self

    def set_metadata(self, **kwargs: Any) -> None:
        """More metadata, known only inside the block."""
        if self._mark is not None:
            self._mark.set_metadata(**kwargs)

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        mark, self._mark = self._mark, None
        if mark is not None:
            mark.__exit__(exc_type, exc_val, exc_tb)


ProfilerOptions.__module__ = "tensorflow.python.profiler.profiler_v2"
