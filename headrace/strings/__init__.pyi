from headrace._src.ops.substr import substr as substr
