#include "engine/recover/claim_codec.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"

namespace pulih {
namespace {

Status Malformed(std::string_view what) {
  return Status(Code::corrupt, "reading a " + std::string(what) + ": it is not as it is written");
}

// How many items a list says it has: each takes at least a byte, so a count beyond what is left is a lie.
size_t Count(ByteReader& in, size_t limit = SIZE_MAX) {
  const uint64_t count = in.Varint();
  if (count > in.remaining() || count > limit) {
    in.Fail();
    return 0;
  }
  return static_cast<size_t>(count);
}

uint32_t Narrow(ByteReader& in) {
  const uint64_t v = in.Varint();
  if (v > UINT32_MAX) in.Fail();
  return static_cast<uint32_t>(v);
}

void PutRange(ByteWriter& out, const ByteRange& range) {
  out.Varint(range.file);
  out.Varint(range.offset);
  out.Varint(range.length);
}

ByteRange GetRange(ByteReader& in) {
  ByteRange range;
  range.file = Narrow(in);
  range.offset = in.Varint();
  range.length = in.Varint();
  if (range.length > UINT64_MAX - range.offset) in.Fail();
  return range;
}

void PutField(ByteWriter& out, const ClaimedField& field) {
  out.U8(static_cast<uint8_t>(field.state));
  const bool partial = field.state == ClaimedField::State::partial;
  if (field.state != ClaimedField::State::value && !partial) return;
  out.Sized(field.text);
  if (!partial) return;
  out.Varint(field.unknown.size());
  uint32_t at = 0;
  for (const UnknownByte& byte : field.unknown) {
    out.Varint(byte.at - at);
    out.Varint(byte.marker);
    at = byte.at + 1;
  }
  out.U8(field.cut ? 1 : 0);
}

void GetField(ByteReader& in, RowClaimView::Field& field, std::vector<UnknownByte>& unknown) {
  field = {};
  const uint8_t state = in.U8();
  if (state > static_cast<uint8_t>(ClaimedField::State::partial)) in.Fail();
  field.state = static_cast<ClaimedField::State>(state);
  const bool partial = field.state == ClaimedField::State::partial;
  if (field.state != ClaimedField::State::value && !partial) return;
  field.text = in.SizedText();
  if (!partial) return;
  const size_t count = Count(in);
  // A byte of the text for each: so many at most, whatever the count says.
  if (count > field.text.size()) in.Fail();
  field.unknown = static_cast<uint32_t>(unknown.size());
  uint64_t at = 0;
  for (size_t i = 0; i < count && !in.failed(); ++i) {
    at += in.Varint();
    const uint32_t marker = Narrow(in);
    if (at >= field.text.size()) in.Fail();
    unknown.push_back({static_cast<uint32_t>(at), marker});
    ++at;
  }
  field.unknown_count = static_cast<uint32_t>(unknown.size()) - field.unknown;
  const uint8_t cut = in.U8();
  if (cut > 1) in.Fail();
  field.cut = cut == 1;
}

bool IsGrade(uint8_t grade) { return grade >= static_cast<uint8_t>(Grade::a) && grade <= static_cast<uint8_t>(Grade::f); }

}  // namespace

void AppendRowClaim(const RowClaim& claim, ByteWriter& out) {
  out.Sized(claim.table);
  out.Varint(claim.candidates.size());
  for (const std::string& table : claim.candidates) out.Sized(table);
  out.Varint(claim.fields.size());
  for (const ClaimedField& field : claim.fields) PutField(out, field);
  out.U8(static_cast<uint8_t>(claim.grade));
  out.U8(static_cast<uint8_t>(claim.standing));
  out.Varint(claim.moment);
  out.Varint(claim.bytes.size());
  for (const ByteRange& range : claim.bytes) PutRange(out, range);
  out.Sized(claim.path);
}

Bytes EncodeRowClaim(const RowClaim& claim) {
  ByteWriter out;
  AppendRowClaim(claim, out);
  return std::move(out).Take();
}

Status ReadRowClaim(ByteView bytes, RowClaimView& claim) {
  if (bytes.size() > kMaxClaimBytes) return Status(Code::too_large, "reading a row claim: it is longer than a claim may be");
  ByteReader in(bytes);
  claim.table = in.SizedText();
  claim.candidates.clear();
  for (size_t left = Count(in, kMaxClaimCandidates); left > 0 && !in.failed(); --left) claim.candidates.push_back(in.SizedText());
  claim.unknown.clear();
  const size_t fields = Count(in, kMaxClaimFields);
  claim.fields.resize(fields);
  for (size_t i = 0; i < fields && !in.failed(); ++i) GetField(in, claim.fields[i], claim.unknown);
  const uint8_t grade = in.U8(), standing = in.U8();
  if (!IsGrade(grade) || standing > static_cast<uint8_t>(Standing::unknown)) in.Fail();
  claim.grade = static_cast<Grade>(grade);
  claim.standing = static_cast<Standing>(standing);
  claim.moment = in.Varint();
  claim.bytes.clear();
  for (size_t left = Count(in, kMaxClaimRanges); left > 0 && !in.failed(); --left) claim.bytes.push_back(GetRange(in));
  claim.path = in.SizedText();
  return in.Finish() ? OkStatus() : Malformed("row claim");
}

Result<RowClaim> DecodeRowClaim(ByteView bytes) {
  RowClaimView view;
  PULIH_TRY(ReadRowClaim(bytes, view));
  RowClaim claim;
  claim.table = view.table;
  claim.candidates.assign(view.candidates.begin(), view.candidates.end());
  claim.fields.resize(view.fields.size());
  for (size_t i = 0; i < view.fields.size(); ++i) {
    const RowClaimView::Field& from = view.fields[i];
    ClaimedField& field = claim.fields[i];
    field.state = from.state;
    field.text = from.text;
    const auto unknown = view.unknown.begin() + from.unknown;
    field.unknown.assign(unknown, unknown + from.unknown_count);
    field.cut = from.cut;
  }
  claim.grade = view.grade;
  claim.standing = view.standing;
  claim.moment = view.moment;
  claim.bytes = std::move(view.bytes);
  claim.path = view.path;
  return claim;
}

Bytes EncodeRangeNote(const RangeNote& note) {
  ByteWriter out;
  PutRange(out, note.range);
  out.U8(static_cast<uint8_t>(note.fate));
  out.Sized(note.what);
  return std::move(out).Take();
}

Result<RangeNote> DecodeRangeNote(ByteView bytes) {
  ByteReader in(bytes);
  RangeNote note;
  note.range = GetRange(in);
  const uint8_t fate = in.U8();
  if (fate > static_cast<uint8_t>(RangeFate::damaged)) in.Fail();
  note.fate = static_cast<RangeFate>(fate);
  note.what = std::string(in.SizedText());
  if (!in.Finish()) return Malformed("range note");
  return note;
}

}  // namespace pulih
