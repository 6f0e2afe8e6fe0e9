"""Whether an answer is TensorFlow's.

One idea: three verdicts. `right`: the same exception class, or the same text where TensorFlow
succeeded. `absent`: the row needs a name that the library does not have, and the library says so.
`wrong`: everything else. A second figure looks at the messages of right errors: does ours carry the
facts that TensorFlow's does (shapes, numbers, dtypes, quoted names), in whatever words?

Read next: `replay.py`, which evaluates the rows and keeps the score.
"""

import re
from dataclasses import dataclass
from types import ModuleType

CUT = 280  # recorded texts at least this long may have lost their end
DTYPES = (
    "bfloat16|half|float16|float32|float64|float|double|u?int(?:2|4|8|16|32|64)|bool|string|"
    "complex64|complex128|resource|variant|qint(?:8|16|32)|quint(?:8|16)"
)


@dataclass(frozen=True)
class Answer:
    """What the library under test said to a row."""

    outcome: str  # "OK" or the name of the exception class
    text: str
    absent: bool = False  # a name was missing on the way


def verdict(row, answer):
    """`right`, `wrong` or `absent`."""
    if _right(row, answer):
        return "right"
    return "absent" if answer.absent else "wrong"


def _right(row, answer):
    if answer.outcome != row.outcome.removeprefix("tf.errors."):
        return False
    if answer.outcome != "OK":
        return True
    if row.kind == "errors" and _draws_unseeded(row.call):
        return same(_without_values(answer.text), _without_values(row.text))
    return same(answer.text, row.text)


def same(got, wanted):
    """Whether two texts agree but for white space, escapes and addresses.

    >>> same("array([1,\\n  2])", "array([1,\\\\n   2])")
    True
    >>> same("<object at 0x7f02f9300b20>", "<object at 0xADDR>")
    True
    """
    ours, theirs = fold(got), fold(wanted)
    return ours == theirs or (len(wanted) >= CUT and ours.startswith(theirs[: CUT - 60]))


def fold(text):
    """The text with one form of address and serial number, no escapes, single spaces."""
    text = re.sub(r"0x[0-9a-fA-F]{6,}|0x\u2026", "0xADDR", text)
    text = re.sub(r"\bid=\d{6,}", "id=N", text)
    text = re.sub(r'"Variable/\d+"', '"Variable/N"', text)
    text = re.sub(r"\\+[nt]", " ", text).replace("\\", "")
    return " ".join(text.split())


def carries_facts(row, answer):
    """Whether a message holds every shape, number, dtype and quoted name of TensorFlow's."""
    return facts(row.text) <= facts(answer.text, whole=True)


def facts(message, whole=None):
    """The checkable parts of a message.

    >>> sorted(facts("Incompatible shapes: [3] vs. [2] [Op:AddV2] name: "))
    ['2', '3', '[2]', '[3]', '[Op:AddV2]']
    >>> sorted(facts("`axis` must be int32, not 1.5"))
    ['1.5', 'axis', 'int32']
    """
    text = re.sub(r"\{\{.*?\}\}|0xADDR", " ", fold(message))
    if not (whole or len(message) < 190):
        text = text.rsplit(" ", 1)[0]  # the last word may have been cut
    found = re.findall(r"\[[^\[\]]*\]|\((?:[\d?, -]|None)*\)", text)
    found += re.findall(r"(?<!\w)'([^']*)'|`([^`]*)`|\"([^\"]*)\"", text)
    found = {part for group in found for part in ([group] if isinstance(group, str) else group)}
    found |= set(re.findall(rf"\b(?:{DTYPES})\b", text))
    found |= set(re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])", text))
    return {"".join(part.split()) for part in found} - {"", "()", "[]"}


def is_absence(error, library):
    """Whether an exception says that a public name of the library does not exist (yet)."""
    if isinstance(error, (NotImplementedError, ImportError)):
        return True
    if not isinstance(error, AttributeError) or (error.name or "_").startswith("_"):
        return False
    owner = error.obj
    if isinstance(owner, ModuleType):
        home = owner.__name__
    else:
        home = (owner if isinstance(owner, type) else type(owner)).__module__
    return home.split(".")[0] == library


def _draws_unseeded(call):
    return "random" in call and "stateless" not in call and "seed" not in call


def _without_values(text):
    return re.sub(r"numpy=.*", "numpy=", text, flags=re.DOTALL)
