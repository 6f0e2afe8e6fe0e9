from headrace._src.function.autograph.options import Feature as Feature
from headrace._src.function.autograph.api import do_not_convert as do_not_convert
from headrace._src.function.autograph.api import set_loop_options as set_loop_options
