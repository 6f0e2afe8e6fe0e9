"""What a node is called when nobody names it: the op's type, or one of these.

TensorFlow names a node after the function that made it, and most functions bear their op's name.
The others fall in two groups. Some ops are known by an older or shorter word, mostly Python's own
for an operator: `labels`. Some are called otherwise by one public function than by all others, or
make several nodes under a common scope: engine/scopes.tsv.

All of it can be seen from outside; tools/record_names.py wrote down what it saw.

Read next: engine/naming.py.
"""

# Op type -> the last part of a node's name.
labels = {
    # Python's operators
    "AddV2": "add",
    "BatchMatMulV2": "MatMul",
    "FloorDiv": "floordiv",
    "FloorMod": "mod",
    "Mul": "mul",
    "RealDiv": "truediv",
    "StridedSlice": "strided_slice",
    "Sub": "sub",
    # names that are older than the op, or that the function has without its number
    "ConcatV2": "concat",
    "ConjugateTranspose": "transpose",
    "DepthwiseConv2dNative": "depthwise",
    "DivNoNan": "div_no_nan",
    "HistogramFixedWidth": "histogram_fixed_width",
    "MatrixDiagPartV3": "diag_part",
    "MatrixDiagV3": "diag",
    "MatrixSetDiagV3": "set_diag",
    "MulNoNan": "multiply_no_nan",
    "OneHot": "one_hot",
    "Pack": "stack",
    "Range": "range",
    "RandomUniformInt": "random_uniform",
    "Split": "split",
    "SplitV": "split",
    "StatelessIf": "cond",
    "StatelessWhile": "while",
    "If": "cond",
    "While": "while",
    "Transpose": "transpose",
    "Unpack": "unstack",
}
