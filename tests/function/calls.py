"""One call of every public function that makes graph nodes: what names.tsv tells the names of.

`calls()` takes the rows of tests/cases, a few for each function, and adds `WRITTEN` for the
functions that the rows do not reach: control flow, variables, random numbers, asserts. A call knows
no particular TensorFlow: `run(tf, inputs)` gets the module to use, which is Headrace in
tests/function/test_names.py and the real TensorFlow in tools/record_names.py.

Read next: tests/function/test_names.py.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import headrace
from headrace import _lazy
from headrace._src.core.dtypes import DType
from headrace._src.core.indexed_slices import IndexedSlices
from tests.cases.row import Case
from tests.rows import cases_in_graphs

FACE = Path(headrace.__file__).parent
MOST = 4  # rows of one function; they differ in how many nodes they need, and seldom in more

# What the expressions below may mention; each is an argument of the traced function.
INPUTS = {
    "x": np.float32([0.5, -1.5, 2.0]),
    "y": np.float32([1.0, 2.0, 0.25]),
    "m": np.float32([[4.0, 1.0], [1.0, 3.0]]),
    "n": np.float32([[1.0, 2.0], [0.5, 1.0]]),
    "diagonals": np.float32([[1.0, 0.0], [1.0, 2.0], [0.0, 1.0]]),
    "s": np.float32(1.5),
    "i": np.int32([3, 1, 2]),
    "k": np.int32(2),
    "b": np.bool_([True, False, True]),
}

WRITTEN = """
Assert                          tf.Assert(s > 0, [s])
Tensor.__getitem__              m[0, 1:]
Tensor.__getitem__              m[..., tf.newaxis]
Tensor.__getitem__              x[k]
TensorArray                     tf.TensorArray(tf.float32, 3).unstack(x).stack()
TensorArray                     tf.TensorArray(tf.float32, 3).write(0, s).read(0)
Variable.assign                 v.assign(x)
Variable.assign_add             v.assign_add(x)
Variable.assign_sub             v.assign_sub(x)
Variable.read_value             v.read_value()
Variable.value                  v + x
boolean_mask                    tf.boolean_mask(x, b)
case                            tf.case([(s > 1, lambda: x), (s > 0, lambda: y)], default=lambda: x)
clip_by_global_norm             tf.clip_by_global_norm([x, y], 1.0)
cond                            tf.cond(s > 0, lambda: x, lambda: y)
einsum                          tf.einsum("ij,jk->ik", m, n)
foldl                           tf.foldl(lambda a, c: a + c, x)
foldr                           tf.foldr(lambda a, c: a + c, x)
gradients                       tf.gradients(x * x, x)
group                           tf.group(x, y)
identity                        tf.identity(tf.stop_gradient(x))
identity                        tf.identity(x, name="result")
map_fn                          tf.map_fn(lambda e: e * 2, x)
matrix_square_root              tf.linalg.sqrtm(m)
no_op                           tf.no_op()
numpy_function                  tf.numpy_function(lambda a: a, [x], tf.float32)
parallel_stack                  tf.parallel_stack([x, y])
print                           tf.print(x)
py_function                     tf.py_function(lambda a: a, [x], tf.float32)
scan                            tf.scan(lambda a, c: a + c, x)
switch_case                     tf.switch_case(k, [lambda: x, lambda: y])
tuple                           tf.tuple([x, y])
vectorized_map                  tf.vectorized_map(lambda e: e * 2, x)
while_loop                      tf.while_loop(lambda a: a < 5, lambda a: a + 1, [k])
assert_equal                    tf.debugging.assert_equal(x, y)
assert_greater                  tf.debugging.assert_greater(x, y)
assert_less                     tf.debugging.assert_less(x, y)
debugging.assert_near           tf.debugging.assert_near(x, y)
debugging.assert_none_equal     tf.debugging.assert_none_equal(x, y)
debugging.assert_positive       tf.debugging.assert_positive(x)
debugging.assert_non_negative   tf.debugging.assert_non_negative(x)
debugging.assert_all_finite     tf.debugging.assert_all_finite(x, "finite")
linalg.banded_triangular_solve  tf.linalg.banded_triangular_solve(m, n)
linalg.cholesky                 tf.linalg.cholesky(m)
linalg.det                      tf.linalg.det(m)
linalg.eig                      tf.linalg.eig(m)
linalg.eigh                     tf.linalg.eigh(m)
linalg.eigvalsh                 tf.linalg.eigvalsh(m)
linalg.inv                      tf.linalg.inv(m)
linalg.logdet                   tf.linalg.logdet(m)
linalg.logm                     tf.linalg.logm(tf.cast(m, tf.complex128))
linalg.lu                       tf.linalg.lu(m)
linalg.qr                       tf.linalg.qr(m)
linalg.slogdet                  tf.linalg.slogdet(m)
linalg.solve                    tf.linalg.solve(m, n)
linalg.svd                      tf.linalg.svd(m)
linalg.triangular_solve         tf.linalg.triangular_solve(m, n)
linalg.tridiagonal_matmul       tf.linalg.tridiagonal_matmul(diagonals, n, "compact")
linalg.tridiagonal_solve        tf.linalg.tridiagonal_solve(diagonals, n)
nn.dropout                      tf.nn.dropout(x, 0.5)
random.categorical              tf.random.categorical(m, 2)
random.gamma                    tf.random.gamma([2], s)
random.normal                   tf.random.normal([2])
random.poisson                  tf.random.poisson([2], s)
random.shuffle                  tf.random.shuffle(x)
random.truncated_normal         tf.random.truncated_normal([2])
random.uniform                  tf.random.uniform([2])
random.uniform                  tf.random.uniform([2], 0, 5, tf.int32)
name_scope                      within(tf.name_scope("layer"), lambda: x + y)
name_scope                      x + y * x - y + x
while_loop                    tf.while_loop(lambda a, c: a < 5, lambda a, c: [a + 1, x], [k, y])
"""

# Functions whose names the table cannot tell: they make no node of their own.
SILENT = ("nest.", "config.", "compat.", "errors.", "test.", "sysconfig.")


def within(scope: Any, body: Callable) -> Any:
    """What `body` answers inside a scope."""
    with scope:
        return body()


@dataclass(frozen=True)
class NamedCall:
    """A call: the public name, what tells it apart, and the arrays that it is traced with."""

    name: str
    title: str
    inputs: tuple[np.ndarray, ...]
    dtypes: tuple[str, ...]
    body: Callable[[Any, list], Any]
    has_variable: bool = False

    def run(self, tf: Any, inputs: list) -> Any:
        """What the function answers, `tf` being the module that has it."""
        return self.body(tf, inputs)


def calls() -> Iterator[NamedCall]:
    """All of them, in the order of their names."""
    found = [*_of_rows(), *_written()]
    seen: Counter[tuple[str, str]] = Counter()
    for call in sorted(found, key=lambda call: call.name):
        seen[call.name, call.title] += 1
        if seen[call.name, call.title] == 1:
            yield call


def _of_rows() -> Iterator[NamedCall]:
    names = _public_names()
    number: Counter[str] = Counter()
    for _, row in cases_in_graphs():
        name = names.get(id(row.function))
        if name is None and getattr(row.function, "__module__", "") == "_operator":
            name = f"operator.{row.function.__name__}"
        if name is None or name.startswith(SILENT):
            continue
        if number[name] < MOST and _is_neutral([row.inputs, row.kwargs]):
            number[name] += 1
            yield _of_row(name, row)


def _of_row(name: str, row: Case) -> NamedCall:
    dtype = row.dtypes()[0]
    drawn: list[tuple[np.ndarray, DType]] = []
    row.filled(dtype, lambda array, own: drawn.append((array, own)))

    def body(tf: Any, inputs: list) -> Any:
        queue = iter(inputs)
        args, kwargs = row.filled(dtype, lambda array, own: next(queue))
        args, kwargs = _translated(tf, args), _translated(tf, kwargs)
        return _resolve(tf, name)(*args, **kwargs)

    return NamedCall(
        name, row.title, tuple(a for a, _ in drawn), tuple(d.name for _, d in drawn), body
    )


def _written() -> Iterator[NamedCall]:
    for line in WRITTEN.strip().splitlines():
        name, expression = line.split(maxsplit=1)
        mentioned = {n.id for n in ast.walk(ast.parse(expression)) if isinstance(n, ast.Name)}
        inputs = [key for key in INPUTS if key in mentioned]
        code = compile(expression, "<call>", "eval")

        def body(tf: Any, tensors: list, code: Any = code, inputs: list = inputs) -> Any:
            # One dictionary, so that the lambdas inside see the names too.
            return eval(code, {"tf": tf, "within": within, **dict(zip(inputs, tensors))})

        arrays = tuple(INPUTS[key] for key in inputs)
        dtypes = tuple(array.dtype.name for array in arrays)
        if "v" in mentioned:
            arrays, dtypes = (*arrays, np.zeros(3, np.float32)), (*dtypes, "float32")
            inputs.append("v")
        yield NamedCall(name, expression, arrays, dtypes, body, "v" in mentioned)


def _public_names() -> dict[int, str]:
    """The shortest public name of every function, by identity."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for stub in FACE.rglob("__init__.pyi"):
        home = ".".join(["headrace", *stub.parent.relative_to(FACE).parts])
        if home.startswith("headrace.raw_ops"):
            continue
        for leaf in _lazy.read(stub.read_text()):
            value = getattr(import_module(home), leaf)
            if callable(value):
                found[id(value)].append(f"{home}.{leaf}".removeprefix("headrace."))
    return {key: min(names, key=lambda n: (n.count("."), n)) for key, names in found.items()}


def _resolve(tf: Any, name: str) -> Any:
    value = import_module("operator") if name.startswith("operator.") else tf
    for leaf in name.removeprefix("operator.").split("."):
        value = getattr(value, leaf)
    return value


def _is_neutral(value: Any) -> bool:
    """Whether nothing in the arguments belongs to Headrace but dtypes."""
    if isinstance(value, (list, tuple)):
        return all(_is_neutral(item) for item in value)
    if isinstance(value, dict):
        return _is_neutral(list(value.values()))
    value = getattr(value, "value", value)  # of a `plain`
    module = type(value).__module__
    return not isinstance(value, IndexedSlices) and (
        isinstance(value, DType) or not module.startswith("headrace")
    )


def _translated(tf: Any, value: Any) -> Any:
    """The arguments with dtypes as those of `tf`."""
    if isinstance(value, DType):
        return tf.as_dtype(value.name)
    if type(value) in (list, tuple):
        return type(value)(_translated(tf, item) for item in value)
    if type(value) is dict:
        return {key: _translated(tf, item) for key, item in value.items()}
    return value
