"""The alias: `tensorflow.x` is the very module `headrace.x`, and what is missing says so.

Each test is a program of its own, since the alias is for a whole process.
"""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]


def program(code, folder=ROOT):
    """The standard output of a Python program that runs in `folder`."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(code)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_modules_are_the_same():
    program(
        """
        import headrace, sys
        headrace.install()
        headrace.install()
        import tensorflow as tf
        import tensorflow.dtypes
        import tensorflow.dtypes.experimental as experimental
        from tensorflow.dtypes import float32, as_dtype
        from tensorflow import errors
        assert tf is headrace and sys.modules["tensorflow"] is headrace
        assert tensorflow.dtypes is headrace.dtypes is sys.modules["tensorflow.dtypes"]
        assert experimental is headrace.dtypes.experimental
        assert float32 is headrace.float32 and errors is headrace.errors
        """
    )


def test_a_module_keeps_its_own_name_and_spec():
    program(
        """
        import headrace, importlib.util
        headrace.install()
        import tensorflow.errors as errors
        assert errors.__name__ == errors.__spec__.name == "headrace.errors"
        assert importlib.util.find_spec("tensorflow") is headrace.__spec__
        """
    )


def test_the_root_is_found_by_the_finder_too():
    program(
        """
        import headrace, sys
        headrace.install()
        del sys.modules["tensorflow"]
        import tensorflow
        assert tensorflow is headrace and headrace.__spec__.name == "headrace"
        """
    )


def test_compat_v2_is_the_root():
    program(
        """
        import headrace
        headrace.install()
        import tensorflow.compat.v2 as tf
        from tensorflow.compat import v2
        assert tf is v2 is headrace
        """
    )


def test_a_namespace_of_another_package_continues_there(tmp_path):
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest" / "__init__.py").write_text("")
    (tmp_path / "guest" / "room.py").write_text("bed = 1\n")
    program(
        """
        import headrace, guest, sys
        headrace.guest = guest                 # as the line `import guest as guest` of a list does
        headrace.install()
        from tensorflow.guest.room import bed
        import tensorflow.guest.room as room
        import guest.room
        assert room is guest.room and "headrace.guest.room" not in sys.modules
        """,
        tmp_path,
    )


def test_a_missing_module_names_itself():
    output = program(
        """
        import headrace
        headrace.install()
        try:
            import tensorflow.python.framework
        except ModuleNotFoundError as error:
            print(error.name, "|", error)
        try:
            from tensorflow.dtypes import frobnicate
        except ImportError as error:
            print(error)
        """
    ).splitlines()
    name, message = output[0].split(" | ")
    assert name in message and name.startswith("tensorflow.python")
    assert "docs/coverage.md" in message
    assert "frobnicate" in output[1]


def test_an_error_inside_a_module_is_not_taken_for_a_missing_module(tmp_path):
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest" / "__init__.py").write_text("")
    (tmp_path / "guest" / "broken.py").write_text("import no_such_thing\n")
    output = program(
        """
        import headrace, guest
        headrace.guest = guest
        headrace.install()
        try:
            import tensorflow.guest.broken
        except ModuleNotFoundError as error:
            print(error)
        """,
        tmp_path,
    )
    assert output == "No module named 'no_such_thing'\n"


def test_tensorflow_itself_is_left_alone(tmp_path):
    (tmp_path / "tensorflow.py").write_text("")
    output = program(
        """
        import tensorflow, headrace, sys
        try:
            headrace.install()
        except RuntimeError as error:
            print(error)
        assert sys.modules["tensorflow"] is tensorflow and tensorflow is not headrace
        """,
        tmp_path,
    )
    assert "already imported" in output and "headrace run" in output
    assert str(tmp_path / "tensorflow.py") in output
