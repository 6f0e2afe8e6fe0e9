from headrace._src.ops.constant import eye as eye
from headrace._src.ops.clip import global_norm as global_norm
