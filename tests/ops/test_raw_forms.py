"""Forms: ops that `tf.raw_ops` has as compositions. Expected values are TensorFlow 2.21's."""

import numpy as np
import pytest

import headrace as tf
from headrace._src.engine.op import registry
from headrace._src.engine.opdef import names
from headrace._src.ops.forms import forms

raw = tf.raw_ops
Invalid = tf.errors.InvalidArgumentError
IMAGES = np.arange(24, dtype=np.float32).reshape(1, 2, 4, 3) % 7
NAMES = [name for name in dir(raw) if name in forms]
EMPTY = np.zeros(0, np.float32)
NORM = {"x": IMAGES, "scale": [1.0, 2.0, 3.0], "offset": [0.0, 1.0, 2.0]}
HALVES = np.float32([[[0, 1], [2, 3]], [[4, 5], [6, 7]]])


def test_they_are_ops_of_the_registry_and_no_blocks():
    listed = dir(raw)
    assert forms and set(forms) <= names() and not set(forms) & set(registry)
    assert set(forms) <= set(listed) and listed == sorted(set(listed))


@pytest.mark.parametrize("name", NAMES)
def test_arguments_are_the_registrys(name):
    form = forms[name]
    assert list(form.signature.parameters) == [*form.inputs, *form.attributes, "name"]
    assert set(form.attributes) <= set(form.definition.attrs)
    function = getattr(raw, form.name)
    assert function.__name__ == form.name and function.__doc__
    with pytest.raises(TypeError, match="only takes keyword args"):
        function(1)
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'zz'"):
        function(zz=1)
    if form.inputs:
        with pytest.raises(TypeError, match=r"missing \d+ required positional argument"):
            function()


VALUES = [
    ("LinSpace", {"start": 1.0, "stop": 2.0, "num": 3}, [1.0, 1.5, 2.0]),
    ("Concat", {"concat_dim": 1, "values": [[[1]], [[2]]]}, [[1, 2]]),
    ("Gather", {"params": [1.0, 2.0, 3.0], "indices": [2, 0]}, [3.0, 1.0]),
    ("Snapshot", {"input": [1.0]}, [1.0]),
    ("DeepCopy", {"x": [1.0]}, [1.0]),
    ("GuaranteeConst", {"input": [1.0]}, [1.0]),
    (
        "ScatterNdNonAliasingAdd",
        {"input": [1.0, 2.0], "indices": [[1]], "updates": [5.0]},
        [1.0, 7.0],
    ),
    ("InTopK", {"predictions": [[0.1, 0.9]], "targets": [0], "k": 1}, [False]),
    ("Inv", {"x": [2.0, 4.0]}, [0.5, 0.25]),
    ("InvGrad", {"y": [2.0], "dy": [3.0]}, [-12.0]),
    ("Div", {"x": [-7, 7], "y": [2, 2]}, [-3, 3]),
    ("Div", {"x": [7.0], "y": [2.0]}, [3.5]),
    ("Mod", {"x": [-7, 7], "y": [2, 4]}, [-1, 3]),
    ("Mod", {"x": [-7.5], "y": [2.0]}, [-1.5]),
    ("Bincount", {"arr": [1, 1, 3, 9], "size": 4, "weights": EMPTY}, [0.0, 2.0, 0.0, 1.0]),
    (
        "Bincount",
        {"arr": [[1, 1], [3, 9]], "size": 4, "weights": [[1.0, 2.0], [3.0, 4.0]]},
        [0.0, 3.0, 0.0, 3.0],
    ),
    ("BiasAddV1", {"value": [[1.0, 2.0]], "bias": [1.0, 2.0]}, [[2.0, 4.0]]),
    ("CheckNumericsV2", {"tensor": [1.0], "message": "m"}, [1.0]),
    (
        "BatchMatMul",
        {"x": HALVES, "y": HALVES, "adj_x": True},
        [[[4.0, 6.0], [6.0, 10.0]], [[52.0, 62.0], [62.0, 74.0]]],
    ),
    ("MatrixDiag", {"diagonal": [1, 2]}, [[1, 0], [0, 2]]),
    (
        "MatrixDiagV2",
        {
            "diagonal": [[1, 2], [3, 0]],
            "k": [-1, 0],
            "num_rows": -1,
            "num_cols": -1,
            "padding_value": 9,
        },
        [[1, 9], [3, 2]],
    ),
    ("MatrixDiagPart", {"input": [[1, 2, 3], [3, 4, 5]]}, [1, 4]),
    ("MatrixSetDiag", {"input": [[1, 2], [3, 4]], "diagonal": [8, 9]}, [[8, 2], [3, 9]]),
    ("MatrixSetDiagV2", {"input": [[1, 2], [3, 4]], "diagonal": [9], "k": 1}, [[1, 9], [3, 4]]),
    (
        "MatrixSolveLs",
        {
            "matrix": [[1.0, 2.0], [3.0, 5.0], [1.0, 0.0]],
            "rhs": [[1.0], [2.0], [3.0]],
            "l2_regularizer": 0.1,
        },
        [[2.5581], [-1.082]],
    ),
]


