// What became of a transaction, by pg_xact (before 10: pg_clog): two bits each, 32768 transactions a page, 32 pages a
// segment named by its number in hexadecimal.
//
// A page of zeros says nothing: it was allocated and never written, or it is a hole in the evidence. A transaction whose
// bits are 0 on a page that was written was under way when it was written; whether it committed later is not said.
//
// Borrows the segments' bytes. Reading is thread-safe. Source: src/backend/access/transam/clog.c.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "engine/base/bytes.h"
#include "formats/postgres/heap_tuple.h"

namespace pulih {

enum class XactStatus : uint8_t { unknown, under_way, committed, aborted };

class XactLog {
 public:
  // "000A" is 10; nothing for a name that is none.
  static std::optional<uint32_t> SegmentNumber(std::string_view name);

  // May be shorter than a whole segment. Of two with one number the last counts.
  void AddSegment(uint32_t number, ByteView bytes);
  bool empty() const { return segments_.empty(); }

  // Of a part of a transaction (sub-committed: 3) the answer is unknown, for only its parent decides. Bootstrap (1) and
  // frozen (2) are committed.
  XactStatus StatusOf(uint32_t xid) const;

 private:
  static constexpr size_t kPageBytes = 8192;
  struct Segment {
    ByteView bytes;
    uint32_t written = 0;  // a bit for each page that is not all zeros
  };
  std::map<uint32_t, Segment> segments_;
};

// How a row version stands: by frozen state, hint bits, and the log where it is at hand.
enum class Visibility : uint8_t {
  live,      // inserted by who committed, deleted by nobody
  deleted,   // deleted, or updated, by who committed
  never,     // inserted by who rolled back
  unknown,
};
Visibility VisibilityOf(const TupleHeader& header, const XactLog* log);

}  // namespace pulih
