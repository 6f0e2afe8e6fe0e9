"""RaggedTensor, all that makes one and all that takes one.

Importing any file of this folder makes the class whole: the files below fill its slots and tell the
functions of the floors below what they answer for it. Their order does not matter, for no function
is told twice.
"""

from headrace._src.ragged import asking as asking
from headrace._src.ragged import broadcasting as broadcasting
from headrace._src.ragged import composite as composite
from headrace._src.ragged import counting as counting
from headrace._src.ragged import dense as dense
from headrace._src.ragged import dynamic_shape_spec as dynamic_shape_spec
from headrace._src.ragged import elementwise as elementwise
from headrace._src.ragged import gathering as gathering
from headrace._src.ragged import getitem as getitem
from headrace._src.ragged import images as images
from headrace._src.ragged import joining as joining
from headrace._src.ragged import matmul as matmul
from headrace._src.ragged import merging as merging
from headrace._src.ragged import nesting as nesting
from headrace._src.ragged import nn as nn
from headrace._src.ragged import not_a_tensor as not_a_tensor
from headrace._src.ragged import ragged_tensor_spec as ragged_tensor_spec
from headrace._src.ragged import reductions as reductions
from headrace._src.ragged import reshaping as reshaping
from headrace._src.ragged import sparse as sparse
from headrace._src.ragged import text as text
