"""Summaries: what a program writes is what TensorBoard and TensorFlow read.

Read next: headrace/_src/summary/recording.py.
"""

import gc
import os

import numpy as np
import pytest

import headrace as tf
from headrace._src.files.tfrecord import tf_record_iterator
from headrace._src.proto.event import Event, Summary, SummaryMetadata
from headrace._src.proto.tensor import array_of
from headrace._src.summary.tracing import RunMetadata


@pytest.fixture
def folder(tmp_path):
    yield str(tmp_path)
    tf.summary.experimental.set_step(None)


def events(folder):
    """All events of a folder but the first of each file."""
    found = []
    for name in sorted(os.listdir(folder)):
        first, *rest = map(Event.FromString, tf_record_iterator(os.path.join(folder, name)))
        assert first.file_version == "brain.Event:2"
        found += rest
    return found


def rows(folder):
    """(step, tag, value, plugin) of each value."""
    return [
        (e.step, v.tag, array_of(v.tensor)[0].tolist(), v.metadata.plugin_data.plugin_name)
        for e in events(folder)
        for v in e.summary.value
    ]


# ---- in eager mode -------------------------------------------------------------------------------


def test_a_file_is_called_as_tensorflow_calls_it(folder):
    tf.summary.create_file_writer(folder, filename_suffix=".x")
    (name,) = os.listdir(folder)
    words = name.split(".")
    assert words[:3] == ["events", "out", "tfevents"]
    assert words[3].isdigit() and len(words[3]) == 10
    assert words[-3] == str(os.getpid())
    assert words[-2].isdigit() and words[-1] == "x"


def test_scalars(folder):
    with tf.summary.create_file_writer(folder).as_default():
        answer = tf.summary.scalar("a", 1.5, step=1)
        with tf.name_scope("scope"):
            tf.summary.scalar("b c", 2, step=tf.Variable(2, dtype=tf.int64), description="text")
    assert answer.numpy() is np.True_
    assert rows(folder) == [(1, "a", 1.5, "scalars"), (2, "scope/b c", 2.0, "scalars")]
    assert events(folder)[1].summary.value[0].metadata.summary_description == "text"
    assert events(folder)[0].summary.value[0].tensor.tensor_content == b"\0\0\xc0?"


HISTOGRAMS = [  # as TensorFlow has them
    ([1.0, 2.0, 3.0, 4.0], 3, [[1, 2, 1], [2, 3, 1], [3, 4, 2]]),
    ([[1, 2], [3, 4.5]], 2, [[1, 2.75, 2], [2.75, 4.5, 2]]),
    ([2.0, 2.0], 3, [[2, 2, 0], [2, 2, 0], [2, 2, 2]]),
    ([], 2, [[0, 0, 0], [0, 0, 0]]),
    ([1.0, 4.0], 1, [[1, 4, 2]]),
    ([1.0], 0, []),
    ([1.0, 2.0], -2, []),
    ([True, False], 2, [[0, 0.5, 1], [0.5, 1, 1]]),
    ([1.0, np.inf], 2, [[1, np.inf, 1], [np.inf, np.inf, 0]]),
    ([1.0, np.nan], 2, [[np.nan, np.nan, 0]] * 2),
]


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("data, buckets, wanted", HISTOGRAMS)
def test_histograms(folder, data, buckets, wanted, in_graph):
    def write(x):
        with tf.summary.create_file_writer(folder).as_default(step=0):
            return tf.summary.histogram("h", x, buckets=buckets)

    data = np.array(data)
    if in_graph:
        spec = tf.TensorSpec(None, tf.as_dtype(data.dtype))
        write = tf.function(write, input_signature=[spec])
    write(data)
    ((_, _, found, plugin),) = rows(folder)
    np.testing.assert_array_equal(np.reshape(found, [-1, 3]), np.reshape(wanted, [-1, 3]))
    assert plugin == "histograms"


def test_a_histogram_counts_as_numpy_does(folder):
    data = np.random.default_rng(0).normal(size=1000)
    with tf.summary.create_file_writer(folder).as_default(step=0):
        tf.summary.histogram("h", data)
    ((_, _, found, _),) = rows(folder)
    counts, edges = np.histogram(data, 30)
    np.testing.assert_array_equal(np.array(found)[:, 2], counts)
    np.testing.assert_allclose(np.array(found)[:, 0], edges[:-1], rtol=1e-12)


