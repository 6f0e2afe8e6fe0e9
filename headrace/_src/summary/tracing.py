"""Traces: the graphs of the functions that were traced meanwhile, for TensorBoard.

The one idea: between `trace_on` and `trace_export` or `trace_off` every function that is traced
leaves its graph; `trace_export` writes them all as one summary, a serialized `RunMetadata`. With
`profiler=True` a profile is taken meanwhile, which goes to a folder of its own.

Read next: recording.py.
"""

import logging
import threading
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.dtypes import string
from headrace._src.engine.convert import convert
from headrace._src.function.concrete import ConcreteFunction
from headrace._src.function.function import listeners
from headrace._src.profiling import traces
from headrace._src.proto import tensor
from headrace._src.proto.event import SummaryMetadata
from headrace._src.proto.table import define, message_class
from headrace._src.summary.recording import recording, summary_scope, write

logger = logging.getLogger("tensorflow")

# What is written of TensorFlow's message; its other fields are costs and times of kernels.
_TABLE = """
RunMetadata
    3 partition_graphs GraphDef[]
    4 function_graphs FunctionGraphs[]
RunMetadata.FunctionGraphs
    1 partition_graphs GraphDef[]
    2 pre_optimization_graph GraphDef
    3 post_optimization_graph GraphDef
"""

define("run_metadata", _TABLE, "graph", tensor.FILE)

RunMetadata: Any = message_class("RunMetadata", __name__)


class _Collection:
    """The graphs of functions traced since it began; all threads see one collection."""

    def __init__(self, with_graphs: bool, has_profile: bool) -> None:
        self.with_graphs = with_graphs
        self.has_profile = has_profile
        self.graphs: list[Any] = []
        self._lock = threading.Lock()

    def add(self, found: ConcreteFunction) -> None:
        """Takes a trace in."""
        with self._lock:
            self.graphs.append(found.graph)

    def message(self) -> Any:
        """All graphs as a `RunMetadata`. They are not optimized: all stages look the same."""
        made = RunMetadata()
        for graph in self.graphs:
            graph_def = graph.as_graph_def()
            made.partition_graphs.append(graph_def)
            of_function = made.function_graphs.add(
                pre_optimization_graph=graph_def, post_optimization_graph=graph_def
            )
            of_function.partition_graphs.append(graph_def)
        return made


_current: _Collection | None = None


def _collect(found: ConcreteFunction) -> None:
    # A function that another one calls is in the graph of that one.
    if _current is not None and thread.context.graph is None:
        _current.add(found)


def _switch(to: _Collection | None) -> None:
    """Begins or ends a collection. Functions tell of their traces while there is one."""
    global _current
    _current = to
    listeners[:] = [listener for listener in listeners if listener is not _collect]
    if to is not None and to.with_graphs:
        listeners.append(_collect)


def trace_on(graph: bool = True, profiler: bool = False, profiler_outdir: Any = None) -> None:
    """From now on the graphs of functions are collected when they are traced.

    graph: whether they are. profiler: whether a profile is taken too, and written to the folder
        `profiler_outdir`; without a folder there is none, and a warning.

    >>> tf.summary.trace_on()
    >>> tf.function(lambda x: x + 1)(1).numpy()
    np.int32(2)
    >>> tf.summary.trace_off()

    In a function, and where a trace is on already, nothing happens but a warning.
    """
    if thread.context.graph is not None:
        logger.warning("Cannot enable trace inside a tf.function.")
        return
    if _current is not None:
        logger.warning("Trace already enabled")
        return
    if profiler and profiler_outdir is None:
        logger.warning("No `profiler_outdir` passed to trace_on(). Profiler won't be enabled.")
    has_profile = profiler and profiler_outdir is not None
    if has_profile:
        traces.start(profiler_outdir)
    _switch(_Collection(bool(graph), has_profile))


def trace_export(name: Any, step: Any = None, profiler_outdir: Any = None) -> None:
    """Writes what was collected by the default writer, and ends the collection.

    name: the tag. step: an int64 scalar, by default the default step. profiler_outdir: ignored with
    a warning, as in TensorFlow: it is `trace_on` that may get one.

    >>> import tempfile
    >>> with tf.summary.create_file_writer(tempfile.mkdtemp()).as_default():
    ...     tf.summary.trace_on()
    ...     _ = tf.function(lambda x: x * 2)(1)
    ...     tf.summary.trace_export("graphs", step=0)

    Raises ValueError where no trace is on, and for no step. In a function nothing happens but a
    warning.
    """
    if thread.context.graph is not None:
        logger.warning("Cannot export trace inside a tf.function.")
        return
    if _current is None:
        raise ValueError("Must enable trace before export through tf.summary.trace_on.")
    if profiler_outdir is not None:
        logger.warning(
            "Ignoring `profiler_outdir` passed to trace_export(). Please pass it to trace_on() "
            "instead."
        )
    if _current.with_graphs and recording.writer is not None:
        metadata = SummaryMetadata()
        metadata.plugin_data.plugin_name = "graph_run_metadata_graph"
        metadata.plugin_data.content = b"1"
        message = _current.message().SerializeToString()
        with summary_scope(name, "trace_export_summary") as (tag, _):
            write(tag, convert(message, string), step, metadata)
    trace_off()


def trace_off() -> None:
    """Ends the collection of graphs; what was collected is forgotten. A profile ends and is kept.

    >>> tf.summary.trace_off()
    """
    ended = _current
    _switch(None)
    if ended is not None and ended.has_profile:
        traces.stop()
