#include "engine/recover/claim_store.h"

#include <algorithm>

#include "engine/base/byte_reader.h"
#include "engine/recover/claim_codec.h"
#include "engine/recover/claim_keys.h"

namespace pulih {
namespace {

using namespace claim_keys;

constexpr size_t kSchemaPiece = 1u << 20;

}  // namespace

Status ClaimStore::PutSchema(const Schema& schema) {
  const Bytes bytes = EncodeSchema(schema);
  return kv_.Write([&](KvBatch& batch) {
    batch.DeleteRange(Start('S'), Start('T'));
    for (uint32_t piece = 0; piece * kSchemaPiece < bytes.size(); ++piece) {
      Bytes key = Start('S');
      PutBig(key, piece);
      const size_t at = piece * kSchemaPiece;
      batch.Put(key, ByteView(bytes).subspan(at, std::min(kSchemaPiece, bytes.size() - at)));
    }
  });
}

Result<std::optional<Schema>> ClaimStore::ReadSchema() {
  Bytes bytes;
  PULIH_TRY(kv_.Scan(Start('S'), Start('S'), [&](ByteView, ByteView value) {
    Append(bytes, value);
    return true;
  }));
  if (bytes.empty()) return std::optional<Schema>();
  PULIH_TRY_ASSIGN(Schema schema, DecodeSchema(bytes));
  return std::optional<Schema>(std::move(schema));
}

// `from` goes on behind what was deleted, which would be walked over again and again.
Status ClaimStore::RemoveClaims(uint32_t unit, Bytes from) {
  const Bytes prefix = UnitPrefix('J', unit);
  for (;;) {
    Bytes journal, keys;
    PULIH_TRY(kv_.Scan(prefix, from, [&](ByteView key, ByteView value) {
      journal = ToBytes(key);
      keys = ToBytes(value);
      return false;
    }));
    if (journal.empty()) return OkStatus();
    ByteReader in(keys);
    PULIH_TRY(kv_.Write([&](KvBatch& batch) {
      while (!in.failed() && in.remaining() > 0) {
        const ByteView key = in.Sized();
        if (!key.empty()) batch.Delete(key);
      }
      batch.Delete(journal);
    }));
    if (in.failed()) return Status(Code::corrupt, "drop claims of evidence " + std::to_string(unit) + ": the list of their keys is not as it is written");
    from = std::move(journal);
  }
}

Status ClaimStore::RemoveDerived(uint32_t unit) { return RemoveClaims(unit, UnitKey('J', unit, kDerivedNumber)); }

Status ClaimStore::RemoveUnit(uint32_t unit) {
  PULIH_TRY(RemoveClaims(unit, UnitPrefix('J', unit)));
  return kv_.Write([&](KvBatch& batch) {
    for (const char family : {'N', 'M'}) batch.DeleteRange(UnitPrefix(family, unit), UnitPrefix(family, unit + 1));
  });
}

Result<std::vector<std::string>> ClaimStore::Tables() {
  std::vector<std::string> tables;
  Bytes from = Start('C');
  for (;;) {
    std::optional<std::string> next;
    PULIH_TRY(kv_.Scan(Start('C'), from, [&](ByteView key, ByteView) {
      const std::string_view rest = AsText(key.subspan(1));
      next = std::string(rest.substr(0, rest.find('\0')));
      return false;
    }));
    if (!next) return tables;
    tables.push_back(*next);
    from = Start('C');
    Append(from, AsBytes(*next));
    from.push_back(1);  // behind every key of that table, whose name ends in 0
  }
}

namespace {

// The claims of one row as they come, never many more than kThinAt or than `thin` leaves.
class RowClaims {
 public:
  explicit RowClaims(const ClaimStore::Thin& thin) : thin_(thin) {}
  Status Take(ByteView entry, ByteView value) {
    PULIH_TRY_ASSIGN(RowClaim claim, DecodeRowClaim(value));
    const Tail tail = TailOf(entry);
    claims_.push_back({tail.unit, tail.number, std::move(claim)});
    ++seen_;
    if (claims_.size() >= limit_) {
      thin_(claims_);
      limit_ = std::max(ClaimStore::kThinAt, 2 * claims_.size());
    }
    return OkStatus();
  }
  std::vector<StoredClaim>& claims() { return claims_; }
  uint64_t seen() const { return seen_; }
  void Clear() {
    claims_.clear();
    limit_ = ClaimStore::kThinAt;
  }

