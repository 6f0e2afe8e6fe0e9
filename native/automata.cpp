// Tables of states at work, as headrace/_src/native/automata.py defines them.
//
// The one idea: one look-up a byte. A search tries every place in turn, which is quick as long as most
// tries end early; a budget of steps leaves the other strings to RE2, whose time is linear.
//
// Read next: headrace/_src/ops/regex.py.
#include <string>

#include "python.hpp"

namespace {

constexpr uint8_t kDead = 0, kMatches = 1, kMatchesAtEnd = 2;

struct Automaton {
  const uint8_t* following;
  const uint8_t* ends;

  uint8_t next(uint8_t state, char byte) const {
    return following[state << 8 | static_cast<uint8_t>(byte)];
  }

  // The end of the preferred match that begins at `at`, or -1; takes from `steps` what it read.
  int64_t match(std::string_view s, int64_t at, uint8_t state, int64_t& steps) const {
    int64_t size = s.size(), end = -1, place = at;
    for (; state != kDead; state = next(state, s[place++])) {
      if (ends[state] & kMatches) end = place;
      if (place == size) {
        if (ends[state] & kMatchesAtEnd) end = place;
        break;
      }
    }
    steps -= place - at;
    return end;
  }
};

}  // namespace

KERNEL full_matches(int64_t count, PyObject** strings, const uint8_t* following, const uint8_t* ends,
                    int64_t first, uint8_t* out) {
  Automaton automaton{following, ends};
  in_parallel(count, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      uint8_t state = first;
      for (char byte : view(strings[i])) {
        state = automaton.next(state, byte);
        if (state == kDead) break;
      }
      out[i] = ends[state] != 0;
    }
  });
  return 0;
}

KERNEL replacements(int64_t count, PyObject** strings, const uint8_t* following, const uint8_t* ends,
                    int64_t first, int64_t inner, const char* rewrite, int64_t size, int64_t most,
                    PyObject** out) try {
  Automaton automaton{following, ends};
  int64_t left = 0;
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    auto s = view(strings[i]);
    int64_t begin = 0, at = 0, found = 0, length = s.size(), steps = 64 * length + 1024;
    text.clear();
    while (at < length && found < most && steps >= 0) {
      int64_t end = automaton.match(s, at, at == 0 ? first : inner, steps);
      if (end < 0) {
        ++at;
        continue;
      }
      text.append(s, begin, at - begin).append(rewrite, size);
      begin = at = end;
      ++found;
    }
    if (steps < 0) {
      ++left;
      continue;
    }
    PyObject* made = strings[i];
    if (found) {
      text.append(s, begin);
      made = PyBytes_FromStringAndSize(text.data(), text.size());
      if (!made) return left;
    } else {
      Py_IncRef(made);
    }
    put(out + i, made);
  }
  return left;
} OR_NO_MEMORY
