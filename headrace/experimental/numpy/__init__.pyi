from headrace._src.core.tensor import Tensor as ndarray
