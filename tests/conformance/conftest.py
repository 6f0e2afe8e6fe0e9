"""Lets the tests here import the replay by the names that its command uses."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
