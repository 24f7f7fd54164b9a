#include "engine/recover/wal_history.h"

#include <algorithm>

#include "engine/base/byte_reader.h"
#include "formats/postgres/heap_page.h"

namespace pulih {
namespace {

constexpr PgMajor kFirstModern = 905;
constexpr uint8_t kOpMask = 0x70;
enum HeapOp : uint8_t { kInsert = 0x00, kDelete = 0x10, kUpdate = 0x20, kHotUpdate = 0x40, kMultiInsert = 0x50 };
enum XactOp : uint8_t { kCommit = 0x00, kAbort = 0x20, kCommitPrepared = 0x30, kAbortPrepared = 0x40 };
constexpr uint8_t kPrefixFromOld = 0x20, kSuffixFromOld = 0x40;
constexpr size_t kHeapHeader = 5;  // infomask2, infomask, hoff

bool IsHeapRecord(const WalRecord& record, uint8_t op) { return (record.info & kOpMask) == op; }

const WalBlock* BlockOf(const WalRecord& record, uint8_t id) {
  for (const WalBlock& block : record.blocks)
    if (block.id == id) return &block;
  return nullptr;
}

// A tuple by what a record has of it: the three fields of its header, and what follows the fixed part.
TupleVersion MakeVersion(const WalRecord& record, uint32_t block, uint16_t item, ByteView fields, ByteView rest) {
  ByteReader in(fields);
  TupleHeader header;
  header.infomask2 = in.Le16();
  header.infomask = in.Le16();
  header.hoff = in.U8();
  header.xmin = record.xid;
  header.ctid = {block, item};
  TupleVersion version;
  version.tuple.reserve(kTupleHeaderSize + rest.size());
  version.tuple.resize(kTupleHeaderSize);
  WriteTupleHeader(header, version.tuple.data());
  Append(version.tuple, rest);
  version.lsn = record.lsn;
  version.places = record.places;
  return version;
}

// The same row version as before, told again?
bool IsSame(const Bytes& a, ByteView b) {
  if (a.size() != b.size() || a.size() < kTupleHeaderSize) return false;
  const TupleHeader x = ReadTupleHeader(a), y = ReadTupleHeader(b);
  if (x.hoff != y.hoff || x.column_count() != y.column_count()) return false;
  if (x.xmin != y.xmin && !y.is_frozen()) return false;
  return Equal(ByteView(a).subspan(kTupleHeaderSize), b.subspan(kTupleHeaderSize));
}

// How a tuple of an image ended, by its own header.
void EndByHeader(TupleVersion& version) {
  const TupleHeader header = ReadTupleHeader(version.tuple);
  using namespace tuple_bits;
  version.end = TupleVersion::End::none;
  version.ended_by = 0;
  if (header.xmax == 0 || (header.infomask & kXmaxInvalid) != 0 || header.is_only_locked()) return;
  const bool moved = (header.infomask2 & kHotUpdated) != 0;
  version.end = moved ? TupleVersion::End::updated : TupleVersion::End::deleted;
  // The updater stands in a list of transactions that the log's pages do not hold.
  version.ended_by = (header.infomask & kXmaxIsMulti) != 0 ? 0 : header.xmax;
}

}  // namespace

Status WalHistory::Loss(const WalLoss& loss) {
  losses_.push_back(loss);
  return OkStatus();
}

Status WalHistory::Record(const WalRecord& record) {
  ++records_;
  // Whatever names another predecessor than the last record seen stands behind lost ones.
  if (record.previous != last_lsn_) last_gap_ = record.lsn;
  last_lsn_ = record.lsn;
  Images(record);
  if (record.rmid == wal_rmgr::kXact) Transaction(record);
  if (record.major >= kFirstModern && (record.rmid == wal_rmgr::kHeap || record.rmid == wal_rmgr::kHeap2)) Heap(record);
  return OkStatus();
}

void WalHistory::Images(const WalRecord& record) {
  for (const WalBlock& block : record.blocks)
    if (block.has_image && block.fork == 0 && scope_.Has(block.node, block.block)) Image(record, block);
}

void WalHistory::Image(const WalRecord& record, const WalBlock& block) {
  const auto page = RestoreImage(block.image);
  if (!page) {
    ++unread_images_;
    return;
  }
  if (IdentifyPage(*page) != PageKind::heap) return;
  const size_t items = ItemCount(*page);
  RelationHistory& relation = relations_[block.node];
  // Places of this page that the image does not have are empty by now.
  for (auto at = relation.lower_bound({block.block, 0}); at != relation.end() && at->first.block == block.block; ++at) {
    const bool stands = at->first.item <= items && ReadItemId(*page, at->first.item).state == ItemState::normal;
    if (!stands) Finish(block, at->first.item, TupleVersion::End::gone, 0, record.lsn);
  }
  for (size_t number = 1; number <= items; ++number) {
    const ItemId item = ReadItemId(*page, number);
    if (item.state != ItemState::normal || !IsSoundHeapItem(item, page->size())) continue;
    TupleVersion version;
    version.tuple = ToBytes(ByteView(*page).subspan(item.offset, item.length));
    if (version.tuple.size() < kTupleHeaderSize) continue;
    version.lsn = record.lsn;
    version.places = record.places;
    version.from_image = true;
    EndByHeader(version);
    Put(block, static_cast<uint16_t>(number), std::move(version));
  }
}

void WalHistory::Put(const WalBlock& block, uint16_t item, TupleVersion version) {
  if (!scope_.Has(block.node, block.block)) return;
  RelationHistory& relation = relations_[block.node];
  const Tid place{block.block, item};
  // Tables grow at their ends.
  const bool is_last = relation.empty() || relation.rbegin()->first < place;
  TupleVersions& versions = is_last ? relation.emplace_hint(relation.end(), place, TupleVersions())->second : relation[place];
  if (!versions.empty()) {
    TupleVersion& last = versions.back();
    if (IsSame(last.tuple, version.tuple)) {
      // An end that an update told is more than its header tells.
      if (version.end == TupleVersion::End::deleted && last.end == TupleVersion::End::updated) version.end = last.end;
      last = std::move(version);
      return;
    }
    if (last.end == TupleVersion::End::none) last.end = TupleVersion::End::gone;
  }
  versions.push_back(std::move(version));
}

const TupleVersion* WalHistory::Current(const WalBlock& block, uint16_t item) const {
  const auto relation = relations_.find(block.node);
  if (relation == relations_.end()) return nullptr;
  const auto versions = relation->second.find({block.block, item});
  if (versions == relation->second.end() || versions->second.empty()) return nullptr;
  const TupleVersion& last = versions->second.back();
  return last.end == TupleVersion::End::gone ? nullptr : &last;
}

void WalHistory::Finish(const WalBlock& block, uint16_t item, TupleVersion::End end, uint32_t xid, uint64_t lsn) {
  const auto relation = relations_.find(block.node);
  if (relation == relations_.end()) return;
  const auto versions = relation->second.find({block.block, item});
  if (versions == relation->second.end() || versions->second.empty()) return;
  TupleVersion& last = versions->second.back();
  if (last.lsn > lsn || (end == TupleVersion::End::gone && last.end != TupleVersion::End::none)) return;
  last.end = end;
  last.ended_by = xid;
}

void WalHistory::Heap(const WalRecord& record) {
  if (record.rmid == wal_rmgr::kHeap2) {
    if (IsHeapRecord(record, kMultiInsert)) MultiInsert(record);
    return;
  }
  if (IsHeapRecord(record, kInsert)) Insert(record);
  if (IsHeapRecord(record, kDelete)) Delete(record);
  if (IsHeapRecord(record, kUpdate) || IsHeapRecord(record, kHotUpdate)) Update(record);
}

void WalHistory::Insert(const WalRecord& record) {
  const WalBlock* block = BlockOf(record, 0);
  ByteReader main(record.main);
  const uint16_t item = main.Le16();
  if (block == nullptr || main.failed() || block->data.size() < kHeapHeader || !scope_.Has(block->node, block->block)) return;
  Put(*block, item, MakeVersion(record, block->block, item, block->data.first(kHeapHeader), block->data.subspan(kHeapHeader)));
}

void WalHistory::MultiInsert(const WalRecord& record) {
  const WalBlock* block = BlockOf(record, 0);
  if (block == nullptr || block->data.empty() || !scope_.Has(block->node, block->block)) return;
  ByteReader main(record.main), data(block->data);
  main.Le16();  // flags and padding
  const uint16_t count = main.Le16();
  for (uint16_t i = 0; i < count; ++i) {
    // Of a page begun anew the places are counted, not told.
    const uint16_t item = block->init ? static_cast<uint16_t>(i + 1) : main.Le16();
    if (data.offset() % 2 != 0) data.U8();
    const uint16_t length = data.Le16();
    const ByteView fields = data.Raw(kHeapHeader);
    const ByteView rest = data.Raw(length);
    if (main.failed() || data.failed()) return;
    Put(*block, item, MakeVersion(record, block->block, item, fields, rest));
  }
}

void WalHistory::Delete(const WalRecord& record) {
  const WalBlock* block = BlockOf(record, 0);
  ByteReader main(record.main);
  const uint32_t xid = main.Le32();
  const uint16_t item = main.Le16();
  if (block != nullptr && !main.failed()) Finish(*block, item, TupleVersion::End::deleted, xid, record.lsn);
}

void WalHistory::Update(const WalRecord& record) {
  const WalBlock* block = BlockOf(record, 0);
  const WalBlock* other = BlockOf(record, 1);
  ByteReader main(record.main);
  const uint32_t old_xid = main.Le32();
  const uint16_t old_item = main.Le16();
  main.U8();
  const uint8_t flags = main.U8();
  main.Le32();
  const uint16_t item = main.Le16();
  if (block == nullptr || main.failed()) return;
  const WalBlock& old_block = other != nullptr ? *other : *block;

  if (!block->data.empty() && scope_.Has(block->node, block->block)) {
    ByteReader data(block->data);
    const uint16_t prefix = (flags & kPrefixFromOld) != 0 ? data.Le16() : uint16_t{0};
    const uint16_t suffix = (flags & kSuffixFromOld) != 0 ? data.Le16() : uint16_t{0};
    const ByteView fields = data.Raw(kHeapHeader);
    const ByteView rest = data.Raw(data.remaining());
    const TupleVersion* old = prefix + suffix == 0 ? nullptr : Current(old_block, old_item);
    const size_t bitmap = data.failed() ? 0 : std::max<size_t>(fields[4], kTupleHeaderSize) - kTupleHeaderSize;
    const TupleHeader old_header = old != nullptr ? ReadTupleHeader(old->tuple) : TupleHeader();
    const size_t old_size = old != nullptr ? old->tuple.size() : 0;
    const bool fits = prefix + suffix == 0 || (old != nullptr && old_header.hoff <= old_size && prefix <= old_size - old_header.hoff &&
                                               suffix <= old_size && bitmap <= rest.size());
    if (data.failed() || !fits) {
      ++incomplete_updates_;
    } else {
      Bytes whole;
      Append(whole, prefix > 0 ? rest.first(bitmap) : rest);
      if (prefix > 0) {
        Append(whole, ByteView(old->tuple).subspan(old_header.hoff, prefix));
        Append(whole, rest.subspan(bitmap));
      }
      if (suffix > 0) Append(whole, ByteView(old->tuple).last(suffix));
      TupleVersion version = MakeVersion(record, block->block, item, fields, whole);
      if (old != nullptr) {
        version.sure = old->sure && old->lsn >= last_gap_;
        version.places.insert(version.places.end(), old->places.begin(), old->places.end());
      }
      Finish(old_block, old_item, TupleVersion::End::updated, old_xid, record.lsn);
      Put(*block, item, std::move(version));
      return;
    }
  }
  Finish(old_block, old_item, TupleVersion::End::updated, old_xid, record.lsn);
}

void WalHistory::Transaction(const WalRecord& record) {
  const uint8_t op = record.info & (record.major >= kFirstModern ? kOpMask : 0x70);
  const bool commits = op == kCommit || op == kCommitPrepared;
  if (!commits && op != kAbort && op != kAbortPrepared) return;
  const Outcome outcome = commits ? Outcome::committed : Outcome::aborted;
  if (record.xid != 0) outcomes_.Set(record.xid, outcome);
  if (record.major < kFirstModern) return;
  // Time, then what the bits of xinfo announce: database, subtransactions, …
  ByteReader in(record.main);
  in.Le64();
  const uint32_t xinfo = (record.info & 0x80) != 0 ? in.Le32() : 0;
  if ((xinfo & 1) != 0) in.Le64();
  if ((xinfo & 2) == 0) return;
  const uint32_t count = in.Le32();
  for (uint32_t i = 0; i < count && !in.failed(); ++i)
    if (const uint32_t xid = in.Le32(); xid != 0) outcomes_.Set(xid, outcome);
}

}  // namespace pulih
