"""The op: one block that answers everything the engine may ask.

    @op("Atan2", shape=broadcast)
    def atan2(y: Tensor, x: Tensor, name: str | None = None) -> Tensor:
        return xp(y).atan2(y, x)              # numpy on the host, jax.numpy under XLA

    @atan2.gradient
    def _(dz, y, x):                          # names what it needs; the tape keeps exactly that
        s = dz / (x * x + y * y)
        return x * s, -y * s

The name is that of TensorFlow's registry, and with it come the names and dtypes of the arguments
(engine/opdef.py). Parameters of the block are of three kinds, told by their annotation:

    Tensor, list[Tensor]   an input whose value may be anywhere
    Static                 an input whose value the compiler must know: axes, shapes, permutations.
                           Kernels and gradients get it as an int or a (nested) tuple of ints
    anything else          an attribute: hashable, part of the op's identity

What `@op` returns is a plain function, the op's *front door*, written out by `_front_door` for just
this op's parameters: if all is as expected (eager mode on the CPU, tensors of a dtype seen before,
small arrays) it calls the kernel at once; in every other case it hands over to `run`, the careful
way. That quick way is what makes an eager add cost 0.7 µs instead of 3
(docs/decisions/002-front-doors.md).

Read next: engine/run.py, then engine/tape.py.
"""

import inspect
from collections import namedtuple
from collections.abc import Callable
from functools import cache
from types import CodeType, FunctionType
from typing import Any, Protocol, get_origin

import numpy as np

from headrace._src.core.context import thread
from headrace._src.core.dtypes import DType
from headrace._src.core.tensor import EagerTensor, Readable, Tensor
from headrace._src.engine.labels import labels
from headrace._src.engine.opdef import OpDef, opdef
from headrace._src.engine.pieces import PASSES_FROM, PIECES_FROM
from headrace._src.engine.placement import NEVER, Cost, xla_from
from headrace._src.engine.run import run

registry: dict[str, "Op"] = {}


class Static:
    """Annotates an input that must be known on the host: an int or a nested tuple of ints."""


