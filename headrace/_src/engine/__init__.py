"""The verbs: define an op, run it, record it, play the record back. One floor above core, below ops."""
