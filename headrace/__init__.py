"""TensorFlow 2's public API, without TensorFlow.

    import headrace as tf

Nothing is computed here. Each public namespace is a folder with a list in it, `__init__.pyi`, and
the list is the whole truth: a name that is there works, a name that is not is not public. Editors
and type checkers read the same file that `_lazy.py` reads at run time, which imports the code
behind a name when the name is first asked for. So `import headrace` costs 12 to 25 ms.

The code lies in `headrace/_src`, in floors; an import goes only down:

    face       headrace, headrace.math, ...   lists only
    services   numpy_api compat summary feature_column testing profiling, and `command`, the program
    function   tf.function: signature, trace, autograph, call
    objects    variable, TensorArray, queues, tables, Module, ...
    ragged     RaggedTensor, and the functions that make or take it
    ops        one block per op, one file per subject
    engine     op, run, tape, gradient, graph
    xla        the only folder that imports JAX, at the first compile
    files      files by path or URL, TFRecords; `proto`, the messages in them; `native`, in C++
    core       dtypes, shapes, tensor, context, errors, nest

Read next: headrace/_lazy.py, then docs/tour.md.
"""

from headrace._lazy import face as _face

__getattr__, __dir__, __all__ = _face(__name__)
