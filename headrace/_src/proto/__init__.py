"""Protocol buffers: the messages that TensorFlow's files are made of, and what they say of values.

The one idea: a message is a row of numbered fields, so a table is its definition (proto/table.py).
Protobuf takes 50 ms to import and few programs need it, so this folder is imported late.

Read next: proto/table.py.
"""
