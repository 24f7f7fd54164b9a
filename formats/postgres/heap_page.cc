#include "formats/postgres/heap_page.h"

#include <algorithm>

#include "engine/base/endian.h"

namespace pulih {

namespace {

constexpr uint16_t kPageFlags = 0x0007;  // PD_HAS_FREE_LINES, PD_PAGE_FULL, PD_ALL_VISIBLE
constexpr size_t kSmallestTuple = 24;    // a header, aligned; no column is needed
// Special spaces: every access method but B-tree, GIN and BRIN ends its own with a number of its own.
constexpr size_t kBtreeSpecial = 16;
constexpr uint16_t kBtreeFlags = 0x01ff, kGinFlags = 0x01ff;
constexpr uint16_t kMaxBtreeCycle = 0xff7f;  // MAX_BT_CYCLE_ID: larger numbers name other methods
constexpr uint16_t kHashId = 0xff80, kGistId = 0xff81, kSpgistId = 0xff82;
constexpr uint16_t kBrinMeta = 0xf091, kBrinRegular = 0xf093;  // 0xf092 between them: the map of ranges
constexpr uint32_t kSequenceMagic = 0x1717;

bool IsZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

bool IsBtreeSpecial(ByteView special) {
  const auto flags = LoadLe<uint16_t>(special.data() + 12), cycle = LoadLe<uint16_t>(special.data() + 14);
  return (flags & ~kBtreeFlags) == 0 && cycle <= kMaxBtreeCycle;
}

// Of 8 bytes: BRIN, SP-GiST and GIN, told apart by the last two; a sequence has one number there and nothing else.
PageKind KindOfShortSpecial(ByteView special) {
  if (LoadLe<uint32_t>(special.data()) == kSequenceMagic) return PageKind::sequence;
  const auto last = LoadLe<uint16_t>(special.data() + 6);
  if (last >= kBrinMeta && last <= kBrinRegular) return PageKind::brin;
  if (last == kSpgistId) return PageKind::spgist;
  return (last & ~kGinFlags) == 0 ? PageKind::gin : PageKind::unsound;
}

PageKind KindOfSpecial(ByteView special) {
  if (special.size() == 8) return KindOfShortSpecial(special);
  if (special.size() != kBtreeSpecial) return PageKind::unsound;
  switch (LoadLe<uint16_t>(special.data() + 14)) {
    case kHashId: return PageKind::hash;
    case kGistId: return PageKind::gist;
    default: return IsBtreeSpecial(special) ? PageKind::btree : PageKind::unsound;
  }
}

// The sum of one block of the algorithm: 32 lanes, each hashing every 32nd word.
constexpr size_t kLanes = 32;
constexpr uint32_t kFnvPrime = 16777619;
constexpr uint32_t kLaneStart[kLanes] = {
    0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
    0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
    0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
    0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756};

inline uint32_t Mix(uint32_t sum, uint32_t word) {
  const uint32_t x = sum ^ word;
  return (x * kFnvPrime) ^ (x >> 17);
}

}  // namespace

PageHeader ReadPageHeader(ByteView page) {
  const uint8_t* p = page.data();
  PageHeader h;
  h.lsn = (uint64_t{LoadLe<uint32_t>(p)} << 32) | LoadLe<uint32_t>(p + 4);
  h.checksum = LoadLe<uint16_t>(p + 8);
  h.flags = LoadLe<uint16_t>(p + 10);
  h.lower = LoadLe<uint16_t>(p + 12);
  h.upper = LoadLe<uint16_t>(p + 14);
  h.special = LoadLe<uint16_t>(p + 16);
  h.size_and_version = LoadLe<uint16_t>(p + 18);
  h.prune_xid = LoadLe<uint32_t>(p + 20);
  return h;
}

bool IsSoundHeader(const PageHeader& header, size_t page_size) {
  return header.page_size() == page_size && header.version() == kPageLayoutVersion &&
         (header.flags & ~kPageFlags) == 0 && header.lower >= kPageHeaderSize &&
         (header.lower - kPageHeaderSize) % kItemIdSize == 0 && header.lower <= header.upper &&
         header.upper <= header.special && header.special <= page_size && header.special % kMaxAlign == 0;
}

ItemId DecodeItemId(uint32_t word) {
  return {static_cast<uint16_t>(word & 0x7fff), static_cast<uint16_t>(word >> 17),
          static_cast<ItemState>((word >> 15) & 3)};
}

ItemId ReadItemId(ByteView page, size_t number) {
  return DecodeItemId(LoadLe<uint32_t>(page.data() + kPageHeaderSize + (number - 1) * kItemIdSize));
}

bool IsSoundHeapItem(const ItemId& item, size_t page_size) {
  const size_t most = (page_size - kPageHeaderSize) / kItemIdSize;
  switch (item.state) {
    case ItemState::unused: return item.offset == 0 && item.length == 0;
    case ItemState::redirect: return item.offset >= 1 && item.offset <= most && item.length == 0;
    case ItemState::dead:
      if (item.length == 0) return item.offset == 0;
      [[fallthrough]];  // one that is only marked still has its place
    case ItemState::normal:
      return item.offset % kMaxAlign == 0 && item.offset >= kPageHeaderSize && item.length >= kSmallestTuple - 1 &&
             size_t{item.offset} + item.length <= page_size;
  }
  return false;
}

size_t ItemCount(ByteView page) {
  if (page.size() < kPageHeaderSize + kItemIdSize) return 0;
  const PageHeader header = ReadPageHeader(page);
  if (IsSoundHeader(header, page.size())) return header.item_count();
  const size_t most = (page.size() - kPageHeaderSize) / kItemIdSize;
  size_t last = 0, lowest = page.size();  // line pointers end where the lowest tuple begins
  for (size_t n = 1; n <= most && kPageHeaderSize + n * kItemIdSize <= lowest; ++n) {
    const ItemId item = ReadItemId(page, n);
    if (!IsSoundHeapItem(item, page.size())) break;
    if (item.state != ItemState::unused) last = n;
    if (item.state == ItemState::normal) lowest = std::min<size_t>(lowest, item.offset);
  }
  return last;
}

uint16_t PageChecksum(ByteView page, uint32_t block) {
  uint32_t sums[kLanes];
  std::copy(std::begin(kLaneStart), std::end(kLaneStart), sums);
  const size_t rows = page.size() / (kLanes * 4);
  for (size_t row = 0; row < rows; ++row) {
    const uint8_t* words = page.data() + row * kLanes * 4;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      uint32_t word = LoadLe<uint32_t>(words + 4 * lane);
      if (row == 0 && lane == 2) word &= 0xffff0000u;  // pd_checksum itself
      sums[lane] = Mix(sums[lane], word);
    }
  }
  uint32_t sum = 0;
  for (uint32_t& lane : sums) sum ^= Mix(Mix(lane, 0), 0);
  return static_cast<uint16_t>((sum ^ block) % 65535 + 1);
}

