"""What strings, ragged and sparse tensors, tables and queues cost, a million elements at a time.

One idea: the same calls as a program makes them; what several ops do in one library may be one in
another. NumPy takes part with SciPy's product of a sparse matrix, made once. The last rows are the
training step of examples/text.py, over batches of which no two are of one size, and queues.

Read next: `large_arrays.py`, the same for plain arrays.
"""

import sys
import threading
from itertools import cycle
from pathlib import Path

import numpy as np
from worker import Measured, Statement, load

MILLION = 1_000_000
ROWS, COLUMNS = 20_000, 20_000


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    if library == "numpy":
        return {name: (lambda name=name: _product(*MATMULS[name])) for name in MATMULS}
    tf = load(library)
    return {name: (lambda make=make: make(tf)) for name, make in TENSORFLOW.items()}


def _words():
    draw = np.random.default_rng(1).integers(0, MILLION, MILLION)
    return np.array([f"Word{i} {'x ' * (i % 3)}" for i in draw.tolist()], object)


def _of_strings(code):
    """A statement about a million short strings `s`."""
    return lambda tf: Statement(code, tf=tf, s=tf.constant(_words()))


def _ragged(tf):
    lengths = np.random.default_rng(2).integers(0, 21, MILLION // 10)
    lengths[-1] += MILLION - lengths.sum()
    values = np.random.default_rng(3).standard_normal(MILLION).astype(np.float32)
    return tf.RaggedTensor.from_row_lengths(values, lengths)


def _of_ragged(code, compiled=False):
    """A statement about a ragged tensor `x` of a million values in 100,000 rows."""

    def make(tf):
        run = eval(f"lambda x: {code}", {"tf": tf})
        return Statement("run(x)", run=tf.function(run) if compiled else run, x=_ragged(tf))

    return make


def _lookup(compiled):
    def make(tf):
        ids = tf.cast(_ragged(tf).with_values(tf.range(MILLION) * 7919 % 50_000), tf.int64)
        table = tf.Variable(np.zeros((50_000, 16), np.float32))

        def run(ids):
            return tf.reduce_mean(tf.nn.embedding_lookup(table, ids), axis=1)

        return Statement("run(ids)", run=tf.function(run) if compiled else run, ids=ids)

    return make


def _matrix():
    draw = np.random.default_rng(4)
    places = np.unique(draw.integers(0, ROWS * COLUMNS, MILLION))
    return places // COLUMNS, places % COLUMNS, draw.standard_normal(len(places)).astype("f4")


def _dense(columns):
    return np.random.default_rng(5).standard_normal((COLUMNS, columns)).astype(np.float32)


def _product(columns, adjoint):
    from scipy.sparse import csr_array

    row, column, values = _matrix()
    a = csr_array((values, (row, column)), shape=(ROWS, COLUMNS))
    return Statement("a @ b", a=a.T if adjoint else a, b=_dense(columns))


def _of_sparse(code, columns=1):
    """A statement about a sparse matrix `a` of a million numbers and a dense one `b`."""

    def make(tf):
        row, column, values = _matrix()
        a = tf.SparseTensor(np.stack([row, column], 1), values, [ROWS, COLUMNS])
        return Statement(code, tf=tf, a=a, b=tf.constant(_dense(columns)))

    return make


def _table(kind):
    def make(tf):
        draw = np.random.default_rng(6).permutation(100_000)
        keys = np.array([f"word{i}" for i in draw], object) if kind == "string" else draw
        start = tf.lookup.KeyValueTensorInitializer(keys, np.arange(100_000))
        table = tf.lookup.StaticHashTable(start, -1)
        asked = keys[np.random.default_rng(7).integers(0, 100_000, MILLION)]
        return Statement("table.lookup(asked)", table=table, asked=tf.constant(asked))

    return make


def _text_step(tf):
    """The step of examples/text.py; its batches are all of different sizes."""
    sys.modules["tensorflow"] = tf
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples"))
    import text

    (texts, labels), _ = text.load(7)
    trainer = text.Trainer(text.Classifier(text.vocabulary_of(texts)[0]))
    for _ in range(3):
        batches = list(text.batches(texts, labels, 64))
        for batch in batches:
            trainer.step(*batch)
    given = cycle(batches)
    return Statement("step(*next(given)).numpy()", step=trainer.step, given=given)


def _queue(tf):
    queue = tf.queue.FIFOQueue(10, [tf.float32], [[]])
    return Statement("q.enqueue(x); q.dequeue()", q=queue, x=tf.constant(1.0))


def _queue_of_threads(tf):
    """A million numbers through a queue, from 8 threads to 8 others, a thousand at a time."""

    def run():
        import time

        queue = tf.queue.FIFOQueue(100_000, [tf.int64], [[]])
        block = tf.range(1000, dtype=tf.int64)

        def feed():
            for _ in range(MILLION // 8000):
                queue.enqueue_many(block)

        def take():
            for _ in range(MILLION // 8000):
                queue.dequeue_many(1000)

        threads = [threading.Thread(target=t) for t in [feed, take] * 8]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - start

    return Measured(run)


MATMULS = {
    "sparse_dense_matmul, 1M times 64 columns": (64, False),
    "sparse_dense_matmul, 1M times 1 column": (1, False),
    "sparse_dense_matmul, adjoint": (64, True),
}
PRODUCT = "tf.sparse.sparse_dense_matmul(a, b, adjoint_a={})"
TENSORFLOW = {
    "strings.lower, 1M": _of_strings("tf.strings.lower(s)"),
    "strings.length, 1M": _of_strings("tf.strings.length(s)"),
    "strings.strip, 1M": _of_strings("tf.strings.strip(s)"),
    "strings.split, 1M": _of_strings("tf.strings.split(s)"),
    "strings.join, 1M": _of_strings("tf.strings.join([s, s])"),
    "strings.substr, 1M": _of_strings("tf.strings.substr(s, 1, 3)"),
    "strings.regex_replace, 1M": _of_strings("tf.strings.regex_replace(s, '[0-9]+', '#')"),
    "strings.regex_full_match, 1M": _of_strings("tf.strings.regex_full_match(s, 'W.*1 ?')"),
    "strings.to_hash_bucket_fast, 1M": _of_strings("tf.strings.to_hash_bucket_fast(s, 1000)"),
    "strings.to_hash_bucket_strong, 1M": _of_strings(
        "tf.strings.to_hash_bucket_strong(s, 1000, [1, 2])"
    ),
    "ragged reduce_sum, 1M": _of_ragged("tf.reduce_sum(x, 1)"),
    "ragged reduce_sum, 1M, in a function": _of_ragged("tf.reduce_sum(x, 1)", True),
    "ragged reduce_mean, 1M": _of_ragged("tf.reduce_mean(x, 1)"),
    "ragged reduce_max, 1M": _of_ragged("tf.reduce_max(x, 1)"),
    "ragged x * x + x, 1M": _of_ragged("x * x + x"),
    "ragged to_tensor, 1M": _of_ragged("x.to_tensor()"),
    "ragged concat, 1M": _of_ragged("tf.concat([x, x], 1)"),
    "ragged gather of all rows, 1M": _of_ragged("tf.gather(x, tf.range(99_999, -1, -1))"),
    "ragged embeddings and mean, 1M ids": _lookup(False),
    "ragged embeddings and mean, 1M ids, in a function": _lookup(True),
    **{
        name: _of_sparse(PRODUCT.format(adjoint), columns)
        for name, (columns, adjoint) in MATMULS.items()
    },
    "sparse add, 1M": _of_sparse("tf.sparse.add(a, a)"),
    "sparse reduce_sum, 1M": _of_sparse("tf.sparse.reduce_sum(a, 1)"),
    "sparse softmax, 1M": _of_sparse("tf.sparse.softmax(a)"),
    "sparse concat, 1M": _of_sparse("tf.sparse.concat(0, [a, a])"),
    "sparse slice, 1M": _of_sparse("tf.sparse.slice(a, [0, 0], [10_000, 10_000])"),
    "lookup of 1M strings among 100,000": _table("string"),
    "lookup of 1M integers among 100,000": _table("int"),
    "enqueue and dequeue a number": _queue,
    "1M numbers through a queue, 8 + 8 threads": _queue_of_threads,
    "train step, examples/text.py": _text_step,
}
