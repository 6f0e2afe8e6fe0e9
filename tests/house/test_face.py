"""The face: every listed name resolves, is TensorFlow's, and costs nothing until it is used.

Read next: headrace/_lazy.py and tools/face.py.
"""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib import import_module
from pathlib import Path

import pytest

import headrace
from headrace import _lazy
from tools import face

ROOT = Path(__file__).resolve().parents[2]
FACE = ROOT / "headrace"
STUBS = sorted(FACE.rglob("__init__.pyi"))


def package(stub):
    return ".".join(stub.parent.relative_to(ROOT).parts)


@pytest.fixture(params=STUBS, ids=package)
def stub(request):
    return request.param


def test_every_name_resolves(stub):
    module = import_module(package(stub))
    for name in _lazy.read(stub.read_text()):
        value = getattr(module, name)
        assert vars(module)[name] is value, "a name is looked up once"


def test_dir_and_all_are_the_list(stub):
    names = sorted(_lazy.read(stub.read_text()))
    module = import_module(package(stub))
    assert dir(module) == names
    assert module.__all__ == names


def test_a_list_holds_imports_alone_sorted_and_each_name_once(stub):
    lines = stub.read_text().splitlines()
    names = [line.split()[-1] for line in lines]
    assert names == sorted(set(names))
    for line in lines:
        assert line.split()[0] in ("from", "import")
        assert line == " ".join(line.split())


def test_every_name_is_tensorflows_or_our_own(stub):
    home = package(stub).removeprefix("headrace").removeprefix(".")
    known = face.symbols().keys() | face.OWN | face.DUNDER
    public = {f"{home}.{name}".lstrip(".") for name in _lazy.read(stub.read_text())}
    assert public <= known


def test_a_namespace_is_listed_by_its_parent_and_has_no_code(stub):
    name = package(stub)
    parent, _, leaf = name.rpartition(".")
    if parent:
        listed = _lazy.read((stub.parent.parent / "__init__.pyi").read_text())
        assert listed[leaf] == (parent, leaf)
        assert (stub.parent / "__init__.py").read_text() == face.PACKAGE.format(
            name[len("headrace.") :]
        )


def test_a_function_has_all_the_names_that_tensorflow_gives_it():
    listed = {}
    for stub in STUBS:
        home = package(stub).removeprefix("headrace").removeprefix(".")
        for name, source in _lazy.read(stub.read_text()).items():
            listed[f"{home}.{name}".lstrip(".")] = source
    for name, canonical in face.symbols().items():
        if name in listed and canonical in listed and name not in face.namespaces():
            one, other = (_value(*listed[each]) for each in (name, canonical))
            assert one is other, f"tf.{name} and tf.{canonical} are one thing in TensorFlow"


def _value(module, attribute):
    module = import_module(module)
    return module if attribute is None else getattr(module, attribute)


def test_an_absent_name_of_tensorflow_says_so():
    with pytest.raises(AttributeError, match=r"headrace has no 'tf\.lite' yet.*docs/coverage\.md"):
        headrace.lite  # noqa: B018
    assert "headrace has no 'tf.audio.decode_wav' yet" in _lazy._absence(
        "headrace.audio", "decode_wav"
    )
    assert (ROOT / _lazy.COVERAGE).exists()


def test_a_name_that_nobody_has_fails_as_usual():
    with pytest.raises(AttributeError, match=r"^module 'headrace\.dtypes' has no attribute 'foo'$"):
        headrace.dtypes.foo  # noqa: B018
    assert not hasattr(headrace, "__wrapped__")


def test_a_line_that_is_no_import_is_refused():
    with pytest.raises(SyntaxError, match="x = 1"):
        _lazy.read("from a import b as c\n\nx = 1\n")


def test_the_list_behind_the_message_is_current():
    assert face.NAMES.read_text().split() == sorted(face.symbols())


def test_the_table_of_absences_is_current():
    assert face.COVERAGE.read_text() == face.coverage(), "run `make coverage-table`"


def test_importing_loads_nothing_heavy():
    code = "import sys, headrace; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    loaded = {name.partition(".")[0] for name in output.split()}
    assert "headrace" in loaded
    assert loaded.isdisjoint({"jax", "jaxlib", "keras", "numpy", "scipy", "ast"})


def test_versions():
    assert headrace.__version__ == headrace.version.VERSION == "2.21.0"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    source = project["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    module, _, name = source.rpartition(".")
    assert headrace.__headrace_version__ == getattr(import_module(module), name)


def test_everything_that_is_not_python_is_packed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    for path in FACE.rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc", ".so"):  # .so: built, not kept
            assert any(fnmatch(path.name, pattern) for pattern in patterns), path


# ---- the tool ------------------------------------------------------------------------------------


def test_a_function_is_exposed_under_all_names_of_its_symbol():
    names = face.public_names("atan2", "headrace._src.ops.math")
    assert names == ["math.atan2", "atan2"]
    assert face.public_names("frobnicate", "headrace._src.ops.math") == []


def test_the_namespace_called_like_the_module_wins():
    assert face.public_names("add", "headrace._src.ops.math") == ["math.add", "add"]
    assert face.public_names("add", "headrace._src.objects.sparse") == ["sparse.add"]


def test_what_is_not_clear_is_asked():
    with pytest.raises(LookupError, match=r"is it tf\.summary\.scalar\?"):
        face.public_names("scalar", "headrace._src.core.shapes", careful=True)
    with pytest.raises(LookupError, match=r"which of tf\.split, tf\.strings\.split"):
        face.public_names("split", "headrace._src.ops.words", wanted={"strings", ""})


@pytest.fixture
def empty_face(tmp_path, monkeypatch):
    monkeypatch.setattr(face, "FACE", tmp_path)
    return tmp_path


def test_exposing_makes_namespaces_and_keeps_lists_sorted(empty_face):
    face.expose("operator", ["floordiv=tf.math.floordiv", "abs", "tf.math.abs", "tf.abs"])
    assert (empty_face / "__init__.pyi").read_text().splitlines() == [
        "from operator import abs as abs",
        "from headrace import compat as compat",
        "from headrace import math as math",
    ]
    assert (empty_face / "math" / "__init__.pyi").read_text().splitlines() == [
        "from operator import abs as abs",
        "from operator import floordiv as floordiv",
    ]
    for home in ("", "math"):  # TensorFlow 1 has the second names of all
        stub = empty_face / "compat" / "v1" / home / "__init__.pyi"
        assert "from operator import abs as abs" in stub.read_text().splitlines()
    assert (empty_face / "math" / "__init__.py").read_text() == face.PACKAGE.format("math")


def test_exposing_what_is_not_there_is_refused(empty_face):
    with pytest.raises(SystemExit, match="operator has no frobnicate"):
        face.expose("operator", ["frobnicate"])
    with pytest.raises(SystemExit, match=r"tf\.math\.frob is not a public name"):
        face.expose("operator", ["abs=tf.math.frob"])
    assert not list(empty_face.iterdir())