@pytest.mark.parametrize(("name", "given", "wanted"), VALUES)
def test_values(name, given, wanted):
    function = getattr(raw, name)
    np.testing.assert_allclose(function(**given).numpy(), wanted, atol=1e-4)
    np.testing.assert_allclose(tf.function(lambda: function(**given))().numpy(), wanted, atol=1e-4)


def test_lists_and_images():
    assert [t.numpy().tolist() for t in raw.IdentityN(input=[[1], [2.5]])] == [[1], [2.5]]
    blocks = raw.SpaceToBatch(input=IMAGES, paddings=[[0, 0], [0, 0]], block_size=2)
    assert blocks.shape == (4, 1, 2, 3)
    back = raw.BatchToSpace(input=blocks, crops=[[0, 0], [0, 0]], block_size=2)
    np.testing.assert_array_equal(back.numpy(), IMAGES)
    assert raw.Empty(shape=[2], dtype=tf.float32, init=True).numpy().tolist() == [0.0, 0.0]


ERRORS = [
    ("LinSpace", {"start": 1, "stop": 2, "num": 3}, "attr 'T' of int32 is not in the list"),
    ("LinSpace", {"start": 1.0, "stop": 2.0, "num": 0}, "Requires num > 0: 0"),
    ("LinSpace", {"start": [1.0], "stop": [2.0], "num": 3}, "must be a scalar"),
    ("Gather", {"params": [1.0], "indices": [1.0]}, "attr 'Tindices' of float"),
    ("Gather", {"params": [1.0], "indices": [7]}, "7 is not in"),
    ("SpaceToBatch", {"input": IMAGES, "paddings": [[0, 0]] * 2, "block_size": 1}, "minimum 2"),
    ("Div", {"x": [1], "y": [0]}, "Integer division by zero"),
    ("Mod", {"x": [1], "y": [0]}, "Integer division by zero"),
    ("Bincount", {"arr": [-1], "size": 4, "weights": [1.0]}, "must be non-negative"),
    ("Inv", {"x": ["a"]}, "attr 'T' of string"),
    ("CheckNumericsV2", {"tensor": [np.inf], "message": "m"}, "m"),
    ("BatchMatMul", {"x": HALVES, "y": HALVES[:1]}, "batches differ"),
    ("FusedBatchNorm", {**NORM, "mean": EMPTY, "variance": EMPTY, "x": [1.0]}, "4-dimensional"),
    ("FusedBatchNorm", {**NORM, "mean": EMPTY, "variance": EMPTY, "scale": [1.0]}, "scale"),
    ("StatelessRandomUniform", {"shape": [3], "seed": [1, 2], "dtype": tf.int32}, "attr 'dtype'"),
    ("Assert", {"condition": False, "data": ["a", [1, 2]]}, "a"),
]


@pytest.mark.parametrize(("name", "given", "match"), ERRORS)
def test_errors(name, given, match):
    with pytest.raises(Invalid, match=match):
        getattr(raw, name)(**given)