bool HasRightChecksum(ByteView page, uint32_t block) {
  if (page.size() < kPageHeaderSize || page.size() % (kLanes * 4) != 0) return false;
  const auto stored = LoadLe<uint16_t>(page.data() + 8);
  return stored != 0 && stored == PageChecksum(page, block);
}

PageKind IdentifyPage(ByteView page) {
  if (page.size() < kPageHeaderSize) return PageKind::unsound;
  if (page[18] == 0 && page[19] == 0 && IsZero(page)) return PageKind::zero;
  const PageHeader header = ReadPageHeader(page);
  if (!IsSoundHeader(header, page.size())) return PageKind::unsound;
  if (header.special != page.size()) return KindOfSpecial(page.subspan(header.special));
  return header.lower == kPageHeaderSize ? PageKind::fresh : PageKind::heap;
}

std::string_view PageKindName(PageKind kind) {
  switch (kind) {
    case PageKind::zero: return "zeros";
    case PageKind::fresh: return "empty page";
    case PageKind::heap: return "heap page";
    case PageKind::btree: return "B-tree page";
    case PageKind::hash: return "hash index page";
    case PageKind::gist: return "GiST page";
    case PageKind::gin: return "GIN page";
    case PageKind::spgist: return "SP-GiST page";
    case PageKind::brin: return "BRIN page";
    case PageKind::sequence: return "sequence page";
    case PageKind::unsound: return "page with an unsound header";
  }
  return "page";
}

}  // namespace pulih
