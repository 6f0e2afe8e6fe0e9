"""Forms (ops/forms.py) of the ops that take variables, for `tf.raw_ops`.

The one idea: a variable comes as its handle, `variable.handle`, and everything else is what the
variable itself can do. The optimizers' ops (`ResourceApply...`) are formulas: new values of the
slots, then of the variable. Sources: the ops' registry names, and for Adam Kingma and Ba, 2015.

Read next: objects/variable.py, objects/scatter.py.
"""

from collections.abc import Callable
from typing import Any

from headrace._src.core import errors
from headrace._src.core.context import thread
from headrace._src.core.dtypes import int32, resource
from headrace._src.core.indexed_slices import IndexedSlices
from headrace._src.core.tensor import EagerTensor, Tensor

# `tf.raw_ops` reads its face by way of here, so that these forms are there too.
from headrace._src.objects.raw_queues import face as face
from headrace._src.objects.scatter import replace
from headrace._src.objects.scatter_rows import complaint
from headrace._src.objects.variable import ResourceHandle, Variable
from headrace._src.ops.array import shape
from headrace._src.ops.forms import form
from headrace._src.ops.gather import gather
from headrace._src.ops.math import abs, maximum, square
from headrace._src.ops.powers import sqrt


def _variable(name: str, handle: Tensor) -> Variable:
    """The variable that a handle stands for."""
    if handle.dtype is not resource:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"cannot compute {name} as input #0(zero-based) was expected to be a resource tensor "
            f"but is a {handle.dtype.kernel_name} tensor [Op:{name}] name: ",
        )
    held = handle._array[()] if isinstance(handle, EagerTensor) else None
    if not isinstance(held, ResourceHandle):
        raise NotImplementedError(
            f"tf.raw_ops.{name} takes the handle of a tf.Variable, which came as {handle!r}."
        )
    return held.variable


def _of_dtype(name: str, doing: str, variable: Variable, dtype: Any) -> None:
    if dtype is not variable.dtype:
        raise complaint(
            name,
            f"Trying to {doing} variable with wrong dtype. Expected "
            f"{variable.dtype.kernel_name} got {dtype.kernel_name}",
            None,
        )


def _done(assigned: Any) -> Any:
    """What an op without outputs answers: None, in a graph its node."""
    return None if thread.context.graph is None else assigned._assignment


# ---- reading -------------------------------------------------------------------------------------


@form("ReadVariableOp")
def _(resource: Any, dtype: Any, name: str | None = None) -> Any:
    """The value at this moment."""
    variable = _variable("ReadVariableOp", resource)
    _of_dtype("ReadVariableOp", "read", variable, dtype)
    return variable.read_value()


@form("VarIsInitializedOp")
def _(resource: Any, name: str | None = None) -> Any:
    """True: a variable is born with its value."""
    return _variable("VarIsInitializedOp", resource).is_initialized(name)


@form("VariableShape")
def _(input: Any, out_type: Any = int32, name: str | None = None) -> Any:
    """The shape of the value."""
    return shape(_variable("VariableShape", input).read_value(), out_type, name)


@form("ResourceGather")
def _(
    resource: Any,
    indices: Any,
    dtype: Any,
    batch_dims: int = 0,
    validate_indices: bool = True,
    name: str | None = None,
) -> Any:
    """Rows of the value; they are validated in any case."""
    variable = _variable("ResourceGather", resource)
    _of_dtype("ResourceGather", "read", variable, dtype)
    return gather(variable, indices, axis=batch_dims, batch_dims=batch_dims, name=name)


@form("ResourceGatherNd")
def _(resource: Any, indices: Any, dtype: Any, name: str | None = None) -> Any:
    """Elements or slices of the value."""
    variable = _variable("ResourceGatherNd", resource)
    _of_dtype("ResourceGatherNd", "read", variable, dtype)
    return variable.gather_nd(indices, name)


# ---- assigning -----------------------------------------------------------------------------------