def test_lists_are_wanted():
    with pytest.raises(TypeError, match="Expected list for 'input' argument to 'identity_n' Op"):
        raw.IdentityN(input=3)


def test_random_numbers_are_those_of_the_public_functions():
    for name, public in (
        ("StatelessRandomUniform", tf.random.stateless_uniform),
        ("StatelessRandomNormal", tf.random.stateless_normal),
        ("StatelessTruncatedNormal", tf.random.stateless_truncated_normal),
    ):
        found = getattr(raw, name)(shape=[3], seed=[1, 2], dtype=tf.float64)
        np.testing.assert_array_equal(found, public([3], [1, 2], dtype=tf.float64))
    found = raw.StatelessRandomUniformInt(shape=[3], seed=[1, 2], minval=0, maxval=100)
    assert found.dtype is tf.int32
    np.testing.assert_array_equal(found, tf.random.stateless_uniform([3], [1, 2], 0, 100, tf.int32))
    assert raw.StatelessRandomUniformFullInt(shape=[3], seed=[1, 2]).dtype is tf.uint64


# ---- batch normalization -------------------------------------------------------------------------


def test_batch_norm_in_training():
    found = raw.FusedBatchNormV3(mean=EMPTY, variance=EMPTY, **NORM)
    assert found._fields[-1] == "reserve_space_3"
    np.testing.assert_allclose(found.y[0, 0, 0], [-1.2396, -0.7638, 0.6183], atol=1e-4)
    np.testing.assert_allclose(found.batch_mean, [2.625, 2.75, 2.875])
    np.testing.assert_allclose(found.batch_variance, [5.125, 4.5, 4.125])
    np.testing.assert_allclose(found.reserve_space_2, [4.484375, 3.9375, 3.609375])
    half = raw.FusedBatchNorm(
        mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0], exponential_avg_factor=0.5, **NORM
    )
    np.testing.assert_allclose(half.batch_mean, [1.8125, 2.375, 2.9375])
    np.testing.assert_allclose(half.batch_variance, [3.0625, 3.25, 3.5625])


def test_batch_norm_in_inference_and_channels_first():
    given = {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 2.0, 3.0]}
    last = raw.FusedBatchNormV2(is_training=False, **given, **NORM)
    np.testing.assert_allclose(last.y[0, 0, 0], [-1.0, -0.4142, 0.268], atol=1e-4)
    images = {**NORM, "x": IMAGES.transpose(0, 3, 1, 2)}
    first = raw.FusedBatchNormV2(is_training=False, data_format="NCHW", **given, **images)
    np.testing.assert_allclose(np.transpose(first.y, (0, 2, 3, 1)), last.y, atol=1e-6)


# ---- files, checks -------------------------------------------------------------------------------


def test_files_checks_and_nothing(tmp_path):
    path = str(tmp_path / "x")
    assert raw.WriteFile(filename=path, contents="abc") is None
    assert tf.io.read_file(path).numpy() == b"abc"
    one, two = raw.DecodeCSV(records=["1,2.5"], record_defaults=[[0], [1.0]])
    assert (one.numpy().tolist(), two.numpy().tolist()) == ([1], [2.5])
    (only,) = raw.DecodeCSV(records=["1,2.5"], record_defaults=[[1.0]], select_cols=[1])
    assert only.numpy().tolist() == [2.5]
    assert raw.NoOp() is None and raw.Assert(condition=True, data=["a"]) is None
    assert raw.Timestamp().dtype is tf.float64


# ---- variables -----------------------------------------------------------------------------------