@pytest.mark.parametrize("in_graph", [False, True])
def test_images_and_sounds(folder, in_graph):
    images = tf.reshape(tf.range(24.0) / 23, [2, 3, 4, 1])
    sounds = tf.reshape(tf.range(8.0) / 10, [2, 4, 1])

    def write(images, sounds):
        with tf.summary.create_file_writer(folder).as_default(step=0):
            tf.summary.image("i", images, max_outputs=1)
            tf.summary.audio("a", sounds, 8000)

    if in_graph:
        specs = [tf.TensorSpec([None] * 4), tf.TensorSpec([None] * 3)]
        write = tf.function(write, input_signature=specs)
    write(images, sounds)
    (_, _, picture, plugin), (_, _, files, other) = rows(folder)
    assert (plugin, other) == ("images", "audio")
    assert picture[:2] == [b"4", b"3"] and len(picture) == 3
    pixels = tf.io.decode_png(picture[2])
    np.testing.assert_array_equal(pixels, tf.image.convert_image_dtype(images[0], tf.uint8, True))
    assert [label for _, label in files] == [b"", b""]
    np.testing.assert_allclose(tf.audio.decode_wav(files[1][0])[0], sounds[1], atol=1e-4)
    assert events(folder)[1].summary.value[0].metadata.plugin_data.content == b"\x10\x0b"


def test_texts_and_tensors(folder):
    metadata = SummaryMetadata(display_name="shown")
    with tf.summary.create_file_writer(folder).as_default(step=3):
        tf.summary.text("t", [["a", "b"]])
        tf.summary.write("w", tf.range(3), metadata=metadata)
        tf.summary.write("l", lambda: tf.constant(7), metadata=b"\xff")
        tf.summary.write("h", tf.constant([1.5], tf.bfloat16))
        summary = Summary(value=[Summary.Value(tag="raw", simple_value=2.0)])
        tf.summary.experimental.write_raw_pb(summary.SerializeToString())
    found = [array_of(e.summary.value[0].tensor)[0].tolist() for e in events(folder)[:4]]
    assert found == [[[b"a", b"b"]], [0, 1, 2], 7, [1.5]]
    assert events(folder)[1].summary.value[0].metadata == metadata
    assert events(folder)[4].summary == summary


def test_a_graph_is_written(folder):
    f = tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([]))
    with tf.summary.create_file_writer(folder).as_default():
        tf.summary.graph(f.graph)
        with pytest.raises(ValueError, match="is not tf"):
            tf.summary.graph(3)
    (event,) = events(folder)
    assert event.graph_def == f.graph.as_graph_def().SerializeToString()


# ---- whether and at which step -------------------------------------------------------------------


def test_nothing_is_written_without_a_writer():
    assert not tf.summary.should_record_summaries()
    assert not tf.summary.scalar("a", 1.0)
    assert not tf.summary.image("a", "not even looked at", step=1)
    with tf.summary.create_noop_writer().as_default(step=1):
        assert tf.summary.experimental.get_step() is None
        assert not tf.summary.scalar("a", 1.0)


@pytest.mark.parametrize(
    "condition, wanted",
    [(True, True), (False, False), (lambda: False, False), (None, True), (lambda: None, True)],
)
def test_conditions(folder, condition, wanted):
    writer = tf.summary.create_file_writer(folder)
    with writer.as_default(step=1), tf.summary.record_if(condition):
        assert bool(tf.summary.should_record_summaries()) is wanted
        assert bool(tf.summary.scalar("a", 1.0)) is wanted
    assert len(rows(folder)) == wanted


def test_a_condition_is_a_bool(folder):
    writer = tf.summary.create_file_writer(folder)
    with (
        writer.as_default(step=1),
        tf.summary.record_if(3),
        pytest.raises(TypeError, match="Cannot convert 3"),
    ):
        tf.summary.scalar("a", 1.0)


def test_steps(folder):
    writer = tf.summary.create_file_writer(folder)
    get, put = tf.summary.experimental.get_step, tf.summary.experimental.set_step
    with writer.as_default(step=6):
        assert get() == 6
        with writer.as_default():
            put(7)
        assert get() == 7
    assert get() is None
    with writer.as_default():
        with pytest.raises(ValueError, match="No step set"):
            tf.summary.scalar("a", 1.0)
        for step in ([1, 2], tf.constant(2)):
            with pytest.raises(ValueError, match=r"scalar|requested dtype int64"):
                tf.summary.scalar("a", 1.0, step=step)
        with pytest.raises(TypeError):
            tf.summary.scalar("a", 1.0, step=1.5)


