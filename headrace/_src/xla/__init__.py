"""The only folder that imports JAX, and so the first place that waits half a second for it.

Importing it switches JAX to 64-bit mode: TensorFlow has int64 and float64 everywhere, and every
dtype that we hand to JAX is explicit, so nothing is silently widened.
"""

import jax

jax.config.update("jax_enable_x64", True)
