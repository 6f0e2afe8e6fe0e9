"""The types against a table of TensorFlow's answers, and what any input means as a type."""

import copy
import pickle

import ml_dtypes
import numpy as np
import pytest

from headrace._src.core import dtypes
from headrace._src.core.dtypes import DType, as_dtype, of_array

# Recorded from TensorFlow 2.21: number, name, the kernels' name, bytes, what `is_...` is true, min,
# max as they print, and the upper limit. "-" where it raises.
RECORDED = """
     1 float32            float               4 floating,numpy,numeric         -3.4028235e+38          3.4028235e+38          1
     2 float64            double              8 floating,numpy,numeric         -1.7976931348623157e+308 1.7976931348623157e+308 1
     3 int32              int32               4 integer,numpy,numeric          -2147483648             2147483647             2147483647
     4 uint8              uint8               1 integer,unsigned,numpy,numeric 0                       255                    255
     5 int16              int16               2 integer,numpy,numeric          -32768                  32767                  32767
     6 int8               int8                1 integer,numpy,numeric          -128                    127                    127
     7 string             string              0 numpy                          -                       -                      -
     8 complex64          complex64           8 complex,numpy,numeric          -                       -                      -
     9 int64              int64               8 integer,numpy,numeric          -9223372036854775808    9223372036854775807    9223372036854775807
    10 bool               bool                1 bool,numpy                     -                       -                      True
    11 qint8              qint8               1 quantized,numpy,numeric        -                       -                      -
    12 quint8             quint8              1 quantized,numpy,numeric        -                       -                      -
    13 qint32             qint32              4 quantized,numpy,numeric        -                       -                      -
    14 bfloat16           bfloat16            2 floating,numpy,numeric         -3.38953e+38            3.38953e+38            -
    15 qint16             qint16              2 quantized,numpy,numeric        -                       -                      -
    16 quint16            quint16             2 quantized,numpy,numeric        -                       -                      -
    17 uint16             uint16              2 integer,unsigned,numpy,numeric 0                       65535                  65535
    18 complex128         complex128         16 complex,numpy,numeric          -                       -                      -
    19 float16            half                2 floating,numpy,numeric         -6.55e+04               6.55e+04               -
    20 resource           resource            0 -                              -                       -                      -
    21 variant            variant             0 -                              -                       -                      -
    22 uint32             uint32              4 integer,unsigned,numpy,numeric 0                       4294967295             4294967295
    23 uint64             uint64              8 integer,unsigned,numpy,numeric 0                       18446744073709551615   18446744073709551615
    24 float8_e5m2        float8_e5m2         1 floating,numpy                 -57344                  57344                  -
    25 float8_e4m3fn      float8_e4m3fn       1 floating,numpy                 -448                    448                    -
    26 float8_e4m3fnuz    float8_e4m3fnuz     1 floating,numpy                 -240                    240                    -
    27 float8_e4m3b11fnuz float8_e4m3b11fnuz  1 floating,numpy                 -30                     30                     -
    28 float8_e5m2fnuz    float8_e5m2fnuz     1 floating,numpy                 -57344                  57344                  -
    29 int4               int4                1 integer,numpy                  -8                      7                      -
    30 uint4              uint4               1 integer,unsigned,numpy         0                       15                     -
    31 int2               int2                1 integer,numpy                  -2                      1                      -
    32 uint2              uint2               1 integer,unsigned,numpy         0                       3                      -
    33 float4_e2m1fn      float4_e2m1fn       1 floating,numpy                 -6                      6                      -
"""  # noqa: E501
ROWS = [line.split() for line in RECORDED.strip().splitlines()]
FLAGS = {
    "floating": "is_floating",
    "complex": "is_complex",
    "integer": "is_integer",
    "unsigned": "is_unsigned",
    "bool": "is_bool",
    "quantized": "is_quantized",
    "numpy": "is_numpy_compatible",
    "numeric": "is_numeric",
}
ALL = [DType(int(row[0])) for row in ROWS]
REFS = [DType(int(row[0]) + 100) for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
@pytest.mark.parametrize("shift", [0, 100], ids=["base", "ref"])
def test_table(row, shift):
    number, name, kernel_name, size, flags, low, high, limit = row
    suffix = "_ref" if shift else ""
    dtype = DType(int(number) + shift)
    assert dtype.name == name + suffix
    assert dtype.kernel_name == kernel_name + suffix
    assert dtype.as_datatype_enum == int(dtype) == int(number) + shift
    assert dtype.size == int(size)
    assert {short for short, flag in FLAGS.items() if getattr(dtype, flag)} == set(
        flags.split(",") if flags != "-" else ()
    )
    assert all(type(getattr(dtype, flag)) is bool for flag in FLAGS.values())
    assert repr(dtype) == f"tf.{name}{suffix}"
    assert str(dtype) == f"<dtype: '{name}{suffix}'>"
    for end, value in (("min", low), ("max", high)):
        if value != "-":
            assert str(getattr(dtype, end)) == value
            assert type(getattr(dtype, end)) is (
                int if dtype.is_integer else dtype.array_dtype.type
            )
        else:
            with pytest.raises(TypeError, match=f"Cannot find {end}imum value of {dtype}"):
                getattr(dtype, end)
    if limit != "-":
        assert dtype.limits == (0, int(limit.replace("True", "1")))
    else:
        with pytest.raises(ValueError if dtype.is_numpy_compatible else KeyError):
            dtype.limits  # noqa: B018


def test_messages_of_extremes():
    def message(dtype):
        with pytest.raises(TypeError) as caught:
            dtype.min  # noqa: B018
        return str(caught.value)

    assert message(dtypes.string) == (
        "Cannot find minimum value of <dtype: 'string'> with type <dtype: 'string'>."
    )
    assert message(dtypes.qint8._as_ref) == (
        "Cannot find minimum value of <dtype: 'qint8_ref'> with quantized type <dtype: 'qint8'>."
    )
    assert message(dtypes.variant) == "Cannot find minimum value of <dtype: 'variant'>."
    with pytest.raises(ValueError, match=r"^<dtype: 'float16'> does not have defined limits\.$"):
        dtypes.float16.limits  # noqa: B018


def test_every_type_is_a_name_of_the_module():
    assert [getattr(dtypes, dtype.name) for dtype in ALL] == ALL
    assert dtypes.half is dtypes.float16
    assert dtypes.double is dtypes.float64


@pytest.mark.parametrize("dtype", ALL + REFS, ids=lambda dtype: dtype.name)
def test_there_is_one_object_per_type(dtype):
    for same in (
        pickle.loads(pickle.dumps(dtype)),
        copy.copy(dtype),
        copy.deepcopy(dtype),
        DType(dtype),
        as_dtype(dtype),
        as_dtype(dtype.name),
        as_dtype(dtype.kernel_name),
        as_dtype(dtype.as_datatype_enum),
    ):
        assert same is dtype


@pytest.mark.parametrize("dtype", ALL, ids=lambda dtype: dtype.name)
def test_there_and_back_through_numpy(dtype):
    if not dtype.is_numpy_compatible:
        with pytest.raises(KeyError):
            dtype.as_numpy_dtype  # noqa: B018
        assert dtype.array_dtype == np.dtype(object)
        return
    assert as_dtype(dtype.as_numpy_dtype) is dtype
    assert as_dtype(np.dtype(dtype.as_numpy_dtype)) is dtype
    assert of_array(np.dtype(dtype.as_numpy_dtype)) is dtype
    assert isinstance(dtype.array_dtype, np.dtype)
    if dtype.is_quantized:
        assert dtype.as_numpy_dtype == np.dtype([(dtype.name, dtype.array_dtype)])
    else:
        assert of_array(dtype.array_dtype) is dtype
        assert dtype.array_dtype.type is np.dtype(dtype.as_numpy_dtype).type


def test_a_type_cannot_be_changed_or_subclassed():
    with pytest.raises(AttributeError):
        dtypes.float32.name = "double"
    with pytest.raises(AttributeError):
        dtypes.float32.color = "red"
    with pytest.raises(AttributeError):
        del dtypes.float32.name
    with pytest.raises(AttributeError, match=r"^'DType' object has no attribute 'color'$"):
        dtypes.float32.color  # noqa: B018
    with pytest.raises(TypeError):
        type("Mine", (DType,), {})


@pytest.mark.parametrize(
    ("number", "error", "message"),
    [
        (999, TypeError, "999 does not correspond to a valid tensorflow::DataType"),
        (0, TypeError, "0 does not correspond to a valid tensorflow::DataType"),
        ("float32", ValueError, "invalid literal for int"),
    ],
)
def test_numbers_without_a_type(number, error, message):
    with pytest.raises(error, match=message):
        DType(number)


def test_handle_data_are_refused():
    with pytest.raises(NotImplementedError, match="handle_data"):
        DType(20, object())


@pytest.mark.parametrize("short", ["float32", "float", np.float32, np.dtype("f4"), float, 1, 1.0])
def test_equal_to_what_means_it(short):
    assert dtypes.float32 == short
    assert short == dtypes.float32
    assert (dtypes.float32 != short) is False
    assert dtypes.float64 != short


@pytest.mark.parametrize("other", ["foo", None, [1], int, str, object(), DType, "f4"])
def test_unequal_to_anything_else(other):
    assert (dtypes.float32 == other) is False
    assert dtypes.float32 != other


def test_hash_is_by_identity():
    assert len({*ALL, *REFS}) == 66
    assert "float32" not in {dtypes.float32: 1}
    assert DType.__hash__ is object.__hash__


def test_references():
    ref = dtypes.complex64._as_ref
    assert (ref.base_dtype, ref.real_dtype) == (dtypes.complex64, dtypes.float32)
    assert ref._is_ref_dtype
    assert not dtypes.complex64._is_ref_dtype
    assert dtypes.float32._as_ref.real_dtype is dtypes.float32._as_ref
    assert ref._as_ref is ref
    assert ref != dtypes.complex64
    assert dtypes.complex64.is_compatible_with(ref)
    assert not ref.is_compatible_with(dtypes.complex64)
    assert as_dtype("double_ref") is dtypes.float64._as_ref
    assert {d.name for d in dtypes.QUANTIZED_DTYPES if not d._is_ref_dtype} == {
        "qint8", "quint8", "qint16", "quint16", "qint32",
    }  # fmt: skip
    assert len(dtypes.QUANTIZED_DTYPES) == 10


def test_tapes_follow_real_and_complex_numbers_of_sixteen_bits_or_more():
    assert {d.name for d in ALL if d.is_differentiable} == {
        "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
    }  # fmt: skip


class Typed:
    def __init__(self, dtype):
        self.dtype = dtype

    def __repr__(self):
        return "typed"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("half", "float16"),
        (float, "float32"),
        (bool, "bool"),
        (object, "string"),
        (np.str_, "string"),
        (np.bytes_, "string"),
        (np.object_, "string"),
        (np.longlong, "int64"),
        (np.ulonglong, "uint64"),
        (np.intp, "int64"),
        (np.dtype("S3"), "string"),
        (np.dtype(">U3"), "string"),
        (np.dtypes.StringDType(), "string"),
        (np.dtype(">f4"), "float32"),
        (np.dtype(">c16"), "complex128"),
        (np.dtype([("qint8", "i1")]), "qint8"),
        (ml_dtypes.bfloat16, "bfloat16"),
        (np.dtype(ml_dtypes.int4), "int4"),
        (np.str_("float32"), "float32"),
        (np.array([1]), "int64"),
        (np.array(["a"]), "string"),
        (np.float32(2.5), "float32"),
        (Typed("int32"), "int32"),
        (Typed(">i4"), "int32"),
        (Typed(np.dtype("int32")), "int32"),
        (True, "float32"),
        (103, "int32_ref"),
    ],
    ids=repr,
)
def test_as_dtype(value, name):
    assert as_dtype(value).name == name


