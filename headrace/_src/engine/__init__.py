"""The verbs: define an op, run it, record it, play the record back. Above core, below ops."""
