"""`tf.function`: which calls share a trace, what a trace may do, and that calls are cheap to find.

AutoGraph is off here; it has its own tests.

Read next: test_concrete.py.
"""

import copy
import functools
import gc
import inspect
import threading
import weakref

import numpy as np
import pytest

import headrace as tf
from headrace._src.core.context import thread
from headrace._src.function.spelling import spelled
from headrace._src.function.waiting import TracingLock
from tests.function.counting import Model, counted, function

# ---- which calls share a trace -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "traces"),
    [
        ([1, True, 1.0, 1, 2], 2),
        ([None, "a", b"a", (1, 2), [1, 2], {"k": 1}], 6),
        ([tf.constant(1), tf.constant(2), np.int32(3), np.array(4, np.int32)], 1),
        ([np.ones(2), np.zeros(2), tf.zeros(2, tf.float64)], 1),
        ([tf.zeros(1), tf.zeros(2), tf.zeros(1), tf.zeros([])], 3),
        ([(tf.constant(1), 2), (tf.constant(5), 2), (tf.constant(5), 3)], 2),
        ([{"a": np.ones(2), "b": 1}, {"b": 1, "a": tf.ones(2, tf.float64)}], 1),
        ([tf.float32, tf.float32, tf.int32], 2),
        ([range(2), range(2), range(3)], 2),
    ],
)
def test_sharing(calls, traces):
    f, seen = counted(lambda x: 0)
    for x in calls + calls:
        f(x)
    assert len(seen) == f.experimental_get_tracing_count() == traces


def test_spellings_share():
    f, seen = counted(lambda *args, **kwargs: 0)
    g = function(lambda a, b=2, *, d=4: a * b)
    x = tf.constant(3)
    assert [int(r) for r in (g(x), g(x, 2), g(a=x), g(x, d=4, b=2), g(b=2, a=x))] == [6] * 5
    assert g.experimental_get_tracing_count() == 1
    f(x, z=x, y=1)
    f(x, y=1, z=x)
    assert len(seen) == 1
    assert list(seen[0][1]) == ["y", "z"]


def test_default_tensors_are_arguments():
    seven = tf.constant(7)
    f = function(lambda a, b=seven: a + b)
    assert [int(f(1)), int(f(1, 2)), int(f(1, tf.constant(2))), int(f(1))] == [8, 3, 3, 8]
    assert f.experimental_get_tracing_count() == 2


def test_variables_share_by_who_is_who():
    v, w = tf.Variable(1.0), tf.Variable(2.0)
    f = function(lambda a, b: a.assign_add(1.0) + b)
    assert [float(f(v, w)), float(f(w, v)), float(f(v, v)), float(f(w, w))] == [4.0, 5.0, 6.0, 8.0]
    assert f.experimental_get_tracing_count() == 2
    assert [float(f(v, w)), float(f(w, w))] == [8.0, 10.0]


def test_objects_are_not_kept_alive():
    class Thing:
        pass

    f, seen = counted(lambda x: 0)
    things = [Thing(), Thing()]
    for x in (*things, *things):
        f(x)
    assert len(seen) == 2
    seen.clear()
    refs = [weakref.ref(x) for x in things]
    del things, x
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


def test_what_has_no_type_is_refused():
    f = function(lambda x: 0)
    with pytest.raises(TypeError, match=r"^Could not generate a generic TraceType for \{1\}"):
        f({1})


def test_the_narrowest_wider_trace_serves():
    f, seen = counted()
    for shape in ([2, None], [None, None], None):
        f.get_concrete_function(tf.TensorSpec(shape))
    f(tf.zeros([2, 3]))
    f(tf.zeros([3, 3]))
    f(tf.zeros([3]))
    assert len(seen) == 3
    narrow, middle, wide = (
        f.get_concrete_function(tf.TensorSpec(s)).structured_input_signature[0][0].shape.rank
        for s in ([2, 3], [4, 4], [4])
    )
    assert (narrow, middle, wide) == (2, 2, None)
    one = f.get_concrete_function(tf.TensorSpec([2, 9]))
    assert one.structured_input_signature[0][0].shape.as_list() == [2, None]


