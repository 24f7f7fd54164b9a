#include "formats/postgres/wal_page.h"

#include "engine/base/byte_reader.h"

namespace pulih {
namespace {

constexpr uint16_t kLongHeader = 2, kKnownInfo = 0x000f;

struct Magic {
  uint16_t magic;
  PgMajor major;
};
constexpr Magic kMagics[] = {{0xD064, 900},  {0xD066, 901},  {0xD071, 902},  {0xD075, 903},  {0xD07E, 904},  {0xD087, 905},
                             {0xD093, 906},  {0xD097, 1000}, {0xD098, 1100}, {0xD101, 1200}, {0xD106, 1300}, {0xD10D, 1400},
                             {0xD110, 1500}, {0xD113, 1600}, {0xD116, 1700}, {0xD118, 1800}};

}  // namespace

PgMajor MajorOfWalMagic(uint16_t magic) {
  for (const Magic& known : kMagics)
    if (known.magic == magic) return known.major;
  return 0;
}

std::optional<WalPageHeader> ReadWalPageHeader(ByteView page) {
  if (page.size() < kWalLongHeader) return std::nullopt;
  ByteReader in(page);
  WalPageHeader header;
  header.major = MajorOfWalMagic(in.Le16());
  header.info = in.Le16();
  if (header.major == 0 || (header.info & ~kKnownInfo) != 0) return std::nullopt;
  header.timeline = in.Le32();
  header.address = in.Le64();
  header.rem_len = in.Le32();
  in.Le32();
  if (header.address % kWalPageSize != 0 || header.timeline == 0) return std::nullopt;
  if (header.continues() != (header.rem_len != 0)) return std::nullopt;
  if ((header.info & kLongHeader) != 0) {
    header.size = kWalLongHeader;
    header.system_identifier = in.Le64();
    in.Le32();
    if (in.Le32() != kWalPageSize) return std::nullopt;
  }
  return header;
}

void WalPages::Add(const WalPage& page) {
  const auto [at, added] = pages_.try_emplace(page.header.address, page);
  if (!added && page.header.timeline > at->second.header.timeline) at->second = page;
}

const WalPage* WalPages::Find(uint64_t address) const {
  const auto at = pages_.find(address);
  return at == pages_.end() ? nullptr : &at->second;
}

}  // namespace pulih
