// What the kernels know of Python: six functions of the stable ABI and how a bytes object lies in
// memory. Python.h is not needed, so a compiler alone builds the library, once for every CPython 3.11+.
//
// The one idea: a kernel gets the arrays' own memory. A NumPy array of strings is a `PyObject**`; the
// loader (headrace/_src/native/__init__.py) calls with the GIL held and raises what a kernel leaves as
// Python's error. What only reads may let go of it: in_parallel below.
//
// Read next: strings.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <thread>
#include <vector>

#define KERNEL extern "C" __attribute__((visibility("default"))) int64_t
// Ends a kernel, `KERNEL name(...) try {...} OR_NO_MEMORY`, that makes vectors or strings of its own: what
// C++ throws must not reach Python.
#define OR_NO_MEMORY catch (const std::bad_alloc&) { PyErr_NoMemory(); return 0; }

struct PyObject;

extern "C" {
PyObject* PyBytes_FromStringAndSize(const char* data, intptr_t size);  // data may be null: not filled
void Py_IncRef(PyObject*);
void Py_DecRef(PyObject*);  // null is allowed
PyObject* PyErr_NoMemory();
void* PyEval_SaveThread();
void PyEval_RestoreThread(void*);
}

// The same since Python 3.0, and checked by the loader; asking PyBytes_AsStringAndSize for a million
// strings takes as long as hashing them.
struct Bytes {
  intptr_t reference_count;
  void* type;
  intptr_t size;
  intptr_t hash;
  char data[1];
};

inline std::string_view view(PyObject* string) {
  auto bytes = reinterpret_cast<Bytes*>(string);
  return {bytes->data, static_cast<size_t>(bytes->size)};
}

// The memory of a bytes object that nobody else has seen yet.
inline char* memory(PyObject* fresh) { return reinterpret_cast<Bytes*>(fresh)->data; }

// Puts an object, which now belongs to the array, into its place there.
inline void put(PyObject** place, PyObject* object) {
  PyObject* before = *place;
  *place = object;
  Py_DecRef(before);
}

// body(begin, end) for parts of 0...count, in a few threads if there is much to do, without the GIL:
// the body must not call Python.
template <typename Body>
void in_parallel(int64_t count, Body body) {
  constexpr int64_t kWorthAThread = 1 << 15, kMostThreads = 8;
  int64_t cores = std::max<int64_t>(std::thread::hardware_concurrency(), 1);
  int64_t parts = std::clamp<int64_t>(count / kWorthAThread, 1, std::min(cores, kMostThreads));
  if (parts == 1) return body(int64_t{0}, count);
  void* state = PyEval_SaveThread();
  std::array<std::thread, kMostThreads> threads;  // a vector might find no memory
  for (int64_t i = 1; i < parts; ++i) {
    int64_t begin = count * i / parts, end = count * (i + 1) / parts;
    try {
      threads[i] = std::thread(body, begin, end);
    } catch (const std::exception&) {
      body(begin, end);  // the system gives no more threads
    }
  }
  body(int64_t{0}, count / parts);
  for (auto& thread : threads) {
    if (thread.joinable()) thread.join();
  }
  PyEval_RestoreThread(state);
}
