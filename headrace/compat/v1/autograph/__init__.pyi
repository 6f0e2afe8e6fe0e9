from headrace.compat.v1.autograph import experimental as experimental
from headrace._src.function.autograph.api import set_verbosity as set_verbosity
from headrace._src.function.autograph.api import trace as trace
