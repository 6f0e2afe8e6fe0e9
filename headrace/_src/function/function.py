"""`tf.function`: a Python function that is traced once for each kind of arguments.

The one idea is two look-ups. The quick one serves a call that has been made like this before: the
dtypes and shapes of its tensors, in a tuple, are the key to a closure that runs the graph; nothing
is inspected and no lock is taken. All else goes the careful way: bind the arguments to the
signature, find the type of each, and look for a trace of just these types, then for one of wider
types, of these the narrowest. If there is none, the function is traced, and the quick look-up
learns of it.

Methods: asked for on an instance, a `Function` answers another one, for that instance, which holds
it weakly.

Read next: function/spelling.py (the key), function/concrete.py, function/lifting.py (variables made
inside), function/retraces.py.
"""

import functools
import weakref
from collections.abc import Callable
from typing import Any

from headrace._src.core.context import thread
from headrace._src.core.settings import settings
from headrace._src.core.tensor import EagerTensor, Tensor
from headrace._src.engine.graph import Graph, user_frames
from headrace._src.function import function_type as signatures
from headrace._src.function.compiler_ir import compiler_ir
from headrace._src.function.concrete import ConcreteFunction
from headrace._src.function.explain import Plan
from headrace._src.function.function_type import Call, FunctionSpec, FunctionType, flat_tensors
from headrace._src.function.lifting import Creation
from headrace._src.function.messages import has_pictures, to_svg
from headrace._src.function.retraces import Reason, Retraces, changes, history_of, warn
from headrace._src.function.spelling import another, mapped, spelled, tensor_for_array
from headrace._src.function.trace import trace
from headrace._src.function.trace_type import CastContext
from headrace._src.function.waiting import TracingLock
from headrace._src.objects import tracing_types
from headrace._src.objects.variable import ResourceVariable

# So many spellings of calls are remembered before the quick look-up starts anew.
_REMEMBERED = 4096

# Who wants to be told of every new trace: functions of a `ConcreteFunction`.
listeners: list[Callable[[ConcreteFunction], None]] = []


