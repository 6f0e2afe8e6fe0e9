"""Compiled programs on disk: a second process compiles nothing, and computes the same.

JAX opens its cache once per process, so each case is a process; it prints what it computed and how
often JAX found, or did not find, a program in the cache.

Read next: headrace/_src/xla/cache.py.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headrace._src.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import jax
counts = {"hits": 0, "misses": 0}

def count(event, **_):
    if event.startswith("/jax/compilation_cache/cache_"):
        counts[event.rpartition("_")[2]] += 1

jax.monitoring.register_event_listener(count)
import headrace as tf

w, b = tf.Variable(tf.ones([4, 4])), tf.Variable(tf.zeros([4]))

@tf.function(input_signature=[tf.TensorSpec([None, 4])])
def step(x):
    with tf.GradientTape() as tape:
        y = tf.tanh(tf.matmul(x, w) + b)
        for i in tf.range(3):
            y = tf.tanh(tf.matmul(y, w) - tf.cast(i, tf.float32))
        loss = tf.reduce_mean(y * y)
    for v, g in zip((w, b), tape.gradient(loss, (w, b))):
        v.assign_sub(0.1 * g)
    return loss

losses = [float(step(tf.ones([n, 4]))) for n in (2, 3, 2)]
print(losses, counts["hits"], counts["misses"], jax.config.jax_compilation_cache_dir, sep=";")
"""


@pytest.fixture
def outcome(tmp_path):
    """A function: what one process prints with a cache at a place, or without one."""
    path = tmp_path / "program.py"  # AutoGraph needs a file to read
    path.write_text(PROGRAM)
    clean = {k: v for k, v in os.environ.items() if not k.endswith(("CACHE_DIR", "PYTHONPATH"))}

    def run(folder: Path | str, warnings: str = "error") -> tuple[str, int, int, str]:
        done = subprocess.run(
            [sys.executable, "-W", warnings, path],
            env={**clean, "PYTHONPATH": str(ROOT), "HEADRACE_CACHE_DIR": str(folder)},
            capture_output=True,
            text=True,
        )
        assert not done.returncode, done.stderr
        losses, hits, misses, place = done.stdout.strip().split(";")
        return losses, int(hits), int(misses), place

    return run


def test_a_second_process_compiles_nothing(outcome, tmp_path):
    folder = tmp_path / "not" / "there" / "yet"
    losses, hits, misses, place = outcome(folder)
    assert (hits, place) == (0, str(folder)) and misses >= 2
    assert len(list(folder.iterdir())) >= misses
    assert outcome(folder) == (losses, misses, 0, place)


def test_a_broken_file_is_compiled_anew(outcome, tmp_path):
    folder = tmp_path / "programs"
    first = outcome(folder)
    for path in folder.iterdir():
        path.write_bytes(b"no program")
    assert outcome(folder, "default")[0] == first[0]


def test_it_is_off_by_default(monkeypatch):
    monkeypatch.delenv("HEADRACE_CACHE_DIR", raising=False)
    assert Settings().cache_dir == ""
    monkeypatch.setenv("HEADRACE_CACHE_DIR", "~/programs")
    assert Settings().cache_dir == "~/programs"
