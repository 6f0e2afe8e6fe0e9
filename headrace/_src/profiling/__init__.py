"""`tf.profiler`: where the time goes, as traces that TensorBoard reads."""