@pytest.mark.parametrize(
    "value",
    [
        *("foo", "", "int", "long", "complex", "str", "bool_", "f4", "<f4", "tf.float32", b"int32"),
        *(int, str, bytes, complex, list, type(None), DType),
        *(np.void, np.number, np.floating, np.longdouble, np.datetime64, np.dtypes.Float32DType),
        *(np.dtype("M8[s]"), np.dtype("V4"), np.dtype("f4,i4"), np.dtype("(2,)f4")),
        *(np.dtype([("a", "i4")]), np.dtype([("resource", "u1")]), ml_dtypes.float8_e4m3),
        *(None, ..., 0, -1, 999, (1,), [], {}, object()),
        *(Typed(dtypes.int32), Typed("foo"), Typed(3)),
    ],
    ids=repr,
)
def test_as_dtype_refuses(value):
    with pytest.raises(TypeError) as caught:
        as_dtype(value)
    assert str(caught.value) == (
        f"Cannot convert the argument `type_value`: {value!r} to a TensorFlow DType."
    )


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (">f4", "float32"),
        (">i4", "int32"),
        ("O", "string"),
        ("S3", "string"),
        ("U3", "string"),
        (np.longlong, "int64"),
        (ml_dtypes.float8_e5m2, "float8_e5m2"),
    ],
)
def test_of_array(array, name):
    assert of_array(np.dtype(array)).name == name


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        ([("a", "i4")], "Unsupported numpy data type"),
        ("V4", "Unexpected numpy data type"),
        ("M8[s]", "Unsupported numpy type: NPY_DATETIME"),
        ("m8[s]", "Unsupported numpy type: NPY_TIMEDELTA"),
        (np.longdouble, "Unsupported numpy type: NPY_LONGDOUBLE"),
        (np.clongdouble, "Unsupported numpy type: NPY_CLONGDOUBLE"),
        (ml_dtypes.float8_e4m3, "Unsupported numpy type: not a numpy type"),
        (np.dtypes.StringDType(), "Unsupported numpy type: not a numpy type"),
    ],
    ids=str,
)
def test_of_array_refuses(array, problem):
    with pytest.raises(ValueError) as caught:
        of_array(np.dtype(array))
    assert str(caught.value) == f"Failed to convert a NumPy array to a Tensor ({problem})."


def test_in_a_signature_a_type_is_a_constant():
    float32 = dtypes.float32
    assert float32.is_subtype_of("float32")
    assert not float32.is_subtype_of([1])
    assert float32.most_specific_common_supertype([float32, "float32"]) is float32
    assert float32.most_specific_common_supertype([dtypes.int32]) is None
    assert float32.flatten() == float32.to_tensors(float32) == []
    assert float32.placeholder_value(None) is None
    assert float32.from_tensors(iter([1])) is None
    with pytest.raises(AssertionError, match=r"^Can not cast 3 to type tf\.float32$"):
        float32.cast(3, None)
