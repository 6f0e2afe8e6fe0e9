from headrace._src.function.graph_imports import import_graph_def as import_graph_def
