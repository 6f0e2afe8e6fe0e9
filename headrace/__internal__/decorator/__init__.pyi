from headrace._src.core.decorator import make_decorator as make_decorator
from headrace._src.core.decorator import unwrap as unwrap
