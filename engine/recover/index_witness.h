// What the indexes of a table say of its rows: which key stands at which place. An index lies in other files than its
// table and is written by other hands, so a tuple whose key and place stand in a leaf is one that was.
//
// It proves the key and that there was a row, not what else stands in the row. What no tuple agreed with in the end is the
// list of what the heap lost, by key. Entries are kept as 16 bytes each, of one window of heap blocks at a time, so memory
// does not grow with the table.
//
// Borrows the index's bytes. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/recover/claim.h"
#include "engine/recover/toast_relation.h"
#include "formats/postgres/btree_page.h"
#include "formats/postgres/schema.h"

namespace pulih {

class IndexWitness {
 public:
  // `segments`: the files of the index in order.
  IndexWitness(const SchemaTable& table, const SchemaIndex& index, std::vector<RelationSegment> segments);

  bool is_usable() const { return !shape_.empty(); }
  const SchemaIndex& index() const { return index_; }

  // Takes the entries that lead to blocks [begin, end).
  void Load(uint32_t begin, uint32_t end);

  enum class Answer : uint8_t { silent, agrees, contradicts };
  // 0 when the tuple has not all columns of the key in itself.
  uint64_t KeyOf(std::span<const TupleField> fields) const;
  Answer Ask(const Tid& tid, uint64_t key);
  // Of a version whose chain's beginning is not known: whether the key leads to anywhere on this block.
  Answer AskBlock(uint32_t block, uint64_t key);
  // Whether the index knows several places of this key (of a unique index: old versions beside the new one).
  bool IsContested(uint64_t key) const;

  // Whether it leads to items of this block that a page with so many line pointers has not, or has as unused: then at
  // least the page's beginning is older than the index.
  bool KnowsMoreThan(uint32_t block, const std::vector<bool>& used_items) const;
  // A page whose line pointers are all sound accounts for every entry that leads to it: what has no tuple there was
  // removed, and its entry was not yet.
  void Excuse(uint32_t block);
  // The same of the items that a page without a tear has not, or has as unused or dead: `is_gone` by number - 1.
  void ExcuseItems(uint32_t block, const std::vector<bool>& is_gone);
  // A page of which only a part is left: what leads there may be of rows that were deleted.
  void Doubt(uint32_t block);
  // Entries of the window that no tuple agreed with, without those known to be dead.
  uint64_t CountUnseen() const;
  struct Unseen {
    const IndexEntry& entry;
    ByteRange bytes;           // of the entry
    uint32_t page = 0;         // of the index
    bool page_is_lost = true;  // the one that it leads to; else it may be of a row that was deleted
  };
  Status EachUnseen(const std::function<Status(const Unseen&)>& each) const;

 private:
  struct Entry {
    uint64_t place = 0;  // block << 16 | item, and the three top bits
    uint64_t key = 0;
    bool operator<(const Entry& other) const {
      return (place & kPlaceMask) != (other.place & kPlaceMask) ? (place & kPlaceMask) < (other.place & kPlaceMask)
                                                                : key < other.key;
    }
  };
  static constexpr uint64_t kSeen = uint64_t{1} << 63, kDead = uint64_t{1} << 62, kDoubt = uint64_t{1} << 61, kPlaceMask = kDoubt - 1;

  template <typename Each>
  void OfBlock(uint32_t block, const Each& each);
  void MergeEqual();
  void TakeLeaf(const LeafPage& leaf, uint32_t begin, uint32_t end);

  const SchemaIndex& index_;
  std::vector<RelationSegment> segments_;
  std::vector<uint32_t> columns_;
  IndexShape shape_;
  std::vector<Entry> entries_;
  std::vector<uint64_t> contested_;  // sorted
  mutable Bytes key_;                // keeps its memory from question to question
};

}  // namespace pulih
