"""`headrace.install()`: after it, `import tensorflow` means Headrace.

The one idea: a name below `tensorflow` is the *same module object* as the name below `headrace`,
so that a class is never loaded twice and `isinstance` holds across both spellings. The child of an
alias is the child of the module behind it; a namespace that is another package's module (`tf.keras`
is Keras itself) therefore continues into that package. Like `pymysql.install_as_MySQLdb()`, nothing
happens until somebody asks for it.

Read next: headrace/_src/command/run.py, which installs the alias before a script starts.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

ALIAS = "tensorflow"
FACE = sys.modules[__name__.partition(".")[0]]  # not an import: the face lies above this floor


def install() -> None:
    """The alias: from now on `import tensorflow` and `import tensorflow.x.y` give Headrace.

    It may be called any number of times.

    Raises:
      RuntimeError: TensorFlow itself is already imported in this process.

    >>> import headrace
    >>> headrace.install()
    >>> import tensorflow
    >>> tensorflow is headrace
    True
    """
    present = sys.modules.get(ALIAS)
    if present not in (None, FACE):
        raise RuntimeError(
            "headrace.install: wants the name `tensorflow`, but TensorFlow itself is already "
            f"imported in this process (from {getattr(present, '__file__', None)}), and tensors of "
            "the two would meet. Call headrace.install() before anything imports tensorflow, or "
            "start the program with `headrace run`."
        )
    if AliasFinder not in sys.meta_path:
        sys.meta_path.insert(0, AliasFinder)
    sys.modules[ALIAS] = FACE


class AliasFinder:
    """The finder on `sys.meta_path` that answers for `tensorflow`, and for nothing else."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != ALIAS and not name.startswith(ALIAS + "."):
            return None
        return ModuleSpec(name, SameModule(_behind(name)))  # type: ignore[arg-type]


class SameModule:
    """A loader that hands out a module that exists already, and leaves it as it was."""

    def __init__(self, module: ModuleType):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.spec  # the import system has just put the alias's spec in its place


def _behind(name: str) -> ModuleType:
    """The module that the alias `name` stands for."""
    if name == ALIAS:
        return FACE
    parent_name, _, leaf = name.rpartition(".")
    parent = sys.modules[parent_name]  # the import system imports parents first
    child = getattr(parent, leaf, None)
    if isinstance(child, ModuleType):
        return child
    real = f"{parent.__name__}.{leaf}"
    try:
        return import_module(real)
    except ModuleNotFoundError as error:
        if error.name != real:
            raise  # the module exists; something that it imports does not
    raise ModuleNotFoundError(
        f"No module named '{name}': headrace does not have it (yet). docs/coverage.md lists what "
        "works and what is absent.",
        name=name,
    )
