"""tf.io.match_filenames_once: looked up once."""

import headrace as tf


def test_what_is_found_stays(tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).write_text("")
    found = tf.io.match_filenames_once(f"{tmp_path}/*.txt")
    (tmp_path / "d.txt").write_text("")
    names = [f"{tmp_path}/a.txt".encode(), f"{tmp_path}/b.txt".encode()]
    assert isinstance(found, tf.Variable) and not found.trainable
    assert found.numpy().tolist() == names
    several = tf.io.match_filenames_once([f"{tmp_path}/*.csv", f"{tmp_path}/none*"], name="found")
    assert several.numpy().tolist() == [f"{tmp_path}/c.csv".encode()]
