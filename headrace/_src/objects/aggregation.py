"""How gradients are summed: TensorFlow's choices, all of which give the same sum.

Read next: objects/graph_gradients.py.
"""


class AggregationMethod:
    """The ways in which `tf.gradients` may sum the gradients that meet in a tensor.

    They differ in the memory that TensorFlow needs; `tf.gradients` takes any of them, and XLA
    decides.

    >>> tf.AggregationMethod.DEFAULT == tf.AggregationMethod.ADD_N
    True
    """

    ADD_N = 0
    DEFAULT = ADD_N
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


AggregationMethod.__module__ = "tensorflow.python.ops.gradients_util"
