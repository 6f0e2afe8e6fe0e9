// Kernels over many strings. A new one takes three steps; string_length below is the example.
//
// 1. Here (or in another native/*.cpp, named in pyproject.toml):
//
//        KERNEL name(int64_t count, PyObject** strings, int32_t* out) { ...; return 0; }
//
//    One parameter for each Python argument: arrays come as pointers to their memory, whole numbers as
//    int64_t, bytes as `const char*`. Results go into arrays that the caller made; what is returned is
//    a number for the Python caller, e.g. the place of the first bad element, or -1. Kernels that make
//    objects keep the GIL, `put` them, and return at once if one is null: the error is raised for them.
// 2. In Python the same function by the same name, which is its definition, the fallback, and what
//    tests compare with:
//
//        @kernel
//        def string_length(count: int, strings: np.ndarray, out: np.ndarray) -> int:
//            out[:] = [len(string) for string in strings]
//            return 0
//
//    Its arrays are one-dimensional or as the caller says, contiguous, and of the dtype written here.
// 3. Raise the version, below and in headrace/_src/native/__init__.py, and install again:
//    `pip install -e .` builds.
//
// Read next: hashes.cpp.
#include "python.hpp"

KERNEL native_version() { return 3; }

// The loader's question whether bytes lie as python.hpp says.
KERNEL is_four(PyObject** string) { return view(*string) == "four"; }

// The number of bytes, or of characters: of those bytes that begin one in UTF-8.
KERNEL string_length(int64_t count, PyObject** strings, int64_t in_characters, int32_t* out) {
  in_parallel(count, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      auto string = view(strings[i]);
      out[i] = !in_characters ? string.size() : std::count_if(string.begin(), string.end(), [](char c) {
        return (c & 0xC0) != 0x80;
      });
    }
  });
  return 0;
}
