// Kernels over rows of positions: is a sparse tensor in order, two merged, a matrix by its rows.
//
// The one idea: rows that are in order already are read once, from the first to the last, and nothing is
// sorted. A position is a row of `rank` whole numbers; rows compare as words do.
//
// The definitions: headrace/_src/native/sparse.py. Read next: hashes.cpp.
#include "python.hpp"

// Less than 0 where row `a` comes before row `b`, 0 where they are equal.
static inline int compared(int64_t rank, const int64_t* a, const int64_t* b) {
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (a[axis] != b[axis]) return a[axis] < b[axis] ? -1 : 1;
  }
  return 0;
}

KERNEL first_faults(int64_t count, int64_t rank, const int64_t* rows, const int64_t* limits, int64_t* out) {
  out[0] = out[1] = out[2] = count;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t* row = rows + i * rank;
    bool is_inside = true;
    for (int64_t axis = 0; axis < rank; ++axis) {
      is_inside &= static_cast<uint64_t>(row[axis]) < static_cast<uint64_t>(limits[axis]);
    }
    if (!is_inside) out[0] = std::min(out[0], i);
    if (!i) continue;
    int order = compared(rank, row - rank, row);
    if (order > 0) out[1] = std::min(out[1], i);
    if (order == 0) out[2] = std::min(out[2], i);
  }
  return 0;
}

KERNEL merge_rows(int64_t many, int64_t others, int64_t rank, const int64_t* a, const int64_t* b,
                  int64_t* rows, int64_t* of_a, int64_t* of_b) {
  int64_t i = 0, j = 0, count = 0;
  for (; i < many && j < others; ++count) {
    int order = compared(rank, a + i * rank, b + j * rank);
    std::copy_n(order <= 0 ? a + i * rank : b + j * rank, rank, rows + count * rank);
    // Both are written, and stand if the row was taken: no branch that nobody can foretell.
    of_a[i] = of_b[j] = count;
    i += order <= 0;
    j += order >= 0;
  }
  for (; i < many; ++i, ++count) {
    std::copy_n(a + i * rank, rank, rows + count * rank);
    of_a[i] = count;
  }
  for (; j < others; ++j, ++count) {
    std::copy_n(b + j * rank, rank, rows + count * rank);
    of_b[j] = count;
  }
  return count;
}

KERNEL compress_rows(int64_t count, int64_t sizes, const int64_t* rows, int32_t* ends, int32_t* columns,
                     int32_t* order) {
  std::fill_n(ends, sizes + 1, 0);
  bool is_ordered = true;
  for (int64_t i = 0; i < count; ++i) {
    ++ends[rows[2 * i] + 1];
    is_ordered &= !i || rows[2 * i - 2] <= rows[2 * i];
  }
  for (int64_t row = 0; row < sizes; ++row) ends[row + 1] += ends[row];
  if (is_ordered) {
    for (int64_t i = 0; i < count; ++i) columns[i] = static_cast<int32_t>(rows[2 * i + 1]);
    return 1;
  }
  std::vector<int32_t> next(ends, ends + sizes);
  for (int64_t i = 0; i < count; ++i) {
    int32_t place = next[rows[2 * i]]++;
    columns[place] = static_cast<int32_t>(rows[2 * i + 1]);
    order[place] = static_cast<int32_t>(i);
  }
  return 0;
}
