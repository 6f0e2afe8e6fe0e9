"""The ground floor: what a tensor is, before anything is done with one.

Element types, shapes, tensors, specs, devices, the context, errors, nested structures and names.
It imports NumPy and ml_dtypes and nothing of the floors above; every one of them may import it.

Read next: `dtypes.py`, then `shapes.py` and `tensor.py`.
"""
