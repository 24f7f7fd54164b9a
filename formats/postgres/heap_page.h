// One page of a relation of PostgreSQL 8.3 to 18: its header, its line pointers, its checksum, and what kind of page it
// looks like by its own bytes. It does not look into tuples (heap_tuple.h) nor index entries (btree_page.h), and it
// does not trust: every reader here takes any bytes and says whether they are sound.
//
//   offset size
//        0    8  pd_lsn, two le32, the high one first
//        8    2  pd_checksum (9.3; before: the timeline)
//       10    2  pd_flags, three bits
//       12    2  pd_lower      14  2  pd_upper      16  2  pd_special
//       18    2  page size | layout version (4 since 8.3)
//       20    4  pd_prune_xid
//       24       line pointers, le32: offset 15 bits | state 2 bits | length 15 bits
//
// Pure; views borrow. Source: src/include/storage/bufpage.h, itemid.h, checksum_impl.h (the algorithm's description).
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"

namespace pulih {

inline constexpr size_t kPageSize = 8192;  // BLCKSZ as nearly everybody has it; readers take the size of their view
inline constexpr size_t kPageHeaderSize = 24;
inline constexpr size_t kItemIdSize = 4;
inline constexpr uint16_t kPageLayoutVersion = 4;
inline constexpr size_t kMaxPageSize = 32768;

inline constexpr size_t AlignUp(size_t offset, size_t alignment) { return (offset + alignment - 1) & ~(alignment - 1); }
inline constexpr size_t kMaxAlign = 8;

struct PageHeader {
  uint64_t lsn = 0;
  uint16_t checksum = 0, flags = 0, lower = 0, upper = 0, special = 0, size_and_version = 0;
  uint32_t prune_xid = 0;

  size_t page_size() const { return size_and_version & 0xff00u; }
  unsigned version() const { return size_and_version & 0xffu; }
  // Of a sound header.
  size_t item_count() const { return (lower - kPageHeaderSize) / kItemIdSize; }
};

// Of at least kPageHeaderSize bytes.
PageHeader ReadPageHeader(ByteView page);

// Whether the header can be one of a page of this size: version, flags, and the order of its three places.
bool IsSoundHeader(const PageHeader& header, size_t page_size);

enum class ItemState : uint8_t { unused = 0, normal = 1, redirect = 2, dead = 3 };

struct ItemId {
  uint16_t offset = 0, length = 0;
  ItemState state = ItemState::unused;
  bool operator==(const ItemId&) const = default;
};

ItemId DecodeItemId(uint32_t word);
// `number` counts from 1, as in a TID. Its four bytes must lie in the page.
ItemId ReadItemId(ByteView page, size_t number);
// Whether it is one that a heap page of that size may hold: a tuple aligned and inside the page, a redirection to a
// number, nothing in the others.
bool IsSoundHeapItem(const ItemId& item, size_t page_size);

// How many line pointers there are at most: as many as the header says when it is sound, else as many sound ones as
// follow each other from the beginning (trailing zeros are none).
size_t ItemCount(ByteView page);

// The checksum that a page has at this block of its relation (of its whole relation: segment 1 begins at 131072). The
// field itself counts as zero. `page` is a multiple of 128 bytes.
uint16_t PageChecksum(ByteView page, uint32_t block);
// Whether the page carries its checksum: then its bytes are those that were written, to this block. A false acceptance
// has a chance of 1 in 65535, so one page proves its place only together with its neighbours or its ctids.
bool HasRightChecksum(ByteView page, uint32_t block);

enum class PageKind : uint8_t {
  zero,   // all zeros: allocated, never written, or a hole
  fresh,  // a header and nothing else
  heap,   // tuples of a table (or of a TOAST relation: only their contents tell)
  btree,
  hash,
  gist,
  gin,
  spgist,
  brin,
  sequence,
  unsound,  // no header that could be
};

// By the header and the special space. The names of files are not asked.
PageKind IdentifyPage(ByteView page);
std::string_view PageKindName(PageKind kind);  // "heap page", "B-tree page"

}  // namespace pulih
