from headrace._src.ops.tensor_operators import add as add
from headrace._src.ops.tensor_operators import eq as eq
from headrace._src.ops.tensor_operators import getitem as getitem
from headrace._src.ops.tensor_operators import ne as ne
from headrace._src.ragged.getitem import ragged_getitem as ragged_getitem
