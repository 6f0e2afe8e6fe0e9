"""The ops that real programs use most, on a million elements, eagerly and compiled.

One idea: one line a row, with the same computation in the words of each library. Headrace and
TensorFlow run theirs twice, at once and under `tf.function`; PyTorch and NumPy have one way. A row
is slow where the best of the others needs much less than Headrace, which
`python benchmarks/most_used.py RATIO < TABLE` picks out of a table.

Read next: `large_arrays.py`, which does this for a few ops in more libraries.
"""

import re
import sys
from functools import cache

import numpy as np
from worker import Statement, load

# name: TensorFlow's words, PyTorch's, NumPy's. x, y: [1000, 1000] in (-1, 1); p: the same, above 0;
# v: a vector of 1M; i: 1M integers in [0, 1000), s: the same sorted; b: [1000, 1000] booleans;
# n: [1000, 1000] integers; t: [64, 128, 128]; g: images [4, 288, 288, 3]; k: 100 rows; c: complex.
OPS = {
    "cast": ("tf.cast(x, tf.float64)", "x.double()", "x.astype('d')"),
    "cast int32": ("tf.cast(n, tf.float32)", "n.float()", "n.astype('f')"),
    "reshape": ("tf.reshape(x, [-1])", "x.reshape(-1)", "x.reshape(-1)"),
    "expand_dims": ("tf.expand_dims(x, 0)", "x.unsqueeze(0)", "x[None]"),
    "concat": ("tf.concat([x, y], 1)", "torch.cat([x, y], 1)", "np.concatenate([x, y], 1)"),
    "where": ("tf.where(b, x, y)", "torch.where(b, x, y)", "np.where(b, x, y)"),
    "where indices": ("tf.where(b)", "torch.nonzero(b)", "np.argwhere(b)"),
    "reduce_sum": ("tf.reduce_sum(x)", "x.sum()", "x.sum()"),
    "reduce_sum rows": ("tf.reduce_sum(x, 1)", "x.sum(1)", "x.sum(1)"),
    "reduce_sum columns": ("tf.reduce_sum(x, 0)", "x.sum(0)", "x.sum(0)"),
    "transpose": ("tf.transpose(x)", "x.T.contiguous()", "np.ascontiguousarray(x.T)"),
    "transpose 3-D": (
        "tf.transpose(t, [0, 2, 1])",
        "t.permute(0, 2, 1).contiguous()",
        "np.ascontiguousarray(t.transpose(0, 2, 1))",
    ),
    "reduce_mean": ("tf.reduce_mean(x, 1)", "x.mean(1)", "x.mean(1)"),
    "gather rows": ("tf.gather(x, k)", "x[k]", "x[k]"),
    "gather": ("tf.gather(v, i)", "v[i]", "v[i]"),
    "zeros": ("tf.zeros([1000, 1000])", "torch.zeros(1000, 1000)", "np.zeros((1000, 1000), 'f')"),
    "range": ("tf.range(1000000)", "torch.arange(1000000)", "np.arange(1000000, dtype='i')"),
    "stack": ("tf.stack([x, y])", "torch.stack([x, y])", "np.stack([x, y])"),
    "squeeze": ("tf.squeeze(x)", "x.squeeze()", "x.squeeze()"),
    "matmul": ("tf.matmul(x, y)", "x @ y", "x @ y"),
    "matmul batched": ("tf.matmul(t, t)", "t @ t", "t @ t"),
    "matvec": ("tf.linalg.matvec(x, x[0])", "x @ x[0]", "x @ x[0]"),
    "log": ("tf.math.log(p)", "p.log()", "np.log(p)"),
    "ones": ("tf.ones([1000, 1000])", "torch.ones(1000, 1000)", "np.ones((1000, 1000), 'f')"),
    "zeros_like": ("tf.zeros_like(x)", "torch.zeros_like(x)", "np.zeros_like(x)"),
    "tile": ("tf.tile(x, [2, 1])", "x.repeat(2, 1)", "np.tile(x, [2, 1])"),
    "equal": ("tf.equal(x, y)", "x == y", "x == y"),
    "maximum": ("tf.maximum(x, y)", "torch.maximum(x, y)", "np.maximum(x, y)"),
    "minimum": ("tf.minimum(x, y)", "torch.minimum(x, y)", "np.minimum(x, y)"),
    "exp": ("tf.exp(x)", "x.exp()", "np.exp(x)"),
    "sqrt": ("tf.sqrt(p)", "p.sqrt()", "np.sqrt(p)"),
    "abs": ("tf.abs(x)", "x.abs()", "np.abs(x)"),
    "square": ("tf.square(x)", "x.square()", "np.square(x)"),
    "add": ("tf.add(x, y)", "x + y", "x + y"),
    "add a row": ("tf.add(x, y[0])", "x + y[0]", "x + y[0]"),
    "multiply": ("tf.multiply(x, y)", "x * y", "x * y"),
    "divide": ("tf.divide(x, p)", "x / p", "x / p"),
    "subtract": ("tf.subtract(x, y)", "x - y", "x - y"),
    "add_n": ("tf.add_n([x, y, p])", "x + y + p", "x + y + p"),
    "reduce_max": ("tf.reduce_max(x)", "x.max()", "x.max()"),
    "reduce_max rows": ("tf.reduce_max(x, 1)", "x.amax(1)", "x.max(1)"),
    "reduce_min": ("tf.reduce_min(x)", "x.min()", "x.min()"),
    "reduce_prod": ("tf.reduce_prod(p, 1)", "p.prod(1)", "p.prod(1)"),
    "reduce_all": ("tf.reduce_all(b, 1)", "b.all(1)", "b.all(1)"),
    "reduce_any": ("tf.reduce_any(b, 1)", "b.any(1)", "b.any(1)"),
    "split": (
        "tf.split(x, 4, 1)",
        "[part.contiguous() for part in x.split(250, 1)]",
        "[part.copy() for part in np.split(x, 4, 1)]",
    ),
    "relu": ("tf.nn.relu(x)", "x.relu()", "np.maximum(x, 0)"),
    "broadcast_to": (
        "tf.broadcast_to(v, [2, 1000000])",
        "v.expand(2, 1000000).contiguous()",
        "np.broadcast_to(v, (2, 1000000)).copy()",
    ),
    "clip_by_value": ("tf.clip_by_value(x, -.5, .5)", "x.clamp(-.5, .5)", "np.clip(x, -.5, .5)"),
    "fill": (
        "tf.fill([1000, 1000], 2.)",
        "torch.full([1000, 1000], 2.)",
        "np.full([1000, 1000], 2., 'f')",
    ),
    "one_hot": (
        "tf.one_hot(k, 10000)",
        "torch.nn.functional.one_hot(k, 10000).float()",
        "(np.arange(10000) == k[:, None]).astype('f')",
    ),
    "argmax": ("tf.argmax(x, 1)", "x.argmax(1)", "x.argmax(1)"),
    "argmin": ("tf.argmin(x, 0)", "x.argmin(0)", "x.argmin(0)"),
    "softmax": ("tf.nn.softmax(x)", "x.softmax(-1)", ""),
    "log_softmax": ("tf.nn.log_softmax(x)", "x.log_softmax(-1)", ""),
    "einsum": (
        "tf.einsum('bij,bkj->bik', t, t)",
        "torch.einsum('bij,bkj->bik', t, t)",
        "np.einsum('bij,bkj->bik', t, t, optimize=True)",
    ),
    "einsum contraction": (
        "tf.einsum('bij,ij->b', t, t[0])",
        "torch.einsum('bij,ij->b', t, t[0])",
        "np.einsum('bij,ij->b', t, t[0], optimize=True)",
    ),
    "tensordot": (
        "tf.tensordot(t, t[0], 1)",
        "torch.tensordot(t, t[0], 1)",
        "np.tensordot(t, t[0], 1)",
    ),
    "pad": (
        "tf.pad(x, [[1, 1], [1, 1]])",
        "torch.nn.functional.pad(x, (1, 1, 1, 1))",
        "np.pad(x, 1)",
    ),
    "sigmoid": ("tf.sigmoid(x)", "x.sigmoid()", "1 / (1 + np.exp(-x))"),
    "tanh": ("tf.tanh(x)", "x.tanh()", "np.tanh(x)"),
    "softplus": ("tf.math.softplus(x)", "torch.nn.functional.softplus(x)", ""),
    "silu": ("tf.nn.silu(x)", "torch.nn.functional.silu(x)", ""),
    "gelu": ("tf.nn.gelu(x)", "torch.nn.functional.gelu(x)", ""),
    "leaky_relu": ("tf.nn.leaky_relu(x)", "torch.nn.functional.leaky_relu(x, 0.2)", ""),
    "pow": ("tf.pow(p, x)", "p.pow(x)", "np.power(p, x)"),
    "gather_nd": ("tf.gather_nd(x, q)", "x[q[:, 0], q[:, 1]]", "x[q[:, 0], q[:, 1]]"),
    "unstack": ("tf.unstack(x[:8])", "x[:8].unbind()", "list(x[:8])"),
    "boolean_mask": ("tf.boolean_mask(x, b)", "x[b]", "x[b]"),
    "greater": ("tf.greater(x, y)", "x > y", "x > y"),
    "logical_and": ("tf.logical_and(b, b)", "b & b", "b & b"),
    "logical_not": ("tf.logical_not(b)", "~b", "~b"),
    "resize": (
        "tf.image.resize(g, [144, 144])",
        "torch.nn.functional.interpolate(h, (144, 144), mode='bilinear')",
        "",
    ),
    "sin": ("tf.sin(x)", "x.sin()", "np.sin(x)"),
    "cos": ("tf.cos(x)", "x.cos()", "np.cos(x)"),
    "repeat": ("tf.repeat(x, 2, 1)", "x.repeat_interleave(2, 1)", "x.repeat(2, 1)"),
    "divide_no_nan": ("tf.math.divide_no_nan(x, p)", "", ""),
    "eye": ("tf.eye(1000)", "torch.eye(1000)", "np.eye(1000, dtype='f')"),
    "cumsum": ("tf.cumsum(x, 1)", "x.cumsum(1)", "x.cumsum(1)"),
    "cumsum columns": ("tf.cumsum(x, 0)", "x.cumsum(0)", "x.cumsum(0)"),
    "cumsum vector": ("tf.cumsum(v)", "v.cumsum(0)", "v.cumsum(0)"),
    "norm": ("tf.norm(x, axis=1)", "x.norm(dim=1)", "np.linalg.norm(x, axis=1)"),
    "slice": (
        "tf.slice(x, [1, 1], [900, 900])",
        "x[1:901, 1:901].clone()",
        "x[1:901, 1:901].copy()",
    ),
    "x[::2, 1:]": ("x[::2, 1:]", "x[::2, 1:].clone()", "x[::2, 1:].copy()"),
    "floor": ("tf.floor(x)", "x.floor()", "np.floor(x)"),
    "round": ("tf.round(x)", "x.round()", "np.rint(x)"),
    "sign": ("tf.sign(x)", "x.sign()", "np.sign(x)"),
    "log1p": ("tf.math.log1p(p)", "p.log1p()", "np.log1p(p)"),
    "expm1": ("tf.math.expm1(x)", "x.expm1()", "np.expm1(x)"),
    "rsqrt": ("tf.math.rsqrt(p)", "p.rsqrt()", "1 / np.sqrt(p)"),
    "is_nan": ("tf.math.is_nan(x)", "x.isnan()", "np.isnan(x)"),
    "floormod": ("tf.math.floormod(n, 7)", "n % 7", "n % np.int32(7)"),
    "floordiv": ("n // 7", "n // 7", "n // np.int32(7)"),
    "lgamma": ("tf.math.lgamma(p)", "p.lgamma()", ""),
    "erf": ("tf.math.erf(x)", "x.erf()", ""),
    "tensor_scatter_nd_update": (
        "tf.tensor_scatter_nd_update(x, k[:, None], y[:100])",
        "x.index_copy(0, k, y[:100])",
        "",
    ),
    "scatter_nd": (
        "tf.scatter_nd(i[:, None], v, [1000])",
        "torch.zeros(1000).index_add(0, i, v)",
        "np.bincount(i, v, 1000).astype('f')",
    ),
    "segment_sum": ("tf.math.segment_sum(v, s)", "torch.zeros(1000).index_add(0, s, v)", ""),
    "unsorted_segment_sum": (
        "tf.math.unsorted_segment_sum(v, i, 1000)",
        "torch.zeros(1000).index_add(0, i, v)",
        "np.bincount(i, v, 1000).astype('f')",
    ),
    "unsorted_segment_sum rows": (
        "tf.math.unsorted_segment_sum(x, s[::1000], 1000)",
        "torch.zeros(1000, 1000).index_add(0, s[::1000], x)",
        "",
    ),
    "bincount": (
        "tf.math.bincount(i)",
        "torch.bincount(i)",
        "np.bincount(i)",
    ),
    "top_k": ("tf.math.top_k(x, 10)", "x.topk(10)", ""),
    "top_k vector": ("tf.math.top_k(v, 10)", "v.topk(10)", ""),
    "sort": ("tf.sort(v)", "v.sort()[0]", "np.sort(v)"),
    "sort rows": ("tf.sort(x)", "x.sort()[0]", "np.sort(x)"),
    "argsort": ("tf.argsort(v)", "v.argsort()", "np.argsort(v)"),
    "argsort rows": ("tf.argsort(x)", "x.argsort()", "np.argsort(x)"),
    "unique": ("tf.unique(i)", "torch.unique(i)", "np.unique(i)"),
    "searchsorted": (
        "tf.searchsorted(w, v)",
        "torch.searchsorted(w, v)",
        "np.searchsorted(w, v)",
    ),
    "linspace": (
        "tf.linspace(0., 1., 1000000)",
        "torch.linspace(0, 1, 1000000)",
        "np.linspace(0, 1, 1000000, dtype='f')",
    ),
    "meshgrid": (
        "tf.meshgrid(x[0], x[1])",
        "[grid.contiguous() for grid in torch.meshgrid(x[0], x[1], indexing='xy')]",
        "np.meshgrid(x[0], x[1])",
    ),
    "diag_part": ("tf.linalg.diag_part(x)", "x.diagonal().clone()", "x.diagonal().copy()"),
    "diag": ("tf.linalg.diag(x[0])", "x[0].diag()", "np.diag(x[0])"),
    "band_part": ("tf.linalg.band_part(x, -1, 0)", "x.tril()", "np.tril(x)"),
    "cholesky": (
        "tf.linalg.cholesky(a)",
        "torch.linalg.cholesky(a)",
        "np.linalg.cholesky(a)",
    ),
    "triangular_solve": (
        "tf.linalg.triangular_solve(a, x)",
        "torch.linalg.solve_triangular(a, x, upper=False)",
        "",
    ),
    "reduce_logsumexp": ("tf.reduce_logsumexp(x, 1)", "x.logsumexp(1)", ""),
    "sequence_mask": (
        "tf.sequence_mask(k * 10, 10000)",
        "torch.arange(10000) < (k * 10)[:, None]",
        "np.arange(10000) < (k * 10)[:, None]",
    ),
    "l2_normalize": ("tf.math.l2_normalize(x, 1)", "torch.nn.functional.normalize(x)", ""),
    "bias_add": ("tf.nn.bias_add(x, y[0])", "x + y[0]", "x + y[0]"),
    "reverse": ("tf.reverse(x, [1])", "x.flip(1)", "x[:, ::-1].copy()"),
    "roll": ("tf.roll(x, 3, 1)", "x.roll(3, 1)", "np.roll(x, 3, 1)"),
    "count_nonzero": ("tf.math.count_nonzero(x)", "x.count_nonzero()", "np.count_nonzero(x)"),
    "moments": ("tf.nn.moments(x, 1)", "torch.var_mean(x, 1, correction=0)", ""),
    "layer norm": (
        "tf.nn.batch_normalization(x, *tf.nn.moments(x, 1, keepdims=True), y[0], p[0], 1e-3)",
        "torch.nn.functional.layer_norm(x, (1000,), p[0], y[0])",
        "",
    ),
    "squared_difference": ("tf.math.squared_difference(x, y)", "(x - y).square()", ""),
    "sparse cross entropy": (
        "tf.nn.sparse_softmax_cross_entropy_with_logits(i[:1000], x)",
        "torch.nn.functional.cross_entropy(x, i[:1000], reduction='none')",
        "",
    ),
    "sigmoid cross entropy": (
        "tf.nn.sigmoid_cross_entropy_with_logits(p, x)",
        "torch.nn.functional.binary_cross_entropy_with_logits(x, p, reduction='none')",
        "",
    ),
    "convert_image_dtype": (
        "tf.image.convert_image_dtype(u, tf.float32)",
        "u.float() / 255",
        "u.astype('f') / np.float32(255)",
    ),
    "random.uniform": ("tf.random.uniform([1000, 1000])", "torch.rand(1000, 1000)", ""),
    "random.normal": ("tf.random.normal([1000, 1000])", "torch.randn(1000, 1000)", ""),
    "random.shuffle": ("tf.random.shuffle(v)", "v[torch.randperm(1000000)]", ""),
    "complex": ("tf.complex(x, y)", "torch.complex(x, y)", "x + 1j * y"),
    "real": ("tf.math.real(c)", "c.real.clone()", "c.real.copy()"),
    "fft": ("tf.signal.fft(c)", "torch.fft.fft(c)", ""),
    "rfft": ("tf.signal.rfft(x)", "torch.fft.rfft(x)", ""),
}  # fmt: skip


