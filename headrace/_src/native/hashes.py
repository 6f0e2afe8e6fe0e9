"""Hashes of bytes as TensorFlow computes them: FarmHash, SipHash and MurmurHash.

The one idea: a hash that names a bucket must be the same number everywhere and for ever, so these
are published functions, written down here digit by digit; native/hashes.cpp says the same in C++.

    fingerprint64   FarmHash's Fingerprint64 (Pike, github.com/google/farmhash)
    siphash         SipHash-2-4 (Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012)
    murmur64        MurmurHash64A (Appleby, github.com/aappleby/smhasher)

Read next: native/hashes.cpp.
"""

import numpy as np

from headrace._src.native import kernel

MASK = (1 << 64) - 1
Two = tuple[int, int]

# FarmHash's, its own prime numbers with no meaning beyond well mixed bits.
K0 = 0xC3A5C85C97CB3127
K1 = 0xB492B66FBE98F273
K2 = 0x9AE16A3B2F90404F

MURMUR = 0xC6A4A7935BD1E995
MURMUR_SEED = 0xDECAFCAFFE


# ---- kernels: `out` gets the hash of every string, modulo `buckets` unless that is 0 -------------


@kernel
def fingerprint_buckets(count: int, strings: np.ndarray, buckets: int, out: np.ndarray) -> int:
    return _fill(out, buckets, [fingerprint64(string) for string in strings.flat])


@kernel
def sip_buckets(
    count: int, strings: np.ndarray, first: int, second: int, buckets: int, out: np.ndarray
) -> int:
    return _fill(out, buckets, [siphash(string, first, second) for string in strings.flat])


@kernel
def murmur_buckets(count: int, strings: np.ndarray, buckets: int, out: np.ndarray) -> int:
    return _fill(out, buckets, [murmur64(string) for string in strings.flat])


def _fill(out: np.ndarray, buckets: int, hashes: list[int]) -> int:
    out.reshape(-1)[:] = [found % buckets for found in hashes] if buckets else hashes
    return 0


# ---- FarmHash ------------------------------------------------------------------------------------


def fingerprint64(s: bytes) -> int:
    """FarmHash's Fingerprint64: one formula for each class of lengths."""
    n = len(s)
    if n <= 16:
        return _up_to_16(s, n)
    mul = (K2 + 2 * n) & MASK
    if n > 64:
        return _long(s, n)
    a, b = _word(s, 0), _word(s, 8)
    c, d = _word(s, n - 8) * mul, _word(s, n - 16) * K2
    if n <= 32:
        a *= K1
        return _pair(_turn(a + b, 43) + _turn(c, 30) + d, a + _turn(b + K2, 18) + c, mul)
    a *= K2
    y = _turn(a + b, 43) + _turn(c, 30) + d
    z = _pair(y, a + _turn(b + K2, 18) + c, mul)
    e, f = _word(s, 16) * mul, _word(s, 24)
    g, h = (y + _word(s, n - 32)) * mul, (z + _word(s, n - 24)) * mul
    return _pair(_turn(e + f, 43) + _turn(g, 30) + h, e + _turn(f + a, 18) + g, mul)


def _up_to_16(s: bytes, n: int) -> int:
    mul = K2 + 2 * n
    if n >= 8:
        a, b = _word(s, 0) + K2, _word(s, n - 8)
        return _pair(_turn(b, 37) * mul + a, (_turn(a, 25) + b) * mul, mul)
    if n >= 4:
        return _pair(n + (_word(s, 0, 4) << 3), _word(s, n - 4, 4), mul)
    if n == 0:
        return K2
    y, z = s[0] + (s[n >> 1] << 8), n + (s[-1] << 2)
    return _shift_mix((y * K2 ^ z * K0) & MASK) * K2 & MASK


