from headrace.autograph import experimental as experimental
from headrace._src.function.autograph.api import set_verbosity as set_verbosity
from headrace._src.function.autograph.api import to_code as to_code
from headrace._src.function.autograph.api import to_graph as to_graph
from headrace._src.function.autograph.api import trace as trace
