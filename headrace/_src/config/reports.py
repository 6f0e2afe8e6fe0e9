"""What the run time tells: the logger, tracebacks, and what it was built with.

Read next: core/settings.py.
"""

import logging
from collections import OrderedDict
from typing import Any

from headrace._src.config.devices import list_logical_devices
from headrace._src.core.settings import settings


def get_logger() -> logging.Logger:
    """The logger "tensorflow" of the standard library's `logging`, which writes to stderr.

    >>> tf.get_logger().name
    'tensorflow'
    """
    logger = logging.getLogger("tensorflow")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(f"%(levelname)s:{logger.name}:%(message)s"))
        logger.addHandler(handler)
    return logger


# ---- tracebacks and placement --------------------------------------------------------------------


def enable_traceback_filtering() -> None:
    """Asks that tracebacks leave the library's own frames out, which is how they begin.

    Kept and answered back: frames are few here, and all are shown.

    >>> tf.debugging.enable_traceback_filtering()
    """
    settings.filters_tracebacks = True


def disable_traceback_filtering() -> None:
    """Asks that tracebacks show the library's own frames too, as they always do here."""
    settings.filters_tracebacks = False


def is_traceback_filtering_enabled() -> bool:
    """Whether tracebacks were set to leave the library's own frames out.

    >>> tf.debugging.is_traceback_filtering_enabled()
    True
    """
    return settings.filters_tracebacks


def get_log_device_placement() -> bool:
    """Whether the log tells each op's device.

    >>> tf.debugging.get_log_device_placement()
    False
    """
    return settings.logs_placement


def set_log_device_placement(enabled: Any) -> None:
    """Whether the log tells each op's device: it does not yet, so this takes only False.

    Raises NotImplementedError for anything true.
    """
    if enabled:
        raise NotImplementedError(
            "tf.debugging.set_log_device_placement: headrace does not log placement yet."
        )
    settings.logs_placement = False


# ---- what is here --------------------------------------------------------------------------------


def is_built_with_cuda() -> bool:
    """False: a GPU is JAX's affair, whether its CUDA plug-in is installed or not.

    >>> tf.test.is_built_with_cuda()
    False
    """
    return False


def is_built_with_rocm() -> bool:
    """False: a GPU is JAX's affair, whether its ROCm plug-in is installed or not.

    >>> tf.test.is_built_with_rocm()
    False
    """
    return False


def is_built_with_gpu_support() -> bool:
    """Whether a GPU can be used: whether JAX sees one."""
    return bool(gpu_device_name())


def is_built_with_xla() -> bool:
    """True: XLA is the compiler.

    >>> tf.test.is_built_with_xla()
    True
    """
    return True


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Whether there is a GPU to run on.

    cuda_only: leave out GPUs that are not CUDA's. min_cuda_compute_capability: (major, minor).

    >>> tf.test.is_gpu_available() == bool(tf.config.list_physical_devices("GPU"))
    True

    Raises NotImplementedError for either argument where there is a GPU.
    """
    if not gpu_device_name():
        return False
    if cuda_only or min_cuda_compute_capability is not None:
        raise NotImplementedError(
            "tf.test.is_gpu_available: headrace does not ask what kind of GPU it is yet."
        )
    return True


def gpu_device_name() -> str:
    """The name of the first GPU, or "" without one.

    >>> tf.test.gpu_device_name() in ("", "/device:GPU:0")
    True
    """
    found = list_logical_devices("GPU")
    return found[0].name if found else ""


def get_build_info() -> OrderedDict[str, bool]:
    """What the library was built with: neither CUDA nor ROCm nor TensorRT, which are JAX's affair.

    >>> tf.sysconfig.get_build_info()["is_cuda_build"]
    False
    """
    return OrderedDict(is_cuda_build=False, is_rocm_build=False, is_tensorrt_build=False)
