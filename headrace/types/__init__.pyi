from headrace.types import experimental as experimental
