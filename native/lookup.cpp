// Searching many keys at once, as headrace/_src/native/lookup.py defines it.
//
// The one idea: memory is what a search waits for. So keys are taken in blocks: first all hashes of a
// block, each of which asks for its slot to be brought nearer, then the slots.
//
// Read next: python.hpp.
#include "python.hpp"

namespace {

constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;
constexpr int64_t kBlock = 32;

struct Slot {
  int64_t key;  // or the hash of a word
  int64_t row;  // or the place of the word among the keys; negative if the slot is free
};

uint64_t number_hash(uint64_t key) {
  uint64_t product = key * kGolden;
  return product ^ product >> 32;
}

uint64_t word_hash(std::string_view key) {
  uint64_t found = key.size();
  const char* at = key.data();
  const char* end = at + key.size();
  uint64_t word;
  for (; at + 8 <= end; at += 8) {
    std::memcpy(&word, at, 8);
    found = number_hash(found ^ word);
  }
  if (size_t rest = end - at) {
    // The word that ends with the last bytes; it may begin in the object's header.
    std::memcpy(&word, end - 8, 8);
    found = number_hash(found ^ word >> (64 - 8 * rest));
  }
  return number_hash(found);
}

// search(i, hash) for all i below count, in threads and blocks; `hash_of(i)` says where it begins.
template <typename Hash, typename Search>
void search_all(int64_t count, int64_t mask, const Slot* slots, Hash hash_of, Search search) {
  in_parallel(count, [=](int64_t begin, int64_t end) {
    uint64_t hashes[kBlock];
    for (int64_t from = begin; from < end; from += kBlock) {
      int64_t size = std::min(kBlock, end - from);
      for (int64_t i = 0; i < size; ++i) {
        hashes[i] = hash_of(from + i);
        __builtin_prefetch(slots + (hashes[i] & mask));
      }
      for (int64_t i = 0; i < size; ++i) search(from + i, hashes[i]);
    }
  });
}

Slot* free_slot(uint64_t hash, int64_t mask, Slot* slots) {
  uint64_t at = hash & mask;
  while (slots[at].row >= 0) at = (at + 1) & mask;
  return slots + at;
}

}  // namespace

KERNEL lay_numbers(int64_t count, const int64_t* keys, const int64_t* rows, int64_t mask, Slot* slots) {
  for (int64_t i = 0; i < count; ++i) *free_slot(number_hash(keys[i]), mask, slots) = {keys[i], rows[i]};
  return 0;
}

KERNEL find_numbers(int64_t count, const int64_t* wanted, int64_t mask, const Slot* slots, int64_t* out) {
  search_all(count, mask, slots, [=](int64_t i) { return number_hash(wanted[i]); },
             [=](int64_t i, uint64_t hash) {
               uint64_t at = hash & mask;
               while (slots[at].row >= 0 && slots[at].key != wanted[i]) at = (at + 1) & mask;
               out[i] = slots[at].row;
             });
  return 0;
}

KERNEL lay_words(int64_t count, PyObject** keys, int64_t mask, Slot* slots) {
  for (int64_t i = 0; i < count; ++i) {
    uint64_t hash = word_hash(view(keys[i]));
    *free_slot(hash, mask, slots) = {static_cast<int64_t>(hash), i};
  }
  return 0;
}

KERNEL find_words(int64_t count, PyObject** wanted, int64_t mask, const Slot* slots, PyObject** keys,
                  const int64_t* rows, int64_t* out) {
  search_all(count, mask, slots, [=](int64_t i) { return word_hash(view(wanted[i])); },
             [=](int64_t i, uint64_t hash) {
               for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
                 const Slot& slot = slots[at];
                 if (slot.row < 0) {
                   out[i] = -1;
                   return;
                 }
                 if (slot.key == static_cast<int64_t>(hash) && view(keys[slot.row]) == view(wanted[i])) {
                   out[i] = rows[slot.row];
                   return;
                 }
               }
             });
  return 0;
}