class Op:
    """All there is to know of one op.

    name, definition: as in TensorFlow's registry. label: what a node of it is called by default.
    body: the mathematics over an array namespace.
    kernels: for a machine, what runs there instead of the body: "host"; "pieces", the host for
        pieces of large arrays; "xla"; "dynamic", under XLA where a `Static` input is not known
        after all and comes as a tracer.
    shape: from the inputs' shapes (statics and attributes as they are) to the output's shape.
    rule: the gradient, see `gradient`; None where `without_gradient` says why there is none.
    save: from inputs, attributes and outputs to the values that `rule` names.
    check: from what the body gets to whether the host's kernel is content with it: the complaints
        that XLA cannot make; see `check` in `FrontDoor`.
    cost: what an element costs, which decides between NumPy and XLA (engine/placement.py).
    shapes: of large arrays, and how often the op has had them.
    """

    __slots__ = (
        "attributes",
        "body",
        "broadcasts",
        "check",
        "cost",
        "definition",
        "function",
        "has_one_dtype",
        "inputs",
        "kernels",
        "known",
        "label",
        "name",
        "positions",
        "quick_below",
        "result",
        "rule",
        "save",
        "shape",
        "shapes",
        "type_attributes",
        "without_gradient",
        "xla_from",
    )  # fmt: skip

    def __init__(
        self, name: str, body: FunctionType, shape: Callable, cost: Cost, host: Callable | None
    ) -> None:
        self.name = name
        self.label = labels.get(name, name)
        self.definition: OpDef = opdef(name)
        self.body = body
        self.kernels: dict[str, Callable] = {} if host is None else {"host": host}
        self.shape = shape
        self.broadcasts = shape.__name__ == "broadcast"
        self.rule: Callable | None = _missing(name)
        self.without_gradient: str | None = None
        self.save: Callable[..., tuple] = _nothing
        self.check: Callable[..., Any] | None = None
        self.cost = cost
        self.xla_from = xla_from(cost)
        self.shapes: dict[Any, int] = {}
        # The quick way ends where XLA or several cores begin.
        self.quick_below = self.xla_from
        if cost == "passes":
            self.quick_below = PASSES_FROM
        elif isinstance(host, np.ufunc):
            self.quick_below = min(PIECES_FROM, self.xla_from)
        # Input name -> "tensor", "tensors" or "static"; attribute name -> default.
        self.inputs: dict[str, str] = {}
        self.attributes: dict[str, Any] = {}
        for parameter in inspect.signature(body).parameters.values():
            kind = _KINDS.get(get_origin(parameter.annotation) or parameter.annotation)
            if kind:
                self.inputs[parameter.name] = kind
            elif parameter.name != "name":
                self.attributes[parameter.name] = parameter.default
        # Where the tensors are among the inputs; None where some inputs are lists of tensors.
        kinds = list(self.inputs.values())
        self.positions = (
            None
            if "tensors" in kinds
            else tuple(i for i, kind in enumerate(kinds) if kind == "tensor")
        )
        outputs = self.definition.outputs
        # Several outputs come as a named tuple; one list output as a list.
        self.result = namedtuple(name, [o.name for o in outputs]) if len(outputs) > 1 else None
        # The attributes that are dtypes (`output_type`), and whether nothing but the first tensor's
        # dtype is needed to know all others: by far the commonest case.
        kinds_of = self.definition.attrs
        self.type_attributes = [a for a in self.attributes if kinds_of.get(a, ("",))[0] == "type"]
        types = {
            argument.type
            for argument, kind in zip(self.definition.inputs, kinds, strict=True)
            if kind == "tensor"
        }
        self.has_one_dtype = len(types) == 1 and not self.type_attributes
        # Dtypes of the inputs -> (host kernel, output dtype): what the front door has learnt.
        self.known: dict[Any, tuple[Callable, DType]] = {}
        self.function: Callable = _front_door(self)

    def host_kernel(self) -> Callable:
        """What computes this op over NumPy arrays."""
        return self.kernels.get("host", self.body)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


_KINDS = {Tensor: "tensor", list: "tensors", Static: "static"}


class FrontDoor(Protocol):
    """What `@op` makes of a block: the function that users call, to be told more about the op."""

    op: Op

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

    def gradient(self, rule: Callable) -> None:
        """Registers the gradient."""

    def kernel(self, machine: str) -> Callable[[Callable], None]:
        """Registers what runs on `machine`, as `Op.kernels` names them, instead of the body."""

    def check(self, rule: Callable) -> None:
        """Registers what a compiled program has to check beside the values: from the arguments of
        the body to a boolean scalar, false where the host's kernel raises. The program then asks
        that kernel, which says what is wrong.
        """


def op(
    name: str, *, shape: Callable, host: Callable | None = None, cost: Cost = "heavy"
) -> Callable[[FunctionType], FrontDoor]:
    """Makes the function below it an op.

    name: the op's name in TensorFlow's registry.
    shape: the shape rule, most often one of core/shape_rules.py.
    host: a ready-made NumPy function for small arrays; calling it straight spares the body's own
        frame (0.15 µs of an add's 0.7).
    cost: see engine/placement.py.
    """

    def decorate(body: FunctionType) -> FrontDoor:
        made = Op(name, body, shape, cost, host)
        registry[name] = made
        function: Any = made.function
        function.op = made
        function.gradient = lambda rule: gradient(made, rule)
        function.check = lambda rule: setattr(made, "check", rule)
        function.kernel = lambda machine: lambda kernel: made.kernels.__setitem__(machine, kernel)
        return function

    return decorate


