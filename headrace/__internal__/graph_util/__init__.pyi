from headrace._src.function.graph_equality import graph_defs_equal as graph_defs_equal