def rows(library):
    """The rows of one library: name -> a function that prepares the measurement."""
    column = {"torch": 1, "numpy": 2}.get(library, 0)
    module = load(library)
    name = ("tf", "torch", "np")[column]
    found = {}
    for title, words in OPS.items():
        if words[column]:
            found[title] = _row(library, module, name, words[column], False)
            found[f"{title}, compiled"] = _row(library, module, name, words[column], True)
    return dict(sorted(found.items(), key=lambda item: item[0].endswith(", compiled")))


def _row(library, module, name, words, is_compiled):
    def prepare():
        used = sorted(set(re.findall(r"\b[a-z]\b(?!')", words)) & set(_arrays()))
        function = eval(f"lambda {', '.join(used)}: {words}", {name: module})
        if is_compiled and name == "tf":
            function = module.function(function)
        tensor = {"torch": _torch_tensor, "np": np.asarray}.get(name) or module.constant
        given = {key: tensor(_arrays()[key]) for key in used}
        # TensorFlow's kernels have run when a call returns; its x[0, 0] takes 100 us.
        read = _ignore if library == "tensorflow" else _read
        return Statement(f"read(op({', '.join(used)}))", read=read, op=function, **given)

    return prepare


def _torch_tensor(array):
    import torch

    # PyTorch indexes with int64 alone.
    return torch.from_numpy(array.astype(np.int64) if array.dtype == np.int32 else array)


