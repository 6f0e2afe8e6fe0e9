"""A barrier for gradients: the op PreventGradient.

The one idea: who asks for a gradient through it is told why there is none.

Read next: ops/identity.py.
"""

from headrace._src.core.shape_rules import same
from headrace._src.core.tensor import Tensor
from headrace._src.engine.op import op


@op("PreventGradient", shape=same, cost="host")
def prevent_gradient(input: Tensor, message: str = "", name: str | None = None) -> Tensor:
    """`input` itself, through which no gradient may be asked for.

    message: why.

    >>> tf.raw_ops.PreventGradient(input=[1.], message="it would be wrong").numpy()
    array([1.], dtype=float32)

    Asking for a gradient raises LookupError. Op: PreventGradient.
    """
    return input


@prevent_gradient.gradient
def _(dz, message):
    raise LookupError(f"Gradient explicitly disabled. Reason: {message.encode()!r}")
