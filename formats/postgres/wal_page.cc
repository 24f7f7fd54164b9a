#include "formats/postgres/wal_page.h"

#include <algorithm>
#include <iterator>

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

WalPage WalPages::Run::Page(uint64_t address, uint64_t number) const {
  WalPage page;
  const uint64_t at = number * kWalPageSize;
  page.bytes = bytes.subspan(at, std::min<uint64_t>(kWalPageSize, bytes.size() - at));
  page.header = ReadWalPageHeader(page.bytes).value_or(WalPageHeader());
  page.header.address = address + at;  // who added it may know better than the page
  page.file = file;
  page.offset = offset + at;
  return page;
}

void WalPages::Add(const WalPage& page) {
  const uint64_t address = page.header.address;
  const Run added{page.bytes, page.file, page.header.timeline, page.offset};
  const auto next = runs_.upper_bound(address);
  if (next == runs_.begin()) {
    runs_.emplace(address, added);
    return;
  }
  const auto before = std::prev(next);
  Run& run = before->second;
  const uint64_t number = (address - before->first) / kWalPageSize;
  if (number > run.pages()) {
    runs_.emplace(address, added);
  } else if (number == run.pages()) {
    const bool goes_on = run.file == added.file && run.timeline == added.timeline && run.bytes.size() == number * kWalPageSize &&
                         run.offset + run.bytes.size() == added.offset && run.bytes.data() + run.bytes.size() == added.bytes.data();
    if (goes_on) run.bytes = {run.bytes.data(), run.bytes.size() + added.bytes.size()};
    else runs_.emplace(address, added);
  } else if (added.timeline > run.timeline) {
    // What stood there before and behind it stays.
    const Run old = run;
    const uint64_t begin = number * kWalPageSize, end = begin + kWalPageSize;
    if (end < old.bytes.size()) runs_.emplace(address + kWalPageSize, Run{old.bytes.subspan(end), old.file, old.timeline, old.offset + end});
    run.bytes = old.bytes.first(begin);
    if (begin == 0) run = added;
    else runs_.emplace(address, added);
  }
}

std::optional<WalPage> WalPages::Find(uint64_t address) const {
  const auto next = runs_.upper_bound(address);
  if (next == runs_.begin()) return std::nullopt;
  const auto& [first, run] = *std::prev(next);
  const uint64_t number = (address - first) / kWalPageSize;
  if (number >= run.pages() || (address - first) % kWalPageSize != 0) return std::nullopt;
  return run.Page(first, number);
}

}  // namespace pulih