@form("AssignVariableOp")
def _(resource: Any, value: Any, validate_shape: bool = False, name: str | None = None) -> Any:
    """`value` in place of the old one."""
    variable = _variable("AssignVariableOp", resource)
    _of_dtype("AssignVariableOp", "assign", variable, value.dtype)
    if not variable.shape.is_compatible_with(value.shape):
        if validate_shape:
            raise complaint(
                "AssignVariableOp",
                "Trying to assign to variable with tensor with wrong shape. Expected "
                f"{variable.shape} got {value.shape}",
                name,
            )
        raise NotImplementedError(
            f"tf.raw_ops.AssignVariableOp: a variable of shape {variable.shape} cannot take a "
            f"value of shape {value.shape}; make it with shape=tf.TensorShape(None)."
        )
    return variable.assign(value, name=name, read_value=False)


def _assignment(called: str, method: str) -> None:
    @form(called)
    def _(resource: Any, value: Any, name: str | None = None) -> Any:
        """A value of the same shape added to the variable, or subtracted from it."""
        variable = _variable(called, resource)
        _of_dtype(called, "update", variable, value.dtype)
        return getattr(variable, method)(value, name=name, read_value=False)


def _scatter(called: str, method: str) -> None:
    @form(called)
    def _(resource: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Rows of the variable updated where `indices` say."""
        variable = _variable(called, resource)
        _of_dtype(called, "update", variable, updates.dtype)
        return _done(getattr(variable, method)(IndexedSlices(updates, indices), name=name))


def _scatter_nd(called: str, method: str) -> None:
    @form(called)
    def _(
        ref: Any,
        indices: Any,
        updates: Any,
        use_locking: bool = True,
        bad_indices_policy: str = "",
        name: str | None = None,
    ) -> Any:
        """Elements or slices of the variable updated where `indices` say."""
        if bad_indices_policy not in ("", "DEFAULT", "ERROR"):
            raise NotImplementedError(
                f"tf.raw_ops.{called}: of bad_indices_policy only 'ERROR' is there."
            )
        variable = _variable(called, ref)
        _of_dtype(called, "update", variable, updates.dtype)
        return _done(getattr(variable, method)(indices, updates, name))


_assignment("AssignAddVariableOp", "assign_add")
_assignment("AssignSubVariableOp", "assign_sub")
for _called in ("Add", "Sub", "Mul", "Div", "Min", "Max", "Update"):
    _scatter(f"ResourceScatter{_called}", f"scatter_{_called.lower()}")
for _called in ("Add", "Sub", "Min", "Max", "Update"):
    _scatter_nd(f"ResourceScatterNd{_called}", f"scatter_nd_{_called.lower()}")


# ---- optimizers ----------------------------------------------------------------------------------


def _slots(
    name: str, gradient: Tensor, scalars: dict[str, Tensor], *handles: Tensor
) -> list[Variable]:
    """The variables to be changed, all of the shape and dtype of the gradient."""
    for key, value in scalars.items():
        if value.shape.rank not in (0, None):
            raise complaint(name, f"{key} is not a scalar: {value.shape}", None)
    variables = [_variable(name, handle) for handle in handles]
    for variable in variables:
        _of_dtype(name, "update", variable, gradient.dtype)
        if not variable.shape.is_compatible_with(gradient.shape):
            raise complaint(
                name,
                f"var and grad do not have the same shape {variable.shape} {gradient.shape}",
                None,
            )
    return variables


def _put(variable: Variable, compute: Callable[[Any], Any]) -> Any:
    return _done(replace(variable, compute))


@form("ResourceApplyGradientDescent")
def _(var: Any, alpha: Any, delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """var -= alpha * delta."""
    scalars = {"alpha": alpha}
    (variable,) = _slots("ResourceApplyGradientDescent", delta, scalars, var)
    return _put(variable, lambda old: old - alpha * delta)


@form("ResourceApplyMomentum")
def _(
    var: Any,
    accum: Any,
    lr: Any,
    grad: Any,
    momentum: Any,
    use_locking: bool = False,
    use_nesterov: bool = False,
    name: str | None = None,
) -> Any:
    """accum = momentum * accum + grad; var -= lr * accum."""
    scalars = {"lr": lr, "momentum": momentum}
    variable, slot = _slots("ResourceApplyMomentum", grad, scalars, var, accum)
    _put(slot, lambda old: old * momentum + grad)
    speed = slot.read_value()
    step = grad * lr + speed * momentum * lr if use_nesterov else speed * lr
    return _put(variable, lambda old: old - step)


@form("ResourceApplyKerasMomentum")
def _(
    var: Any,
    accum: Any,
    lr: Any,
    grad: Any,
    momentum: Any,
    use_locking: bool = False,
    use_nesterov: bool = False,
    name: str | None = None,
) -> Any:
    """accum = momentum * accum - lr * grad; var += accum."""
    scalars = {"lr": lr, "momentum": momentum}
    variable, slot = _slots("ResourceApplyKerasMomentum", grad, scalars, var, accum)
    _put(slot, lambda old: old * momentum - lr * grad)
    speed = slot.read_value()
    step = speed * momentum - lr * grad if use_nesterov else speed
    return _put(variable, lambda old: old + step)


@form("ResourceApplyAdam")
def _(
    var: Any,
    m: Any,
    v: Any,
    beta1_power: Any,
    beta2_power: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
    grad: Any,
    use_locking: bool = False,
    use_nesterov: bool = False,
    name: str | None = None,
) -> Any:
    """A step along the first moment, divided by the root of the second; both freed of bias."""
    scalars = {
        "beta1_power": beta1_power,
        "beta2_power": beta2_power,
        "lr": lr,
        "beta1": beta1,
        "beta2": beta2,
        "epsilon": epsilon,
    }
    variable, first, second = _slots("ResourceApplyAdam", grad, scalars, var, m, v)
    _put(first, lambda old: old + (grad - old) * (1 - beta1))
    _put(second, lambda old: old + (square(grad) - old) * (1 - beta2))
    rate = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
    ahead = first.read_value()
    if use_nesterov:
        ahead = ahead * beta1 + (1 - beta1) * grad
    step = rate * ahead / (sqrt(second.read_value()) + epsilon)
    return _put(variable, lambda old: old - step)


@form("ResourceApplyAdaMax")
def _(
    var: Any,
    m: Any,
    v: Any,
    beta1_power: Any,
    lr: Any,
    beta1: Any,
    beta2: Any,
    epsilon: Any,
    grad: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """Adam with the largest gradient so far in place of the second moment."""
    scalars = {
        "beta1_power": beta1_power,
        "lr": lr,
        "beta1": beta1,
        "beta2": beta2,
        "epsilon": epsilon,
    }
    variable, first, largest = _slots("ResourceApplyAdaMax", grad, scalars, var, m, v)
    _put(first, lambda old: old + (grad - old) * (1 - beta1))
    _put(largest, lambda old: maximum(beta2 * old, abs(grad)))
    step = lr / (1 - beta1_power) * (first.read_value() / (largest.read_value() + epsilon))
    return _put(variable, lambda old: old - step)


@form("ResourceApplyAdagradV2")
def _(
    var: Any,
    accum: Any,
    lr: Any,
    epsilon: Any,
    grad: Any,
    use_locking: bool = False,
    update_slots: bool = True,
    name: str | None = None,
) -> Any:
    """accum += grad²; var -= lr * grad / (√accum + epsilon)."""
    scalars = {"lr": lr, "epsilon": epsilon}
    variable, slot = _slots("ResourceApplyAdagradV2", grad, scalars, var, accum)
    if update_slots:
        _put(slot, lambda old: old + square(grad))
    step = lr * grad / (sqrt(slot.read_value()) + epsilon)
    return _put(variable, lambda old: old - step)


@form("ResourceApplyRMSProp")
def _(
    var: Any,
    ms: Any,
    mom: Any,
    lr: Any,
    rho: Any,
    momentum: Any,
    epsilon: Any,
    grad: Any,
    use_locking: bool = False,
    name: str | None = None,
) -> Any:
    """ms is the running mean of grad²; mom = momentum * mom + lr * grad / √(ms + epsilon)."""
    scalars = {"lr": lr, "rho": rho, "momentum": momentum, "epsilon": epsilon}
    variable, mean, slot = _slots("ResourceApplyRMSProp", grad, scalars, var, ms, mom)
    _put(mean, lambda old: old + (square(grad) - old) * (1 - rho))
    root = sqrt(mean.read_value() + epsilon)
    _put(slot, lambda old: old * momentum + lr * grad / root)
    speed = slot.read_value()
    return _put(variable, lambda old: old - speed)
