from headrace._src.summary.writer import get_step as get_step
from headrace._src.summary.writer import set_step as set_step
from headrace._src.summary.recording import summary_scope as summary_scope
from headrace._src.summary.recording import write_raw_pb as write_raw_pb
