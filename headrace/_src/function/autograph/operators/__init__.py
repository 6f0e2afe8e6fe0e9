"""The operators that converted code calls: Python's control flow, or a graph's.

Each takes the pieces of a statement as functions, and the variables that the statement changes as a
pair of functions that read and write them all. If what decides is a tensor, it makes a `tf.cond` or
a `tf.while_loop`; else it does what Python would.

Read next: staging.py, branches.py, loops.py, iterations.py, calls.py.
"""
