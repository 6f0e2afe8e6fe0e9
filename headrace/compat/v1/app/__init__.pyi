import headrace._src.compat.flags as flags
from headrace._src.compat.flags import run as run