def _ignore(result):
    del result


def _read(result):
    """Waits until the result is there."""
    while isinstance(result, (list, tuple)):
        result = result[0]
    result = result[(0,) * len(result.shape)]
    return result.item() if hasattr(result, "item") else result.numpy()


@cache
def _arrays():
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (1000, 1000)).astype(np.float32)
    i = random.integers(0, 1000, 1000000).astype(np.int32)
    images = random.uniform(0, 1, (4, 288, 288, 3)).astype(np.float32)
    return {
        "x": x,
        "y": x[::-1].copy(),
        "p": np.abs(x) + np.float32(0.01),
        "v": x.reshape(-1).copy(),
        "w": np.sort(x[0]),
        "i": i,
        "s": np.sort(i),
        "k": i[:100].copy(),
        "q": np.stack([i[:100000], i[100000:200000]], 1),
        "b": x > 0,
        "n": i.reshape(1000, 1000).copy(),
        "t": random.uniform(-1, 1, (64, 128, 128)).astype(np.float32),
        "a": x @ x.T + 1000 * np.eye(1000, dtype=np.float32),
        "g": images,
        "h": images.transpose(0, 3, 1, 2).copy(),
        "u": (images * 255).astype(np.uint8),
        "c": (x + 1j * x[::-1]).astype(np.complex64),
    }


def slow(lines, ratio):
    """Of a table, the rows where one of the others is faster than Headrace by more than `ratio`."""
    for line in lines:
        ratios = [float(cell) for cell in re.findall(r"\| ([0-9.e+-]+)x(?= \|)", line)]
        if ratios and min(ratios) < 1 / ratio:
            yield f"{1 / min(ratios):5.2f}  {line.strip()}"


if __name__ == "__main__":
    print(*slow(sys.stdin, float(sys.argv[1])), sep="\n")
