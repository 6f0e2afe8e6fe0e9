"""`tf.compat.v1.strings`: functions of strings under their first signatures.

The one idea: where TensorFlow 2 answers a ragged tensor, TensorFlow 1 answers a sparse one unless
it is asked for the other.

Read next: ragged/strings.py.
"""

from typing import Any

from headrace._src.compat.arguments import either, translated
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.ops import hashing, string_joining, string_numbers, string_splitting, strings
from headrace._src.ops import substr as parts
from headrace._src.ops.array import expand_dims
from headrace._src.ops.sparse_tensor import SparseTensor
from headrace._src.ragged import strings as ragged_strings
from headrace._src.ragged.ragged_tensor import RaggedTensor

length = translated(
    strings.length,
    'length(input, name=None, unit="BYTE")',
    'tf.compat.v1.strings.length(["ab", "c"]).numpy() -> array([2, 1], dtype=int32)',
)
reduce_join = translated(
    string_joining.reduce_join,
    "reduce_join(inputs, axis=None, keep_dims=None, separator='', name=None, "
    "reduction_indices=None, keepdims=None)",
    'tf.compat.v1.reduce_join([["a", "b"], ["c", "d"]], 0).numpy() -> '
    "array([b'ac', b'bd'], dtype=object)",
    keep_dims="keepdims",
    reduction_indices="axis",
)
string_to_number = translated(
    string_numbers.to_number,
    "string_to_number(string_tensor=None, out_type=float32, name=None, input=None)",
    'tf.compat.v1.string_to_number("2.5").numpy() -> np.float32(2.5)',
    string_tensor="input",
)
substr = translated(
    parts.substr,
    'substr(input, pos, len, name=None, unit="BYTE")',
    "tf.compat.v1.substr(\"Hello\", 1, 3).numpy() -> b'ell'",
)
to_hash_bucket = translated(
    hashing.to_hash_bucket,
    "to_hash_bucket(string_tensor=None, num_buckets=None, name=None, input=None)",
    'tf.compat.v1.string_to_hash_bucket(["a", "b"], 3).numpy() -> array([1, 1])',
    string_tensor="input",
)


def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> Any:
    """The parts of strings: a sparse matrix, or a ragged one.

    source: a vector of strings. sep: a string, each byte of which is a separator; by default a
    space, and with "" each byte is a part. `delimiter` is its old name. skip_empty: without empty
    parts. result_type: "SparseTensor" or "RaggedTensor".

    >>> tf.compat.v1.string_split(["a b", "c"]).values.numpy()
    array([b'a', b'b', b'c'], dtype=object)

    Raises ValueError for another `result_type`, tf.errors.InvalidArgumentError where `source` is no
    vector. Op: StringSplit.
    """
    separators = either("sep", sep, "delimiter", delimiter)
    separators = " " if separators is None else separators
    found = string_splitting.string_split(source, separators, skip_empty, name)
    if _is_ragged(result_type):
        return ragged_strings.rows(found)
    return SparseTensor(*found)


def split(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> Any:
    """The parts of strings: a sparse tensor with one dimension more, or a ragged one.

    As `tf.strings.split`, except that one string counts as a vector of one. `source` is the old
    name of `input`. result_type: "SparseTensor" or "RaggedTensor".

    >>> tf.compat.v1.strings.split(["a b", "c"], result_type="RaggedTensor")
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>

    Raises ValueError for another `result_type`. Op: StringSplitV2.
    """
    input = either("input", input, "source", source)
    if not isinstance(input, RaggedTensor):
        input = convert(input)
    if isinstance(input, Tensor) and input.shape.rank == 0:
        input = expand_dims(input, 0)
    is_ragged = _is_ragged(result_type)
    found = ragged_strings.split(input, sep, maxsplit, name)
    return found if is_ragged else found.to_sparse()


def _is_ragged(result_type: str) -> bool:
    if result_type not in ("RaggedTensor", "SparseTensor"):
        raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")
    return result_type == "RaggedTensor"
