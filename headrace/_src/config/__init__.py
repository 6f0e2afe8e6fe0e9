"""What a program tells the run time, and asks of it: devices, modes, reports.

The values are in core/settings.py, where every floor can read them. A setting is either heeded, or
kept and answered back, and its docstring says which.
"""
