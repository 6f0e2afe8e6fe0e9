"""One library in one process, told by lines of JSON what to measure.

    python benchmarks/worker.py SUBJECT LIBRARY

One idea: a process per library that sleeps on its input between short rounds, so that several
libraries can take turns on the same cores. It answers every line `{"row": NAME}` with
`{"value": SECONDS_OR_BYTES, "unit": ...}` or `{"absent": WHY}`; the first line it writes lists its
rows. It runs in any environment: it needs NumPy and the library only.

Read next: `run.py`, which asks, and a subject, for instance `dispatch.py`.
"""

import gc
import importlib
import json
import os
import sys
import threading
import time
import timeit
import traceback

ROUND = 0.1  # seconds that one round should take


class Statement:
    """A statement for `timeit`, and the names in it; costs are reported per execution."""

    unit, rounds = "s", None

    def __init__(self, code, **names):
        self.code, self.names = code, names
        self._timer = timeit.Timer(code, globals=names)
        self._number = 0

    def measure(self):
        """Seconds per execution in one round, garbage collection off (as `timeit` has it)."""
        if not self._number:
            self._timer.timeit(1)  # the first call compiles, allocates, fills caches
            self._number = 1
            while (taken := self._timer.timeit(self._number)) < ROUND / 10:
                self._number *= 2
            self._number = max(1, round(self._number * ROUND / taken))
        return self._timer.timeit(self._number) / self._number


class Measured:
    """Something that measures itself: a function that gives seconds or bytes."""

    def __init__(self, function, unit="s", rounds=None):
        self.measure, self.unit, self.rounds = function, unit, rounds


def from_threads(count, statement):
    """Wall time per execution while `count` threads execute the same statement."""

    def measure():
        number = 2000
        code = compile(f"for _ in range({number}):\n    {statement.code}", "row", "exec")
        barrier = threading.Barrier(count + 1)

        def work():
            names = dict(statement.names)
            barrier.wait()
            exec(code, names)

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        gc.disable()
        barrier.wait()
        start = time.perf_counter()
        for thread in threads:
            thread.join()
        taken = time.perf_counter() - start
        gc.enable()
        return taken / (count * number)

    return Measured(measure)


def load(library):
    """The library's module."""
    return importlib.import_module(library)


def main(subject, library):
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print is not part of the conversation

    def say(message):
        answers.write(json.dumps(message) + "\n")

    prepared = {}
    try:
        rows = importlib.import_module(subject).rows(library)
    except Exception as error:
        rows = {}
        say({"rows": [], "absent": _why(error)})
    else:
        say({"rows": list(rows)})
    for line in sys.stdin:
        name = json.loads(line)["row"]
        try:
            row = prepared.get(name) or prepared.setdefault(name, rows[name]())
            say({"value": row.measure(), "unit": row.unit, "rounds": row.rounds})
        except Exception as error:
            say({"absent": _why(error)})


def _why(error):
    traceback.print_exc()
    return f"{type(error).__name__}: {error}".split("\n")[0][:200]


if __name__ == "__main__":
    main(*sys.argv[1:])
