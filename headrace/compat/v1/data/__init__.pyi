from headrace.compat.v1.data import experimental as experimental
