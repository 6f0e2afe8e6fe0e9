"""The ratchet: what once agreed with TensorFlow's recorded answers agrees for ever.

The rows run in a process of their own, in a scratch folder: they seed generators, write to the
error stream and share state from row to row. `replay.py --update` adds the rows that newly pass.

Read next: `replay.py`.
"""

import json
import subprocess
import sys
from pathlib import Path

import judge
import pytest
import replay
import tables

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Every row of the modes that the ratchet has rows for, as `replay.py --json` tells it."""
    folder = tmp_path_factory.mktemp("conformance")
    known = {row.key: row.mode for row in tables.read()}
    modes = sorted({known[key] for key in replay.listed() if key in known} | {"eager"})
    command = [sys.executable, str(HERE / "replay.py"), "--modes", ",".join(modes), "--show", "0"]
    done = subprocess.run(
        [*command, "--json", str(folder / "results.json")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert (folder / "results.json").exists(), f"the replay died: {done.stderr[-3000:]}"
    return json.loads((folder / "results.json").read_text())


def test_the_ratchet_lists_recorded_rows_once_and_in_order():
    listed = replay.listed()
    assert listed, "passing.txt is empty: run tests/conformance/replay.py --update"
    held = set(listed)
    assert listed == [row.key for row in tables.read() if row.key in held]


@pytest.mark.parametrize("kind", tables.KINDS)
def test_rows_that_passed_still_pass(results, kind):
    lost = [
        f"{result['key']}\n  wanted {result['wanted']}\n  got    {result['got']}"
        for result in results
        if result["key"].startswith(kind + "\t") and result["listed"]
        if result["verdict"] != "right"
    ]
    assert not lost, f"{len(lost)} rows no longer pass:\n" + "\n".join(lost[:20])


def test_every_recorded_row_has_its_own_key():
    rows = tables.read()
    assert len({row.key for row in rows}) == len(rows)


def row(outcome, text, kind="errors", call="tf.foo(1)"):
    return tables.Row(kind, "eager", "tf.foo", call, outcome, text)


@pytest.mark.parametrize(
    ("wanted", "answer", "verdict"),
    [
        (row("TypeError", "x"), judge.Answer("TypeError", "y"), "right"),
        (row("TypeError", "x"), judge.Answer("ValueError", "x"), "wrong"),
        (row("TypeError", "x"), judge.Answer("OK", "x"), "wrong"),
        (row("TypeError", "x"), judge.Answer("AttributeError", "x", absent=True), "absent"),
        (row("AttributeError", "x"), judge.Answer("AttributeError", "", absent=True), "right"),
        (
            row("tf.errors.NotFoundError", "x"),
            judge.Answer("NotFoundError", ""),
            "right",
        ),
        (row("OK", "[1, 2]"), judge.Answer("OK", "[1,\n 2]"), "right"),
        (row("OK", "[1, 2]"), judge.Answer("OK", "[1, 3]"), "wrong"),
        (
            row("OK", "<shape=(2,), numpy=[1 2]>", call="tf.random.normal([2])"),
            judge.Answer("OK", "<shape=(2,), numpy=[3 4]>"),
            "right",
        ),
        (
            row("OK", "<shape=(2,), numpy=[1 2]>", call="tf.random.normal([2])"),
            judge.Answer("OK", "<shape=(3,), numpy=[1 2]>"),
            "wrong",
        ),
    ],
)
def test_verdicts(wanted, answer, verdict):
    assert judge.verdict(wanted, answer) == verdict


def test_long_texts_are_compared_up_to_their_cut():
    text = "x" * 250 + " y" * 50
    assert judge.same(text + " and what was cut", text)
    assert not judge.same("z" + text, text)


def test_facts_are_held_in_whatever_words():
    wanted = row("ValueError", "Shapes (3,) and (4,) are incompatible for `v` of float32")
    assert judge.carries_facts(
        wanted, judge.Answer("ValueError", "`v`, float32: wanted (3,), not (4,)")
    )
    assert not judge.carries_facts(wanted, judge.Answer("ValueError", "(3,) is not (4,)"))


def test_an_absence_is_a_public_name_of_the_library():
    def raised(thunk):
        with pytest.raises(Exception) as info:
            thunk()
        return info.value

    assert judge.is_absence(raised(lambda: json.frobnicate), "json")
    assert judge.is_absence(raised(lambda: json.JSONEncoder().frobnicate), "json")
    assert not judge.is_absence(raised(lambda: json._frobnicate), "json")
    assert not judge.is_absence(raised(lambda: None.frobnicate), "json")
    assert judge.is_absence(NotImplementedError("tf.foo"), "json")
    assert not judge.is_absence(TypeError("tf.foo"), "json")


def test_the_ratchet_never_loses_a_row_silently(tmp_path, monkeypatch):
    first, second = tables.read(("semantics",))[:2]
    monkeypatch.setattr(replay, "RATCHET", tmp_path / "passing.txt")

    def result(row, verdict):
        return replay.Result(row, judge.Answer("OK", ""), verdict)

    assert replay.update([result(second, "right")], allow_loss=False) == 1
    assert replay.update([result(first, "right"), result(second, "wrong")], False) == 1
    assert replay.listed() == [first.key, second.key]
    assert [r.row for r in replay.losses([result(second, "wrong")])] == [second]
    replay.update([result(second, "wrong")], allow_loss=True)
    assert replay.listed() == [first.key]
