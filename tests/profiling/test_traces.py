"""Profiles: what is written, and when it is refused.

Read next: headrace/_src/profiling/traces.py.
"""

import pytest

import headrace as tf

profiler = tf.profiler.experimental


def test_a_profile_is_written_for_tensorboard(tmp_path):
    double = tf.function(lambda x: x + x)
    with profiler.Profile(str(tmp_path), profiler.ProfilerOptions(host_tracer_level=3)):
        with profiler.Trace("my_step", step_num=7, _r=1) as trace:
            trace.set_metadata(kind="test")
            double(tf.constant(1.0))
        with pytest.raises(tf.errors.AlreadyExistsError, match="Another profiler"):
            profiler.start(str(tmp_path))
    (written,) = tmp_path.glob("plugins/profile/*/*.xplane.pb")
    assert b"my_step" in written.read_bytes()


def test_a_profile_may_be_thrown_away(tmp_path):
    profiler.start(str(tmp_path / "logs"))
    profiler.stop(save=False)
    assert not list(tmp_path.iterdir())


def test_what_is_refused(tmp_path):
    with pytest.raises(tf.errors.UnavailableError, match="No profiler is running"):
        profiler.stop()
    with pytest.raises(NotImplementedError, match="delay_ms"):
        profiler.start(str(tmp_path), profiler.ProfilerOptions(delay_ms=10))
    with profiler.Trace("outside") as trace:
        trace.set_metadata(a=1)
