"""`tf.test`: test cases that compare tensors, checks of gradients, benchmarks.

They stand on absl, which is imported with them, so a program that tests nothing does not load it.
"""
