// Kernels over rows of positions: is a sparse tensor in order, two merged, a matrix by its rows.
//
// The one idea: rows that are in order already are read once, from the first to the last, and nothing is
// sorted. A position is a row of `rank` whole numbers; rows compare as words do.
//
// The definitions: headrace/_src/native/sparse.py. Read next: hashes.cpp.
#include "python.hpp"

namespace {

// Less than 0 where row `a` comes before row `b`, 0 where they are equal.
inline int compared(int64_t rank, const int64_t* a, const int64_t* b) {
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (a[axis] != b[axis]) return a[axis] < b[axis] ? -1 : 1;
  }
  return 0;
}

// Matrices are most of it: a rank that the compiler knows makes them twice as fast.
template <typename Body>
int64_t with_rank(int64_t rank, Body body) {
  return rank == 2 ? body(std::integral_constant<int64_t, 2>()) : body(rank);
}

}  // namespace

KERNEL first_faults(int64_t count, int64_t rank, const int64_t* rows, const int64_t* limits, int64_t* out) {
  return with_rank(rank, [=](auto rank) {
    int64_t outside = count, late = count, repeated = count;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t* row = rows + i * rank;
      bool is_inside = true;
      for (int64_t axis = 0; axis < rank; ++axis) {
        is_inside &= static_cast<uint64_t>(row[axis]) < static_cast<uint64_t>(limits[axis]);
      }
      if (!is_inside) outside = std::min(outside, i);
      int order = i ? compared(rank, row - rank, row) : -1;
      if (order >= 0) (order ? late : repeated) = std::min(order ? late : repeated, i);
    }
    out[0] = outside, out[1] = late, out[2] = repeated;
    return int64_t{0};
  });
}

KERNEL merge_rows(int64_t many, int64_t others, int64_t rank, const int64_t* a, const int64_t* b,
                  int64_t* rows, int64_t* of_a, int64_t* of_b) {
  return with_rank(rank, [=](auto rank) {
    int64_t i = 0, j = 0, count = 0;
    for (; i < many && j < others; ++count) {
      int order = compared(rank, a + i * rank, b + j * rank);
      std::copy_n(order <= 0 ? a + i * rank : b + j * rank, static_cast<int64_t>(rank), rows + count * rank);
      // Both are written, and stand if the row was taken: no branch that nobody can foretell.
      of_a[i] = of_b[j] = count;
      i += order <= 0;
      j += order >= 0;
    }
    for (; i < many; ++i, ++count) {
      std::copy_n(a + i * rank, static_cast<int64_t>(rank), rows + count * rank);
      of_a[i] = count;
    }
    for (; j < others; ++j, ++count) {
      std::copy_n(b + j * rank, static_cast<int64_t>(rank), rows + count * rank);
      of_b[j] = count;
    }
    return count;
  });
}

KERNEL compress_rows(int64_t count, int64_t sizes, const int64_t* rows, int32_t* ends, int32_t* columns,
                     int32_t* order) try {
  int64_t i = 0, row = 0;
  ends[0] = 0;
  for (; i < count && rows[2 * i] >= row; ++i) {
    while (row < rows[2 * i]) ends[++row] = static_cast<int32_t>(i);
    columns[i] = static_cast<int32_t>(rows[2 * i + 1]);
  }
  while (row < sizes) ends[++row] = static_cast<int32_t>(i);
  if (i == count) return 1;
  std::fill_n(ends, sizes + 1, 0);
  for (i = 0; i < count; ++i) ++ends[rows[2 * i] + 1];
  for (row = 0; row < sizes; ++row) ends[row + 1] += ends[row];
  std::vector<int32_t> next(ends, ends + sizes);
  for (i = 0; i < count; ++i) {
    int32_t place = next[rows[2 * i]]++;
    columns[place] = static_cast<int32_t>(rows[2 * i + 1]);
    order[place] = static_cast<int32_t>(i);
  }
  return 0;
} OR_NO_MEMORY
