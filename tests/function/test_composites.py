"""Values that consist of tensors in functions: arguments, results, branches, loops, tapes.

Sparse and ragged tensors, indexed slices and extension types go the same ways, by their specs.
"""

import typing

import numpy as np
import pytest

import headrace as tf


class Pair(tf.experimental.ExtensionType):
    x: tf.Tensor
    y: tf.Tensor


class Scaled(tf.experimental.ExtensionType):
    a: tf.Tensor
    k: int = 1
    pair: typing.Optional[Pair] = None  # noqa: UP045
    named: typing.Mapping[str, tf.Tensor] = {}


def pair():
    return Pair([1.0, 2.0], [3.0, 4.0])


def sparse():
    return tf.sparse.from_dense([1, 2])


def ragged():
    return tf.ragged.constant([[1, 2], [3]])


def slices():
    return tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([1]), tf.constant([2, 2]))


VALUES = [pair, sparse, ragged, slices, lambda: Scaled(1, 2, pair(), {"b": 1, "a": [2]})]
all_values = pytest.mark.parametrize("make", VALUES, ids="pair sparse ragged slices scaled".split())


def same(one, two):
    assert type(one) is type(two)
    left, right = (tf.nest.flatten(x, expand_composites=True) for x in (one, two))
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(a, b)


# ---- arguments, captures and results -------------------------------------------------------------


@all_values
def test_argument_and_result(make):
    f = tf.function(lambda x: x)
    same(f(make()), make())
    same(f.get_concrete_function(make())(make()), make())
    nested = tf.function(lambda x: {"a": [x, (x,)]})(make())
    same(nested["a"][1][0], make())


@all_values
def test_capture(make):
    value = make()
    f = tf.function(lambda: value)
    same(f(), make())
    flat = tf.nest.flatten(value, expand_composites=True)
    assert len(f.get_concrete_function().captured_inputs) == len(flat)


@all_values
def test_one_trace_for_one_type(make):
    traces = []

    @tf.function
    def f(x):
        traces.append(type(x))
        return x

    for _ in range(3):
        f(make())
    assert traces == [type(make())]


def test_static_fields_and_shapes_make_traces():
    traces = []

    @tf.function
    def f(x):
        traces.append(x.k)
        return x.a * x.k

    assert [int(f(Scaled(a, k))) for a, k in ((1, 2), (1, 3), (2, 3))] == [2, 3, 6]
    assert traces == [2, 3]
    f(Scaled([1], 3))
    assert traces == [2, 3, 3]


def test_relaxed_shapes():
    traces = []

    @tf.function(reduce_retracing=True)
    def f(p):
        traces.append(repr(p.x.shape))
        return p.x

    for n in range(1, 5):
        f(Pair(tf.ones([n]), tf.zeros([n])))
    assert traces == ["TensorShape([1])", "TensorShape([None])"]


def test_signatures():
    spec = Pair.Spec(tf.TensorSpec([None]), tf.TensorSpec([None]))

    @tf.function(input_signature=[spec])
    def f(q):
        return q.x + tf.reduce_sum(q.y)

    np.testing.assert_array_equal(f(pair()), [8, 9])
    np.testing.assert_array_equal(f(Pair([1.0], [2.0])), [3])
    bad = "Can not cast TensorSpec\\(shape=\\(1,\\), dtype=tf.int32, name=None\\) to TensorSpec"
    with pytest.raises(TypeError, match=f"Binding inputs to tf.function failed due to `{bad}"):
        f(Pair([1], [2]))
    with pytest.raises(TypeError, match="due to `'int' object has no attribute '__dict__'`"):
        f(3)
    concrete = f.get_concrete_function()
    assert concrete.structured_input_signature == ((spec,), {})
    assert repr(concrete.structured_outputs).startswith("<tf.Tensor 'Identity:0' shape=(None,)")


def test_a_signature_of_a_sparse_tensor():
    f = tf.function(lambda s: s, input_signature=[tf.SparseTensorSpec([None], tf.int32)])
    same(f(sparse()), sparse())
    with pytest.raises(TypeError, match="has no attribute 'indices'"):
        f(tf.constant([1]))
    with pytest.raises(TypeError, match=r"Can not cast TensorSpec\(shape=\(1,\), dtype=tf.float32"):
        f(tf.sparse.from_dense([1.0]))


def test_the_description_of_a_trace():
    @tf.function
    def f(q):
        return Pair(q.x + 1, q.y)

    spec = (
        "Pair.Spec(x=TensorSpec(shape=(2,), dtype=tf.float32, name=None), "
        "y=TensorSpec(shape=(2,), dtype=tf.float32, name=None))"
    )
    trace = f.get_concrete_function(pair())
    assert str(trace) == (
        f"ConcreteFunction Input Parameters:\n  q (POSITIONAL_OR_KEYWORD): {spec}\n"
        f"Output Type:\n  {spec}\nCaptures:\n  None"
    )
    assert [t.name for t in trace.inputs] == ["q:0", "q_1:0"]
    assert repr(trace.structured_outputs) == (
        "Pair(x=<tf.Tensor 'Identity:0' shape=(2,) dtype=float32>, "
        "y=<tf.Tensor 'Identity_1:0' shape=(2,) dtype=float32>)"
    )


