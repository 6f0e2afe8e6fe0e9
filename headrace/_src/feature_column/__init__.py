"""Feature columns: descriptions of what is in a feature and of how a model may take it in.

The one idea: a column is a named tuple of its settings. It knows how its feature is parsed
(`make_parse_example_spec`), and columns of other columns know theirs.

Read next: column.py.
"""
