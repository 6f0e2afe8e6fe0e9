from headrace._src.compat.arrays import gather_nd as gather_nd
from headrace._src.ops.array import reshape as reshape
from headrace._src.ops.padding import reverse as reverse
from headrace._src.ops.padding import roll as roll
from headrace._src.ops.scatter import scatter_nd as scatter_nd
from headrace._src.ops.blocks import space_to_batch_nd as space_to_batch_nd
from headrace._src.ops.padding import tile as tile
