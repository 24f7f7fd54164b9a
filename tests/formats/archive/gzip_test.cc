#include "formats/archive/gzip.h"

#include <catch2/catch.hpp>

#include "formats/archive/stream_checks.h"
#include "tests/formats/archive/deflated.h"

namespace pulih {
namespace {

Bytes Member(std::string_view plain) { return Deflated(AsBytes(plain), {DeflateWrap::gzip, 6, 0, 8}); }

class Text : public InflateSink {
 public:
  Status BeginSegment(const InflateSegment&) override { return OkStatus(); }
  Status Run(const InflatedRun& run) override {
    text += AsText(run.bytes);
    return OkStatus();
  }
  std::string text;
};

std::string TextOf(const GzipMember& member) {
  Text sink;
  REQUIRE(TellStream(member.stream, member.survey, sink).ok());
  return sink.text;
}

TEST_CASE("a gzip header gives its fields, and a wrong one nothing") {
  Bytes bytes = {0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 2, 3, 2, 0, 'e', 'x'};
  Append(bytes, AsBytes(std::string_view("name.sql\0a comment\0", 19)));
  const uint32_t crc = Crc32(bytes);
  bytes.push_back(static_cast<uint8_t>(crc));
  bytes.push_back(static_cast<uint8_t>(crc >> 8));
  const auto header = ReadGzipHeader(bytes);
  REQUIRE(header);
  CHECK(header->size == bytes.size());
  CHECK(header->mtime == 0x04030201);
  CHECK(header->name == "name.sql");
  CHECK(header->comment == "a comment");
  CHECK(AsText(header->extra) == "ex");
  for (size_t n = 0; n < bytes.size(); ++n) CHECK(!ReadGzipHeader(ByteView(bytes).first(n)));
  for (const size_t at : {0, 1, 2, 3, 15, 30}) {
    Bytes wrong = bytes;
    wrong[at] ^= 0x80;
    CHECK(!ReadGzipHeader(wrong));
  }
}

TEST_CASE("members one behind the other are each proven, padding is nothing") {
  std::mt19937_64 random(1);
  std::vector<std::string> plains;
  Bytes file;
  for (const size_t size : {100000, 0, 17, 50000}) {
    plains.push_back(TableText(random, size));
    Append(file, Member(plains.back()));
  }
  file.resize(file.size() + 700);
  const GzipFile found = SurveyGzip(file, 4096, TextBytes());
  REQUIRE(found.members.size() == plains.size());
  CHECK(found.foreign.empty());
  for (size_t i = 0; i < plains.size(); ++i) {
    CHECK(found.members[i].survey.check == StreamCheck::agrees);
    CHECK(TextOf(found.members[i]) == plains[i]);
  }
  CHECK(found.members[0].offset == 4096);
  CHECK(found.members[1].offset == found.members[0].end_offset);
}

TEST_CASE("a damaged member costs nothing of its neighbours") {
  std::mt19937_64 random(2);
  const std::string plain = TableText(random, 30000);
  const Bytes member = Member(plain);
  Bytes file;
  for (int i = 0; i < 5; ++i) Append(file, member);
  const size_t at = 2 * member.size() + GENERATE(0, 3, 12, 2000);
  const bool zeros = GENERATE(true, false);
  for (size_t i = 0; i < 600; ++i) file[at + i] = zeros ? 0 : static_cast<uint8_t>(random());
  const GzipFile found = SurveyGzip(file, 0, TextBytes());
  size_t proven = 0;
  for (const GzipMember& m : found.members) {
    if (m.survey.check != StreamCheck::agrees) continue;
    ++proven;
    CHECK(TextOf(m) == plain);
  }
  CHECK(proven == 4);
}

TEST_CASE("a member that is hit soon behind its header gives what stands before the damage") {
  std::mt19937_64 random(6);
  const std::string plain = TableText(random, 30000);
  const Bytes member = Member(plain);
  Bytes file;
  for (int i = 0; i < 3; ++i) Append(file, member);
  std::fill_n(file.begin() + static_cast<ptrdiff_t>(member.size() + 400), 200, uint8_t{0});
  const GzipFile found = SurveyGzip(file, 0, TextBytes());
  REQUIRE(found.members.size() == 3);
  CHECK(found.foreign.empty());
  const GzipMember& hit = found.members[1];
  CHECK(hit.offset == member.size());
  REQUIRE(!hit.survey.segments.empty());
  CHECK(hit.survey.segments[0].trust == SegmentTrust::exact);
  CHECK(hit.survey.segments[0].output_size > 400);
  CHECK(plain.starts_with(TextOf(hit).substr(0, hit.survey.segments[0].output_size)));
}

TEST_CASE("what stands before the first member is told as its remains, or as foreign") {
  std::mt19937_64 random(3);
  const std::string plain = TableText(random, 300000);
  const Bytes member = Member(plain);
  Bytes file = ToBytes(ByteView(member).subspan(9000));
  const size_t first = file.size();
  Append(file, member);
  GzipFile found = SurveyGzip(file, 0, TextBytes());
  REQUIRE(found.members.size() == 2);
  CHECK(found.members[0].head_lost);
  CHECK(found.members[0].survey.segments[0].trust == SegmentTrust::behind);
  CHECK(found.members[1].offset == first);
  CHECK(found.members[1].survey.check == StreamCheck::agrees);

  Bytes other = ToBytes(std::string_view("no gzip at all: a letter, and then the file\n"));
  const size_t letter = other.size();
  Append(other, member);
  found = SurveyGzip(other, 0, TextBytes());
  REQUIRE(found.members.size() == 1);
  REQUIRE(found.foreign.size() == 1);
  CHECK(found.foreign[0].length == letter);
}

TEST_CASE("a member stored inside another one does not cut it") {
  std::mt19937_64 random(4);
  const Bytes inner = Member(TableText(random, 20000));
  Bytes plain = ToBytes(TableText(random, 1000));
  Append(plain, inner);  // does not compress: stands in the outer stream as it is
  const Bytes file = Deflated(plain, {DeflateWrap::gzip, 0, 0, 8});
  const GzipFile found = SurveyGzip(file, 0, AnyByte());
  REQUIRE(found.members.size() == 1);
  CHECK(found.members[0].survey.check == StreamCheck::agrees);
  CHECK(TextOf(found.members[0]) == AsText(plain));
}

TEST_CASE("every prefix of a gzip file gives a prefix of its text") {
  std::mt19937_64 random(5);
  const std::string plain = TableText(random, 3000);
  const Bytes file = Member(plain);
  for (size_t n = 0; n < file.size(); ++n) {
    const GzipFile found = SurveyGzip(ByteView(file).first(n), 0, TextBytes());
    for (const GzipMember& member : found.members) {
      CHECK(member.survey.check != StreamCheck::agrees);
      if (member.survey.segments.empty() || member.survey.segments[0].resync != 0) continue;
      CHECK(plain.starts_with(TextOf(member)));
    }
  }
}

}  // namespace
}  // namespace pulih
