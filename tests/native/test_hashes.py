"""Hashes: numbers that TensorFlow 2.21 gave, and the library against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace._src import native
from headrace._src.native.hashes import (
    fingerprint64,
    fingerprint_buckets,
    murmur64,
    murmur_buckets,
    sip_buckets,
    siphash,
)

# For so many bytes, the three hashes modulo 2**63 - 1; the strong one under the key [7, -9].
RECORDED = [
    (0, 1936946117179621456, 6154589220502549772, 105434511174508092),
    (1, 4521786392703311244, 5350533955636089000, 7001769250909271135),
    (2, 1655114877597445365, 8746720149560955491, 5403634426442856619),
    (3, 4662423180930907492, 3979705333447634848, 5276484929406308779),
    (4, 8342898540396837779, 27184860051056473, 5799242685562273649),
    (7, 5759834791111993764, 9001478028672806444, 1142397842043859391),
    (8, 907454142650066470, 8425116665168511749, 384654127350334882),
    (12, 567769801253413308, 871654876053212616, 5980113531393001538),
    (15, 3216519055487487771, 7586990698375612441, 4784052358771091955),
    (16, 9140634717936656744, 2332961457245081200, 5129953047346710616),
    (17, 5283162056940282152, 2617850946113408840, 7037566801403733717),
    (24, 3530932784303194834, 4523081294363222591, 8045408115061476468),
    (31, 4421592475991032780, 4901655094350762386, 2139119004151307922),
    (32, 2684005117763720425, 8986860098110462176, 1458650421252541103),
    (33, 4778210889463820522, 4660600134004461368, 2574933530128875931),
    (48, 2844150241367986208, 8269899098211183754, 8924864846615987217),
    (63, 1604338371932276381, 1597630660177064427, 5271103884795240918),
    (64, 389040666157116578, 6230212471979276979, 3945209722589307479),
    (65, 8638051931306504420, 3928268165744049292, 8278743160437407290),
    (127, 5377748835515186047, 7418676526127026359, 2442093141837005767),
    (128, 7379187116787024497, 6727400371614694287, 8132594031198021779),
    (129, 1738507677182238852, 8292949690757058329, 1361456403630484005),
    (200, 7886090686657605591, 8761855795649866709, 2651614156366774965),
    (1000, 6926958906470292557, 4723914007749814938, 7053322195746116809),
]


@pytest.mark.parametrize("size, fast, strong, oldest", RECORDED)
def test_hashes_are_tensorflows(size, fast, strong, oldest):
    string = bytes((i * 7 + 3) % 256 for i in range(size))
    found = fingerprint64(string), siphash(string, 7, -9), murmur64(string)
    assert [value % (2**63 - 1) for value in found] == [fast, strong, oldest]


@pytest.mark.skipif(native.library is None, reason=native.state)
@given(st.lists(st.binary(max_size=300), max_size=20), st.sampled_from([0, 1, 1000, 2**63 - 1]))
def test_the_library_does_as_the_definition_says(strings, buckets):
    given = np.empty(len(strings), object)
    given[:] = strings
    for kernel, key in (
        (fingerprint_buckets, ()),
        (sip_buckets, (-3, 2**62)),
        (murmur_buckets, ()),
    ):
        found, expected = (np.empty(len(strings), np.uint64) for _ in range(2))
        kernel(len(strings), given, *key, buckets, found)
        kernel.body(len(strings), given, *key, buckets, expected)
        assert found.tolist() == expected.tolist()


def test_many_strings_are_shared_among_threads():
    strings = np.array([b"word %d" % i for i in range(100_000)], object)
    out = np.empty(len(strings), np.uint64)
    fingerprint_buckets(len(strings), strings, 1000, out)
    for i in (0, 32_767, 32_768, 65_535, 65_536, 99_999):
        assert out[i] == fingerprint64(strings[i]) % 1000
