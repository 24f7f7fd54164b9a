// Keys: Rm ‖ number be32 (mark) · Rl ‖ number (schema that the unit told) · Rg (schema given) · Rs (what was solved).
#include "engine/recover/run_marks.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/crypto/sha256.h"
#include "engine/recover/claim_codec.h"

namespace pulih {
namespace {

Bytes NumberKey(char table, uint32_t number) {
  Bytes key = {'R', static_cast<uint8_t>(table), 0, 0, 0, 0};
  StoreBe(key.data() + 2, number);
  return key;
}

Bytes EncodeMark(const UnitResult& r) {
  ByteWriter out;
  out.U8(kExtractionVersion);
  out.U8(static_cast<uint8_t>(r.state));
  out.U8(r.has_seccomp ? 1 : 0);
  for (const uint64_t n : {r.rows, r.tenders, r.ranges, r.remarks, r.damaged_bytes, r.unfit}) out.Varint(n);
  out.Raw(r.schema.view());
  out.Sized(r.why);
  return std::move(out).Take();
}

// False for a mark of another version, or one that cannot be read: the unit is done again.
bool DecodeMark(ByteView bytes, UnitResult& r) {
  ByteReader in(bytes);
  if (in.U8() != kExtractionVersion) return false;
  const uint8_t state = in.U8();
  if (state < 1 || state > 3) in.Fail();
  r.state = static_cast<UnitState>(state);
  r.has_seccomp = in.U8() == 1;
  for (uint64_t* n : {&r.rows, &r.tenders, &r.ranges, &r.remarks, &r.damaged_bytes, &r.unfit}) *n = in.Varint();
  r.schema = Digest{in.Array<Digest::kSize>()};
  r.why = std::string(in.SizedText());
  return in.Finish();
}

}  // namespace

Result<std::optional<UnitResult>> RunMarks::Find(uint32_t number) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(NumberKey('m', number), &value));
  UnitResult result;
  result.number = number;
  if (!there || !DecodeMark(value, result)) return std::optional<UnitResult>();
  return std::optional<UnitResult>(std::move(result));
}

Status RunMarks::Put(const UnitResult& result) {
  return kv_.Write([&](KvBatch& batch) { batch.Put(NumberKey('m', result.number), EncodeMark(result)); });
}
Status RunMarks::Drop(uint32_t number) {
  return kv_.Write([&](KvBatch& batch) { batch.Delete(NumberKey('m', number)); });
}

Result<std::vector<UnitResult>> RunMarks::List() {
  std::vector<UnitResult> all;
  const Bytes prefix = {'R', 'm'};
  PULIH_TRY(kv_.Scan(prefix, prefix, [&](ByteView key, ByteView value) {
    UnitResult result;
    if (key.size() == 6 && DecodeMark(value, result)) {
      result.number = LoadBe<uint32_t>(key.data() + 2);
      all.push_back(std::move(result));
    }
    return true;
  }));
  return all;
}

Result<std::optional<Digest>> RunMarks::FindSolved() {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv_.Get(Bytes{'R', 's'}, &value));
  if (!there || value.size() != Digest::kSize) return std::optional<Digest>();
  ByteReader in(value);
  return std::optional<Digest>(Digest{in.Array<Digest::kSize>()});
}
Status RunMarks::PutSolved(const Digest& marks) {
  return kv_.Write([&](KvBatch& batch) { batch.Put(Bytes{'R', 's'}, marks.view()); });
}
Status RunMarks::DropSolved() {
  return kv_.Write([&](KvBatch& batch) { batch.Delete(Bytes{'R', 's'}); });
}
Result<Digest> RunMarks::MarksNow() {
  Bytes all = {kSolvingVersion};
  PULIH_TRY(kv_.Scan(Bytes{'R', 'm'}, Bytes{'R', 'm'}, [&all](ByteView key, ByteView value) {
    Append(all, key);
    Append(all, value);
    return true;
  }));
  return Sha256Of(all);
}

namespace {
Result<std::optional<Schema>> FindSchemaAt(OrderedKv& kv, const Bytes& key) {
  Bytes value;
  PULIH_TRY_ASSIGN(const bool there, kv.Get(key, &value));
  // The first byte is the version of the decoders that learnt it.
  if (!there || value.empty() || value[0] != kExtractionVersion) return std::optional<Schema>();
  PULIH_TRY_ASSIGN(Schema schema, DecodeSchema(ByteView(value).subspan(1)));
  return std::optional<Schema>(std::move(schema));
}
Status PutSchemaAt(OrderedKv& kv, const Bytes& key, const Schema& schema) {
  Bytes value = {kExtractionVersion};
  Append(value, EncodeSchema(schema));
  return kv.Write([&](KvBatch& batch) { batch.Put(key, value); });
}
}  // namespace

Result<std::optional<Schema>> RunMarks::FindLearnt(uint32_t number) { return FindSchemaAt(kv_, NumberKey('l', number)); }
Status RunMarks::PutLearnt(uint32_t number, const Schema& schema) { return PutSchemaAt(kv_, NumberKey('l', number), schema); }
Result<std::optional<Schema>> RunMarks::FindGiven() { return FindSchemaAt(kv_, {'R', 'g'}); }
Status RunMarks::PutGiven(const Schema& schema) { return PutSchemaAt(kv_, {'R', 'g'}, schema); }

}  // namespace pulih
