"""`tf.compat.v1.lookup`: tables with an `initializer` to run in a session.

The one idea: a table has its contents from the moment it is made, so there is nothing to run.

Read next: objects/lookup/tables.py.
"""

from headrace._src.objects.lookup import tables


class _Initialized:
    """What TensorFlow 1 has on tables that are filled once."""

    @property
    def initializer(self) -> None:
        """None: the table is filled already."""
        return None


class StaticHashTable(_Initialized, tables.StaticHashTable):
    """A table that is filled when it is made; see `tf.lookup.StaticHashTable`.

    >>> animals = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [7, 9])
    >>> table = tf.compat.v1.lookup.StaticHashTable(animals, default_value=-1)
    >>> table.lookup(tf.constant(["dog"])).numpy(), table.initializer
    (array([9], dtype=int32), None)
    """


class StaticVocabularyTable(_Initialized, tables.StaticVocabularyTable):
    """Numbers for words, known or not; see `tf.lookup.StaticVocabularyTable`.

    >>> words = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [0, 1], value_dtype=tf.int64)
    >>> table = tf.compat.v1.lookup.StaticVocabularyTable(words, num_oov_buckets=2)
    >>> table.lookup(tf.constant(["dog", "cow"])).numpy()
    array([1, 2])
    """


for _class in (StaticHashTable, StaticVocabularyTable):
    _class.__module__ = "tensorflow.python.ops.lookup_ops"
    _class.__name__ = _class.__qualname__ = f"{_class.__name__}V1"
