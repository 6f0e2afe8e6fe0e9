// Case, ends, parts and numbers of many strings: what headrace/_src/native/strings.py says in Python.
//
// The one idea: making a bytes object costs more than anything done to its bytes, so a string that
// stays as it is becomes the result itself, and what only reads runs without the GIL.
//
// Read next: headrace/_src/ops/strings.py.
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>

#include "python.hpp"

namespace {

using std::string_view;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A new object that belongs to the array; false where there is no memory for it.
bool put_copy(PyObject** place, string_view string) {
  PyObject* made = PyBytes_FromStringAndSize(string.data(), string.size());
  if (made) put(place, made);
  return made;
}

// An object that is there already, once more.
bool put_again(PyObject** place, PyObject* object) {
  Py_IncRef(object);
  put(place, object);
  return true;
}

// Parts that are put into one array. Those of many strings are often the same few, so a short part is
// looked for among those made lately: an object found costs a third of one made. The array holds them.
class Parts {
 public:
  // A part of `whole`, which is itself the result if it is all of it; false without memory.
  bool put(PyObject** place, PyObject* whole, string_view part) {
    if (part.size() == view(whole).size()) return put_again(place, whole);
    if (part.size() > sizeof(uint64_t)) return put_copy(place, part);
    uint64_t letters = 0;
    for (unsigned char c : part) letters = letters << 8 | c;  // copied, they would come late
    Made& made = made_[((letters ^ part.size()) * 0x9E3779B97F4A7C15u) >> (64 - kBits)];
    if (made.object && made.letters == letters && view(made.object).size() == part.size()) {
      return put_again(place, made.object);
    }
    if (!put_copy(place, part)) return false;
    made = {letters, *place};
    return true;
  }

 private:
  struct Made {
    uint64_t letters;
    PyObject* object;
  };

  static constexpr int kBits = 8;
  std::array<Made, 1 << kBits> made_{};
};

// `string` with the case of the letters from `first` to `first` + 25 changed.
void change_letters(string_view string, char* out, char first) {
  if (string.size() < sizeof(uint64_t)) {
    std::transform(string.begin(), string.end(), out,
                   [first](char c) { return static_cast<unsigned char>(c - first) < 26 ? c ^ 0x20 : c; });
    return;
  }
  // Eight at a time, the last of them once more where they overlap. A sum's highest bit says that a
  // letter is not below a bound; without their own highest bits none carries into the next.
  constexpr uint64_t kEach = 0x0101010101010101;
  auto change_eight = [&](size_t at) {
    uint64_t letters;
    std::memcpy(&letters, string.data() + at, sizeof letters);
    uint64_t ascii = letters & 0x7F * kEach;
    uint64_t within = (ascii + (128 - first) * kEach) & ~(ascii + (128 - first - 26) * kEach) & ~letters;
    letters ^= (within & 0x80 * kEach) >> 2;
    std::memcpy(out + at, &letters, sizeof letters);
  };
  for (size_t at = 0; at + sizeof(uint64_t) < string.size(); at += sizeof(uint64_t)) change_eight(at);
  change_eight(string.size() - sizeof(uint64_t));
}

// Strings whose letters from `first` to `first` + 25 have their case changed.
int64_t change_case(int64_t count, PyObject** strings, PyObject** out, char first) {
  auto changes = [first](char c) { return static_cast<unsigned char>(c - first) < 26; };
  for (int64_t i = 0; i < count; ++i) {
    auto string = view(strings[i]);
    if (std::none_of(string.begin(), string.end(), changes)) {
      put_again(out + i, strings[i]);
      continue;
    }
    PyObject* made = PyBytes_FromStringAndSize(nullptr, string.size());
    if (!made) return 0;
    change_letters(string, memory(made), first);
    put(out + i, made);
  }
  return 0;
}

string_view stripped(string_view string) {
  while (!string.empty() && is_space(string.front())) string.remove_prefix(1);
  while (!string.empty() && is_space(string.back())) string.remove_suffix(1);
  return string;
}

// Calls take(part) for the parts of a string; see `parts` in headrace/_src/native/strings.py.
template <typename Take>
void each_part(string_view string, string_view separator, int64_t limit, Take take) {
  if (limit == 0) return take(string);
  int64_t found = 0;
  if (!separator.empty()) {
    for (; found != limit; ++found) {
      size_t end = separator.size() == 1 ? string.find(separator[0]) : string.find(separator);
      if (end == string_view::npos) break;
      take(string.substr(0, end));
      string.remove_prefix(end + separator.size());
    }
    return take(string);
  }
  auto skip = [&string] {
    while (!string.empty() && is_space(string.front())) string.remove_prefix(1);
  };
  for (skip(); !string.empty(); skip(), ++found) {
    if (found == limit) break;
    size_t end = 0;
    while (end < string.size() && !is_space(string[end])) ++end;
    take(string.substr(0, end));
    string.remove_prefix(end);
  }
  if (found == limit) take(string);
}

// The number that all of `string` spells; false where it spells none.
template <typename Number>
bool parse(string_view string, Number* out) {
  string = stripped(string);
  if (!string.empty() && string.front() == '+') {
    string.remove_prefix(1);
    if (!string.empty() && (string.front() == '-' || string.front() == '+')) return false;
  }
  auto [end, error] = std::from_chars(string.data(), string.data() + string.size(), *out);
  return error == std::errc() && end == string.data() + string.size();
}

template <typename Number>
int64_t parse_all(int64_t count, PyObject** strings, Number* out) {
  for (int64_t i = 0; i < count; ++i) {
    if (!parse(view(strings[i]), out + i)) return i;
  }
  return -1;
}

}  // namespace

