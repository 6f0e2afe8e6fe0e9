"""Event files: records of TFRecord, each of them an `Event` (proto/event.py).

The one idea: events wait in a list, and go to the file together: when there are more than
`max_queue` of them, when the last time is longer ago than `flush_millis`, or when somebody asks.
That is looked at whenever an event comes, as TensorFlow does; so no thread runs beside the program.
A file that nobody can reach any more is finished, and so are all at the end of the program.

Read next: files/tfrecord.py.
"""

import atexit
import os
import socket
import threading
import time
import weakref
from itertools import count
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from headrace._src.core import errors
from headrace._src.core.dtypes import DType, string
from headrace._src.files import gfile
from headrace._src.files.tfrecord import TFRecordWriter
from headrace._src.proto.event import Event, Summary, SummaryMetadata
from headrace._src.proto.tensor import TensorProto, as_bytes, shape_proto, tensor_proto

MAX_QUEUE = 10
FLUSH_MILLIS = 2 * 60 * 1000

_numbers = count()
_unfinished: weakref.WeakSet = weakref.WeakSet()


class EventFile:
    """A file that events are written to.

    folder: where; made if need be. max_queue: how many events may wait; flush_millis: how long; a
    negative number is no limit. suffix: of the file's name.

    Raises the errors of files: tf.errors.NotFoundError, FailedPreconditionError, ...
    """

    def __init__(self, folder: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        self.number = next(_numbers)
        self._max_queue = max_queue if max_queue >= 0 else float("inf")
        self._longest = flush_millis / 1000 if flush_millis >= 0 else float("inf")
        self._lock = threading.Lock()
        self._waiting: list[bytes] = []
        if folder:
            gfile.makedirs(folder)
        now = int(time.time())
        name = f"events.out.tfevents.{now:010d}.{socket.gethostname()}.{os.getpid()}.{self.number}"
        self.path = gfile.join(folder, f"{name}{suffix}")
        self._records: TFRecordWriter | None = TFRecordWriter(self.path)
        first = Event(wall_time=now, file_version="brain.Event:2")
        first.source_metadata.writer = "headrace.summary"
        self._records.write(first.SerializeToString())
        self._records.flush()
        self._flushed = time.monotonic()
        _unfinished.add(self)

    def add(self, event: Any) -> None:
        """Puts an event at the end; raises NotFoundError after `close`."""
        data = event.SerializeToString()
        with self._lock:
            self._opened()
            self._waiting.append(data)
            is_full = len(self._waiting) > self._max_queue
            if is_full or time.monotonic() - self._flushed > self._longest:
                self._flush()

    def flush(self) -> None:
        """Writes what waits; raises NotFoundError after `close`."""
        with self._lock:
            self._opened()
            self._flush()

    def close(self) -> None:
        """Writes what waits, for the last time."""
        with self._lock:
            if self._records is not None:
                self._flush()
                self._records.close()
                self._records = None

    def _opened(self) -> TFRecordWriter:
        if self._records is None:
            raise errors.NotFoundError(
                None,
                None,
                f"Resource {self.path}, a summary writer, does not exist: it was closed.",
            )
        return self._records

    def _flush(self) -> None:
        records = self._opened()
        for data in self._waiting:
            records.write(data)
        self._waiting.clear()
        records.flush()
        self._flushed = time.monotonic()

    def __del__(self) -> None:
        if getattr(self, "_records", None) is not None:
            self.close()


@atexit.register
def _finish() -> None:
    """Closes the files that are still open at the end of the program."""
    for file in list(_unfinished):
        file.close()


# ---- events --------------------------------------------------------------------------------------


def tensor_event(step: int, tag: bytes, array: np.ndarray, dtype: DType, metadata: bytes) -> Any:
    """A tensor under a tag.

    metadata: a serialized `SummaryMetadata`, or nothing; one that cannot be read counts as empty.
    """
    event = Event(wall_time=time.time(), step=step)
    value = event.summary.value.add(tag=as_bytes(tag).decode(errors="replace"))
    value.tensor.CopyFrom(_content(array, dtype))
    if metadata:
        value.metadata.SetInParent()
        try:
            value.metadata.MergeFromString(as_bytes(metadata))
        except DecodeError:
            value.metadata.CopyFrom(SummaryMetadata())
    return event


def _content(array: np.ndarray, dtype: DType) -> Any:
    """A tensor as its bytes, a single element too: as TensorFlow has it in events."""
    if dtype is string or not array.size:
        return tensor_proto(array, dtype)
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return TensorProto(
        dtype=int(dtype), tensor_shape=shape_proto(array.shape), tensor_content=little.tobytes()
    )


def summary_events(step: int, serialized: np.ndarray) -> list[Any]:
    """One event for each serialized `Summary`; raises DataLossError for what is none."""
    found = []
    for place, data in enumerate(serialized.ravel().tolist()):
        try:
            summary = Summary.FromString(as_bytes(data))
        except DecodeError:
            raise errors.DataLossError(
                None,
                None,
                f"Bad tf.compat.v1.Summary binary proto tensor string at index {place}",
            ) from None
        found.append(Event(wall_time=time.time(), step=step, summary=summary))
    return found


def graph_event(graph_def: Any) -> Any:
    """A GraphDef."""
    return Event(wall_time=time.time(), graph_def=graph_def.SerializeToString())
