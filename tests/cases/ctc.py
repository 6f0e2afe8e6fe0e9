"""Rows for the CTC loss and its decoders; dense labels are in tests/objects/test_ctc.py.

The reference is the definition: the sum over all alignments, each written out.
"""

import itertools

import numpy as np

import headrace as tf
from headrace._src.ops.ctc_decoding import ctc_beam_search_op, ctc_greedy_decoder_op
from headrace._src.ops.ctc_loss import ctc_loss_op
from tests.cases.row import case, each, error, floats, plain

Invalid = tf.errors.InvalidArgumentError
LABELS = [[1, 2, 2], [2, 1, 0]]
LABEL_LENGTHS, LENGTHS = [3, 2], [6, 5]
PLACES = plain(np.array([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]]))
VALUES = plain(np.int32([0, 1, 1, 1, 0]))


def meant(path, blank):
    """The labels that an alignment means."""
    return [x for i, x in enumerate(path) if x != blank and (not i or path[i - 1] != x)]


def one(logs, labels, blank):
    """The loss of one row, over all alignments."""
    chances = [
        sum(logs[t, c] for t, c in enumerate(path))
        for path in itertools.product(range(logs.shape[1]), repeat=len(logs))
        if meant(path, blank) == list(labels)
    ]
    return -np.logaddexp.reduce(chances)


def loss(labels, logits, label_lengths, lengths, logits_time_major=True, blank_index=0):
    """The loss of every row."""
    logits = np.asarray(logits, np.float64)
    if not logits_time_major:
        logits = logits.swapaxes(0, 1)
    logs = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)
    return np.array(
        [
            one(logs[: lengths[i], i], labels[i][: label_lengths[i]], blank_index)
            for i in range(logs.shape[1])
        ]
    ).astype(np.float32)


def sparse_loss(labels, logits, lengths, blank_index):
    """The loss of labels that are a sparse tensor."""
    x = tf.sparse.SparseTensor([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]], labels, [2, 3])
    return tf.nn.ctc_loss(x, logits, None, lengths, blank_index=blank_index)


def loss_only(logits, *more):
    """The first output of the op."""
    return ctc_loss_op(logits, *more)[0]


def parts(function):
    """A decoder whose sparse results are taken apart."""

    def called(*args, **kwargs):
        found, score = function(*args, **kwargs)
        return [part for x in found for part in (x.indices, x.values, x.dense_shape)] + [score]

    called.__name__ = function.__name__
    return called


greedy, beam = parts(tf.nn.ctc_greedy_decoder), parts(tf.nn.ctc_beam_search_decoder)


def greedy_path(logits, lengths, merge_repeated=True, blank_index=-1):
    """The best class of every frame, repeated ones and blanks left out."""
    blank = blank_index % logits.shape[2]
    found = []
    for row, length in enumerate(lengths):
        path = logits[:length, row].argmax(1).tolist()
        found.append(meant(path, blank) if merge_repeated else [x for x in path if x != blank])
    places = [(row, i) for row, labels in enumerate(found) for i in range(len(labels))]
    score = [-logits[:length, row].max(1).sum() for row, length in enumerate(lengths)]
    shape = [len(found), max(map(len, found))]
    values = [x for labels in found for x in labels]
    return [
        np.array(places).reshape(-1, 2),
        np.array(values, np.int64),
        np.array(shape),
        np.array(score, logits.dtype)[:, None],
    ]


def likeliest(logits, lengths, *_):
    """The likeliest labels, over all alignments of each."""
    logs = logits - np.logaddexp.reduce(logits, axis=2, keepdims=True)
    blank = logits.shape[2] - 1
    best, scores = [], []
    for row, length in enumerate(lengths):
        chances = {}
        for path in itertools.product(range(blank + 1), repeat=length):
            own = sum(logs[t, row, c] for t, c in enumerate(path))
            key = tuple(meant(path, blank))
            chances[key] = np.logaddexp(chances.get(key, -np.inf), own)
        labels = max(chances, key=chances.get)
        best.append(labels)
        scores.append(chances[labels])
    places = [(row, i) for row, labels in enumerate(best) for i in range(len(labels))]
    return [
        np.array(places).reshape(-1, 2),
        np.array([x for labels in best for x in labels], np.int64),
        np.array([len(best), max(map(len, best))]),
        np.array(scores, logits.dtype)[:, None],
    ]


ROWS = [
    case(
        sparse_loss,
        plain(np.int32([1, 2, 2, 2, 1])),
        floats(6, 2, 3),
        LENGTHS,
        0,
        ref=lambda _, x, lengths, blank: loss(LABELS, x, LABEL_LENGTHS, lengths, True, blank),
        gradient="first",
        dtypes=["float32"],
    ),
    case(
        loss_only,
        floats(6, 2, 3),
        PLACES,
        VALUES,
        LENGTHS,
        ref=lambda x, *_: loss([[0, 1, 1], [1, 0]], x, LABEL_LENGTHS, LENGTHS, True, 2),
        gradient="first",
        dtypes=["float32"],
    ),
    error(
        tf.nn.ctc_loss,
        plain(tf.sparse.SparseTensor([[0, 0]], [1], [1, 1])),
        floats(2, 1, 3),
        None,
        [2],
        raises=ValueError,
        match="`blank_index` must be provided",
    ),
    error(
        ctc_loss_op,
        floats(6, 2, 3),
        PLACES,
        VALUES,
        [2, 5],
        raises=Invalid,
        match=r"Not enough time for target transition sequence \(required: 3, available: 2\)",
    ),
    error(
        ctc_loss_op,
        floats(6, 2, 3),
        PLACES,
        VALUES,
        [9, 5],
        raises=Invalid,
        match=r"sequence_length\(0\) <= 6",
    ),
    error(
        ctc_loss_op, floats(6, 2), PLACES, VALUES, [2, 5], raises=Invalid, match="not a 3-Tensor"
    ),
    case(
        tf.nn.collapse_repeated,
        plain(np.int32([[1, 1, 0, 2, 2, 3], [0, 0, 5, 5, 5, 5]])),
        [6, 4],
        ref=lambda *_: (np.int32([[1, 0, 2, 3], [0, 5, 0, 0]]), np.int32([4, 2])),
        gradient=False,
    ),
    error(tf.nn.collapse_repeated, [1, 2], [2], raises=Invalid, match="Index out of range"),
    case(
        greedy,
        floats(8, 3, 4),
        [8, 6, 0],
        merge_repeated=each(True, False),
        blank_index=each(-1, 0),
        ref=greedy_path,
        gradient=False,
        dtypes=["float32"],
    ),
    error(
        ctc_greedy_decoder_op,
        floats(8, 3, 5),
        [8, 6, 4],
        blank_index=7,
        raises=Invalid,
        match="blank_index expected to be between -5 and 4 but was 7",
    ),
    error(
        tf.nn.ctc_greedy_decoder,
        floats(8, 3, 5),
        [8, 6],
        raises=tf.errors.FailedPreconditionError,
        match="batch_size: 3",
    ),
    case(
        beam,
        floats(5, 2, 3),
        [5, 4],
        100,
        1,
        ref=likeliest,
        gradient=False,
        dtypes=["float32", "float64"],
    ),
    error(
        ctc_beam_search_op,
        floats(8, 1, 5),
        [8],
        2,
        3,
        raises=Invalid,
        match="requested more paths than the beam width",
    ),
    error(
        tf.nn.ctc_beam_search_decoder,
        floats(8, 1, 5),
        [0],
        10,
        3,
        raises=Invalid,
        match="Less leaves in the beam search than requested",
    ),
]
