"""Records random numbers of the real TensorFlow for tests/ops/philox_expected.json.

Run it in an environment with TensorFlow, from the repository's root:

    TF_ENABLE_ONEDNN_OPTS=0 python tools/record_random.py

The one idea: a row is an op's name and its arguments; what TensorFlow gave is stored as shape,
dtype, first and last values and a checksum of all bytes. The file is data about TensorFlow 2.21;
nothing else of the project needs TensorFlow.

Read next: tests/ops/test_philox.py, which computes every row.
"""

import json
import pathlib
import zlib

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(__file__).parents[1] / "tests" / "ops" / "philox_expected.json"
SIZES = [1, 3, 5, 257, 1000, 1030]
FLOATS = ["float16", "bfloat16", "float32", "float64"]
INTS = {
    "int32": [(0, 10), (-5, 2**31 - 1)],
    "int64": [(0, 10), (-(2**63), 2**63 - 7)],
}
STATELESS_SEEDS = [[1, 2], [0, 0], [-1, -7], [2**40 + 1, -3], [2**63 - 1, -(2**63)]]
STATEFUL_SEEDS = [(42, None), (42, 1), (0, 0), (-5, 7), (2**31 - 1, 2**31), (2**40, 2**35)]
COUNTERS = [[7, [2**64 - 2, 2**64 - 1]], [2**63 + 5, [2**64 - 300, 9]]]
LOGITS = [[0.0, 1.0, -2.0, 0.5], [3.0, float("-inf"), 3.0, 0.0], [0.0, 0.0, 0.0, float("nan")]]
RATES = [-1.0, 0.0, 0.1, 3.0, 9.99, 10.0, 50.0, 1e5]
ALPHAS = [0.01, 0.3, 0.999, 1.0, 1.5, 3.0, 100.0]
TRIALS = [1.0, 7.0, 12.0, 30.0, 1000.0, 0.0]

FLOAT_KINDS = {
    "uniform": (tf.random.stateless_uniform, tf.random.uniform),
    "normal": (tf.random.stateless_normal, tf.random.normal),
    "truncated_normal": (tf.random.stateless_truncated_normal, tf.random.truncated_normal),
}
RAW_KINDS = {
    "uniform": tf.raw_ops.StatelessRandomUniformV2,
    "normal": tf.raw_ops.StatelessRandomNormalV2,
    "truncated_normal": tf.raw_ops.StatelessTruncatedNormalV2,
}


def stored(value):
    """A result as JSON: shape, dtype, first and last values, checksum."""
    value = np.ascontiguousarray(value)
    flat = value.reshape(-1)
    numbers = flat.astype(np.float64) if value.dtype.kind in "fV" else flat
    return {
        "shape": list(value.shape),
        "dtype": value.dtype.name,
        "first": numbers[:4].tolist(),
        "last": numbers[-4:].tolist(),
        "crc": zlib.crc32(value.tobytes()),
    }


def stateless_rows():
    """Stateless ops: `seed` is their seed of two numbers."""
    for seed in STATELESS_SEEDS:
        sizes = SIZES if seed == [1, 2] else [5]
        for size in sizes:
            for dtype in FLOATS:
                for kind, (op, _) in FLOAT_KINDS.items():
                    args = {"seed": seed, "shape": [size], "dtype": dtype}
                    yield kind, args, op([size], seed, dtype=dtype)
            for dtype, ranges in INTS.items():
                for low, high in ranges:
                    args = {"seed": seed, "shape": [size], "dtype": dtype}
                    value = tf.random.stateless_uniform([size], seed, low, high, dtype)
                    yield "uniform_int", {**args, "minval": low, "maxval": high}, value
            for dtype in ["int32", "uint32", "int64", "uint64"]:
                value = tf.random.stateless_uniform([size], seed, None, None, dtype)
                args = {"seed": seed, "shape": [size], "dtype": dtype}
                yield "uniform_full_int", args, value
            value = tf.random.experimental.stateless_shuffle(tf.range(size), seed)
            yield "shuffle", {"seed": seed, "n": size}, value
        for count in [1, 2, 6]:
            args = {"seed": seed, "logits": LOGITS, "num_samples": count}
            yield "categorical", args, tf.random.stateless_categorical(LOGITS, count, seed)
        for dtype in ["float32", "float64", "int32"]:
            args = {"seed": seed, "shape": [40], "rate": RATES, "dtype": dtype}
            value = tf.random.stateless_poisson([40, len(RATES)], seed, RATES, dtype)
            yield "poisson", args, value
        for dtype in ["float16", "float32", "float64"]:
            args = {"seed": seed, "shape": [40], "alpha": ALPHAS, "dtype": dtype}
            alpha = tf.constant(ALPHAS, dtype)
            shape = [40, len(ALPHAS)]
            value = tf.raw_ops.StatelessRandomGammaV2(shape=shape, seed=seed, alpha=alpha)
            yield "gamma", args, value
        for probs in [0.0, 0.02, 0.3, 0.5, 0.8, 1.0]:
            shape = [40, len(TRIALS)]
            args = {"seed": seed, "shape": shape, "counts": TRIALS, "probs": probs}
            value = tf.random.stateless_binomial(shape, seed, TRIALS, probs, tf.int32)
            yield "binomial", {**args, "dtype": "int32"}, value
        for dtype in ["int32", "int64"]:
            if dtype == "int64" or all(abs(number) < 2**31 for number in seed):
                typed = tf.constant(seed, dtype)
                args = {"seed": seed, "seed_dtype": dtype}
                yield "split", {**args, "num": 3}, tf.random.split(typed, 3)
                yield "fold_in", {**args, "data": 7}, tf.random.fold_in(typed, tf.constant(7))