def _long(s: bytes, n: int) -> int:
    """Blocks of 64 bytes; the last one ends with the string and may repeat bytes."""
    x, y = 81, (81 * K1 + 113) & MASK
    z = _shift_mix((y * K2 + 113) & MASK) * K2 & MASK
    x = x * K2 + _word(s, 0)
    v: Two = (0, 0)
    w: Two = (0, 0)
    for at in range(0, n - 1 & ~63, 64):
        x, y, z, v, w = _block(s, at, x, y, z, v, w, K1, 1)
    mul = K1 + ((z & 0xFF) << 1)
    w = (w[0] + (n - 1 & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = _block(s, n - 64, x, y, z, v, w, mul, 9)
    return _pair(
        _pair(v[0], w[0], mul) + _shift_mix(y & MASK) * K0 + z, _pair(v[1], w[1], mul) + x, mul
    )


def _block(
    s: bytes, at: int, x: int, y: int, z: int, v: Two, w: Two, mul: int, nine: int
) -> tuple[int, int, int, Two, Two]:
    x = _turn(x + y + v[0] + _word(s, at + 8), 37) * mul ^ w[1] * nine
    y = _turn(y + v[1] + _word(s, at + 48), 42) * mul + v[0] * nine + _word(s, at + 40)
    z = _turn(z + w[0], 33) * mul
    v = _weak(s, at, v[1] * mul, x + w[0])
    w = _weak(s, at + 32, z + w[1], y + _word(s, at + 16))
    return z & MASK, y & MASK, x & MASK, v, w


def _weak(s: bytes, at: int, a: int, b: int) -> Two:
    """Half a block, mixed into two numbers."""
    last = _word(s, at + 24)
    a += _word(s, at)
    before, b = a, _turn(b + a + last, 21)
    a += _word(s, at + 8) + _word(s, at + 16)
    return (a + last) & MASK, (b + _turn(a, 44) + before) & MASK


def _word(s: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(s[at : at + size], "little")


def _turn(x: int, by: int) -> int:
    """The bits of a word, turned to the right."""
    x &= MASK
    return (x >> by | x << 64 - by) & MASK


def _shift_mix(x: int) -> int:
    return x ^ x >> 47


def _pair(u: int, v: int, mul: int) -> int:
    """One word of two."""
    a = _shift_mix((u ^ v) * mul & MASK)
    return _shift_mix((v ^ a) * mul & MASK) * mul & MASK


# ---- SipHash and MurmurHash ----------------------------------------------------------------------


def siphash(s: bytes, first: int, second: int) -> int:
    """SipHash-2-4 under a key of two words."""
    first, second = first & MASK, second & MASK
    v = [
        first ^ 0x736F6D6570736575,
        second ^ 0x646F72616E646F6D,
        first ^ 0x6C7967656E657261,
        second ^ 0x7465646279746573,
    ]
    filled = s + bytes(7 - len(s) % 8) + bytes([len(s) & 0xFF])
    for at in range(0, len(filled), 8):
        word = _word(filled, at)
        v[3] ^= word
        _sip_round(v)
        _sip_round(v)
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(4):
        _sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _sip_round(v: list[int]) -> None:
    a, b, c, d = v
    a, c = (a + b) & MASK, (c + d) & MASK
    b, d = _turn(b, 51) ^ a, _turn(d, 48) ^ c
    a = _turn(a, 32)
    a, c = (a + d) & MASK, (c + b) & MASK
    v[:] = a, _turn(b, 47) ^ c, _turn(c, 32), _turn(d, 43) ^ a


def murmur64(s: bytes) -> int:
    """MurmurHash64A under TensorFlow's seed."""
    h = MURMUR_SEED ^ len(s) * MURMUR & MASK
    whole = len(s) // 8 * 8
    for at in range(0, whole, 8):
        k = _shift_mix(_word(s, at) * MURMUR & MASK) * MURMUR & MASK
        h = (h ^ k) * MURMUR & MASK
    if whole < len(s):
        h = (h ^ _word(s, whole)) * MURMUR & MASK
    return _shift_mix(_shift_mix(h) * MURMUR & MASK)