KERNEL string_lower(int64_t count, PyObject** strings, PyObject** out) {
  return change_case(count, strings, out, 'A');
}

KERNEL string_upper(int64_t count, PyObject** strings, PyObject** out) {
  return change_case(count, strings, out, 'a');
}

KERNEL string_strip(int64_t count, PyObject** strings, PyObject** out) {
  Parts parts;
  for (int64_t i = 0; i < count; ++i) {
    if (!parts.put(out + i, strings[i], stripped(view(strings[i])))) break;
  }
  return 0;
}

KERNEL string_are_plain(int64_t count, PyObject** strings) {
  for (int64_t i = 0; i < count; ++i) {
    unsigned char any = 0;
    for (unsigned char c : view(strings[i])) any |= c | (c - 1);  // less one, NUL is 255
    if (any & 0x80) return 0;
  }
  return 1;
}

KERNEL string_join(int64_t count, int64_t rows, PyObject** strings, const char* separator,
                   int64_t separator_size, PyObject** out) {
  for (int64_t i = 0; i < count; ++i, strings += rows) {
    size_t size = rows ? (rows - 1) * separator_size : 0;
    for (int64_t j = 0; j < rows; ++j) size += view(strings[j]).size();
    PyObject* made = PyBytes_FromStringAndSize(nullptr, size);
    if (!made) return 0;
    char* end = memory(made);
    for (int64_t j = 0; j < rows; ++j) {
      if (j) end = std::copy_n(separator, separator_size, end);
      auto string = view(strings[j]);
      end = std::copy(string.begin(), string.end(), end);
    }
    put(out + i, made);
  }
  return 0;
}

KERNEL segment_join(int64_t count, int64_t width, PyObject** strings, int64_t* segments,
                    const char* separator, int64_t separator_size, int64_t rows, PyObject** out) try {
  // First how long each result is, then the results, then the bytes.
  std::vector<int64_t> sizes(rows * width, -separator_size);
  for (int64_t i = 0; i < count * width; ++i) {
    sizes[segments[i / width] * width + i % width] += view(strings[i]).size() + separator_size;
  }
  std::vector<char*> ends(sizes.size());
  std::vector<bool> has_begun(sizes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    PyObject* made = PyBytes_FromStringAndSize(nullptr, std::max<int64_t>(sizes[i], 0));
    if (!made) return 0;
    put(out + i, made);
    ends[i] = memory(made);
  }
  for (int64_t i = 0; i < count * width; ++i) {
    int64_t place = segments[i / width] * width + i % width;
    auto string = view(strings[i]);
    char*& end = ends[place];
    if (has_begun[place]) end = std::copy_n(separator, separator_size, end);
    has_begun[place] = true;
    end = std::copy(string.begin(), string.end(), end);
  }
  return 0;
} OR_NO_MEMORY

KERNEL string_substr(int64_t count, PyObject** strings, int64_t each, const int64_t* begins,
                     const int64_t* sizes, PyObject** out) {
  Parts parts;
  for (int64_t i = 0; i < count; ++i, begins += each, sizes += each) {
    auto string = view(strings[i]);
    int64_t length = string.size(), begin = *begins;
    if (begin < -length || begin > length) return i;
    if (begin < 0) begin += length;
    auto part = string.substr(begin, *sizes < 0 ? string_view::npos : *sizes);
    if (!parts.put(out + i, strings[i], part)) break;
  }
  return -1;
}

