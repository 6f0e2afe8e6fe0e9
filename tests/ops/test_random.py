"""Random ops and generators: whose turn it is, what ends where, and what does not.

The numbers themselves are TensorFlow's and stand in tests/ops/philox_expected.json and in the rows.

Read next: headrace/_src/ops/random.py, headrace/_src/objects/generator.py.
"""

import doctest
import threading

import numpy as np
import pytest

import headrace as tf

SEED = [1, 2]


# ---- the global seed -----------------------------------------------------------------------------


def test_an_op_seed_names_a_sequence():
    tf.random.set_seed(42)
    first, second = (tf.random.uniform([2], seed=1).numpy().tolist() for _ in range(2))
    assert first == [0.15012848377227783, 0.6399253606796265]
    assert second == [0.3665804862976074, 0.8912454843521118]


def test_ops_without_a_seed_take_turns():
    tf.random.set_seed(42)
    tf.random.uniform([2])
    normal = tf.random.normal([2]).numpy().tolist()
    tf.random.truncated_normal([2])
    order = tf.random.shuffle([1, 2, 3, 4]).numpy().tolist()
    uniform = tf.random.uniform([2]).numpy().tolist()
    assert np.allclose(normal, [0.08422458171844482, -0.8609037399291992], rtol=1e-6)
    assert order == [3, 2, 1, 4]
    assert uniform == [0.8031560182571411, 0.4977773427963257]


def test_scaling_shares_the_sequence_and_dtypes_do_not():
    tf.random.set_seed(42)
    plain = tf.random.uniform([2], seed=5).numpy()
    scaled = tf.random.uniform([2], 4.0, 6.0, seed=5).numpy()
    double = tf.random.uniform([2], seed=5, dtype=tf.float64).numpy()
    tf.random.set_seed(42)
    assert np.array_equal(tf.random.uniform([2], seed=5).numpy(), plain)
    assert np.array_equal(tf.random.uniform([2], seed=5).numpy() * 2 + 4, scaled)
    assert np.array_equal(tf.random.uniform([2], seed=5, dtype=tf.float64).numpy(), double)


@pytest.mark.parametrize("seed", [3, 3.0, np.int64(3), np.array(3), True, -3, 2**70])
def test_any_number_is_a_seed(seed):
    def draw():
        tf.random.set_seed(seed)
        return tf.random.uniform([3]).numpy().tolist()

    assert draw() == draw()
    tf.random.set_seed(tf.constant(3))
    of_tensor = tf.random.uniform([2]).numpy().tolist()
    assert of_tensor == [0.13366317749023438, 0.5678530931472778]


def test_what_is_no_number_is_no_seed():
    for wrong in ([1], {}):
        with pytest.raises(TypeError):
            tf.random.set_seed(wrong)
    tf.random.set_seed(42)
    with pytest.raises(TypeError):
        tf.random.uniform([2], seed="a")


def test_threads_share_the_state():
    tf.random.set_seed(42)
    alone = {tuple(tf.random.uniform([3], seed=1).numpy().tolist()) for _ in range(40)}
    tf.random.set_seed(42)
    together = []

    def draw():
        for _ in range(10):
            together.append(tuple(tf.random.uniform([3], seed=1).numpy().tolist()))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(together) == alone


def test_unseeded_draws_differ():
    tf.random.set_seed(None)
    one, other = (tf.random.uniform([4]).numpy().tolist() for _ in range(2))
    assert one != other


# ---- dtypes and shapes ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_floats_of_every_dtype(dtype):
    for draw in (tf.random.uniform, tf.random.normal, tf.random.truncated_normal):
        value = draw([7], dtype=dtype)
        assert value.dtype.name == dtype and value.numpy().dtype == value.dtype.array_dtype


@pytest.mark.parametrize(
    "shape",
    [(2, 2), tf.TensorShape([2, 2]), tf.constant([2, 2]), np.array([2, 2]), [tf.constant(2), 2]],
    ids=["tuple", "TensorShape", "tensor", "array", "mixed"],
)
def test_shapes_in_every_form(shape):
    tf.random.set_seed(42)
    assert tf.random.uniform(shape).numpy().ravel()[0] == np.float32(0.6645621)
    assert tf.random.poisson([0], tf.zeros([0, 3])).shape == (0, 0, 3)
    assert tf.random.stateless_gamma([2, 0], SEED, tf.zeros([0])).shape == (2, 0)


