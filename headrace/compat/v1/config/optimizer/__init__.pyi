from headrace._src.config.modes import get_experimental_options as get_experimental_options
from headrace._src.config.modes import get_jit as get_jit
from headrace._src.config.modes import set_experimental_options as set_experimental_options
from headrace._src.config.modes import set_jit as set_jit
