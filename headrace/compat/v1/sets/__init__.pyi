from headrace._src.ops.sets import difference as difference
from headrace._src.ops.sets import intersection as intersection
from headrace._src.ops.sets import difference as set_difference
from headrace._src.ops.sets import intersection as set_intersection
from headrace._src.ops.sets import size as set_size
from headrace._src.ops.sets import union as set_union
from headrace._src.ops.sets import size as size
from headrace._src.ops.sets import union as union
