"""The floors: imports in headrace/_src go down, stand at the top, and only xla/ imports JAX.

Imports are read from the source, so that what is imported on some days only counts too.

Read next: headrace/__init__.py, which lists the floors.
"""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "headrace" / "_src"

# From the ground up. A folder that is not listed here is a service, on the floor above `function`.
FLOORS = [
    {"core"},
    {"files", "native", "proto", "xla"},
    {"engine"},
    {"ops"},
    {"ragged"},
    {"objects"},
    {"function"},
    {"config", "profiling"},  # below the other services, which log and take profiles
]

# Why an import of a module (a pattern) may stand inside a function of a file (a pattern).
LATE = {
    ("engine/run.py", "headrace._src.xla.run"): "JAX takes 0.5 s; many never compile",
    ("engine/execute.py", "headrace._src.xla.machine"): "as above",
    ("function/trace.py", "headrace._src.function.autograph*"): "functions without it need none",
    ("function/messages.py", "headrace._src.function.*"): "protocol buffers and layouts are rare",
    ("function/graph_imports.py", "headrace._src.function.import_graph_def"): "as above",
    ("testing/decorators.py", "headrace._src.xla.devices"): "only where JAX is loaded already",
    ("config/asynchrony.py", "headrace._src.xla.devices"): "as above",
    ("profiling/traces.py", "headrace._src.xla.profiler"): "JAX takes 0.5 s",
    ("files/systems.py", "fsspec*"): "it is an extra, for paths that are URLs",
    ("ops/*.py", "google.protobuf*"): "protocol buffers take 50 ms; few ops read them",
    ("ops/*.py", "headrace._src.proto.*"): "as above",
    ("ops/*.py", "PIL*"): "Pillow takes 20 ms; most programs read no pictures",
    ("ops/jpeg.py", "simplejpeg"): "as above",
    ("ops/lapack.py", "threadpoolctl"): "it looks for what SciPy loads",
    ("ops/*.py", "scipy*"): "SciPy takes 0.1 s; many need no special functions",
}


class Import(NamedTuple):
    """One module that a file imports; `is_late` inside a function."""

    file: str
    line: int
    module: str
    is_late: bool

    def __str__(self) -> str:
        return f"headrace/_src/{self.file}:{self.line} imports {self.module}"


def imports(path: Path) -> Iterator[Import]:
    file = path.relative_to(SOURCE).as_posix()

    def visit(node: ast.AST, is_late: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(file, node.lineno, name.name, is_late)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            yield from _from(file, node, is_late)
        is_late |= isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from visit(child, is_late)

    yield from visit(ast.parse(path.read_text(), file), False)


def _from(file: str, node: ast.ImportFrom, is_late: bool) -> Iterator[Import]:
    """`from package import module` imports the module."""
    module = node.module or ""
    for name in node.names:
        inner = f"{module}.{name.name}"
        path = ROOT.joinpath(*inner.split("."))
        is_module = path.is_dir() or path.with_suffix(".py").exists()
        yield Import(file, node.lineno, inner if is_module else module, is_late)


FILES = sorted(SOURCE.rglob("*.py"))
ALL = [found for path in FILES for found in imports(path)]


def folder(found: Import) -> str:
    """The folder below headrace/_src that an import leads to."""
    return [*found.module.split("."), "", ""][2]


def home(found: Import) -> str:
    """The folder below headrace/_src in which an import stands."""
    return found.file.split("/")[0]


def floor(name: str) -> int:
    return next((i for i, names in enumerate(FLOORS) if name in names), len(FLOORS))


def inside(files: list[Import]) -> list[Import]:
    return [found for found in files if found.module.startswith("headrace._src.")]


def test_imports_go_down():
    bad = []
    for found in inside(ALL):
        # Files of one folder may import each other; folders of one floor may not.
        own, other = home(found), folder(found)
        if own != other and floor(other) >= floor(own):
            bad.append(str(found))
    assert not bad, "\n".join(bad)


def test_nobody_imports_the_face():
    bad = [
        str(found)
        for found in ALL
        if found.module.split(".")[0] == "headrace" and not found.module.startswith("headrace._src")
    ]
    assert not bad, "\n".join(bad)


def test_jax_is_imported_in_xla_alone():
    bad = [
        str(found)
        for found in ALL
        if found.module.split(".")[0] in ("jax", "jaxlib") and home(found) != "xla"
    ]
    assert not bad, "\n".join(bad)


def test_xla_is_imported_late():
    bad = [
        str(found)
        for found in inside(ALL)
        if folder(found) == "xla" and home(found) != "xla" and not found.is_late
    ]
    assert not bad, "\n".join(bad)


def test_scipy_is_imported_late():
    bad = [
        str(found)
        for found in ALL
        if found.module.split(".")[0] == "scipy" and not found.is_late and home(found) != "xla"
    ]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("package", ["tensorflow", "keras", "torch"])
def test_nobody_imports(package):
    bad = [str(found) for found in ALL if found.module.split(".")[0] == package]
    assert not bad, "\n".join(bad)


def allowed_late(found: Import) -> bool:
    return any(fnmatch(found.file, file) and fnmatch(found.module, module) for file, module in LATE)


def test_imports_stand_at_the_top():
    bad = [
        str(found)
        for found in ALL
        if found.is_late and home(found) != "xla" and not allowed_late(found)
    ]
    assert not bad, "\n".join(bad) + "\nFill a slot from above instead."


def test_every_late_import_that_is_allowed_exists():
    for file, module in LATE:
        assert any(
            found.is_late and fnmatch(found.file, file) and fnmatch(found.module, module)
            for found in ALL
        ), f"nothing in {file} imports {module} late: strike it from LATE"


def test_the_face_holds_no_code():
    """Files of the face import the reader of the lists, and the command; the lists do the rest.

    `tf.raw_ops` has no list: the registry is it, and ops/raw.py reads that; its face comes from
    objects/raw_variables.py, so that the forms of variables' ops are there too.
    """
    for path in (ROOT / "headrace").rglob("*.py"):
        if SOURCE in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("headrace"):
                if path.parent.name == "raw_ops":
                    assert node.module == "headrace._src.objects.raw_tables", path
                    continue
                assert node.module in ("headrace._lazy", "headrace._src.command.main"), path
