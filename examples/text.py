"""A classifier of texts tells from a few words which part of SciPy they are about.

    headrace run examples/text.py                (with TensorFlow: python examples/text.py)

An unmodified TensorFlow 2 program. Its training step takes raw strings: inside `@tf.function` they
are cleaned (`tf.strings.regex_replace`), split into words (a `tf.RaggedTensor`, for no two texts
are of one length), joined to pairs of neighbours (`tf.strings.ngrams`), numbered by a
`tf.lookup.StaticVocabularyTable`, looked up in a table of embeddings and averaged over each text.
Two dense layers do the rest. Only rows of words that occur are updated: the gradient of the table
is a `tf.IndexedSlices`, and the optimiser is Adagrad, which needs no more than these.

The corpus is SciPy's own documentation, which ships with SciPy: the descriptions of its public
functions and classes, a paragraph each, by the part of the library that they belong to. Names of
the parts are taken out, and a fifth of the functions is held out, with all its paragraphs.
"""

import argparse
import importlib
import inspect
import random
import re
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file, no window
import matplotlib.pyplot as plt
import tensorflow as tf

PARTS = ["cluster.hierarchy", "fft", "integrate", "interpolate", "linalg", "ndimage", "optimize"]
PARTS += ["signal", "sparse", "spatial", "special", "stats"]
ASKED = [
    "the eigenvalues of a symmetric matrix",
    "minimize a function subject to constraints",
    "smooth an image with a Gaussian kernel",
    "is the mean of two samples the same?",
    "design a low-pass filter of given order",
    "the modified Bessel function of real order",
    "the k nearest neighbors of a point",
]


# ---- data ----------------------------------------------------------------------------------------


def paragraphs(documentation):
    """The paragraphs of prose before the list of parameters, each on one line."""
    prose = re.split(r"\n\s*(?:Parameters|Attributes|Methods|Returns)\s*\n\s*-+", documentation)[0]
    for paragraph in re.split(r"\n\s*\n", prose):
        words = " ".join(paragraph.split())
        if len(words) > 30 and words.endswith(".") and not words.startswith((">>>", "..")):
            yield words


def load(seed):
    """Two (texts, labels) pairs: four fifths of the functions to train on, one to test on."""
    found = {}
    for label, part in enumerate(PARTS):
        module = importlib.import_module(f"scipy.{part}")
        for name in module.__all__:
            documentation = inspect.getdoc(getattr(module, name, None)) or ""
            if name not in found and "deprecated" not in documentation:
                found[name] = [(text, label) for text in paragraphs(documentation)]
    functions = sorted(found)
    random.Random(seed).shuffle(functions)
    held_out = len(functions) // 5
    both = []
    for names in (functions[held_out:], functions[:held_out]):
        texts, labels = zip(*(pair for name in names for pair in found[name]), strict=True)
        both.append((tf.constant(texts), tf.constant(labels)))
    return both


def batches(texts, labels, size):
    """Whole batches of `size`, in a new random order."""
    rows = texts.shape[0]
    order = tf.random.shuffle(tf.range(rows))
    for start in range(0, rows - size + 1, size):
        part = order[start : start + size]
        yield tf.gather(texts, part), tf.gather(labels, part)


# ---- from strings to numbers ---------------------------------------------------------------------


def words_of(texts):
    """The words and the pairs of neighbouring words of each text: ragged, [texts, (words)]."""
    names = "|".join({part.split(".")[0] for part in PARTS})
    texts = tf.strings.regex_replace(tf.strings.lower(texts), rf"\b(scipy|{names})\b", " ")
    texts = tf.strings.regex_replace(texts, r"[^a-z]+", " ")
    words = tf.strings.split(texts)
    return tf.concat([words, tf.strings.ngrams(words, 2)], axis=1)


def vocabulary_of(texts, at_least=2, buckets=50):
    """A table that numbers what occurs `at_least` so often, and hashes the rest into `buckets`."""
    words, _, counts = tf.unique_with_counts(words_of(texts).flat_values)
    words = tf.boolean_mask(words, counts >= at_least)
    numbers = tf.range(tf.size(words, tf.int64))
    start = tf.lookup.KeyValueTensorInitializer(words, numbers)
    return tf.lookup.StaticVocabularyTable(start, num_oov_buckets=buckets), words


