"""`python -m headrace`: the `headrace` program. Read next: headrace/_src/command/main.py."""

import sys

from headrace._src.command.main import main

if __name__ == "__main__":
    sys.exit(main())
