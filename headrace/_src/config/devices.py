"""`tf.config` about devices: which there are, which are used, and how their memory is.

The one idea: a physical device is what the machine has, a logical one what programs address. Here
each visible physical device is one logical device.

Read next: core/device.py.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from headrace._src.core import context as contexts
from headrace._src.core import device as core
from headrace._src.core.context import thread
from headrace._src.core.device import LogicalDevice, PhysicalDevice
from headrace._src.core.settings import settings


class LogicalDeviceConfiguration(NamedTuple):
    """How a logical device is cut out of a physical one.

    memory_limit: in megabytes. experimental_priority, experimental_device_ordinal: of GPU streams.
    """

    memory_limit: int | None = None
    experimental_priority: int | None = None
    experimental_device_ordinal: int | None = None


_visible: list[PhysicalDevice] | None = None


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of this machine, of one type ("CPU", "GPU", "TPU") or all.

    >>> tf.config.list_physical_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    return _of_type(core.physical_devices(), device_type)


def get_visible_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices that this process uses, of one type or all.

    >>> tf.config.get_visible_devices("CPU")
    [PhysicalDevice(name='/physical_device:CPU:0', device_type='CPU')]
    """
    return _of_type(core.physical_devices() if _visible is None else _visible, device_type)


def list_logical_devices(device_type: str | None = None) -> list[LogicalDevice]:
    """The devices that programs may address, of one type or all.

    >>> tf.config.list_logical_devices("CPU")
    [LogicalDevice(name='/device:CPU:0', device_type='CPU')]
    """
    counts: dict[str, int] = {}
    found = []
    for device in get_visible_devices():
        index = counts[device.device_type] = counts.get(device.device_type, -1) + 1
        name = f"/device:{device.device_type}:{index}"
        found.append(LogicalDevice(name, device.device_type))
    return _of_type(found, device_type)


def set_visible_devices(devices: Any, device_type: str | None = None) -> None:
    """Which devices this process uses.

    devices: one of `tf.config.list_physical_devices()` or a list of them. device_type: leave
    devices of other types as they are.

    >>> tf.config.set_visible_devices([], "GPU")

    Without an accelerator among them, ops run on the CPU, in this thread and in those that begin
    hereafter. Raises ValueError for what is no device of this machine, or of another type.
    """
    global _visible
    chosen = [devices] if isinstance(devices, PhysicalDevice) else list(devices)
    known = list_physical_devices(device_type)
    for device in chosen:
        if device not in known:
            raise ValueError(f"Unrecognized device: {device!r}")
    others = [d for d in get_visible_devices() if device_type not in (None, d.device_type)]
    _visible = sorted([*others, *chosen], key=core.physical_devices().index)
    contexts.accelerated = any(device.device_type != "CPU" for device in _visible)
    if not thread.context.device:
        thread.context.is_quick = not contexts.accelerated


def _of_type(devices: Sequence[Any], device_type: str | None) -> list[Any]:
    return [d for d in devices if device_type is None or d.device_type == device_type]


def _known(device: Any) -> PhysicalDevice:
    if device not in core.physical_devices():
        raise ValueError(f"Unrecognized device: {device!r}")
    return device


def get_logical_device_configuration(device: Any) -> list[LogicalDeviceConfiguration] | None:
    """The logical devices that a physical device was split into, or None.

    >>> tf.config.get_logical_device_configuration(tf.config.list_physical_devices("CPU")[0])

    Raises ValueError for what is no device of this machine.
    """
    return settings.logical.get(_known(device).name)


