"""Graph mode: `tf.function`. One floor above objects. Not built yet: see placeholder.py."""
