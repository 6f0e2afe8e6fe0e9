from headrace._src.core.compat import as_bytes as as_bytes
from headrace._src.core.compat import as_str as as_str
from headrace._src.core.compat import as_str_any as as_str_any
from headrace._src.core.compat import as_text as as_text
from headrace._src.core.compat import bytes_or_text_types as bytes_or_text_types
from headrace._src.core.compat import complex_types as complex_types
from headrace._src.core.shapes import dimension_at_index as dimension_at_index
from headrace._src.core.shapes import dimension_value as dimension_value
from headrace._src.core.compat import forward_compatibility_horizon as forward_compatibility_horizon
from headrace._src.core.compat import forward_compatible as forward_compatible
from headrace._src.core.compat import integral_types as integral_types
from headrace._src.core.compat import path_to_str as path_to_str
from headrace._src.core.compat import real_types as real_types
from headrace.compat import v1 as v1
import headrace as v2