def test_a_large_draw_begins_like_a_small_one():
    tf.random.set_seed(42)
    small = tf.random.normal([5], seed=3).numpy()
    tf.random.set_seed(42)
    assert np.array_equal(tf.random.normal([200_000], seed=3)[:5].numpy(), small)


# ---- gradients -----------------------------------------------------------------------------------


def gradient_of(function, *inputs):
    with tf.GradientTape() as tape:
        for x in inputs:
            tape.watch(x)
        y = function(*inputs)
    return tape.gradient(y, list(inputs))


def test_gamma_moves_with_its_parameters():
    """The implicit derivative, from TensorFlow."""
    tf.random.set_seed(42)
    alpha = tf.constant([1.0, 2.0, 30.0], tf.float64)
    (found,) = gradient_of(lambda a: tf.random.gamma([2], a, dtype=tf.float64), alpha)
    wanted = [3.062776715437878, 1.0815396370110388, 1.8593945275047392]
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-7)
    tf.random.set_seed(42)
    parameters = tf.constant([[1.0], [0.2]]), tf.constant([1.0, 2.0, 3.0])
    alpha, beta = gradient_of(lambda a, b: tf.random.gamma([2], a, b), *parameters)
    np.testing.assert_allclose(alpha.numpy(), [[4.749983787], [2.872184277]], rtol=1e-5)
    np.testing.assert_allclose(beta.numpy(), [-3.52933669, -0.51049352, -0.1763767], rtol=1e-5)


def test_choices_have_no_gradient():
    x = tf.constant([1.0, 2.0, 3.0])
    assert gradient_of(tf.random.shuffle, x) == [None]
    assert gradient_of(lambda lam: tf.random.stateless_poisson([3], SEED, lam, "float32"), x) == [
        None
    ]
    for draw, op in (
        (lambda v: tf.random.poisson([2], v), "RandomPoissonV2"),
        (lambda v: tf.random.experimental.stateless_shuffle(v, SEED), "StatelessShuffle"),
    ):
        with pytest.raises(LookupError, match=op):
            gradient_of(draw, x)


# ---- algorithms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "alg", ["philox", "auto_select", 1, 3, None, tf.random.Algorithm.PHILOX, tf.constant(1)]
)
def test_philox_by_every_name(alg):
    value = tf.random.stateless_uniform([1], SEED, alg=alg)
    assert value.numpy().tolist() == [0.8440604209899902]


def test_other_algorithms_are_refused():
    for wrong in ("foo", 4):
        with pytest.raises(ValueError, match="unsupported value"):
            tf.random.stateless_uniform([1], SEED, alg=wrong)
        with pytest.raises(ValueError, match="unsupported value"):
            tf.random.create_rng_state(1, wrong)
    with pytest.raises(TypeError, match="alg"):
        tf.random.create_rng_state(1, None)
    generator = tf.random.Generator.from_seed(1, alg="threefry")
    assert generator.state.shape == (2,) and generator.algorithm == 2
    with pytest.raises(tf.errors.UnimplementedError, match="ThreeFry"):
        generator.uniform([2])


# ---- Generator -----------------------------------------------------------------------------------


def state_of(generator):
    return generator.state.numpy().tolist()


def test_a_generator_goes_on():
    g = tf.random.Generator.from_seed(1)
    uniform, normal = g.uniform([3]).numpy(), g.normal([3]).numpy()
    wanted = [0.7874951362609863, 0.3906511068344116, 0.29263055324554443]
    assert uniform.tolist() == wanted
    wanted = [-0.8393225073814392, 0.16036783158779144, -0.8617845773696899]
    np.testing.assert_allclose(normal, wanted, rtol=1e-6)
    assert state_of(g) == [1537, 0, 0]
    assert g.split(1)[0].state.numpy().tolist() == [0, 0, -5225725901448213686]
    assert repr(g.state).startswith("<tf.Variable 'StateVar:0' shape=(3,) dtype=int64")
    assert not g.state.trainable


def test_every_draw_spends_256_blocks_a_value():
    g = tf.random.Generator.from_seed(0)
    spent = 0
    for values, draw in [
        (3, lambda: g.uniform([3])),
        (6, lambda: g.uniform([2, 3], 0, 9, tf.int64)),
        (2, lambda: g.uniform([2], None, None, tf.int32)),
        (1, lambda: g.normal([])),
        (5, lambda: g.truncated_normal([5])),
        (4, lambda: g.uniform_full_int([4])),
        (3, lambda: g.make_seeds(3)),
        (2, lambda: g.split(2)),
        (7, lambda: g.skip(7)),
        (-2, lambda: g.skip(tf.constant(-2))),
    ]:
        draw()
        spent += 256 * values
        assert state_of(g) == [spent, 0, 0]
    g.binomial([3, 3], [10.0, 20.0, 30.0], [0.5])
    assert state_of(g) == [spent + 230400, 0, 0]