def counter_rows():
    """Stateless ops from a key and a counter, near the end of the counter's words."""
    for key, counter in COUNTERS:
        for size in [30, 5000]:
            for kind, op in RAW_KINDS.items():
                start = {"key": np.uint64([key]), "counter": np.uint64(counter)}
                value = op(shape=[size], alg=1, dtype=tf.float32, **start)
                args = {"key": key, "counter": counter, "shape": [size], "dtype": "float32"}
                yield kind, args, value


def stateful_calls():
    """Stateful ops: name, attributes, blocks' count, op seed to value."""
    for dtype in FLOATS:
        for kind, (_, op) in FLOAT_KINDS.items():
            args = {"shape": [7], "dtype": dtype}
            yield kind, args, lambda seed, op=op, dtype=dtype: op([7], dtype=dtype, seed=seed)
    for dtype in INTS:
        args = {"shape": [7], "dtype": dtype, "minval": 0, "maxval": 10}
        draw = lambda seed, dtype=dtype: tf.random.uniform([7], 0, 10, dtype, seed)
        yield "uniform_int", args, draw
    for n in [1, 2, 6, 50]:
        draw = lambda seed, n=n: tf.random.shuffle(tf.range(n), seed)
        yield "shuffle", {"n": n}, draw
    for count in [1, 6]:
        draw = lambda seed, count=count: tf.random.categorical(LOGITS, count, seed=seed)
        yield "categorical", {"logits": LOGITS, "num_samples": count}, draw
    args = {"shape": [7], "rate": RATES, "dtype": "float32"}
    yield "poisson", args, lambda seed: tf.random.poisson([7], RATES, seed=seed)


def stateful_rows():
    """Stateful ops after set_seed(global), called three times in a row with one op seed."""
    for global_seed, op_seed in STATEFUL_SEEDS:
        for kind, args, draw in stateful_calls():
            tf.random.set_seed(global_seed)
            for call in range(3):
                seeds = {"global_seed": global_seed, "op_seed": op_seed, "call": call}
                yield kind, {**seeds, **args}, draw(op_seed)


def generator_rows():
    """tf.random.Generator: states and values."""
    wide = [1, -1, -5, 0, 2**40 + 7, 2**63 - 1, 2**64 - 1, 2**64 + 3, 2**100, -(2**63), 2**200]
    for seed in [*wide, [1], [1, 2], [1, 2, 3], [5, 6, 7, 8]]:
        state = tf.random.Generator.from_seed(seed, alg="philox").state
        yield "create_rng_state", {"seed": seed}, state
    for state in [[1, 0, 0], [-300, 2, 3], [-1, -1, -1], [5, 6, 2**62], [2**32 + 5, 6, 7]]:
        new = lambda state=state: tf.random.Generator.from_state(state, alg="philox")
        for delta in [0, 1, 5, -1, 2**40, -(2**40), -(2**20)]:
            generator = new()
            generator.skip(delta)
            yield "skip", {"state": state, "delta": delta}, generator.state
        yield "make_seeds", {"state": state, "count": 3}, new().make_seeds(3)
        states = [made.state.numpy() for made in new().split(3)]
        yield "split_states", {"state": state, "count": 3}, np.array(states)
        for size in [3, 257]:
            for dtype in FLOATS:
                args = {"state": state, "shape": [size], "dtype": dtype}
                yield "uniform", args, new().uniform([size], dtype=dtype)
                yield "normal", args, new().normal([size], dtype=dtype)
                yield "truncated_normal", args, new().truncated_normal([size], dtype=dtype)
        for call, blocks in {
            "uniform": lambda g: g.uniform([2, 3]),
            "binomial": lambda g: g.binomial([2, 3], counts=[9.0, 40.0, 3.0], probs=0.4),
            "make_seeds": lambda g: g.make_seeds(6),
            "split": lambda g: g.split(6),
        }.items():
            generator = new()
            blocks(generator)
            yield "state_after", {"state": state, "call": call}, generator.state


def main():
    """Writes the file."""
    rows = []
    for source in (stateless_rows, counter_rows, stateful_rows, generator_rows):
        rows += [[kind, args, stored(value)] for kind, args, value in source()]
    text = ",\n".join(json.dumps(row) for row in rows)
    OUT.write_text(f"[\n{text}\n]\n")
    print(f"{len(rows)} rows, {OUT.stat().st_size} bytes: {OUT}")


if __name__ == "__main__":
    main()
