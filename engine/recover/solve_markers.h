// Solves markers: says which bytes were lost in a deflate stream, from rows of other copies, and from nothing else.
//
// Behind a hole, text is decoded with markers for what the hole took (formats/archive/marker_inflate.h). Wherever a row of
// another copy is linked to a place of that text (donor_index.h), it is a witness for each marker at that place. Then:
//
//   two witnesses   a marker is solved when two different rows say the same byte (two copies of one row are one)
//   sure            when two of them are sure witnesses. What is not is text like any other, but proves nothing: a row with
//                   such bytes is of grade D
//   contradiction   a marker of which two bytes are said is not solved
//   refuted         a row that on two markers stands alone against two rows that agree is another version of the row, or
//                   wrongly linked: it is no witness at all
//   one place       a row that is linked to two places, and rows linked to places that overlap, are no witnesses
//   on and on       what is solved makes more bytes known, so more rows are linked, and so on until nothing changes. Each
//                   round starts from all of the text and from nothing but the round before, so nothing that proves wrong
//                   is kept; when kSolveRounds end it, only what the last two rounds agree in counts
//
// The text is told again for each round and never held: memory is the donors' (read_donors.h), their index, some 100 bytes
// and 12 for each run of lost bytes of a linked row, and 72 for each marker of a resumption that a witness speaks of.
// Deterministic. One thread.
#pragma once

#include <functional>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/recover/donor_rows.h"
#include "engine/recover/marker_solution.h"

namespace pulih {

inline constexpr unsigned kSolveRounds = 16;

class MarkedTextTaker {
 public:
  virtual ~MarkedTextTaker() = default;
  // What came before and what follows do not touch.
  virtual Status Break() = 0;
  // The next bytes. Markers: none when all are known, else one for each byte, 0 where it is known. Views last for the call.
  virtual Status Run(ByteView bytes, std::span<const uint32_t> markers) = 0;
};
// Tells all of the text, the same each time.
using MarkedText = std::function<Status(MarkedTextTaker&)>;

struct SolveReport {
  unsigned rounds = 0;
  uint64_t linked = 0, refuted = 0, contradicted = 0;  // rows, rows, markers; of the last round
};

Result<MarkerSolution> SolveMarkers(const DonorRows& donors, const MarkedText& text, SolveReport* report = nullptr);

}  // namespace pulih
