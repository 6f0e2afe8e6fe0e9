"""The only folder that imports JAX, and so the first place that waits half a second for it.

Importing it switches JAX to 64-bit mode: TensorFlow has int64 and float64 everywhere, and every
dtype that we hand to JAX is explicit, so nothing is silently widened. It is also the last moment to
tell JAX where compiled programs are kept, if the user wants that.

Read next: xla/cache.py.
"""

import jax

from headrace._src.core.settings import settings
from headrace._src.xla.cache import keep_programs

jax.config.update("jax_enable_x64", True)
if settings.cache_dir:
    keep_programs(settings.cache_dir)
