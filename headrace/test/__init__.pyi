from headrace._src.config.reports import gpu_device_name as gpu_device_name
from headrace._src.config.reports import is_built_with_cuda as is_built_with_cuda
from headrace._src.config.reports import is_built_with_gpu_support as is_built_with_gpu_support
from headrace._src.config.reports import is_built_with_rocm as is_built_with_rocm
from headrace._src.config.reports import is_built_with_xla as is_built_with_xla
from headrace._src.config.reports import is_gpu_available as is_gpu_available