def gradient(made: Op, rule: Callable) -> None:
    """Registers `rule` as the gradient of an op.

    Its first parameters are the gradients of the outputs; after these it names what it needs of the
    inputs, attributes and outputs (`out` where there is one). It answers one gradient for each
    tensor input (a list for a `list[Tensor]`), None where there is none; a function in place of a
    value is called only if that input's gradient is wanted. A broadcast need not be undone: the
    engine does.
    """
    outputs = [o.name for o in made.definition.outputs]
    results = ["out"] if len(outputs) == 1 else outputs
    given = [*made.inputs, *made.attributes]
    needed = list(inspect.signature(rule).parameters)[len(outputs) :]
    if unknown := set(needed) - {*given, *results}:
        raise TypeError(
            f"The gradient of {made.name} asks for {sorted(unknown)}, which it has not."
        )
    results = [r if r not in given else f"{r}_" for r in results]
    lists = [i for i, o in enumerate(made.definition.outputs) if o.count and len(outputs) > 1]
    made.rule = _regrouped(rule, lists[0], len(outputs), len(needed)) if len(lists) == 1 else rule
    made.save = eval(f"lambda {', '.join(given + results)}: ({''.join(n + ', ' for n in needed)})")


def _regrouped(rule: Callable, place: int, outputs: int, needed: int) -> Callable:
    """The rule of an op one of whose several outputs, that at `place`, is a list: tapes hold the
    gradients of all tensors one after the other.
    """

    def regrouped(*args: Any) -> Any:
        end = len(args) - needed - (outputs - place - 1)
        return rule(*args[:place], list(args[place:end]), *args[end:])

    return regrouped


def no_gradient(function: Any, why: str, is_error: bool = False) -> None:
    """States that an op has no gradient; `why` says for what reason.

    is_error: whether asking for one is an error, as with ops that TensorFlow's registry of
        gradients does not know, rather than None.
    """
    if not is_error:
        function.op.without_gradient = why
        function.op.rule = None


def _nothing(*_: Any) -> tuple:
    return ()


def _missing(name: str) -> Callable:
    """The rule of an op that has none: it complains when a gradient has to go through."""

    def rule(*_: Any) -> None:
        raise LookupError(f"gradient registry has no entry for: {name}")

    return rule


# ---- the front door ------------------------------------------------------------------------------


def door(function: Any) -> Callable:
    """Another front door to an op, for a function that prepares the op's arguments.

        @door(add_op)
        def add(x, y, name=None): ...

    What the quick way can serve never enters the function below the decorator, the door's `behind`;
    everything else does. It spares the commonest calls a frame. The function has the op's
    parameters, and may have more: the quick way then serves the calls in which these are false.
    """

    def decorate(otherwise: Any) -> Any:
        made: Any = _front_door(function.op, otherwise)
        made.behind = otherwise
        return made

    return decorate


def _front_door(made: Op, otherwise: Any = None) -> FunctionType:
    """The function that users call, written out for this op's parameters.

    otherwise: what serves the calls that are not quick and lends its name and words; else `run`.
    """
    body: Any = otherwise or made.body
    signature = inspect.signature(body)
    if any(p.kind is p.VAR_POSITIONAL for p in signature.parameters.values()):
        signature = inspect.signature(made.body)  # `otherwise` takes the op's, whatever they are
    if made.result or not _is_plain(made):
        source = _careful(made, signature)
    else:
        source = _quick(made, signature, otherwise is not None)
    function = FunctionType(
        _compiled(source).replace(co_name=body.__name__, co_qualname=body.__name__),
        {
            "thread": thread,
            "_type": type,
            "EagerTensor": EagerTensor,
            "Readable": Readable,
            "new": EagerTensor.__new__,
            "ndarray": np.ndarray,
            "asarray": np.asarray,
            "known": made.known,
            "STATIC": frozenset({int, tuple}),
            "quick_below": made.quick_below,
            "op": made,
            "run": run,
            "otherwise": otherwise,
            "__name__": body.__module__,
            "__builtins__": __builtins__,
        },
        body.__name__,
        tuple(p.default for p in signature.parameters.values() if p.default is not p.empty),
    )
    function.__doc__ = body.__doc__
    function.__annotations__ = body.__annotations__
    function.__module__ = body.__module__
    function.__qualname__ = body.__qualname__
    return function


