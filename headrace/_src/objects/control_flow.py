"""Branches and loops: `cond`, `case`, `switch_case`, `while_loop`.

In eager mode these are Python's `if` and `while` over functions, with TensorFlow's checks around
them: only the branch that is taken runs, and what its ops record on a tape is all that gradients
need. Values pass through as they are; `while_loop` makes tensors of them at the end. What matters
to a graph alone (how many iterations may run at once, where intermediate values are kept, which
shapes a loop may take on) has no effect here.

Read next: objects/mapping.py, objects/tensor_array.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import nest
from headrace._src.core.context import thread
from headrace._src.core.dtypes import int32
from headrace._src.core.errors import InvalidArgumentError
from headrace._src.core.spec import TensorSpec
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.convert import convert
from headrace._src.objects import branches, loops
from headrace._src.objects.graph_array import TensorArray
from headrace._src.ops.cast import cast
from headrace._src.ops.compare import less_equal, logical_and
from headrace._src.ops.debugging import Assert
from headrace._src.ops.joining import stack
from headrace._src.ops.reduce import reduce_sum


def cond(
    pred: Any,
    true_fn: Callable | None = None,
    false_fn: Callable | None = None,
    name: str | None = None,
) -> Any:
    """The result of `true_fn()` where `pred` is true, of `false_fn()` where it is not.

    pred: a scalar.

    >>> x = tf.constant(3.)
    >>> tf.cond(x > 2, lambda: x * x, lambda: -x)
    <tf.Tensor: shape=(), dtype=float32, numpy=9.0>

    Raises TypeError for a branch that is absent or not callable.
    """
    for role, branch in (("true_fn", true_fn), ("false_fn", false_fn)):
        if branch is None:
            raise TypeError(f"cond(): '{role}' argument required")
    for role, branch in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(branch):
            raise TypeError(f"'{role}' must be callable.")
    if thread.context.graph is not None:
        if isinstance(pred, bool):
            raise TypeError("pred must not be a Python bool", pred)
        functions: Any = (true_fn, false_fn)
        return branches.branch(pred, functions, name or "cond", ("true", "false"), True)
    taken: Any = true_fn if _truth(pred) else false_fn
    return taken()


def _truth(pred: Any) -> bool:
    if type(pred) is not bool:
        pred = convert(pred)
        if type(pred) is EagerTensor and 0 in pred._array.shape:
            raise ValueError(
                "The truth value of an empty array is ambiguous. Use `array.size > 0` to check "
                "that an array is not empty."
            )
    return bool(pred)


def case(
    pred_fn_pairs: Any,
    default: Callable | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str | None = "case",
) -> Any:
    """The result of the first function whose predicate is true, else of `default`.

    pred_fn_pairs: (predicate, function) tuples; predicates are boolean scalar tensors.
    exclusive: whether it is an error that several predicates are true. Without `default` the last
        pair is not counted.
    strict: without effect: what a function answers in a list of one stays in the list.
    name: in a graph, of the scope around the nodes.

    >>> x = tf.constant(5)
    >>> tf.case([(x < 3, lambda: "small"), (x < 9, lambda: "medium")], default=lambda: "large")
    'medium'

    Raises TypeError for what is no pair or no tensor, tf.errors.InvalidArgumentError where no
    predicate is true and there is no default, or several are and `exclusive` is set.
    """
    is_eager = thread.context.graph is None
    pairs = _pairs(pred_fn_pairs, exclusive or not is_eager)
    for pred, function in pairs:
        _check_pair(pred, function, is_eager)
    if not pairs:
        raise ValueError("not enough values to unpack (expected 2, got 0): no pairs were given.")
    if not is_eager:
        with thread.context.graph.name_scope(name or "case"):
            return _case_in_graph(pairs, default, exclusive)
    preds = [pred for pred, _ in pairs]
    if exclusive:
        counted = preds if default is not None else preds[:-1]
        if sum(bool(pred) for pred in counted) > 1:
            _refuse(_more_than_one(counted), counted, len(counted))
    if default is None and not any(bool(pred) for pred in preds):
        _refuse(_NONE_OF, preds, 3)
    return _first_true(pairs, default)


_NONE_OF = "Input error: None of conditions evaluated as True:"


def _more_than_one(preds: list[Any]) -> str:
    names = ", ".join("?" if type(pred) is EagerTensor else pred.name for pred in preds)
    return f"Input error: exclusive=True: more than 1 conditions ({names}) evaluated as True:"


def _check_pair(pred: Any, function: Any, is_eager: bool) -> None:
    if not isinstance(pred, Tensor):
        raise TypeError(f"pred must be a Tensor, got: {pred}")
    if not pred.dtype.is_bool:
        # In eager mode TensorFlow refuses it with this class, on its way to the message.
        raise (AttributeError if is_eager else TypeError)(
            f"pred must be of dtype bool, got: {pred!r}"
        )
    if not callable(function):
        raise (AttributeError if is_eager else TypeError)(
            f"fn for pred must be callable, got: {function!r}"
        )


def _case_in_graph(pairs: list[tuple[Any, Any]], default: Any, exclusive: bool) -> Any:
    """The same with conditions that are not known: what is wrong is found when the graph runs."""
    if exclusive:
        counted = [pred for pred, _ in (pairs if default is not None else pairs[:-1])]
        if counted:
            preds = stack(counted, name="preds_c")
            at_most_one = less_equal(reduce_sum(cast(preds, int32), name="num_true_conds"), 1)
            Assert(at_most_one, [_more_than_one(counted), preds], len(counted))
    if default is None:
        pred, last = pairs[-1]
        if len(pairs) == 1:
            Assert(pred, [_NONE_OF, pred], 3)
            return last()

        def checked() -> Any:
            Assert(pred, [_NONE_OF, stack([pred for pred, _ in pairs], name="preds_c")], 3)
            return last()

        pairs = [*pairs[:-1], (pred, checked)]
    return _first_true(pairs, default)


def _first_true(pairs: list[tuple[Any, Any]], default: Any) -> Any:
    result: Any = default
    for pred, function in reversed(pairs):
        result = _choice(pred, function, result)
    return result()


def _choice(pred: Any, function: Callable, otherwise: Any) -> Callable:
    if otherwise is None:
        return function
    return lambda: cond(pred, function, otherwise)


def _refuse(why: str, preds: list[Any], shown: int) -> None:
    Assert(convert(False), [why, convert([bool(pred) for pred in preds])], shown)


def _pairs(pred_fn_pairs: Any, exclusive: bool) -> list[tuple[Any, Any]]:
    if isinstance(pred_fn_pairs, dict):
        if not exclusive:
            raise ValueError(
                "Unordered dictionaries are not supported for the 'pred_fn_pairs' argument when "
                "`exclusive=False` and eager mode is enabled."
            )
        return list(pred_fn_pairs.items())
    if not isinstance(pred_fn_pairs, (list, tuple)):
        raise TypeError(
            f"'pred_fn_pairs' must be a list, tuple, or dict. Received: {type(pred_fn_pairs)}"
        )
    for pair in pred_fn_pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair}.")
    return list(pred_fn_pairs)


def switch_case(
    branch_index: Any,
    branch_fns: Any,
    default: Callable | None = None,
    name: str | None = "switch_case",
) -> Any:
    """The result of the function at `branch_index`.

    branch_index: an integer scalar tensor.
    branch_fns: functions; or (index, function) tuples or a dictionary whose indices are 0 to n-1.
    default: what is called for an index out of range; the last function where there is none.

    >>> tf.switch_case(tf.constant(1), [lambda: "a", lambda: "b"])
    'b'

    Raises TypeError for an index that is no integer tensor and functions that are none,
    ValueError for gaps between the indices.
    """
    if not isinstance(branch_index, Tensor):
        raise TypeError(f"'branch_index' must be a Tensor, got {type(branch_index)}")
    if not branch_index.dtype.is_integer:
        raise TypeError(f"'branch_index' must be an integer Tensor, got {branch_index.dtype}")
    functions = _branches(branch_fns)
    if default is not None:
        functions.append(default)
    if thread.context.graph is not None:
        if branch_index.dtype is not int32:
            raise TypeError(
                f"Input 'branch_index' of 'StatelessCase' Op has type {branch_index.dtype.name} "
                "that does not match expected type of int32."
            )
        labels = [f"branch{i}" for i in range(len(functions))]
        with thread.context.graph.name_scope(name or "switch_case"):
            return branches.branch(branch_index, functions, "indexed_case", labels, False)
    if branch_index.shape.rank:
        raise InvalidArgumentError(
            None,
            None,
            "{{function_node __wrapped__Select_device_/job:localhost/replica:0/task:0/device:CPU:0"
            f"}}}} 'then' must be at least a vector, but saw shape: []: 'branch_index' must be a "
            f"scalar, but its shape is {branch_index.shape} [Op:Select] name: ",
        )
    index = branch_index.__index__()  # type: ignore[attr-defined]
    return functions[index if 0 <= index < len(functions) else -1]()


def _branches(branch_fns: Any) -> list[Callable]:
    """The functions in the order of their indices."""
    if not isinstance(branch_fns, (list, tuple, dict)):
        raise TypeError("'branch_fns' must be a list, tuple, or dict")
    if isinstance(branch_fns, dict):
        pairs = list(branch_fns.items())
    elif all(callable(function) for function in branch_fns):
        pairs = list(enumerate(branch_fns))
    else:
        for pair in branch_fns:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(f"Each entry in 'branch_fns' must be a 2-tuple. Received {pair}.")
        pairs = list(branch_fns)
    if not pairs:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    for key, function in pairs:
        if not isinstance(key, int):
            raise TypeError(f"key must be a Python `int`, got {type(key)}")
        if not callable(function):
            raise TypeError(f"fn for key {key} must be callable.")
    pairs.sort(key=lambda pair: pair[0])
    keys = [key for key, _ in pairs]
    if keys != list(range(len(keys))):
        raise ValueError(
            f"branch indices (keys) must form contiguous range of [0 to {len(keys)}) but found "
            f"{{{','.join(map(str, keys))}}}"
        )
    return [function for _, function in pairs]


def while_loop(
    cond: Callable,
    body: Callable,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """The values that `body` ends with when called, on its own results, while `cond` is true.

    cond, body: functions of as many arguments as there are loop variables. `body` returns as many
        values, nested alike.
    loop_vars: a list or tuple of tensors, arrays and nests of these.
    maximum_iterations: how often `body` is called at most.
    shape_invariants, parallel_iterations, back_prop, swap_memory: of graphs; in eager mode shapes
        are free, iterations run one after the other, and gradients always flow. Use
        `tf.stop_gradient` where they shall not.

    >>> i, total = tf.while_loop(
    ...     lambda i, total: i < 5, lambda i, total: (i + 1, total + i), [0, tf.constant(0)])
    >>> total
    <tf.Tensor: shape=(), dtype=int32, numpy=10>

    Raises TypeError for functions that are not callable and results that are no sequence,
    ValueError without loop variables and for results that are nested otherwise.
    """
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if parallel_iterations < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")
    is_eager = thread.context.graph is None
    if loop_vars is None or (is_eager and not loop_vars):
        raise ValueError("'loop_vars' must be provided.")
    if not is_eager:
        len(loop_vars)  # raises for what is a tensor rather than a sequence of them
        if maximum_iterations is not None and convert(maximum_iterations).shape.rank:
            raise ValueError(
                "'maximum_iterations' must be a scalar. Received shape: "
                f"{convert(maximum_iterations).shape}"
            )
        return loops.loop(
            cond, body, loop_vars, shape_invariants, maximum_iterations, name or "while"
        )
    if maximum_iterations is not None:
        limit = _limit(maximum_iterations)
        result = _loop(
            lambda i, values: logical_and(i < limit, cond(*values)),
            lambda i, values: (i + 1, body(*values)),
            (0, loop_vars),
        )[1]
    else:
        result = _loop(cond, body, loop_vars)
    return nest.map_structure(_result, result)


def _limit(maximum_iterations: Any) -> int:
    limit: Any = convert(maximum_iterations)
    if limit.shape.rank:
        raise ValueError(f"'maximum_iterations' must be a scalar. Received shape: {limit.shape}")
    return int(limit)


def _loop(cond: Callable, body: Callable, values: Any) -> Any:
    specs = nest.map_structure(_spec, list(values))
    while cond(*values):
        values = body(*values)
        nest.assert_same_structure(specs, list(values), expand_composites=True)
    return values


def _spec(value: Any) -> Any:
    # An array is one thing to a loop, although its spec has a component.
    if isinstance(value, TensorArray):
        return value
    if hasattr(type(value), "_type_spec"):
        return value._type_spec
    tensor = convert(value)
    return TensorSpec(tensor.shape, tensor.dtype)


def _result(value: Any) -> Any:
    is_composite = isinstance(value, TensorArray) or nest.kinds(True)[type(value)] is not None
    return value if is_composite else convert(value)
