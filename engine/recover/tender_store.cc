#include "engine/recover/tender_store.h"

#include <algorithm>
#include <optional>

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

using tender::Entity;
using tender::Precision;
using tender::TenderClaim;
using tender::TenderField;

constexpr size_t kBatchBytes = 16u << 20, kBatchCount = 8192;
constexpr size_t kEntryBytes = 64;     // that the list takes for one beside its bytes
// Less than this goes the way of the log: tables of their own would be many and small.
constexpr size_t kLoadBytes = 4u << 20;
constexpr size_t kTailSize = 4 + 8;  // unit and number
constexpr size_t kMaxFields = 256;
constexpr uint64_t kDerived = uint64_t{1} << 63;

template <typename Integer>
void PutBig(Bytes& key, Integer value) {
  const size_t at = key.size();
  key.resize(at + sizeof value);
  StoreBe(key.data() + at, value);
}

Bytes UnitPrefix(uint32_t unit) {
  Bytes key{'V'};
  PutBig(key, unit);
  return key;
}

Bytes ThingPrefix(Entity entity, std::string_view key) {
  Bytes bytes{'W', static_cast<uint8_t>(entity)};
  Append(bytes, AsBytes(key));
  bytes.push_back(0);
  return bytes;
}

std::string Text(ByteReader& in) {
  const std::string_view text = in.SizedText();
  if (text.size() > tender::kMaxTextLength) in.Fail();
  return in.failed() ? std::string() : std::string(text);
}

void PutField(ByteWriter& out, const TenderField& field) {
  out.U8(static_cast<uint8_t>(field.field));
  out.U8(static_cast<uint8_t>(field.precision));
  out.Sized(field.raw);
  out.Sized(field.value);
  out.Sized(field.high);
}

TenderField GetField(ByteReader& in) {
  TenderField field;
  const uint8_t number = in.U8(), precision = in.U8();
  if (!tender::IsKnownField(number) || precision < static_cast<uint8_t>(Precision::exact) || precision > static_cast<uint8_t>(Precision::day)) in.Fail();
  field.field = static_cast<tender::Field>(number);
  field.precision = static_cast<Precision>(precision);
  field.raw = Text(in);
  field.value = Text(in);
  field.high = Text(in);
  return field;
}

}  // namespace

Bytes EncodeTenderClaim(const TenderClaim& claim) {
  ByteWriter out;
  out.U8(static_cast<uint8_t>(claim.entity));
  out.Sized(claim.key);
  out.Sized(claim.tender);
  out.Varint(claim.fields.size());
  for (const TenderField& field : claim.fields) PutField(out, field);
  out.Sized(claim.source);
  out.Sized(claim.publisher);
  out.Sized(claim.captured);
  out.U8(claim.grade);
  out.Varint(claim.file);
  out.Varint(claim.offset);
  out.Varint(claim.length);
  out.Sized(claim.path);
  return std::move(out).Take();
}

Result<TenderClaim> DecodeTenderClaim(ByteView bytes) {
  ByteReader in(bytes);
  TenderClaim claim;
  const uint8_t entity = in.U8();
  if (!tender::IsKnownEntity(entity)) in.Fail();
  claim.entity = static_cast<Entity>(entity);
  claim.key = Text(in);
  claim.tender = Text(in);
  if (claim.key.size() > tender::kMaxKeyLength || claim.key.find('\0') != std::string::npos) in.Fail();
  const uint64_t fields = in.Varint();
  if (fields > kMaxFields || fields > in.remaining()) in.Fail();
  for (uint64_t i = 0; i < fields && !in.failed(); ++i) claim.fields.push_back(GetField(in));
  claim.source = Text(in);
  claim.publisher = Text(in);
  claim.captured = Text(in);
  claim.grade = in.U8();
  if (claim.grade < 'A' || claim.grade > 'F') in.Fail();
  const uint64_t file = in.Varint();
  if (file > UINT32_MAX) in.Fail();
  claim.file = static_cast<uint32_t>(file);
  claim.offset = in.Varint();
  claim.length = in.Varint();
  if (claim.length > UINT64_MAX - claim.offset) in.Fail();
  claim.path = Text(in);
  if (!in.Finish()) return Status(Code::corrupt, "reading a claim about a tender: it is not as it is written");
  return claim;
}

// --- the store ---------------------------------------------------------------------------------------------------------