def test_bad_input(folder):
    with tf.summary.create_file_writer(folder).as_default(step=1):
        for call, kind, text in [
            (lambda: tf.summary.scalar("a", [1.0, 2.0]), ValueError, "Expected scalar shape"),
            (lambda: tf.summary.scalar("a", None), ValueError, "None"),
            (lambda: tf.summary.scalar(3, 1.0), TypeError, "string"),
            (lambda: tf.summary.histogram("a", 1.0, buckets=2.5), TypeError, "tf.int32"),
            (lambda: tf.summary.image("a", tf.zeros([2, 2, 1])), ValueError, "rank 4"),
            (
                lambda: tf.summary.image("a", tf.zeros([2, 2, 2, 5])),
                tf.errors.InvalidArgumentError,
                "got 5",
            ),
            (
                lambda: tf.summary.image("a", tf.zeros([1, 1, 1, 1]), max_outputs=-1),
                tf.errors.InvalidArgumentError,
                "x >= 0",
            ),
            (lambda: tf.summary.audio("a", tf.zeros([2, 2]), 8), ValueError, "rank 3"),
            (
                lambda: tf.summary.audio("a", tf.zeros([2, 2, 1]), 8, encoding="mp3"),
                ValueError,
                "mp3",
            ),
            (lambda: tf.summary.text("a", 1.0), TypeError, "tf.string"),
            (lambda: tf.summary.write(None, 1), ValueError, "None"),
            (
                lambda: tf.summary.experimental.write_raw_pb(b"\xff\xff"),
                tf.errors.DataLossError,
                "at index 0",
            ),
            (
                lambda: tf.summary.experimental.write_raw_pb(3),
                tf.errors.InvalidArgumentError,
                "string tensor",
            ),
        ]:
            with pytest.raises(kind, match=text):
                call()
    assert rows(folder) == []


# ---- writers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "most, written", [(None, [0] * 10 + [11]), (0, [1, 2, 3]), (1, [0, 2, 2, 4]), (-1, [0] * 20)]
)
def test_events_wait_in_a_queue(folder, most, written):
    writer = tf.summary.create_file_writer(folder, max_queue=most)
    with writer.as_default(step=1):
        for count in written:
            tf.summary.scalar("a", 1.0)
            assert len(rows(folder)) == count
        writer.flush()
        assert len(rows(folder)) == len(written)


def test_events_do_not_wait_longer_than_they_may(folder):
    with tf.summary.create_file_writer(folder, flush_millis=0).as_default(step=1):
        tf.summary.scalar("a", 1.0)
        assert len(rows(folder)) == 1


def test_a_writer_that_is_forgotten_writes_what_waits(folder):
    writer = tf.summary.create_file_writer(folder)
    block = writer.as_default(step=1)
    block.__enter__()
    tf.summary.scalar("a", 1.0)
    assert rows(folder) == []
    block.__exit__(None, None, None)
    del writer, block
    gc.collect()
    assert len(rows(folder)) == 1


def test_a_closed_writer(folder):
    writer = tf.summary.create_file_writer(folder)
    with writer.as_default(step=1):
        writer.close()
        with pytest.raises(tf.errors.NotFoundError, match="does not exist"):
            tf.summary.scalar("a", 1.0)
    writer.close(), writer.flush(), tf.summary.flush(writer)
    for use in (writer.set_as_default, writer.init, lambda: writer.as_default().__enter__()):
        with pytest.raises(RuntimeError, match="is already closed"):
            use()


@pytest.mark.parametrize(
    "options, kind",
    [
        ({"logdir": None}, ValueError),
        ({"logdir": 3}, TypeError),
        ({"logdir": ["a", "b"]}, tf.errors.InvalidArgumentError),
        ({"logdir": "/dev/null/x"}, tf.errors.FailedPreconditionError),
        ({"logdir": "x", "max_queue": 1.5}, TypeError),
        ({"logdir": "x", "experimental_mesh": 3}, NotImplementedError),
        ({"logdir": "x", "experimental_trackable": True}, NotImplementedError),
    ],
)
def test_writers_that_cannot_be(options, kind):
    with pytest.raises(kind):
        tf.summary.create_file_writer(**options)


def test_the_base_class():
    writer = tf.summary.SummaryWriter()
    for method in (writer.init, writer.flush, writer.close):
        with pytest.raises(NotImplementedError):
            method()
    with pytest.raises(ValueError, match="Invalid argument to flush"):
        tf.summary.flush(3)


# ---- in functions --------------------------------------------------------------------------------