def test_concrete_functions_are_shared():
    f = function(lambda x: x)
    a = f.get_concrete_function(tf.constant(1))
    assert a is f.get_concrete_function(tf.TensorSpec([], tf.int32))
    f.get_concrete_function(tf.TensorSpec(None, tf.int32))
    f(tf.constant(1))
    f(tf.constant([1]))
    assert f.experimental_get_tracing_count() == 2
    assert f.pretty_printed_concrete_signatures().count("Input Parameters:") == 2
    assert len(f._list_all_concrete_functions()) == 2


def test_reduce_retracing():
    f, seen = counted(lambda x, y=None: x, reduce_retracing=True)
    for shape in [(1, 4), (2, 4), (3, 4), (3, 5), (7, 9), (2, 2, 2)]:
        f(tf.zeros(shape))
    f(tf.zeros([1, 4]), 1)
    assert [str(args[0].shape) for args, _ in seen] == [
        "(1, 4)", "(None, 4)", "(None, None)", "<unknown>", "(1, 4)",
    ]  # fmt: skip
    g, seen = counted(reduce_retracing=True)
    for x in (tf.constant(1), tf.constant(1.0), tf.constant(2)):
        g(x)
    assert len(seen) == 2


def test_tapes_and_callers_do_not_retrace():
    f, seen = counted(lambda x: x * x)
    x = tf.constant(2.0)
    f(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    assert tape.gradient(y, x).numpy() == 4.0
    assert function(lambda x: f(x) + 1)(x).numpy() == 5.0
    with tf.device("/cpu:0"):
        f(x)
    assert len(seen) == 1


# ---- the short cut -------------------------------------------------------------------------------


def test_the_short_cut_is_as_careful_as_the_long_way():
    f = function(lambda d, *, k: d["a"] - d["b"] + k * 100)
    x = tf.constant(1)
    assert f({"b": x, "a": x}, k=x).numpy() == 100
    assert f({"b": tf.constant(10), "a": tf.constant(3)}, k=tf.constant(1)).numpy() == 93
    assert f({"a": tf.constant(10), "b": tf.constant(3)}, k=tf.constant(1)).numpy() == 107
    g = function(lambda x, y, *, z=0: x - y + z)
    t = [tf.constant(i) for i in range(3)]
    assert g(t[1], t[1]).numpy() == 0
    assert g(t[2], t[0]).numpy() == g(y=t[0], x=t[2]).numpy() == 2
    assert g(t[2], z=t[1], y=t[0]).numpy() == g(y=t[0], z=t[1], x=t[2]).numpy() == 3


def test_the_short_cut_looks_nothing_up(monkeypatch):
    f, seen = counted(lambda x, n, *, d: x * n + d[0])
    x, y = tf.ones([2]), np.ones(2, np.float32)
    f(x, 2, d=[y])
    monkeypatch.setattr(type(f), "_call", None)
    assert f(x, 2, d=[y]).numpy().tolist() == [3.0, 3.0]
    with tf.GradientTape() as tape:
        tape.watch(x)
        z = f(x, 2, d=[y])
    assert tape.gradient(z, x).numpy().tolist() == [2.0, 2.0]
    assert len(seen) == 1


def test_keys_tell_structures_apart():
    x = tf.constant(1)
    keys = [
        spelled(args, kwargs, True)[0]
        for args, kwargs in [
            ((x, x), {}),
            (((x, x),), {}),
            (((x,), x), {}),
            (([x], x), {}),
            ((x,), {"b": x}),
            ((x, 1), {}),
            ((x, True), {}),
            ((x, "1"), {}),
            (({"a": x},), {}),
            ((), {"a": x}),
            ((x, None), {}),
        ]
    ]
    assert len(set(keys)) == len(keys)
    assert spelled((x, object()), {}, True) == (None, None)
    assert spelled((np.ones(1),), {}, False) == (None, None)


def test_results_are_new_tensors():
    x = tf.constant(1)
    f = function(lambda x: x)
    assert f(x) is not x
    assert f(x) is not f(x)
    r = function(lambda x: {"n": None, "s": (x, x), "l": [x + 1]})(x)
    assert r["n"] is None
    assert r["s"][0] is not r["s"][1]
    assert [function(lambda v=v: v)() for v in (None, (), [], {})] == [None, (), [], {}]


# ---- errors --------------------------------------------------------------------------------------


def test_an_error_leaves_no_trace():
    runs = []

    @function
    def f(x):
        runs.append(x)
        if len(runs) == 1:
            raise RuntimeError("first")
        return x

    with pytest.raises(RuntimeError, match="first"):
        f(tf.constant(1))
    assert f.experimental_get_tracing_count() == 0
    assert thread.context.graph is None
    assert f(tf.constant(1)).numpy() == 1
    assert (len(runs), f.experimental_get_tracing_count()) == (2, 1)


def test_recursion_over_numbers():
    @function
    def factorial(n):
        return 1 if n <= 1 else n * factorial(n - 1)

    assert factorial(5).numpy() == 120
    assert factorial.experimental_get_tracing_count() == 5


# ---- methods and other callables -----------------------------------------------------------------


def test_methods_have_a_function_per_instance():
    a, b = Model(2), Model(3)
    x = tf.constant(1)
    assert [int(a(x)), int(b(x)), int(a.twice(x))] == [2, 3, 4]
    a.k = 100
    assert int(a(x)) == 2  # as it was when traced
    assert a.twice is a.twice
    assert a.twice is not b.twice
    assert type(Model.twice) is type(a.twice)
    assert str(a.twice.function_type) == "(x, y=<captured_default_value>)"
    assert a.twice.python_function.__self__ is a
    assert int(Model.twice(b, x)) == 6


def test_instances_are_held_weakly():
    a = Model(2)
    method = a.twice
    method(tf.constant(1))
    ref = weakref.ref(a)
    count = len(Model.twice._bound)
    del a
    gc.collect()
    assert ref() is None
    assert len(Model.twice._bound) == count - 1
    with pytest.raises((AttributeError, TypeError), match="NoneType"):
        method(tf.constant(1.0))


def test_other_callables():
    class Kinds:
        @staticmethod
        @function
        def s(x):
            return x + 1

        @classmethod
        @function
        def c(cls, x):
            return x + 2

        @property
        @function
        def p(self):
            return tf.constant(3)

        def __call__(self, x):
            return x + 10

    one = tf.constant(1)
    assert [int(Kinds.s(one)), int(Kinds.c(one)), int(Kinds().p)] == [2, 3, 3]
    called = function(Kinds())
    assert (int(called(one)), called.name) == (11, "function")
    assert not hasattr(called, "__name__")
    part = function(functools.partial(lambda a, b, k=1: a * b * k, 2, k=3))
    assert [int(part(tf.constant(5))), int(part(tf.constant(5), k=7))] == [30, 70]
    for wrong in (5, "a"):
        with pytest.raises(TypeError, match=f"^{wrong!r} is not a callable object$"):
            tf.function(wrong)


# ---- threads -------------------------------------------------------------------------------------


def in_threads(count, work):
    barrier = threading.Barrier(count)
    errors = []

    def run(i):
        try:
            barrier.wait()
            work(i)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
        assert not t.is_alive()
    assert errors == []


def test_concurrent_first_calls_trace_once():
    f, seen = counted(lambda x: x + 1)
    results = []
    in_threads(8, lambda i: results.append(int(f(tf.constant(i)))))
    assert sorted(results) == list(range(1, 9))
    assert len(seen) == 1


def test_threads_that_trace_each_other():
    started = threading.Barrier(2)

    @function
    def f(x):
        if isinstance(x, str):
            started.wait()
            return g(tf.constant(1)) + 1
        return x

    @function
    def g(x):
        if isinstance(x, str):
            started.wait()
            return f(tf.constant(1)) + 1
        return x

    results = []
    in_threads(2, lambda i: results.append(int((f, g)[i]("start"))))
    assert results == [2, 2]


def test_a_lock_may_be_taken_again_and_is_given_back():
    lock = TracingLock()
    with lock, lock:
        pass
    inside = []
    in_threads(4, lambda i: inside.append(lock.__enter__() is lock) or lock.__exit__())
    assert inside == [True] * 4


# ---- what it is ----------------------------------------------------------------------------------


def test_attributes():
    @function
    def f(x, k=2):
        "doc"
        return x

    assert (f.__name__, f.__doc__, f.name) == ("f", "doc", "f")
    assert f.__wrapped__ is f.python_function
    assert f.input_signature is None
    assert repr(f).startswith(
        "<tensorflow.python.eager.polymorphic_function.polymorphic_function.Function object at 0x"
    )
    assert str(inspect.signature(f)) == "(x, k=2)"
    text = str(inspect.signature(tf.function))
    assert text.startswith("(func=None, input_signature=None, autograph=True, jit_compile=None, ")
    assert text.endswith("-> tensorflow.python.types.core.PolymorphicFunction")
    public = tf.types.experimental
    assert isinstance(f, public.GenericFunction)
    assert isinstance(f, public.Callable)
    assert isinstance(f.function_type, public.FunctionType)
    concrete = f.get_concrete_function(1)
    assert isinstance(concrete, public.ConcreteFunction)
    assert not isinstance(concrete, public.PolymorphicFunction)


def test_functions_of_functions_and_their_attributes():
    def f(x):
        return x + 1

    f.mine, f._name = "mark", "not ours"
    inner = function(f)
    outer = function(inner)
    assert (inner.mine, inner.name, outer.name) == ("mark", "f", "f")
    assert outer.python_function is inner
    assert [int(outer(tf.constant(1))), int(inner(tf.constant(1)))] == [2, 2]
    assert inner.experimental_get_tracing_count() == 1


def test_copies_are_fresh():
    f, seen = counted()
    f(1)
    for other in (copy.copy(f), copy.deepcopy([f])[0]):
        assert other.experimental_get_tracing_count() == 0
        other(1)
    assert len(seen) == 3


def test_run_functions_eagerly():
    f, seen = counted(lambda x: (x, tf.executing_eagerly()))
    tf.config.run_functions_eagerly(True)
    try:
        assert [f(3), f(3)] == [(3, True)] * 2
        assert Model(2)(4) == 8
    finally:
        tf.config.run_functions_eagerly(False)
    f(tf.constant(1))
    f(tf.constant(1))
    assert len(seen) == 3


def test_older_names_of_options():
    f, seen = counted(experimental_relax_shapes=True, experimental_follow_type_hints=True)
    for n in range(1, 4):
        f(tf.zeros(n))
    assert len(seen) == 2
    jitted = function(lambda x: x, experimental_compile=True)
    assert jitted.function_spec.jit_compile is True


def test_initialization_functions_are_refused():
    f = function(lambda: 1)
    with pytest.raises(NotImplementedError, match="get_initialization_function"):
        f.get_initialization_function()
    f()
    with pytest.raises(RuntimeError, match="cannot be called after the function has been used"):
        f.get_initialization_function()


def test_compiler_ir_is_of_compiled_functions():
    with pytest.raises(ValueError, match="marked with 'jit_compile=True'"):
        function(lambda x: x).experimental_get_compiler_ir(tf.constant(1.0))


def test_a_method_with_a_signature_is_decorated_before_it_has_an_instance():
    class Doubler:
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x):
            return x * 2.0

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def twice(self, x):
            return self(self(x))

    double = Doubler()
    assert double([1.0, 2.0]).numpy().tolist() == [2.0, 4.0]
    assert double.twice(tf.ones([3])).numpy().tolist() == [4.0, 4.0, 4.0]
    assert double.__call__.experimental_get_tracing_count() == 1
