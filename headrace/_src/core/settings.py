"""The process's settings: one record of what programs may switch (`tf.config`, `tf.debugging`).

It lies at the bottom so that whoever heeds a setting can read it; the functions that users call to
change one are in config/. One comes from outside: the environment variable `HEADRACE_CACHE_DIR`.

Read next: config/modes.py.
"""

import os
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Settings:
    """What is switched how.

    run_functions_eagerly: a `tf.function` runs as plain Python.
    soft_placement: what asks for a device that is not there runs on the CPU.
    synchronous: eager ops return when they are done.
    device_policy: what to do with operands on different devices.
    inter_op_threads, intra_op_threads: 0 leaves it to the run time.
    jit: "autoclustering" or "".
    optimizer_options: of the graph optimizer.
    tensor_float_32: matrix products of float32 on an accelerator may round their operands.
    deterministic: ops give the same bits each time, on accelerators too.
    filters_tracebacks: tracebacks leave the library's own frames out.
    logs_placement: each op's device is written to the log.
    logical: for a physical device's name, the logical devices that it was split into.
    memory_growth: for a physical device's name, whether memory is taken as it is needed.
    cache_dir: the folder that keeps compiled programs for later processes; "" for none. Heeded when
        JAX is first imported.
    """

    run_functions_eagerly: bool = False
    soft_placement: bool = True
    synchronous: bool = True
    device_policy: str = "silent"
    inter_op_threads: Any = 0
    intra_op_threads: Any = 0
    jit: str = ""
    optimizer_options: dict[str, Any] = field(default_factory=dict)
    tensor_float_32: bool = True
    deterministic: bool = False
    filters_tracebacks: bool = True
    logs_placement: bool = False
    logical: dict[str, list] = field(default_factory=dict)
    memory_growth: dict[str, bool] = field(default_factory=dict)
    cache_dir: str = field(default_factory=lambda: os.environ.get("HEADRACE_CACHE_DIR", ""))


settings = Settings()
