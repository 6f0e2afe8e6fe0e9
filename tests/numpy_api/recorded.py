"""Dtypes that TensorFlow 2.21 answers, recorded: rows of codes, "--" where it raises.

The columns are those of `DTYPES`, or of `PYTHON` beside one row for each dtype. A code is NumPy's
kind and size in bytes ("c4" and "c8" by the size of a part); "bf" is bfloat16.

Read next: test_promotion.py.
"""

import numpy as np

DTYPES = {
    "b1": "bool", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
    "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64",
    "f2": "float16", "bf": "bfloat16", "f4": "float32", "f8": "float64",
    "c4": "complex64", "c8": "complex128",
}  # fmt: skip

PYTHON = [
    True, 1, 1.0, 1j, [1], [1.0], np.float32(1), np.float64(1), np.int32(1), np.int64(1),
    np.ones(2), np.ones(2, np.float32), np.ones(2, np.int32),
]  # fmt: skip

# x1 and x2 of each pair of dtypes.
SUMS = """
b1 b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
i1 i1 i1 i2 i4 i8 i2 i4 i8 f8 f2 bf f4 f8 c4 c8
i2 i2 i2 i2 i4 i8 i2 i4 i8 f8 f4 -- f4 f8 c4 c8
i4 i4 i4 i4 i4 i8 i4 i4 i8 f8 f8 -- f8 f8 c8 c8
i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
u1 u1 i2 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
u2 u2 i4 i4 i4 i8 u2 u2 u4 u8 f4 -- f4 f8 c4 c8
u4 u4 i8 i8 i8 i8 u4 u4 u4 u8 f8 -- f8 f8 c8 c8
u8 u8 f8 f8 f8 f8 u8 u8 u8 u8 f8 -- f8 f8 c8 c8
f2 f2 f2 f4 f8 f8 f2 f4 f8 f8 f2 -- f4 f8 c4 c8
bf bf bf -- -- -- bf -- -- -- -- bf f4 f8 c4 c8
f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 c8 c8
c4 c4 c4 c4 c8 c8 c4 c4 c8 c8 c4 c4 c4 c8 c4 c8
c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8
"""

# The operator `/`, enabled.
QUOTIENTS = """
b1 -- f4 f4 f8 f8 f4 f4 f8 f8 f2 bf f4 f8 c4 c8
i1 f4 f4 f4 f8 f8 f4 f8 f8 f8 f2 bf f4 f8 c4 c8
i2 f4 f4 f4 f8 f8 f4 f8 f8 f8 f4 -- f4 f8 c4 c8
i4 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
i8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
u1 f4 f4 f4 f8 f8 f4 f4 f8 f8 f2 bf f4 f8 c4 c8
u2 f4 f8 f8 f8 f8 f4 f4 f8 f8 f4 -- f4 f8 c4 c8
u4 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
u8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
f2 f2 f2 f4 f8 f8 f2 f4 f8 f8 f2 -- f4 f8 c4 c8
bf bf bf -- -- -- bf -- -- -- -- bf f4 f8 c4 c8
f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 c8 c8
c4 c4 c4 c4 c8 c8 c4 c4 c8 c8 c4 c4 c4 c8 c4 c8
c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8
"""

