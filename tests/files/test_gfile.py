"""`tf.io.gfile` on this machine and in fsspec's memory: what is read, written, listed, refused.

Read next: headrace/_src/files/gfile.py.
"""

import os
from pathlib import Path

import pytest

import headrace as tf
from headrace._src.files import systems

gfile = tf.io.gfile
errors = tf.errors


@pytest.fixture(params=["local", "memory"])
def home(request, tmp_path):
    """A folder of its own, with its path as text."""
    if request.param == "local":
        yield str(tmp_path)
        return
    folder = f"memory://{tmp_path.name}"
    gfile.makedirs(folder)
    yield folder
    gfile.rmtree(folder)


@pytest.fixture
def path(home):
    return gfile.join(home, "file")


def write(path, content, mode="w"):
    with gfile.GFile(path, mode) as file:
        file.write(content)


# ---- one file ------------------------------------------------------------------------------------


def test_text_is_written_and_read(path):
    write(path, "héllo\nworld\n")
    file = gfile.GFile(path)
    assert file.read(3) == "hé"  # bytes are counted
    assert file.tell() == 3
    assert file.readline() == "llo\n"
    assert file.readlines() == ["world\n"]
    assert file.read() == ""
    file.seek(0)
    assert list(file) == ["héllo\n", "world\n"]
    assert file.size() == 13
    assert file.seekable()
    with pytest.raises(StopIteration):
        file.next()
    file.close()
    assert file.readline() == "héllo\n"  # it is opened again
    file.close()


def test_bytes_are_written_and_read(path):
    write(path, b"\xff\0", "wb")
    assert gfile.GFile(path, "rb").read() == b"\xff\0"
    with pytest.raises(UnicodeDecodeError):
        gfile.GFile(path).read()


def test_lines_lose_carriage_returns(path):
    write(path, "a\r\nb")
    assert gfile.GFile(path).readlines() == ["a\n", "b"]
    assert gfile.GFile(path).read() == "a\r\nb"


def test_seeking(path):
    write(path, "0123456789")
    file = gfile.GFile(path)
    file.seek(-3, 2)
    assert file.read(2) == "78"
    file.seek(-4, 1)
    assert file.read(1) == "5"
    file.seek(position=1)
    assert file.read(1) == "1"
    with pytest.raises(errors.OutOfRangeError, match="reached end of file"):
        file.seek(11)
    assert file.read() == ""
    with pytest.raises(errors.InvalidArgumentError, match="Invalid whence argument: 5"):
        file.seek(0, 5)
    with pytest.raises(errors.InvalidArgumentError, match="negative"):
        file.seek(-1)
    with pytest.raises(TypeError, match="offset argument required"):
        file.seek()
    with pytest.raises(errors.InvalidArgumentError, match="negative number of bytes: -5"):
        file.read(-5)
    file.close()


def test_adding_and_beginning_anew(path):
    write(path, "abc")
    file = gfile.GFile(path, "a")
    file.write("def")
    assert file.tell() == 6
    file.close()
    assert gfile.GFile(path).read() == "abcdef"
    write(path, "x")
    assert gfile.GFile(path).read() == "x"


def test_a_file_appears_with_its_first_byte(path):
    file = gfile.GFile(path, "w")
    file.flush()
    file.close()
    assert not gfile.exists(path)


def test_what_is_flushed_can_be_read(tmp_path):
    path = str(tmp_path / "file")
    file = gfile.GFile(path, "a+")
    file.write("abc")
    file.flush()
    assert file.read() == "abc"
    file.close()


def test_modes(path):
    write(path, "a")
    with pytest.raises(errors.PermissionDeniedError, match="isn't open for writing"):
        gfile.GFile(path).write("a")
    with pytest.raises(errors.PermissionDeniedError, match="isn't open for reading"):
        gfile.GFile(path, "w").read()
    with pytest.raises(errors.PermissionDeniedError, match="isn't open for reading"):
        gfile.GFile(path, "w").seek(0)
    with pytest.raises(errors.InvalidArgumentError, match="mode is not 'r' or 'w'"):
        gfile.GFile(path, "x")
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        gfile.GFile(path, "w").write(3)
    assert gfile.GFile(path, "r+").mode == "r+"
    assert gfile.GFile(path).name == path


def test_paths_of_all_kinds(tmp_path):
    write(tmp_path / "file", "a")
    for path in (tmp_path / "file", os.fsencode(tmp_path / "file"), f"file://{tmp_path}/file"):
        assert gfile.exists(path)
        assert gfile.GFile(path).read() == "a"
    for wrong in (None, 3):
        with pytest.raises(TypeError, match="Expected binary or unicode string"):
            gfile.exists(wrong)


def test_what_is_not_there(home, path):
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        gfile.GFile(path).read()
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        gfile.remove(path)
    with pytest.raises(errors.NotFoundError, match="No such file or directory"):
        gfile.stat(path)
    with pytest.raises(errors.NotFoundError, match="not found"):
        gfile.rmtree(path)
    with pytest.raises(errors.NotFoundError, match="Could not find directory"):
        gfile.listdir(path)
    with pytest.raises(errors.NotFoundError):
        gfile.copy(path, gfile.join(home, "other"))
    assert not gfile.exists(path)
    assert not gfile.isdir(path)


