"""Random numbers inside functions: TensorFlow's, on the host and compiled, call after call.

The expected numbers were observed in TensorFlow 2.21.

Read next: headrace/_src/ops/random.py, headrace/_src/objects/generator_steps.py.
"""

import numpy as np
import pytest

import headrace as tf

JIT = pytest.mark.parametrize("jit_compile", [None, True], ids=["host", "compiled"])


@pytest.fixture(autouse=True)
def _unseeded_afterwards():
    yield
    tf.random.set_seed(None)


def close(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_every_distribution_goes_on():
    tf.random.set_seed(7)

    @tf.function
    def draw():
        return (
            tf.random.uniform([2]),
            tf.random.normal([2], seed=5),
            tf.random.truncated_normal([2]),
            tf.random.uniform([3], 0, 10, tf.int32),
            tf.random.shuffle(tf.range(5)),
            tf.random.gamma([2], [1.5]),
            tf.random.poisson([2], [3.0]),
            tf.random.categorical([[0.0, 1.0]], 4),
        )

    close(
        draw(),
        [
            [0.7537285089492798, 0.07793760299682617],
            [0.007278046105057001, 0.5343581438064575],
            [-0.5408053994178772, 1.1220329999923706],
            [5, 1, 6],
            [3, 0, 4, 1, 2],
            [[0.5199188590049744], [0.7582719326019287]],
            [[3.0], [5.0]],
            [[1, 0, 1, 1]],
        ],
    )
    close(
        draw(),
        [
            [0.39710164070129395, 0.6849350929260254],
            [-0.14291082322597504, -0.08963896334171295],
            [0.7477176785469055, -0.20272484421730042],
            [3, 3, 7],
            [2, 1, 0, 3, 4],
            [[0.794026255607605], [0.7379714250564575]],
            [[6.0], [5.0]],
            [[1, 1, 1, 0]],
        ],
    )


def seeds_of(*tensors):
    return [(t.op.get_attr("seed"), t.op.get_attr("seed2")) for t in tensors]


def test_seeds_are_settled_while_tracing():
    tf.random.set_seed(7)
    found = []

    @tf.function
    def draw(p):
        a, b = tf.random.uniform([]), tf.random.uniform([], seed=5)
        found.append(seeds_of(a, b))

        def body():
            c = tf.random.uniform([])
            found.append(seeds_of(c))
            return c

        tf.cond(p, body, lambda: 0.0)
        tf.random.set_seed(3)
        d = tf.random.uniform([])
        found.append(seeds_of(d))
        return d

    draw.get_concrete_function(tf.TensorSpec([], tf.bool))
    assert found == [[(7, 0), (7, 5)], [(7, 0)], [(3, 1)]]
    assert tf.random.uniform([]).numpy() == np.float32(0.8344538)  # what set_seed(7) begins


def test_without_any_seed_numbers_differ():
    tf.random.set_seed(None)

    @tf.function
    def draw():
        x = tf.random.uniform([4])
        assert seeds_of(x) == [(0, 0)]
        return x

    assert draw().numpy().tolist() != draw().numpy().tolist()


@JIT
def test_calls_loops_and_branches_have_sequences_of_their_own(jit_compile):
    tf.random.set_seed(7)

    @tf.function(jit_compile=jit_compile)
    def draw(p):
        def body(i, total):
            return i + 1, total + tf.random.uniform([]) + tf.random.normal([])

        return (
            tf.random.uniform([]),
            tf.while_loop(lambda i, total: i < 3, body, (0, 0.0))[1],
            tf.cond(
                p,
                lambda: tf.random.uniform([]),
                lambda: tf.random.uniform([]) + tf.random.uniform([]),
            ),
            tf.random.uniform([]),
        )

    yes, no = tf.constant(True), tf.constant(False)
    close(draw(yes), [0.7537285, 2.9459696, 0.7537285, 0.46037483])
    close(draw(yes), [0.58760154, 2.1056015, 0.58760154, 0.51897359])
    close(draw(no), [0.39710164, -1.23857558, 1.21410334, 0.74075186])


def test_each_call_of_a_function_within_another_is_one_sequence():
    tf.random.set_seed(7)

    @tf.function
    def inner():
        return tf.random.uniform([])

    @tf.function
    def outer():
        return inner(), inner(), tf.random.uniform([])

    close(outer(), [0.7537285] * 3)
    close(outer(), [0.58760154] * 3)
    close([inner()], [0.7537285])


def test_shapes_that_the_program_finds_out():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32)])
    def draw(sizes, n):
        found = [
            tf.random.uniform(sizes),
            tf.random.uniform([n, 3]),
            tf.random.normal([n, 2], mean=tf.zeros([2])),
            tf.random.gamma([n], [1.0, 2.0]),
            tf.random.categorical([[1.0, 2.0]], n),
            tf.random.uniform([n], 0, n, tf.int32),
            tf.random.stateless_uniform([n], [1, 2]),
            tf.random.stateless_gamma([n, 2], [1, 2], [1.0, 2.0]),
            tf.random.stateless_binomial([n, 2], [1, 2], [1.0, 2.0], 0.5),
            tf.random.split([1, 2], n),
        ]
        assert [x.shape.rank and x.shape.as_list() for x in found] == [
            None, [None, 3], [None, 2], [None, 2], [1, None], [None], [None], [None, 2], [None, 2],
            [None, 2],
        ]  # fmt: skip
        return found

    assert [tuple(x.shape) for x in draw([2, 1], 3)] == [
        (2, 1), (3, 3), (3, 2), (3, 2), (1, 3), (3,), (3,), (3, 2), (3, 2), (3, 2),
    ]  # fmt: skip


