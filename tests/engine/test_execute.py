"""How graphs are run: islands and host steps, compiling and not, state, checks, growing lists."""

import threading

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine import changing_shapes, execute
from headrace._src.engine.execute import Program, runner_of
from headrace._src.xla import machine


@pytest.fixture
def compiled(monkeypatch):
    """Every island is compiled, however small."""
    monkeypatch.setattr(execute, "FEW_NODES", 0)
    monkeypatch.setattr(changing_shapes, "BACK", 1)


def steps_of(function):
    (concrete,) = function._list_all_concrete_functions()
    return runner_of(concrete.graph).steps


def program_of(function) -> Program:
    (program,) = steps_of(function)
    return program


# ---- islands -------------------------------------------------------------------------------------


def test_a_function_of_ops_is_one_island(compiled):
    f = tf.function(lambda x: tf.reduce_sum(tf.exp(x) * 2.0 + tf.sin(x)))
    x = np.linspace(0, 1, 5, dtype=np.float32)
    assert f(x).numpy() == pytest.approx((np.exp(x) * 2 + np.sin(x)).sum(), rel=1e-6)
    assert len(program_of(f).compiled) == 1


def test_what_has_no_fixed_shape_is_a_host_step_and_its_reason_is_told(compiled):
    f = tf.function(lambda x: tf.reduce_sum(tf.boolean_mask(x, x > 0.0)) * 2.0)
    assert f(tf.constant([1.0, -1.0, 3.0])).numpy() == 8.0
    assert f(tf.constant([1.0, 1.0, 3.0])).numpy() == 10.0
    kinds = [isinstance(step, Program) for step in steps_of(f)]
    assert kinds.count(False) >= 1
    assert "the shape of its output depends on values" in str(f.explain())


def test_shapes_and_axes_computed_from_shapes_are_constants_of_the_program(compiled):
    @tf.function(input_signature=[tf.TensorSpec([None, None])])
    def f(x):
        rows = tf.shape(x)[0]
        return tf.reshape(tf.tile(x, [1, 2]), [rows * 2, -1]) + tf.cast(tf.range(3), tf.float32)

    assert f(tf.ones([2, 3])).shape == (4, 3)
    assert f(tf.ones([4, 3])).shape == (8, 3)
    assert len(steps_of(f)) == 1


def test_few_small_nodes_are_not_compiled_and_many_elements_are():
    f = tf.function(lambda x: tf.sin(x) + 1.0)
    f(tf.ones([4]))
    assert not program_of(f).compiled
    g = tf.function(lambda x: tf.sin(x) + 1.0)
    g(tf.ones([2**15]))
    assert program_of(g).compiled


def test_jit_compile_compiles_always():
    f = tf.function(lambda x: x + 1.0, jit_compile=True)
    f(tf.ones([4]))
    assert program_of(f).compiled


def test_jit_compile_refuses_what_tensorflow_refuses():
    f = tf.function(lambda x: tf.py_function(lambda t: t, [x], tf.float32), jit_compile=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Detected unsupported operations"):
        f(tf.ones([4]))


# ---- shapes that change --------------------------------------------------------------------------


@pytest.fixture
def patient(monkeypatch):
    """Every island may be compiled, however small, when its shapes are back."""
    monkeypatch.setattr(execute, "FEW_NODES", 0)


def test_a_hundred_batch_sizes_are_one_trace_and_few_programs(patient):
    w = tf.Variable(np.eye(3, dtype=np.float32) * 2)
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def f(x):
        traces.append(1)
        return tf.reduce_sum(tf.matmul(x, w), 1)

    for n in [*range(1, 101)] * 2:
        x = np.full((n, 3), n, np.float32)
        np.testing.assert_array_equal(f(x), np.full(n, 6.0 * n))
    assert len(traces) == 1
    assert len(program_of(f).times) == 0
    for _ in range(700):
        f(np.ones((100, 3), np.float32))
    assert len(program_of(f).times) == 1  # so often that it was worth it


def test_one_of_few_shapes_is_compiled_when_it_is_back(patient):
    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def f(x):
        return tf.reduce_sum(tf.exp(x), 1)

    for n, programs in [(32, 0), (32, 1), (32, 1), (7, 1), (32, 1), (7, 2), (8, 2), (9, 2)]:
        f(np.ones((n, 3), np.float32))
        assert len(program_of(f).times) == programs
    for n in range(10, 20):
        f(np.ones((n, 3), np.float32))
    before = program_of(f).times.copy()
    f(np.ones((32, 3), np.float32))  # the program that there is serves it still
    assert program_of(f).times == before


def test_nodes_that_see_no_changing_shape_are_compiled_once(compiled):
    table, w = tf.Variable(np.ones((9, 4), np.float32)), tf.Variable(np.eye(4, dtype=np.float32))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.int32)])
    def f(words, texts):
        x = tf.math.unsorted_segment_mean(tf.gather(table, words), texts, 2)
        table.scatter_add(tf.IndexedSlices(tf.ones([1, 4]), [0]))
        for _ in range(9):
            x = tf.nn.relu(x @ w)
        w.assign_add(w)
        return tf.reduce_sum(x) + tf.cast(tf.size(words), tf.float32)

    for n in range(1, 20):
        w.assign(np.eye(4))
        texts = np.arange(n) % 2
        found = f(tf.range(n) % 8 + 1, texts)
        assert found == (8 if n > 1 else 4) + n
        np.testing.assert_array_equal(w, 2 * np.eye(4))
        assert table[0, 0].numpy() == 1 + n
    programs = [step for step in steps_of(f) if isinstance(step, Program)]
    (layers,) = [p for p in programs if any(node.type == "Relu" for node, _, _ in p.nodes)]
    assert len(layers.times) == 1  # the sizes of the batch and of the layers do not change