def _is_plain(made: Op) -> bool:
    """Whether the op maps single tensors to a single tensor, so that the quick way can serve it."""
    kinds = list(made.inputs.values())
    return "tensor" in kinds and "tensors" not in kinds and not made.definition.outputs[0].count


def _careful(made: Op, signature: inspect.Signature) -> str:
    return f"def front_door({', '.join(signature.parameters)}):\n    {_handing_over(made)}\n"


def _handing_over(made: Op) -> str:
    inputs = "".join(f"{n}, " for n in made.inputs)
    attributes = "".join(f"{n}, " for n in made.attributes)
    return f"return run(op, ({inputs}), ({attributes}), name)"


def _quick(made: Op, signature: inspect.Signature, has_otherwise: bool) -> str:
    """The front door of an op over single tensors. Its own names begin with `_`; an op's do not."""
    rest = f"return otherwise({', '.join(signature.parameters)})"
    tensors = [n for n, kind in made.inputs.items() if kind == "tensor"]
    statics = [n for n, kind in made.inputs.items() if kind == "static"]
    first, *others = tensors
    conditions = [f"_type({n}) is EagerTensor" for n in tensors]
    conditions += [f"_type({n}) in STATIC" for n in statics]
    more = signature.parameters.keys() - {*made.inputs, *made.attributes, "name"}
    conditions += [f"not {n}" for n in signature.parameters if n in more]
    if made.has_one_dtype:
        conditions += [f"{n}._dtype is {first}._dtype" for n in others]
        key = f"{first}._dtype"
    else:
        key = ", ".join([f"{n}._dtype" for n in tensors] + made.type_attributes)
    # An op that NumPy serves at every size need not ask for it.
    is_small = ""
    if made.quick_below < NEVER:
        is_small = " if " + " and ".join(f"_{n}.size < quick_below" for n in tensors) + " else None"
    arguments = "".join(f", _{n}" if n in tensors else f", {n}" for n in made.inputs)
    arguments += "".join(f", {n}" for n in made.attributes)
    given = "".join(f"{n}, " for n in made.inputs)
    attributes = "".join(f"{n}, " for n in made.attributes)
    return (
        f"def front_door({', '.join(signature.parameters)}):\n"
        + "".join(
            f"    if _type({n}) is not EagerTensor and isinstance({n}, Readable):\n"
            f"        {n} = {n}._read()\n"
            for n in tensors
        )
        + "    _context = thread.context\n"
        f"    if _context.is_quick and {' and '.join(conditions)}:\n"
        "        try:\n"
        f"            _kernel, _dtype = known[{key}]\n"
        # A kernel of the host may call methods, and those of XLA's arrays clip where NumPy's raise.
        + "".join(
            f"            _{n} = {n}._array\n"
            f"            if _type(_{n}) is not ndarray:\n"
            f"                _{n} = asarray(_{n})\n"
            for n in tensors
        )
        + f"            _value = _context.run(_kernel{arguments}){is_small}\n"
        "        except Exception:\n"
        "            _value = None  # the careful way says what is wrong\n"
        "        if _value is not None:\n"
        "            if _type(_value) is not ndarray:\n"
        "                _value = asarray(_value)\n"
        "            _result = new(EagerTensor)\n"
        "            _result._array = _value\n"
        "            _result._dtype = _dtype\n"
        "            _result._id = 0\n"
        "            for _recorder in _context.recorders:\n"
        f"                _recorder.record(op, ({given}), ({attributes}), _result)\n"
        "            return _result\n"
        f"    {rest if has_otherwise else _handing_over(made)}\n"
    )


@cache
def _compiled(source: str) -> CodeType:
    """The code of one front door; ops with the same parameters share it."""
    module = compile(source, "<front door>", "exec")
    return next(c for c in module.co_consts if hasattr(c, "co_code"))
