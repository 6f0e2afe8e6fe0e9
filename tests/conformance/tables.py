"""The recorded rows, read from `tests/reference/`.

One idea: whatever table a fact comes from, it becomes the same `Row`: an expression to evaluate in
a mode, and what TensorFlow answered. Rows keep the order of their file, because they were recorded
in that order in one process and share a variable and random seeds.

`kernel_cases.tsv` gives the functions and inputs behind the labels of `xla_vs_kernel.tsv`.

Read next: `judge.py`, which compares an answer with a row.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parent / "reference"
KINDS = ("errors", "semantics", "reprs", "kernels")
MODES = ("eager", "graph", "xla")


@dataclass(frozen=True)
class Row:
    """One recorded fact."""

    kind: str  # the table
    mode: str  # eager, graph or xla
    symbol: str  # what the score is kept for
    call: str  # the expression
    outcome: str  # "OK" or the name of the exception class
    text: str  # repr of the result, or the message
    shown_by: str = "repr"  # repr, str, stderr, or list (the values as nested lists)
    case: str = ""  # the label of a row whose call is a function and its inputs

    @property
    def key(self):
        """What the ratchet file calls this row."""
        how = "" if self.shown_by in ("repr", "list") else f" {self.shown_by}"
        return f"{self.kind}\t{self.mode}{how}\t{self.case or self.call}"


def read(kinds=KINDS, modes=MODES):
    """The rows of the wanted tables and modes, in file order."""
    found = [row for kind in kinds for row in _READERS[kind]() if row.mode in modes]
    keys = [row.key for row in found]
    if len(set(keys)) != len(keys):
        raise ValueError(f"rows recorded twice: {sorted({k for k in keys if keys.count(k) > 1})}")
    return found


def _lines(path):
    with open(path, encoding="utf8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        yield from (row for row in rows if row)


def _errors():
    for table in ("errors.tsv", "breadth.tsv"):
        for symbol, mode, call, outcome, text in _lines(REFERENCE / table):
            if not outcome.startswith("PROCESS_ABORT"):
                yield Row("errors", mode, symbol, call, outcome, text)


def _semantics():
    for area, _, call, text in _lines(REFERENCE / "semantics.tsv"):
        yield Row("semantics", "eager", area, call, "OK", text)


def _reprs():
    for call, shown_by, kind, text in _lines(REFERENCE / "reprs.tsv"):
        if not _is_expression(call):
            continue  # a label for an object that no single expression makes
        public = re.search(r"tf(\.[A-Za-z_]\w*)+", call)
        symbol = public.group() if public else call
        if shown_by == "EXC":
            yield Row("reprs", "eager", symbol, call, kind, text)
        else:
            yield Row("reprs", "eager", symbol, call, "OK", text, shown_by)


def _kernels():
    functions = {case: call for case, *call in _lines(HERE / "kernel_cases.tsv")}
    for case, *answers in _lines(REFERENCE / "xla_vs_kernel.tsv"):
        function, inputs = functions[case]
        for mode, answer in zip(MODES, answers, strict=True):
            outcome, text = "OK", answer
            if raised := re.match(r"(\w+(?:Error|Exception)): ?", answer):
                outcome, text = raised.group(1), answer[raised.end() :]
            call = f"({function}, [{inputs}])"
            yield Row("kernels", mode, "kernels", call, outcome, text, "list", case)


def _is_expression(text):
    try:
        compile(text, "row", "eval")
    except SyntaxError:
        return False
    return True


_READERS = {"errors": _errors, "semantics": _semantics, "reprs": _reprs, "kernels": _kernels}
