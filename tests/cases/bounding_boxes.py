"""Boxes in images: ops/bounding_boxes.py, suppression.py, combined_suppression.py,
crop_and_resize.py, distorted_box.py, projective_transform.py, objects/padded_suppression.py.

Literals are results of TensorFlow 2.21.
"""

import numpy as np

import headrace as tf
from tests.cases.row import array, case, each, error, floats, ints, plain

Invalid = tf.errors.InvalidArgumentError
NARROW = ["float32"]

# ---- suppression ---------------------------------------------------------------------------------

BOXES = np.float32(
    [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 0.2, 1, 1.2], [0, 2, 1, 3], [0, 2.5, 1, 3.5], [5, 5, 4, 4]]
)
SCORES = np.float32([0.9, 0.95, 0.7, 0.6, 0.65, 0.8])


def overlaps(boxes):
    """By the definition, box against box."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    shared = np.prod(
        np.clip(np.minimum(high[:, None], high) - np.maximum(low[:, None], low), 0, None), -1
    )
    area = np.prod(high - low, -1)
    return shared / (area[:, None] + area - shared)


def greedy(boxes, scores, most, iou=0.5):
    much = overlaps(boxes) > iou
    taken = []
    for i in np.argsort(-scores, kind="stable"):
        if not any(much[i, j] for j in taken):
            taken.append(i)
    return np.int32(taken[:most])


def many(count):
    random = np.random.default_rng(3)
    corner = random.uniform(0, 1, (count, 2))
    boxes = np.hstack([corner, corner + random.uniform(0.05, 0.4, (count, 2))])
    return boxes.astype(np.float32), random.uniform(0, 1, count).astype(np.float32)


MANY, MANY_SCORES = many(300)


def raw(name):
    function = getattr(tf.raw_ops, name)

    def call(**inputs):
        return function(**inputs)

    call.__name__ = name
    return call


CALL = {"boxes": plain(BOXES), "scores": plain(SCORES), "max_output_size": 6, "iou_threshold": 0.5}

SUPPRESSION = [
    case(
        tf.image.non_max_suppression,
        plain(MANY),
        plain(MANY_SCORES),
        each(40, 300),
        each(0.2, 0.5),
        ref=greedy,
    ),
    case(
        tf.image.non_max_suppression,
        plain(BOXES),
        plain(SCORES),
        6,
        0.5,
        0.65,
        ref=lambda *_: np.int32([1, 5]),
        name="non_max_suppression above a score",
    ),
    case(
        tf.image.non_max_suppression_with_scores,
        plain(BOXES),
        plain(SCORES),
        6,
        soft_nms_sigma=0.5,
        ref=lambda *_, **__: (
            np.int32([1, 5, 4, 3, 0, 2]),
            np.float32([0.95, 0.8, 0.65, 0.5369036, 0.46080425, 0.22980113]),
        ),
        name="non_max_suppression_with_scores, soft",
    ),
    case(
        tf.image.non_max_suppression_overlaps,
        plain(overlaps(MANY).astype(np.float32)),
        plain(MANY_SCORES),
        20,
        ref=lambda *_: greedy(MANY, MANY_SCORES, 20),
    ),
    case(raw("NonMaxSuppressionV2"), **CALL, ref=lambda **_: np.int32([1, 5, 4, 3])),
    case(
        raw("NonMaxSuppression"),
        boxes=plain(BOXES),
        scores=plain(SCORES),
        max_output_size=3,
        ref=lambda **_: np.int32([1, 5, 4]),
    ),
    case(
        raw("NonMaxSuppressionV4"),
        **CALL,
        score_threshold=0.65,
        pad_to_max_output_size=True,
        ref=lambda **_: (np.int32([1, 5, 0, 0, 0, 0]), np.int32(2)),
    ),
    case(
        tf.image.combined_non_max_suppression,
        plain(BOXES[None, :, None] / 5),
        plain(np.stack([SCORES, SCORES[::-1]], 1)[None]),
        2,
        5,
        0.3,
        0.5,
        ref=lambda *_: (
            np.float32(
                [
                    [
                        [0, 0.02, 0.2, 0.22],
                        [0, 0.5, 0.2, 0.7],
                        [1, 1, 0.8, 0.8],
                        [1, 1, 0.8, 0.8],
                        [0, 0, 0, 0],
                    ]
                ]
            ),
            np.float32([[0.95, 0.95, 0.9, 0.8, 0]]),
            np.float32([[0, 1, 1, 0, 0]]),
            np.int32([4]),
        ),
    ),
    error(tf.image.non_max_suppression, BOXES, SCORES, -1, raises=Invalid, match="non-negative"),
    error(
        tf.image.non_max_suppression,
        BOXES,
        SCORES,
        3,
        each(1.5, float("nan")),
        raises=Invalid,
        match="iou_threshold must be in [0, 1]",
    ),
    error(
        tf.image.non_max_suppression,
        BOXES[:, :3],
        SCORES,
        3,
        raises=Invalid,
        match="boxes must have 4 columns (Dimension must be 4 but is 3)",
    ),
    error(
        tf.image.non_max_suppression,
        BOXES,
        SCORES[:2],
        3,
        raises=Invalid,
        match="scores has incompatible shape (Dimensions must be equal, but are 6 and 2)",
    ),
    error(
        tf.image.non_max_suppression_with_scores,
        BOXES,
        SCORES,
        3,
        soft_nms_sigma=-1.0,
        raises=Invalid,
        match="soft_nms_sigma_val must be >= 0",
    ),
    error(
        tf.image.non_max_suppression_overlaps,
        np.zeros((5, 6), np.float32),
        SCORES,
        3,
        raises=Invalid,
        match="overlaps must be square[5,6]",
    ),
    error(
        tf.image.non_max_suppression_padded,
        BOXES[None],
        SCORES[None],
        3,
        raises=ValueError,
        match="must be True for batched input",
    ),
    error(
        tf.image.combined_non_max_suppression,
        BOXES[None, :, None],
        SCORES[None, :, None],
        0,
        3,
        raises=Invalid,
        match="max_size_per_class must be positive",
    ),
    error(
        tf.image.combined_non_max_suppression,
        BOXES[None],
        SCORES[None, :, None],
        1,
        3,
        raises=Invalid,
        match="boxes must be 4-D",
    ),
]

# ---- crops ---------------------------------------------------------------------------------------

IMAGES = (np.arange(2 * 4 * 5).reshape(2, 4, 5, 1) * 3 % 11).astype(np.float32)
CROPS = [[0.1, 0.2, 0.9, 0.8], [0.9, 0.0, -0.1, 0.5], [0.0, 0.0, 1.0, 1.3]]
CROPPED = {
    "bilinear": [
        [[3.6, 5.96], [4, 4.6], [2.86, 7.86]],
        [[4.8, 3.1], [7.6, 4.8], [-1, -1]],
        [[0, -1], [6, -1], [1, -1]],
    ],
    "nearest": [
        [[3, 9], [0, 6], [4, 10]],
        [[6, 1], [9, 4], [-1, -1]],
        [[0, -1], [8, -1], [1, -1]],
    ],
}
INSIDE = [[0.15, 0.21, 0.87, 0.76], [0.91, 0.04, 0.11, 0.53]]

CROPPING = [
    case(
        tf.image.crop_and_resize,
        plain(IMAGES),
        CROPS,
        [0, 1, 0],
        [3, 2],
        each("bilinear", "nearest"),
        -1.0,
        ref=lambda *inputs: np.float32(CROPPED[inputs[4]])[..., None],
    ),
    # TensorFlow has no second derivative.
    case(
        tf.image.crop_and_resize,
        floats(2, 5, 6, 2),
        array(INSIDE),
        [1, 0],
        each([4, 3], [1, 2]),
        gradient="first",
        dtypes=NARROW,
    ),
    case(
        tf.image.crop_and_resize,
        floats(1, 5, 6, 2),
        plain(np.float32(INSIDE)),
        [0, 0],
        [3, 3],
        "nearest",
        gradient="first",
        dtypes=NARROW,
        name="crop_and_resize to the nearest",
    ),
    case(
        tf.image.crop_and_resize,
        ints(1, 5, 6, 2, dtype="uint8"),
        plain(np.float32(INSIDE)),
        [0, 0],
        [3, 3],
        name="crop_and_resize of integers",
    ),
    error(
        tf.image.crop_and_resize,
        IMAGES,
        CROPS,
        [0, 1, 2],
        [3, 2],
        raises=tf.errors.OutOfRangeError,
        match="box_index has values outside [0, batch_size)",
    ),
    error(tf.image.crop_and_resize, IMAGES[0], CROPS, [0] * 3, [3, 2], raises=Invalid, match="4-D"),
    error(
        tf.image.crop_and_resize,
        IMAGES,
        CROPS,
        [0, 1],
        [3, 2],
        raises=Invalid,
        match="box_index has incompatible shape",
    ),
    error(
        tf.image.crop_and_resize,
        IMAGES,
        CROPS,
        [0, 1, 0],
        each([0, 3], [-1, 3]),
        raises=Invalid,
        match="crop dimensions must be positive",
    ),
    error(
        tf.image.crop_and_resize,
        IMAGES,
        [[0.0, 0.0, float("nan"), 1.0]],
        [0],
        [2, 2],
        raises=Invalid,
        match="at least one element that is not finite",
    ),
    error(
        tf.image.crop_and_resize,
        IMAGES,
        CROPS,
        [0, 1, 0],
        [2, 2],
        "x",
        raises=Invalid,
        match="attr 'method' of \"x\"",
    ),
]

# ---- projections ---------------------------------------------------------------------------------

ASIDE = [[0.9, 0.1, 0.6, -0.2, 1.1, -0.5, 0.01, -0.02]]
SEEN = {
    ("NEAREST", "CONSTANT"): [-1, -1, -1, -1],
    ("NEAREST", "REFLECT"): [3, 3, 6, 9],
    ("NEAREST", "WRAP"): [4, 4, 7, 10],
    ("NEAREST", "NEAREST"): [3, 3, 6, 9],
    ("BILINEAR", "CONSTANT"): [0.4, 0.67444, -0.0519, -1],
    ("BILINEAR", "REFLECT"): [1.8, 4.45545, 7.05882, 7.04562],
    ("BILINEAR", "WRAP"): [2.8, 5.45545, 8.05882, 8.24951],
    ("BILINEAR", "NEAREST"): [1.8, 4.45545, 7.05882, 7.36893],
}


def projected(images, transforms, interpolation, fill_mode="CONSTANT"):
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=[3, 4],
        fill_value=-1.0,
        interpolation=interpolation,
        fill_mode=fill_mode,
    )


def first_row(images, *rest):
    return projected(images, *rest)[0, 0, :, 0]


def moved(images):
    return tf.raw_ops.ImageProjectiveTransformV2(
        images=images,
        transforms=[[1.0, 0, 1.0, 0, 1.0, 0, 0, 0]],
        output_shape=[4, 5],
        interpolation="NEAREST",
    )


PROJECTIONS = [
    case(
        first_row,
        plain(IMAGES[:1]),
        ASIDE,
        each("NEAREST", "BILINEAR"),
        each("CONSTANT", "REFLECT", "WRAP", "NEAREST"),
        ref=lambda images, transforms, *modes: np.float32(SEEN[modes]),
        tol=1e-5,
    ),
    # Of a turn by a quarter the inverse transform is the gradient.
    case(
        projected,
        floats(2, 4, 3, 2),
        [[0.0, -1.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0]],
        each("NEAREST", "BILINEAR"),
        ref=lambda x, *_: np.rot90(x, 1, (1, 2)),
        dtypes=NARROW,
        name="ImageProjectiveTransformV3, a quarter turn",
    ),
    case(
        moved,
        floats(2, 4, 5, 2),
        ref=lambda x: np.pad(x[:, :, 1:], ((0, 0), (0, 0), (0, 1), (0, 0))),
        dtypes=NARROW,
        name="ImageProjectiveTransformV2",
    ),
    error(projected, IMAGES[0], ASIDE, "NEAREST", raises=Invalid, match="must have rank 4"),
    error(projected, IMAGES, [[1.0]], "NEAREST", raises=Invalid, match="num_images x 8 or 1 x 8"),
    error(projected, IMAGES, ASIDE, "CUBIC", raises=Invalid, match="interpolation must be one of"),
]

# ---- frames and parts ----------------------------------------------------------------------------

YELLOW, BLUE, BLACK = [1, 1, 0], [0, 0, 1], [0, 0, 0]
THINGS = np.float32([[[0.1, 0.2, 0.6, 0.7], [0.5, 0.5, 0.9, 0.95]]])

PARTS = [
    case(
        tf.image.draw_bounding_boxes,
        plain(np.zeros((1, 4, 5, 3), np.float32)),
        [[[0.0, 0.0, 0.7, 0.8], [0.4, 0.3, 1.2, 0.6]]],
        None,
        ref=lambda *_: np.float32(
            [
                [
                    [YELLOW] * 4 + [BLACK],
                    [YELLOW, BLUE, BLUE, YELLOW, BLACK],
                    [YELLOW, BLUE, BLUE, YELLOW, BLACK],
                    [BLACK, BLUE, BLUE, BLACK, BLACK],
                ]
            ]
        ),
    ),
    case(
        tf.image.draw_bounding_boxes,
        plain(np.zeros((1, 3, 3, 1), np.float32)),
        [[[0.0, 0.0, 1.0, 1.0]]],
        [[0.5]],
        ref=lambda *_: np.float32([[[0.5] * 3, [0.5, 0, 0.5], [0.5] * 3]])[..., None],
        name="draw_bounding_boxes in a colour",
    ),
    case(
        tf.image.stateless_sample_distorted_bounding_box,
        [100, 150, 3],
        plain(THINGS),
        each((1, 5), (2, 5)),
        area_range=[0.3, 0.9],
        ref=lambda size, boxes, seed, **_: {
            1: (
                np.int32([5, 49, 0]),
                np.int32([78, 81, -1]),
                np.float32([[[5 / 100, 49 / 150, 83 / 100, 130 / 150]]]),
            ),
            2: (
                np.int32([13, 44, 0]),
                np.int32([80, 93, -1]),
                np.float32([[[13 / 100, 44 / 150, 93 / 100, 137 / 150]]]),
            ),
        }[seed[0]],
    ),
    error(
        tf.image.draw_bounding_boxes,
        np.zeros((1, 4, 5, 2), np.float32),
        THINGS,
        None,
        raises=Invalid,
        match="Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)",
    ),
    error(
        tf.image.draw_bounding_boxes,
        np.zeros((2, 4, 5, 3), np.float32),
        THINGS,
        None,
        raises=Invalid,
        match="The batch sizes should be the same",
    ),
    error(
        tf.image.sample_distorted_bounding_box,
        [100, 150],
        THINGS,
        raises=Invalid,
        match="image_size must contain 3 elements[2]",
    ),
    error(
        tf.image.stateless_sample_distorted_bounding_box,
        [100, 150, 3],
        THINGS[:, :0],
        (1, 2),
        raises=Invalid,
        match="No bounding boxes provided as input.",
    ),
    error(
        tf.image.stateless_sample_distorted_bounding_box,
        [100, 150, 3],
        THINGS * 2,
        (1, 2),
        raises=Invalid,
        match="All bounding box coordinates must be in [0.0, 1.0]: 1.2",
    ),
]

ROWS = [*SUPPRESSION, *CROPPING, *PROJECTIONS, *PARTS]
