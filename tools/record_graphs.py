"""Records graphs of the real TensorFlow as bytes, for tests/function/tensorflow_graphs.json.

Run it in an environment with TensorFlow, from the repository's root:

    TF_ENABLE_ONEDNN_OPTS=0 python tools/record_graphs.py

The one idea: a GraphDef is a file format, so the test of reading it is a file that somebody else
wrote. A row is a program: its GraphDef as TensorFlow writes it, the names of its inputs and
outputs, what went in and what came out.

Read next: tests/function/test_graph_def.py.
"""

import base64
import json
import pathlib
import zlib

import numpy as np
import tensorflow as tf

OUT = pathlib.Path(__file__).parents[1] / "tests" / "function" / "tensorflow_graphs.json"

X = np.float32([[1.0, -2.0, 3.0], [0.5, 0.25, -1.5]])
IMAGE = np.arange(2 * 5 * 4 * 2, dtype=np.float32).reshape(2, 5, 4, 2) / 40
FILTERS = (np.arange(3 * 2 * 2 * 3, dtype=np.float32).reshape(3, 2, 2, 3) - 18) / 20


@tf.function
def doubled(x):
    return x * 2.0


def dense(x):
    w = tf.constant([[1.0, 2.0], [3.0, -4.0], [0.5, 0.0]])
    return tf.nn.relu(tf.matmul(x, w) + tf.constant([0.5, -0.5]))


def reductions(x):
    centred = x - tf.reduce_mean(x, axis=0)
    return tf.reduce_sum(centred**2), tf.reduce_max(x, 1, keepdims=True), tf.argmax(x, 1)


def softmax_loss(x):
    labels = tf.one_hot([2, 0], 3)
    return tf.nn.softmax_cross_entropy_with_logits(labels, x), tf.nn.softmax(x)


def shapes(x):
    n = tf.shape(x)[0]
    return (
        tf.reshape(tf.transpose(x), [n, -1]),
        tf.concat([x, tf.zeros([1, 3])], 0),
        tf.fill([n], 7),
    )


def slices(x):
    return x[:, ::-1], x[0, 1:], x[..., tf.newaxis], tf.split(x, [1, 2], 1), tf.unstack(x)


def convolution(image, filters):
    found = tf.nn.conv2d(image, filters, strides=[1, 2, 1, 1], padding="SAME")
    return tf.nn.max_pool2d(found, 2, 1, "VALID"), tf.nn.bias_add(found, [1.0, 2.0, 3.0])


def dtypes(x):
    wide = tf.cast(x, tf.float64)
    half, short = tf.cast(x, tf.float16), tf.cast(x, tf.bfloat16)
    return (
        tf.complex(x, x) * tf.constant(1 + 2j, tf.complex64),
        wide + tf.constant(0.1, tf.float64),
        tf.cast(half * tf.constant(1.5, tf.float16), tf.float32),
        tf.cast(short + tf.constant([1, 2, 3], tf.bfloat16), tf.float32),
        tf.cast(x > 0, tf.uint8) + tf.constant(200, tf.uint8),
        tf.constant([True, False]),
        tf.constant([2**40, -1], tf.int64),
    )


def constants(x):
    return (
        x + tf.constant(np.arange(300, dtype=np.float32).reshape(100, 3))[:2] + tf.ones([50, 3])[:2]
    )


def linear_algebra(x):
    gram = tf.matmul(x, x, transpose_b=True) + tf.eye(2)
    return (
        tf.linalg.cholesky(gram),
        tf.linalg.inv(gram),
        tf.linalg.det(gram),
        tf.einsum("ij,kj->ik", x, x),
    )


def gathering(x):
    places = tf.constant([[1, 0], [0, 2]])
    return (
        tf.gather(x, [2, 0], axis=1),
        tf.gather_nd(x, places),
        tf.cumsum(x, 1),
        tf.where(x > 0, x, -x),
    )


def calling(x):
    return doubled(x) + doubled(x)


def branching(x):
    return tf.cond(tf.reduce_sum(x) > 0.0, lambda: x + 1.0, lambda: x - 1.0)


def looping(x):
    return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 1.5), [0, x])


PROGRAMS = {
    dense: [X],
    reductions: [X],
    softmax_loss: [X],
    shapes: [X],
    slices: [X],
    convolution: [IMAGE, FILTERS],
    dtypes: [X],
    constants: [X],
    linear_algebra: [X],
    gathering: [X],
    calling: [X],
    branching: [X],
    looping: [X],
}


def plain(array):
    """An array as JSON: complex numbers as pairs."""
    array = np.asarray(array)
    dtype = array.dtype.name
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], -1)
    return {"dtype": dtype, "values": array.tolist()}


def main():
    """Writes the file."""
    rows = []
    for function, inputs in PROGRAMS.items():
        specs = [tf.TensorSpec(a.shape, a.dtype, f"input_{i}") for i, a in enumerate(inputs)]
        graph_function = tf.function(function, autograph=False)
        concrete = graph_function.get_concrete_function(*specs)
        message = concrete.graph.as_graph_def()
        answered = tf.nest.flatten(graph_function(*map(tf.constant, inputs)))
        text = zlib.compress(message.SerializeToString(deterministic=True), 9)
        rows.append(
            {
                "program": function.__name__,
                "graph_def": base64.b64encode(text).decode(),
                "inputs": [tensor.name for tensor in concrete.inputs],
                "outputs": [tensor.name for tensor in concrete.outputs],
                "given": [plain(a) for a in inputs],
                "answered": [plain(t.numpy()) for t in answered],
            }
        )
    OUT.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    print(f"{len(rows)} rows, {OUT.stat().st_size} bytes: {OUT}")


if __name__ == "__main__":
    main()
