"""Pictures of graphs: what is in them, and that boxes and arrows keep out of each other's way.

Read next: headrace/_src/function/picture.py, headrace/_src/function/layered.py.
"""

import re
import subprocess
import sys
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import headrace as tf
from headrace._src.engine.func_graph import FuncGraph
from headrace._src.engine.schedule import node_key
from headrace._src.function.layered import Arrow, Box, place
from headrace._src.function.picture import to_svg

SVG = "{http://www.w3.org/2000/svg}"


# ---- one frame -----------------------------------------------------------------------------------


@st.composite
def graphs(draw):
    """Boxes of many sizes and arrows from earlier to later ones."""
    sizes = draw(st.lists(st.tuples(st.integers(5, 150), st.integers(5, 60)), max_size=12))
    boxes = {i: Box(float(w), float(h)) for i, (w, h) in enumerate(sizes)}
    pairs = [(i, j) for i in boxes for j in boxes if i < j]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    return boxes, [Arrow(i, j, i) for i, j in chosen]


def crosses(box: Box, start: tuple, end: tuple) -> bool:
    """Whether a piece of an arrow runs through the inside of a box."""
    left, right = sorted((start[0], end[0]))
    top, bottom = sorted((start[1], end[1]))
    return (
        left < box.x + box.width / 2 - 0.01
        and right > box.x - box.width / 2 + 0.01
        and top < box.y + box.height / 2 - 0.01
        and bottom > box.y - box.height / 2 + 0.01
    )


@given(graphs())
def test_boxes_keep_apart_and_arrows_go_down_between_them(graph):
    boxes, arrows = graph
    placed = place(boxes, arrows)
    for one, other in combinations(boxes.values(), 2):
        apart_in_x = abs(one.x - other.x) >= (one.width + other.width) / 2 - 0.01
        assert apart_in_x or abs(one.y - other.y) >= (one.height + other.height) / 2 - 0.01
    for box in boxes.values():
        assert -0.01 <= box.x - box.width / 2 <= box.x + box.width / 2 <= placed.width + 0.01
        assert -0.01 <= box.y - box.height / 2 <= box.y + box.height / 2 <= placed.height + 0.01
    for arrow in arrows:
        points = [boxes[arrow.source].start(arrow.key), *placed.ways[arrow]]
        points.append(boxes[arrow.target].end(arrow.key))
        for start, end in pairwise(points):
            assert start[1] <= end[1] + 0.01
            hit = [i for i, box in boxes.items() if crosses(box, start, end)]
            assert not hit


def test_no_arrow_crosses_another_where_none_has_to():
    boxes = {name: Box(40.0, 20.0) for name in "abcdef"}
    pairs = ["ad", "ae", "be", "cf", "bf"]
    place(boxes, [Arrow(one, other, one) for one, other in pairs])
    order = {name: box.x for name, box in boxes.items()}
    for (a, b), (c, d) in combinations(pairs, 2):
        assert (order[a] - order[c]) * (order[b] - order[d]) >= 0


def test_circles_are_refused():
    boxes = {name: Box(1.0, 1.0) for name in "ab"}
    with pytest.raises(ValueError, match="in circles"):
        place(boxes, [Arrow("a", "b", 0), Arrow("b", "a", 0)])


def test_nothing_to_place():
    assert place({}, []).width == 0


# ---- whole graphs --------------------------------------------------------------------------------


def traced(function, *shapes, name="f"):
    graph = FuncGraph(name)
    with graph.as_default():
        inputs = [graph.placeholder(tf.float32, s, "xyz"[i]) for i, s in enumerate(shapes)]
        graph.outputs = tf.nest.flatten(function(*inputs))
    return graph


