"""Files: the places they are in, and the records in them.

Nothing here knows of tensors; what does stands in ops/files.py.

Read next: files/systems.py, files/gfile.py, files/tfrecord.py.
"""