# A tensor and a value of Python or NumPy: the function, and the operator when it is enabled.
WITH_PYTHON = """
b1 b1 i8 f8 c8 i8 f8 f4 f8 i4 i8 f8 f4 i4
i1 i1 i1 f8 c8 i1 f8 f4 f8 i4 i8 f8 f4 i4
i2 i2 i2 f8 c8 i2 f8 f4 f8 i4 i8 f8 f4 i4
i4 i4 i4 f8 c8 i4 f8 f8 f8 i4 i8 f8 f8 i4
i8 i8 i8 f8 c8 i8 f8 f8 f8 i8 i8 f8 f8 i8
u1 u1 u1 f8 c8 u1 f8 f4 f8 i4 i8 f8 f4 i4
u2 u2 u2 f8 c8 u2 f8 f4 f8 i4 i8 f8 f4 i4
u4 u4 u4 f8 c8 u4 f8 f8 f8 i8 i8 f8 f8 i8
u8 u8 u8 f8 c8 u8 f8 f8 f8 f8 f8 f8 f8 f8
f2 f2 f2 f2 c4 f2 f2 f4 f8 f8 f8 f8 f4 f8
bf bf bf f8 c4 bf f8 f4 f8 -- -- f8 f4 --
f4 f4 f4 f4 c4 f4 f4 f4 f8 f8 f8 f8 f4 f8
f8 f8 f8 f8 c8 f8 f8 f8 f8 f8 f8 f8 f8 f8
c4 c4 c4 c4 c4 c4 c4 c4 c8 c8 c8 c8 c4 c8
c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8
"""
WITH_PYTHON_FLOAT32_PREFERRED = """
b1 -- i8 f4 c4 i8 f4 f4 f4 i4 i8 f8 f4 i4
i1 -- i1 f4 c4 i1 f4 f4 f4 i4 i8 f8 f4 i4
i2 -- i2 f4 c4 i2 f4 f4 f4 i4 i8 f8 f4 i4
i4 i4 i4 f8 c8 i4 f8 f8 f8 i4 i8 f8 f8 i4
i8 i8 i8 f8 c8 i8 f8 f8 f8 i8 i8 f8 f8 i8
u1 -- u1 f4 c4 u1 f4 f4 f4 i4 i8 f8 f4 i4
u2 -- u2 f4 c4 u2 f4 f4 f4 i4 i8 f8 f4 i4
u4 -- u4 f8 c8 u4 f8 f8 f8 i8 i8 f8 f8 i8
u8 u8 u8 f8 c8 u8 f8 f8 f8 f8 f8 f8 f8 f8
f2 f2 f2 f4 c4 f2 f4 f4 f4 f8 f8 f8 f4 f8
bf -- bf f4 c4 bf f4 f4 f4 f8 f8 f8 f4 f8
f4 f4 f4 f4 c4 f4 f4 f4 f4 f8 f8 f8 f4 f8
f8 f8 f8 f8 c8 f8 f8 f8 f8 f8 f8 f8 f8 f8
c4 -- c4 c4 c4 c4 c4 c4 c4 c8 c8 c8 c4 c8
c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8
"""

# Functions of one tensor, behaviour enabled.
UNARY = """
abs -- i1 i2 i4 i8 -- -- -- -- f2 bf f4 f8 f4 f8
angle f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f8
arccos f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
around b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
cbrt f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 -- --
ceil f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 -- --
conj -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
cos f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
cumsum -- i8 i8 i8 i8 i8 i8 i8 f8 f2 bf f4 f8 c4 c8
cumprod -- i8 i8 i8 i8 i8 i8 i8 f8 f2 bf f4 f8 c4 c8
exp f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
exp2 f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
fabs -- i1 i2 i4 i8 -- -- -- -- f2 bf f4 f8 f4 f8
fix f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 -- --
floor f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 -- --
imag b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 f4 f8
isfinite b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
isnan b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
isreal b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
iscomplex b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
log f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
log2 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 c8 c8
log10 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 c8 c8
log1p f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
logical_not b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
max b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
mean f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 bf f4 f8 c4 c8
min b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
negative -- i1 i2 i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
positive b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
prod i8 i8 i8 i8 i8 u8 u8 u8 u8 f2 bf f4 f8 c4 c8
real -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 f4 f8
reciprocal -- -- -- -- -- -- -- -- -- f2 bf f4 f8 c4 c8
round b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
sign -- i1 i2 i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
signbit b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
sin f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
sinc f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
sort -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
sqrt f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
square -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
std f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 bf f4 f8 f4 f8
sum i8 i8 i8 i8 i8 u8 u8 u8 u8 f2 bf f4 f8 c4 c8
tanh f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
var f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 bf f4 f8 f4 f8
bitwise_not b1 i1 i2 i4 i8 u1 u2 u4 u8 -- -- -- -- -- --
deg2rad f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
all b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
any b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
count_nonzero i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8
argmax i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 -- --
argsort -- i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 i8 -- --
nansum i8 i8 i8 i8 i8 u8 u8 u8 u8 f2 bf f4 f8 -- --
nanprod i8 i8 i8 i8 i8 u8 u8 u8 u8 f2 bf f4 f8 -- --
nanmean f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 bf f4 f8 -- --
average f8 f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
ptp -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
diff b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
"""

