from headrace._src.ops.blocks import depth_to_space as depth_to_space
from headrace._src.ops.powers import sigmoid as sigmoid
from headrace._src.ops.powers import softplus as softplus
from headrace._src.ops.powers import softsign as softsign
from headrace._src.ops.blocks import space_to_batch as space_to_batch
from headrace._src.ops.blocks import space_to_depth as space_to_depth
from headrace._src.ops.trigonometry import tanh as tanh
