"""`headrace run`: the program cannot tell it from plain Python, but that `tensorflow` is there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPTS = {
    "facts": """
import sys
print(sys.argv, sys.path[0], __name__, __file__, __package__, __spec__, __doc__)
print(type(__loader__).__name__, __cached__, __annotations__, sorted(globals()))
print(sys.modules["__main__"].__dict__ is globals())
""",
    "raises": """
def f(x):
    raise KeyError(x)

try:
    f("a")
except KeyError as error:
    raise ValueError("b") from error
""",
    "exits": "import sys; sys.exit('bye')",
    "exits_with_a_number": "raise SystemExit(7)",
    "does_not_parse": "x = (\n",
    "interrupted": "raise KeyboardInterrupt",
    "has_a_hook": """
import sys
sys.excepthook = lambda kind, error, traceback: print(kind, error, traceback.tb_lineno)
1 / 0
""",
    "leaves_at_exit": """
import atexit, pickle
class A: pass
atexit.register(lambda: print(type(pickle.loads(pickle.dumps(A()))) is A))
""",
    "in_latin_1": "# -*- coding: latin-1 -*-\nprint('\xe9' == chr(233))\n",
}


def run(*command, folder):
    # A program's output is the same on both sides, but for the word that names the interpreter.
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(params=SCRIPTS)
def script(request, tmp_path):
    path = tmp_path / "some" / f"{request.param}.py"
    path.parent.mkdir()
    path.write_text(SCRIPTS[request.param], encoding="latin-1")
    return path.relative_to(tmp_path), tmp_path


def test_a_script_runs_as_under_plain_python(script):
    path, folder = script
    args = ["--x", "1", "--", "-h"]
    plain = run(str(path), *args, folder=folder)
    assert run("-m", "headrace", "run", str(path), *args, folder=folder) == plain
    assert plain[1] or plain[2] or plain[0]


def test_a_module_runs_as_under_plain_python(tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "program.py").write_text(
        "import sys; print(sys.argv, sys.path[0], __name__, __file__, __package__, __spec__.name)"
    )
    plain = run("-m", "some.program", "-m", "x", folder=tmp_path)
    assert run("-m", "headrace", "run", "-m", "some.program", "-m", "x", folder=tmp_path) == plain


def test_a_module_fails_with_its_own_frames_alone(tmp_path):
    (tmp_path / "program.py").write_text("import no_such_thing")
    status, _, error = run("-m", "headrace", "run", "-m", "program", folder=tmp_path)
    assert status == 1
    assert error.splitlines()[1] == f'  File "{tmp_path}/program.py", line 1, in <module>'
    assert error.splitlines()[-1] == "ModuleNotFoundError: No module named 'no_such_thing'"


def test_what_is_not_there_cannot_be_run(tmp_path):
    status, _, error = run("-m", "headrace", "run", "nothing.py", folder=tmp_path)
    assert status == 2
    assert error == (
        f"headrace: can't open file '{tmp_path}/nothing.py': [Errno 2] No such file or directory\n"
    )
    status, _, error = run("-m", "headrace", "run", "-m", "nothing", folder=tmp_path)
    assert (status, error) == (1, "headrace: No module named nothing\n")


def test_tensorflow_is_headrace(tmp_path):
    (tmp_path / "program.py").write_text("import tensorflow as tf; print(tf.__name__, tf.float32)")
    result = run("-m", "headrace", "run", "program.py", folder=tmp_path)
    assert result == (0, "headrace <dtype: 'float32'>\n", "")


def test_ctrl_c_ends_the_process_by_the_signal(tmp_path):
    (tmp_path / "program.py").write_text("raise KeyboardInterrupt")
    status, _, _ = run("-m", "headrace", "run", "program.py", folder=tmp_path)
    assert status == -signal.SIGINT
