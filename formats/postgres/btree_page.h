// One page of a B-tree index of PostgreSQL 8.4 to 18: its kind, and of a leaf the entries: which heap row each names
// and where its key columns stand. Leaves are the list of what a table held by key, also where the heap is gone.
//
//   special space, last 16 bytes of the page:
//        0  4  left neighbour     4  4  right neighbour
//        8  4  level (until 13 of a deleted page: the xid of its deletion)
//       12  2  flags              14  2  vacuum cycle
//   index tuple:
//        0  6  heap TID (block high, low; item), or of a posting list its place and count
//        6  2  size 13 bits | 0x2000 kind differs (11) | 0x4000 variable width | 0x8000 nulls
//        8     null bitmap of 4 bytes when there are nulls, then to a multiple of 8
//              key columns, aligned like those of a heap tuple; INCLUDE columns after them (11)
//              a posting list: TIDs of 6 bytes from its place on (13)
//
// The first tuple of a page that has a right neighbour is its high key, a bound and no entry.
//
// Hostile bytes; every item is judged by itself, so a damaged one costs one entry. Pure; views borrow from the page.
// Source: src/include/access/nbtree.h, itup.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/postgres/disk_value.h"
#include "formats/postgres/heap_page.h"
#include "formats/postgres/heap_tuple.h"
#include "formats/postgres/toast.h"

namespace pulih {

inline constexpr size_t kBtreeSpecialSize = 16;

enum class BtreePageKind : uint8_t { unsound, meta, leaf, internal, deleted, half_dead };

struct BtreeHeader {
  BtreePageKind kind = BtreePageKind::unsound;
  uint32_t left = 0, right = 0;  // 0: none
  uint32_t level = 0;
  uint16_t flags = 0, cycle = 0;
};
BtreeHeader ReadBtreeHeader(ByteView page);

// An entry of an index: a key and one row that has it. (A posting list gives as many entries as it has TIDs.)
struct IndexEntry {
  Tid tid;
  bool dead = false;                  // its row was known to be gone for everybody
  uint32_t offset = 0, length = 0;    // of its index tuple in the page
  std::vector<TupleField> fields;     // of the columns asked for; external values do not occur
};

struct LeafPage {
  BtreeHeader header;
  std::vector<IndexEntry> entries;
  uint32_t damaged = 0;               // items that are no entry of this shape
};

// The form of an index's columns, in key order, INCLUDE columns after them.
using IndexShape = std::vector<ColumnForm>;

// Entries of a leaf (kind leaf only; others give none). `shape` may be empty: then no fields are looked for, and only
// sizes are checked. An item counts when its size, bitmap, padding and every field fit exactly.
LeafPage ReadLeafPage(ByteView page, const IndexShape& shape);

// The key of an entry as text, per column (nothing: NULL), by the types of the columns in `key`. `corrupt` for a value
// that is none of its type.
struct IndexColumn {
  TypeIndex type = 0;
  int16_t length = -1;
  char align = 'i';
};
IndexShape ShapeOf(const std::vector<IndexColumn>& columns);
Result<std::vector<std::optional<std::string>>> KeyTexts(const DiskContext& context, const std::vector<IndexColumn>& columns,
                                                         const IndexEntry& entry);

}  // namespace pulih
