from headrace._src.core.nest_paths import flatten_up_to as flatten_up_to
from headrace._src.core.nest_paths import get_traverse_shallow_structure as get_traverse_shallow_structure
from headrace._src.core.nest_kinds import is_attrs as is_attrs
from headrace._src.core.nest_kinds import is_mapping as is_mapping
from headrace._src.core.nest_kinds import list_to_tuple as list_to_tuple
from headrace._src.core.nest_paths import map_structure_up_to as map_structure_up_to
from headrace._src.core.nest_kinds import sequence_like as sequence_like
from headrace._src.core.nest_paths import yield_flat_paths as yield_flat_paths
