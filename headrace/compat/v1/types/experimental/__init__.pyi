from headrace._src.objects.tracing_types import FunctionType as FunctionType
from headrace._src.objects.tracing_types import TensorLike as TensorLike
