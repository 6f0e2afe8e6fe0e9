"""Graph mode: `tf.function`. One floor above objects. Read function.py first."""
