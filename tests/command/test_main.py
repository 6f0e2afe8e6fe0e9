"""The command line: which words are Headrace's, and what `doctor` finds."""

import pytest

from headrace._src.command import doctor, main, run
from headrace._src.core import version


def test_version(capsys):
    assert main.main(["version"]) == 0
    out = capsys.readouterr().out
    assert version.HEADRACE_VERSION in out and version.VERSION in out


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["a.py"], ("script", "a.py", [])),
        (["a.py", "-h", "--", "-m"], ("script", "a.py", ["-h", "--", "-m"])),
        (["-m", "a.b", "--x"], ("module", "a.b", ["--x"])),
    ],
)
def test_what_follows_the_script_is_the_scripts(monkeypatch, words, asked):
    calls = []
    monkeypatch.setattr(run, "run_script", lambda *words: calls.append(("script", *words)) or 3)
    monkeypatch.setattr(run, "run_module", lambda *words: calls.append(("module", *words)) or 4)
    assert main.main(["run", *words]) in (3, 4)
    assert calls == [asked]


@pytest.mark.parametrize("words", [[], ["run"], ["run", "-m"], ["frobnicate"]])
def test_a_wrong_command_line_shows_the_usage(capsys, words):
    with pytest.raises(SystemExit) as stop:
        main.main(words)
    assert stop.value.code == 2
    assert "usage: headrace" in capsys.readouterr().err


def test_doctor_names_what_it_found(capsys):
    assert main.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for word in ("python 3.", "headrace ", "numpy ", "ml_dtypes ", "jax ", "jaxlib ", "device 0: "):
        assert f"\n{word}" in f"\n{out}"


def test_doctor_names_the_library_and_the_plugin_that_are_missing():
    nowhere = doctor.Accelerator("X", frozenset({"x"}), "jax-nowhere", "libnowhere.so.1")
    library, plugin = doctor.missing(nowhere)
    assert library.startswith("libnowhere.so.1 could not be loaded (libnowhere.so.1: ")
    assert plugin == "no package jax-nowhere* is installed"


def test_doctor_survives_a_jax_that_cannot_start(monkeypatch, capsys):
    def broken(name):
        raise ImportError("libfoo.so: no such file")

    monkeypatch.setattr(doctor, "import_module", broken)
    assert doctor.doctor() == 1
    assert "ImportError: libfoo.so: no such file" in capsys.readouterr().out
