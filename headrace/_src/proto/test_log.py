"""What benchmarks report: BenchmarkEntries and theirs.

Read next: proto/table.py, testing/benchmark.py.
"""

from typing import Any

from headrace._src.proto import tensor
from headrace._src.proto.table import define, message_class

_TABLE = """
DoubleValue
    1 value double
EntryValue
    |kind 1 double_value double
    |kind 2 string_value string
MetricEntry
    1 name string
    2 value double
    3 min_value DoubleValue
    4 max_value DoubleValue
BenchmarkEntry
    1 name string
    2 iters int64
    3 cpu_time double
    4 wall_time double
    5 throughput double
    6 extras string -> EntryValue
    7 metrics MetricEntry[]
BenchmarkEntries
    1 entry BenchmarkEntry[]
"""

define("test_log", _TABLE, tensor.FILE)

BenchmarkEntries: Any = message_class("BenchmarkEntries", __name__)
