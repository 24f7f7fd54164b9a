#include "engine/recover/wal_plan.h"

#include <algorithm>

#include "engine/base/endian.h"
#include "engine/recover/wal_history.h"
#include "formats/postgres/heap_page.h"

namespace pulih {
namespace {

constexpr uint32_t kStretchBlocks = 1024;  // 8 MiB
// What a version takes beside the bytes of its tuple: its lists, the tree that it hangs in, what malloc adds.
constexpr uint64_t kVersionBytes = sizeof(TupleVersion) + sizeof(WalPlace) + 128;
// Of a compressed image, whose line pointers cannot be counted where it is: as many tuples as a page of short rows has.
constexpr uint64_t kTuplesOfImage = 120;
constexpr uint16_t kColumnsMask = 0x07ff;

}  // namespace

uint64_t WalSurvey::Relation::bytes() const {
  uint64_t sum = 0;
  for (const auto& [stretch, size] : stretches) sum += size;
  return sum;
}

void WalSurvey::Add(const WalBlock& block, uint64_t tuples, uint64_t bytes) {
  relations_[block.node].stretches[block.block / kStretchBlocks] += bytes + tuples * kVersionBytes;
}

void WalSurvey::Look(Relation& relation, uint16_t infomask2) {
  using Kind = Relation::Kind;
  if ((infomask2 & kColumnsMask) != 3) relation.kind = Kind::other;
  else if (relation.kind == Kind::unknown) relation.kind = Kind::maybe_toast;
}

// The page's header and line pointers stand before the hole.
void WalSurvey::Image(const WalBlock& block) {
  constexpr size_t kLower = 12, kSpecial = 16, kPageHeader = 24;
  uint64_t tuples = kTuplesOfImage;
  if (const ByteView bytes = block.image.bytes; block.image.method == WalImage::Method::plain) {
    // Pages of indexes have something of their own at their end.
    if (bytes.size() < kPageHeader || LoadLe<uint16_t>(bytes.data() + kSpecial) != kWalPageSize) return;
    const uint16_t lower = LoadLe<uint16_t>(bytes.data() + kLower);
    if (lower < kPageHeader || lower > kWalPageSize) return;
    tuples = (lower - kPageHeader) / 4;
  }
  Add(block, tuples, kWalPageSize);
  Relation& relation = relations_[block.node];
  if (relation.kind != Relation::Kind::unknown) return;
  const auto page = RestoreImage(block.image);
  if (!page.ok() || IdentifyPage(*page) != PageKind::heap) return;
  for (size_t number = 1; number <= ItemCount(*page); ++number) {
    const ItemId item = ReadItemId(*page, number);
    if (item.state == ItemState::normal && IsSoundHeapItem(item, page->size()) && item.length >= kTupleHeaderSize)
      Look(relation, ReadTupleHeader(ByteView(*page).subspan(item.offset, item.length)).infomask2);
  }
}

void WalSurvey::Tuples(const WalRecord& record, const WalBlock& block) {
  if (block.data.empty()) return;
  Relation& relation = relations_[block.node];
  if (record.rmid == wal_rmgr::kHeap2) {
    // A multi-insert says how many; TOAST is never written so.
    const uint64_t count = record.main.size() < 4 ? 1 : LoadLe<uint16_t>(record.main.data() + 2);
    Add(block, std::min<uint64_t>(count, block.data.size()), block.data.size());
    relation.kind = Relation::Kind::other;
    return;
  }
  const bool insert = (record.info & 0x70) == 0;
  // What an update takes from the tuple before it is not counted to the byte.
  Add(block, 1, block.data.size() + (insert ? 0 : 256));
  if (insert && block.data.size() >= 2) Look(relation, LoadLe<uint16_t>(block.data.data()));
}

Status WalSurvey::Record(const WalRecord& record) {
  for (const WalBlock& block : record.blocks) {
    if (block.fork != 0) continue;
    if (block.has_image) Image(block);
    if (record.rmid == wal_rmgr::kHeap || record.rmid == wal_rmgr::kHeap2) Tuples(record, block);
  }
  return OkStatus();
}

WalSurvey::Plan WalSurvey::MakePlan(uint64_t scope_bytes, uint64_t toast_bytes) const {
  Plan plan;
  uint64_t all = 0, toast = 0;
  std::set<RelationNode> everywhere;
  for (const auto& [node, relation] : relations_) {
    const uint64_t bytes = relation.bytes();
    all += bytes;
    if (relation.kind != Relation::Kind::maybe_toast) continue;
    toast += bytes;
    everywhere.insert(node);
  }
  plan.scopes.emplace_back();
  if (all <= scope_bytes) return plan;
  plan.toast_left_out = toast > toast_bytes;
  if (plan.toast_left_out) everywhere.clear();
  uint64_t held = 0;
  const auto cut = [&](const WalSpot& at) {
    plan.scopes.back().end = at;
    plan.scopes.emplace_back().begin = at;
    held = 0;
  };
  for (const auto& [node, relation] : relations_) {
    if (everywhere.contains(node)) continue;
    // A relation that fits is not cut.
    if (held > 0 && held + relation.bytes() > scope_bytes) cut({node, 0});
    for (const auto& [stretch, size] : relation.stretches) {
      if (held > 0 && held + size > scope_bytes) cut({node, stretch * kStretchBlocks});
      held += size;
    }
  }
  for (WalScope& scope : plan.scopes) scope.everywhere = everywhere;
  return plan;
}

}  // namespace pulih