# ---- model, optimiser ----------------------------------------------------------------------------


class Dense(tf.Module):
    """A linear layer."""

    def __init__(self, inputs, outputs, name=None):
        super().__init__(name=name)
        start = tf.random.normal([inputs, outputs], stddev=(2 / inputs) ** 0.5)
        self.weights = tf.Variable(start, name="weights")
        self.bias = tf.Variable(tf.zeros([outputs]), name="bias")

    def __call__(self, x):
        return tf.matmul(x, self.weights) + self.bias


class Classifier(tf.Module):
    """The mean of the embeddings of a text's words, and two dense layers."""

    def __init__(self, vocabulary, width=48, hidden=64, drop=0.5):
        super().__init__()
        self.vocabulary = vocabulary
        rows = int(vocabulary.size())
        self.embeddings = tf.Variable(tf.random.normal([rows, width], stddev=0.1))
        self.hidden, self.out = Dense(width, hidden), Dense(hidden, len(PARTS))
        self.drop = drop

    def __call__(self, texts, training=False):
        numbers = self.vocabulary.lookup(words_of(texts))
        vectors = tf.nn.embedding_lookup(self.embeddings, numbers)
        x = tf.reduce_mean(vectors, axis=1)
        if training:
            x = tf.nn.dropout(x, self.drop)
        return self.out(tf.nn.relu(self.hidden(x)))


class Adagrad(tf.Module):
    """Duchi, Hazan and Singer (2011), "Adaptive subgradient methods for online learning"."""

    def __init__(self, parameters, rate):
        super().__init__()
        self.parameters, self.rate = parameters, rate
        self.squares = [tf.Variable(1e-6 * tf.ones_like(p), trainable=False) for p in parameters]

    def apply(self, gradients):
        for parameter, squares, gradient in zip(
            self.parameters, self.squares, gradients, strict=True
        ):
            if isinstance(gradient, tf.IndexedSlices):
                # A word may occur more than once: its rows are added up first.
                rows, places = tf.unique(gradient.indices)
                sums = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))
                squares.scatter_add(tf.IndexedSlices(tf.square(sums), rows))
                change = self.rate * sums / tf.sqrt(tf.gather(squares, rows))
                parameter.scatter_sub(tf.IndexedSlices(change, rows))
            else:
                squares.assign_add(tf.square(gradient))
                parameter.assign_sub(self.rate * gradient / tf.sqrt(squares))


class Trainer(tf.Module):
    """A classifier, its optimiser, and the functions that take raw strings."""

    def __init__(self, classifier, rate=0.03):
        super().__init__()
        self.classifier = classifier
        self.optimiser = Adagrad(classifier.trainable_variables, rate)

    @tf.function
    def step(self, texts, labels):
        """One gradient step on one batch of strings; the cross entropy before it."""
        with tf.GradientTape() as tape:
            logits = self.classifier(texts, training=True)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        self.optimiser.apply(tape.gradient(loss, self.classifier.trainable_variables))
        return loss

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def probabilities(self, texts):
        """How likely each text is about each part: [texts, parts]."""
        return tf.nn.softmax(self.classifier(texts))


# ---- the program ---------------------------------------------------------------------------------


def accuracy(probabilities, labels):
    """The share of texts for which the likeliest part is the right one."""
    guesses = tf.argmax(probabilities, axis=1, output_type=labels.dtype)
    return float(tf.reduce_mean(tf.cast(guesses == labels, tf.float32)))


def train(trainer, training, held_out, options):
    """The loss on the training texts and the accuracy on the held-out ones, for each epoch."""
    history = []
    for epoch in range(1, options.epochs + 1):
        losses = [
            trainer.step(texts, labels) for texts, labels in batches(*training, options.batch)
        ]
        share = accuracy(trainer.probabilities(held_out[0]), held_out[1])
        history.append((float(tf.reduce_mean(tf.stack(losses))), share))
        if epoch == 1 or epoch % 5 == 0:
            print(f"epoch {epoch:3d}   loss {history[-1][0]:.4f}   held-out accuracy {share:.1%}")
    return history


