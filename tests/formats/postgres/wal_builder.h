// Builds write-ahead logs for tests from the layouts of PostgreSQL's headers: records with their CRC, laid over pages.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/wal_record.h"

namespace pulih {

struct BuiltBlock {
  uint8_t id = 0;
  RelationNode node = {1663, 5, 16400};
  uint32_t block = 0;
  Bytes data, image;       // image: a whole page without hole, or nothing
  bool init = false;
};

class WalBuilder {
 public:
  explicit WalBuilder(uint16_t magic = 0xD110, uint64_t address = 0x1000000) : magic_(magic), start_(address), at_(address) {}

  // Both answer the LSN of the record.
  uint64_t Add(uint32_t xid, uint8_t rmid, uint8_t info, const Bytes& main, const std::vector<BuiltBlock>& blocks = {});
  uint64_t AddLegacy(uint32_t xid, uint8_t rmid, uint8_t info, const Bytes& main, const std::vector<BuiltBlock>& blocks = {});

  // Whole pages; behind the last record zeros.
  Bytes Log() const;
  uint64_t start() const { return start_; }
  uint64_t size() const { return bytes_.size(); }

 private:
  uint64_t Lay(const Bytes& record);
  void Header(uint32_t rem_len);

  uint16_t magic_;
  uint64_t start_, at_, previous_ = 0;
  Bytes bytes_;
};

WalPages PagesOf(ByteView log);

// What records hold of a tuple: infomask2, infomask, hoff, then from the null bitmap on. Columns int4 and text.
Bytes HeapFields(uint16_t columns, uint16_t infomask = 0x0002, uint8_t hoff = 24);
Bytes RowBytes(uint32_t number, std::string_view text);

}  // namespace pulih
