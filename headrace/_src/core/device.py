"""Devices: their names, which of them there are, and `tf.device`.

A device's full name is `/job:localhost/replica:0/task:0/device:GPU:0`; people write `gpu:0`,
`/GPU:0` or `/device:GPU:0`. `DeviceSpec` is a name taken apart.

Finding accelerators takes JAX, and loading JAX takes half a second, so it is asked only where it
can
have an answer: JAX's accelerator plug-ins are packages (`jax_plugins.*`, `libtpu`), and without one
there is the CPU and nothing else. xla/devices.py puts its list into the slot below.

Read next: engine/run.py, which looks at the current device.
"""

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from headrace._src.core import context as contexts
from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.settings import settings

LOCAL = "/job:localhost/replica:0/task:0"


class PhysicalDevice(NamedTuple):
    """A device of this machine."""

    name: str
    device_type: str


class LogicalDevice(NamedTuple):
    """A device as programs address it."""

    name: str
    device_type: str


@cache
def may_have_accelerators() -> bool:
    """Whether a JAX plug-in for an accelerator is installed; if not, the CPU is all there is."""
    return any(importlib.util.find_spec(name) is not None for name in ("jax_plugins", "libtpu"))


def _load_xla() -> Callable[[], list[tuple[str, int]]]:
    # Deferred because it loads JAX; see the docstring at the top.
    module = importlib.import_module("headrace._src.xla.devices")
    return module.accelerators


@cache
def physical_devices() -> tuple[PhysicalDevice, ...]:
    """All devices of this machine, the CPU first."""
    found = [PhysicalDevice("/physical_device:CPU:0", "CPU")]
    if may_have_accelerators():
        for kind, count in _load_xla()():
            found += [PhysicalDevice(f"/physical_device:{kind}:{i}", kind) for i in range(count)]
    return tuple(found)


def notice_accelerators() -> None:
    """Makes an accelerator, where there is one, the place where ops run unless told otherwise."""
    contexts.accelerated = len(physical_devices()) > 1


class DeviceSpec:
    """A device name taken apart; a part that is None is left open.

    >>> tf.DeviceSpec.from_string("/job:worker/gpu:1")
    <DeviceSpec(job=worker, replica=None, task=None, device_type=GPU, device_index=1)>
    """

    __slots__ = ("_device_index", "_device_type", "_job", "_replica", "_task")

    def __init__(
        self,
        job: str | None = None,
        replica: int | None = None,
        task: int | None = None,
        device_type: str | None = None,
        device_index: int | None = None,
    ) -> None:
        self._job = None if job is None else str(job)
        self._replica = None if replica is None else int(replica)
        self._task = None if task is None else int(task)
        upper = None if device_type is None else str(device_type).upper()
        self._device_type = upper
        self._device_index = None if device_index is None else int(device_index)

    job = property(lambda self: self._job, doc="The job, or None.")
    replica = property(lambda self: self._replica, doc="The replica's number, or None.")
    task = property(lambda self: self._task, doc="The task's number, or None.")
    device_type = property(lambda self: self._device_type, doc='"CPU", "GPU", ..., or None.')
    device_index = property(lambda self: self._device_index, doc="The device's number, or None.")

    @classmethod
    def from_string(cls, spec: str) -> "DeviceSpec":
        """The parts of `spec`; raises ValueError for a part that no device name has."""
        parts: dict[str, Any] = {}
        kind: str | None = None
        for part in spec.split("/") if spec is not None else ():
            if not part:
                continue
            key, *values = part.split(":")
            if key in ("job", "replica", "task") and len(values) == 1:
                parts[key] = values[0]
                continue
            is_short = key.upper() in _TYPES and len(values) < 2
            if not is_short and not (key == "device" and len(values) == 2):
                raise ValueError(
                    f"Unknown attribute '{key}' is encountered while parsing the device spec: "
                    f"'{spec}'."
                )
            if kind is not None:
                raise ValueError(
                    f"Multiple device types are not allowed while parsing the device spec: {spec}."
                )
            kind = key.upper() if is_short else values[0]
            parts["device_index"] = _index(values if is_short else values[1:])
        made = cls(**parts)
        # As it was written: only the short forms are in capitals whatever was written.
        made._device_type = kind
        return made

    def parse_from_string(self, spec: str) -> "DeviceSpec":
        """A new spec with the parts of `spec`."""
        return type(self).from_string(spec)

    def to_string(self) -> str:
        """The name, put together again."""
        text = "" if self.job is None else f"/job:{self.job}"
        text += "" if self.replica is None else f"/replica:{self.replica}"
        text += "" if self.task is None else f"/task:{self.task}"
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            text += f"/device:{self.device_type}:{index}"
        return text

    def replace(self, **kwargs: Any) -> "DeviceSpec":
        """A copy with some parts changed."""
        return type(self)(**{**self._parts(), **kwargs})

    def make_merged_spec(self, dev: "DeviceSpec") -> "DeviceSpec":
        """This spec, with the parts that `dev` names taken from it."""
        given = {key: value for key, value in dev._parts().items() if value is not None}
        return self.replace(**given)

    def _parts(self) -> dict[str, Any]:
        return {
            "job": self.job,
            "replica": self.replica,
            "task": self.task,
            "device_type": self.device_type,
            "device_index": self.device_index,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())

    def __repr__(self) -> str:
        return f"<DeviceSpec({', '.join(f'{k}={v}' for k, v in self._parts().items())})>"


