#include "formats/postgres/xact.h"

#include <catch2/catch.hpp>

namespace pulih {
namespace {

using namespace tuple_bits;

void SetStatus(Bytes& segment, uint32_t xid, unsigned bits) {
  segment[xid % 1048576 / 4] |= static_cast<uint8_t>(bits << (xid % 4 * 2));
}

TEST_CASE("the log says what became of a transaction, and unknown where it says nothing") {
  Bytes first(8192 * 2), later(100);
  SetStatus(first, 700, 1);
  SetStatus(first, 701, 2);
  SetStatus(first, 702, 3);
  SetStatus(later, 1048576 + 5, 1);
  XactLog log;
  log.AddSegment(0, first);
  log.AddSegment(1, later);
  CHECK(log.StatusOf(700) == XactStatus::committed);
  CHECK(log.StatusOf(701) == XactStatus::aborted);
  CHECK(log.StatusOf(702) == XactStatus::unknown);    // a part of another
  CHECK(log.StatusOf(703) == XactStatus::under_way);
  CHECK(log.StatusOf(32768) == XactStatus::unknown);  // a page of zeros
  CHECK(log.StatusOf(65536) == XactStatus::unknown);  // behind the end
  CHECK(log.StatusOf(1048576 + 5) == XactStatus::committed);
  CHECK(log.StatusOf(1048576 + 399) == XactStatus::under_way);
  CHECK(log.StatusOf(1048576 + 400) == XactStatus::unknown);
  CHECK(log.StatusOf(0xffffffff) == XactStatus::unknown);
  CHECK(log.StatusOf(0) == XactStatus::unknown);
  CHECK(log.StatusOf(2) == XactStatus::committed);
}

TEST_CASE("segments are named by four digits or more in hexadecimal") {
  CHECK(XactLog::SegmentNumber("0000") == 0u);
  CHECK(XactLog::SegmentNumber("000A") == 10u);
  CHECK(XactLog::SegmentNumber("0FFF") == 0xfffu);
  for (const std::string_view none : {"", "000", "000a", "00G0", "0000000", "0000.bak"}) CHECK_FALSE(XactLog::SegmentNumber(none));
}

TupleHeader Tuple(uint32_t xmin, uint32_t xmax, uint16_t infomask) {
  TupleHeader header;
  header.xmin = xmin;
  header.xmax = xmax;
  header.infomask = infomask;
  return header;
}

TEST_CASE("a row version stands as hints say, and the log where they say nothing") {
  Bytes segment(8192);
  SetStatus(segment, 700, 1);
  SetStatus(segment, 701, 2);
  XactLog log;
  log.AddSegment(0, segment);
  CHECK(VisibilityOf(Tuple(900, 0, kXminCommitted), nullptr) == Visibility::live);
  CHECK(VisibilityOf(Tuple(900, 0, kXminCommitted | kXminInvalid), nullptr) == Visibility::live);  // frozen
  CHECK(VisibilityOf(Tuple(2, 0, 0), nullptr) == Visibility::live);
  CHECK(VisibilityOf(Tuple(900, 0, kXminInvalid), nullptr) == Visibility::never);
  CHECK(VisibilityOf(Tuple(900, 0, 0), nullptr) == Visibility::unknown);
  CHECK(VisibilityOf(Tuple(700, 0, 0), &log) == Visibility::live);
  CHECK(VisibilityOf(Tuple(701, 0, 0), &log) == Visibility::never);
  CHECK(VisibilityOf(Tuple(703, 0, 0), &log) == Visibility::unknown);
  CHECK(VisibilityOf(Tuple(2, 900, kXmaxCommitted), nullptr) == Visibility::deleted);
  CHECK(VisibilityOf(Tuple(2, 900, kXmaxInvalid), nullptr) == Visibility::live);
  CHECK(VisibilityOf(Tuple(2, 700, 0), &log) == Visibility::deleted);
  CHECK(VisibilityOf(Tuple(2, 701, 0), &log) == Visibility::live);
  CHECK(VisibilityOf(Tuple(2, 703, 0), &log) == Visibility::unknown);
  CHECK(VisibilityOf(Tuple(2, 700, 0), nullptr) == Visibility::unknown);
  CHECK(VisibilityOf(Tuple(2, 700, kXmaxLockOnly), &log) == Visibility::live);
  CHECK(VisibilityOf(Tuple(2, 700, kXmaxExclusive), &log) == Visibility::live);  // a lock as 9.2 wrote it
  CHECK(VisibilityOf(Tuple(2, 5, kXmaxIsMulti), &log) == Visibility::unknown);
  CHECK(VisibilityOf(Tuple(2, 5, kXmaxIsMulti | kXmaxLockOnly), &log) == Visibility::live);
  CHECK(VisibilityOf(Tuple(700, 0, kMovedOff), &log) == Visibility::unknown);
}

}  // namespace
}  // namespace pulih
