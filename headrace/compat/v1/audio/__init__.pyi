from headrace._src.ops.audio import decode_wav as decode_wav
from headrace._src.ops.audio import encode_wav as encode_wav