def test_reading():
    v = tf.Variable([1.0, 2.0, 3.0])
    assert raw.ReadVariableOp(resource=v.handle, dtype=tf.float32).numpy().tolist() == [1, 2, 3]
    found = raw.ResourceGather(resource=v.handle, indices=[2, 0], dtype=tf.float32)
    assert found.numpy().tolist() == [3, 1]
    found = raw.ResourceGatherNd(resource=v.handle, indices=[[2]], dtype=tf.float32)
    assert found.numpy().tolist() == [3]
    assert raw.VariableShape(input=v.handle).numpy().tolist() == [3]
    assert raw.VarIsInitializedOp(resource=v.handle).numpy()
    with pytest.raises(Invalid, match=r"wrong dtype\. Expected float got int32"):
        raw.ReadVariableOp(resource=v.handle, dtype=tf.int32)
    with pytest.raises(TypeError, match="Cannot convert 3 to EagerTensor of dtype resource"):
        raw.ReadVariableOp(resource=3, dtype=tf.int32)
    with pytest.raises(Invalid, match="expected to be a resource tensor but is a float tensor"):
        raw.ReadVariableOp(resource=tf.constant(1.0), dtype=tf.float32)


def test_a_tape_hears_of_a_read():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = 3.0 * raw.ReadVariableOp(resource=v.handle, dtype=tf.float32)
    assert tape.gradient(y, v).numpy().tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("AssignVariableOp", [4.0, 5.0, 6.0]),
        ("AssignAddVariableOp", [5.0, 7.0, 9.0]),
        ("AssignSubVariableOp", [-3.0, -3.0, -3.0]),
    ],
)
def test_assigning(name, wanted):
    v = tf.Variable([1.0, 2.0, 3.0])
    assert getattr(raw, name)(resource=v.handle, value=[4.0, 5.0, 6.0]) is None
    assert v.numpy().tolist() == wanted
    with pytest.raises(Invalid, match="wrong dtype"):
        getattr(raw, name)(resource=v.handle, value=[4, 5, 6])


def test_assigning_another_shape():
    v = tf.Variable([1.0, 2.0, 3.0])
    with pytest.raises(Invalid, match="wrong shape"):
        raw.AssignVariableOp(resource=v.handle, value=[1.0], validate_shape=True)
    with pytest.raises(NotImplementedError, match=r"shape=tf.TensorShape\(None\)"):
        raw.AssignVariableOp(resource=v.handle, value=[1.0])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Add", [6.0, 2.0, 7.0]),
        ("Sub", [-4.0, 2.0, -1.0]),
        ("Mul", [5.0, 2.0, 12.0]),
        ("Div", [0.2, 2.0, 0.75]),
        ("Min", [1.0, 2.0, 3.0]),
        ("Max", [5.0, 2.0, 4.0]),
        ("Update", [5.0, 2.0, 4.0]),
    ],
)
def test_scattering(name, wanted):
    function = getattr(raw, f"ResourceScatter{name}")
    v = tf.Variable([1.0, 2.0, 3.0])
    assert function(resource=v.handle, indices=[2, 0], updates=[4.0, 5.0]) is None
    np.testing.assert_allclose(v.numpy(), wanted)
    with pytest.raises(Invalid, match="7"):
        function(resource=v.handle, indices=[7], updates=[4.0])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Add", [1.5, 2.0, 7.0]),
        ("Sub", [0.5, 2.0, -1.0]),
        ("Min", [0.5, 2.0, 3.0]),
        ("Max", [1.0, 2.0, 4.0]),
        ("Update", [0.5, 2.0, 4.0]),
    ],
)
def test_scattering_by_positions(name, wanted):
    function = getattr(raw, f"ResourceScatterNd{name}")
    v = tf.Variable([1.0, 2.0, 3.0])
    assert function(ref=v.handle, indices=[[2], [0]], updates=[4.0, 0.5]) is None
    np.testing.assert_allclose(v.numpy(), wanted)
    with pytest.raises(Invalid, match="7"):
        function(ref=v.handle, indices=[[7]], updates=[4.0])
    with pytest.raises(Invalid, match="wrong dtype"):
        function(ref=v.handle, indices=[[1]], updates=[4])
    with pytest.raises(NotImplementedError, match="bad_indices_policy"):
        function(ref=v.handle, indices=[[1]], updates=[4.0], bad_indices_policy="IGNORE")


