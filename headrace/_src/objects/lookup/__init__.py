"""Lookup tables: from keys to values, behind handles that functions capture."""
