#include "engine/recover/index_witness.h"

#include <algorithm>

#include "engine/base/checksum.h"
#include "engine/base/endian.h"
#include "formats/postgres/toast.h"

namespace pulih {
namespace {

constexpr size_t kMaxContested = size_t{1} << 20;

void AppendPart(const TupleField& field, ByteView bytes, Bytes& key) {
  const bool is_null = field.kind == TupleField::Kind::null;
  const size_t at = key.size();
  key.resize(at + 4);
  StoreLe(key.data() + at, is_null ? uint32_t{0xffffffff} : static_cast<uint32_t>(bytes.size()));
  if (!is_null) Append(key, bytes);
}

// False for a field that does not hold its value. An index keeps values whole, or compressed in its own way.
bool AppendKeyPart(const TupleField& field, Bytes& key) {
  switch (field.kind) {
    case TupleField::Kind::null:
    case TupleField::Kind::plain: AppendPart(field, field.bytes, key); return true;
    case TupleField::Kind::compressed: {
      const Detoasted whole = DecompressWithWord(field.bytes, false, uint32_t{1} << 20);
      AppendPart(field, whole.bytes, key);
      return !whole.cut;
    }
    default: return false;
  }
}

// 0 when the entry does not hold its key whole.
uint64_t KeyOfEntry(const IndexEntry& entry);

uint64_t Finish(const Bytes& key) { return std::max<uint64_t>(1, Checksum64(key)); }

uint64_t KeyOfEntry(const IndexEntry& entry) {
  Bytes bytes;
  for (const TupleField& field : entry.fields) {
    if (!AppendKeyPart(field, bytes)) return 0;
  }
  return Finish(bytes);
}

}  // namespace

IndexWitness::IndexWitness(const SchemaTable& table, const SchemaIndex& index, std::vector<RelationSegment> segments)
    : index_(index), segments_(std::move(segments)), columns_(index.columns) {
  const TupleShape shape = ShapeOf(table);
  for (const uint32_t column : columns_) {
    if (column >= shape.columns.size()) {
      shape_.clear();
      return;
    }
    shape_.push_back(shape.columns[column]);
    // A name in an index is kept as a text without its zeros.
    if (shape_.back().length == 64 && shape_.back().alignment == 1) shape_.back().length = -2;
  }
}

void IndexWitness::Load(uint32_t begin, uint32_t end) {
  entries_.clear();
  contested_.clear();
  for (const RelationSegment& segment : segments_) {
    for (size_t at = 0; at + kPageSize <= segment.bytes.size(); at += kPageSize)
      TakeLeaf(ReadLeafPage(segment.bytes.subspan(at, kPageSize), shape_), begin, end);
  }
  std::sort(entries_.begin(), entries_.end());
  MergeEqual();
  std::sort(contested_.begin(), contested_.end());
  contested_.erase(std::unique(contested_.begin(), contested_.end()), contested_.end());
}

// A leaf may be there twice, and of one place and key an entry may be dead and another not: one is kept, dead when all are.
void IndexWitness::MergeEqual() {
  size_t kept = 0;
  for (const Entry& entry : entries_) {
    if (kept != 0 && !(entries_[kept - 1] < entry)) entries_[kept - 1].place &= (entry.place & kDead) | ~kDead;
    else entries_[kept++] = entry;
  }
  entries_.resize(kept);
}

// Keys stand in order on a leaf, so several places of one key stand side by side. (Those that a border of two leaves
// parts are not noticed.)
void IndexWitness::TakeLeaf(const LeafPage& leaf, uint32_t begin, uint32_t end) {
  uint64_t last_key = 0;
  bool last_dead = true;
  for (const IndexEntry& entry : leaf.entries) {
    const uint64_t key = KeyOfEntry(entry);
    if (key == 0) continue;
    if (key == last_key && !last_dead && !entry.dead && contested_.size() < kMaxContested) contested_.push_back(key);
    last_key = key;
    last_dead = entry.dead;
    if (entry.tid.block < begin || entry.tid.block >= end) continue;
    const uint64_t place = (uint64_t{entry.tid.block} << 16) | entry.tid.item;
    entries_.push_back({place | (entry.dead ? kDead : 0), key});
  }
}

uint64_t IndexWitness::KeyOf(std::span<const TupleField> fields) const {
  Bytes& bytes = key_;
  bytes.clear();
  for (size_t i = 0; i < columns_.size(); ++i) {
    TupleField field = fields[columns_[i]];
    if (shape_[i].length == -2 && field.kind == TupleField::Kind::plain) {
      const auto zero = std::find(field.bytes.begin(), field.bytes.end(), uint8_t{0});
      field.bytes = field.bytes.first(static_cast<size_t>(zero - field.bytes.begin()));
    }
    if (!AppendKeyPart(field, bytes)) return 0;
  }
  return Finish(bytes);
}

IndexWitness::Answer IndexWitness::Ask(const Tid& tid, uint64_t key) {
  if (key == 0) return Answer::silent;
  const uint64_t place = (uint64_t{tid.block} << 16) | tid.item;
  auto at = std::lower_bound(entries_.begin(), entries_.end(), Entry{place, 0});
  Answer answer = Answer::silent;
  for (; at != entries_.end() && (at->place & kPlaceMask) == place; ++at) {
    if (at->key == key) {
      at->place |= kSeen;
      return Answer::agrees;
    }
    // An entry of a row that is gone may wait for its removal while another row has the place.
    if ((at->place & kDead) == 0) answer = Answer::contradicts;
  }
  return answer;
}

IndexWitness::Answer IndexWitness::AskBlock(uint32_t block, uint64_t key) {
  if (key == 0) return Answer::silent;
  auto at = std::lower_bound(entries_.begin(), entries_.end(), Entry{uint64_t{block} << 16, 0});
  for (; at != entries_.end() && ((at->place & kPlaceMask) >> 16) == block; ++at) {
    if (at->key != key) continue;
    at->place |= kSeen;
    return Answer::agrees;
  }
  return Answer::silent;
}

bool IndexWitness::KnowsMoreThan(uint32_t block, const std::vector<bool>& used_items) const {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), Entry{uint64_t{block} << 16, 0});
  for (; at != entries_.end() && ((at->place & kPlaceMask) >> 16) == block; ++at) {
    const size_t item = at->place & 0xffff;
    if (item > used_items.size() || !used_items[item - 1]) return true;
  }
  return false;
}

