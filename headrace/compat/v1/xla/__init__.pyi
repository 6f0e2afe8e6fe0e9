from headrace.compat.v1.xla import experimental as experimental