def set_logical_device_configuration(device: Any, logical_devices: Any) -> None:
    """The logical devices that a physical device is split into: one, for now.

    logical_devices: a list of `tf.config.LogicalDeviceConfiguration`. A memory limit is kept and
    answered back; the memory itself is managed by JAX, whose environment variable
    XLA_PYTHON_CLIENT_MEM_FRACTION limits it.

    Raises ValueError for what is no device of this machine, NotImplementedError for several.
    """
    device = _known(device)
    given = list(logical_devices)
    if device.device_type == "CPU":
        for one in given:
            if one.memory_limit is not None:
                raise ValueError(
                    "Setting memory limit on CPU virtual devices is currently not supported"
                )
            if one.experimental_priority is not None:
                raise ValueError(
                    "Setting experimental_priority on CPU virtual  devices is currently not "
                    "supported"
                )
    if len(given) > 1:
        raise NotImplementedError(
            "tf.config.set_logical_device_configuration: headrace does not split a physical device "
            "into several logical ones yet."
        )
    settings.logical[device.name] = given


# ---- memory --------------------------------------------------------------------------------------


def get_memory_growth(device: Any) -> bool:
    """Whether a GPU's memory is taken as it is needed.

    Raises ValueError for what is no device of this machine, KeyError for a CPU.
    """
    device = _known(device)
    if device.device_type != "GPU":
        raise KeyError(device)
    return settings.memory_growth.get(device.name, False)


def set_memory_growth(device: Any, enable: bool) -> None:
    """Whether a GPU's memory is to be taken as it is needed.

    Kept and answered back by `get_memory_growth`. JAX, which manages the memory, takes its own
    counsel when it starts: its environment variable XLA_PYTHON_CLIENT_PREALLOCATE.

    Raises ValueError for what is no GPU of this machine.
    """
    device = _known(device)
    if device.device_type != "GPU":
        raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")
    settings.memory_growth[device.name] = bool(enable)


def get_memory_info(device: str) -> dict[str, int]:
    """The bytes in use on an accelerator, now and at most: {"current": ..., "peak": ...}.

    Raises ValueError for a CPU, which keeps no account, and for what is not there;
    NotImplementedError for an accelerator.
    """
    _accelerator(device, f"Allocator stats not available for device '{device}'")
    raise NotImplementedError("headrace has no tf.config.experimental.get_memory_info yet.")


def get_memory_usage(device: str) -> int:
    """The bytes in use on an accelerator; see `get_memory_info`."""
    return get_memory_info(device)["current"]


def reset_memory_stats(device: str) -> None:
    """Makes the peak of `get_memory_info` what is in use now; raises as that does."""
    _accelerator(device, f"Cannot reset memory stats for device '{device}'")
    raise NotImplementedError("headrace has no tf.config.experimental.reset_memory_stats yet.")


def _accelerator(device: str, on_cpu: str) -> None:
    """Raises ValueError unless `device` names an accelerator that is there."""
    try:
        spec = core.DeviceSpec.from_string(str(device))
    except ValueError:
        spec = core.DeviceSpec()
    if spec.device_type is None or spec.device_index is None:
        raise ValueError(
            f"Failed parsing device name: '{device}'. Note a valid device string should at least "
            'contain a device type and a device index, like "GPU:0".'
        )
    if spec.device_index >= len(list_logical_devices(spec.device_type)):
        raise ValueError(f"No matching devices found for '{device}'")
    if spec.device_type == "CPU":
        raise ValueError(on_cpu)


def get_device_details(device: Any) -> dict[str, Any]:
    """What is known of a device beyond its name: nothing, for a CPU.

    >>> tf.config.experimental.get_device_details(tf.config.list_physical_devices("CPU")[0])
    {}

    Raises ValueError for what is no device, NotImplementedError for an accelerator.
    """
    if not isinstance(device, PhysicalDevice):
        raise ValueError(f"device must be a tf.config.PhysicalDevice, but got: {device}")
    if device.device_type == "CPU":
        return {}
    raise NotImplementedError(
        "tf.config.experimental.get_device_details: headrace knows no details of accelerators yet."
    )


for _cls in (PhysicalDevice, LogicalDevice, LogicalDeviceConfiguration):
    _cls.__module__ = "tensorflow.python.eager.context"
