"""Calling a traced function: see engine/call.py."""

from headrace._src.engine.call import call as call
