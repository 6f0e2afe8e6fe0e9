from headrace._src.core.dtypes import float32 as FLOAT
from headrace._src.core.dtypes import float16 as FLOAT16
from headrace._src.core.dtypes import int16 as INT16
from headrace._src.core.dtypes import int32 as INT32
from headrace._src.core.dtypes import int64 as INT64
from headrace._src.core.dtypes import int8 as INT8
from headrace._src.core.dtypes import uint8 as QUANTIZED_UINT8
from headrace._src.core.dtypes import string as STRING
