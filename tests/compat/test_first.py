"""`tf.compat.v1`: second names are the same objects, old arguments are translated.

Literal results are what TensorFlow 2.21 answered.

Read next: headrace/_src/compat/arguments.py.
"""

from collections import Counter

import numpy as np
import pytest

import headrace as tf
from headrace._src.compat.arguments import either, translated
from tools import face

v1 = tf.compat.v1


# ---- second names --------------------------------------------------------------------------------


def test_every_second_name_of_what_is_listed_is_listed():
    assert not face.twins(), "run `python tools/face.py twins`"


def test_second_names_are_the_same_objects():
    present = face.listed()
    checked = Counter()
    for name, canonical in face.symbols().items():
        if name.startswith("compat.v1.") and name in present and canonical in present:
            assert present[name] == present[canonical], name
            checked[canonical.startswith("compat.v1.")] += 1
    assert checked[False] > 900


@pytest.mark.parametrize(
    "name", ["reshape", "float32", "math.exp", "nn.relu", "errors.NotFoundError", "io.gfile.exists"]
)
def test_identity(name):
    first, second = tf, v1
    for leaf in name.split("."):
        first, second = getattr(first, leaf), getattr(second, leaf)
    assert first is second


def test_namespaces_of_others():
    assert v1.compat.v1 is v1
    assert v1.raw_ops is tf.raw_ops


@pytest.mark.parametrize("name", ["Session", "placeholder", "train.AdamOptimizer"])
def test_graphs_with_sessions_are_absent_by_name(name):
    home, _, leaf = name.rpartition(".")
    with pytest.raises(AttributeError, match=rf"headrace has no 'tf\.compat\.v1\.{name}' yet"):
        getattr(getattr(v1, home) if home else v1, leaf)


# ---- old arguments -------------------------------------------------------------------------------


def test_either():
    assert either("axis", 1, "dim", None) == 1
    assert either("axis", None, "dim", 2) == 2
    with pytest.raises(ValueError, match=r"^Cannot specify both 'dim' and 'axis'\.$"):
        either("axis", 1, "dim", 1)


def test_translated():
    def modern(x, axis=0, name=None):
        """A thing. More."""
        return x, axis, name

    old = translated(modern, "old(x, axis=None, dim=None, lock=1)", "1 -> 1", "lock", dim="axis")
    assert old(3, dim=4) == (3, 4, None)
    assert old.__module__ == __name__
    assert "`dim` is the old name of `axis`." in old.__doc__
    assert "`lock` has no effect" in old.__doc__


X = [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (lambda: v1.reduce_sum(X, reduction_indices=0), [4, 6]),
        (lambda: v1.reduce_sum(X, axis=0, keep_dims=True), [[4, 6]]),
        (lambda: v1.argmax([1, 2, 3], dimension=0), 2),
        (lambda: v1.squeeze([[1, 2]], squeeze_dims=0), [1, 2]),
        (lambda: v1.where([True, False], X, [[5, 6], [7, 8]]), [[1, 2], [7, 8]]),
        (lambda: v1.where(True, [1, 2], [3, 4]), [1, 2]),
        (lambda: v1.where([True, False]), [[0]]),
        (lambda: v1.pad([[1]], [[1, 1], [0, 0]], "constant", constant_values=3), [[3], [1], [3]]),
        (lambda: v1.count_nonzero(input=[[1, 0, 2]], axis=1, dtype=tf.int32), [2]),
        (lambda: v1.reverse_sequence([[1, 2, 3]], [2], seq_dim=1, batch_dim=0), [[2, 1, 3]]),
        (lambda: v1.div(-7, 2), -4),
        (lambda: v1.to_int32([1.7]), [1]),
        (lambda: v1.cond(tf.constant(True), lambda: [tf.constant(1)], lambda: [tf.constant(2)]), 1),
        (lambda: v1.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)]), 3),
        (lambda: v1.scan(lambda a, x: a + x, tf.constant([1, 2]), reverse=True), [3, 2]),
        (lambda: v1.py_func(lambda x: x + 1, [tf.constant(1)], tf.int32), 2),
        (lambda: v1.nn.dropout(tf.ones([2]), keep_prob=1.0), [1, 1]),
        (lambda: v1.nn.embedding_lookup([[[1.0], [2.0]], [[3.0], [4.0]]], [0, 1, 2, 3], "div"),
         [[1], [2], [3], [4]]),
    ],
)  # fmt: skip
def test_values(call, wanted):
    result = call()
    assert result.shape == np.shape(wanted)
    np.testing.assert_array_equal(result.numpy(), wanted)


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        (0, [0.0, 1.3333334, 2.6666667]),
        (v1.image.ResizeMethod.NEAREST_NEIGHBOR, [0.0, 1.0, 2.0]),
        (2, [0.0, 1.3700992, 2.741012]),
        ("area", [0.25, 1.5, 2.7499998]),
    ],
)
def test_images_are_resized_from_their_corners(method, wanted):
    images = tf.range(4.0)[None, :, None, None] * tf.ones([1, 4, 4, 1])
    result = v1.image.resize(images, [3, 3], method)[0, :, 0, 0].numpy()
    np.testing.assert_allclose(result, wanted, rtol=1e-6)
    assert v1.image.resize(tf.ones([1, 4, 4, 1], tf.uint8), [4, 4]).dtype is tf.uint8


