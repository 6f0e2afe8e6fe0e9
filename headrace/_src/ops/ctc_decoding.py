"""From classes over time to the sequence of labels behind them, after a CTC loss.

The one idea: repeated classes are one label and blanks are none, so many alignments mean the same
labels. The greedy decoder takes the best alignment. The beam search keeps the labels that are
likeliest over all alignments, each with two chances: of ending in a blank, and in its last label.

Graves et al., "Connectionist temporal classification" (2006).

Read next: ops/ctc_loss.py.
"""

from typing import Any

import numpy as np

from headrace._src.core.dtypes import int32
from headrace._src.core.errors import FailedPreconditionError, InvalidArgumentError
from headrace._src.core.shape_rules import ShapeError
from headrace._src.core.shapes import TensorShape, vector
from headrace._src.core.tensor import Tensor
from headrace._src.engine.convert import convert
from headrace._src.engine.op import no_gradient, op
from headrace._src.ops.sparse_tensor import SparseTensor

_LABELS = "TensorFlow has none: labels are integers."


def _check_shapes(inputs: TensorShape, lengths: TensorShape) -> None:
    if inputs.rank not in (None, 3):
        raise ShapeError(
            "inputs is not a 3-Tensor", f"Shape must be rank 3 but is rank {inputs.rank}"
        )
    if lengths.rank not in (None, 1):
        raise ShapeError(
            "sequence_length is not a vector", f"Shape must be rank 1 but is rank {lengths.rank}"
        )


def _check(inputs: np.ndarray, lengths: np.ndarray) -> None:
    _check_shapes(TensorShape(inputs.shape), TensorShape(lengths.shape))
    frames, rows, _ = inputs.shape
    if not frames:
        raise ValueError("max_time or first dimension of input is 0")
    if len(lengths) != rows:
        raise FailedPreconditionError(
            None,
            None,
            f"len(sequence_length) != batch_size.  len(sequence_length):  {len(lengths)} "
            f"batch_size: {rows}",
        )
    if (lengths > frames).any():
        first = int(np.argmax(lengths > frames))
        raise FailedPreconditionError(None, None, f"sequence_length({first}) <= {frames}")


