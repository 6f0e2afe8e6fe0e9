"""TensorFlow's device names and JAX's device objects.

`/device:GPU:0` is JAX's first device of the platform that TensorFlow calls GPU; a platform that is
not there has no devices.
"""

from typing import Any

import jax

PLATFORMS = {"CPU": "cpu", "GPU": "gpu", "TPU": "tpu"}


def devices(kind: str) -> list[Any]:
    """JAX's devices of a TensorFlow device type ("CPU", "GPU", "TPU"), in order."""
    try:
        return jax.devices(PLATFORMS[kind])
    except RuntimeError:  # JAX's word for: no such platform here
        return []


def device_called(name: str) -> Any:
    """JAX's device for a TensorFlow device name; raises ValueError where there is none."""
    kind, index = name.rsplit("device:", 1)[1].split(":")
    found = devices(kind)
    if int(index) >= len(found):
        raise ValueError(f"Could not satisfy device specification '{name}'.")
    return found[int(index)]


def accelerators() -> list[tuple[str, int]]:
    """TensorFlow's device types beside the CPU that this machine has, and how many of each."""
    return [(kind, len(found)) for kind in ("GPU", "TPU") if (found := devices(kind))]


def wait_for_all() -> None:
    """Waits until every array that is alive has been computed."""
    jax.block_until_ready(jax.live_arrays())