def test_rows_of_parts_are_dealt_out_and_differentiated():
    table = tf.Variable([[3.0], [4.0]])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(v1.nn.embedding_lookup([[[1.0], [2.0]], table], [0, 1, 3, 3]))
    assert y.numpy() == 12
    np.testing.assert_array_equal(tf.convert_to_tensor(tape.gradient(y, table)), [[1.0], [2.0]])


def test_labels_have_no_gradient_in_the_first_version():
    labels = tf.constant([[0.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(labels)
        y = v1.nn.softmax_cross_entropy_with_logits(labels=labels, logits=[[1.0, 2.0]])
    np.testing.assert_allclose(y.numpy(), [0.31326166], rtol=1e-6)
    assert tape.gradient(y, labels) is None


def test_old_functions_in_a_graph():
    @tf.function(input_signature=[tf.TensorSpec([None, None]), tf.TensorSpec([None], tf.bool)])
    def f(x, rows):
        y = v1.where(rows, x, v1.zeros_like(x))
        return v1.reduce_sum(v1.expand_dims(y, dim=0), reduction_indices=[0, 1], keep_dims=False)

    np.testing.assert_array_equal(f([[1.0, 2.0], [3.0, 4.0]], [True, False]), [1.0, 2.0])


Invalid = tf.errors.InvalidArgumentError


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: v1.reduce_sum(X, 0, reduction_indices=0), ValueError, "'reduction_indices' and"),
        (lambda: v1.expand_dims([1]), ValueError, "Must specify an axis"),
        (lambda: v1.where([True], [1, 2], [3, 4]), Invalid, r"Input 0: \[1\] != input 1: \[2\]"),
        (lambda: v1.where([True], [1]), ValueError, "both be non-None or both be None"),
        (lambda: v1.constant(1, shape=[2], verify_shape=True), TypeError, r"with shape \(2,\)"),
        (lambda: v1.div(7, 2.0), TypeError, "dtype int32"),
        (lambda: v1.cond(True, lambda: 1), TypeError, "'false_fn' argument required"),
        (lambda: v1.while_loop(lambda: True, lambda: 1, []), ValueError, "'loop_vars' must be"),
        (lambda: v1.nn.dropout([1.0]), ValueError, "`rate` must be provided"),
        (lambda: v1.nn.softmax([1.0], 0, dim=0), ValueError, "'dim' and 'axis'"),
        (lambda: v1.nn.embedding_lookup([1], 0, "foo"), ValueError, "partition strategy: foo"),
        (lambda: v1.nn.max_pool(1, 1, 1, "VALID", input=1), ValueError, "'value' and 'input'"),
        (lambda: v1.nn.softmax_cross_entropy_with_logits([1.0]), ValueError, "Both `labels`"),
        (lambda: v1.image.resize([[1.0]], [2, 2]), ValueError, "either 3 or 4 dimensions"),
        (lambda: v1.image.resize([[[1.0]]], [2, 2], "lanczos3"), ValueError, "not implemented"),
        (lambda: v1.assert_equal(1, 2, data=[1]), NotImplementedError, "does not show `data`"),
        (lambda: v1.assert_equal(1, 2), Invalid, "Condition x == y did not hold"),
        (lambda: v1.gradients(1.0, 2.0), RuntimeError, "not supported when eager"),
        (v1.disable_v2_behavior, NotImplementedError, "graphs and sessions of TensorFlow 1"),
        (v1.disable_eager_execution, NotImplementedError, "disable_eager_execution"),
        (lambda: v1.device(lambda op: "CPU:0"), RuntimeError, "does not support functions"),
    ],
)  # fmt: skip
def test_errors(call, error, match):
    with pytest.raises(error, match=match):
        call()