def test_states_are_given_taken_and_shared():
    g = tf.random.Generator.from_state([1, 2, 3], "philox")
    assert g.uniform([2]).numpy().tolist() == [0.45901167392730713, 0.5334248542785645]
    g.reset([1, 2, 3])
    assert g.key.numpy() == 3
    copy = tf.random.Generator(copy_from=g)
    copy.uniform([2])
    assert state_of(g) == [1, 2, 3]
    g.reset_from_key_counter(5, [6, 7])
    assert state_of(g) == [6, 7, 5]
    g.reset_from_seed(-7)
    assert state_of(g) == [-7, -1, -1]
    variable = tf.Variable([1, 2, 3], dtype=tf.int64)
    shared = tf.random.Generator.from_state(variable, "philox")
    shared.skip(1)
    assert shared.state is variable and variable.numpy().tolist() == [257, 2, 3]


@pytest.mark.parametrize(
    "seed, state",
    [
        (1, [1, 0, 0]),
        (2**70 + 5, [5, 64, 0]),
        ([1], [0, 0, 1]),
        ([1, 2, 3, 4], [1, 2, 3]),
        (np.int64(-5), [0, 0, -5]),
        (tf.constant([5, 6]), [0, 5, 6]),
        (1.5, [0, 0, 1]),
    ],
    ids=str,
)
def test_seeds_become_states(seed, state):
    assert tf.random.create_rng_state(seed, "philox").numpy().tolist() == state


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda g: g.reset([1, 2]), ValueError),
        (lambda g: g.reset_from_key_counter(5, [6]), ValueError),
        (lambda g: g.reset_from_key_counter([5], [6, 7]), ValueError),
        (lambda g: g.uniform([3], dtype=tf.int32), ValueError),
        (lambda g: g.uniform([3], 6, 6, tf.int32), tf.errors.InvalidArgumentError),
        (lambda g: g.uniform([3], 0, 6, tf.uint32), tf.errors.NotFoundError),
        (lambda g: g.uniform(None), ValueError),
        (lambda g: g.normal([2], dtype=tf.int32), TypeError),
        (lambda g: g.skip([1]), tf.errors.InvalidArgumentError),
        (lambda g: g.split(-1), tf.errors.InvalidArgumentError),
        (lambda g: g.binomial([3], [10.0], [0.5]), tf.errors.InvalidArgumentError),
        (lambda g: g.binomial([3], 10, 0.5), tf.errors.InvalidArgumentError),
        (lambda g: tf.random.Generator(), AssertionError),
        (lambda g: tf.random.Generator(copy_from=g, alg="philox"), AssertionError),
        (lambda g: tf.random.Generator.from_state([1, 2], "philox"), ValueError),
    ],
)
def test_what_generators_refuse(call, error):
    with pytest.raises(error):
        call(tf.random.Generator.from_seed(1))


def test_gradients_reach_the_parameters_of_a_generator():
    g = tf.random.Generator.from_seed(1)
    mean, stddev = gradient_of(lambda m, s: g.normal([4], m, s), tf.constant(0.0), tf.constant(2.0))
    g.reset_from_seed(1)
    assert mean.numpy() == 4.0
    np.testing.assert_allclose(stddev.numpy(), g.normal([4]).numpy().sum(), rtol=1e-6)


def test_the_generator_of_the_process():
    before = tf.random.get_global_generator()
    assert before is tf.random.get_global_generator()
    try:
        tf.random.set_global_generator(tf.random.Generator.from_seed(9))
        assert state_of(tf.random.get_global_generator()) == [9, 0, 0]
    finally:
        tf.random.set_global_generator(before)


def test_the_examples_of_generators():
    """Pytest passes them by: the class bears TensorFlow's module name."""
    runner = doctest.DocTestRunner(verbose=False)
    for name, member in [("Generator", tf.random.Generator), *vars(tf.random.Generator).items()]:
        text = getattr(member, "__func__", member).__doc__
        if name == "Generator" or not name.startswith("_"):
            runner.run(doctest.DocTestParser().get_doctest(text, {"tf": tf}, name, None, 0))
    assert runner.tries >= 16 and not runner.failures
