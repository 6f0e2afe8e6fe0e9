"""Compiled programs kept on disk: the second process that runs a function does not compile it.

Compiling is most of what a function's first call costs, and XLA compiles the same program to the
same code each time. With the environment variable `HEADRACE_CACHE_DIR` (`settings.cache_dir`) set
to a folder, every program is looked up there before it is compiled, and left there afterwards. The
name of a file is a hash of the program, the compiler's options and version, and the machine, so
nothing has to be invalidated, and any number of processes may share a folder. Tracing is done in
each process: it is what finds the program.

The one idea: JAX has such a cache. What it needs is to be told before the first compilation, and
to keep small programs too, of which a TensorFlow program has many.

Read next: core/settings.py.
"""

import os

import jax


def keep_programs(directory: str) -> None:
    """Keeps every compiled program in `directory`, which is made if it is missing.

    To be called before the first compilation: JAX opens its cache then. A file that cannot be read
    or written later is a warning, and the program is compiled as ever.

    Raises OSError if there is no such folder and none can be made.
    """
    path = os.path.abspath(os.path.expanduser(directory))
    os.makedirs(path, exist_ok=True)
    jax.config.update("jax_compilation_cache_dir", path)
    # By default JAX keeps only what took a second to compile.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