Y, P = [[1.0, 0.0, 2.0], [0.5, 3.0, 1.0]], [[0.0, 1.0, 4.0], [0.5, 1.0, -1.0]]


@pytest.mark.parametrize(
    ("loss", "weights", "wanted"),
    [
        ("mean_squared_error", 1.0, 14 / 6),
        ("mean_squared_error", [[1.0], [0.0]], 2.0),
        ("absolute_difference", [[1.0, 0.0, 2.0]], 9 / 4),
        ("huber_loss", 2.0, 11 / 6),
        ("huber_loss", 0.0, 0.0),
    ],
)
def test_losses(loss, weights, wanted):
    result = getattr(v1.losses, loss)(Y, P, weights=weights)
    np.testing.assert_allclose(result.numpy(), wanted, rtol=1e-6)


def test_reductions_of_losses():
    weights, kinds = [[1.0], [0.0]], v1.losses.Reduction
    found = [
        v1.losses.mean_squared_error(Y, P, weights=weights, reduction=kind).numpy().tolist()
        for kind in (kinds.NONE, kinds.SUM, kinds.MEAN, kinds.SUM_OVER_BATCH_SIZE)
    ]
    assert found == [[[1.0, 1.0, 4.0], [0.0, 0.0, 0.0]], 6.0, 2.0, 1.0]
    for wrong in ({"weights": [1.0, 0.0]}, {"reduction": "sum"}):
        with pytest.raises(ValueError, match=r"can not be broadcast|Invalid Reduction Key"):
            v1.losses.mean_squared_error(Y, P, **wrong)
    with pytest.raises(ValueError, match="incompatible"):
        v1.losses.mean_squared_error([1.0, 2.0], [1.0])


def test_initializers():
    assert v1.zeros_initializer(tf.int32).get_config() == {"dtype": "int32"}
    assert v1.glorot_uniform_initializer().get_config() == {"seed": None, "dtype": "float32"}
    tf.random.set_seed(1)
    draw = v1.random_uniform_initializer(seed=1)
    assert draw([3]).numpy().tolist() != draw([3]).numpy().tolist()
    big = v1.variance_scaling_initializer(2.0, seed=3)([200, 100]).numpy()
    np.testing.assert_allclose(big.std(), (2 / 200) ** 0.5, rtol=0.03)
    with pytest.raises(TypeError, match="but got shape"):
        v1.constant_initializer([1, 2])([3], verify_shape=True)
    with pytest.raises(ValueError, match="must be a positive float"):
        v1.variance_scaling_initializer(0.0)


def test_where_must_know_whether_it_chooses_rows():
    @tf.function(input_signature=[tf.TensorSpec(None), tf.TensorSpec([None], tf.bool)])
    def f(x, rows):
        return v1.where(rows, x, x)

    with pytest.raises(NotImplementedError, match=r"tf\.compat\.v1\.where"):
        f([[1.0]], [True])