class Function(tracing_types.PolymorphicFunction):
    """A traced function; what `tf.function` makes, where the arguments are described.

    >>> f = tf.function(lambda x: x + 1)
    >>> f(tf.constant(1)), f.experimental_get_tracing_count()
    (<tf.Tensor: shape=(), dtype=int32, numpy=2>, 1)
    """

    def __init__(
        self,
        python_function: Callable,
        name: str,
        input_signature: Any = None,
        autograph: bool = True,
        jit_compile: bool | None = None,
        reduce_retracing: bool = False,
        experimental_implements: str | None = None,
        experimental_autograph_options: Any = None,
        experimental_attributes: dict[str, Any] | None = None,
        instance: weakref.ref | None = None,
    ) -> None:
        if input_signature is not None:
            signatures.check_input_signature(input_signature)
        self._options = (
            input_signature,
            autograph,
            jit_compile,
            reduce_retracing,
            experimental_implements,
            experimental_autograph_options,
            experimental_attributes,
        )
        self._python_function = python_function
        self._name = name
        self._instance = instance
        self._input_signature = None if input_signature is None else tuple(input_signature)
        self._autograph = autograph
        self._features = experimental_autograph_options
        self._jit_compile = jit_compile
        self._reduce_retracing = reduce_retracing
        self._attributes = dict(experimental_attributes or {})
        if experimental_implements is not None:
            self._attributes["_implements"] = experimental_implements
        plain, self._defaults = signatures.of_callable(python_function, instance is not None)
        self._function_type = (
            plain
            if input_signature is None
            else signatures.constrained(plain, self._defaults, input_signature)
        )
        self._lock = TracingLock()
        # By names and types of the arguments, the traces; by what `spelled` says, short cuts.
        self._traces: dict[Any, ConcreteFunction] = {}
        self._quick: dict[Any, Callable[[Any], Any]] = {}
        self._is_settled = False
        self._has_variables = False
        self._calls = 0
        self._runs = 0
        self._count = 0
        self._reasons: list[Reason] = []
        self._history = history_of(python_function)
        # By the identity of the instance: it, weakly, and its function.
        self._bound: dict[int, tuple[weakref.ref, Function]] = {}
        functools.update_wrapper(self, python_function, updated=())
        if not isinstance(python_function, Function):
            # What a user has put on the function, but never in the place of our own.
            vars(self).update(getattr(python_function, "__dict__", {}) | vars(self))

    # ---- calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The result for these arguments, after a trace if they are of a new kind."""
        if thread.context.graph is not None or settings.run_functions_eagerly:
            return self._call(args, kwargs)
        leaves: Any = args
        # Most functions take one tensor or a few; nothing here may cost.
        key: Any = []
        for x in args:
            if type(x) is not EagerTensor:
                key, leaves = spelled(args, kwargs, self._input_signature is None)
                break
            key += x._dtype, x._array.shape
        else:
            if kwargs:
                key, leaves = spelled(args, kwargs, self._input_signature is None)
            else:
                key = tuple(key)
        run = self._quick.get(key)
        if run is None:
            return self._call(args, kwargs)
        self._calls += 1
        self._history.untraced += 1
        return run(leaves)

    def _call(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if settings.run_functions_eagerly:
            if self._instance is not None:
                args = (self._instance(), *args)
            return self._python_function(*args, **kwargs)
        is_eager = thread.context.graph is None
        if self._input_signature is None and is_eager:
            args, kwargs = mapped(tensor_for_array, args), mapped(tensor_for_array, kwargs)
        call, types = self._bind(args, kwargs, CastContext())
        found = self._find(call, types)
        self._calls += 1
        is_new = found is None
        if found is None:
            found, is_new = self._trace(call, types, self._calls)
        if is_eager:
            self._consider(is_new)
        flat = flat_tensors(found._types, call.values)
        if is_eager:
            self._remember(found, args, kwargs, flat)
        return found.run(flat)

    def _remember(
        self, found: ConcreteFunction, args: tuple, kwargs: dict[str, Any], flat: list[Any]
    ) -> None:
        """Lets calls like this one take the short cut from now on, if they can have one."""
        key, leaves = spelled(args, kwargs, True)
        if key is None:
            return
        if len(set(map(id, leaves))) < len(leaves):
            # A tensor given twice: which is which shows with two that are not the same object.
            args, kwargs = mapped(another, args), mapped(another, kwargs)
            call, _ = self._bind(args, kwargs, CastContext())
            leaves, flat = spelled(args, kwargs, True)[1], flat_tensors(found._types, call.values)
        run = found.quick(leaves, flat)
        if run is not None:
            if len(self._quick) >= _REMEMBERED:
                self._quick.clear()
            self._quick[key] = run

    def _consider(self, is_new: bool) -> None:
        """Counts a call, and warns where too many have traced."""
        if not is_new:
            self._history.untraced += 1
            return
        counted = self._history.traced()
        if counted is not None:
            warn(self._python_function, *counted, self._reasons[-1])

    # ---- from arguments to a trace

    def _bind(
        self, args: tuple, kwargs: dict[str, Any], context: CastContext
    ) -> tuple[Call, tuple[Any, ...]]:
        """The call in canonical form, and the types of its arguments."""
        function_type = self._function_type
        try:
            call = signatures.canonical(function_type, self._defaults, args, kwargs)
            if self._input_signature is None:
                return call, signatures.types_of(call)
            values = signatures.cast_to(function_type, call, context)
        except (TypeError, ValueError, AttributeError, KeyError) as error:
            if str(error).startswith("Could not generate a generic TraceType"):
                raise
            raise TypeError(signatures.binding_error(error, args, kwargs, function_type)) from error
        types = tuple([p.annotation for p in function_type.parameters.values()])
        return call._replace(values=values), types

    def _find(self, call: Call, types: tuple[Any, ...]) -> ConcreteFunction | None:
        """The trace for these types: of just them, else the narrowest of wider ones."""
        root = _root()
        found = self._traces.get((call.names, types, root))
        if found is not None:
            return found
        for (names, known, its_root), candidate in self._traces.items():
            if names != call.names or its_root is not root:
                continue
            if all(a.is_subtype_of(b) for a, b in zip(types, known, strict=True)) and (
                found is None
                or all(a.is_subtype_of(b) for a, b in zip(known, found._types, strict=True))
            ):
                found = candidate
        return found

    def _trace(
        self, call: Call, types: tuple[Any, ...], number: int
    ) -> tuple[ConcreteFunction, bool]:
        """The trace for a call that has none yet, and whether it was made here.

        number: of the call; 0 where nobody calls.
        """
        with self._lock:
            found = self._find(call, types)
            if found is not None:
                return found, False  # another thread was faster
            runs = self._runs
            wider = self._widened(call, types) if self._reduce_retracing else types
            found = self._traced_with_variables(call, wider)
            known = [(c._names, c._types) for c in self._traces.values()]
            why = changes(call.names, types, known)
            self._reasons.append(Reason(number, why, self._runs - runs, _where()))
            # Readers do not lock: they see the old dictionary or the new one.
            self._traces = {**self._traces, (call.names, wider, _root()): found}
        for listener in listeners:
            listener(found)
        return found, True

    def _widened(self, call: Call, types: tuple[Any, ...]) -> tuple[Any, ...]:
        """Types that take in `types` and as many of the known ones as possible."""
        for names, known, _ in self._traces:
            if names == call.names:
                merged = tuple(
                    [
                        a.most_specific_common_supertype([b])
                        for a, b in zip(types, known, strict=True)
                    ]
                )
                if None not in merged:
                    types = merged
        return types

    def _traced_with_variables(self, call: Call, types: tuple[Any, ...]) -> ConcreteFunction:
        """The trace; where it makes the function's variables, the one after that."""
        creation = Creation(is_allowed=not self._has_variables)
        found = self._traced(call, types, creation)
        if creation.made:
            inputs = flat_tensors(types, call.values)
            known = all(isinstance(x, (Tensor, ResourceVariable)) for x in inputs)
            creation.initialize(found.graph, inputs if known else None)
            self._has_variables = True
            if self._is_settled:
                raise ValueError(
                    "Creating variables on a non-first call to a function decorated with "
                    "tf.function."
                )
            found = self._traced(call, types, Creation(is_allowed=False))
        self._is_settled = True
        return found

    def _traced(self, call: Call, types: tuple[Any, ...], creation: Creation) -> ConcreteFunction:
        function = self._python_function

        def arguments(graph: Any) -> tuple[list[Any], dict[str, Any]]:
            graph.attributes.update(self._attributes)
            if self._jit_compile is not None:
                graph.attributes["jit_compile"] = self._jit_compile
            args, kwargs = signatures.placeholders(graph, call, types)
            if self._instance is not None:
                args.insert(0, self._instance())
            return args, kwargs

        self._runs += 1
        with creation.scope():
            graph = trace(
                function,
                self._name,
                arguments,
                autograph=self._autograph,
                features=self._features,
            )
        self._count += 1
        return ConcreteFunction(graph, call, types)

    # ---- traces as users ask for them

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The trace for arguments like these, in which specs may stand for tensors.

        With an `input_signature`, no arguments are needed.

        >>> f = tf.function(lambda x: x * 2)
        >>> f.get_concrete_function(tf.TensorSpec([None], tf.float32)).output_shapes
        TensorShape([None])

        Raises TypeError where the arguments do not fit the signature.
        """
        if self._input_signature is not None and not args and not kwargs:
            args = self._input_signature
        call, types = self._bind(args, kwargs, CastContext(allow_specs=True))
        found = self._find(call, types)
        return self._trace(call, types, 0)[0] if found is None else found

    def get_initialization_function(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: variables are given their values when they are made."""
        if self._is_settled:
            raise RuntimeError(
                "get_initialization_function cannot be called after the function has been used"
            )
        raise NotImplementedError(
            "headrace has no Function.get_initialization_function: variables that a function makes "
            "have their initial values as soon as it is traced."
        )

    def experimental_get_compiler_ir(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """A function `(stage="hlo")` that answers the compiled program at that stage.

        Raises ValueError for a function without `jit_compile=True`.
        """
        if not self._jit_compile:
            raise ValueError(
                "Compiler IR can only be returned for functions marked with 'jit_compile=True'"
            )
        call, types = self._bind(args, kwargs, CastContext(allow_specs=True))
        found = self.get_concrete_function(*args, **kwargs)
        inputs = flat_tensors(types, call.values)

        def ir(
            stage: str = "hlo", device_name: str | None = None, platform_name: str | None = None
        ) -> Any:
            for argument, value in (("device_name", device_name), ("platform_name", platform_name)):
                if value is not None:
                    raise NotImplementedError(
                        f"experimental_get_compiler_ir: headrace has no `{argument}` yet."
                    )
            return compiler_ir(found.graph, inputs, stage)

        return ir

    def experimental_get_tracing_count(self) -> int:
        """How often the function has been traced."""
        return self._count

    def explain(self) -> Plan:
        """How each trace runs: what is compiled together, what runs on the host and why, and what
        compiling took. TensorFlow has nothing like it.

        >>> f = tf.function(lambda x: tf.boolean_mask(x, x > 0.))
        >>> _ = f(tf.constant([1., -1.]))
        >>> "host step" in str(f.explain())
        True
        """
        return Plan(
            (f"{self._name}{c._function_type}:", c.graph)
            for c in self._list_all_concrete_functions()
        )

    def explain_retraces(self) -> Retraces:
        """Why each trace was made: which argument was of a new type, in which call, and where.

        Printed, it is a table; it also is a sequence of reasons, one for each trace. TensorFlow has
        nothing like it.

        >>> f = tf.function(lambda x: x)
        >>> _ = f(tf.zeros(2)), f(tf.zeros(2)), f(tf.zeros(3))
        >>> for reason in f.explain_retraces():
        ...     print(reason.call, *reason.changes)
        1
        3 argument 'x': shape (2,) -> (3,)
        """
        return Retraces(self._name, self._calls, self._runs, self._reasons)

    def to_svg(self, depth: int | None = None) -> str:
        """A picture of the graph that was traced last, as SVG; a notebook shows it by itself.

        depth: how many levels of graphs within graphs are drawn; all by default.

        Raises ValueError before the first trace, ImportError without the extra
        `headrace[picture]`. TensorFlow has nothing like it.
        """
        traces = self._list_all_concrete_functions()
        if not traces:
            raise ValueError(f"{self._name!r} has not been traced: call it, then draw it.")
        return to_svg(traces[-1].graph, depth)

    def _repr_svg_(self) -> str | None:
        return self.to_svg() if self._traces and has_pictures() else None

    def pretty_printed_concrete_signatures(self, verbose: bool = True) -> str:
        """The signatures of all traces."""
        shown = [c.pretty_printed_signature(verbose) for c in self._traces.values()]
        return ("\n\n" if verbose else "\n").join(shown)

    def _list_all_concrete_functions(self) -> list[ConcreteFunction]:
        return list(self._traces.values())

    # ---- what it is

    @property
    def name(self) -> str:
        """The name of the Python function."""
        return self._name

    @property
    def python_function(self) -> Callable:
        """The Python function, not traced; of a method, bound to the instance."""
        if self._instance is None:
            return self._python_function
        return self._python_function.__get__(self._instance())

    @property
    def input_signature(self) -> tuple | None:
        """The specs that all calls must fit, or None."""
        return self._input_signature

    @property
    def function_type(self) -> FunctionType:
        """The signature, with types only where the input signature gives them."""
        return self._function_type

    @property
    def function_spec(self) -> FunctionSpec:
        """The signature in other words."""
        return FunctionSpec(
            self._function_type, self._defaults, self._input_signature, self._jit_compile
        )

    # ---- methods and copies

    def __get__(self, instance: Any, owner: Any = None) -> "Function":
        if instance is None:
            return self
        known = self._bound.get(id(instance))
        if known is not None and known[0]() is instance:
            return known[1]
        key, bound = id(instance), self._bound
        ref = weakref.ref(instance, lambda _: bound.pop(key, None))
        method = Function(self._python_function, self._name, *self._options, instance=ref)
        bound[key] = ref, method
        return method

    def __copy__(self) -> "Function":
        return Function(self._python_function, self._name, *self._options, instance=self._instance)

    def __deepcopy__(self, memo: dict) -> "Function":
        return self.__copy__()


Function.__module__ = "tensorflow.python.eager.polymorphic_function.polymorphic_function"


def _root() -> Graph | None:
    """The graph around all functions that are being traced; None in eager mode."""
    graph = thread.context.graph
    while graph is not None and graph.building_function:
        graph = graph.outer
    return graph


def _where() -> str:
    frames = user_frames()
    if not frames:
        return "?"
    code, line = frames[0]
    return f"{code.co_filename}:{line}"


# Without annotations, for programs ask for the signature and compare it with TensorFlow's.
def function(  # type: ignore[no-untyped-def]
    func=None,
    input_signature=None,
    autograph=True,
    jit_compile=None,
    reduce_retracing=False,
    experimental_implements=None,
    experimental_autograph_options=None,
    experimental_attributes=None,
    experimental_relax_shapes=None,
    experimental_compile=None,
    experimental_follow_type_hints=None,
) -> tracing_types.PolymorphicFunction:
    """A function that runs as a graph: Python runs once for each kind of arguments, to trace it.

    func: a Python function; without it, a decorator.
    input_signature: specs that all calls must fit, so that there is a single trace.
    autograph: whether `if`, `for` and `while` over tensors become part of the graph.
    jit_compile: True compiles the whole function with XLA, or fails.
    reduce_retracing: after a second shape, trace for all shapes like both.
    experimental_implements: the name of a known function that this one implements.
    experimental_autograph_options: `tf.autograph.experimental.Feature`s to switch on.
    experimental_attributes: attributes of the function's FunctionDef.
    experimental_relax_shapes, experimental_compile: older names of `reduce_retracing` and
        `jit_compile`. experimental_follow_type_hints: of no effect, in TensorFlow too.

    Tensors of one dtype and shape share a trace; each other Python value has its own.

    >>> @tf.function
    ... def power(x, n):
    ...     print("tracing for n =", n)
    ...     return x ** n
    >>> [int(power(tf.constant(x), 2)) for x in (1, 2, 3)]
    tracing for n = 2
    [1, 4, 9]

    Raises TypeError where `func` is not callable or the signature does not fit it.
    """
    if experimental_relax_shapes is not None:
        reduce_retracing = experimental_relax_shapes
    if experimental_compile is not None:
        jit_compile = experimental_compile
    del experimental_follow_type_hints
    if input_signature is not None:
        signatures.check_input_signature(input_signature)

    def decorated(inner: Callable) -> Function:
        if not callable(inner):
            raise TypeError(f"{inner!r} is not a callable object")
        return Function(
            inner,
            getattr(inner, "__name__", "function"),
            input_signature,
            autograph,
            jit_compile,
            reduce_retracing,
            experimental_implements,
            experimental_autograph_options,
            experimental_attributes,
        )

    answer: Any = decorated if func is None else decorated(func)
    return answer
