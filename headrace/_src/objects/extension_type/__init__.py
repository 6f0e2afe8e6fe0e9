"""Extension types: classes of a user's own whose values consist of tensors.

The one idea: a class says by annotations what its fields are, and from these alone follow its
constructor, its equality, its `Spec`, and with that its place in `tf.function`, `tf.cond`,
`tf.while_loop` and `tf.nest`.

Read next: extension_type.py, then annotations.py.
"""