# ---- branches ------------------------------------------------------------------------------------


def test_branches_of_different_shapes():
    @tf.function
    def f(c):
        return tf.cond(c, lambda: Pair([1.0], [2.0]), lambda: Pair([1.0, 2.0], [2.0]))

    same(f(tf.constant(True)), Pair([1.0], [2.0]))
    same(f(tf.constant(False)), Pair([1.0, 2.0], [2.0]))
    assert f.get_concrete_function(tf.constant(True)).structured_outputs.x.shape.as_list() == [None]


@all_values
def test_cases(make):
    @tf.function
    def f(i, x):
        doubled = tf.nest.map_structure(lambda t: t, x, expand_composites=True)
        return tf.switch_case(i, [lambda: x, lambda: doubled])

    same(f(tf.constant(1), make()), make())
    same(f(tf.constant(0), make()), make())


def test_sparse_and_ragged_branches():
    @tf.function
    def f(c, s, r):
        a = tf.cond(c, lambda: s, lambda: s.with_values(s.values * 2))
        b = tf.cond(c, lambda: r, lambda: tf.concat([r, r], 0))
        return a, b

    a, b = f(tf.constant(False), sparse(), ragged())
    np.testing.assert_array_equal(tf.sparse.to_dense(a), [2, 4])
    assert b.to_list() == [[1, 2], [3], [1, 2], [3]]
    assert f(tf.constant(True), sparse(), ragged())[1].to_list() == [[1, 2], [3]]


OTHERS = [
    (lambda: pair(), lambda: Scaled(1.0)),
    (lambda: Scaled(1.0, 2), lambda: Scaled(1.0, 3)),
    (sparse, lambda: tf.sparse.from_dense([1.0])),
    (sparse, lambda: tf.constant(3)),
    (sparse, ragged),
]


@pytest.mark.parametrize(("one", "two"), OTHERS)
def test_branches_that_differ(one, two):
    f = tf.function(lambda c: tf.cond(c, one, two))
    with pytest.raises(TypeError, match="must have the same number, type, and overall structure"):
        f(tf.constant(True))

    @tf.function
    def g(c):
        if c:
            x = one()
        else:
            x = two()
        return x

    with pytest.raises(TypeError, match="'x' must have the same nested structure in the main and"):
        g(tf.constant(True))


# ---- loops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [lambda f: f, tf.function], ids=["eager", "function"])
@all_values
def test_loop_variables(make, mode):
    @mode
    def f(x):
        return tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [0, x])[1]

    same(f(make()), make())


def grown(p):
    return Pair(tf.concat([p.x, [1.0]], 0), p.y)


def test_loop_variables_that_grow():
    spec = Pair.Spec(tf.TensorSpec([None]), tf.TensorSpec([2]))

    def loop(**options):
        return tf.function(
            lambda p: tf.while_loop(
                lambda i, p: i < 3, lambda i, p: (i + 1, grown(p)), [0, p], **options
            )[1]
        )

    result = loop(shape_invariants=[tf.TensorShape([]), spec])(pair())
    same(result, Pair([1.0, 2.0, 1.0, 1.0, 1.0], [3.0, 4.0]))
    with pytest.raises(
        ValueError, match=r"enters the loop with shape \(2,\), but has shape \(3,\)"
    ):
        loop()(pair())
    text = "To describe or constrain a Pair, use a Pair.Spec instead of a TensorShape."
    with pytest.raises(TypeError, match=text):
        loop(shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])])(pair())


INVARIANTS = [tf.TensorShape([None, None]), tf.RaggedTensorSpec([None, None], tf.int32)]


@pytest.mark.parametrize("invariant", INVARIANTS, ids=["shape", "spec"])
def test_ragged_loop_variables_that_grow(invariant):
    @tf.function
    def f(r):
        return tf.while_loop(
            lambda i, r: i < 2,
            lambda i, r: (i + 1, tf.concat([r, r], 0)),
            [0, r],
            shape_invariants=[tf.TensorShape([]), invariant],
        )[1]

    assert f(ragged()).to_list() == [[1, 2], [3]] * 4


def test_converted_statements():
    @tf.function
    def f(n, p, s, r):
        for i in tf.range(n):
            p = Pair(p.x + 1, p.y)
            if i > 1:
                s = tf.sparse.add(s, s)
                r = r + 1
        while tf.reduce_sum(p.y) < 20.0:
            p = Pair(p.x, p.y + 1)
        return p, s, r

    p, s, r = f(tf.constant(4), pair(), sparse(), ragged())
    same(p, Pair([5.0, 6.0], [10.0, 11.0]))
    np.testing.assert_array_equal(s.values, [4, 8])
    assert r.to_list() == [[3, 4], [5]]

    spec = Pair.Spec(tf.TensorSpec([None]), tf.TensorSpec([2]))

    @tf.function
    def g(p):
        for _ in tf.range(3):
            tf.autograph.experimental.set_loop_options(shape_invariants=[(p, spec)])
            p = grown(p)
        return p

    same(g(pair()), Pair([1.0, 2.0, 1.0, 1.0, 1.0], [3.0, 4.0]))


