"""Graphs in files: `tf.io.write_graph`.

Read next: function/graph_def.py.
"""

import os
from typing import Any

from google.protobuf import text_format

from headrace._src.engine.graph import Graph
from headrace._src.files.gfile import GFile, exists, join, makedirs


def write_graph(graph_or_graph_def: Any, logdir: Any, name: str, as_text: bool = True) -> str:
    """Writes a graph into a file, as a GraphDef, and answers the file's path.

    graph_or_graph_def: a `tf.Graph`, or a GraphDef. logdir: the folder, which is made where it does
        not exist. as_text: whether it is written in protobuf's text format, not in its binary one.

    >>> graph = tf.Graph()
    >>> with graph.as_default():
    ...     x = tf.constant(1.0, name="x")
    >>> tf.io.write_graph(graph, "memory://graphs", "graph.pbtxt")
    'memory://graphs/graph.pbtxt'
    >>> tf.io.gfile.GFile("memory://graphs/graph.pbtxt").readline()
    'node {\\n'
    """
    message = graph_or_graph_def
    if isinstance(message, Graph):
        message = message.as_graph_def()
    if not exists(logdir):
        makedirs(logdir)
    path = join(os.fspath(logdir), name)
    with GFile(path, "w" if as_text else "wb") as file:
        file.write(text_format.MessageToString(message) if as_text else message.SerializeToString())
    return path
