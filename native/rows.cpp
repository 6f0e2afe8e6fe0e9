// Rows of floats added to rows of a table: the update of embeddings, and sums by segments.
//
// The one idea: one row after the other in the order given, so that a row named twice gets both and
// every sum is rounded as NumPy rounds it. One thread: two might want the same row.
//
// The definition: headrace/_src/native/rows.py. Read next: ragged.cpp.
#include "python.hpp"

template <typename Number>
static void add(int64_t count, int64_t width, int64_t sign, const int64_t* rows, const void* values, void* table) {
  auto from = static_cast<const Number*>(values);
  auto scale = static_cast<Number>(sign);
  for (int64_t i = 0; i < count; ++i, from += width) {
    Number* to = static_cast<Number*>(table) + rows[i] * width;
    for (int64_t j = 0; j < width; ++j) to[j] += scale * from[j];
  }
}

KERNEL add_rows(int64_t count, int64_t width, int64_t size, int64_t sign, const int64_t* rows,
                const void* values, void* table) {
  (size == 4 ? add<float> : add<double>)(count, width, sign, rows, values, table);
  return 0;
}
