"""Random numbers against those of the real TensorFlow, recorded by tools/record_random.py.

The one idea: a row names an op and its arguments; a function here computes it from keys and
counters, and shape, dtype, first and last values and, where TensorFlow's bits do not hang on the
C library's log, sin and cos, a checksum of all bytes must be the same. A second part repeats the
distributions under XLA, which must give what the host gives.

Read next: headrace/_src/ops/philox.py, headrace/_src/ops/rejection.py, headrace/_src/ops/seeds.py.
"""

import json
import math
import pathlib
import zlib

import jax
import ml_dtypes  # noqa: F401  (numpy learns the name bfloat16)
import numpy as np
import pytest

from headrace._src.ops import philox, rejection, seeds
from headrace._src.xla import run  # noqa: F401  (sets JAX up as the engine has it)

ROWS = json.loads(pathlib.Path(__file__).with_name("philox_expected.json").read_text())
OPS = {
    "uniform": "RandomUniform",
    "normal": "RandomStandardNormal",
    "truncated_normal": "TruncatedNormal",
    "uniform_int": "RandomUniformInt",
    "shuffle": "RandomShuffle",
    "categorical": "Multinomial",
    "poisson": "RandomPoissonV2",
}


def stateful_start(kind, args):
    """The key and counter of call number `call`: all calls before it are made too."""
    state = seeds.RandomState()
    state.set_seed(args["global_seed"])
    if kind == "categorical":
        count = len(args["logits"])
    else:
        count = args.get("n") or math.prod(args["shape"]) * len(args.get("rate", [0]))
    blocks = philox.blocks_reserved(OPS[kind], count, args.get("num_samples", 1))
    for _ in range(args["call"] + 1):
        pair = state.get_seed(args["op_seed"])
        start = state.draw(OPS[kind], args.get("dtype"), *pair, blocks)
    return start


def start_of(kind, args):
    if "global_seed" in args:
        return stateful_start(kind, args)
    if "counter" in args:
        return philox.words(np, np.uint64([args["key"]])), philox.words(
            np, np.uint64(args["counter"])
        )
    if "state" in args:
        return philox.state_key_counter(np, np.int64(args["state"]))
    return philox.stateless_key_counter(np, np.int64(args["seed"]))


def draw(kind, args):
    """The value of a row of a distribution."""
    key_counter = start_of(kind, args)
    if kind == "shuffle":
        return philox.permutation(np, *key_counter, args["n"]).astype(np.int32)
    if kind == "categorical":
        logits = np.float32(args["logits"])
        return philox.categorical(np, *key_counter, logits, args["num_samples"])
    shape, dtype = tuple(args["shape"]), args["dtype"]
    if kind == "uniform_int":
        bounds = args["minval"], args["maxval"]
        return philox.uniform_int(np, *key_counter, shape, *bounds, dtype)
    if kind == "poisson":
        return rejection.poisson(np, *key_counter, shape, np.float32(args["rate"]), dtype)
    if kind == "gamma":
        return rejection.gamma(np, *key_counter, shape, np.array(args["alpha"], dtype), dtype)
    if kind == "binomial":
        # Python floats become float32 tensors in TensorFlow.
        parameters = np.float32(args["counts"]), np.float32(args["probs"])
        return rejection.binomial(np, *key_counter, shape, *parameters, dtype)
    return getattr(philox, kind)(np, *key_counter, shape, dtype)


def derive(kind, args):
    """The value of a row about seeds and states."""
    if kind == "split":
        return philox.split(np, np.array(args["seed"], args["seed_dtype"]), args["num"])
    if kind == "fold_in":
        # fold_in stacks the new word and the data, so its dtype is the data's, int32.
        return philox.fold_in(np, np.array(args["seed"], args["seed_dtype"]), np.int32(7))
    if kind == "create_rng_state":
        return seeds.create_rng_state(args["seed"])
    state = np.int64(args["state"])
    if kind == "skip":
        return philox.skip(np, state, np.int64(256 * args["delta"]))
    if kind == "state_after":
        binomial = args["call"] == "binomial"
        blocks = rejection.binomial_blocks(3, 2) if binomial else 6 * philox.BLOCKS_PER_VALUE
        return philox.skip(np, state, blocks)
    return {"make_seeds": philox.make_seeds, "split_states": philox.split_states}[kind](
        np, state, args["count"]
    )


DERIVED = {
    *("split", "fold_in", "create_rng_state", "skip", "state_after", "make_seeds", "split_states")
}


def ulps(a, b):
    """How many floats of their dtype lie between two arrays, at most."""
    signed = {2: np.int16, 4: np.int32, 8: np.int64}[a.dtype.itemsize]
    return int(np.max(np.abs(a.view(signed).astype(object) - b.view(signed).astype(object))))


def row_name(row):
    kind, args, _ = row
    shown = {key: value for key, value in args.items() if key not in ("logits", "rate", "alpha")}
    return f"{kind}-{'-'.join(str(value) for value in shown.values())}".replace(" ", "")


