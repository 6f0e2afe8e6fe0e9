"""The names that the recorded expressions use.

One idea: the names of the recorder, defined anew over whichever library is under test. A name is
built when it is first used or by `build_all`, whichever comes first, and only once: rows share the
objects, as they did when they were recorded. What cannot be built because the library lacks
something (`tf.function`, `tf.data`) raises at its use, so that only the rows that need it are
absent.

Short names are the tables'; `E` catches errors, `G` and `GG` take gradients, the others are small
programs whose printed outcome was recorded.

Read next: `tables.py`, where the expressions come from.
"""

import contextlib
import copy
import io
import pickle

import judge
import numpy as np


class Space(dict):
    """The globals in which rows are evaluated."""

    def __init__(self, tf):
        super().__init__(tf=tf, np=np, __builtins__=__builtins__)
        self.library = tf.__name__
        self.missing = []  # what shared names and expressions under `E` lacked since the last row
        self._makers = {**_tensors(tf), **_programs(tf), **_objects(tf)}
        self.update(E=self.attempt)

    def __missing__(self, name):
        make = self._makers[name]
        try:
            self[name] = made = make()
        except (AttributeError, NotImplementedError, ImportError) as error:
            self.missing.append(str(error))
            raise
        return made

    def build_all(self):
        """Make every shared object before the first row; what fails is tried again at its use."""
        for name in self._makers:
            with contextlib.suppress(AttributeError, NotImplementedError, ImportError):
                self[name]  # looking a name up builds it

    def attempt(self, expression):
        """The value of an expression, or the first line of what it raised."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return eval(expression, self)
        except Exception as error:
            if judge.is_absence(error, self.library):
                self.missing.append(str(error))
            return _told(error, 200)


def _told(error, length=None):
    return f"{type(error).__name__}: " + str(error).split("\n")[0][:length]


def _tensors(tf):
    return {
        "f1": lambda: tf.constant([1.0, 2.0, 3.0]),
        "i1": lambda: tf.constant([1, 2, 3]),
        "f2": lambda: tf.constant([[1.0, 2.0], [3.0, 4.0]]),
        "d1": lambda: tf.constant([1.0, 2.0, 3.0], tf.float64),
        "s1": lambda: tf.constant(["a", "b", "c"]),
        "b1": lambda: tf.constant([True, False, True]),
        "l1": lambda: tf.constant([1, 2, 3], tf.int64),
        "c1": lambda: tf.constant([1 + 2j]),
        "f23": lambda: tf.ones([2, 3]),
        "f45": lambda: tf.ones([4, 5]),
        "e0": lambda: tf.constant([], tf.float32),
        "sc": lambda: tf.constant(1.0),
        "v": lambda: tf.Variable([1.0, 2.0, 3.0]),
    }


def _objects(tf):
    """What some rows of `reprs.tsv` name: a module, a concrete function, a graph."""

    def module():
        class M(tf.Module):
            def __init__(self):
                super().__init__()
                self.w = tf.Variable(1.0, name="w")

        return M

    def concrete_function():
        def f(x, n=3, *, flag=True):
            return tf.reduce_sum(x, 1) * n if flag else x

        return tf.function(f).get_concrete_function(tf.TensorSpec([None, 3], tf.float32))

    return {"M": module, "cf": concrete_function, "graph": lambda: tf.Graph()}


def _programs(tf):
    programs = {
        "G": _on_tape,
        "GG": _gradient,
        "WG": _watched_gradient,
        "J": _jacobian_of_gradient,
        "CG": _custom_gradient,
        "TR": _retraces,
        "SE": _side_effects,
        "VC": _variable_in_function,
        "AG": _autograph,
        "AGU": _autograph_undefined,
        "AGD": _autograph_dtypes,
        "AGL": _autograph_list,
        "DSI": _dataset_in_function,
        "IP": _in_place,
        "DC": _copies,
        "NS": _name_scopes,
        "MOD": _module,
        "DS1": _shuffles,
        "F1": _random_function,
    }
    return {name: (lambda program=program: program(tf)) for name, program in programs.items()}


def _on_tape(tf):
    def run(function):
        x, y = tf.Variable(2.0), tf.Variable(3.0)
        with tf.GradientTape() as tape:
            return function(tape, x, y)

    return run


def _gradient(tf):
    def run(variable, function):
        with tf.GradientTape() as tape:
            result = function()
        return tape.gradient(result, variable)

    return run


def _watched_gradient(tf):
    def run(function, tensor):
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            result = function(tensor)
        return tape.gradient(result, tensor)

    return run


def _jacobian_of_gradient(tf):
    def run():
        x = tf.Variable([1.0, 2.0])
        with tf.GradientTape(persistent=True) as outer:
            with tf.GradientTape() as inner:
                y = tf.reduce_sum(x**3)
            slope = inner.gradient(y, x)
        return outer.jacobian(slope, x)

    return run


def _custom_gradient(tf):
    def run():
        @tf.custom_gradient
        def square(x):
            return x * x, lambda dy: dy * 100.0

        x = tf.Variable(2.0)
        with tf.GradientTape() as tape:
            y = square(x)
        return tape.gradient(y, x)

    return run


def _retraces(tf):
    def run():
        traces = []

        @tf.function
        def identity(x):
            traces.append(x)
            return x

        seen = []
        for label, argument in (
            ("1", 1),
            ("1 again", 1),
            ("2", 2),
            ("1.0", 1.0),
            ("True", True),
            ("t int", tf.constant(1)),
            ("t int2", tf.constant(2)),
            ("t f", tf.constant(1.0)),
            ("t[2]", tf.zeros([2])),
            ("t[3]", tf.zeros([3])),
            ("t[4]", tf.zeros([4])),
            ("np[3]", np.zeros(3, np.float32)),
            ("np f64", np.zeros(3)),
            ("str", "a"),
            ("str b", "b"),
            ("list", [1, 2]),
            ("tuple", (1, 2)),
            ("None", None),
            ("np.float32(1)", np.float32(1)),
            ("np.float32(2)", np.float32(2)),
            ("Variable[3]", tf.Variable(tf.zeros([3]))),
            ("Variable[3] other", tf.Variable(tf.ones([3]))),
        ):
            before = len(traces)
            identity(argument)
            seen.append(label + (":TRACE" if len(traces) > before else ":cached"))

        relaxed = []

        @tf.function(reduce_retracing=True)
        def relaxing(x):
            relaxed.append(x)
            return x

        traced = []
        for size in (2, 3, 4, 5):
            before = len(relaxed)
            relaxing(tf.zeros([size]))
            traced.append(len(relaxed) > before)
        return seen, ("reduce_retracing shapes 2,3,4,5 traced?", traced)

    return run


def _side_effects(tf):
    def run():
        traces = []

        @tf.function
        def identity(x):
            traces.append(1)
            return x

        identity(tf.constant(1))
        identity(tf.constant(2))
        return len(traces)

    return run


def _variable_in_function(tf):
    def run():
        class Holder:
            v = None

        @tf.function
        def count():
            if Holder.v is None:
                Holder.v = tf.Variable(1.0)
            return Holder.v.assign_add(1.0)

        return count(), count()

    return run


def _autograph(tf):
    @tf.function
    def steps(x):
        s = tf.constant(0)
        i = 0
        while i < x:
            if i % 2 == 0:
                i += 1
                continue
            s += i
            i += 1
            if s > 100:
                break
        for j in tf.range(3):
            s += j
        return s if x > 3 else -s

    return lambda: (steps(tf.constant(10)), steps(tf.constant(2)))


def _autograph_undefined(tf):
    def run():
        @tf.function
        def f(x):
            if x > 0:
                y = tf.zeros([2])
            return y

        return f(tf.constant(1))

    return run


def _autograph_dtypes(tf):
    def run():
        @tf.function
        def f(x):
            if x > 0:
                y = tf.zeros([2])
            else:
                y = tf.zeros([2], tf.int32)
            return y

        return f(tf.constant(1))

    return run


def _autograph_list(tf):
    def run():
        @tf.function
        def f(n):
            l = []
            for i in tf.range(n):
                l.append(i)
            return l

        return f(tf.constant(3))

    return run


def _dataset_in_function(tf):
    def run():
        @tf.function
        def total(dataset):
            s = tf.constant(0, tf.int64)
            for x in dataset:
                s += x
            return s

        return total(tf.data.Dataset.range(5))

    return run


def _in_place(tf):
    def run():
        v = tf.Variable(1.0)
        w = v
        try:
            v += 1.0
            return type(v).__name__, w.numpy()
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    return run


def _copies(tf):
    def pickled(thing):
        try:
            pickle.dumps(thing)
            return "ok"
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:100]}"

    def run():
        v = tf.Variable([1.0])
        twin = copy.deepcopy(v)
        twin.assign([5.0])
        return v.numpy(), twin.name, pickled(v), pickled(tf.constant([1.0]))

    return run


def _name_scopes(tf):
    def run():
        with tf.name_scope("a"), tf.name_scope("b") as scope:
            return scope, tf.Variable(1.0).name

    return run


def _module(tf):
    def run():
        class L(tf.Module):
            def __init__(self, name=None):
                super().__init__(name)
                self.w = tf.Variable(1.0, name="w")

        class M(tf.Module):
            def __init__(self):
                super().__init__()
                self.z = L("zz")
                self.a = [L(), L()]
                self.d = {"k": tf.Variable(2.0, trainable=False)}
                self.b = tf.Variable(0.0)

        m = M()
        return (
            [v.name for v in m.variables],
            [v.name for v in m.trainable_variables],
            [part.name for part in m.submodules],
            m.name_scope.name,
        )

    return run


def _shuffles(tf):
    def epochs(dataset):
        return [[int(x) for x in dataset.as_numpy_iterator()] for _ in range(2)]

    def run():
        again = tf.data.Dataset.range(5).shuffle(5, seed=1)
        fixed = tf.data.Dataset.range(5).shuffle(5, seed=1, reshuffle_each_iteration=False)
        first, second = epochs(again)
        third, fourth = epochs(fixed)
        return first, second, third, fourth

    return run


def _random_function(tf):
    @tf.function
    def draw():
        return (tf.random.uniform([2]),)

    return draw
