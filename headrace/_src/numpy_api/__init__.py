"""`tf.experimental.numpy`: functions with NumPy's names and rules over tensors, a service.

The one idea: nothing here computes. Every function finds the common dtype as NumPy would
(promotion.py) and then composes the ops of headrace/_src/ops, so gradients, graphs, accelerators
and unknown shapes come with it.

Read next: promotion.py, elementwise.py, behaviour.py.
"""