_TYPES = ("CPU", "GPU", "TPU")


def _index(values: list[str]) -> int | None:
    return None if not values or values[0] == "*" else int(values[0])


def is_on_cpu(device: str) -> bool:
    """Whether ops under the device asked for, "" for none, run on the CPU."""
    kind = device.rpartition("device:")[2].partition(":")[0]
    return kind == "CPU" if kind else not contexts.accelerated


class DeviceScope:
    """The block of `tf.device`: ops in it run on the named device.

    What names a device that is not there is placed on the CPU, unless soft placement is off
    (`tf.config.set_soft_device_placement`). Raises, on entering, ValueError for text that is no
    device name, and InvalidArgumentError for another machine's device or one that is not there.
    """

    def __init__(self, device_name: Any) -> None:
        self._name = device_name
        self._before: list[tuple[str, bool]] = []

    def __enter__(self) -> None:
        context = thread.context
        self._before.append((context.device, context.is_quick))
        context.device = _resolved(self._name, context.device)
        context.is_quick = is_on_cpu(context.device) and context.graph is None

    def __exit__(self, *_: Any) -> None:
        context = thread.context
        context.device, context.is_quick = self._before.pop()


def _resolved(name: Any, outer: str) -> str:
    """The full name of the device that `name` asks for, inside a block for `outer`."""
    if name is None:
        return ""
    if callable(name):
        raise RuntimeError("tf.device does not support functions.")
    if not isinstance(name, (str, DeviceSpec)):
        raise ValueError(f"Expecting a string device name. Got {type(name)}({name!r})")
    asked = DeviceSpec.from_string(name) if isinstance(name, str) else name
    if (asked.job or "localhost") != "localhost" or asked.replica or asked.task:
        job, replica, task = asked.job or "localhost", asked.replica or 0, asked.task or 0
        kind, index = asked.device_type or "CPU", asked.device_index or 0
        raise errors.InvalidArgumentError(
            None,
            None,
            f"/job:{job}/replica:{replica}/task:{task}/device:{kind}:{index} unknown device.",
        )
    spec = DeviceSpec.from_string(outer).make_merged_spec(asked)
    if spec.device_type is None:
        return outer
    index = spec.device_index or 0
    there = sum(d.device_type == spec.device_type for d in physical_devices())
    if index >= there:
        if not settings.soft_placement:
            kinds = ", ".join(dict.fromkeys(d.device_type for d in physical_devices()))
            raise errors.InvalidArgumentError(
                None,
                None,
                "Could not satisfy device specification "
                f"'{LOCAL}/device:{spec.device_type}:{index}'. enable_soft_placement=0. "
                f"Supported device types [{kinds}].",
            )
        return f"{LOCAL}/device:CPU:0"
    return f"{LOCAL}/device:{spec.device_type}:{index}"


def device(device_name: Any) -> DeviceScope:
    """A block in which ops run on a device.

    device_name: such as "CPU:0", "/GPU:1", or a `tf.DeviceSpec`; None undoes the blocks around it.
        A device that this machine lacks is replaced by the CPU, as in TensorFlow.

    >>> with tf.device("CPU:0"):
    ...     x = tf.constant(1.) + 1.
    >>> x.device
    '/job:localhost/replica:0/task:0/device:CPU:0'
    """
    return DeviceScope(device_name)


DeviceSpec.__module__ = "tensorflow.python.framework.device_spec"
DeviceSpec.__name__ = DeviceSpec.__qualname__ = "DeviceSpecV2"