def test_a_function_writes_whenever_it_runs(folder):
    writer = tf.summary.create_file_writer(folder)

    @tf.function
    def f(x, step):
        with writer.as_default():
            tf.summary.scalar("all", x, step=step)
            with tf.summary.record_if(tf.equal(step, 2)):
                written = tf.summary.scalar("two", x, step=step)
            if x > 2.0:
                tf.summary.scalar("large", x, step=step)
            for i in tf.range(2, dtype=tf.int64):
                tf.summary.scalar("loop", tf.cast(i, tf.float32), step=10 * step + i)
        return written

    answers = [bool(f(tf.constant(float(i)), tf.constant(i, tf.int64))) for i in (1, 2, 3)]
    assert answers == [False, True, False]
    assert [row[:3] for row in rows(folder)] == [
        (1, "all", 1.0), (10, "while/loop", 0.0), (11, "while/loop", 1.0),
        (2, "all", 2.0), (2, "two", 2.0), (20, "while/loop", 0.0), (21, "while/loop", 1.0),
        (3, "all", 3.0), (3, "cond/large", 3.0), (30, "while/loop", 0.0), (31, "while/loop", 1.0),
    ]  # fmt: skip
    names = [node.name for node in f.get_concrete_function(
        tf.constant(1.0), tf.constant(1, tf.int64)
    ).graph.get_operations() if node.type == "WriteSummary"]  # fmt: skip
    assert names == ["all/write_summary"]
    writer.close()
    with pytest.raises(tf.errors.NotFoundError, match="all/write_summary"):
        f(tf.constant(1.0), tf.constant(1, tf.int64))


def test_a_compiled_function_writes_at_the_step_of_a_variable(folder):
    step = tf.Variable(0, dtype=tf.int64)
    writer = tf.summary.create_file_writer(folder)

    @tf.function
    def f(x):
        for _ in range(6):
            x = tf.tanh(x @ x) + x
        step.assign_add(1)
        tf.summary.scalar("sum", tf.reduce_sum(x), step=step)
        return x

    with writer.as_default():
        wanted = [float(tf.reduce_sum(f(tf.eye(3) * i))) for i in (1.0, 2.0)]
    f(tf.eye(3))
    writer.flush()
    found = rows(folder)
    assert [row[0] for row in found] == [1, 2, 3]  # the writer of the trace stays
    np.testing.assert_allclose([row[2] for row in found[:2]], wanted, rtol=1e-6)


def test_a_function_flushes_and_closes(folder):
    writer = tf.summary.create_file_writer(folder)

    @tf.function(autograph=False)
    def f():
        tf.summary.write("a", 1, step=1)
        kinds = [tf.summary.flush(writer).type, writer.close().type]
        assert kinds == ["FlushSummaryWriter", "CloseSummaryWriter"]

    # The end of the block finds the file closed.
    with pytest.raises(tf.errors.NotFoundError, match="does not exist"), writer.as_default():
        f()
    assert not tf.summary.should_record_summaries()
    assert len(rows(folder)) == 1


def test_errors_while_a_function_is_traced(folder):
    with tf.summary.create_file_writer(folder).as_default():
        with pytest.raises(ValueError, match="No step set"):
            tf.function(lambda: tf.summary.scalar("a", 1.0))()
        with pytest.raises(ValueError, match="inside a graph context"):
            tf.function(lambda: tf.summary.graph(None))()


# ---- traces --------------------------------------------------------------------------------------


def test_graphs_of_functions_are_traced(folder, caplog):
    inner = tf.function(lambda x: x * 2)
    outer = tf.function(lambda x: inner(x) + 1, autograph=False)
    with tf.summary.create_file_writer(folder).as_default():
        tf.summary.trace_on()
        tf.summary.trace_on()
        outer(tf.constant(1)), outer(tf.constant(2)), outer(tf.constant(1.0))
        with pytest.raises(ValueError, match="No step set"):
            tf.summary.trace_export("t")
        tf.summary.trace_export("t", step=4)
        with pytest.raises(ValueError, match="Must enable trace"):
            tf.summary.trace_export("t", step=4)
    assert "Trace already enabled" in caplog.text
    ((step, tag, data, plugin),) = rows(folder)
    assert (step, tag, plugin) == (4, "t", "graph_run_metadata_graph")
    graphs = RunMetadata.FromString(data).function_graphs
    assert len(graphs) == 2  # of int32 and of float32; the inner function is in both


def test_a_profile_is_taken_meanwhile(tmp_path, caplog):
    tf.summary.trace_on(profiler=True)
    assert "Profiler won't be enabled" in caplog.text
    tf.summary.trace_off()
    assert not list(tmp_path.rglob("*.xplane.pb"))
    tf.summary.trace_on(profiler=True, profiler_outdir=tmp_path)
    tf.function(lambda x: tf.tanh(x) + x)(tf.ones([200, 200]))
    tf.summary.trace_off()
    assert len(list(tmp_path.rglob("*.xplane.pb"))) == 1
