"""`ag__.while_stmt`: a loop of Python's, or `tf.while_loop` where the condition is a tensor.

With a tensor one round is traced. Its variables begin as tensors, and every round has to leave what
the next can begin with: the same structure, dtype and shape. A variable that has no value before
the loop, or None, is given zeros of the kind that a first, discarded trace of the round finds in
it.

Read next: function/autograph/operators/iterations.py, objects/control_flow.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

from headrace._src.core import nest
from headrace._src.function.autograph.operators import staging
from headrace._src.function.autograph.operators.agreement import (
    check_condition,
    check_invariant,
    check_round,
    invariant_of,
    shapes_of,
)
from headrace._src.function.autograph.operators.variables import NoReturnYet, Undefined

NOTHING: Mapping[str, Any] = {}

# Where to read on, in TensorFlow's own words.
MORE = (
    "See https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/autograph/g3doc/"
    "reference/limitations.md#consistency-of-control-flow-types for more info."
)


def while_stmt(
    test: Callable[[], Any],
    body: Callable[[], Any],
    get_state: Callable[[], tuple] = tuple,
    set_state: Callable[[tuple], None] = lambda _: None,
    names: tuple[str, ...] = (),
    options: Mapping[str, Any] = NOTHING,
) -> None:
    """Runs `body` while `test()` is true. `options`: as the user gave them to set_loop_options."""
    goes_on = _first(test)
    if staging.is_symbolic(goes_on):
        Loop(names, get_state, set_state, options).run(
            hidden=[], test=lambda _: test(), body=lambda _: body() or []
        )
        return
    while goes_on:
        body()
        goes_on = test()
        if staging.is_symbolic(goes_on):
            raise NotImplementedError(
                "The condition of while loop started as non-Tensor, then changed to Tensor. This "
                "may happen either because variables changed type, or when a break or return "
                "statement inside the loop depends on a Tensor condition. In both cases, changing "
                f"to a TF loop should remove the error.\n{MORE}"
            )


def _first(test: Callable[[], Any]) -> Any:
    """The first answer of a test, without ops in the graph if it is a tensor."""
    if not staging.is_tracing():
        return test()
    with staging.scratch() as graph:
        goes_on = test()
    if staging.is_symbolic(goes_on) or not graph.get_operations():
        return goes_on
    return test()  # it did something to the graph on the way, which counts


class Loop:
    """A loop in a graph, over the state of a `while` or `for` of the user's.

    names, get_state, set_state: the state. options: how to run it.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        get_state: Callable[[], tuple],
        set_state: Callable[[tuple], None],
        options: Mapping[str, Any],
    ) -> None:
        self._names = names
        self._get_state, self._set_state = get_state, set_state
        self._options = dict(options)
        self._shapes = self._options.pop("shape_invariants", ())
        self._before = get_state()

    def run(
        self,
        hidden: list[Any],
        test: Callable[[list[Any]], Any],
        body: Callable[[list[Any]], list[Any]],
        rounds: int | None = None,
    ) -> None:
        """Runs the loop and sets the state to what is left at its end.

        hidden: the first values of variables that the user does not see, such as a counter.
        test, body: take these variables; `body` answers their next values.
        rounds: how many rounds there are at most, if that is known.
        """
        try:
            ends = self._ends(hidden, test, body, rounds)
        except BaseException:
            self._set_state(self._before)
            raise
        self._set_state(ends)

    def _ends(
        self, hidden: list[Any], test: Callable, body: Callable, rounds: int | None
    ) -> tuple[Any, ...]:
        before = self._with_values(hidden, body)
        # A round leaves it as it is, for reasons that Python knows.
        is_idle = [value is None or isinstance(value, Undefined) for value in before]
        carried = [i for i, idle in enumerate(is_idle) if not idle]
        names = tuple(self._names[i] for i in carried)
        start = [_tensors(before[i]) for i in carried]
        invariants = [self._invariant(self._before[i], before[i]) for i in carried]
        for name, value, invariant in zip(names, start, invariants, strict=True):
            check_invariant(name, value, invariant)
        count = len(hidden)

        def enter(values: tuple[Any, ...]) -> list[Any]:
            state = list(before)
            for i, value in zip(carried, values[count:], strict=True):
                state[i] = value
            self._set_state(tuple(state))
            return list(values[:count])

        def goes_on(*values: Any) -> Any:
            answer = test(enter(values))
            if staging.is_symbolic(answer):
                check_condition(answer, "while loop")
            return staging.tensor(answer)

        def round_(*values: Any) -> list[Any]:
            following = body(enter(values))
            state = self._get_state()
            ends = [state[i] for i in carried]
            check_round(names, list(values[count:]), ends, invariants)
            return [*following, *(_tensors(end) for end in ends)]

        options = {"maximum_iterations": rounds} | self._options
        if self._shapes:
            shapes = [shapes_of(invariant_of(value), value) for value in hidden]
            shapes += [shapes_of(i, value) for i, value in zip(invariants, start, strict=True)]
            options["shape_invariants"] = shapes
        first = [*hidden, *start]
        if not first:  # a loop for its effects alone; `while_loop` wants a variable
            ends = staging.while_loop(
                lambda _: goes_on(), lambda x: [*round_(), x], [staging.tensor(0)], **options
            )[:0]
        else:
            ends = staging.while_loop(goes_on, round_, first, **options)
        result = list(before)
        for i, value in zip(carried, list(ends)[count:], strict=True):
            result[i] = value
        return tuple(result)

    def _invariant(self, given: Any, value: Any) -> Any:
        for variable, shape in self._shapes:
            if variable is given:
                return shape
        return invariant_of(value)

    # ---- variables without a value before the loop

    def _with_values(self, hidden: list[Any], body: Callable) -> list[Any]:
        before = list(self._before)
        missing = [i for i, v in enumerate(before) if v is None or isinstance(v, Undefined)]
        if not missing:
            return before
        for i in missing:
            if isinstance(before[i], NoReturnYet) and not before[i].is_followed:
                raise NotImplementedError(
                    "a return statement cannot be placed inside this TensorFlow loop; this may "
                    "happen if a return statement depends on a static Python condition such as a "
                    "hyperparameter"
                )
        found = self._found_in_one_round(hidden, body, missing)
        for i in missing:
            if not (found[i] is None or isinstance(found[i], Undefined)):
                before[i] = nest.map_structure(staging.zeros_like, found[i])
                self._shapes = [*self._shapes, (self._before[i], _shapes_of_all(found[i]))]
        return before

    def _found_in_one_round(
        self, hidden: list[Any], body: Callable, missing: list[int]
    ) -> tuple[Any, ...]:
        """The state at the end of a round that is thrown away."""
        try:
            with staging.scratch():
                self._set_state(
                    tuple(
                        v if i in missing else nest.map_structure(_opaque, v)
                        for i, v in enumerate(self._before)
                    )
                )
                body([_opaque(value) for value in hidden])
                return self._get_state()
        except Exception as error:
            named = [i for i in missing if not isinstance(self._before[i], NoReturnYet)]
            if not named:
                raise  # nothing that the user could have defined
            name = self._names[named[0]]
            raise ValueError(
                f"'{name}' must be defined before the loop\nNote: AutoGraph tried to define it "
                f"automatically, but ran into a {type(error).__name__}: {error}"
            ) from error


def _tensors(value: Any) -> Any:
    return nest.map_structure(_tensor, value)


def _tensor(value: Any) -> Any:
    try:
        return staging.tensor(value)
    except ValueError:
        raise TypeError(
            f"Failed to convert elements of {value} to Tensor. Consider casting elements to a "
            "supported type. See https://www.tensorflow.org/api_docs/python/tf/dtypes for "
            "supported TF dtypes."
        ) from None


def _opaque(value: Any) -> Any:
    """`value` as a tensor that Python cannot look into, as it will be inside the loop."""
    return staging.anew(staging.tensor(value))


def _shapes_of_all(value: Any) -> Any:
    return nest.map_structure(lambda leaf: invariant_of(leaf), value)
