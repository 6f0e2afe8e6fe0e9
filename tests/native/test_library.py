"""The library: it is what the sources say, and everything runs without it."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from headrace._src import native
from headrace._src.native.strings import string_length

ROOT = Path(__file__).resolve().parents[2]
SOURCES = "\n".join(path.read_text() for path in sorted((ROOT / "native").glob("*.cpp")))

# Those that the loader asks; all others have a definition in Python.
OWN = {"native_version", "is_four"}


def parameters():
    """The kernels of the sources, and how many parameters each has."""
    found = re.findall(r"^KERNEL (\w+)\(([^)]*)\)", SOURCES, re.MULTILINE)
    return {name: text.count(",") + bool(text) for name, text in found if name not in OWN}


def definitions():
    """The kernels of the Python files by name."""
    files = sorted(Path(native.__file__).parent.glob("*.py"))
    modules = [import_module(f"{native.__name__}.{path.stem}") for path in files[1:]]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if hasattr(value, "body")
    }


def test_every_kernel_has_a_definition_with_as_many_parameters():
    found = {name: value.body.__code__.co_argcount for name, value in definitions().items()}
    assert found == parameters()


def test_the_versions_agree():
    assert f"native_version() {{ return {native.VERSION}; }}" in SOURCES


@pytest.mark.skipif(native.library is None, reason=native.state)
def test_the_library_is_that_of_the_sources():
    missing = [name for name in parameters() if not hasattr(native.library, name)]
    assert not missing, "install headrace again: pip install -e ."


def test_without_the_library_the_definition_runs(monkeypatch):
    monkeypatch.setattr(native, "library", None)
    out = np.empty(2, np.int32)
    string_length(2, np.array([b"ab", b""], object), 0, out)
    assert out.tolist() == [2, 0]


def test_the_environment_switches_it_off():
    program = "import headrace._src.native as native; print(native.library, native.state)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"HEADRACE_NATIVE": "0", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "None switched off by HEADRACE_NATIVE=0\n"


def test_arrays_must_be_contiguous():
    if native.library is None:
        pytest.skip(native.state)
    with pytest.raises(ValueError, match="contiguous"):
        string_length(2, np.array([b"a", b"b", b"c", b"d"], object)[::2], 0, np.empty(2, np.int32))
