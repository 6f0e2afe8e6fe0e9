from headrace._src.function.xla_scopes import compile as compile
from headrace._src.function.xla_scopes import jit_scope as jit_scope
