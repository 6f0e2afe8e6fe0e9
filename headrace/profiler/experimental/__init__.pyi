from headrace._src.profiling.traces import Profile as Profile
from headrace._src.profiling.traces import ProfilerOptions as ProfilerOptions
from headrace._src.profiling.traces import Trace as Trace
from headrace._src.profiling.traces import start as start
from headrace._src.profiling.traces import stop as stop