@pytest.mark.parametrize("row", ROWS, ids=row_name)
def test_same_numbers_as_tensorflow(row):
    kind, args, expected = row
    value = derive(kind, args) if kind in DERIVED else draw(kind, args)
    value = np.ascontiguousarray(value)
    assert list(value.shape) == expected["shape"]
    assert value.dtype.name == expected["dtype"]
    ends = np.concatenate([value.reshape(-1)[:4], value.reshape(-1)[-4:]])
    recorded = expected["first"] + expected["last"]
    if kind in ("normal", "truncated_normal", "gamma"):
        # logf, sinf, cosf and pow of the C library against NumPy's log, sin, cos and power
        assert ulps(ends, np.array(recorded).astype(value.dtype)) <= 4
        return
    assert ends.tolist() == recorded
    assert zlib.crc32(value.tobytes()) == expected["crc"]


def test_documented_first_numbers():
    state = seeds.RandomState()
    state.set_seed(42)
    key_counter = state.draw("RandomUniform", "float32", *state.get_seed(None), 3 * 256)
    value = philox.uniform(np, *key_counter, (3,))
    np.testing.assert_array_equal(value, np.float32([0.6645621, 0.44100678, 0.3528825]))
    graph = seeds.GraphSeeds(42)
    key_counter = philox.op_key_counter(np, *graph.get_seed(None))
    value = philox.uniform(np, *key_counter, (2,))
    np.testing.assert_array_equal(value, np.float32([0.8354591131210327, 0.9162973165512085]))


def test_philox_of_salmon_et_al():
    ones = 2**32 - 1
    zero = philox.philox(np, np.uint32([0, 0]), np.uint32([0] * 4), 1)
    full = philox.philox(np, np.uint32([ones] * 2), np.uint32([ones] * 4), 1)
    assert zero.tolist() == [[0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]]
    assert full.tolist() == [[0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]]


def test_steps_back():
    """What Generator.skip does to a counter, its lost carry included."""
    counter = lambda state, steps: philox.skip(np, np.int64(state), np.int64(steps)).tolist()
    assert counter([1000, 2, 3], -256) == [744, 2, 3]
    assert counter([5, 6, 3], -256) == [-251, 6, 3]
    assert counter([-300, 2, 3], -256) == [-556, 2, 3]
    assert counter([-300, 2, 3], -(2**48)) == [-300 - 2**48, 3, 3]


