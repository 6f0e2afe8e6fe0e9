"""Images with a random state: ops/distorted_box.py, and the quality of image_encoding.py.

The expected boxes are those of TensorFlow 2.21 for its seeds.
"""

import numpy as np

import headrace as tf
from tests.cases.bounding_boxes import THINGS
from tests.cases.image_codecs import PIXELS
from tests.cases.row import array, case, plain


def thrice(size, boxes, seed):
    """Where three parts begin, one after the other, and their sizes."""
    tf.random.set_seed(1)
    found = [tf.image.sample_distorted_bounding_box(size, boxes, seed) for _ in range(3)]
    return [[part.begin, part.size] for part in found]


ROWS = [
    case(
        thrice,
        [100, 150, 3],
        plain(THINGS),
        3,
        ref=lambda *_: [
            [np.int32([26, 3, 0]), np.int32([64, 75, -1])],
            [np.int32([22, 56, 0]), np.int32([77, 91, -1])],
            [np.int32([35, 60, 0]), np.int32([53, 54, -1])],
        ],
        eager_only="in a function each of the three has a generator of its own",
    ),
    case(tf.image.sample_distorted_bounding_box, [100, 150, 3], plain(THINGS), seed=3),
    case(tf.image.random_jpeg_quality, array(PIXELS), 30, 60, seed=3),
]