def test_rows_of_a_ragged_tensor():
    @tf.function
    def f(r):
        total = tf.constant(0)
        for row in r:
            if tf.size(row) > 1:
                total += tf.reduce_sum(row)
        return total

    assert int(f(tf.ragged.constant([[1, 2], [3], [], [4, 5]]))) == 12


@pytest.mark.parametrize("spec", [None, [tf.RaggedTensorSpec([None, None], tf.int32)]])
def test_the_length_of_a_ragged_tensor(spec):
    f = tf.function(
        lambda r: (len(r) + tf.constant(0), len(r[1:]), len(r[0])), input_signature=spec
    )
    assert [int(n) for n in f(tf.ragged.constant([[1, 2], [], [3]]))] == [3, 2, 2]
    with pytest.raises(TypeError, match="has no len"):
        len(ragged())


# ---- tapes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [pair, sparse, lambda: Scaled(1.0)], ids="pair sparse scaled".split()
)
def test_types_without_a_gradient(make):
    value, x = make(), tf.constant(2.0)
    for target, source in ((x, value), (value, x)):
        with tf.GradientTape() as tape:
            tape.watch(x)
        kind = type(value).__name__
        text = f"Type {kind} is not supported as a gradient source or gradient target."
        with pytest.raises(ValueError, match=text):
            tape.gradient(target, source)


def test_gradients_of_parts():
    p = pair()
    with tf.GradientTape() as tape:
        tape.watch(p)
        z = tf.reduce_sum(p.x**2 * p.y)
    found = tape.gradient(z, {"x": p.x, "y": [p.y]})
    np.testing.assert_array_equal(found["x"], [6, 16])
    np.testing.assert_array_equal(found["y"][0], [1, 4])


def test_gradients_of_ragged_tensors():
    r = tf.ragged.constant([[1.0, 2.0], [3.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(r.values)
        y = r * r
    assert tape.gradient(y, r).to_list() == [[2.0, 4.0], [6.0]]
    weights = tf.ragged.constant([[1.0, 0.0], [10.0]])
    assert tape.gradient(y, r, output_gradients=weights).to_list() == [[2.0, 0.0], [60.0]]
    assert tape.gradient(tf.constant(1.0), r) is None

    @tf.function
    def f(r):
        return tf.gradients(r * r, r)[0]

    assert f(r).to_list() == [[2.0, 4.0], [6.0]]


def test_a_type_with_a_gradient():
    class Rule:
        def get_gradient_components(self, value):
            return value.x, value.y

        def replace_gradient_components(self, value, component_grads):
            return Pair(*component_grads)

    class Vector(Pair):
        __composite_gradient__ = Rule()

    v = Vector(2.0, 3.0)
    with tf.GradientTape() as tape:
        tape.watch(v)
        z = v.x * v.y
    same(tape.gradient(z, v), Pair(3.0, 2.0))
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = Vector(x * 2, x * x)
    assert float(tape.gradient(y, x, output_gradients=Vector(1.0, 10.0))) == 62


def test_through_a_function():
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f(p):
        return Pair(p.x * v, p.y)

    with tf.GradientTape() as tape:
        z = tf.reduce_sum(f(pair()).x)
    np.testing.assert_array_equal(tape.gradient(z, v), [1, 2])


def test_functions_with_a_gradient_of_their_own():
    upstream = []

    @tf.custom_gradient
    def doubled(x):
        def grad(dy):
            upstream.append(type(dy))
            return dy * 7

        return x * 2, grad

    r = tf.ragged.constant([[1.0, 2.0], [3.0]])
    with tf.GradientTape() as tape:
        tape.watch(r.values)
        y = doubled(r)
    assert y.to_list() == [[2.0, 4.0], [6.0]]
    assert tape.gradient(y, r).to_list() == [[7.0, 7.0], [7.0]]
    assert upstream == [tf.RaggedTensor]
    with pytest.raises(ValueError, match="Type Pair is not supported"):
        tf.custom_gradient(lambda p: (p.x, lambda dy: dy))(pair())


# ---- Python functions ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [lambda f: f, tf.function], ids=["eager", "function"])
def test_py_function(mode):
    swap = mode(lambda p: tf.py_function(lambda p: Pair(p.y, p.x), [p], p._type_spec))
    same(swap(pair()), Pair([3.0, 4.0], [1.0, 2.0]))
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    more = mode(lambda r: tf.py_function(lambda r: r + 1, [r], spec))
    assert more(ragged()).to_list() == [[2, 3], [4]]
    both = mode(lambda r, s: tf.py_function(lambda r, s: [r, s], [r, s], [spec, s._type_spec]))
    same(both(ragged(), sparse())[1], sparse())
    wrong = mode(lambda r: tf.py_function(lambda r: 3, [r], tf.SparseTensorSpec([None])))
    with pytest.raises(tf.errors.InvalidArgumentError, match="3 is not compatible with SparseTens"):
        wrong(ragged())
