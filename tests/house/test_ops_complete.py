"""Every op is complete: it agrees with the registry, has rule, gradient, words, row and example.

A row counts for all ops that run while it, or its gradient, does; so an op that only a gradient
needs is covered by the row of the function whose gradient that is. In the same way an op that is
not public has its example at the public functions that call it: each of these has one.

Read next: headrace/_src/engine/op.py.
"""

import inspect
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, get_args

import pytest

from headrace import _lazy
from headrace._src.engine.op import Op
from headrace._src.engine.placement import Cost
from tests.cases.row import Case
from tests.registry import OPS
from tests.rows import Derivatives, call, cases, listening

FACE = Path(_lazy.__file__).parent

each_op = pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))


@each_op
def test_its_inputs_are_the_registrys(op: Op):
    wanted = op.definition.inputs
    assert list(op.inputs) == [argument.name for argument in wanted]
    for argument, kind in zip(wanted, op.inputs.values(), strict=True):
        if argument.count:
            assert kind == "tensors", f"{argument.name} is a list of tensors"
        else:
            assert kind != "tensors", f"{argument.name} is a single tensor"


@each_op
def test_its_attributes_are_the_registrys(op: Op):
    assert set(op.attributes) <= set(op.definition.attrs)


@each_op
def test_its_parameters_come_in_order(op: Op):
    """Inputs, attributes, and last the name."""
    parameters = inspect.signature(op.body).parameters
    assert list(parameters) == [*op.inputs, *op.attributes, "name"]
    assert parameters["name"].default is None
    assert str(inspect.signature(op.function)) == str(inspect.signature(op.body))


@each_op
def test_it_has_a_shape_rule(op: Op):
    assert callable(op.shape)


@each_op
def test_its_machines_exist(op: Op):
    assert op.cost in get_args(Cost)
    assert set(op.kernels) <= {"host", "pieces", "xla", "xla:gpu", "dynamic"}


@each_op
def test_it_has_a_gradient_or_says_why_not(op: Op):
    assert (op.rule is None) != (not op.without_gradient), (
        "an op has a gradient, or a no_gradient(op, why=...); not both, not neither"
    )


@each_op
def test_it_has_words(op: Op):
    assert first_line(op.body).endswith((".", ":")), "a docstring begins with one line, a sentence"


def first_line(function: Any) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]


@cache
def public() -> dict[str, FunctionType]:
    """The public functions that ops/ and objects/ define, by their public names."""
    found = {}
    for stub in sorted(FACE.rglob("__init__.pyi")):
        namespace = ".".join(stub.parent.relative_to(FACE.parent).parts)
        for name, (source, attribute) in _lazy.read(stub.read_text()).items():
            if source.startswith(("headrace._src.ops.", "headrace._src.objects.")) and attribute:
                value = getattr(import_module(source), attribute)
                if isinstance(value, FunctionType):
                    found[f"{namespace}.{name}".replace("headrace", "tf", 1)] = value
    return found


@pytest.mark.parametrize("name", public())
def test_a_public_function_has_an_example(name):
    text = public()[name].__doc__ or ""
    assert ">>> " in text, f"{name}: a docstring shows a call and its result"


@cache
def covered() -> tuple[set[str], list[str]]:
    """The ops that run while each row and its gradient is run once, and the rows that failed.

    Why a row fails is the business of tests/test_ops.py.
    """
    ran: set[str] = set()
    failed: list[str] = []
    for title, row in cases():
        with listening() as calls:
            try:
                run(row)
            except Exception:
                failed.append(title)
        ran.update(made.op.name for made in calls)
    return ran, failed


def run(row: Case) -> None:
    """A row with its longest floating dtype, and its derivatives."""
    dtypes = row.dtypes()
    dtype = next((d for d in dtypes if d.name == "float64"), dtypes[0])
    call(row, dtype)
    if row.gradient and dtype.is_differentiable:
        point = Derivatives(row, dtype)
        found = point.first(point.inputs, point.weights)
        if row.gradient is True:
            turned = [None if gradient is None else gradient.numpy() for gradient in found]
            point.second(point.inputs, point.weights, turned)


@each_op
def test_a_row_runs_it(op: Op):
    ran, failed = covered()
    assert op.name in ran, f"no row of tests/cases runs {op.name} (rows that fail: {failed})"
