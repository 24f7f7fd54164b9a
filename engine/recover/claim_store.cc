#include "engine/recover/claim_store.h"

#include <algorithm>

#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/recover/claim_codec.h"
#include "formats/postgres/key_image.h"
#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

constexpr size_t kBatchBytes = 4u << 20;
constexpr size_t kBatchCount = 8192;
constexpr size_t kSchemaPiece = 1u << 20;
constexpr size_t kTailSize = 4 + 8;  // unit and number
constexpr size_t kMaxTableName = 512;

Bytes Start(char family) { return Bytes{static_cast<uint8_t>(family)}; }

template <typename Integer>
void PutBig(Bytes& key, Integer value) {
  const size_t at = key.size();
  key.resize(at + sizeof value);
  StoreBe(key.data() + at, value);
}

Bytes UnitKey(char family, uint32_t unit, uint64_t number) {
  Bytes key = Start(family);
  PutBig(key, unit);
  PutBig(key, number);
  return key;
}
Bytes UnitPrefix(char family, uint32_t unit) {
  Bytes key = Start(family);
  PutBig(key, unit);
  return key;
}

// A name is hostile: a zero byte in it would end it early.
Status CheckTableName(std::string_view table) {
  if (table.size() <= kMaxTableName && table.find('\0') == table.npos) return OkStatus();
  return Status(Code::invalid, "keep a claim: the name of its table is none");
}

Bytes TablePrefix(std::string_view table, char part) {
  Bytes key = Start('C');
  Append(key, AsBytes(table));
  key.push_back(0);
  key.push_back(static_cast<uint8_t>(part));
  return key;
}

struct Tail {
  uint32_t unit;
  uint64_t number;
};
Tail TailOf(ByteView key) {
  const ByteView tail = key.last(kTailSize);
  return {LoadBe<uint32_t>(tail.data()), LoadBe<uint64_t>(tail.data() + 4)};
}

// Values that ValueImage does not know (of a type of an extension) are told apart by their text.
void AppendTextKey(std::string_view text, Bytes& key) {
  for (const char c : text) {
    key.push_back(static_cast<uint8_t>(c));
    if (c == '\0') key.push_back(0xff);
  }
  key.push_back(0);
  key.push_back(1);
}

Bytes WholeRowKey(const RowClaim& claim) {
  Bytes text;
  for (const ClaimedField& field : claim.fields) {
    text.push_back(field.state == ClaimedField::State::null ? 0 : 1);
    AppendTextKey(field.text, text);
  }
  return ToBytes(Sha256Of(text).view());
}

bool IsKnown(const ClaimedField& field) {
  return field.state == ClaimedField::State::value || field.state == ClaimedField::State::null;
}

}  // namespace

std::string FullTableName(const SchemaTable& table) { return table.schema + "." + table.name; }

const SchemaTable* TableOf(const Schema& schema, std::string_view full_name) {
  for (const SchemaTable& table : schema.tables)
    if (full_name.size() == table.schema.size() + 1 + table.name.size() && full_name.starts_with(table.schema) &&
        full_name.ends_with(table.name) && full_name[table.schema.size()] == '.')
      return &table;
  return nullptr;
}

std::vector<const SchemaColumn*> ClaimColumns(const SchemaTable& table) {
  std::vector<const SchemaColumn*> columns;
  for (const SchemaColumn& column : table.columns)
    if (!column.dropped) columns.push_back(&column);
  return columns;
}

std::vector<size_t> KeyFields(const SchemaTable& table) {
  const auto all_not_null = [&](const SchemaKey& key) {
    return std::all_of(key.columns.begin(), key.columns.end(), [&](uint32_t c) { return table.columns[c].not_null; });
  };
  const SchemaKey* chosen = table.primary_key();
  for (const SchemaKey& key : table.keys)
    if (chosen == nullptr && all_not_null(key)) chosen = &key;
  std::vector<size_t> places;
  if (chosen == nullptr) return places;
  for (const uint32_t column : chosen->columns) {
    if (table.columns[column].dropped) return {};
    const auto before = table.columns.begin() + column;
    places.push_back(static_cast<size_t>(std::count_if(table.columns.begin(), before, [](const SchemaColumn& c) { return !c.dropped; })));
  }
  return places;
}

