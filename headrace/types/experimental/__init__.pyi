from headrace._src.objects.tracing_types import Callable as Callable
from headrace._src.objects.tracing_types import ConcreteFunction as ConcreteFunction
from headrace._src.objects.tracing_types import FunctionType as FunctionType
from headrace._src.objects.tracing_types import PolymorphicFunction as GenericFunction
from headrace._src.objects.tracing_types import PolymorphicFunction as PolymorphicFunction
from headrace._src.objects.tracing_types import SupportsTracingProtocol as SupportsTracingProtocol
from headrace._src.objects.tracing_types import TensorLike as TensorLike
from headrace._src.objects.tracing_types import TraceType as TraceType
