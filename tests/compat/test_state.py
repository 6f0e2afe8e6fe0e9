"""Variables, scopes, collections, flags, files and the logger of `tf.compat.v1`, run eagerly.

Read next: headrace/_src/compat/scopes.py.
"""

import io
import logging

import pytest
from absl import flags as abseil

import headrace as tf

v1 = tf.compat.v1


@pytest.fixture(autouse=True)
def fresh():
    v1.reset_default_graph()
    yield
    v1.reset_default_graph()


def test_scopes_name_what_is_made_inside():
    with v1.variable_scope("a") as outer, v1.variable_scope("b", dtype=tf.float64) as scope:
        w = v1.get_variable("w", [1])
        assert v1.get_variable_scope() is scope
        assert tf.Variable(1.0, name="q").name == "a/b/q:0"
    assert (outer.name, scope.name, scope.original_name_scope) == ("a", "a/b", "a/b/")
    assert (w.name, w.dtype, scope.reuse) == ("a/b/w:0", tf.float64, v1.AUTO_REUSE)
    with v1.variable_scope(scope) as again:
        assert (again.name, again is scope) == ("a/b", False)
        assert v1.get_variable("z", [1]).name == "a/b/z:0"
    assert v1.get_variable_scope().name == ""


def test_a_default_name_is_counted():
    names = []
    for _ in range(2):
        with v1.variable_scope(None, default_name="dense") as scope:
            names.append(scope.name)
    assert names[0] != names[1]
    assert all(name.startswith("dense") for name in names)


def test_get_variable():
    first, second = v1.get_variable("w", [2]), v1.get_variable("w", [2])
    assert first is not second
    assert first.name == second.name == "w:0"
    assert v1.get_variable("w", initializer=[1, 2]).dtype is tf.int32
    assert v1.get_variable("w", [2], tf.bool).numpy().tolist() == [False, False]
    assert v1.get_variable("w", [2], initializer=tf.zeros_initializer).numpy().tolist() == [0, 0]
    assert v1.get_variable("w", initializer=lambda: tf.ones([2])).shape == [2]
    seen = []
    v1.get_variable("w", [1], regularizer=seen.append)
    assert len(seen) == 1
    assert isinstance(first, v1.Variable)
    assert isinstance(v1.Variable(1), tf.Variable)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: v1.get_variable("w"), ValueError, "w did not get an initializer"),
        (lambda: v1.get_variable("w", [1], initializer=1.0), ValueError, "do not specify shape"),
        (lambda: v1.get_variable("w", [None]), ValueError, "should be fully defined"),
        (lambda: v1.get_variable("w", [1], partitioner=1), ValueError, "must be callable"),
        (lambda: v1.variable_scope(None), TypeError, "name_or_scope is required"),
        (lambda: v1.variable_scope(3), TypeError, "must be a string or VariableScope"),
        (lambda: v1.variable_scope("a", reuse=3), ValueError, "must be True or False or None"),
        (lambda: v1.variable_scope("a", partitioner=len), NotImplementedError, "partitioner"),
        (lambda: v1.name_scope(3), TypeError, "not a string type"),
    ],
)
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_a_custom_getter_stands_between():
    def getter(getter, name, *args, **kwargs):
        return getter(f"{name}_mine", *args, **kwargs)

    with v1.variable_scope("a", custom_getter=getter):
        assert v1.get_variable("w", [1]).name == "a/w_mine:0"


def test_no_variables_in_a_graph_of_old():
    with tf.Graph().as_default():
        assert not v1.executing_eagerly_outside_functions()
        with pytest.raises(NotImplementedError, match=r"no variables in a `tf\.Graph`"):
            v1.get_variable("w", [1])
        with pytest.raises(AssertionError, match="nested graphs"):
            v1.reset_default_graph()


def test_variables_in_a_function():
    made = []

    @tf.function
    def f():
        if not made:
            made.append(v1.get_variable("w", [1], initializer=v1.ones_initializer()))
        return v1.assign_add(made[0], [1.0]) + 0.0

    assert f().numpy().tolist() == [2.0]
    assert f().numpy().tolist() == [3.0]


def test_collections():
    v1.add_to_collections(["a", "b"], 1)
    v1.add_to_collection("a", 2)
    assert v1.get_collection("a") == [1, 2]
    assert v1.get_collection(v1.GraphKeys.UPDATE_OPS) == []
    with tf.Graph().as_default() as graph:
        assert v1.get_default_graph() is graph
        assert v1.get_collection("a") == []


def test_the_global_step():
    assert v1.train.get_global_step() is None
    step = v1.train.get_or_create_global_step()
    assert (step.name, step.dtype, step.trainable) == ("global_step:0", tf.int64, False)
    assert v1.train.get_or_create_global_step() is step
    with pytest.raises(ValueError, match='"global_step" already exists'):
        v1.train.create_global_step()


def test_assignments():
    v = tf.Variable([2, 4])
    v1.assign(v, [3, 5])
    v1.scatter_add(v, [1], [1])
    v1.scatter_nd_update(v, [[0]], [9])
    assert v.numpy().tolist() == [9, 6]


def test_files(tmp_path):
    path = str(tmp_path / "a" / "b")
    v1.gfile.MakeDirs(dirname=path)
    with v1.gfile.Open(f"{path}/x", "w") as file:
        file.write("text")
    v1.gfile.Copy(f"{path}/x", f"{path}/y")
    assert sorted(v1.gfile.ListDirectory(path)) == ["x", "y"]
    assert next(v1.gfile.Walk(str(tmp_path), in_order=False))[0] == path
    with pytest.raises(tf.errors.NotFoundError):
        v1.gfile.Remove(f"{path}/z")
    v1.gfile.DeleteRecursively(str(tmp_path / "a"))
    assert not v1.gfile.Exists(path)


def test_logging():
    logger = tf.get_logger()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    before = v1.logging.get_verbosity()
    logger.addHandler(handler)
    try:
        v1.logging.set_verbosity(v1.logging.INFO)
        v1.logging.info("a %s", 1)
        v1.logging.debug("hidden")
        for i in range(4):
            v1.logging.log_every_n(v1.logging.INFO, "every %d", 2, i)
            v1.logging.log_first_n(v1.logging.INFO, "first %d", 1, i)
    finally:
        logger.removeHandler(handler)
        v1.logging.set_verbosity(before)
    assert stream.getvalue().split("\n")[:-1] == ["a 1", "every 0", "first 0", "every 2"]


def test_flags(monkeypatch):
    monkeypatch.setattr("sys.argv", ["program", "--width=3", "--unknown=1"])
    values = abseil.FlagValues()
    monkeypatch.setattr(abseil, "FLAGS", values)
    v1.flags.DEFINE_integer("width", 1, "how wide", flag_values=values)
    assert v1.app.flags.FLAGS.width == 3
    assert "width" in v1.flags.FLAGS


def test_switches():
    assert v1.executing_eagerly_outside_functions()
    assert v1.enable_eager_execution() is None
    assert v1.enable_v2_behavior() is None
    assert v1.control_flow_v2_enabled()
    assert v1.global_variables_initializer() is None
