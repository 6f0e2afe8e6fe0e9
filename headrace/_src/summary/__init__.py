"""Summaries: what a training tells TensorBoard, in files of events.

The one idea: a summary is a tensor under a tag at a step, with a word on how to show it. A writer
(writer.py) puts such events into a file (events.py); in a function that is a step of the graph
(steps.py), so it happens whenever the function runs.

Read next: recording.py, where a tensor becomes an event.
"""
