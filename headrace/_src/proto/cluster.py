"""Clusters: which tasks of which jobs run where.

Read next: proto/table.py.
"""

from typing import Any

from headrace._src.proto import tensor
from headrace._src.proto.table import define, message_class

_TABLE = """
JobDef
    1 name string
    2 tasks int32 -> string
ClusterDef
    1 job JobDef[]
"""

define("cluster", _TABLE, tensor.FILE)

ClusterDef: Any = message_class("ClusterDef", __name__)
JobDef: Any = message_class("JobDef", __name__)
