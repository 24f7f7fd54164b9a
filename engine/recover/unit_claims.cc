// UnitClaims of claim_store.h: what one unit gives, sorted and put into the store in batches.
#include <algorithm>

#include "engine/recover/claim_codec.h"
#include "engine/recover/claim_keys.h"
#include "engine/recover/claim_store.h"

namespace pulih {
namespace {

using namespace claim_keys;

constexpr size_t kBatchBytes = 16u << 20;
// Less than this goes the way of the log: tables of their own would be many and small.
constexpr size_t kLoadBytes = 4u << 20;
constexpr size_t kJournalPiece = 64u << 10;

}  // namespace

const KeyColumns& UnitClaims::ColumnsOf(std::string_view table) {
  const auto known = tables_.find(table);
  return known != tables_.end() ? known->second : tables_.emplace(std::string(table), KeyColumnsOf(schema_, table)).first->second;
}

void UnitClaims::Put(std::vector<Entry>& entries, ByteView key, ByteView value) {
  entries.push_back({bytes_.size(), static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())});
  Append(bytes_, key);
  Append(bytes_, value);
}

void UnitClaims::PutJournal() {
  if (journal_.size() == 0) return;
  Put(others_, UnitKey('J', unit_, journal_begin_), journal_.view());
  journal_.bytes().clear();
}

Status UnitClaims::CommitWhenFull() { return bytes_.size() >= kBatchBytes ? Commit() : OkStatus(); }

Status UnitClaims::AddRow(const RowClaim& claim) {
  const Bytes encoded = EncodeRowClaim(claim);
  PULIH_TRY(ReadRowClaim(encoded, view_));
  return AddRow(view_, encoded);
}

Status UnitClaims::AddRow(const RowClaimView& claim, ByteView encoded) {
  PULIH_TRY(CheckTableName(claim.table));
  ++number_;
  key_.clear();
  if (claim.table.empty()) {
    key_.push_back('U');
  } else {
    AppendTablePrefix(claim.table, 'k', key_);
    if (!AppendClaimKey(schema_, ColumnsOf(claim.table), claim.fields, key_)) key_.back() = 'u';
  }
  ++rows_;
  return PutClaim(encoded);
}

Status UnitClaims::AddKey(const RowClaim& claim) {
  const Bytes encoded = EncodeRowClaim(claim);
  PULIH_TRY(ReadRowClaim(encoded, view_));
  return AddKey(view_, encoded);
}

Status UnitClaims::AddKey(const RowClaimView& claim, ByteView encoded) {
  PULIH_TRY(CheckTableName(claim.table));
  key_.clear();
  AppendTablePrefix(claim.table, 'k', key_, 'K');
  const KeyColumns& columns = ColumnsOf(claim.table);
  if (columns.places.empty() || !AppendClaimKey(schema_, columns, claim.fields, key_)) return OkStatus();
  ++number_;
  return PutClaim(encoded);
}

// Under key_, which lacks unit and number yet.
Status UnitClaims::PutClaim(ByteView value) {
  PutBig(key_, unit_);
  PutBig(key_, number_);
  if (journal_.size() == 0) journal_begin_ = number_;
  journal_.Sized(key_);
  Put(claims_, key_, value);
  if (journal_.size() >= kJournalPiece) PutJournal();
  return CommitWhenFull();
}

Status UnitClaims::AddRange(const RangeNote& note) {
  Put(others_, UnitKey('N', unit_, ++number_), EncodeRangeNote(note));
  return CommitWhenFull();
}

Status UnitClaims::AddRemark(const std::string& text) {
  Put(others_, UnitKey('M', unit_, ++number_), AsBytes(text));
  return CommitWhenFull();
}

void UnitClaims::Sort(std::vector<Entry>& entries) const {
  const auto less = [this](const Entry& a, const Entry& b) { return Compare(KeyOf(a), KeyOf(b)) < 0; };
  if (!std::is_sorted(entries.begin(), entries.end(), less)) std::stable_sort(entries.begin(), entries.end(), less);
}

// Claims and the list of their keys go in together: a claim that is there can always be taken back.
Status UnitClaims::Commit() {
  PutJournal();
  if (claims_.empty() && others_.empty()) return OkStatus();
  Sort(claims_);
  Sort(others_);
  std::vector<KvEntry> sorted;
  sorted.reserve(claims_.size() + others_.size());
  auto other = others_.begin();
  const auto add = [&](const Entry& entry) { sorted.push_back({KeyOf(entry), ValueOf(entry)}); };
  for (const Entry& claim : claims_) {
    for (; other != others_.end() && Compare(KeyOf(*other), KeyOf(claim)) < 0; ++other) add(*other);
    add(claim);
  }
  std::for_each(other, others_.end(), add);
  if (bytes_.size() >= kLoadBytes) {
    PULIH_TRY(kv_.Load(sorted));
  } else {
    PULIH_TRY(kv_.Write([&](KvBatch& batch) {
      for (const KvEntry& entry : sorted) batch.Put(entry.key, entry.value);
    }));
  }
  bytes_.clear();
  claims_.clear();
  others_.clear();
  return OkStatus();
}

}  // namespace pulih
