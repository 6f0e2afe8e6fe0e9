from headrace._src.ops.bitwise import bitwise_and as bitwise_and
from headrace._src.ops.bitwise import bitwise_or as bitwise_or
from headrace._src.ops.bitwise import bitwise_xor as bitwise_xor
from headrace._src.ops.bitwise import invert as invert
from headrace._src.ops.bitwise import left_shift as left_shift
from headrace._src.ops.bitwise import right_shift as right_shift
