#include "tests/formats/postgres/page_specimens.h"

#include <optional>
#include <string>
#include <vector>

#include "engine/base/endian.h"
#include "formats/postgres/btree_page.h"
#include "tests/formats/postgres/page_maker.h"
#include "tests/formats/postgres/wal_builder.h"

namespace pulih {
namespace {

void PutTid(Bytes& to, const Tid& tid) {
  const size_t at = to.size();
  to.resize(at + 6);
  StoreLe<uint16_t>(to.data() + at, static_cast<uint16_t>(tid.block >> 16));
  StoreLe<uint16_t>(to.data() + at + 2, static_cast<uint16_t>(tid.block));
  StoreLe<uint16_t>(to.data() + at + 4, tid.item);
}

void SetInfo(Bytes& tuple, uint16_t flags) { StoreLe<uint16_t>(tuple.data() + 6, static_cast<uint16_t>(tuple.size() | flags)); }

// An index tuple over (int4, text); no text: NULL.
Bytes Entry(const Tid& tid, int32_t number, const std::optional<std::string>& text) {
  Bytes tuple;
  PutTid(tuple, tid);
  tuple.resize(8);
  if (!text) {
    tuple.resize(16);
    tuple[8] = 1;
  }
  const size_t at = tuple.size();
  tuple.resize(at + 4);
  StoreLe<int32_t>(tuple.data() + at, number);
  if (text) {
    tuple.push_back(static_cast<uint8_t>((text->size() + 1) << 1 | 1));
    Append(tuple, AsBytes(*text));
  }
  tuple.resize(AlignUp(tuple.size(), 8));
  SetInfo(tuple, text ? 0x4000 : 0x8000);
  return tuple;
}

Bytes Posting(int32_t number, const std::string& text, const std::vector<Tid>& tids) {
  Bytes tuple = Entry({0, 0}, number, text);
  const auto place = static_cast<uint16_t>(tuple.size());
  for (const Tid& tid : tids) PutTid(tuple, tid);
  tuple.resize(AlignUp(tuple.size(), 8));
  SetInfo(tuple, 0x4000 | 0x2000);
  StoreLe<uint16_t>(tuple.data() + 2, place);
  StoreLe<uint16_t>(tuple.data() + 4, static_cast<uint16_t>(tids.size() | 0x2000));
  return tuple;
}

Bytes FilenodeMap(std::mt19937_64& random) {
  Bytes map(512);
  StoreLe<uint32_t>(map.data(), 0x592717);
  const uint32_t count = static_cast<uint32_t>(random() % 20);
  StoreLe<uint32_t>(map.data() + 4, count);
  for (uint32_t i = 0; i < count; ++i) {
    StoreLe<uint32_t>(map.data() + 8 + i * 8, 1247 + i);
    StoreLe<uint32_t>(map.data() + 12 + i * 8, static_cast<uint32_t>(random() % 100000));
  }
  StoreLe<uint32_t>(map.data() + 504, PgLegacyCrc32(ByteView(map).first(504)));
  return map;
}

}  // namespace

Bytes OldControlFile(PgMajor major) {
  Bytes file(8192);
  const auto put32 = [&](size_t at, uint32_t v) { StoreLe<uint32_t>(file.data() + at, v); };
  const auto put64 = [&](size_t at, uint64_t v) { StoreLe<uint64_t>(file.data() + at, v); };
  const bool is94 = major == 904;
  put64(0, 6040120944989169512);
  put32(8, is94 ? 942 : 843);
  put32(12, is94 ? 201409291 : 200904091);
  put32(16, is94 ? 6 : 5);  // in production
  put64(24, 1412121600);
  if (is94) {
    put64(32, 0x1'0a000028);
  } else {
    put32(32, 1);
    put32(36, 0x0a000028);
  }
  put32(48 + (is94 ? 24 : 16), 12345);  // next xid of the copy of the checkpoint
  const size_t build = is94 ? 232 : 168;
  put32(build - 8, 8);                            // alignment
  put64(build, 0x4132d68700000000);               // 1234567.0
  const uint32_t sizes[] = {8192, 131072, 8192, 16 << 20, 64, 32, 1996};
  size_t at = build + 8;
  for (const uint32_t size : sizes) {
    put32(at, size);
    at += 4;
  }
  if (is94) {
    put32(at, 2048);
    at += 4;
  }
  file[at] = is94 ? 1 : 0;  // integer times
  file[at + 1] = file[at + 2] = 1;
  at += 4;
  if (is94) {
    put32(at, 1);  // data checksums
    at += 4;
  }
  put32(at, PgLegacyCrc32(ByteView(file).first(at)));
  return file;
}

void SetBtreeSpecial(Bytes& page, uint32_t right, uint32_t level, uint16_t flags) {
  StoreLe<uint32_t>(page.data() + kPageSize - 12, right);
  StoreLe<uint32_t>(page.data() + kPageSize - 8, level);
  StoreLe<uint16_t>(page.data() + kPageSize - 4, flags);
}

Bytes LeafPageBytes() {
  PageMaker page(kBtreeSpecialSize);
  page.Add(Entry({0, 1}, 99, "zzz"));  // the high key
  page.Add(Entry({7, 3}, -5, "satu"));
  page.Add(Entry({70000, 12}, 6, std::nullopt));
  page.Add(Posting(7, "dua", {{1, 1}, {1, 2}, {9, 4}}));
  page.Add(Entry({8, 1}, 8, ""), 3);   // known to be dead
  SetBtreeSpecial(page.bytes(), 5, 0, 1);
  return page.bytes();
}

Bytes BtreePageSpecimen(std::mt19937_64& random) {
  Bytes bytes{static_cast<uint8_t>(random())};
  Append(bytes, LeafPageBytes());
  return bytes;
}

Bytes CatalogSpecimen(std::mt19937_64& random) {
  static constexpr PgMajor kMajors[] = {804, 900, 904, 906, 1000, 1200, 1500, 1700};
  Bytes bytes;
  for (const auto& [name, content] : MakeDatabase(kMajors[random() % std::size(kMajors)]).files) {
    size_t place = 0;
    while (place < std::size(kCatalogFileNames) && name != kCatalogFileNames[place]) ++place;
    if (place == std::size(kCatalogFileNames)) continue;
    uint8_t head[5] = {static_cast<uint8_t>(place)};
    StoreLe<uint32_t>(head + 1, static_cast<uint32_t>(content.size()));
    Append(bytes, head);
    Append(bytes, content);
  }
  return bytes;
}

Bytes ControlSpecimen(std::mt19937_64& random) {
  switch (random() % 3) {
    case 0: return OldControlFile(904);
    case 1: return OldControlFile(804);
    default: return FilenodeMap(random);
  }
}

Bytes WalSpecimen(std::mt19937_64& random) {
  // Insert, update, delete, commit; records of a size that some go on over a page's end.
  const bool legacy = random() % 3 == 0;
  WalBuilder log(legacy ? 0xD07E : 0xD110);
  for (size_t n = 2 + random() % 40; n > 0; --n) {
    const auto xid = static_cast<uint32_t>(700 + random() % 4);
    BuiltBlock block;
    block.block = static_cast<uint32_t>(random() % 3);
    if (random() % 8 == 0) block.image = Bytes(kWalPageSize, static_cast<uint8_t>(random()));
    if (random() % 4 == 0) {
      const Bytes commit(8);
      legacy ? log.AddLegacy(xid, 1, 0, commit) : log.Add(xid, 1, 0, commit);
      continue;
    }
    if (legacy) {
      log.AddLegacy(xid, 10, 0, RowBytes(static_cast<uint32_t>(n), std::string(random() % 300, 'x')), {block});
      continue;
    }
    block.data = HeapFields(2);
    Append(block.data, RowBytes(static_cast<uint32_t>(n), std::string(random() % 300, 'x')));
    log.Add(xid, 10, 0, Bytes{static_cast<uint8_t>(n), 0, 0}, {block});
  }
  return log.Log();
}

}  // namespace pulih
