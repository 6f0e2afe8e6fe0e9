"""Symbolic tensors: what a tensor is while a graph is built.

A symbolic tensor has a dtype, a shape of which any part may be unknown, a name, and no value. What
asks it for one, Python's `if` and `for` among them, gets TensorFlow's answer why not.

Read next: engine/graph.py.
"""

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from headrace._src.core import errors
from headrace._src.core.dtypes import DType
from headrace._src.core.shapes import TensorShape
from headrace._src.core.tensor import Tensor, next_id

if TYPE_CHECKING:
    from headrace._src.engine.graph import Graph, Operation


class SymbolicTensor(Tensor):
    """The output of an operation: what a tensor is while a function is traced."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_dtype",
        "_id",
        "_shape",
        "element",
        "op",
        "value_index",
    )

    def __init__(self, op: "Operation", value_index: int, dtype: DType, shape: TensorShape) -> None:
        self.op = op
        self.value_index = value_index
        self._dtype = dtype
        self._shape = shape
        # What tapes know it by; what stands for a captured tensor has that tensor's.
        self._id = next_id()
        # Of a list of tensors (dtype variant): the spec of its elements.
        self.element: Any = None

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """As much of the shape as is known before the program runs."""
        return self._shape

    @property
    def graph(self) -> "Graph":
        """The graph that the tensor is of."""
        return self.op.graph

    @property
    def name(self) -> str:
        """The name of its operation and its place among the outputs: "add:0"."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        """The device asked for, or ""."""
        return self.op.device

    def consumers(self) -> list["Operation"]:
        """The operations that take this tensor."""
        return [node for node in self.graph.nodes if any(t is self for t in node.inputs)]

    def set_shape(self, shape: Any) -> None:
        """Adds what the caller knows of the shape; raises ValueError where it cannot be true."""
        given = TensorShape(shape)
        try:
            self._shape = self._shape.merge_with(given)
        except ValueError:
            raise ValueError(_unequal(self._shape, given)) from None

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Refused: headrace has no sessions."""
        raise ValueError(
            "Cannot evaluate tensor using `eval()`: No default session is registered. Use "
            "`with sess.as_default()` or pass an explicit session to `eval(session=sess)`"
        )

    def __tf_tensor__(self, dtype: DType | None = None, name: str | None = None) -> Tensor:
        if dtype is None or dtype is self._dtype:
            return self
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype "
            f"{self._dtype.name}: {self!r}"
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise NotImplementedError(
            f"Cannot convert a symbolic tf.Tensor ({self.name}) to a numpy array. This error may "
            "indicate that you're trying to pass a Tensor to a NumPy call, which is not supported."
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for a symbolic Tensor ({self.name}). Please call `x.shape` "
            "rather than `len(x)` for shape information."
        )

    def __bool__(self) -> NoReturn:
        _refuse_in_python("Using a symbolic `tf.Tensor` as a Python `bool`")

    def __iter__(self) -> NoReturn:
        _refuse_in_python("Iterating over a symbolic `tf.Tensor`")

    def __getattr__(self, name: str) -> Any:
        if name in _OF_NUMPY:
            raise AttributeError(
                f"{type(self).__name__} object has no attribute '{name}'. \n"
                "        If you are looking for numpy-related methods, please run the following:\n"
                "        tf.experimental.numpy.experimental_enable_numpy_behavior()\n      "
            )
        raise AttributeError(f"'SymbolicTensor' object has no attribute '{name}'")

    def __copy__(self) -> "SymbolicTensor":
        return self

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self._dtype.name}>"

    def __str__(self) -> str:
        shape = "" if self._shape.rank is None else f", shape={self._shape}"
        return f'Tensor("{self.name}"{shape}, dtype={self._dtype.name})'


_OF_NUMPY = frozenset("T astype ravel transpose reshape clip size tolist data".split())


def _refuse_in_python(what: str) -> NoReturn:
    raise errors.OperatorNotAllowedInGraphError(
        f"{what} is not allowed. You can attempt the following resolutions to the problem: If you "
        "are running in Graph mode, use Eager execution mode or decorate this function with "
        "@tf.function. If you are using AutoGraph, you can try decorating this function with "
        "@tf.function. If that does not work, then you may be using an unsupported feature or your "
        "source code may not be visible to AutoGraph. See "
        "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/"
        "reference/limitations.md#access-to-source-code for more information."
    )


def _unequal(one: TensorShape, other: TensorShape) -> str:
    both = f"Shapes are {_brackets(one)} and {_brackets(other)}."
    if one.rank != other.rank:
        return f"Shapes must be equal rank, but are {one.rank} and {other.rank}"
    for i, (a, b) in enumerate(zip(one.as_list(), other.as_list(), strict=True)):
        if None not in (a, b) and a != b:
            return f"Dimension {i} in both shapes must be equal, but are {a} and {b}. {both}"
    return both


def _brackets(shape: TensorShape) -> str:
    sizes = ("?" if n is None else str(n) for n in shape.as_list())
    return f"[{','.join(sizes)}]"


def out_of_scope(tensor: Any, graph: Any) -> Exception:
    """The complaint about a symbolic tensor that is used outside the function it belongs to.

    The class is TensorFlow's: InaccessibleTensorError where the tensor is of a branch or body
    inside `graph`, TypeError elsewhere.
    """
    defined = (
        "\n".join(
            f'      File "{code.co_filename}", line {line}, in {code.co_name}'
            for code, line in reversed(tensor.op.frames)
        )
        if isinstance(tensor, SymbolicTensor)
        else ""
    )
    text = (
        f"{tensor!r} is out of scope and cannot be used here. Use return values, explicit Python "
        "locals or TensorFlow collections to access it.\nPlease see "
        "https://www.tensorflow.org/guide/function"
        "#all_outputs_of_a_tffunction_must_be_return_values "
        f"for more information.\n\n{tensor!r} was defined here:\n{defined}\n"
    )
    home = getattr(tensor, "graph", None)
    is_inside = home is not None and graph is not None and graph in home.around()
    kind = errors.InaccessibleTensorError if is_inside else TypeError
    place = repr(graph) if is_inside else "here"
    error = kind(
        f"{text}\nThe tensor {tensor!r} cannot be accessed from {place}, because it was defined in "
        f"{home!r}, which is out of scope."
    )
    # Its text says where; AutoGraph adds nothing to it.
    vars(error)["is_out_of_scope"] = True
    return error


SymbolicTensor.__module__ = "tensorflow.python.framework.ops"