template <typename Each>
void IndexWitness::OfBlock(uint32_t block, const Each& each) {
  auto at = std::lower_bound(entries_.begin(), entries_.end(), Entry{uint64_t{block} << 16, 0});
  for (; at != entries_.end() && ((at->place & kPlaceMask) >> 16) == block; ++at) each(*at);
}

void IndexWitness::Excuse(uint32_t block) {
  OfBlock(block, [](Entry& entry) { entry.place |= kSeen; });
}

void IndexWitness::ExcuseItems(uint32_t block, const std::vector<bool>& is_gone) {
  OfBlock(block, [&is_gone](Entry& entry) {
    const size_t item = entry.place & 0xffff;
    if (item > is_gone.size() || is_gone[item - 1]) entry.place |= kSeen;
  });
}

void IndexWitness::Doubt(uint32_t block) {
  OfBlock(block, [](Entry& entry) { entry.place |= kDoubt; });
}

bool IndexWitness::IsContested(uint64_t key) const {
  return std::binary_search(contested_.begin(), contested_.end(), key);
}

uint64_t IndexWitness::CountUnseen() const {
  return static_cast<uint64_t>(std::count_if(entries_.begin(), entries_.end(),
                                             [](const Entry& entry) { return (entry.place & (kSeen | kDead)) == 0; }));
}

// Leaves are read once more: only what is unseen is ever needed whole.
Status IndexWitness::EachUnseen(const std::function<Status(const Unseen&)>& each) const {
  if (CountUnseen() == 0) return OkStatus();
  for (const RelationSegment& segment : segments_) {
    for (size_t at = 0; at + kPageSize <= segment.bytes.size(); at += kPageSize) {
      const LeafPage leaf = ReadLeafPage(segment.bytes.subspan(at, kPageSize), shape_);
      for (const IndexEntry& entry : leaf.entries) {
        const Entry wanted{(uint64_t{entry.tid.block} << 16) | entry.tid.item, KeyOfEntry(entry)};
        const auto found = std::lower_bound(entries_.begin(), entries_.end(), wanted);
        if (entry.dead || wanted.key == 0 || found == entries_.end() || wanted < *found || (found->place & (kSeen | kDead)) != 0) continue;
        PULIH_TRY(each({entry, {segment.file, at + entry.offset, entry.length}, segment.first_block + static_cast<uint32_t>(at / kPageSize), (found->place & kDoubt) == 0}));
      }
    }
  }
  return OkStatus();
}

}  // namespace pulih