# For each op its slots (all begin as [1, 2, 3]), its numbers, and how all variables end.
STEPS = [
    ("ResourceApplyGradientDescent", ["var"], {"alpha": 0.1}, [[0.99, 1.98, 2.97]]),
    (
        "ResourceApplyMomentum",
        ["var", "accum"],
        {"lr": 0.1, "momentum": 0.9},
        [[0.9, 1.8, 2.7], [1.0, 2.0, 3.0]],
    ),
    (
        "ResourceApplyMomentum",
        ["var", "accum"],
        {"lr": 0.1, "momentum": 0.9, "use_nesterov": True},
        [[0.9, 1.8, 2.7], [1.0, 2.0, 3.0]],
    ),
    (
        "ResourceApplyKerasMomentum",
        ["var", "accum"],
        {"lr": 0.1, "momentum": 0.9},
        [[1.89, 3.78, 5.67], [0.89, 1.78, 2.67]],
    ),
    (
        "ResourceApplyKerasMomentum",
        ["var", "accum"],
        {"lr": 0.1, "momentum": 0.9, "use_nesterov": True},
        [[1.791, 3.582, 5.373], [0.89, 1.78, 2.67]],
    ),
    (
        "ResourceApplyAdam",
        ["var", "m", "v"],
        {
            "beta1_power": 0.9,
            "beta2_power": 0.99,
            "lr": 0.1,
            "beta1": 0.9,
            "beta2": 0.99,
            "epsilon": 1e-07,
        },
        [[0.9085, 1.8707, 2.8416], [0.91, 1.82, 2.73], [0.9901, 1.9804, 2.9709]],
    ),
    (
        "ResourceApplyAdam",
        ["var", "m", "v"],
        {
            "beta1_power": 0.9,
            "beta2_power": 0.99,
            "lr": 0.1,
            "beta1": 0.9,
            "beta2": 0.99,
            "epsilon": 1e-07,
            "use_nesterov": True,
        },
        [[0.9167, 1.8822, 2.8557], [0.91, 1.82, 2.73], [0.9901, 1.9804, 2.9709]],
    ),
    (
        "ResourceApplyAdaMax",
        ["var", "m", "v"],
        {"beta1_power": 0.9, "lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-07},
        [[0.0808, 1.0808, 2.0808], [0.91, 1.82, 2.73], [0.99, 1.98, 2.97]],
    ),
    (
        "ResourceApplyAdagradV2",
        ["var", "accum"],
        {"lr": 0.1, "epsilon": 1e-07},
        [[0.99, 1.986, 2.9829], [1.01, 2.04, 3.09]],
    ),
    (
        "ResourceApplyAdagradV2",
        ["var", "accum"],
        {"lr": 0.1, "epsilon": 1e-07, "update_slots": False},
        [[0.99, 1.9859, 2.9827], [1.0, 2.0, 3.0]],
    ),
    (
        "ResourceApplyRMSProp",
        ["var", "ms", "mom"],
        {"lr": 0.1, "rho": 0.9, "momentum": 0.5, "epsilon": 1e-07},
        [[0.4895, 0.9851, 1.4818], [0.901, 1.804, 2.709], [0.5105, 1.0149, 1.5182]],
    ),
]


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize(("name", "slots", "numbers", "wanted"), STEPS)
def test_optimizers(name, slots, numbers, wanted, in_graph):
    variables = {slot: tf.Variable([1.0, 2.0, 3.0]) for slot in slots}
    key = "delta" if name.endswith("GradientDescent") else "grad"

    def step(gradient, **changed):
        handles = {slot: v.handle for slot, v in variables.items()}
        getattr(raw, name)(**{**handles, **numbers, key: gradient, **changed})

    (tf.function(step) if in_graph else step)(tf.constant([0.1, 0.2, 0.3]))
    for variable, value in zip(variables.values(), wanted, strict=True):
        np.testing.assert_allclose(variable.numpy(), value, atol=1e-4)
    first = next(iter(numbers))
    with pytest.raises(Invalid, match=f"{first} is not a scalar"):
        step([0.1, 0.2, 0.3], **{first: [0.1]})
    with pytest.raises(Invalid, match="do not have the same shape"):
        step([0.1])
