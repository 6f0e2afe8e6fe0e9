// Kernels over rows of values: rows copied, rows that count, where each value is.
//
// The one idea: where the rows end says everything, so one loop goes over the rows and one within; no
// list of numbers as long as the values is made on the way. `splits` has one number more than rows.
//
// The definitions: headrace/_src/native/ragged.py. Read next: sparse.cpp.
#include "python.hpp"

// Integers wrap around, which C++ promises only of those without a sign.
template <typename Number>
static void count_on(int64_t rows, const int64_t* splits, const void* starts, const void* steps, void* out) {
  auto numbers = static_cast<Number*>(out);
  for (int64_t row = 0; row < rows; ++row) {
    Number number = static_cast<const Number*>(starts)[row];
    Number step = static_cast<const Number*>(steps)[row];
    for (int64_t i = splits[row]; i < splits[row + 1]; ++i, number += step) numbers[i] = number;
  }
}

KERNEL rows_that_count(int64_t rows, const int64_t* splits, const void* starts, const void* steps,
                       int64_t size, int64_t is_float, void* out) {
  auto kernel = is_float ? (size == 4 ? count_on<float> : count_on<double>)
                         : (size == 4 ? count_on<uint32_t> : count_on<uint64_t>);
  kernel(rows, splits, starts, steps, out);
  return 0;
}

KERNEL copy_rows(int64_t rows, const int64_t* splits, const int64_t* starts, int64_t size,
                 const char* values, char* out) {
  in_parallel(rows, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      std::copy_n(values + starts[row] * size, (splits[row + 1] - splits[row]) * size,
                  out + splits[row] * size);
    }
  });
  return 0;
}

KERNEL row_positions(int64_t rows, int64_t rank, const int64_t* splits, const int64_t* around, int64_t* out) {
  in_parallel(rows, [=](int64_t begin, int64_t end) {
    int64_t* place = out + splits[begin] * (rank + 1);
    for (int64_t row = begin; row < end; ++row) {
      for (int64_t i = 0; i < splits[row + 1] - splits[row]; ++i) {
        place = std::copy_n(around + row * rank, rank, place);
        *place++ = i;
      }
    }
  });
  return 0;
}
