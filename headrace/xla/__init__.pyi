from headrace.xla import experimental as experimental