KERNEL string_windows(int64_t rows, const int64_t* splits, PyObject** strings, PyObject** texts,
                      int64_t kinds, const int64_t* widths, int64_t padding, int64_t keeps_short,
                      PyObject** out) {
  string_view between = view(texts[0]), left = view(texts[1]), right = view(texts[2]);
  for (int64_t row = 0; row < rows; ++row, ++splits) {
    int64_t length = splits[1] - splits[0];
    // The padded row is read as if it were there: its strings from `begin` on, `count` of them.
    auto put_window = [&](int64_t begin, int64_t count) {
      auto string_at = [&](int64_t i) {
        return i < 0 ? left : i < length ? view(strings[splits[0] + i]) : right;
      };
      size_t size = (count - 1) * between.size();
      for (int64_t i = begin; i < begin + count; ++i) size += string_at(i).size();
      PyObject* made = PyBytes_FromStringAndSize(nullptr, size);
      if (!made) return false;
      char* end = memory(made);
      for (int64_t i = begin; i < begin + count; ++i) {
        if (i > begin) end = std::copy(between.begin(), between.end(), end);
        auto string = string_at(i);
        end = std::copy(string.begin(), string.end(), end);
      }
      put(out++, made);
      return true;
    };
    bool is_empty = true;
    for (int64_t kind = 0; kind < kinds; ++kind) {
      int64_t width = widths[kind], pads = padding < 0 ? width - 1 : std::min(padding, width - 1);
      for (int64_t begin = -pads; begin + width <= length + pads; ++begin) {
        if (!put_window(begin, width)) return 0;
        is_empty = false;
      }
    }
    int64_t pads = std::max<int64_t>(padding, 0);
    if (keeps_short && is_empty && length && !put_window(-pads, length + 2 * pads)) return 0;
  }
  return 0;
}

KERNEL split_counts(int64_t count, PyObject** strings, const char* separator, int64_t size,
                    int64_t limit, int64_t* out) {
  in_parallel(count, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      out[i] = 0;
      each_part(view(strings[i]), {separator, static_cast<size_t>(size)}, limit,
                [&](string_view) { ++out[i]; });
    }
  });
  return 0;
}

KERNEL split_parts(int64_t count, PyObject** strings, const char* separator, int64_t size,
                   int64_t limit, PyObject** out) {
  Parts parts;
  bool is_well = true;
  for (int64_t i = 0; i < count && is_well; ++i) {
    each_part(view(strings[i]), {separator, static_cast<size_t>(size)}, limit,
              [&](string_view part) { is_well = is_well && parts.put(out++, strings[i], part); });
  }
  return 0;
}

KERNEL string_bytes(int64_t count, PyObject** strings, PyObject** out) {
  for (int64_t i = 0; i < count; ++i) {
    // Python has the strings of one byte ready.
    for (char c : view(strings[i])) {
      if (!put_copy(out++, {&c, 1})) return 0;
    }
  }
  return 0;
}

KERNEL decimal_floats(int64_t count, PyObject** strings, int64_t size, void* out) {
#ifdef __cpp_lib_to_chars
  if (size == 4) return parse_all(count, strings, static_cast<float*>(out));
  return parse_all(count, strings, static_cast<double*>(out));
#else  // a library without from_chars for floats: the first is left to Python, and so are all
  return count && strings && size && out ? 0 : -1;
#endif
}

KERNEL decimal_integers(int64_t count, PyObject** strings, int64_t low, int64_t high, int64_t* out) {
  for (int64_t i = 0; i < count; ++i) {
    auto string = view(strings[i]);
    if (!parse(string, out + i) || out[i] < low || out[i] > high) return i;
    if (low == 0 && out[i] == 0 && string.find('-') != string_view::npos) return i;
  }
  return -1;
}

KERNEL floats_written(int64_t count, double* values, const char* form, PyObject** out) try {
  std::vector<char> text(512);
#ifdef __cpp_lib_to_chars
  // to_chars knows the forms without flags and width, and writes them in a third of the time.
  char* rest = const_cast<char*>(form) + 1;
  int precision = *rest == '.' ? strtol(rest + 1, &rest, 10) : 6;
  bool is_plain = *rest && !rest[1];
  auto kind = *rest == 'e'   ? std::chars_format::scientific
              : *rest == 'f' ? std::chars_format::fixed
                             : std::chars_format::general;
#endif
  for (int64_t i = 0; i < count; ++i) {
#ifdef __cpp_lib_to_chars
    if (is_plain) {
      auto [end, error] =
          std::to_chars(text.data(), text.data() + text.size(), values[i], kind, precision);
      if (error == std::errc()) {
        if (!put_copy(out + i, {text.data(), static_cast<size_t>(end - text.data())})) break;
        continue;
      }
    }
#endif
    int size = snprintf(text.data(), text.size(), form, values[i]);
    if (size < 0) throw std::bad_alloc();  // longer than C can say
    if (size_t needed = size + size_t{1}; needed > text.size()) {
      text.resize(needed);
      snprintf(text.data(), needed, form, values[i]);
    }
    if (!put_copy(out + i, {text.data(), static_cast<size_t>(size)})) break;
  }
  return 0;
} OR_NO_MEMORY

KERNEL integers_written(int64_t count, int64_t* values, PyObject** out) {
  std::array<char, 24> text;
  for (int64_t i = 0; i < count; ++i) {
    char* end = std::to_chars(text.begin(), text.end(), values[i]).ptr;
    if (!put_copy(out + i, {text.begin(), static_cast<size_t>(end - text.begin())})) break;
  }
  return 0;
}
