"""`tf.compat.v1`: names and arguments of TensorFlow 1 that code of today still uses, a service.

The one idea: nothing here computes. What TensorFlow 2 kept is the same object under a second name,
listed by tools/face.py and not here at all. Where only the arguments were called otherwise, a
function translates them (arguments.py). What belongs to the graphs and sessions of TensorFlow 1
does not exist. Warnings that a name is old are not given.

Read next: arguments.py, then reductions.py.
"""
