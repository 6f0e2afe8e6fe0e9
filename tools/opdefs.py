"""Writes `headrace/_src/engine/opdefs.tsv` from a dump of TensorFlow's op registry.

    python tools/opdefs.py path/to/ops.json

The dump holds one op a line as JSON (inputs, outputs, attributes, the dtypes that its kernels for
the CPU and for XLA take).
What is kept is what the engine asks: a line an op, its name, a tab, and a compact JSON array

    [inputs, outputs, attributes, stateful, cpu, xla]

    inputs, outputs   [[name, type attribute or fixed dtype, number attribute or ""], ...]
    attributes        {name: [kind, default or null, allowed values or null]}
    cpu               {type attribute: dtypes with a CPU kernel}, where fewer than allowed
    xla               {type attribute: allowed dtypes that XLA lacks}; 0 where it lacks the op
"""

import json
import pathlib
import sys

TARGET = pathlib.Path(__file__).parent.parent / "headrace/_src/engine/opdefs.tsv"


def argument(arg):
    kind = arg.get("type_attr") or arg.get("type") or arg.get("type_list_attr", "")
    number = arg.get("number_attr", "*" if "type_list_attr" in arg else "")
    return [arg["name"], kind, number]


def plain(default):
    """The default as a plain value: dtypes and tensors arrive wrapped in a dictionary."""
    return default.get("type", default) if isinstance(default, dict) else default


def line(op):
    attrs = {a["name"]: [a["type"], plain(a.get("default")), a.get("allowed")] for a in op["attrs"]}
    cpu = {}
    for attr, dtypes in (op.get("cpu_types") or {}).items():
        allowed = attrs.get(attr, [None, None, None])[2]
        if allowed is None or not set(allowed) <= set(dtypes):
            cpu[attr] = dtypes
    xla = 0
    if op["xla"]:
        xla = {}
        for attr, dtypes in (op.get("xla_types") or {}).items():
            if lacking := sorted(set(attrs.get(attr, [None, None, None])[2] or ()) - set(dtypes)):
                xla[attr] = lacking
    row = [
        [argument(a) for a in op["inputs"]],
        [argument(a) for a in op["outputs"]],
        attrs,
        int(op["is_stateful"]),
        cpu,
        xla,
    ]
    return op["name"] + "\t" + json.dumps(row, separators=(",", ":"))


def main(source):
    ops = [json.loads(text) for text in pathlib.Path(source).read_text().splitlines() if text]
    TARGET.write_text("".join(line(op) + "\n" for op in ops if op.get("raw_op")))


if __name__ == "__main__":
    main(sys.argv[1])
