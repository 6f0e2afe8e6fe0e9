"""Records what the real TensorFlow answers to the calls of tests/reference/breadth.tsv.

Run it in an environment with TensorFlow, from the repository's root:

    python tools/record_errors.py [SYMBOL ...]   anew, all rows or those of some symbols
    python tools/record_errors.py --add FILE     also the calls of FILE: lines of symbol, tab, call

The one idea: a call is recorded as `tests/conformance/replay.py` replays it, in three modes
(eagerly, in a `tf.function`, and with `jit_compile=True`), the calls of a symbol in a process of
their own: some wrong calls abort TensorFlow's process. Such a row, and one that takes too long, is
left out; and so are, in all modes, the calls whose answer is an accident (`is_accident`):

    an internal slip of TensorFlow's: an AttributeError about an object of its own, an
        AssertionError or UnboundLocalError (tf.experimental.numpy has many before its behaviour is
        enabled)
    a kernel that the machine lacks ("Could not find device for node")
    a result whose last digits are the machine's: a rounded float, the time. Add a call of which
        the result is exact, say of `tf.minimum(f23, 0.)`, which no constant folds.

Read next: tests/conformance/replay.py.
"""

import argparse
import json
import os
import re
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import tensorflow as tf

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "reference" / "breadth.tsv"
PATIENCE = 60  # seconds for the calls of one symbol
LENGTH = 280  # at which a text is cut
sys.path.insert(0, str(ROOT / "tests" / "conformance"))

import replay  # noqa: E402
import tables  # noqa: E402


def recorded(symbol: str, calls: list[str]) -> list[tuple[str, ...]]:
    """The rows of one symbol; those before a call that ends the process."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "w") as file:
            for row in _answers(symbol, calls):
                file.write(json.dumps(row) + "\n")
                file.flush()
        os._exit(0)
    os.close(writer)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(PATIENCE)
    with os.fdopen(reader) as file:
        rows = [tuple(json.loads(line)) for line in file]
    signal.alarm(0)
    os.waitpid(child, 0)
    return rows


def _answers(symbol: str, calls: list[str]):
    with replay.captured_output() as log:
        space = replay.Space(tf)
        space.build_all()
        for call in calls:
            for mode in tables.MODES:
                row = tables.Row("errors", mode, symbol, call, "OK", "")
                answer = replay.ask(space, row, log)
                outcome, text = answer.outcome, answer.text
                if outcome != "OK":
                    text = text.split("\n")[0]
                    if hasattr(tf.errors, outcome):
                        outcome = f"tf.errors.{outcome}"
                yield symbol, mode, call, outcome, _written(text)


def is_accident(call: str, outcome: str, text: str) -> bool:
    """Whether an answer is no fact that a library could be held to."""
    if outcome == "OK":  # seven digits and more; drawn numbers have the bits of their generator
        return "random" not in call and bool(re.search(r"\d\.\d{6,}|\.\d{7,}", text))
    return (
        outcome in ("AssertionError", "UnboundLocalError")
        or (outcome == "AttributeError" and "has no attribute" in text)
        or (outcome == "tf.errors.NotFoundError" and text.startswith("Could not find device"))
    )


def _facts(lines: list[str]) -> list[str]:
    """The lines of the calls of which no answer is an accident."""
    rows = [line.split("\t") for line in lines]
    accidents = {row[2] for row in rows if is_accident(row[2], row[3], row[4])}
    return [line for line, row in zip(lines, rows, strict=True) if row[2] not in accidents]


def _written(text: str) -> str:
    text = re.sub(r"0x[0-9a-fA-F]{6,}", "0xADDR", text)
    return text.replace("\n", "\\n").replace("\t", "\\t")[:LENGTH]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("symbols", nargs="*")
    parser.add_argument("--add", type=Path)
    options = parser.parse_args()

    header, *lines = TABLE.read_text(encoding="utf8").splitlines() if TABLE.exists() else [""]
    header = header or "symbol\tmode\tcall\toutcome\ttext"
    known = defaultdict(list)
    for line in lines:
        known[line.split("\t")[0]].append(line)
    calls = {
        symbol: list(dict.fromkeys(line.split("\t")[2] for line in rows))
        for symbol, rows in known.items()
    }
    anew = set(options.symbols) or (set() if options.add else set(calls))
    if options.add:
        for line in options.add.read_text(encoding="utf8").splitlines():
            symbol, call = line.split("\t")
            anew.add(symbol)
            if call not in calls.setdefault(symbol, []):
                calls[symbol].append(call)
    for symbol in sorted(anew):
        begun = time.time()
        left, rows = calls[symbol], []
        while left:  # after a call that ends the process, go on with the next
            found = recorded(symbol, left)
            rows += found
            done = len(found) // len(tables.MODES)
            left = left[done + 1 :] if done < len(left) else []
        whole = {call for call in calls[symbol] if sum(row[2] == call for row in rows) == 3}
        known[symbol] = ["\t".join(row) for row in rows if row[2] in whole]
        print(f"{symbol}: {len(whole)} calls, {time.time() - begun:.1f} s", flush=True)
    lines = [line for symbol in sorted(known) for line in _facts(known[symbol])]
    TABLE.write_text("\n".join([header, *lines]) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
