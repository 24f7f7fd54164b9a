// Records of the write-ahead log: put together from pages, proven by their CRC, and taken apart. PostgreSQL 9.5 to 18
// (24-byte header, CRC-32C, references to blocks) and 9.3, 9.4 (32 bytes, the older CRC, backup blocks behind the data).
//
// Every page is begun anew, so a bad byte costs its record: behind one that fails, reading goes on where its length says,
// if a proven record stands there that names it as its predecessor; else at the next 8-byte place of the page where a
// proven record stands.
//
// Pure; hostile input costs time in proportion to its size. Source: src/include/access/{xlogrecord,xlog,heapam_xlog,
// xact}.h of 9.4 to 18.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/base/result.h"
#include "formats/postgres/wal_page.h"

namespace pulih {

inline constexpr uint32_t kMaxWalRecord = 64u << 20;  // PostgreSQL's own bound is higher; none is met

struct RelationNode {
  uint32_t tablespace = 0, database = 0, relation = 0;
  auto operator<=>(const RelationNode&) const = default;
};

struct WalImage {
  ByteView bytes;               // without the hole, perhaps compressed
  uint16_t hole_offset = 0, hole_length = 0;
  enum class Method : uint8_t { plain, pglz, lz4, zstd } method = Method::plain;
  bool apply = true;            // false: only for checking; still the page as it was
};

struct WalBlock {
  uint8_t id = 0;
  uint8_t fork = 0;             // 0: main
  bool init = false;            // the page is begun anew
  RelationNode node;
  uint32_t block = 0;
  ByteView data;                // what the record changes there; in 9.3 and 9.4 empty
  bool has_image = false;
  WalImage image;
};

struct WalPlace {
  uint32_t file = 0;
  uint64_t offset = 0, length = 0;
};

struct WalRecord {
  PgMajor major = 0;
  uint64_t lsn = 0, previous = 0;
  uint32_t xid = 0;
  uint8_t info = 0, rmid = 0;
  ByteView main;                // the resource manager's own data
  std::vector<WalBlock> blocks;
  std::vector<WalPlace> places; // where its bytes stand
};

// A stretch that gave no record.
struct WalLoss {
  uint64_t lsn = 0;
  WalPlace place;
  bool missing_page = false;    // its record goes on on a page that is not there
};

class WalSink {
 public:
  virtual ~WalSink() = default;
  // Proven by its CRC. Views last for the call.
  virtual Status Record(const WalRecord& record) = 0;
  virtual Status Loss(const WalLoss& loss) = 0;
};

Status ReadWal(const WalPages& pages, WalSink& sink);
// Its two halves, for who reads a log several times. Pages where they say they are, and those that cannot be there where
// their records say; `seen` is told each page after it was looked at. Then the records of pages that were placed.
WalPages PlacePages(const WalPages& pages, const std::function<void(const WalPage&)>& seen);
Status ReadPlacedWal(const WalPages& placed, WalSink& sink);

// Takes a whole record apart (header and all, CRC not asked). `corrupt` where its parts do not add up.
Status ParseWalRecord(PgMajor major, ByteView bytes, WalRecord& record);

// The page of an image: kWalPageSize bytes. `unsupported` for a method unknown here, `corrupt` when it does not fit.
Result<Bytes> RestoreImage(const WalImage& image);

namespace wal_rmgr {
inline constexpr uint8_t kXact = 1, kHeap2 = 9, kHeap = 10;
}

}  // namespace pulih