def texts(svg: str) -> list[str]:
    return [node.text for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def hints(svg: str) -> list[str]:
    return [node.text for node in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def test_a_node_tells_its_name_op_constants_and_shape():
    svg = to_svg(traced(lambda x: tf.identity(x + 0.1), [None, 3]))
    found = texts(svg)
    assert found[:2] == ["f", "x"]
    for text in ("add", "AddV2", "y = 0.1", "float32 [?, 3]", "output"):
        assert text in found
    assert "Identity" not in found
    assert any(
        "T = <dtype: 'float32'>" in hint and "test_picture.py" in hint for hint in hints(svg)
    )


def test_scopes_are_frames():
    svg = to_svg(traced(lambda x: tf.math.reduce_std(x), [3]))
    assert texts(svg).count("reduce_std") == texts(svg).count("reduce_variance") == 1


def test_deep_scopes_can_be_closed():
    graph = traced(lambda x: tf.math.reduce_std(x) + 1.0, [3])
    closed = texts(to_svg(graph, depth=0))
    assert "reduce_std" in closed
    assert "5 nodes" in closed
    assert "Sqrt" not in closed
    half = texts(to_svg(graph, depth=1))
    assert "Sqrt" in half
    assert "Square" not in half


def test_a_scope_that_is_left_and_entered_again_is_drawn_in_parts():
    def back_and_forth(x):
        with tf.name_scope("one/"):
            a = tf.exp(tf.sin(x))
        with tf.name_scope("two/"):
            b = tf.exp(tf.cos(a))
        with tf.name_scope("one/"):
            c = tf.exp(tf.tan(b))
        with tf.name_scope("two/"):
            return tf.exp(tf.tanh(c))

    found = texts(to_svg(traced(back_and_forth, [2])))
    assert [found.count(name) for name in ("Sin", "Cos", "Tan", "Tanh")] == [1, 1, 1, 1]
    assert (found.count("one"), found.count("two")) == (2, 2)


def test_scopes_that_need_each_other_without_a_way_through():
    def crossed(x, y):
        with tf.name_scope("one/"):
            a, b = tf.sin(x), tf.cos(y)
        with tf.name_scope("two/"):
            c = tf.exp(a)
            d = tf.tan(y)
        with tf.name_scope("one/"):
            return tf.tanh(d) + b, c

    assert {"Sin", "Cos", "Exp", "Tan", "Tanh"} <= set(texts(to_svg(traced(crossed, [2], [2]))))


def test_branches_and_bodies_are_panels():
    def function(x):
        y = tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.sin(x), lambda: tf.cos(x))
        return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 2.0), [0, y])[1]

    svg = to_svg(traced(function, [3]))
    found = texts(svg)
    assert {"Sin", "Cos", "Less", "mul"} <= set(found)
    titles = [text for text in found if " = " in text and ": " in text]
    assert len(titles) == 4
    links = re.findall(r'<a href="#(graph-\d+)">', svg)
    assert len(links) == 2
    assert set(links) <= set(re.findall(r'id="(graph-\d+)"', svg))


def test_variables_and_what_changes_them():
    v = tf.Variable(np.zeros(3, np.float32), name="weights")

    def function(x):
        v.assign_add(x)
        return v + 1.0

    found = texts(to_svg(traced(function, [3])))
    assert {"weights", "AssignAddVariableOp", "changes or reads state", "variable"} <= set(found)


def test_why_a_node_runs_on_the_host():
    graph = traced(lambda x: tf.unique(x).y, [3])
    (node,) = (node for node in graph.get_operations() if node.type == "Unique")
    graph.notes["host"] = {node_key(node): "the shape depends on values"}
    assert "host: the shape depends on values" in texts(to_svg(graph))


def test_control_dependencies_are_dashed():
    def function(x):
        y = tf.sin(x)
        with x.graph.control_dependencies([y]):
            return tf.cos(x), y

    assert 'stroke-dasharray="3 3"' in to_svg(traced(function, [2]))


def test_names_are_escaped():
    graph = traced(lambda x: x * 2.0, [2], name="<lambda> & more")
    assert texts(to_svg(graph))[0] == "<lambda> & more"


def test_without_networkx_it_says_what_to_install():
    code = (
        "import sys; sys.modules['networkx'] = None\n"
        "try:\n    import headrace._src.function.picture\n"
        "except ImportError as error:\n    print(error)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install headrace[picture]" in found.stdout