# ---- folders -------------------------------------------------------------------------------------


def test_folders(home):
    inner = gfile.join(home, "a", "b")
    if "://" not in home:  # where folders are no more than names, none is missing
        with pytest.raises(errors.NotFoundError):
            gfile.mkdir(inner)
    gfile.makedirs(inner)
    gfile.makedirs(inner)
    gfile.mkdir(inner)
    assert gfile.isdir(inner)
    assert gfile.stat(inner).is_directory
    write(gfile.join(inner, "file"), "abc")
    assert gfile.stat(gfile.join(inner, "file"))[0::2] == (3, False)
    assert gfile.listdir(inner) == ["file"]
    with pytest.raises(errors.FailedPreconditionError, match="file is not a directory"):
        gfile.makedirs(gfile.join(inner, "file", "x"))
    with pytest.raises(errors.FailedPreconditionError, match="Is a directory"):
        gfile.remove(inner)
    assert sorted(gfile.walk(home)) == [
        (home, ["a"], []),
        (gfile.join(home, "a"), ["b"], []),
        (inner, [], ["file"]),
    ]
    assert [path for path, _, _ in gfile.walk(home, topdown=False)][-1] == home
    gfile.rmtree(gfile.join(home, "a"))
    assert not gfile.exists(inner)


def test_walking_where_nothing_is(tmp_path):
    heard = []
    assert not list(gfile.walk(tmp_path / "none", onerror=heard.append))
    assert isinstance(heard[0], errors.NotFoundError)


def test_copies_and_new_names(home, path):
    other = gfile.join(home, "other")
    write(path, "abc")
    gfile.copy(path, other)
    for change in (gfile.copy, gfile.rename):
        with pytest.raises(errors.AlreadyExistsError, match="file already exists"):
            change(path, other)
    write(path, "xyz")
    gfile.copy(path, other, overwrite=True)
    assert gfile.GFile(other).read() == "xyz"
    gfile.rename(path, gfile.join(home, "new"))
    assert not gfile.exists(path)
    with pytest.raises(errors.FailedPreconditionError, match="Is a directory"):
        gfile.copy(home, path)


def test_from_one_system_to_another(tmp_path):
    write(tmp_path / "file", "abc")
    gfile.copy(tmp_path / "file", "memory://copied")
    assert gfile.GFile("memory://copied").read() == "abc"
    with pytest.raises(errors.UnimplementedError, match="Renaming"):
        gfile.rename(tmp_path / "file", "memory://renamed")
    gfile.remove("memory://copied")


# ---- patterns ------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in ("a1/b1/f", "a2/b1/f", "vis", ".hid", "a*"):
        gfile.makedirs((tmp_path / name).parent)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", ["./.hid", "./a*", "./a1", "./a2", "./vis"]),
        ("a?/b*/f", ["./a1/b1/f", "./a2/b1/f"]),
        ("a1/*/f", ["a1/b1/f"]),
        (r"a\*", ["./a*"]),
        ("a[1-1]", ["./a1"]),
        ("a[!1]", ["./a*", "./a2"]),
        ("a[^1]", ["./a*", "./a2"]),
        ("a*/", ["./a*", "./a1", "./a2"]),
        ("a1", ["a1"]),
        ("vis*/x", []),
        ("[v", []),
        ("none", []),
        ("", []),
        (["v*", "a1"], ["./vis", "a1"]),
    ],
)
def test_patterns(tree, pattern, found):
    assert sorted(gfile.glob(pattern)) == found


def test_patterns_in_memory():
    write("memory://globbed/one.txt", "")
    write("memory://globbed/two.csv", "")
    assert gfile.glob("memory://globbed/*.txt") == ["memory://globbed/one.txt"]
    assert gfile.glob("memory://glob*/two*") == ["memory://globbed/two.csv"]
    gfile.rmtree("memory://globbed")


# ---- schemes -------------------------------------------------------------------------------------


def test_schemes():
    assert {"", "file", "memory", "ram"} <= set(gfile.get_registered_schemes())
    write("ram://here", "a")
    assert gfile.exists("ram://here")
    gfile.remove("ram://here")
    with pytest.raises(errors.UnimplementedError, match="scheme 'foo' not implemented"):
        gfile.exists("foo://x")
    assert not gfile.isdir("foo://x")


def test_a_package_that_is_missing_is_named(monkeypatch):
    def missing(name):
        raise ImportError("No module named 'fsspec'")

    monkeypatch.setattr(systems, "_system", missing)
    monkeypatch.setattr(systems, "find_spec", lambda name: None)
    with pytest.raises(errors.UnimplementedError, match=r"pip install 'headrace\[cloud\]'"):
        gfile.exists("s3://bucket/file")
    assert gfile.get_registered_schemes() == ["", "file"]


def test_joining():
    assert gfile.join("gs://a", "b", "c") == "gs://a/b/c"
    assert gfile.join(Path("a"), "b") == "a/b"
    assert gfile.join("a", "/b") == "/b"
    assert gfile.join(b"a", b"b") == b"a/b"
    with pytest.raises(TypeError):
        gfile.join("a", b"b")
    with pytest.raises(TypeError):
        gfile.join(None, "b")
