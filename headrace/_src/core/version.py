"""The versions: which TensorFlow this is compatible with, and which Headrace it is.

Programs ask `tf.__version__` which API they may use, so it answers with TensorFlow's version.
Headrace's own is `tf.__headrace_version__`, and what `importlib.metadata.version("headrace")` says.
The GraphDef numbers are facts about the file format. What built the binary is told as it is: it was
not TensorFlow's compiler.

Read next: headrace/_src/core/dtypes.py.
"""

import platform

HEADRACE_VERSION = "0.1.0"  # pyproject.toml reads this line

VERSION = "2.21.0"
GIT_VERSION = f"headrace-{HEADRACE_VERSION}"
COMPILER_VERSION = platform.python_compiler()
GRAPH_DEF_VERSION = 2474
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0