def telling_words(trainer, words, count=4):
    """For each part the words that, alone, speak most for it."""
    single = tf.boolean_mask(words, tf.logical_not(tf.strings.regex_full_match(words, ".* .*")))
    probabilities = trainer.probabilities(single)
    best = tf.math.top_k(tf.transpose(probabilities), count).indices
    return [[word.decode() for word in row] for row in tf.gather(single, best).numpy()]


def plot(history, confusion, telling, path):
    """Curves, the confusion matrix, and the telling words."""
    figure = plt.figure(figsize=(14, 4.6), layout="constrained")
    left, middle, right = figure.subfigures(1, 3, width_ratios=[1, 1.25, 0.9])
    names = [part.split(".")[0] for part in PARTS]

    axes = left.subplots()
    epochs = range(1, len(history) + 1)
    axes.plot(epochs, [loss for loss, _ in history], color="tab:blue")
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    axes.yaxis.label.set_color("tab:blue")
    other = axes.twinx()
    other.plot(epochs, [100 * share for _, share in history], color="tab:orange")
    other.set(ylabel="held-out accuracy, %", ylim=(0, 100))
    other.yaxis.label.set_color("tab:orange")
    axes.set_title("Training", loc="left", fontweight="bold")
    for each in (axes, other):
        each.spines["top"].set_visible(False)

    axes = middle.subplots()
    axes.imshow(confusion, cmap="Blues", vmax=confusion.max() * 1.3)
    for truth, row in enumerate(confusion):
        for guess, number in enumerate(row):
            if number:
                axes.text(guess, truth, int(number), ha="center", va="center", fontsize=7)
    ticks = range(len(names))
    axes.set_xticks(ticks, names, rotation=45, ha="right")
    axes.set_yticks(ticks, names)
    axes.set_title("Held-out paragraphs, guess across", loc="left", fontweight="bold")

    axes = right.subplots()
    axes.set_axis_off()
    axes.set_title("Words that tell", loc="left", fontweight="bold")
    for line, (name, words) in enumerate(zip(names, telling, strict=True)):
        axes.text(0.0, 1 - (line + 1) / 13, name, fontsize=9, fontweight="bold")
        axes.text(0.28, 1 - (line + 1) / 13, ", ".join(words), fontsize=9)
    figure.savefig(path, dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--ask", nargs="*", default=ASKED, help="texts to tell the part of")
    parser.add_argument("--out", type=Path, default=Path("text.png"))
    options = parser.parse_args()
    tf.random.set_seed(options.seed)

    training, held_out = load(options.seed)
    vocabulary, words = vocabulary_of(training[0])
    print(f"{training[0].shape[0]} paragraphs to train on, {held_out[0].shape[0]} held out")
    print(f"{words.shape[0]} words and pairs of words that occur twice or more")

    trainer = Trainer(Classifier(vocabulary))
    start = time.perf_counter()
    history = train(trainer, training, held_out, options)
    seconds = time.perf_counter() - start
    steps = options.epochs * (training[0].shape[0] // options.batch)
    traces = trainer.step.experimental_get_tracing_count()
    print(f"{steps} steps in {seconds:.1f} s; the step was traced {traces} time{'s'[: traces > 1]}")

    labels = held_out[1]
    guesses = tf.argmax(trainer.probabilities(held_out[0]), axis=1, output_type=labels.dtype)
    confusion = tf.math.confusion_matrix(labels, guesses, len(PARTS)).numpy()

    print()
    for text, row in zip(options.ask, trainer.probabilities(options.ask).numpy(), strict=True):
        best = row.argmax()
        print(f"  {text:48s} {PARTS[best]:18s} {row[best]:4.0%}")
    plot(history, confusion, telling_words(trainer, words), options.out)
    print(f"\nplot: {options.out.resolve()}")


if __name__ == "__main__":
    main()
