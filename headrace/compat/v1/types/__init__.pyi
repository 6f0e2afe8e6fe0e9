from headrace.compat.v1.types import experimental as experimental
