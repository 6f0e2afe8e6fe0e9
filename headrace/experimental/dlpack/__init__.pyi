from headrace._src.ops.dlpack import from_dlpack as from_dlpack
from headrace._src.ops.dlpack import to_dlpack as to_dlpack
