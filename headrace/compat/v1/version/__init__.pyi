from headrace._src.core.version import COMPILER_VERSION as COMPILER_VERSION
from headrace._src.core.version import GIT_VERSION as GIT_VERSION
from headrace._src.core.version import GRAPH_DEF_VERSION as GRAPH_DEF_VERSION
from headrace._src.core.version import GRAPH_DEF_VERSION_MIN_CONSUMER as GRAPH_DEF_VERSION_MIN_CONSUMER
from headrace._src.core.version import GRAPH_DEF_VERSION_MIN_PRODUCER as GRAPH_DEF_VERSION_MIN_PRODUCER
from headrace._src.core.version import VERSION as VERSION