// What was deleted would be walked over again: each turn goes on behind it.
Status TenderStore::RemoveFrom(uint32_t unit, Bytes from) {
  const Bytes prefix = UnitPrefix(unit);
  for (;;) {
    std::vector<std::pair<Bytes, Bytes>> found;
    PULIH_TRY(kv_.Scan(prefix, from, [&](ByteView key, ByteView value) {
      found.emplace_back(ToBytes(key), ToBytes(value));
      return found.size() < kBatchCount;
    }));
    if (found.empty()) return OkStatus();
    PULIH_TRY(kv_.Write([&](KvBatch& batch) {
      for (const auto& [journal, key] : found) {
        batch.Delete(key);
        batch.Delete(journal);
      }
    }));
    from = std::move(found.back().first);
  }
}

Status TenderStore::RemoveUnit(uint32_t unit) { return RemoveFrom(unit, UnitPrefix(unit)); }
Status TenderStore::RemoveDerived(uint32_t unit) {
  Bytes from = UnitPrefix(unit);
  PutBig(from, kDerived);
  return RemoveFrom(unit, std::move(from));
}

Status TenderStore::ScanPrefix(ByteView prefix, const std::function<Result<bool>(const std::string& key, StoredTender claim)>& each) {
  Status failure;
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView key, ByteView value) {
    if (key.size() < 2 + 1 + kTailSize) {
      failure = Status(Code::corrupt, "reading claims about tenders: a key of the case is too short");
      return false;
    }
    auto claim = DecodeTenderClaim(value);
    if (!claim.ok()) {
      failure = claim.status();
      return false;
    }
    const ByteView tail = key.last(kTailSize);
    StoredTender stored{LoadBe<uint32_t>(tail.data()), LoadBe<uint64_t>(tail.data() + 4), std::move(*claim)};
    auto more = each(std::string(AsText(key.subspan(2, key.size() - 3 - kTailSize))), std::move(stored));
    if (!more.ok()) failure = more.status();
    return more.ok() && *more;
  }));
  return failure;
}

Status TenderStore::Scan(Entity entity, const EachThing& each) {
  std::string current;
  std::vector<StoredTender> claims;
  bool ended = false;
  PULIH_TRY(ScanPrefix(Bytes{'W', static_cast<uint8_t>(entity)}, [&](const std::string& key, StoredTender claim) -> Result<bool> {
    // Claims without a key are about a thing each.
    if (!claims.empty() && (key != current || key.empty())) {
      PULIH_TRY_ASSIGN(const bool more, each(current, claims));
      claims.clear();
      if (!more) {
        ended = true;
        return false;
      }
    }
    current = key;
    claims.push_back(std::move(claim));
    return true;
  }));
  if (ended || claims.empty()) return OkStatus();
  auto last = each(current, claims);
  return last.ok() ? OkStatus() : last.status();
}

Result<std::vector<StoredTender>> TenderStore::Of(Entity entity, const std::string& key) {
  std::vector<StoredTender> claims;
  PULIH_TRY(ScanPrefix(ThingPrefix(entity, key), [&](const std::string&, StoredTender claim) -> Result<bool> {
    claims.push_back(std::move(claim));
    return true;
  }));
  return claims;
}

Status TenderWriter::Add(uint32_t unit, const TenderClaim& claim) {
  if (claim.key.size() > tender::kMaxKeyLength || claim.key.find('\0') != std::string::npos)
    return Status(Code::corrupt, "keeping a claim about a " + std::string(tender::EntityName(claim.entity)) + ": its key is none");
  const uint64_t number = numbers_[unit]++ | (kind_ == Kind::derived ? kDerived : 0);
  Bytes key = ThingPrefix(claim.entity, claim.key), journal = UnitPrefix(unit);
  PutBig(key, unit);
  PutBig(key, number);
  PutBig(journal, number);
  Bytes value = EncodeTenderClaim(claim);
  batch_bytes_ += journal.size() + 2 * key.size() + value.size() + 2 * kEntryBytes;
  batch_.emplace_back(std::move(journal), key);
  batch_.emplace_back(std::move(key), std::move(value));
  return batch_bytes_ >= kBatchBytes ? Commit() : OkStatus();
}

Status TenderWriter::Commit() {
  if (batch_.empty()) return OkStatus();
  if (batch_bytes_ >= kLoadBytes) {
    std::sort(batch_.begin(), batch_.end(), [](const auto& a, const auto& b) { return Compare(a.first, b.first) < 0; });
    std::vector<KvEntry> sorted;
    sorted.reserve(batch_.size());
    for (const auto& [key, value] : batch_) sorted.push_back({key, value});
    PULIH_TRY(kv_.Load(sorted));
  } else {
    PULIH_TRY(kv_.Write([&](KvBatch& batch) {
      for (const auto& [key, value] : batch_) batch.Put(key, value);
    }));
  }
  batch_.clear();
  batch_bytes_ = 0;
  return OkStatus();
}

}  // namespace pulih