# Functions of two tensors, behaviour enabled: the second of the same dtype ("=="), float32, int64.
BINARY = """
add == b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
add f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
add i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
arctan2 == -- -- -- -- -- -- -- -- -- f2 bf f4 f8 -- --
arctan2 f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
arctan2 i8 -- -- -- -- -- -- -- -- f8 f8 -- f8 f8 -- --
bitwise_and == b1 i1 i2 i4 i8 u1 u2 u4 u8 -- -- -- -- -- --
bitwise_and f4 -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
bitwise_and i8 i8 i8 i8 i8 i8 i8 i8 i8 -- -- -- -- -- -- --
divide == f8 f4 f4 f8 f8 f4 f4 f8 f8 f2 bf f4 f8 c4 c8
divide f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
divide i8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
equal == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
equal f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
equal i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 b1 b1
float_power == -- i1 i2 i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
float_power f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
float_power i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
floor_divide == i1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
floor_divide f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
floor_divide i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 -- --
gcd == -- i1 i2 i4 i8 -- -- -- -- -- -- -- -- -- --
gcd f4 -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
gcd i8 i8 i8 i8 i8 i8 i8 i8 i8 -- -- -- -- -- -- --
greater == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
greater f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
greater i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 -- --
heaviside == -- f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 -- --
heaviside f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
heaviside i8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 -- --
hypot == -- f8 f8 f8 f8 f8 f8 f8 f8 f2 f8 f4 f8 c4 c8
hypot f4 -- f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
hypot i8 -- f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
lcm == -- i1 i2 i4 i8 -- -- -- -- -- -- -- -- -- --
lcm f4 -- -- -- -- -- -- -- -- -- -- -- -- -- -- --
lcm i8 i8 i8 i8 i8 i8 i8 i8 i8 -- -- -- -- -- -- --
less == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
less f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- --
less i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 -- --
logaddexp == -- f8 f8 f8 f8 -- -- -- -- f2 f8 f4 f8 -- --
logaddexp f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
logaddexp i8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 -- --
logaddexp2 == -- f8 f8 f8 f8 -- -- -- -- f8 f8 f8 f8 -- --
logaddexp2 f4 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- --
logaddexp2 i8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 -- --
logical_and == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
logical_and f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
logical_and i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
logical_xor == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
logical_xor f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
logical_xor i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
matmul == -- -- -- i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
matmul f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
matmul i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
maximum == b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
maximum f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
maximum i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 -- --
minimum == b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
minimum f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
minimum i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 -- --
mod == i1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
mod f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
mod i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 -- --
multiply == b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
multiply f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
multiply i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
nextafter == -- -- -- -- -- -- -- -- -- -- -- f4 f8 -- --
nextafter f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
nextafter i8 -- -- -- -- -- -- -- -- f8 f8 -- f8 f8 -- --
not_equal == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
not_equal f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
not_equal i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 b1 b1
power == -- i1 i2 i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
power f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
power i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
remainder == i1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
remainder f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
remainder i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 -- --
subtract == -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
subtract f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
subtract i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
true_divide == f8 f4 f4 f8 f8 f4 f4 f8 f8 f2 bf f4 f8 c4 c8
true_divide f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
true_divide i8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 -- f8 f8 c8 c8
dot == -- -- -- i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
dot f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
dot i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
inner == -- -- -- i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
inner f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
inner i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
outer == b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
outer f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
outer i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
vdot == -- -- -- i4 i8 -- -- -- -- f2 bf f4 f8 c4 c8
vdot f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
vdot i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
kron == b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 c4 c8
kron f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 c4 c8
kron i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 c8 c8
cross == -- i1 i2 i4 i8 u1 u2 u4 u8 f2 bf f4 f8 -- --
cross f4 f4 f4 f4 f8 f8 f4 f4 f8 f8 f4 f4 f4 f8 -- --
cross i8 i8 i8 i8 i8 i8 i8 i8 i8 f8 f8 -- f8 f8 -- --
isclose == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
isclose f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
isclose i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 b1 b1
allclose == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
allclose f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
allclose i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 b1 b1
array_equal == b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
array_equal f4 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1
array_equal i8 b1 b1 b1 b1 b1 b1 b1 b1 b1 b1 -- b1 b1 b1 b1
"""
