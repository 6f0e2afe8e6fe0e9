"""Replay TensorFlow's recorded answers against a library, keep the score, hold the ratchet.

    python tests/conformance/replay.py [--module headrace] [--modes eager] [--kinds errors,reprs]
                                       [--only tf.cast] [--show 30] [--json FILE]
                                       [--update] [--allow-loss]

One idea: a row that passed once passes for ever. `passing.txt` lists the rows that do; `--update`
adds the new ones and refuses to drop any unless `--allow-loss` says that the loss is meant. Without
`--update` the exit status is 1 when a listed row no longer passes.

The score counts right, wrong and absent rows per symbol and per table, and, for right errors, how
many messages carry the facts of TensorFlow's.

Read next: `judge.py` for what right means, `space.py` for the names in the expressions.
"""

import argparse
import contextlib
import importlib
import json
import os
import re
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import judge
import tables
from space import Space

RATCHET = Path(__file__).resolve().parent / "passing.txt"
SYMBOLIC = ("f1", "i1", "f2", "d1", "s1", "b1", "l1", "c1", "f23", "f45", "e0", "sc")


@dataclass(frozen=True)
class Result:
    """A row, the library's answer, and the verdict."""

    row: tables.Row
    answer: judge.Answer
    verdict: str


# ---- evaluating the rows -------------------------------------------------------------------------


def replay(module, rows):
    """The results of all rows, evaluated in order in one space."""
    # Only TensorFlow itself reads these: the rows were recorded without oneDNN.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    with captured_output() as log, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        space = Space(importlib.import_module(module))
        space.build_all()
        results = []
        for row in rows:
            answer = ask(space, row, log)
            results.append(Result(row, answer, judge.verdict(row, answer)))
    return results


def ask(space, row, log):
    """What the library answers to one row."""
    space.missing.clear()
    start = log()
    try:
        value = _value(space, row)
        text = log(start) if row.shown_by == "stderr" else _shown(value, row.shown_by)
        return judge.Answer("OK", text, bool(space.missing))
    except Exception as error:
        if space.missing:  # not this row's error, even where its class is the one wanted
            return judge.Answer("absent", space.missing[0], absent=True)
        absent = judge.is_absence(error, space.library)
        return judge.Answer(type(error).__name__, str(error), absent)


def _value(space, row):
    tf = space["tf"]
    options = {"jit_compile": True} if row.mode == "xla" else {}
    if row.kind == "kernels":
        function, inputs = eval(row.call, space)
        if row.mode != "eager":
            function = tf.function(function, autograph=False, **options)
        return function(*inputs)
    if row.mode == "eager":
        return eval(row.call, space)

    # The shared tensors that a row names are arguments, so that they are symbolic inside.
    names = [name for name in SYMBOLIC if re.search(rf"\b{name}\b", row.call)]

    def traced(*a):  # named as the recorder's: symbolic reprs show `a_0`
        inner = Space(tf)
        inner.update(space)
        inner.update(zip(names, a, strict=True))
        return eval(row.call, inner)

    return tf.function(traced, autograph=False, **options)(*[space[name] for name in names])


def _shown(value, how):
    if how == "list":
        return str(value.numpy().tolist())
    return str(value) if how == "str" else repr(value)


@contextlib.contextmanager
def captured_output():
    """Both output streams go to a file, also what C++ writes; yields a reader of it.

    `log()` is the present end, `log(start)` the text since then.
    """
    with tempfile.TemporaryFile() as file:
        kept = {number: os.dup(number) for number in (1, 2)}

        def log(start=None):
            sys.stdout.flush()
            sys.stderr.flush()
            end = os.fstat(file.fileno()).st_size
            if start is None:
                return end
            return os.pread(file.fileno(), end - start, start).decode(errors="replace")

        log()
        try:
            for number in kept:
                os.dup2(file.fileno(), number)
            yield log
        finally:
            log()
            for number, copy in kept.items():
                os.dup2(copy, number)
                os.close(copy)


# ---- the score -----------------------------------------------------------------------------------


def report(results, show):
    """The score as text: wrong rows, then symbols that are not all right, then the totals."""
    lines = []
    wrong = [result for result in results if result.verdict == "wrong"]
    for result in wrong[:show]:
        row, answer = result.row, result.answer
        lines += [
            f"{row.kind}/{row.mode} {row.case or row.call}",
            f"    wanted {row.outcome}: {judge.fold(row.text)[:150]}",
            f"    got    {answer.outcome}: {judge.fold(answer.text)[:150]}",
        ]
    if len(wrong) > show:
        lines.append(f"... and {len(wrong) - show} wrong rows more (--show)")
    return "\n".join([*lines, "", *_by_symbol(results), "", *_totals(results)])


