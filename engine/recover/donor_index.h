// Finds where rows of other copies (donor_rows.h) lie in a text of which many bytes are unknown, and decides whether a
// place proves to be the row's.
//
//   seeds    kSeed known bytes in a row that also stand in a donor, and in few others, say where the donor could begin
//   fit      every byte that is known agrees, the ends of the line too
//   linked   the fit tells which row it is:
//            by key        each byte of the primary key and of what delimits it is known, and kTellingBytes more outside it
//            by content    kAnchorBytes known bytes outside the key, and no other row of the table that is known (its
//                          neighbours by key, and some spread over the table) comes within kMargin known bytes of fitting.
//                          For where the digits that all keys begin with are unknown, nothing is ever linked by key
//
//   bears    then it is a witness of the lost bytes of the line. Between copies of two days values change, and an old one
//            must not pass for the new one. A sure witness:
//              of the columns in which the two copies were never seen to differ, in kComparedRows rows or more
//              of all columns, when each change that was seen between the two copies would have shown at this place:
//              one of the bytes that it changed is known here
//            No witness in a column that is seen to differ. Of copies with fewer rows to compare, an unsure one
//
// Known is what was never lost, or is solved and agrees; where something solved disagrees, only the former counts. A link
// proves nothing yet: solve_markers.h asks for two.
//
// Borrows the donors. Memory: 12 bytes for each byte of a witness. Const calls from any number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "engine/recover/donor_rows.h"

namespace pulih {

inline constexpr size_t kSeed = 6;
inline constexpr size_t kMostPlaces = 32;  // of a seed: one that stands in more rows than that tells nothing
inline constexpr uint64_t kComparedRows = 16;
inline constexpr size_t kTellingBytes = 8, kAnchorBytes = 16, kMargin = 8;

// A stretch of text. Where marker is 0 the byte is known; else it is solved or (0, not solved) unknown.
struct MarkedView {
  std::string_view bytes;
  std::span<const uint32_t> markers;
  std::span<const uint8_t> solved;  // 1: of a byte with a marker
};

// Bytes of a donor's line that stand where bytes were lost: `at` 0 is the line end before it, 1 its first byte, and so on
// to the line end behind. Markers of neighbours go down by one, as copies do.
struct WitnessRun {
  uint32_t marker = 0;
  uint16_t at = 0, count = 0;
  bool sure = false;
};

class DonorIndex {
 public:
  explicit DonorIndex(const DonorRows& donors);

  // Calls each(row, begin) for rows that may begin at `begin` (which may lie outside of the text) because of the kSeed
  // bytes at `at`.
  template <typename Each>
  void ForSeed(std::string_view bytes, size_t at, const Each& each) const {
    const uint32_t hash = SeedHash(bytes.data() + at);
    if (!(present_[hash >> 14] >> (hash >> 8 & 63) & 1)) return;
    for (size_t i = FirstOf(hash); i < seeds_.size() && seeds_[i].hash == hash; ++i) each(seeds_[i].row, static_cast<int64_t>(at) - seeds_[i].at);
  }

  // True when the row is linked to the text at `begin`; then `runs` are the lost bytes that it is a witness of.
  bool Links(uint32_t row, const MarkedView& text, int64_t begin, std::vector<WitnessRun>& runs) const;

 private:
  struct Seed {
    uint32_t hash = 0, row = 0;
    uint16_t at = 0;  // in the row
    bool operator<(const Seed& o) const { return std::tie(hash, row, at) < std::tie(o.hash, o.row, o.at); }
  };
  struct Column {
    uint32_t begin = 0, end = 0;  // in the line
    bool key = false;
  };
  static uint32_t SeedHash(const char* bytes);
  size_t FirstOf(uint32_t hash) const;
  std::vector<Column> ColumnsOf(uint32_t row) const;
  size_t Distance(const std::vector<Column>& columns, std::string_view line, const std::vector<bool>& known, uint32_t other) const;
  enum class Bears : uint8_t { no, unsure, sure };
  std::vector<Bears> Bearing(uint32_t row, const std::vector<Column>& columns, const std::vector<bool>& known) const;
  bool StandsOut(uint32_t row, const std::vector<Column>& columns, const std::vector<bool>& known) const;

  const DonorRows& donors_;
  std::vector<Seed> seeds_;
  std::vector<uint64_t> present_;    // a bit for each 24 bits of hash
  std::vector<uint32_t> buckets_;    // where hashes with these first 16 bits begin
};

}  // namespace pulih
