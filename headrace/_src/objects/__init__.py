"""Things with identity or with parts: variables, modules, and later ragged and sparse tensors,
queues, tables.
"""
