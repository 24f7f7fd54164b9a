// RowClaim, RangeNote and Schema as bytes and back: for the pipe from a sandboxed child, and for the claim store.
//
// The bytes are hostile (the child may be in somebody else's hands): a decoder bounds every count by what is left and
// by the limits below, and takes exactly what the encoder writes (I5). A decoded claim is well-formed, nothing more:
// whether its ranges lie in the unit and its table exists is for who takes it (run.cc).
//
// Layout, by ByteWriter: a string is a varint length and its bytes; a list is a varint count and its items.
//   RowClaim   = table ‖ candidates ‖ fields ‖ grade u8 ‖ standing u8 ‖ moment ‖ bytes ‖ path
//   field      = state u8 ‖ (value: text | partial: text, unknown, cut u8)        unknown = list of (gap to the one before, marker)
//   ByteRange  = file ‖ offset ‖ length                                       all varints
//   RangeNote  = ByteRange ‖ fate u8 ‖ what
//   Schema     = version u8 ‖ types ‖ tables ‖ enum_labels ‖ enum_words ‖ rows ‖ encoding
// Pure. Fuzzed: tests/fuzz/fuzz_claim.cc, fuzz_schema.cc.
#pragma once

#include "engine/base/byte_writer.h"
#include "engine/base/result.h"
#include "engine/recover/claim.h"
#include "formats/postgres/schema.h"

namespace pulih {

// A row of PostgreSQL has at most 1600 columns, a value at most 1 GiB; the longest that a claim carries is this.
inline constexpr size_t kMaxClaimFields = 1664;
inline constexpr size_t kMaxClaimBytes = 256u << 20;
// Lists whose items take far more memory than bytes have a limit of their own.
inline constexpr size_t kMaxClaimCandidates = 4096, kMaxClaimRanges = 1u << 20, kMaxSchemaCells = 1u << 20;
inline constexpr size_t kMaxSchemaBytes = 16u << 20;

Bytes EncodeRowClaim(const RowClaim& claim);
void AppendRowClaim(const RowClaim& claim, ByteWriter& out);
Result<RowClaim> DecodeRowClaim(ByteView bytes);

// A claim as it stands in its bytes, for who looks at it and keeps the bytes: texts are not copied, and lists keep their
// memory from claim to claim. Borrows the bytes.
struct RowClaimView {
  struct Field {
    ClaimedField::State state = ClaimedField::State::missing;
    std::string_view text;
    uint32_t unknown = 0, unknown_count = 0;  // in `unknown` below
    bool cut = false;
  };
  std::string_view table;
  std::vector<std::string_view> candidates;
  std::vector<Field> fields;
  std::vector<UnknownByte> unknown;  // of all fields
  Grade grade = Grade::d;
  Standing standing = Standing::live;
  uint64_t moment = 0;
  std::vector<ByteRange> bytes;
  std::string_view path;
};
// Takes what DecodeRowClaim takes. After a failure `claim` means nothing.
Status ReadRowClaim(ByteView bytes, RowClaimView& claim);

Bytes EncodeRangeNote(const RangeNote& note);
Result<RangeNote> DecodeRangeNote(ByteView bytes);

Bytes EncodeSchema(const Schema& schema);
// Every type refers to types before it, every column to a type, every key to a column of its table.
Result<Schema> DecodeSchema(ByteView bytes);

}  // namespace pulih
