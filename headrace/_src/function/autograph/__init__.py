"""AutoGraph: Python control flow over tensors becomes control flow of a graph.

A function's source is rewritten: every `if`, `while`, `for`, `and`, ... becomes a call of an
operator that looks at what decides. If it is a Python value, Python goes on as ever; if it is a
tensor, the operator makes a `tf.cond` or `tf.while_loop`. The rewritten code keeps the user's file
and lines.

One file rewrites one construct (branches, loops, logic, calls, asserts, variables, functions),
after jumps.py has taken out `break`, `continue` and `return`, and liveness.py has found what each
statement has to carry. operators/ holds what the rewritten code calls.

Read next: api.py, conversion.py, converter.py, operators/staging.py.
"""

from headrace._src.function.autograph.api import convert
from headrace._src.function.autograph.user_errors import user_error

__all__ = ["convert", "user_error"]