def test_a_loop_is_compiled_for_a_new_shape_at_once(compiled):
    @tf.function(input_signature=[tf.TensorSpec([None])])
    def f(x):
        for _ in tf.range(3):
            x = x * 2.0
        return x

    for n in range(1, 4):
        np.testing.assert_array_equal(f(np.ones(n, np.float32)), np.full(n, 8.0))
    assert len(program_of(f).times) == 3


def test_an_op_is_compiled_for_large_arrays_that_come_back():
    op, run = tf.math.softplus.op, []
    op.shapes.clear()
    size = op.xla_from
    for n in [0, 0, 1, 1, 2, 3, 4, 5, 5, *[6] * 12]:
        is_numpy = isinstance(tf.math.softplus(tf.zeros([size + n]))._array, np.ndarray)
        run.append("numpy" if is_numpy else "xla")
    assert run[:2] == ["xla", "xla"]  # the first shape ever
    assert run[2:4] == ["numpy", "xla"]  # one of few, and back
    assert run[4:9] == ["numpy"] * 5  # there are many by now
    assert run[-12] == "numpy" and run[-1] == "xla"  # it was worth it
    op.shapes.clear()


# ---- state ---------------------------------------------------------------------------------------


def test_variables_are_written_back_in_program_order(compiled):
    v = tf.Variable(1.0)

    @tf.function
    def f():
        before = v.read_value()
        v.assign_add(10.0)
        middle = v * 1.0
        v.assign(middle * 2.0)
        return before, middle, v.read_value()

    assert [t.numpy() for t in f()] == [1.0, 11.0, 22.0]
    assert v.numpy() == 22.0


def test_memory_that_somebody_holds_is_never_given_up(compiled):
    v = tf.Variable(np.ones([300, 300], np.float32))
    twin = tf.Variable(v)

    @tf.function
    def f():
        v.assign_add(tf.ones([300, 300]))
        twin.assign(v * 2.0)
        return v.read_value()

    held = []
    for i in range(6):
        held.append((v.read_value(), np.asarray(v), f(), twin.value(), 1.0 + i))
    for value, view, after, doubled, expected in held:
        assert value.numpy()[0, 0] == view[0, 0] == expected
        assert after.numpy()[0, 0] == expected + 1
        assert doubled.numpy()[0, 0] == 2 * (expected + 1)


def test_one_variable_as_two_arguments_is_one_variable(compiled):
    @tf.function
    def f(a, b):
        a.assign_add(1.0)
        return b * 10.0

    v, w = tf.Variable(1.0), tf.Variable(5.0)
    assert f(v, w).numpy() == 50.0
    assert f(v, v).numpy() == 30.0
    assert f(w, v).numpy() == 30.0