@pytest.mark.parametrize("n", [0, 1, 8, 9, 8192, 8193, 20000])
def test_blocks_do_not_depend_on_how_many_are_drawn(n):
    key, counter = np.uint32([1, 2]), np.uint32([2**32 - 3, 2**32 - 1, 2**32 - 1, 5])
    blocks = philox.philox(np, key, counter, n)
    assert blocks.shape == (n, 4)
    for place in {0, n // 2, n - 1} & set(range(n)):
        later = philox.advance(np, counter, place)
        np.testing.assert_array_equal(blocks[place], philox.philox(np, key, later, 1)[0])


def test_truncated_normal_of_many():
    key_counter = philox.op_key_counter(np, 42, 1)
    value = philox.truncated_normal(np, *key_counter, (100_000,))
    assert np.abs(value).max() < 2
    np.testing.assert_array_equal(value[:5], philox.truncated_normal(np, *key_counter, (5,)))


def test_empty_shapes():
    key_counter = philox.op_key_counter(np, 42, 1)
    for kind in ("uniform", "normal", "truncated_normal"):
        for dtype in ("float32", "float64"):
            assert getattr(philox, kind)(np, *key_counter, (0, 3), dtype).shape == (0, 3)
    assert philox.permutation(np, *key_counter, 0).shape == (0,)
    assert philox.categorical(np, *key_counter, np.zeros((0, 3), np.float32), 2).shape == (0, 2)
    assert philox.categorical(np, *key_counter, np.zeros((2, 3), np.float32), 0).shape == (2, 0)
    assert rejection.poisson(np, *key_counter, (0,), np.float32([3.0])).shape == (0, 1)


def test_wrong_parameters_end():
    key_counter = philox.op_key_counter(np, 42, 1)
    rates = np.float32([np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(
        rejection.poisson(np, *key_counter, (1,), rates)[0], np.float32([np.nan, np.inf, 0])
    )
    assert rejection.poisson(np, *key_counter, (1,), rates, "int32").tolist() == [[0, 0, 0]]
    alphas = np.float32([np.nan, -1])
    assert np.isnan(rejection.gamma(np, *key_counter, (2,), alphas)).all()
    wrong = rejection.binomial(
        np, *key_counter, (2,), np.float32([np.nan, 3]), np.float32([0.5, np.nan])
    )
    assert np.isnan(wrong).all()
    certain = rejection.binomial(np, *key_counter, (2,), np.float32([7, 3]), np.float32([1, 2]))
    assert certain.tolist() == [7, 3]


def test_set_seed_begins_again():
    state = seeds.RandomState()
    state.set_seed(7)
    first = [state.get_seed(None) for _ in range(3)]
    begun = state.draw("RandomUniform", "float32", 7, 1, 256)
    on = state.draw("RandomUniform", "float32", 7, 1, 256)
    other = state.draw("RandomUniform", "float64", 7, 1, 256)
    assert list(on[1]) == philox.advance(np, begun[1], 256).tolist()
    assert other[1] == begun[1]
    state.set_seed(np.int64(7))
    assert [state.get_seed(None) for _ in range(3)] == first
    assert state.draw("RandomUniform", "float32", 7, 1, 256)[1] == begun[1]


def test_unseeded_is_unpredictable():
    state = seeds.RandomState()
    assert state.get_seed(None) == (0, 0)
    assert state.get_seed(5) == (87654321, 5)
    draws = [seeds.RandomState().draw("RandomUniform", "float32", 0, 0, 256) for _ in range(2)]
    assert draws[0][0] != draws[1][0]
    assert seeds.entropy(3).tolist() != seeds.entropy(3).tolist()


def test_graph_seeds_count_unseeded_ops():
    graph = seeds.GraphSeeds(42)
    pairs = [graph.get_seed(seed) for seed in (3, None, None, 5, None)]
    assert pairs == [(42, 3), (42, 0), (42, 1), (42, 5), (42, 2)]
    assert seeds.GraphSeeds(None).get_seed(None) == (0, 0)


FLOATS = ["float16", "bfloat16", "float32", "float64"]
LOGITS = np.float32([[0, 1, -2, 0.5], [3, -np.inf, 3, 0]])


def compiled_cases():
    """Name, whether the bits must be the same, and a function of (xp, key, counter, loop)."""
    for dtype in FLOATS:
        for kind in ("uniform", "normal", "truncated_normal"):
            function = getattr(philox, kind)
            exact = kind == "uniform" or dtype != "float64"
            yield (
                f"{kind}-{dtype}",
                exact,
                lambda xp, k, c, _, f=function, d=dtype: f(xp, k, c, (7, 143), d),
            )
    for dtype in ("int32", "uint64"):
        yield (
            f"uniform_int-{dtype}",
            True,
            lambda xp, k, c, _, d=dtype: philox.uniform_int(xp, k, c, (501,), 3, 1000, d),
        )
    yield (
        "categorical",
        True,
        lambda xp, k, c, _: philox.categorical(xp, k, c, xp.asarray(LOGITS), 50),
    )
    for n in (0, 1, 2, 7, 501):
        yield f"permutation-{n}", True, lambda xp, k, c, _, n=n: philox.permutation(xp, k, c, n)
    yield "advance", True, lambda xp, k, c, _: philox.advance(xp, c + np.uint32(2**32 - 9), 256)
    yield "split", True, lambda xp, k, c, _: philox.split(xp, k.astype(xp.int32), 3)
    yield "fold_in", True, lambda xp, k, c, _: philox.fold_in(xp, k.astype(xp.int64), 7)
    yield "skip", True, lambda xp, k, c, _: philox.skip(xp, c[:3].astype(xp.int64) - 1, 256)
    yield "make_seeds", True, lambda xp, k, c, _: philox.make_seeds(xp, c[:3].astype(xp.int64), 3)
    yield (
        "poisson",
        True,
        lambda xp, k, c, loop: rejection.poisson(
            xp, k, c, (40,), np.float32([0, 3, 20, 1000, np.inf]), "float32", loop
        ),
    )
    yield (
        "gamma",
        True,
        lambda xp, k, c, loop: rejection.gamma(
            xp, k, c, (40,), np.float32([0.1, 1, 3, 100]), "float32", loop
        ),
    )
    yield (
        "binomial",
        True,
        lambda xp, k, c, loop: rejection.binomial(
            xp, k, c, (40, 4), np.float32([0, 1, 12, 1000]), np.float32(0.4), "int32", loop
        ),
    )


CASES = {name: (exact, function) for name, exact, function in compiled_cases()}


@pytest.mark.parametrize("n", [2, 3, 10, 257, 2000])
def test_a_permutation_is_what_the_swaps_do(n):
    key, counter = philox.stateless_key_counter(np, [n, 2])
    words = philox.philox(np, key, counter, n).reshape(-1)
    order = list(range(n))
    for here in range(n - 1):
        there = here + int(words[here]) % (n - here)
        order[here], order[there] = order[there], order[here]
    assert philox.permutation(np, key, counter, n).tolist() == order


@pytest.mark.parametrize("name", CASES)
def test_compiled_gives_what_the_host_gives(name):
    exact, function = CASES[name]
    key, counter = philox.stateless_key_counter(np, [1, 2])
    host = np.asarray(function(np, key, counter, None))
    compiled = jax.jit(lambda k, c: function(jax.numpy, k, c, jax.lax.while_loop))(key, counter)
    compiled = np.asarray(compiled)
    assert compiled.dtype == host.dtype
    if exact:
        np.testing.assert_array_equal(compiled, host)
    else:
        np.testing.assert_allclose(compiled, host, rtol=1e-13, atol=1e-15)
