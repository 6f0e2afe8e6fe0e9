"""Gradients of first and second order through loops, branches and arrays, against eager mode.

Every function is run by the host and compiled, with all sizes known and with none.

Read next: headrace/_src/objects/tensor_list.py, headrace/_src/objects/loops.py.
"""

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine import changing_shapes, execute
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.machine import HostMachine
from headrace._src.engine.streams import Streams

X = np.array([[1.0, 2.0], [3.0, 0.5], [-1.0, 2.0]], np.float32)
W = np.array([0.5, -1.5], np.float32)
KNOWN = [tf.TensorSpec([3, 2]), tf.TensorSpec([2])]
UNKNOWN = [tf.TensorSpec([None, None]), tf.TensorSpec([None])]
F32 = tf.float32


def mapped(x, w):
    return tf.map_fn(lambda r: r * r * w, x)


def mapped_nests(x, w):
    return tf.map_fn(
        lambda r: (r[0] * r[1], tf.reduce_sum(r[0] ** 3)),
        (x, x * w),
        fn_output_signature=(F32, F32),
    )


def mapped_with_a_branch(x, w):
    return tf.map_fn(lambda r: tf.cond(r[0] > 0, lambda: r * r * w, lambda: r * w * w), x)


def map_of_scans(x, w):
    return tf.map_fn(lambda r: tf.scan(lambda a, e: a * e + w[1], r), x)


def scan_of_maps(x, w):
    def step(a, r):
        return tf.map_fn(lambda e: e[0] * e[1] + w[1], (a, r), fn_output_signature=F32)

    return tf.scan(step, x)


def scanned(x, w):
    return tf.scan(lambda a, r: a * r + w, x)


def scanned_back(x, w):
    return tf.scan(lambda a, r: (a[0] * r + w, a[1] + r), x, initializer=(w, w * w), reverse=True)


def folded(x, w):
    return tf.foldl(lambda a, r: a * r + w, x), tf.foldr(lambda a, r: a * r, x, initializer=w)


def vectorized(x, w):
    return tf.vectorized_map(lambda r: tf.tanh(r) * w, x)


def loop_with_an_array(x, w):
    def body(i, a, s):
        return i + 1, a.write(i, x[i] * s), s * w + x[i]

    array = tf.TensorArray(F32, 3)
    _, array, s = tf.while_loop(lambda i, *_: i < 3, body, [0, array, w])
    return array.stack(), s


def growing_array(x, w):
    def body(i, a, s):
        return i + 1, a.write(i, x[i] * s), s * w + x[i]

    array = tf.TensorArray(F32, 0, dynamic_size=True, clear_after_read=False)
    _, array, s = tf.while_loop(lambda i, *_: i < tf.shape(x)[0], body, [0, array, w])
    return array.stack() * 2.0, array.read(1) * s, array.gather([0, 2, 0]) * w


def array_read_back(x, w):
    array = tf.TensorArray(F32, 4, clear_after_read=False).write(0, w)
    for i in tf.range(3):
        array = array.write(i + 1, array.read(i) * x[i] * w)
    return array.stack()


def element_written_twice(x, w):
    array = tf.TensorArray(F32, 2, clear_after_read=False).write(0, w * w).write(1, w)
    for i in tf.range(3):
        array = array.write(1, array.read(1) * x[i] + array.read(0))
    return array.stack()


def all_rows(x, w):
    options = {"clear_after_read": False}
    a = tf.TensorArray(F32, 3, **options).unstack(x * w)
    b = tf.TensorArray(F32, 2, infer_shape=False, **options)
    b = b.split(tf.reshape(x, [-1]) * w[0], [2, 4])
    c = tf.TensorArray(F32, 3, **options).scatter([2, 0, 1], x * x * w)
    ends = a.concat() ** 2, b.read(1) ** 3, b.concat() * 2.0
    return *ends, c.stack() * a.stack(), c.gather([1, 1, 0]) ** 2


def array_in_branches(x, w):
    array = tf.TensorArray(F32, 2, clear_after_read=False)
    if x[0, 0] > 0:
        array = array.write(0, w * x[0]).write(1, x[1])
    else:
        array = array.write(0, -w).write(1, w)
    s = tf.zeros([2])
    for i in tf.range(2):
        if i > 0:
            s = s + array.read(i) ** 2
        else:
            s = s * 2.0 + array.read(i)
    return array.stack() * w, s