def test_threads_lose_no_update():
    v = tf.Variable(0)
    other = tf.Variable(tf.zeros([64, 64]))

    @tf.function
    def f():
        v.assign_add(1)
        for _ in range(6):
            other.assign_add(tf.ones([64, 64]))

    f()
    threads = [threading.Thread(target=lambda: [f() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert v.numpy() == 201
    assert (other.numpy() == 201 * 6).all()


# ---- checks --------------------------------------------------------------------------------------


def test_a_failed_check_says_what_the_kernel_says_and_names_the_line(compiled):
    v = tf.Variable(0)

    @tf.function
    def f(x, i):
        v.assign_add(1)
        y = tf.gather(x, i)  # <- here
        v.assign_add(1)
        return y

    assert f(tf.constant([1, 2]), tf.constant([1])).numpy() == [2]
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        f(tf.constant([1, 2]), tf.constant([3]))
    text = str(caught.value)
    assert "indices[0] = 3 is not in [0, 2)" in text
    assert text.startswith("Graph execution error:\n\nDetected at node")
    assert f'File "{__file__}"' in text
    assert v.numpy() == 4  # both assignments happened, as in TensorFlow


def test_a_check_inside_a_loop_is_heard(compiled):
    @tf.function
    def f(x, n):
        total = 0
        for i in tf.range(n):
            total += tf.gather(x, i)
        return total

    assert f(tf.constant([1, 2, 3]), tf.constant(3)).numpy() == 6
    with pytest.raises(tf.errors.InvalidArgumentError, match="is not in"):
        f(tf.constant([1, 2, 3]), tf.constant(4))


def test_integer_division_by_zero_is_an_error_and_jit_compile_drops_it(compiled):
    f = tf.function(lambda x, y: x // y)
    assert f(tf.constant([7]), tf.constant([2])).numpy() == [3]
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        f(tf.constant([7]), tf.constant([0]))
    tf.function(lambda x, y: x // y, jit_compile=True)(tf.constant([7]), tf.constant([0]))


# ---- lists that grow -----------------------------------------------------------------------------


def test_the_gradient_of_a_long_loop_outgrows_its_buffer_once(compiled):
    @tf.function
    def f(x, n):
        y = x
        i = 0
        while i < n:
            y = y * 1.01 + 0.1 * x
            i += 1
        return y

    def by_hand(x, n):
        y, slope = x, 1.0
        for _ in range(n):
            y, slope = y * 1.01 + 0.1 * x, slope * 1.01 + 0.1
        return slope

    x = tf.constant(2.0)
    for n in (3, 100, 5, 100):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, tf.constant(n))
        assert tape.gradient(y, x).numpy() == pytest.approx(by_hand(2.0, n), rel=1e-5)


# ---- explain -------------------------------------------------------------------------------------


def test_explain_before_and_after(compiled):
    f = tf.function(lambda x: x * 2.0 + 1.0)
    assert "not been traced" in str(f.explain())
    f(tf.ones([3]))
    text = str(f.explain())
    assert "island of" in text
    assert "compiled for 1 shape" in text


def test_compiler_ir_has_the_function_s_name():
    f = tf.function(lambda x: x + 1.0, jit_compile=True)
    text = f.experimental_get_compiler_ir(tf.constant(1.0))(stage="hlo")
    assert text.startswith("HloModule a_inference_")
    assert "(f32[])->f32[]" in text.splitlines()[0]
    assert "add" in f.experimental_get_compiler_ir(tf.constant(1.0))(stage="optimized_hlo")
    with pytest.raises(ValueError, match="Invalid stage"):
        f.experimental_get_compiler_ir(tf.constant(1.0))(stage="nonsense")


def test_jit_compile_answers_what_xla_answers_for_constants_too():
    assert tf.function(lambda: tf.constant([1, 2]) // 0, jit_compile=True)().shape == (2,)
    tf.function(lambda: tf.linalg.inv([[1.0, 1.0], [1.0, 1.0]]), jit_compile=True)()
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.function(lambda: tf.constant([1, 2]) // 0)()


def test_the_host_sorts_many_elements(monkeypatch):
    monkeypatch.setattr(machine, "MANY", 8)

    @tf.function
    def middle(x):
        order = tf.sort(x * 2.0 + 1.0)
        return tf.reduce_sum(order[:3] * 3.0) + order[0]

    many = tf.range(20.0, 0.0, -1.0)
    assert float(middle(many)) == 3 * (3 + 5 + 7) + 3
    assert "XLA sorts many elements slowly" in str(middle.explain())


def test_an_op_alone_runs_as_in_eager_mode():
    function = tf.function(lambda x: tf.square(x))
    x = tf.ones([300, 300])
    np.testing.assert_array_equal(function(x), tf.square(x))
    assert "as in eager mode" in str(function.explain())


def test_strings_that_a_host_step_makes_of_constants_stay_on_the_host(compiled):
    image = np.full((8, 8, 3), 200, np.uint8)
    f = tf.function(lambda: tf.image.adjust_jpeg_quality(image, 90) // 2)
    np.testing.assert_array_equal(f(), np.full((8, 8, 3), 100))


def test_the_host_reads_what_a_compiled_step_has_written():
    rows, at = tf.Variable(tf.ones([3, 2])), tf.constant([0])
    tf.gather(rows, at)  # from now on the front door knows what serves it
    tf.function(lambda: rows.assign_add(tf.ones([3, 2])), jit_compile=True)()
    np.testing.assert_array_equal(tf.gather(rows, at), [[2, 2]])
    for table in (rows, rows.value()):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[0\] = 3 is not in \["):
            tf.gather(table, [3])
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[0\] = -1 is not in"):
            tf.gather(table, [-1])