def _sparse(sequences: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, values and shape of sequences as rows."""
    places = [(row, i) for row, labels in enumerate(sequences) for i in range(len(labels))]
    values = [label for labels in sequences for label in labels]
    width = max(map(len, sequences), default=0)
    return (
        np.array(places, np.int64).reshape(-1, 2),
        np.array(values, np.int64),
        np.array([len(sequences), width], np.int64),
    )


def _merged(labels: list[int]) -> list[int]:
    return [x for i, x in enumerate(labels) if not i or labels[i - 1] != x]


# ---- greedy --------------------------------------------------------------------------------------


def ctc_greedy_decoder(
    inputs: Any, sequence_length: Any, merge_repeated: bool = True, blank_index: int | None = None
) -> tuple[list[SparseTensor], Tensor]:
    """The labels of the best class of every frame.

    inputs: logits `[time, batch, classes]`, float32 or float64. sequence_length: int32 `[batch]`,
    how many frames each row has. merge_repeated: whether a class that goes on is one label.
    blank_index: the class that is no label, the last by default; negative ones count from the end.
    Answers `([decoded], neg_sum_logits)`: int64 labels as a SparseTensor `[batch, longest]`, and
    the negative sum of the best logits, `[batch, 1]`.

    >>> logits = tf.one_hot([[0], [0], [2], [1]], 3)
    >>> decoded, _ = tf.nn.ctc_greedy_decoder(logits, [4])
    >>> decoded[0].values.numpy()
    array([0, 1])

    Raises tf.errors.InvalidArgumentError for a blank that is no class,
    tf.errors.FailedPreconditionError where lengths do not fit. Op: CTCGreedyDecoder.
    """
    blank = -1 if blank_index is None else blank_index
    indices, values, shape, score = ctc_greedy_decoder_op(
        inputs, _lengths(sequence_length), merge_repeated, blank
    )
    return [SparseTensor(indices, values, shape)], score


def _lengths(sequence_length: Any) -> Tensor:
    if isinstance(sequence_length, Tensor):
        return sequence_length
    return convert(sequence_length, int32)


def _decoded(inputs: TensorShape, lengths: TensorShape, *_: Any) -> list[TensorShape]:
    _check_shapes(inputs, lengths)
    rows = inputs[1] if inputs.rank else None
    return [TensorShape([None, 2]), vector(None), vector(2), TensorShape([rows, 1])]


@op("CTCGreedyDecoder", shape=_decoded, cost="host")
def ctc_greedy_decoder_op(
    inputs: Tensor,
    sequence_length: Tensor,
    merge_repeated: bool = False,
    blank_index: int = -1,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The labels of the best classes."""
    _check(inputs, sequence_length)
    classes = inputs.shape[2]
    if not -classes <= blank_index < classes:
        raise ValueError(
            f"blank_index expected to be between {-classes} and {classes - 1} but was {blank_index}"
        )
    blank = blank_index % classes
    best = inputs.argmax(2)
    is_frame = np.arange(len(inputs))[:, None] < sequence_length
    score = 0 - np.where(is_frame, inputs.max(2), 0).sum(0, dtype=inputs.dtype)
    is_label = is_frame & (best != blank)
    if merge_repeated:
        is_label[1:] &= best[1:] != best[:-1]
    rows, frames = np.nonzero(is_label.T)
    counts = is_label.sum(0)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = np.array([len(counts), counts.max(initial=0)], np.int64)
    return np.stack([rows, places], 1), best[frames, rows], shape, score[:, None]


no_gradient(ctc_greedy_decoder_op, why=_LABELS)


# ---- beam search ---------------------------------------------------------------------------------


def ctc_beam_search_decoder(
    inputs: Any, sequence_length: Any, beam_width: int = 100, top_paths: int = 1
) -> tuple[list[SparseTensor], Tensor]:
    """The likeliest labels, each over all of its alignments.

    inputs: logits `[time, batch, classes]`, float32 or float64; the last class is the blank.
    sequence_length: int32 `[batch]`, how many frames each row has. beam_width: how many beginnings
    are kept from frame to frame. top_paths: how many results for each row. Answers `(decoded,
    log_probability)`: a list of `top_paths` int64 SparseTensors `[batch, longest]`, the best first,
    and the logarithms of their chances, `[batch, top_paths]`.

    >>> logits = tf.math.log([[[0.4, 0.6]], [[0.4, 0.6]]])
    >>> decoded, score = tf.nn.ctc_beam_search_decoder(logits, [2])
    >>> decoded[0].values.numpy(), tf.exp(score).numpy().round(3)
    (array([0]), array([[0.64]], dtype=float32))

    Raises tf.errors.InvalidArgumentError for more paths than the beam is wide,
    tf.errors.FailedPreconditionError where lengths do not fit. Op: CTCBeamSearchDecoder.
    """
    found = ctc_beam_search_op(inputs, _lengths(sequence_length), beam_width, top_paths, False)
    *parts, score = found
    return [SparseTensor(*part) for part in zip(*parts, strict=True)], score


def _paths(
    inputs: TensorShape, lengths: TensorShape, beam_width: int, top_paths: int, *_: Any
) -> list:
    _check_shapes(inputs, lengths)
    rows = inputs[1] if inputs.rank else None
    parts = (TensorShape([None, 2]), vector(None), vector(2))
    score = TensorShape([rows, top_paths])
    return [part for part in parts for _ in range(top_paths)] + [score]


@op("CTCBeamSearchDecoder", shape=_paths, cost="host")
def ctc_beam_search_op(
    inputs: Tensor,
    sequence_length: Tensor,
    beam_width: int,
    top_paths: int,
    merge_repeated: bool = True,
    name: str | None = None,
) -> tuple[list[Tensor], list[Tensor], list[Tensor], Tensor]:
    """The likeliest labels."""
    for word, value in (("beam_width", beam_width), ("top_paths", top_paths)):
        if value < 1:
            raise InvalidArgumentError(
                None, None, f"Value for attr '{word}' of {value} must be at least minimum 1"
            )
    _check(inputs, sequence_length)
    if top_paths > beam_width:
        raise ValueError("requested more paths than the beam width.")
    logs = inputs - inputs.max(2, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(2, keepdims=True))
    found = []
    for row, length in enumerate(sequence_length.tolist()):
        beam = _searched(logs[: max(length, 0), row], beam_width)[:top_paths]
        if len(beam) < top_paths:
            raise ValueError("Less leaves in the beam search than requested.")
        found.append(beam)
    by_path = []
    for path in range(top_paths):
        sequences = [beam[path][0] for beam in found]
        by_path.append(_sparse([_merged(s) if merge_repeated else s for s in sequences]))
    scores = [[score for _, score in beam] for beam in found]
    lists = [list(parts) for parts in zip(*by_path, strict=True)]
    return *lists, np.array(scores, inputs.dtype).reshape(len(found), top_paths)


no_gradient(ctc_beam_search_op, why=_LABELS)


class _Beginnings:
    """All beginnings of label sequences met so far: a tree, whose nodes are numbers."""

    def __init__(self) -> None:
        self.parent = [-1]
        self.label = [-1]
        self.children: dict[tuple[int, int], int] = {}

    def child(self, node: int, label: int) -> int:
        """The beginning that is longer by `label`."""
        found = self.children.get((node, label))
        if found is None:
            found = self.children[node, label] = len(self.parent)
            self.parent.append(node)
            self.label.append(label)
        return found

    def labels(self, node: int) -> list[int]:
        """The labels of a beginning."""
        out = []
        while node:
            out.append(self.label[node])
            node = self.parent[node]
        return out[::-1]


def _searched(logs: np.ndarray, beam_width: int) -> list[tuple[list[int], float]]:
    """Label sequences and the logarithms of their chances, the best first."""
    tree = _Beginnings()
    blank = logs.shape[1] - 1
    nodes = [0]
    # Of each beginning: the logarithms of its chance, of ending in a blank, of ending in a label.
    ends_blank, ends_label = np.zeros(1, logs.dtype), np.full(1, -np.inf, logs.dtype)
    total = ends_blank
    for frame in logs:
        place = {node: i for i, node in enumerate(nodes)}
        last = np.array([tree.label[node] for node in nodes])
        parents = np.array([place.get(tree.parent[node], -1) for node in nodes])
        # What a parent gives to its child; a repeated label needs a blank between.
        from_parent = np.where(last == last[parents], ends_blank[parents], total[parents])
        from_parent = np.where(parents >= 0, from_parent, -np.inf)
        stay_label = np.logaddexp(ends_label, from_parent) + frame[last]
        stay_blank = total + frame[blank]
        # Beginnings that are new: those that are there already have had their share.
        grown = (
            np.where(np.arange(blank) == last[:, None], ends_blank[:, None], total[:, None])
            + frame[:blank]
        )
        for i, parent in enumerate(parents.tolist()):
            if parent >= 0:
                grown[parent, last[i]] = -np.inf
        old = np.logaddexp(stay_blank, stay_label)
        scores = np.concatenate([old, grown.reshape(-1)])
        chosen = _best(scores, beam_width)
        count = len(nodes)
        is_old = chosen < count
        fresh = [divmod(int(i) - count, blank) for i in chosen[~is_old]]
        kept = chosen[is_old]
        nodes = [nodes[i] for i in kept] + [tree.child(nodes[i], label) for i, label in fresh]
        none = np.full(len(fresh), -np.inf, logs.dtype)
        ends_blank = np.concatenate([stay_blank[kept], none])
        ends_label = np.concatenate([stay_label[kept], scores[chosen[~is_old]]])
        total = np.concatenate([old[kept], scores[chosen[~is_old]]])
    order = np.argsort(-total, kind="stable")
    return [(tree.labels(nodes[i]), float(total[i])) for i in order]


def _best(scores: np.ndarray, count: int) -> np.ndarray:
    """The positions of the `count` largest that are possible at all."""
    possible = np.flatnonzero(scores > -np.inf)
    if len(possible) <= count:
        return possible
    return np.sort(possible[np.argpartition(-scores[possible], count)[:count]])
