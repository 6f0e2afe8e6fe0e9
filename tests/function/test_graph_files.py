"""Graphs in files: written as text or as bytes, they are the same graph.

Read next: headrace/_src/function/graph_files.py.
"""

from pathlib import Path

from google.protobuf import text_format

import headrace as tf
from headrace._src.function.protos import GraphDef


def test_text_and_bytes(tmp_path):
    graph = tf.Graph()
    with graph.as_default():
        tf.constant([1.5, 2.5], name="x")
    wanted = graph.as_graph_def()
    path = tf.io.write_graph(graph, tmp_path / "new", "graph.pbtxt")
    assert path == f"{tmp_path}/new/graph.pbtxt"
    assert text_format.Parse(Path(path).read_text(), GraphDef()) == wanted
    path = tf.io.write_graph(wanted, str(tmp_path), "graph.pb", as_text=False)
    assert GraphDef.FromString(Path(path).read_bytes()) == wanted
