"""Modules: what they hold, in which order, under which names.

Read next: headrace/_src/objects/module.py.
"""

from collections import OrderedDict, namedtuple

import pytest

import headrace as tf


class Leaf(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(1.0, name="w")


class Tree(tf.Module):
    def __init__(self):
        super().__init__()
        self.z = Leaf("zz")
        self.a = [Leaf(), Leaf()]
        self.d = {
            "k": tf.Variable(2.0, trainable=False, name="k"),
            "b": tf.Variable(2.0, name="kb"),
        }
        self.b = tf.Variable(0.0, name="b")
        self.t = (tf.Variable(5.0, name="t"), [Leaf("deep")])
        self.nothing = None
        self.again = self.z
        self.b2 = self.b
        self.self = self


def names(things):
    return [thing.name for thing in things]


def test_variables_in_the_order_of_attributes_each_once():
    tree = Tree()
    assert names(tree.variables) == ["b:0", "kb:0", "k:0", "t:0", "w:0", "w:0", "w:0", "w:0"]
    assert "k:0" not in names(tree.trainable_variables) and len(tree.trainable_variables) == 7
    assert names(tree.non_trainable_variables) == ["k:0"]
    assert names(tree.submodules) == ["leaf", "leaf", "zz", "deep"]
    assert isinstance(tree.variables, tuple) and isinstance(tree.submodules, tuple)


def test_paths():
    found = Tree()._flatten(predicate=lambda x: isinstance(x, tf.Variable), with_path=True)
    assert [path for path, _ in found] == [
        ("b",), ("b2",), ("d", "b"), ("d", "k"), ("t", 0),
        ("a", 0, "w"), ("a", 1, "w"), ("again", "w"),
        ("self", "b"), ("self", "b2"), ("self", "d", "b"), ("self", "d", "k"), ("self", "t", 0),
        ("t", 1, 0, "w"), ("z", "w"),
    ]  # fmt: skip


def test_containers():
    pair = namedtuple("pair", "second first")
    module = tf.Module()
    module.n = pair(tf.Variable(1.0, name="s"), tf.Variable(1.0, name="f"))
    module.g = OrderedDict(z=tf.Variable(1.0, name="z"), a=tf.Variable(1.0, name="a"))
    assert names(module.variables) == ["a:0", "z:0", "s:0", "f:0"]
    module.mixed = {1: 2, "a": 3}
    with pytest.raises(ValueError, match="Error processing property 'mixed' of"):
        _ = module.variables


def test_attributes_come_and_go():
    module = tf.Module()
    assert module.variables == ()
    module.later = tf.Variable(1.0, name="later")
    assert names(module.variables) == ["later:0"]
    del module.later
    assert module.variables == ()


def test_ignored_attributes():
    class Keep(tf.Module):
        _TF_MODULE_IGNORED_PROPERTIES = tf.Module._TF_MODULE_IGNORED_PROPERTIES | {"skip"}

    module = Keep()
    module.skip, module.yes = tf.Variable(1.0), tf.Variable(1.0, name="yes")
    assert names(module.variables) == ["yes:0"]


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        ("MyNiceHTTPServer2", "my_nice_http_server2"),
        ("_Priv", "__priv"),
        ("a1B", "a1_b"),
        ("Conv2D", "conv2_d"),
        ("LSTM_Cell", "lstm__cell"),
        ("Module", "module"),
    ],
)
def test_default_names(cls, name):
    assert type(cls, (tf.Module,), {})().name == name


@pytest.mark.parametrize("name", ["", "1a", "a b", "foo/bar", "a.b", "é"])
def test_names_that_are_none(name):
    with pytest.raises(ValueError, match=r"is not a valid module name. Module names must be valid"):
        tf.Module(name=name)


def test_a_name_must_be_text():
    with pytest.raises(TypeError, match="expected string or bytes-like object"):
        tf.Module(name=5)


def test_name_scopes():
    class Inner(tf.Module):
        @tf.Module.with_name_scope
        def __call__(self):
            """Makes w."""
            self.w = tf.Variable(1.0, name="w")
            return self.w.name

    class Outer(tf.Module):
        def __init__(self):
            super().__init__("outer")
            with self.name_scope:
                self.inner = Inner("inn")
                self.v = tf.Variable(1.0, name="v")

    outer = Outer()
    assert outer.v.name == "outer/v:0" and outer.inner() == "outer/inn/w:0"
    assert outer.inner.name_scope.name == "outer/inn/" and outer.inner.name == "inn"
    assert Inner.__call__.__doc__ == "Makes w." and outer.name_scope is outer.name_scope


def test_without_init():
    class Bare(tf.Module):
        def __init__(self):
            self.w = tf.Variable(1.0)

    assert len(Bare().variables) == 1
    with pytest.raises(AttributeError, match="'Bare' object has no attribute '_name'"):
        _ = Bare().name
