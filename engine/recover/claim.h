// A RowClaim says: this row stood in these bytes of that evidence, found along this path, and this is how well it is
// proven. What damage took is unknown, never guessed (I9); nothing is ever overwritten by another claim.
//
// Texts are values as PostgreSQL writes them (COPY text before its escapes; formats/postgres/value_text.h), in UTF-8.
// Values; claim_codec.h turns them into bytes for the pipe from a sandboxed child and for the claim store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pulih {

// design.md §1. Better is less.
enum class Grade : uint8_t {
  a = 'A',  // the unit is proven by CRC-32 or stronger
  b = 'B',  // structurally exact, decoded before any damage
  c = 'C',  // structure, and agreement with a constraint or an index
  d = 'D',  // structure only
  e = 'E',  // solved from another copy
  f = 'F',  // a candidate by statistics: never loaded
};
// Worse grades have higher ranks: A 0, B 1, C 2, then E, solved from another copy, 3; D 4, F 5.
constexpr int RankOf(Grade grade) {
  switch (grade) {
    case Grade::a: return 0;
    case Grade::b: return 1;
    case Grade::c: return 2;
    case Grade::e: return 3;
    case Grade::d: return 4;
    case Grade::f: break;
  }
  return 5;
}

// A byte that damage took from a value. Bytes with one marker (not 0) in one unit are the same byte, whatever it is: a
// copy by the compressor of a byte that was lost.
struct UnknownByte {
  uint32_t at = 0;      // in the field's text
  uint32_t marker = 0;  // 0: of its own
  bool operator==(const UnknownByte&) const = default;
};

struct ClaimedField {
  enum class State : uint8_t {
    value,    // all of `text`
    null,     // NULL was there
    missing,  // damage took it, or this evidence does not hold it
    partial,  // `text` with unknown bytes (written as 0), or its beginning only
  };
  State state = State::missing;
  std::string text;
  std::vector<UnknownByte> unknown;  // partial only, ascending
  bool cut = false;                  // partial: what follows `text` is lost
  bool operator==(const ClaimedField&) const = default;

  // As it was made, but for the memory of its text; that of a long one is given back.
  void Reset() {
    constexpr size_t kKept = size_t{64} << 10;
    state = State::missing;
    if (text.capacity() > kKept) std::string().swap(text);  // an assignment would keep it
    else text.clear();
    unknown.clear();
    cut = false;
  }
};

struct ByteRange {
  uint32_t file = 0;  // place in the unit's files
  uint64_t offset = 0, length = 0;
  bool operator==(const ByteRange&) const = default;
};

// What a row was in its database at the moment of the evidence.
enum class Standing : uint8_t {
  live,      // current there
  older,     // a newer version stands in the same evidence
  deleted,   // deleted there
  unknown,   // its transaction's outcome is lost
};

struct RowClaim {
  std::string table;                    // "public.paket"; empty when it could not be told
  std::vector<std::string> candidates;  // then: the tables it fits alike, sorted
  std::vector<ClaimedField> fields;     // in the order of the schema's columns, without dropped ones
  Grade grade = Grade::d;
  Standing standing = Standing::live;
  uint64_t moment = 0;                  // orders versions inside one unit (LSN of a WAL record, xmin); 0: not known
  std::vector<ByteRange> bytes;         // where it stood: of a compressed stream the compressed bytes
  std::string path;                     // "table data 3410 » row 17", "page 9 » item 4"
  bool operator==(const RowClaim&) const = default;
};

// What became of a stretch of evidence, so that a report accounts for every byte (I8). Ranges of one unit may come in
// any order; of two that overlap the one told later counts.
enum class RangeFate : uint8_t {
  read,     // its rows or its structure were taken
  skipped,  // sound, of no use here (an index, a free space map, padding)
  damaged,  // nothing could be made of it
};

struct RangeNote {
  ByteRange range;
  RangeFate fate = RangeFate::read;
  std::string what;  // "heap page of public.paket", "zeros where compressed data should be"
};

}  // namespace pulih
