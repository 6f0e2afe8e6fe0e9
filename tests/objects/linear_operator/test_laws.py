"""What holds for every operator: it agrees with its dense matrix, which NumPy knows all about.

Each sample goes through the same laws: eagerly, inside a `tf.function` that knows no sizes, with
variables for parameters, and under a tape.

Read next: samples.py.
"""

import numpy as np
import pytest

import headrace as tf
from tests.objects.linear_operator.samples import SAMPLES, Sample


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.name)
def sample(request):
    return request.param


@pytest.fixture
def operator(sample):
    return sample.make(*sample.parameters)


def close(x, y):
    np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9)


def columns(operator, count=2, batch=()):
    n = operator.shape[-1]
    return np.random.default_rng(5).normal(size=(*batch, n, count))


def test_the_dense_matrix_is_what_its_parameters_say(sample, operator):
    if sample.dense is not None:
        close(operator.to_dense(), sample.dense)
    assert operator.to_dense().shape == operator.shape
    assert operator.shape_tensor().numpy().tolist() == operator.shape.as_list()
    assert operator.batch_shape_tensor().numpy().tolist() == operator.batch_shape.as_list()
    assert operator.domain_dimension_tensor().numpy() == operator.shape[-1]
    assert operator.tensor_rank == operator.tensor_rank_tensor().numpy() == operator.shape.rank


@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("adjoint_arg", [False, True])
def test_products(operator, adjoint, adjoint_arg):
    dense = np.asarray(operator.to_dense())
    matrix = np.swapaxes(dense, -1, -2) if adjoint else dense
    x = columns(operator)
    given = np.swapaxes(x, -1, -2) if adjoint_arg else x
    close(operator.matmul(given, adjoint=adjoint, adjoint_arg=adjoint_arg), matrix @ x)
    close(operator.matvec(x[:, 0], adjoint=adjoint), matrix @ x[:, 0])
    solution = np.linalg.solve(matrix, np.broadcast_to(x, (*dense.shape[:-2], *x.shape)))
    close(operator.solve(given, adjoint=adjoint, adjoint_arg=adjoint_arg), solution)
    close(operator.solvevec(x[:, 0], adjoint=adjoint), solution[..., 0])


def test_products_broadcast(operator):
    dense = np.asarray(operator.to_dense())
    x = columns(operator, batch=(3, *[1] * operator.batch_shape.rank))
    close(operator.matmul(x), dense @ x)
    close(operator.solve(dense @ x), np.broadcast_to(x, (dense @ x).shape))
    close(operator @ x, dense @ x)
    close(operator.add_to_tensor(dense), 2 * dense)


def test_numbers(operator):
    dense = np.asarray(operator.to_dense())
    close(operator.diag_part(), np.diagonal(dense, axis1=-2, axis2=-1))
    close(operator.trace(), np.trace(dense, axis1=-2, axis2=-1))
    close(operator.determinant(), np.linalg.det(dense))
    close(operator.log_abs_determinant(), np.linalg.slogdet(dense)[1])
    close(operator.cond(), np.linalg.cond(dense))
    if operator.is_self_adjoint:
        close(np.sort(operator.eigvals(), -1), np.linalg.eigvalsh(dense))
        operator.assert_self_adjoint()
    operator.assert_non_singular()


def test_other_operators(operator):
    dense = np.asarray(operator.to_dense())
    close(operator.H.to_dense(), np.swapaxes(dense, -1, -2))
    close(operator.inverse().to_dense(), np.linalg.inv(dense))
    close((operator @ operator).to_dense(), dense @ dense)
    close((operator.H @ operator).to_dense(), np.swapaxes(dense, -1, -2) @ dense)
    close(
        operator.solve(operator).to_dense(), np.broadcast_to(np.eye(dense.shape[-1]), dense.shape)
    )
    if operator.is_positive_definite:
        close(operator.cholesky().to_dense(), np.linalg.cholesky(dense))


def test_the_adjoint_of_the_adjoint_and_the_inverse_of_the_inverse(operator):
    close(operator.H.H.to_dense(), operator.to_dense())
    close(operator.inverse().inverse().to_dense(), operator.to_dense())


def with_unknown_shapes(sample: Sample):
    """The arguments of a `tf.function` that knows the ranks of the parameters, and no sizes."""
    return [tf.TensorSpec([None] * x.ndim, x.dtype) for x in sample.parameters]


def test_unknown_sizes(sample, operator):
    @tf.function(
        input_signature=[*with_unknown_shapes(sample), tf.TensorSpec([None, None], "float64")]
    )
    def f(*args):
        *parameters, x = args
        op = sample.make(*parameters)
        return (
            op.matmul(x),
            op.solve(x),
            op.to_dense(),
            op.trace(),
            op.log_abs_determinant(),
            op.shape_tensor(),
            op.diag_part(),
        )

    x = columns(operator)
    product, solution, dense, trace, log, shape, diag = f(*sample.parameters, x)
    close(product, operator.matmul(x))
    close(solution, operator.solve(x))
    close(dense, operator.to_dense())
    close(trace, operator.trace())
    close(log, operator.log_abs_determinant())
    close(shape, operator.shape.as_list())
    close(diag, operator.diag_part())


def test_gradients_through_variables(sample):
    variables = [tf.Variable(x) for x in sample.parameters]
    operator = sample.make(*variables)
    assert set(map(id, operator.trainable_variables)) == set(map(id, variables))
    x = tf.constant(columns(operator))

    def value():
        return tf.reduce_sum(operator.matmul(x) * 0.5 + operator.solve(x)) + tf.reduce_sum(
            operator.log_abs_determinant()
        )

    with tf.GradientTape() as tape:
        y = value()
    found = tape.gradient(y, variables)
    rng = np.random.default_rng(1)
    for variable, gradient in zip(variables, found, strict=True):
        direction = rng.normal(size=variable.shape)
        if sample.name == "positive":
            # A self-adjoint operator reads half of its matrix, and its gradient is that of both.
            direction = direction + direction.T
        step = 1e-6
        before = variable.numpy()
        variable.assign(before + step * direction)
        above = value()
        variable.assign(before - step * direction)
        below = value()
        variable.assign(before)
        np.testing.assert_allclose(
            np.sum(gradient * direction), (above - below) / (2 * step), rtol=1e-5, atol=1e-6
        )


def test_taken_apart_and_put_together(sample, operator):
    parts = tf.nest.flatten(operator, expand_composites=True)
    again = tf.nest.pack_sequence_as(operator, parts, expand_composites=True)
    assert type(again) is type(operator)
    close(again.to_dense(), operator.to_dense())
    spec = tf.type_spec_from_value(operator)
    assert spec == tf.type_spec_from_value(again)
    assert spec.value_type is type(operator)
    assert spec.is_compatible_with(again)


def test_as_arguments_and_results_of_functions(sample, operator):
    @tf.function
    def twice(op):
        return op, op.matmul(tf.eye(op.domain_dimension_tensor(), dtype="float64"))

    back, dense = twice(operator)
    close(dense, operator.to_dense())
    close(back.to_dense(), operator.to_dense())
    twice(sample.make(*[x + 0.1 for x in sample.parameters]))
    assert twice.experimental_get_tracing_count() == 1


def test_part_of_a_batch(operator):
    rank = operator.batch_shape.rank
    part = operator[tf.newaxis, ...]
    close(part.to_dense(), operator.to_dense()[tf.newaxis])
    if rank:
        close(operator[0].to_dense(), operator.to_dense()[0])
        close(operator[1:].to_dense(), operator.to_dense()[1:])
