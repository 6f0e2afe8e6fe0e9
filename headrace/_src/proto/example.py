"""Examples: rows of data under names, `tf.train.Example` and what it is made of.

A feature is a list of strings, of floats or of integers; `Features` gives features names, an
`Example` is a row of them, a `SequenceExample` has a row of lists of features besides.

Read next: proto/table.py, ops/examples.py, which reads many of them at once.
"""

from typing import Any

from headrace._src.proto import tensor
from headrace._src.proto.table import define, message_class

_TABLE = """
BytesList
    1 value bytes[]
FloatList
    1 value float[]
Int64List
    1 value int64[]
Feature
    |kind 1 bytes_list BytesList
    |kind 2 float_list FloatList
    |kind 3 int64_list Int64List
Features
    1 feature string -> Feature
FeatureList
    1 feature Feature[]
FeatureLists
    1 feature_list string -> FeatureList
Example
    1 features Features
SequenceExample
    1 context Features
    2 feature_lists FeatureLists
"""

define("example", _TABLE, tensor.FILE)

BytesList: Any = message_class("BytesList", __name__)
Example: Any = message_class("Example", __name__)
Feature: Any = message_class("Feature", __name__)
FeatureList: Any = message_class("FeatureList", __name__)
FeatureLists: Any = message_class("FeatureLists", __name__)
Features: Any = message_class("Features", __name__)
FloatList: Any = message_class("FloatList", __name__)
Int64List: Any = message_class("Int64List", __name__)
SequenceExample: Any = message_class("SequenceExample", __name__)

# The same bytes, read less far: a feature stays bytes. ops/examples.py knows what is in them.
_UNREAD = """
UnreadFeatures
    1 feature string -> bytes
UnreadFeatureList
    1 feature bytes[]
UnreadFeatureLists
    1 feature_list string -> UnreadFeatureList
UnreadExample
    1 features UnreadFeatures
UnreadSequenceExample
    1 context UnreadFeatures
    2 feature_lists UnreadFeatureLists
"""

define("unread_example", _UNREAD, tensor.FILE)

UnreadExample: Any = message_class("UnreadExample", __name__)
UnreadSequenceExample: Any = message_class("UnreadSequenceExample", __name__)
