"""XLA's profiler, through JAX.

JAX always writes what it recorded, so it writes into a folder of its own, and what is wanted is
copied from there.

Read next: profiling/traces.py.
"""

import shutil
import tempfile
from typing import Any

import jax

# While a profile is recorded: where JAX is to write it, and where the user wants it.
_folders: list[tuple[tempfile.TemporaryDirectory, str]] = []


def start(logdir: str, levels: dict[str, int]) -> None:
    """Begins a profile for the folder `logdir`; `levels` are attributes of JAX's options."""
    options = jax.profiler.ProfileOptions()
    for name, level in levels.items():
        setattr(options, name, level)
    folder = tempfile.TemporaryDirectory()
    jax.profiler.start_trace(folder.name, profiler_options=options)
    _folders.append((folder, logdir))


def stop(save: bool) -> None:
    """Ends the profile and writes it below its folder, or throws it away."""
    folder, logdir = _folders.pop()
    with folder as written:
        jax.profiler.stop_trace()
        if save:
            shutil.copytree(written, logdir, dirs_exist_ok=True)


def mark(name: str, metadata: dict[str, Any]) -> Any:
    """A block that the profile shows under `name`."""
    return jax.profiler.TraceAnnotation(name, **metadata)