def loop_left_early(x, w):
    array = tf.TensorArray(F32, 0, dynamic_size=True)
    s = tf.reduce_sum(w)
    for r in x:
        s = s * r[0] + r[1]
        array = array.write(array.size(), r * s)
        if s > 3.0:
            break
    return array.stack(), s


def case(x, w):
    pairs = [(x[0, 0] > 5.0, lambda: x * w), (x[0, 0] > 0.0, lambda: x * x * w * w)]
    return tf.case(pairs, default=lambda: x)


def switch_case(x, w):
    branches = [lambda: x * w, lambda: x * x * w * w, lambda: x]
    return tf.switch_case(tf.cast(x[0, 0], tf.int32), branches)


def unknown_number_of_rounds(x, w):
    y = tf.abs(w) + 1.5
    while tf.reduce_sum(y) < 50.0:
        y = y * y + x[0]
    return y


def nested_loops(x, w):
    s = w
    for i in tf.range(3):
        j = 0
        while j < i:
            s = s * x[i] + w
            j += 1
        if s[0] > 0.0:
            s = s * 2.0
    return s


FUNCTIONS = [
    mapped,
    mapped_nests,
    mapped_with_a_branch,
    map_of_scans,
    scan_of_maps,
    scanned,
    scanned_back,
    folded,
    vectorized,
    loop_with_an_array,
    growing_array,
    array_read_back,
    element_written_twice,
    all_rows,
    array_in_branches,
    loop_left_early,
    case,
    switch_case,
    unknown_number_of_rounds,
    nested_loops,
]


def with_gradients(function, x, w):
    """What the function answers, its gradients, and those of their squares."""
    sources = x, w
    with tf.GradientTape() as outer:
        outer.watch(sources)
        with tf.GradientTape() as inner:
            inner.watch(sources)
            y = function(x, w)
        first = inner.gradient(y, sources, unconnected_gradients="zero")
        total = tf.add_n([tf.reduce_sum(dx * dx) for dx in first])
    second = outer.gradient(total, sources, unconnected_gradients="zero")
    return [np.asarray(t) for t in tf.nest.flatten((y, first, second))]


def agree(function, signature):
    x, w = tf.constant(X), tf.constant(W)
    expected = with_gradients(function, x, w)
    found = with_gradients(tf.function(function, input_signature=signature), x, w)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, 2e-5, 1e-5)


def on_the_host(program, machine, places):
    """What stands for `Program.run` where nothing is compiled."""
    machine.nodes(program.nodes, places)
    return True


@pytest.mark.parametrize("signature", [KNOWN, UNKNOWN], ids=["known", "unknown"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_on_the_host(function, signature, monkeypatch):
    monkeypatch.setattr(execute.Program, "run", on_the_host)
    agree(function, signature)


def test_what_is_missing_counts_as_zero_in_a_sum():
    graph = FuncGraph("f")
    with graph.as_default():
        x, y = graph.placeholder(F32, [2], "x"), graph.placeholder(F32, [2], "y")
        total, product = tf.add(x, y).op, tf.multiply(x, y).op
    machine = HostMachine(Streams(), "f")
    assert machine.node(total, [None, W]) == [W] == machine.node(total, [W, None])
    assert machine.node(total, [None, None]) == [None]
    assert machine.node(product, [None, W]) == [None]


COMPILED = [scan_of_maps, growing_array, element_written_twice, all_rows, array_in_branches, case]


@pytest.mark.parametrize("function", COMPILED, ids=lambda f: f.__name__)
def test_compiled(function, monkeypatch):
    monkeypatch.setattr(execute, "FEW_NODES", 0)
    monkeypatch.setattr(changing_shapes, "BACK", 1)
    agree(function, UNKNOWN)


def test_arrays_cross_functions():
    @tf.function
    def made(x, w):
        return tf.TensorArray(F32, 3).unstack(x * w)

    @tf.function
    def taken(array, w):
        return array.write(1, w * w).identity().stack() * w

    x, w = tf.constant(X), tf.constant(W)
    found = with_gradients(tf.function(lambda x, w: taken(made(x, w), w)), x, w)
    expected = with_gradients(lambda x, w: tf.stack([x[0] * w * w, w * w * w, x[2] * w * w]), x, w)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, 2e-5, 1e-5)