def _by_symbol(results):
    counts = defaultdict(Counter)
    for result in results:
        counts[result.row.symbol][result.verdict] += 1
    failing = {name: count for name, count in counts.items() if count["right"] < count.total()}
    yield f"{len(counts) - len(failing)} of {len(counts)} symbols have every row right"
    for name, count in sorted(failing.items(), key=lambda item: item[1]["right"] - item[1].total()):
        yield (
            f"  {name:45s} {count['right']:3d} of {count.total():3d}"
            f"   wrong {count['wrong']:3d}   absent {count['absent']:3d}"
        )


def _totals(results):
    groups = defaultdict(list)
    for result in results:
        groups[f"{result.row.kind} {result.row.mode}"].append(result)
    groups["total"] = results
    yield f"{'':18s} right  wrong  absent   right of all   messages with TensorFlow's facts"
    for name, group in groups.items():
        count = Counter(result.verdict for result in group)
        share = 100 * count["right"] / max(1, len(group))
        yield (
            f"{name:18s} {count['right']:5d}  {count['wrong']:5d}  {count['absent']:6d}"
            f"   {share:8.1f} %     {_message_share(group)}"
        )


def _message_share(results):
    raised = [r for r in results if r.verdict == "right" and r.row.outcome != "OK"]
    if not raised:
        return "-"
    good = sum(judge.carries_facts(result.row, result.answer) for result in raised)
    return f"{100 * good / len(raised):.1f} % of {len(raised)}"


# ---- the ratchet ---------------------------------------------------------------------------------


def listed():
    """The keys of the rows that must pass."""
    return RATCHET.read_text(encoding="utf8").splitlines() if RATCHET.exists() else []


def losses(results):
    """The listed rows that were replayed and are no longer right."""
    must = set(listed())
    return [r for r in results if r.row.key in must and r.verdict != "right"]


def update(results, allow_loss):
    """Add the rows that pass now; drop lost ones only if that is allowed. How many were added."""
    before = set(listed())
    lost = {result.row.key for result in losses(results)} if allow_loss else set()
    right = {result.row.key for result in results if result.verdict == "right"}
    order = [row.key for row in tables.read()]
    kept = [key for key in order if key in (before | right) - lost]
    unknown = before - set(order)
    if unknown and not allow_loss:
        raise SystemExit(f"listed rows are no longer recorded (--allow-loss?): {sorted(unknown)}")
    RATCHET.write_text("".join(key + "\n" for key in kept), encoding="utf8")
    return len(right - before)


def as_json(result):
    """One result as a plain dictionary."""
    row, answer = result.row, result.answer
    return {
        "key": row.key,
        "verdict": result.verdict,
        "wanted": [row.outcome, row.text],
        "got": [answer.outcome, answer.text[:2000]],
        "listed": row.key in set(listed()),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--module", default="headrace")
    parser.add_argument("--modes", default="eager")
    parser.add_argument("--kinds", default=",".join(tables.KINDS))
    parser.add_argument("--only", default="", help="replay rows whose call or symbol holds this")
    parser.add_argument("--show", type=int, default=30, help="how many wrong rows to print")
    parser.add_argument("--json", type=Path, help="write every result to this file")
    parser.add_argument("--update", action="store_true", help="add new passes to passing.txt")
    parser.add_argument("--allow-loss", action="store_true", help="let --update drop rows")
    options = parser.parse_args()

    rows = tables.read(options.kinds.split(","), options.modes.split(","))
    results = replay(options.module, rows)
    if options.only:  # after the fact: rows depend on those before them
        results = [r for r in results if options.only in r.row.symbol + " " + r.row.call]
    print(report(results, options.show))
    if options.json:
        options.json.write_text(json.dumps([as_json(result) for result in results]))

    lost = losses(results) if options.module == "headrace" or options.update else []
    for result in lost:
        print(
            f"lost: {result.row.key}\n    got {result.answer.outcome}: {result.answer.text[:300]}"
        )
    if options.update:
        if lost and not options.allow_loss:
            raise SystemExit(f"{len(lost)} listed rows no longer pass; --allow-loss drops them")
        print(f"{update(results, options.allow_loss)} rows added to {RATCHET.name}")
    elif lost:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
