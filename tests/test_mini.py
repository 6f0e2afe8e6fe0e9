"""docs/mini.py runs, and its derivatives are those of the real thing."""

import runpy
from pathlib import Path

import numpy as np

import headrace as tf

MINI = Path(__file__).parent.parent / "docs/mini.py"


def test_it_agrees_with_the_house(capsys):
    mini = runpy.run_path(str(MINI))
    mini["main"]()
    printed = capsys.readouterr().out
    a, v = tf.constant([[0.1, 0.2], [0.3, 0.4]]), tf.constant([[0.5], [0.6]])
    with tf.GradientTape() as outer:
        outer.watch(v)
        with tf.GradientTape() as inner:
            inner.watch(v)
            y = tf.reduce_sum(tf.tanh(a @ v + a))
        first = inner.gradient(y, v)
    second = outer.gradient(first, v)
    for number in np.concatenate([first.numpy().ravel(), second.numpy().ravel()]):
        assert str(number)[:6] in printed


def test_it_fits_one_sitting():
    assert len(MINI.read_text().splitlines()) <= 300
