#include "formats/postgres/btree_page.h"

#include <algorithm>

#include "engine/base/endian.h"

namespace pulih {
namespace {

// btpo_flags
constexpr uint16_t kLeaf = 0x01, kRoot = 0x02, kDeleted = 0x04, kMeta = 0x08, kHalfDead = 0x10, kSplitEnd = 0x20,
    kHasGarbage = 0x40, kIncompleteSplit = 0x80, kHasFullXid = 0x100;
constexpr uint16_t kKnownFlags =
    kLeaf | kRoot | kDeleted | kMeta | kHalfDead | kSplitEnd | kHasGarbage | kIncompleteSplit | kHasFullXid;
constexpr uint16_t kMaxCycle = 0xff7f;  // MAX_BT_CYCLE_ID; a hash index has 0xff80 there
constexpr uint32_t kMaxLevel = 64;      // no tree of 2^32 pages is deeper

// t_info
constexpr uint16_t kSizeMask = 0x1fff, kAltTid = 0x2000, kHasVarWidth = 0x4000, kHasNulls = 0x8000;
// In the item number of an alternative TID
constexpr uint16_t kCountMask = 0x0fff, kIsPosting = 0x2000;
constexpr size_t kHeadSize = 8, kTidSize = 6, kBitmapSize = 4;  // INDEX_MAX_KEYS 32
constexpr uint16_t kMaxHeapItem = 2048;

Tid ReadTid(const uint8_t* at) {
  return {(uint32_t{LoadLe<uint16_t>(at)} << 16) | LoadLe<uint16_t>(at + 2), LoadLe<uint16_t>(at + 4)};
}

bool IsHeapTid(const Tid& tid) { return tid.item != 0 && tid.item <= kMaxHeapItem && tid.block != 0xffffffff; }

bool IsZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

// One index tuple of a leaf.
class EntryReader {
 public:
  EntryReader(const IndexShape& shape, ByteView tuple, uint32_t offset) : shape_(shape), tuple_(tuple), offset_(offset) {}

  // Appends an entry for each row; false when it is no index tuple of this shape.
  bool Read(bool dead, std::vector<IndexEntry>& out) {
    const uint16_t info = LoadLe<uint16_t>(tuple_.data() + 6);
    if ((info & kSizeMask) != tuple_.size()) return false;
    key_end_ = tuple_.size();
    std::vector<Tid> tids;
    if (!ReadTids(info, tids) || !WalkKey(info)) return false;
    for (const Tid& tid : tids)
      out.push_back({tid, dead, offset_, static_cast<uint32_t>(tuple_.size()), fields_});
    return true;
  }

 private:
  bool ReadTids(uint16_t info, std::vector<Tid>& tids) {
    const Tid own = ReadTid(tuple_.data());
    if ((info & kAltTid) == 0) {
      tids.push_back(own);
      return IsHeapTid(own);
    }
    // On a leaf only a posting list looks so: its place in the tuple stands where a block number would.
    if ((own.item & kIsPosting) == 0) return false;
    const size_t count = own.item & kCountMask, at = own.block;
    if (count < 2 || at < kHeadSize || at % 8 != 0 || at > tuple_.size() || count * kTidSize > tuple_.size() - at) return false;
    if (tuple_.size() != AlignUp(at + count * kTidSize, kMaxAlign)) return false;
    for (size_t i = 0; i < count; ++i) {
      const Tid tid = ReadTid(tuple_.data() + at + i * kTidSize);
      if (!IsHeapTid(tid) || (!tids.empty() && tid <= tids.back())) return false;
      tids.push_back(tid);
    }
    key_end_ = at;
    return true;
  }

  bool IsNull(uint16_t info, size_t column) const {
    return (info & kHasNulls) != 0 && (tuple_[kHeadSize + column / 8] >> (column % 8) & 1) == 0;
  }

  bool WalkKey(uint16_t info) {
    at_ = kHeadSize;
    if ((info & kHasNulls) != 0) at_ = AlignUp(kHeadSize + kBitmapSize, kMaxAlign);
    if (at_ > key_end_) return false;
    if (shape_.empty()) return true;
    bool any_null = false, varies = false;
    for (size_t i = 0; i < shape_.size(); ++i) {
      TupleField& field = fields_.emplace_back();
      if (i < 32 && IsNull(info, i)) {
        any_null = true;
      } else if (!Take(shape_[i], field, varies)) {
        return false;
      }
    }
    const bool says_nulls = (info & kHasNulls) != 0, says_varies = (info & kHasVarWidth) != 0;
    return any_null == says_nulls && varies == says_varies && AlignUp(at_, kMaxAlign) == key_end_ &&
           IsZero(tuple_.subspan(at_, key_end_ - at_));
  }