@JIT
def test_stateless_numbers_are_those_of_eager_mode(jit_compile):
    def draw():
        seed = [1, 2]
        return [
            tf.random.stateless_uniform([5], seed),
            tf.random.stateless_uniform([5], seed, 0, 9, tf.int32),
            tf.random.stateless_uniform([5], seed, None, None, tf.int64),
            tf.random.stateless_normal([5], seed),
            tf.random.stateless_truncated_normal([5], seed),
            tf.random.stateless_gamma([5, 2], seed, [0.5, 3.0]),
            tf.random.stateless_poisson([5, 2], seed, [3.0, 30.0]),
            tf.random.stateless_binomial([5, 2], seed, [10.0, 50.0], 0.3),
            tf.random.stateless_categorical([[0.0, 1.0, 2.0]], 5, seed),
            tf.random.experimental.stateless_shuffle(tf.range(9), seed),
            tf.random.split(seed, 3),
            tf.random.fold_in(seed, 7),
        ]

    close(tf.function(draw, jit_compile=jit_compile)(), draw())


def test_what_tensorflow_does_not_compile_is_refused():
    f = tf.function(lambda x: tf.random.stateless_gamma([2], [1, 2], x), jit_compile=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Detected unsupported operations"):
        f(tf.constant([0.5, 3.0]))


def test_bounds_out_of_order_are_told():
    @tf.function
    def draw(low):
        return tf.random.uniform([2], low, 3, tf.int32), tf.random.stateless_uniform(
            [2], [1, 2], low, 3, tf.int32
        )

    assert draw(1)[0].shape == (2,)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Need minval < maxval, got 5 >= 3"):
        draw(5)


def test_gradients_reach_the_parameters():
    @tf.function
    def slopes(mean, alpha):
        with tf.GradientTape() as tape:
            tape.watch([mean, alpha])
            x = tf.random.normal([3], mean, 2.0)
            y = tf.reduce_sum(x) + tf.reduce_sum(tf.random.gamma([4], alpha))
        return tape.gradient(y, [mean, alpha])

    of_mean, of_alpha = slopes(tf.constant(1.0), tf.constant([2.0]))
    assert of_mean == 3.0 and of_alpha.shape == (1,)


# ---- generators ----------------------------------------------------------------------------------


@JIT
def test_a_generator_advances_in_a_function(jit_compile):
    generator = tf.random.Generator.from_seed(1)

    @tf.function(jit_compile=jit_compile)
    def draw(n):
        found = [
            generator.uniform([2]),
            generator.normal([n]),
            generator.uniform([n], 0, 5, tf.int32),
            generator.uniform_full_int([2], tf.int32),
            generator.truncated_normal([2]),
            generator.binomial([2, 2], [1.0, 2.0], [0.5]),
            generator.make_seeds(2),
            generator.skip(3),
            generator.key,
        ]
        generator.reset_from_seed(5)
        return [*found, generator.uniform([])]

    close(
        draw(tf.constant(3)),
        [
            [0.7874951362609863, 0.3906511068344116],
            [1.6307176351547241, 0.007847783155739307, 0.027756333351135254],
            [0, 0, 1],
            [-87432805, 982999782],
            [-0.7279053330421448, -1.6161478757858276],
            [[1, 1], [0, 2]],
            [[8244053853683892008, 3923464735562377161], [0, 0]],
            [131585, 0, 0],
            0,
            0.5670160055160522,
        ],
    )
    assert generator.state.numpy().tolist() == [261, 0, 0]


def test_a_generator_is_shared_by_eager_mode_and_functions():
    generator = tf.random.Generator.from_seed(1)
    draw = tf.function(lambda: generator.uniform([]))
    assert draw().numpy() != draw().numpy()
    assert generator.state.numpy().tolist() == [513, 0, 0]
    alone = tf.random.Generator.from_seed(1)
    alone.skip(2)
    assert generator.uniform([]).numpy() == alone.uniform([]).numpy()


def test_states_are_reset_and_made_inside():
    generator = tf.random.Generator.from_seed(1)

    @tf.function
    def reset(key, seed):
        generator.reset_from_key_counter(key, [2, 3])
        before = generator.skip(0)
        generator.reset(tf.random.create_rng_state(seed, "philox"))
        return before

    assert reset(tf.constant(1), tf.constant([7, 8])).numpy().tolist() == [2, 3, 1]
    assert generator.state.numpy().tolist() == [0, 7, 8]


def test_the_global_generator_is_born_outside():
    tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    draw = tf.function(lambda: tf.random.get_global_generator().uniform([2]))
    close([draw()], [[0.7874951362609863, 0.3906511068344116]])