 private:
  const ClaimStore::Thin& thin_;
  std::vector<StoredClaim> claims_;
  uint64_t seen_ = 0;
  size_t limit_ = ClaimStore::kThinAt;
};

}  // namespace

Status ClaimStore::ScanRows(const std::string& table, const Thin& thin, const EachRow& each) { return ScanFamily('C', table, thin, each); }

Status ClaimStore::ScanMissing(const std::string& table, const Thin& thin, const EachRow& each) {
  return ScanFamily('K', table, thin, [&](ByteView key, std::vector<StoredClaim>& claims) -> Result<bool> {
    PULIH_TRY_ASSIGN(const std::vector<StoredClaim> rows, Row(table, key, thin));
    return rows.empty() ? each(key, claims) : Result<bool>(true);
  });
}

Status ClaimStore::ScanFamily(char family, const std::string& table, const Thin& thin, const EachRow& each) {
  PULIH_TRY(CheckTableName(table));
  const Bytes prefix = TablePrefix(table, 'k', family);
  Bytes key;
  RowClaims row(thin);
  bool go_on = true;
  Status failure;
  const auto give = [&] {
    if (row.claims().empty()) return;
    Result<bool> more = each(key, row.claims());
    row.Clear();
    if (!more.ok()) failure = std::move(more).error();
    go_on = failure.ok() && *more;
  };
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView entry, ByteView value) {
    if (entry.size() < prefix.size() + kTailSize) return true;
    const ByteView of_row = entry.subspan(prefix.size(), entry.size() - prefix.size() - kTailSize);
    if (!Equal(of_row, key)) {
      give();
      if (!go_on) return false;
      key = ToBytes(of_row);
    }
    failure = row.Take(entry, value).Within("claims of " + table);
    return go_on = failure.ok();
  }));
  if (go_on) give();
  return failure;
}

Result<std::vector<StoredClaim>> ClaimStore::Row(const std::string& table, ByteView key, const Thin& thin, uint64_t* seen) {
  return RowOfFamily('C', table, key, thin, seen);
}

Result<std::vector<StoredClaim>> ClaimStore::Indexed(const std::string& table, ByteView key, const Thin& thin) { return RowOfFamily('K', table, key, thin, nullptr); }

Result<std::vector<StoredClaim>> ClaimStore::RowOfFamily(char family, const std::string& table, ByteView key, const Thin& thin, uint64_t* seen) {
  PULIH_TRY(CheckTableName(table));
  Bytes prefix = TablePrefix(table, 'k', family);
  Append(prefix, key);
  RowClaims row(thin);
  Status failure;
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView entry, ByteView value) {
    if (entry.size() != prefix.size() + kTailSize) return true;
    failure = row.Take(entry, value).Within("claims of " + table);
    return failure.ok();
  }));
  PULIH_TRY(std::move(failure));
  if (seen != nullptr) *seen = row.seen();
  return std::move(row.claims());
}

namespace {

// Claims whose keys are `prefix` and then `rest` bytes.
Status ScanClaims(OrderedKv& kv, const Bytes& prefix, size_t rest, const ClaimStore::EachClaim& each) {
  Status failure;
  PULIH_TRY(kv.Scan(prefix, prefix, [&](ByteView entry, ByteView value) {
    if (entry.size() != prefix.size() + rest) return true;
    Result<RowClaim> claim = DecodeRowClaim(value);
    if (!claim.ok()) {
      failure = std::move(claim).status();
      return false;
    }
    const Tail tail = TailOf(entry);
    StoredClaim stored{tail.unit, tail.number, std::move(*claim)};
    Result<bool> more = each(stored);
    if (!more.ok()) failure = std::move(more).status();
    return failure.ok() && *more;
  }));
  return failure;
}

}  // namespace

Status ClaimStore::ScanUnkeyed(const std::string& table, const EachClaim& each) {
  PULIH_TRY(CheckTableName(table));
  return ScanClaims(kv_, TablePrefix(table, 'u'), kTailSize, each);
}

Status ClaimStore::ScanUnassigned(const EachClaim& each) { return ScanClaims(kv_, Start('U'), kTailSize, each); }

Status ClaimStore::ScanUnkeyed(const std::string& table, uint32_t unit, const EachClaim& each) {
  PULIH_TRY(CheckTableName(table));
  Bytes prefix = TablePrefix(table, 'u');
  PutBig(prefix, unit);
  return ScanClaims(kv_, prefix, kTailSize - sizeof unit, each);
}

Status ClaimStore::ScanUnassigned(uint32_t unit, const EachClaim& each) { return ScanClaims(kv_, UnitPrefix('U', unit), kTailSize - sizeof unit, each); }

Status ClaimStore::Ranges(uint32_t unit, const std::function<bool(const RangeNote&)>& each) {
  const Bytes prefix = UnitPrefix('N', unit);
  Status failure;
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView, ByteView value) {
    Result<RangeNote> note = DecodeRangeNote(value);
    if (!note.ok()) failure = std::move(note).status();
    return failure.ok() && each(*note);
  }));
  return failure;
}

Status ClaimStore::RangesFromLast(uint32_t unit, const std::function<bool(const RangeNote&)>& each) {
  const Bytes prefix = UnitPrefix('N', unit);
  Bytes at = UnitKey('N', unit, UINT64_MAX), key, value;
  for (;;) {
    PULIH_TRY_ASSIGN(const bool found, kv_.SeekAtOrBefore(prefix, at, &key, &value));
    if (!found || key.size() != 1 + kTailSize) return OkStatus();
    PULIH_TRY_ASSIGN(const RangeNote note, DecodeRangeNote(value));
    const uint64_t number = TailOf(key).number;
    if (!each(note) || number == 0) return OkStatus();
    at = UnitKey('N', unit, number - 1);
  }
}

Result<std::vector<std::string>> ClaimStore::Remarks(uint32_t unit) {
  const Bytes prefix = UnitPrefix('M', unit);
  std::vector<std::string> remarks;
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView, ByteView value) {
    remarks.push_back(ToText(value));
    return true;
  }));
  return remarks;
}

}  // namespace pulih
