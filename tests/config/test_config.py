"""tf.config: what is set is answered back, and what can not be is refused.

Read next: headrace/_src/core/settings.py.
"""

import dataclasses

import pytest

import headrace as tf
from headrace._src.core.settings import settings

config, experimental = tf.config, tf.config.experimental
CPU = config.PhysicalDevice("/physical_device:CPU:0", "CPU")
GPU = config.PhysicalDevice("/physical_device:GPU:7", "GPU")


@pytest.fixture(autouse=True)
def _as_before():
    before = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    before = {
        name: value.copy() if isinstance(value, dict) else value for name, value in before.items()
    }
    yield
    for name, value in before.items():
        setattr(settings, name, value)


def test_devices():
    assert repr(config.list_physical_devices("CPU")) == (
        "[PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]"
    )
    assert repr(config.list_logical_devices("CPU")) == (
        "[LogicalDevice(name='/device:CPU:0', device_type='CPU')]"
    )
    assert config.list_physical_devices("cpu") == config.list_physical_devices(5) == []
    assert CPU in config.get_visible_devices()


@pytest.mark.parametrize(
    ("given", "kind"), [(GPU, None), ([CPU, 5], None), ("a", None), (CPU, "GPU")]
)
def test_devices_that_are_not_there(given, kind):
    with pytest.raises(ValueError, match="Unrecognized device: "):
        config.set_visible_devices(given, kind)


def test_visible_devices():
    everything = config.get_visible_devices()
    config.set_visible_devices([], "GPU")
    assert config.get_visible_devices("GPU") == [] and CPU in config.get_visible_devices()
    config.set_visible_devices(everything)
    assert config.get_visible_devices() == everything


def test_logical_device_configuration():
    one = config.LogicalDeviceConfiguration
    assert one is experimental.VirtualDeviceConfiguration
    assert config.get_logical_device_configuration(CPU) is None
    config.set_logical_device_configuration(CPU, [one()])
    assert config.get_logical_device_configuration(CPU) == [one()]
    with pytest.raises(NotImplementedError, match="set_logical_device_configuration"):
        config.set_logical_device_configuration(CPU, [one(), one()])
    with pytest.raises(ValueError, match="Setting memory limit on CPU"):
        config.set_logical_device_configuration(CPU, [one(memory_limit=5)])
    with pytest.raises(ValueError, match="Unrecognized device: 'a'"):
        config.set_logical_device_configuration("a", [one()])


def test_memory():
    with pytest.raises(ValueError, match="Cannot set memory growth on non-GPU"):
        experimental.set_memory_growth(CPU, True)
    with pytest.raises(KeyError):
        experimental.get_memory_growth(CPU)
    with pytest.raises(ValueError, match="Allocator stats not available for device 'CPU:0'"):
        experimental.get_memory_info("CPU:0")
    with pytest.raises(ValueError, match="Failed parsing device name: 'foo'"):
        experimental.get_memory_usage("foo")
    with pytest.raises(ValueError, match="No matching devices found for 'CPU:5'"):
        experimental.reset_memory_stats("CPU:5")
    assert experimental.get_device_details(CPU) == {}


@pytest.mark.parametrize(
    ("setter", "getter", "default", "given", "answered"),
    [
        (config.run_functions_eagerly, config.functions_run_eagerly, False, 1, True),
        (
            config.threading.set_inter_op_parallelism_threads,
            config.threading.get_inter_op_parallelism_threads, 0, 2, 2,
        ),
        (
            config.threading.set_intra_op_parallelism_threads,
            config.threading.get_intra_op_parallelism_threads, 0, 3, 3,
        ),
        (config.set_soft_device_placement, config.get_soft_device_placement, True, 0, False),
        (experimental.set_device_policy, experimental.get_device_policy, "silent", "warn", "warn"),
        (
            experimental.set_synchronous_execution,
            experimental.get_synchronous_execution, True, False, False,
        ),
        (
            experimental.enable_tensor_float_32_execution,
            experimental.tensor_float_32_execution_enabled, True, False, False,
        ),
        (config.optimizer.set_jit, config.optimizer.get_jit, "", True, "autoclustering"),
    ],
)  # fmt: skip
def test_kept(setter, getter, default, given, answered):
    assert getter() == default
    setter(given)
    assert getter() == answered


def test_optimizer_options():
    get, put = (
        config.optimizer.get_experimental_options,
        config.optimizer.set_experimental_options,
    )
    assert get() == {"disable_model_pruning": False, "disable_meta_optimizer": False}
    put({"constant_folding": 0, "min_graph_nodes": -1, "foo": 1})
    assert get()["constant_folding"] is False and get()["min_graph_nodes"] == -1
    assert "foo" not in get()


def test_wrong_words():
    with pytest.raises(ValueError, match="Invalid argument `device_policy`: 'foo'"):
        experimental.set_device_policy("foo")
    with pytest.raises(TypeError, match="bool"):
        experimental.enable_tensor_float_32_execution("a")


def test_soft_placement_is_heeded():
    with tf.device("TPU:99"):
        assert tf.constant(1.0).device.endswith("CPU:0")
    config.set_soft_device_placement(False)
    with (
        pytest.raises(tf.errors.InvalidArgumentError, match="Could not satisfy device spec"),
        tf.device("TPU:99"),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "exception", "match"),
    [
        (
            "/job:worker",
            tf.errors.InvalidArgumentError,
            "/job:worker/replica:0/task:0/device:CPU:0 ",
        ),
        (
            "/task:5",
            tf.errors.InvalidArgumentError,
            "/job:localhost/replica:0/task:5/device:CPU:0 u",
        ),
        ("foo", ValueError, "Unknown attribute 'foo' is encountered while parsing"),
        (5, ValueError, r"Expecting a string device name. Got <class 'int'>\(5\)"),
        (lambda op: "CPU:0", RuntimeError, "tf.device does not support functions."),
    ],
)
def test_device_names_that_are_none(name, exception, match):
    with pytest.raises(exception, match=match), tf.device(name):
        pass


def test_reports():
    tf.debugging.disable_traceback_filtering()
    assert not tf.debugging.is_traceback_filtering_enabled()
    tf.debugging.enable_traceback_filtering()
    assert tf.debugging.is_traceback_filtering_enabled()
    tf.debugging.set_log_device_placement(False)
    assert not tf.debugging.get_log_device_placement()
    with pytest.raises(NotImplementedError, match="set_log_device_placement"):
        tf.debugging.set_log_device_placement(True)
    assert tf.get_logger().name == "tensorflow" and tf.get_logger() is tf.get_logger()
    assert len(tf.get_logger().handlers) == 1
    assert tf.test.is_built_with_xla() and not tf.test.is_built_with_cuda()
    assert tf.test.is_gpu_available() == bool(tf.test.gpu_device_name())
    assert tf.sysconfig.get_build_info()["is_cuda_build"] is False
