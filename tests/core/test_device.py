"""Device names taken apart and put together.

Read next: headrace/_src/core/device.py.
"""

import pytest

import headrace as tf

Spec = tf.DeviceSpec


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", (None, None, None, None, None)),
        ("/job:w/replica:0/task:1/device:CPU:2", ("w", 0, 1, "CPU", 2)),
        ("/job:w/cpu:0", ("w", None, None, "CPU", 0)),
        ("gpu:1", (None, None, None, "GPU", 1)),
        ("GPU", (None, None, None, "GPU", None)),
        ("/device:GPU:*", (None, None, None, "GPU", None)),
        ("/device:foo:1", (None, None, None, "foo", 1)),
    ],
)
def test_from_string(text, parts):
    spec = Spec.from_string(text)
    assert (spec.job, spec.replica, spec.task, spec.device_type, spec.device_index) == parts
    assert spec == Spec.from_string(spec.to_string())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            "/foo:1",
            "Unknown attribute 'foo' is encountered while parsing the device spec: '/foo:1'.",
        ),
        ("/device:GPU", "Unknown attribute 'device'"),
        ("/job:a:b", "Unknown attribute 'job'"),
        ("XLA_CPU:0", "Unknown attribute 'XLA_CPU'"),
        ("/cpu:0/gpu:1", "Multiple device types are not allowed while parsing the device spec"),
        ("/task:x", "invalid literal for int"),
    ],
)
def test_from_string_wrong(text, match):
    with pytest.raises(ValueError, match=match):
        Spec.from_string(text)


def test_specs():
    spec = Spec(job="w", task="1", device_type="gpu")
    assert repr(spec) == (
        "<DeviceSpec(job=w, replica=None, task=1, device_type=GPU, device_index=None)>"
    )
    assert spec.to_string() == "/job:w/task:1/device:GPU:*"
    assert spec.replace(job="x").job == "x" and spec.parse_from_string("cpu:0").job is None
    assert spec.make_merged_spec(Spec(task=5)).to_string() == "/job:w/task:5/device:GPU:*"
    assert {spec: 1}[spec.replace()] == 1 and spec != "/job:w"


def test_scopes():
    with tf.device("CPU:0"), tf.device(None), tf.device("/cpu:3"), tf.device(Spec()):
        device = (tf.constant(1.0) + 1.0).device
    assert device == "/job:localhost/replica:0/task:0/device:CPU:0"
