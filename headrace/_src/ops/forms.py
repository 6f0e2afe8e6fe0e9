"""Forms: ops of TensorFlow's registry that are no blocks here, but compositions of what exists.

    @form("Inv")
    def _(x, name=None):
        \"\"\"1 / x.\"\"\"
        return reciprocal(x, name)

The one idea: a form has the name, definition, inputs and attributes of an op, so a call is prepared
just as an op's is (engine/run.py): inputs become tensors, dtypes are held against the registry,
attributes are settled. Only then comes the function, which gets tensors. So `tf.raw_ops` need not
know which of its functions are blocks. In a graph a form is the nodes that it is composed of.

Read next: ops/raw_forms.py, the table.
"""

import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

from headrace._src.core.tensor import Readable, Tensor
from headrace._src.engine.attributes import python_name
from headrace._src.engine.opdef import OpDef, opdef
from headrace._src.engine.run import prepared

forms: dict[str, "Form"] = {}


class Form:
    """What stands in for an op; to ops/raw.py it looks like one (engine/op.py).

    body: from tensors (lists of them where the definition says so) and attributes to the outputs.
    """

    def __init__(self, name: str, body: Callable) -> None:
        self.name = name
        self.body = body
        self.definition: OpDef = opdef(name)
        self.inputs = {
            argument.name: "tensors" if argument.count else "tensor"
            for argument in self.definition.inputs
        }
        self.signature = inspect.signature(body)
        self.attributes = {
            parameter.name: parameter.default
            for parameter in self.signature.parameters.values()
            if parameter.name not in self.inputs and parameter.name != "name"
        }
        outputs = [argument.name for argument in self.definition.outputs]
        self.result = namedtuple(name, outputs) if len(outputs) > 1 else None
        body.__name__ = body.__qualname__ = python_name(name)

    def function(self, **given: Any) -> Any:
        """The outputs; raises TypeError, as Python does, where an argument is missing."""
        try:
            bound = self.signature.bind(**given)
        except TypeError:
            return self.body(**given)
        bound.apply_defaults()
        chosen = bound.arguments
        name = chosen["name"]
        for key, kind in self.inputs.items():
            if kind == "tensors" and not isinstance(chosen[key], (list, tuple)):
                raise TypeError(
                    f"Expected list for '{key}' argument to '{python_name(self.name)}' Op, "
                    f"not {chosen[key]!r}."
                )
        for argument in self.definition.inputs:
            value = chosen[argument.name]
            if argument.type == "resource" and not isinstance(value, (Tensor, Readable)):
                raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype resource")
        inputs, attributes = prepared(
            self,
            tuple(chosen[key] for key in self.inputs),
            tuple(chosen[key] for key in self.attributes),
            name,
        )
        values = self.body(
            **dict(zip(self.inputs, inputs, strict=True)),
            **dict(zip(self.attributes, attributes, strict=True)),
            name=name,
        )
        return values if self.result is None else self.result(*values)

    def __repr__(self) -> str:
        return f"<form {self.name}>"


def form(name: str) -> Callable[[Callable], Callable]:
    """Makes the function below it a form; raises KeyError for a name not in the registry."""

    def decorate(body: Callable) -> Callable:
        forms[name] = Form(name, body)
        return body

    return decorate
