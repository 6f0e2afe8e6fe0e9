from headrace._src.objects.tracing_types import SupportsTracingProtocol as SupportsTracingProtocol
from headrace._src.objects.tracing_types import TensorLike as TensorLike
from headrace._src.objects.tracing_types import TraceType as TraceType