std::optional<Bytes> ClaimKey(const Schema& schema, const RowClaim& claim) {
  const SchemaTable* table = TableOf(schema, claim.table);
  const std::vector<size_t> places = table ? KeyFields(*table) : std::vector<size_t>();
  if (places.empty()) {
    if (!std::all_of(claim.fields.begin(), claim.fields.end(), IsKnown)) return std::nullopt;
    return WholeRowKey(claim);
  }
  const std::vector<const SchemaColumn*> columns = ClaimColumns(*table);
  Bytes key;
  for (const size_t place : places) {
    if (place >= claim.fields.size() || claim.fields[place].state != ClaimedField::State::value) return std::nullopt;
    const std::string& text = claim.fields[place].text;
    const TypeIndex type = columns[place]->type;
    const Result<Bytes> image = ValueImage(schema.types, type, text);
    if (!image.ok() || !AppendKeyImage(schema.types, type, *image, key).ok()) AppendTextKey(text, key);
  }
  return key;
}

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

Status ClaimStore::RemoveUnit(uint32_t unit) {
  const Bytes prefix = UnitPrefix('J', unit);
  Bytes from = prefix;  // what was deleted before would be walked over again and again
  for (;;) {
    std::vector<std::pair<Bytes, Bytes>> found;
    PULIH_TRY(kv_.Scan(prefix, from, [&](ByteView key, ByteView value) {
      found.emplace_back(ToBytes(key), ToBytes(value));
      return found.size() < kBatchCount;
    }));
    if (found.empty()) break;
    PULIH_TRY(kv_.Write([&](KvBatch& batch) {
      for (const auto& [journal, key] : found) {
        batch.Delete(key);
        batch.Delete(journal);
      }
    }));
    from = std::move(found.back().first);
  }
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

Status ClaimStore::ScanRows(const std::string& table, const Thin& thin, const EachRow& each) {
  PULIH_TRY(CheckTableName(table));
  const Bytes prefix = TablePrefix(table, 'k');
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
  PULIH_TRY(CheckTableName(table));
  Bytes prefix = TablePrefix(table, 'k');
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

Status ScanClaims(OrderedKv& kv, const Bytes& prefix, const ClaimStore::EachClaim& each) {
  Status failure;
  PULIH_TRY(kv.Scan(prefix, prefix, [&](ByteView entry, ByteView value) {
    if (entry.size() != prefix.size() + kTailSize) return true;
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
  return ScanClaims(kv_, TablePrefix(table, 'u'), each);
}

Status ClaimStore::ScanUnassigned(const EachClaim& each) { return ScanClaims(kv_, Start('U'), each); }

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

Status UnitClaims::Put(Bytes key, Bytes value) {
  batch_bytes_ += key.size() + value.size();
  batch_.emplace_back(std::move(key), std::move(value));
  return batch_bytes_ >= kBatchBytes || batch_.size() >= kBatchCount ? Commit() : OkStatus();
}

Status UnitClaims::AddRow(const RowClaim& claim) {
  PULIH_TRY(CheckTableName(claim.table));
  ++number_;
  Bytes key;
  if (claim.table.empty()) {
    key = Start('U');
  } else if (const std::optional<Bytes> row = ClaimKey(schema_, claim)) {
    key = TablePrefix(claim.table, 'k');
    Append(key, *row);
  } else {
    key = TablePrefix(claim.table, 'u');
  }
  PutBig(key, unit_);
  PutBig(key, number_);
  ++rows_;
  Bytes journal = key;
  // Both entries go into one batch, the journal first: a claim that is there can always be taken back.
  batch_bytes_ += journal.size();
  batch_.emplace_back(UnitKey('J', unit_, number_), std::move(journal));
  return Put(std::move(key), EncodeRowClaim(claim));
}

Status UnitClaims::AddRange(const RangeNote& note) { return Put(UnitKey('N', unit_, ++number_), EncodeRangeNote(note)); }

Status UnitClaims::AddRemark(const std::string& text) { return Put(UnitKey('M', unit_, ++number_), ToBytes(text)); }

Status UnitClaims::Commit() {
  if (batch_.empty()) return OkStatus();
  PULIH_TRY(kv_.Write([&](KvBatch& batch) {
    for (const auto& [key, value] : batch_) batch.Put(key, value);
  }));
  batch_.clear();
  batch_bytes_ = 0;
  return OkStatus();
}

}  // namespace pulih
