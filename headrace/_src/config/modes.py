"""`tf.config` about how programs run: functions as plain Python, threads, placement, precision.

Each function changes or answers one field of core/settings.py. What nothing here heeds is kept and
answered back, so that a program that sets it and asks for it gets what it set; the docstring says
so.

Read next: core/settings.py.
"""

from typing import Any

from headrace._src.core.settings import settings


def run_functions_eagerly(run_eagerly: Any) -> None:
    """Whether every `tf.function` runs as plain Python, for debugging.

    >>> tf.config.run_functions_eagerly(True)
    >>> tf.config.functions_run_eagerly()
    True
    >>> tf.config.run_functions_eagerly(False)
    """
    settings.run_functions_eagerly = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    """Whether every `tf.function` runs as plain Python.

    >>> tf.config.functions_run_eagerly()
    False
    """
    return settings.run_functions_eagerly


# The old names of the two.
experimental_run_functions_eagerly = run_functions_eagerly
experimental_functions_run_eagerly = functions_run_eagerly


# ---- threads -------------------------------------------------------------------------------------


def get_inter_op_parallelism_threads() -> int:
    """The number of threads for ops side by side that was set; 0 leaves it to the run time.

    >>> tf.config.threading.get_inter_op_parallelism_threads()
    0
    """
    return settings.inter_op_threads


def set_inter_op_parallelism_threads(num_threads: int) -> None:
    """The number of threads for ops side by side.

    Kept and answered back; XLA decides for itself.
    """
    settings.inter_op_threads = num_threads


def get_intra_op_parallelism_threads() -> int:
    """The number of threads within an op that was set; 0 leaves it to the run time.

    >>> tf.config.threading.get_intra_op_parallelism_threads()
    0
    """
    return settings.intra_op_threads


def set_intra_op_parallelism_threads(num_threads: int) -> None:
    """The number of threads within an op.

    Kept and answered back; NumPy and XLA decide for themselves.
    """
    settings.intra_op_threads = num_threads


# ---- placement -----------------------------------------------------------------------------------


def get_soft_device_placement() -> bool:
    """Whether what asks for a device that is not there runs on the CPU.

    >>> tf.config.get_soft_device_placement()
    True
    """
    return settings.soft_placement


def set_soft_device_placement(enabled: Any) -> None:
    """Whether what asks for a device that is not there runs on the CPU; if not, that is an error.

    `tf.device` heeds it.
    """
    settings.soft_placement = bool(enabled)


_POLICIES = ("explicit", "warn", "silent", "silent_for_int32")


def get_device_policy() -> str:
    """What was set to be done with operands on different devices.

    >>> tf.config.experimental.get_device_policy()
    'silent'
    """
    return settings.device_policy


def set_device_policy(device_policy: str | None) -> None:
    """What to do with operands on different devices: copy them silently (None or "silent"), with a
    warning ("warn"), silently only if int32 ("silent_for_int32"), or not at all ("explicit").

    Kept and answered back; operands are copied silently.

    Raises ValueError for another word.
    """
    if device_policy is not None and device_policy not in _POLICIES:
        raise ValueError(
            f"Invalid argument `device_policy`: {device_policy!r}. Please refer to "
            "https://www.tensorflow.org/api_docs/python/tf/config/experimental/set_device_policy "
            "for valid `device_policy` arguments."
        )
    settings.device_policy = device_policy or "silent"


def get_synchronous_execution() -> bool:
    """Whether eager ops were set to return only when they are done.

    >>> tf.config.experimental.get_synchronous_execution()
    True
    """
    return settings.synchronous


def set_synchronous_execution(enable: Any) -> None:
    """Whether eager ops return only when they are done.

    Kept and answered back: small ops are always done when they return, XLA's may not be, and nobody
    can tell from their results.
    """
    settings.synchronous = bool(enable)


# ---- results -------------------------------------------------------------------------------------


def enable_op_determinism() -> None:
    """Asks that every op give the same bits each time it is given the same.

    On the CPU they do anyway. Kept for accelerators.
    """
    settings.deterministic = True


def tensor_float_32_execution_enabled() -> bool:
    """Whether matrix products of float32 may round their operands on accelerators.

    >>> tf.config.experimental.tensor_float_32_execution_enabled()
    True
    """
    return settings.tensor_float_32


def enable_tensor_float_32_execution(enabled: bool) -> None:
    """Whether matrix products of float32 may round their operands on accelerators.

    Kept and answered back; it never concerns the CPU. Raises TypeError for what is no bool.
    """
    if not isinstance(enabled, bool):
        raise TypeError(f"`enabled` must be a bool; got {enabled!r}")
    settings.tensor_float_32 = enabled


# ---- the optimizer of graphs ---------------------------------------------------------------------


def get_jit() -> str:
    """Whether ops were set to be compiled in clusters: "autoclustering", or "" for not.

    >>> tf.config.optimizer.get_jit()
    ''
    """
    return settings.jit


def set_jit(enabled: bool | str) -> None:
    """Whether ops are compiled in clusters: True or "autoclustering", or False or "".

    Kept and answered back: a `tf.function` is always compiled here.
    """
    settings.jit = "autoclustering" if enabled in (True, "autoclustering") else ""


# The names of options, in the order in which they are answered; those in _VALUES are not switches.
_OPTIONS = (
    "layout_optimizer constant_folding shape_optimization remapping arithmetic_optimization "
    "dependency_optimization loop_optimization function_optimization debug_stripper "
    "disable_model_pruning scoped_allocator_optimization pin_to_host_optimization "
    "implementation_selector auto_mixed_precision use_plugin_optimizers disable_meta_optimizer "
    "auto_mixed_precision_onednn_bfloat16 auto_mixed_precision_mkl min_graph_nodes"
).split()
_VALUES = ("min_graph_nodes",)
_ALWAYS = ("disable_model_pruning", "disable_meta_optimizer")


def get_experimental_options() -> dict[str, Any]:
    """The options of the graph optimizer that were set.

    >>> tf.config.optimizer.get_experimental_options()
    {'disable_model_pruning': False, 'disable_meta_optimizer': False}
    """
    chosen = settings.optimizer_options
    return {name: chosen.get(name, False) for name in _OPTIONS if name in chosen or name in _ALWAYS}


def set_experimental_options(options: dict[str, Any]) -> None:
    """Options of the graph optimizer, from name to bool; `min_graph_nodes` takes an int.

    Kept and answered back: XLA optimizes compiled programs, and asks nobody. Names that TensorFlow
    does not know are not kept, as there.
    """
    for name, value in dict(options).items():
        if name in _OPTIONS:
            settings.optimizer_options[name] = value if name in _VALUES else bool(value)
