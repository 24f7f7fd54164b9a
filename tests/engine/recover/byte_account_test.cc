#include "engine/recover/byte_account.h"

#include <random>

#include <catch2/catch.hpp>

#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

ByteAccount Account(OrderedKv& kv, const std::vector<RangeNote>& notes, const std::vector<EvidenceFile>& files) {
  const Schema schema;
  UnitClaims claims(kv, schema, 1);
  for (const RangeNote& note : notes) REQUIRE(claims.AddRange(note).ok());
  REQUIRE(claims.Commit().ok());
  ClaimStore store(kv);
  auto account = AccountFor(store, 1, files);
  REQUIRE(account.ok());
  return std::move(*account);
}

EvidenceFile FileOf(uint64_t size) { return {"f", size, {}, FileKind::unknown}; }

}  // namespace

TEST_CASE("every byte of a unit counts once, as an array of bytes would have it") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    const auto kv = NewMemoryKv();
    const std::vector<EvidenceFile> files{FileOf(1 + random() % 60), FileOf(random() % 30)};
    std::vector<std::vector<int>> twin(files.size());
    for (size_t i = 0; i < files.size(); ++i) twin[i].assign(files[i].size, 3);
    std::vector<RangeNote> notes;
    for (uint64_t n = random() % 12; n > 0; --n) {
      const uint32_t file = static_cast<uint32_t>(random() % 3);  // 2: there is none
      // Ranges that reach beyond the file, as a decoder in somebody else's hands may tell.
      const RangeNote note{{file, random() % 70, random() % 8 == 0 ? 1ull << 60 : random() % 40}, static_cast<RangeFate>(random() % 3), "x"};
      notes.push_back(note);
      if (file == 2) continue;
      for (uint64_t at = note.range.offset; at < files[file].size && at - note.range.offset < note.range.length; ++at) twin[file][at] = static_cast<int>(note.fate);
    }
    const ByteAccount account = Account(*kv, notes, files);
    FateBytes all;
    for (size_t i = 0; i < files.size(); ++i) {
      FateBytes expected;
      for (const int fate : twin[i]) ++(fate == 0 ? expected.read : fate == 1 ? expected.skipped : fate == 2 ? expected.damaged : expected.untold);
      REQUIRE(account.files[i] == expected);
      REQUIRE(account.files[i].all() == files[i].size);
      all.read += expected.read, all.skipped += expected.skipped, all.damaged += expected.damaged, all.untold += expected.untold;
    }
    REQUIRE(account.all == all);
    uint64_t told = 0;
    for (const ReportedRange& range : account.ranges) told += range.bytes;
    REQUIRE(told + all.untold == all.all());
  }
}

TEST_CASE("a stretch that was told anew is no stretch any more") {
  const auto kv = NewMemoryKv();
  const ByteAccount account = Account(*kv, {{{0, 0, 100}, RangeFate::damaged, "nothing found yet"}, {{0, 0, 60}, RangeFate::read, "rows"}, {{0, 60, 40}, RangeFate::skipped, "zeros"}}, {FileOf(100)});
  REQUIRE(account.ranges.size() == 2);
  CHECK(account.ranges[0].what == "rows");
  CHECK(account.all.damaged == 0);
}

TEST_CASE("a million kinds of stretches are counted without being kept") {
  const auto kv = NewMemoryKv();
  std::vector<RangeNote> notes;
  for (uint64_t i = 0; i < 10000; ++i) notes.push_back({{0, i, 1}, RangeFate::skipped, "kind " + std::to_string(i)});
  const ByteAccount account = Account(*kv, notes, {FileOf(10000)});
  CHECK(account.ranges.size() <= 4097);
  CHECK(account.all.skipped == 10000);
}

}  // namespace pulih
