"""Events: what the files that TensorBoard reads are rows of.

An `Event` has a time and a step, and is one of several things, most often a `Summary`: values under
tags. What kind of value it is, and so which part of TensorBoard shows it, its metadata say.

Enumerations are numbers here (`SummaryMetadata.data_class`, levels and states of logs), and bytes
are the same.

Read next: proto/table.py.
"""

from typing import Any

from headrace._src.proto import tensor
from headrace._src.proto.table import define, message_class

_TABLE = """
Event
    1 wall_time double
    2 step int64
    |what 3 file_version string
    |what 4 graph_def bytes
    |what 5 summary Summary
    |what 6 log_message LogMessage
    |what 7 session_log SessionLog
    |what 8 tagged_run_metadata TaggedRunMetadata
    |what 9 meta_graph_def bytes
    10 source_metadata SourceMetadata
SourceMetadata
    1 writer string
LogMessage
    1 level int32
    2 message string
SessionLog
    1 status int32
    2 checkpoint_path string
    3 msg string
TaggedRunMetadata
    1 tag string
    2 run_metadata bytes
Summary
    1 value Value[]
Summary.Image
    1 height int32
    2 width int32
    3 colorspace int32
    4 encoded_image_string bytes
Summary.Audio
    1 sample_rate float
    2 num_channels int64
    3 length_frames int64
    4 encoded_audio_string bytes
    5 content_type string
Summary.Value
    7 node_name string
    1 tag string
    9 metadata SummaryMetadata
    |value 2 simple_value float
    |value 3 obsolete_old_style_histogram bytes
    |value 4 image Summary.Image
    |value 5 histo HistogramProto
    |value 6 audio Summary.Audio
    |value 8 tensor TensorProto
SummaryMetadata
    1 plugin_data PluginData
    2 display_name string
    3 summary_description string
    4 data_class int32
SummaryMetadata.PluginData
    1 plugin_name string
    2 content bytes
SummaryDescription
    1 type_hint string
HistogramProto
    1 min double
    2 max double
    3 num double
    4 sum double
    5 sum_squares double
    6 bucket_limit double[]
    7 bucket double[]
"""

define("event", _TABLE, tensor.FILE)

Event: Any = message_class("Event", __name__)
HistogramProto: Any = message_class("HistogramProto", __name__)
LogMessage: Any = message_class("LogMessage", __name__)
SessionLog: Any = message_class("SessionLog", __name__)
Summary: Any = message_class("Summary", __name__)
SummaryDescription: Any = message_class("SummaryDescription", __name__)
SummaryMetadata: Any = message_class("SummaryMetadata", __name__)
TaggedRunMetadata: Any = message_class("TaggedRunMetadata", __name__)