  bool Take(const ColumnForm& column, TupleField& field, bool& varies) {
    const bool may_stand = column.length == -1 && at_ < key_end_ && tuple_[at_] != 0;
    if (column.length != -2 && !may_stand) {
      const size_t to = AlignUp(at_, column.alignment);
      if (to > key_end_ || !IsZero(tuple_.subspan(at_, to - at_))) return false;
      at_ = to;
    }
    const ByteView rest = tuple_.subspan(at_, key_end_ - at_);
    size_t size = 0;
    if (column.length > 0) {
      size = static_cast<size_t>(column.length);
      if (size > rest.size()) return false;
      field = {TupleField::Kind::plain, rest.first(size), 0};
    } else if (column.length == -1) {
      if (!rest.empty() && (rest[0] & 1) == 0 && at_ % column.alignment != 0) return false;
      size = ReadVarlena(rest, field);
      if (size == 0 || field.kind == TupleField::Kind::external) return false;  // an index has no TOAST relation
      varies = true;
    } else {
      const auto end = std::find(rest.begin(), rest.end(), uint8_t{0});
      if (end == rest.end()) return false;
      size = static_cast<size_t>(end - rest.begin()) + 1;
      field = {TupleField::Kind::plain, rest.first(size - 1), 0};
      varies = true;
    }
    field.offset += static_cast<uint32_t>(at_);
    at_ += size;
    return true;
  }

  const IndexShape& shape_;
  ByteView tuple_;
  uint32_t offset_;
  size_t key_end_ = 0, at_ = 0;
  std::vector<TupleField> fields_;
};

}  // namespace

BtreeHeader ReadBtreeHeader(ByteView page) {
  BtreeHeader out;
  if (page.size() < kPageHeaderSize + kBtreeSpecialSize) return out;
  const PageHeader header = ReadPageHeader(page);
  if (!IsSoundHeader(header, page.size()) || header.special != page.size() - kBtreeSpecialSize) return out;
  const uint8_t* const special = page.data() + header.special;
  out.left = LoadLe<uint32_t>(special);
  out.right = LoadLe<uint32_t>(special + 4);
  out.level = LoadLe<uint32_t>(special + 8);
  out.flags = LoadLe<uint16_t>(special + 12);
  out.cycle = LoadLe<uint16_t>(special + 14);
  if ((out.flags & ~kKnownFlags) != 0 || out.cycle > kMaxCycle) return out;
  if ((out.flags & kMeta) != 0) {
    out.kind = BtreePageKind::meta;
  } else if ((out.flags & kDeleted) != 0) {
    out.kind = BtreePageKind::deleted;
  } else if ((out.flags & kHalfDead) != 0) {
    out.kind = BtreePageKind::half_dead;
  } else if ((out.flags & kLeaf) != 0) {
    if (out.level == 0) out.kind = BtreePageKind::leaf;
  } else if (out.level > 0 && out.level <= kMaxLevel) {
    out.kind = BtreePageKind::internal;
  }
  return out;
}

LeafPage ReadLeafPage(ByteView page, const IndexShape& shape) {
  LeafPage out;
  out.header = ReadBtreeHeader(page);
  if (out.header.kind != BtreePageKind::leaf) return out;
  const PageHeader header = ReadPageHeader(page);
  const size_t first = out.header.right != 0 ? 2 : 1;  // 1 is the high key, where there is one
  for (size_t n = first; n <= header.item_count(); ++n) {
    const ItemId item = ReadItemId(page, n);
    const bool fits = (item.state == ItemState::normal || item.state == ItemState::dead) && item.offset >= header.upper &&
                      item.offset % kMaxAlign == 0 && item.length >= kHeadSize && item.offset + item.length <= header.special;
    if (!fits || !EntryReader(shape, page.subspan(item.offset, item.length), item.offset).Read(item.state == ItemState::dead, out.entries))
      ++out.damaged;
  }
  return out;
}

IndexShape ShapeOf(const std::vector<IndexColumn>& columns) {
  IndexShape shape;
  for (const IndexColumn& column : columns) {
    const uint8_t alignment = column.align == 'c' ? 1 : column.align == 's' ? 2 : column.align == 'd' ? 8 : 4;
    shape.push_back({column.length, alignment, false});
  }
  return shape;
}

Result<std::vector<std::optional<std::string>>> KeyTexts(const DiskContext& context, const std::vector<IndexColumn>& columns,
                                                         const IndexEntry& entry) {
  std::vector<std::optional<std::string>> out;
  for (size_t i = 0; i < columns.size() && i < entry.fields.size(); ++i) {
    const TupleField& field = entry.fields[i];
    std::optional<std::string>& text = out.emplace_back();
    if (field.kind == TupleField::Kind::null) continue;
    const std::optional<Detoasted> value = Detoast(field, nullptr);
    if (!value || value->cut) return Status(Code::corrupt, "read index key: its value does not decompress");
    text.emplace();
    PULIH_TRY(AppendDiskText(context, columns[i].type, value->bytes, *text));
  }
  return out;
}

}  // namespace pulih
