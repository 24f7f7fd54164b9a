// A page of the write-ahead log, PostgreSQL 9.3 to 18, and the pages of many segments as one stream ordered by LSN.
//
//   offset size
//        0    2  magic: the release            2  2  info: 1 continues a record, 2 long header
//        4    4  timeline                      8  8  page address: the LSN of its first byte
//       16    4  rem_len: what is left of a record that began on an earlier page (4 bytes of padding follow)
//       24   16  long header (first page of a segment): system identifier 8, segment size 4, block size 4
//
// A page address cannot be had by chance, so a page is placed by what it says and never by the name of its file: a
// recycled segment holds pages of long ago behind new ones. 9.0 to 9.2 have the same fields in another form and are
// recognised, not read.
//
// Pure; borrows. Source: src/include/access/xlog_internal.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "formats/postgres/control.h"

namespace pulih {

inline constexpr size_t kWalPageSize = 8192;
inline constexpr size_t kWalShortHeader = 24, kWalLongHeader = 40;

// The release of a magic number; 0 when it is none.
PgMajor MajorOfWalMagic(uint16_t magic);

struct WalPageHeader {
  PgMajor major = 0;
  uint16_t info = 0;
  uint32_t timeline = 0;
  uint64_t address = 0;
  uint32_t rem_len = 0;
  uint64_t system_identifier = 0;  // of a long header
  size_t size = kWalShortHeader;

  bool continues() const { return (info & 1) != 0; }
};
// Nothing when no page of the log begins so.
std::optional<WalPageHeader> ReadWalPageHeader(ByteView page);

struct WalPage {
  WalPageHeader header;
  ByteView bytes;
  uint32_t file = 0;     // the caller's number
  uint64_t offset = 0;   // in it
};

// Pages by address. Of two with one address the one of the later timeline counts, then the one added first.
//
// Memory: pages that follow each other in the log and in a file are one run, some 60 bytes; their headers are read again
// when they are asked for.
class WalPages {
 public:
  void Add(const WalPage& page);
  std::optional<WalPage> Find(uint64_t address) const;
  bool empty() const { return runs_.empty(); }
  // All of them, by address; ends with the first failure.
  template <typename Each>
  Status ForEach(const Each& each) const {
    for (const auto& [address, run] : runs_)
      for (uint64_t i = 0; i < run.pages(); ++i) PULIH_TRY(each(run.Page(address, i)));
    return OkStatus();
  }

 private:
  struct Run {
    ByteView bytes;        // only its last page may be short
    uint32_t file = 0, timeline = 0;
    uint64_t offset = 0;

    uint64_t pages() const { return (bytes.size() + kWalPageSize - 1) / kWalPageSize; }
    WalPage Page(uint64_t address, uint64_t number) const;
  };
  std::map<uint64_t, Run> runs_;  // by the address of their first page; none overlap
};

}  // namespace pulih
