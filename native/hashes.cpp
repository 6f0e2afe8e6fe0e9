// Hashes of many strings, as headrace/_src/native/hashes.py defines them; there are the sources, too.
//
// The one idea: FarmHash has one formula for each class of lengths, every one of which reads the
// string's first and last words, which may overlap. Words are read as little-endian.
//
// Read next: automata.cpp.
#include <utility>

#include "python.hpp"

namespace {

constexpr uint64_t k0 = 0xC3A5C85C97CB3127, k1 = 0xB492B66FBE98F273, k2 = 0x9AE16A3B2F90404F;
constexpr uint64_t kMurmur = 0xC6A4A7935BD1E995, kMurmurSeed = 0xDECAFCAFFE;

template <typename Word = uint64_t>
uint64_t word(const char* at) {
  Word found;
  std::memcpy(&found, at, sizeof found);
  return found;
}

// A string's last bytes, those that fill no word. The word that ends with them may begin before the
// string: there lies its header (python.hpp).
uint64_t rest(std::string_view s) {
  size_t size = s.size() & 7;
  return size ? word(s.data() + s.size() - 8) >> (64 - 8 * size) : 0;
}

uint64_t turn(uint64_t x, int by) { return x >> by | x << (64 - by); }

uint64_t shift_mix(uint64_t x) { return x ^ x >> 47; }

uint64_t pair(uint64_t u, uint64_t v, uint64_t mul) {
  uint64_t a = shift_mix((u ^ v) * mul);
  return shift_mix((v ^ a) * mul) * mul;
}

// ---- FarmHash -----------------------------------------------------------------------------------

uint64_t up_to_16(const char* s, size_t n) {
  uint64_t mul = k2 + 2 * n;
  if (n >= 8) {
    uint64_t a = word(s) + k2, b = word(s + n - 8);
    return pair(turn(b, 37) * mul + a, (turn(a, 25) + b) * mul, mul);
  }
  if (n >= 4) return pair(n + (word<uint32_t>(s) << 3), word<uint32_t>(s + n - 4), mul);
  if (n == 0) return k2;
  uint64_t y = word<uint8_t>(s) + (word<uint8_t>(s + (n >> 1)) << 8);
  uint64_t z = n + (word<uint8_t>(s + n - 1) << 2);
  return shift_mix(y * k2 ^ z * k0) * k2;
}

uint64_t up_to_64(const char* s, size_t n) {
  uint64_t mul = k2 + 2 * n;
  uint64_t a = word(s) * (n <= 32 ? k1 : k2), b = word(s + 8);
  uint64_t c = word(s + n - 8) * mul, d = word(s + n - 16) * k2;
  uint64_t y = turn(a + b, 43) + turn(c, 30) + d;
  uint64_t z = pair(y, a + turn(b + k2, 18) + c, mul);
  if (n <= 32) return z;
  uint64_t e = word(s + 16) * mul, f = word(s + 24);
  uint64_t g = (y + word(s + n - 32)) * mul, h = (z + word(s + n - 24)) * mul;
  return pair(turn(e + f, 43) + turn(g, 30) + h, e + turn(f + a, 18) + g, mul);
}

struct Long {
  uint64_t x, y, z, v[2] = {0, 0}, w[2] = {0, 0};

  void block(const char* s, uint64_t mul, uint64_t nine) {
    x = turn(x + y + v[0] + word(s + 8), 37) * mul ^ w[1] * nine;
    y = turn(y + v[1] + word(s + 48), 42) * mul + v[0] * nine + word(s + 40);
    z = turn(z + w[0], 33) * mul;
    weak(v, s, v[1] * mul, x + w[0]);
    weak(w, s + 32, z + w[1], y + word(s + 16));
    std::swap(x, z);
  }

  // Half a block, mixed into two numbers.
  static void weak(uint64_t* out, const char* s, uint64_t a, uint64_t b) {
    a += word(s);
    uint64_t before = a;
    b = turn(b + a + word(s + 24), 21);
    a += word(s + 8) + word(s + 16);
    out[0] = a + word(s + 24);
    out[1] = b + turn(a, 44) + before;
  }
};

uint64_t over_64(const char* s, size_t n) {
  uint64_t y = 81 * k1 + 113;
  Long state{81 * k2 + word(s), y, shift_mix(y * k2 + 113) * k2};
  for (size_t at = 0; at < ((n - 1) & ~size_t{63}); at += 64) state.block(s + at, k1, 1);
  auto& [x, y_, z, v, w] = state;
  uint64_t mul = k1 + ((z & 0xFF) << 1);
  w[0] += (n - 1) & 63;
  v[0] += w[0];
  w[0] += v[0];
  state.block(s + n - 64, mul, 9);
  return pair(pair(v[0], w[0], mul) + shift_mix(y_) * k0 + z, pair(v[1], w[1], mul) + x, mul);
}

uint64_t fingerprint64(std::string_view s) {
  if (s.size() <= 16) return up_to_16(s.data(), s.size());
  return s.size() <= 64 ? up_to_64(s.data(), s.size()) : over_64(s.data(), s.size());
}

// ---- SipHash and MurmurHash ---------------------------------------------------------------------

struct Sip {
  uint64_t a, b, c, d;

  void round() {
    a += b, c += d;
    b = turn(b, 51) ^ a, d = turn(d, 48) ^ c;
    a = turn(a, 32) + d, c += b;
    b = turn(b, 47) ^ c, d = turn(d, 43) ^ a;
    c = turn(c, 32);
  }

  void take(uint64_t word) {
    d ^= word;
    round(), round();
    a ^= word;
  }
};

uint64_t siphash(std::string_view s, uint64_t first, uint64_t second) {
  Sip state{first ^ 0x736F6D6570736575, second ^ 0x646F72616E646F6D, first ^ 0x6C7967656E657261,
            second ^ 0x7465646279746573};
  size_t whole = s.size() & ~size_t{7};
  for (size_t at = 0; at < whole; at += 8) state.take(word(s.data() + at));
  state.take(rest(s) | uint64_t{s.size()} << 56);
  state.c ^= 0xFF;
  for (int i = 0; i < 4; ++i) state.round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

uint64_t murmur64(std::string_view s) {
  uint64_t h = kMurmurSeed ^ s.size() * kMurmur;
  size_t whole = s.size() & ~size_t{7};
  for (size_t at = 0; at < whole; at += 8) {
    h = (h ^ shift_mix(word(s.data() + at) * kMurmur) * kMurmur) * kMurmur;
  }
  if (whole < s.size()) h = (h ^ rest(s)) * kMurmur;
  return shift_mix(shift_mix(h) * kMurmur);
}

template <typename Hash>
int64_t each(int64_t count, PyObject** strings, uint64_t buckets, uint64_t* out, Hash hash) {
  in_parallel(count, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      uint64_t found = hash(view(strings[i]));
      out[i] = buckets ? found % buckets : found;
    }
  });
  return 0;
}

}  // namespace

KERNEL fingerprint_buckets(int64_t count, PyObject** strings, int64_t buckets, uint64_t* out) {
  return each(count, strings, buckets, out, fingerprint64);
}

KERNEL sip_buckets(int64_t count, PyObject** strings, int64_t first, int64_t second, int64_t buckets,
                   uint64_t* out) {
  return each(count, strings, buckets, out,
              [=](std::string_view s) { return siphash(s, first, second); });
}

KERNEL murmur_buckets(int64_t count, PyObject** strings, int64_t buckets, uint64_t* out) {
  return each(count, strings, buckets, out, murmur64);
}
