#include "engine/recover/claim_store.h"

#include <algorithm>

#include "engine/base/byte_reader.h"
#include "engine/base/endian.h"
#include "engine/crypto/sha256.h"
#include "engine/recover/claim_codec.h"
#include "formats/postgres/key_image.h"

namespace pulih {
namespace {

constexpr size_t kBatchBytes = 16u << 20;
// Less than this goes the way of the log: tables of their own would be many and small.
constexpr size_t kLoadBytes = 4u << 20;
constexpr size_t kJournalPiece = 64u << 10;
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

void AppendTablePrefix(std::string_view table, char part, Bytes& key, char family = 'C') {
  key.push_back(static_cast<uint8_t>(family));
  Append(key, AsBytes(table));
  key.push_back(0);
  key.push_back(static_cast<uint8_t>(part));
}
Bytes TablePrefix(std::string_view table, char part, char family = 'C') {
  Bytes key;
  AppendTablePrefix(table, part, key, family);
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

template <typename Field>
Bytes WholeRowKey(const std::vector<Field>& fields) {
  Bytes text;
  for (const Field& field : fields) {
    text.push_back(field.state == ClaimedField::State::null ? 0 : 1);
    AppendTextKey(field.text, text);
  }
  return ToBytes(Sha256Of(text).view());
}

bool IsKnown(ClaimedField::State state) {
  return state == ClaimedField::State::value || state == ClaimedField::State::null;
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

namespace {

KeyColumns KeyColumnsOf(const Schema& schema, std::string_view table_name) {
  KeyColumns key;
  const SchemaTable* table = TableOf(schema, table_name);
  if (table == nullptr) return key;
  key.places = KeyFields(*table);
  const std::vector<const SchemaColumn*> columns = ClaimColumns(*table);
  for (const size_t place : key.places) key.types.push_back(columns[place]->type);
  return key;
}

// False when a column of the key is not wholly known. `fields`: of a claim, or of a view of one.
template <typename Field>
bool AppendClaimKey(const Schema& schema, const KeyColumns& columns, const std::vector<Field>& fields, Bytes& key) {
  if (columns.places.empty()) {
    if (!std::all_of(fields.begin(), fields.end(), [](const Field& field) { return IsKnown(field.state); })) return false;
    Append(key, WholeRowKey(fields));
    return true;
  }
  const size_t before = key.size();
  for (size_t i = 0; i < columns.places.size(); ++i) {
    const size_t place = columns.places[i];
    if (place >= fields.size() || fields[place].state != ClaimedField::State::value) {
      key.resize(before);
      return false;
    }
    const std::string_view text = fields[place].text;
    if (!AppendKeyOfText(schema.types, columns.types[i], text, key).ok()) AppendTextKey(text, key);
  }
  return true;
}

}  // namespace

std::optional<Bytes> ClaimKey(const Schema& schema, const RowClaim& claim) {
  Bytes key;
  if (!AppendClaimKey(schema, KeyColumnsOf(schema, claim.table), claim.fields, key)) return std::nullopt;
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
