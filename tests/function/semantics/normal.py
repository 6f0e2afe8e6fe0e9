"""What is said, without the noise: texts of two runs, or of two libraries, made comparable.

The one idea: what a user acts upon is compared letter by letter; what differs between two runs of
TensorFlow itself, or tells only how TensorFlow is built inside, is replaced or left out.

Replaced
    addresses: `0x..`; the number at the end of a traced function's name: `__inference_f_N`;
    `id=140...` of a graph: `id=N`; the number at the end of the name of a loop's graph: `_N`
    the library's own function that runs a converted branch: `in compilation of <...>`
    the folder of the program's file: nothing, so that a frame reads `File "2.1.py", line 4, in f`
    the module of the library's own classes (`tensorflow.python...X`, `headrace._src...X`): `tf..X`,
    and of errors: `tf.errors.X`
    the name of a public module: `module 'tf.autograph'`
    the name that XLA gets for a module, and the options in `graph __inference_f_N[...]`
    a retracing warning: `[retrace warning 5/8]`, unless the texts are wanted whole
    the warning about a lambda that stands on one line with another, which runs unconverted
    what follows `is not allowed.` in the errors about a symbolic tensor as a bool or iterated over,
    and an address within GitHub after `See`: `...`

Left out
    the numbers of nodes that TensorFlow's optimiser makes: `cond/switch_pred/_2`
    frames of other files than the program's, with the source lines below them
    where a Python warning comes from, and the advice to dump a graph
    notices of deprecation, which Headrace does not give
    empty lines, and blanks at the ends of lines
    the indentation of frames that tell where a leaked tensor was defined

Read next: running.py.
"""

import re

LIBRARIES = r"(?:tensorflow|headrace)"
FRAME = re.compile(r'^(?P<indent>\s*)File "(?P<path>[^"]*)", line \d+')
OWN = re.compile(r"[\w.]+\.py")  # a program's file, whose folder is gone already
RULES = [
    (r"0x[0-9a-fA-F]+", "0x.."),
    (r"\bid=\d+", "id=N"),
    (r"(__(?:inference|forward|backward)_[\w<>.]+?)_\d+\b", r"\1_N"),
    (r"/_\d+\b", ""),
    (r"(in compilation of) <(?:function _tf_|bound method ).*?>, found", r"\1 <...>, found"),
    (rf"\b{LIBRARIES}\.[\w.]*\berrors(?:_impl)?\.(?=[A-Z])", "tf.errors."),
    (rf"\b{LIBRARIES}\.(?:\w+\.)+(?=[A-Z]\w)", "tf.."),
    (r"HloModule [^\s,]+", "HloModule NAME"),
    (r"((?:graph|converting) __inference_\w+?_N)\[[^\]]*\]", r"\1[...]"),
    (r" Run with TF_DUMP_GRAPH_PREFIX=[^\n]*?compiled functions\.", ""),
    (r"(FuncGraph\(name=\w+?)_\d+,", r"\1_N,"),
    (rf"module '{LIBRARIES}(?:\._api\.v2)?\.", "module 'tf."),
    (r"(a symbolic `tf\.Tensor`[^.\n]* is not allowed\.) .*", r"\1 ..."),
    (r"^\S+\.py:\d+: (\w*Warning: .*)\n.*", r"\1"),
    (r"\bSee https://github\.com/.*", "See ..."),
]
WARNING = re.compile(
    r"WARNING:tensorflow:(\d+) out of the last (\d+) calls to .* triggered tf\.function retracing\."
    r".*"
)
LAMBDA = re.compile(
    r"WARNING:tensorflow:AutoGraph could not transform <function [^\n]*<lambda>[^\n]*\n"
    r"Cause: could not parse the source code[\s\S]*?"
    r"To silence this warning, decorate the function with [^\n]*"
)
DEPRECATION = re.compile(
    r"WARNING:tensorflow:From .* is deprecated and will be removed [^\n]*\n"
    r"Instructions for updating:\n[^\n]*\n"
)


def normal(text: str, folder: str, whole: bool = False) -> str:
    """A program's output, or a message, as it is compared.

    Args:
        text: what was printed.
        folder: where the program's file is.
        whole: whether the texts of retracing warnings are kept.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    text = "\n".join(_without_foreign_frames([line for line in lines if line], folder))
    text = text.replace(f"{folder}/", "").replace(f"{folder[1:]}/", "")
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text, flags=re.M)
    if not whole:
        text = WARNING.sub(r"[retrace warning \1/\2]", text)
    text = DEPRECATION.sub("", text)
    return LAMBDA.sub("[warning: lambda source ambiguous, run unconverted]", text)


def _without_foreign_frames(lines: list[str], folder: str) -> list[str]:
    found, foreign, leaked = [], None, False
    for line in lines:
        frame = FRAME.match(line)
        if frame:
            path = "/" + frame["path"].lstrip("/")  # some of TensorFlow's frames lack the slash
            is_foreign = not path.startswith(folder) and not OWN.fullmatch(frame["path"])
            foreign = len(frame["indent"]) if is_foreign else None
            if not is_foreign:
                found.append("    " + line.lstrip() if leaked else line)
        elif foreign is None or len(line) - len(line.lstrip()) <= foreign:
            foreign = None
            leaked = line.endswith("was defined here:")
            found.append(line)
    return found
