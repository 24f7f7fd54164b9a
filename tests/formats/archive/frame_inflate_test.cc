#include "formats/archive/frame_inflate.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>

#include "tests/formats/archive/framed.h"

namespace pulih {
namespace {

std::string SomeText(size_t rows) {
  std::mt19937_64 random(5);
  std::string text;
  for (size_t i = 0; i < rows; ++i) text += std::to_string(i) + "\tpengadaan " + std::to_string(random() % 100000) + "\t2014-10-04\n";
  return text;
}

struct Gather : InflateSink {
  Status BeginSegment(const InflateSegment&) override { return OkStatus(); }
  Status Run(const InflatedRun& run) override {
    REQUIRE(run.bytes.size() <= kInflateRun);
    std::vector<CompressedRange> ranges;
    AppendCompressed(run, 0, static_cast<uint32_t>(run.bytes.size()), ranges);
    REQUIRE_FALSE(ranges.empty());
    for (const CompressedRange& range : ranges) REQUIRE(range.length > 0);
    text += AsText(run.bytes);
    return OkStatus();
  }
  std::string text;
};

std::string Told(const DeflateStream& stream, const InflateSurvey& survey) {
  Gather gather;
  REQUIRE(TellStream(stream, survey, gather).ok());
  REQUIRE(gather.text.size() == survey.output_size);
  return gather.text;
}

DeflateStream InPieces(DeflateWrap wrap, ByteView bytes, size_t size) {
  DeflateStream stream;
  stream.wrap = wrap;
  for (size_t at = 0; at < bytes.size(); at += size)
    stream.pieces.push_back({bytes.subspan(at, std::min(size, bytes.size() - at)), 1000 + at + at / size * 5, false});
  return stream;
}

}  // namespace

TEST_CASE("a frame comes back whole however it is cut into pieces, proven when it has a checksum") {
  const bool is_lz4 = GENERATE(true, false), checksum = GENERATE(true, false);
  const std::string text = SomeText(20000);
  const Bytes packed = is_lz4 ? Lz4Framed(AsBytes(text), checksum) : ZstdFramed(AsBytes(text), checksum);
  for (const size_t size : {size_t{1} << 30, size_t{4096}, size_t{7}}) {
    const DeflateStream stream = InPieces(is_lz4 ? DeflateWrap::lz4 : DeflateWrap::zstd, packed, size);
    const InflateSurvey survey = Survey(stream, TextBytes());
    REQUIRE(survey.segments.size() == 1);
    CHECK(survey.segments[0].trust == (checksum ? SegmentTrust::proven : SegmentTrust::exact));
    CHECK(survey.check == (checksum ? StreamCheck::agrees : StreamCheck::none));
    CHECK(survey.reached_end);
    CHECK(Told(stream, survey) == text);
  }
}

TEST_CASE("of a frame cut anywhere what comes is a beginning of the text") {
  const bool is_lz4 = GENERATE(true, false);
  const std::string text = SomeText(9000);
  const Bytes packed = is_lz4 ? Lz4Framed(AsBytes(text), true) : ZstdFramed(AsBytes(text), true);
  for (size_t cut = 0; cut < packed.size(); cut += 1 + packed.size() / 97) {
    DeflateStream stream = InPieces(is_lz4 ? DeflateWrap::lz4 : DeflateWrap::zstd, ByteView(packed).first(cut), 4096);
    stream.ends_here = false;
    const InflateSurvey survey = Survey(stream, TextBytes());
    CHECK_FALSE(survey.reached_end);
    const std::string told = Told(stream, survey);
    REQUIRE(text.starts_with(told));
    for (const InflateSegment& segment : survey.segments) REQUIRE(segment.trust == SegmentTrust::exact);
  }
}

TEST_CASE("a frame with a byte changed is suspect or told as an error, never proven") {
  const bool is_lz4 = GENERATE(true, false);
  const std::string text = SomeText(300);
  const Bytes packed = is_lz4 ? Lz4Framed(AsBytes(text), true) : ZstdFramed(AsBytes(text), true);
  std::mt19937_64 random(9);
  for (int i = 0; i < 3000; ++i) {
    Bytes bad = packed;
    bad[random() % bad.size()] ^= static_cast<uint8_t>(1 + random() % 255);
    const DeflateStream stream = InPieces(is_lz4 ? DeflateWrap::lz4 : DeflateWrap::zstd, bad, 100);
    const InflateSurvey survey = Survey(stream, TextBytes());
    const std::string told = Told(stream, survey);
    for (const InflateSegment& segment : survey.segments)
      if (segment.trust == SegmentTrust::proven) REQUIRE(told == text);
  }
}

TEST_CASE("reading goes on at the frame behind damage") {
  const bool is_lz4 = GENERATE(true, false);
  const auto pack = [&](const std::string& text) { return is_lz4 ? Lz4Framed(AsBytes(text), true) : ZstdFramed(AsBytes(text), true); };
  const std::string text = SomeText(2000);
  Bytes file;
  std::vector<size_t> begins;
  for (size_t at = 0; at < text.size(); at += text.size() / 4 + 1) {
    begins.push_back(file.size());
    Append(file, pack(text.substr(at, text.size() / 4 + 1)));
  }
  DeflateWrap wrap;
  REQUIRE(ReadFrameWrap(file, wrap));
  const auto all = [](const FrameFile& frames) {
    std::string told;
    for (const FrameMember& member : frames.members) told += Told(member.stream, member.survey);
    return told;
  };
  SECTION("whole") {
    const FrameFile frames = SurveyFrameFile(file, 50);
    REQUIRE(frames.members.size() == 4);
    CHECK(frames.foreign.empty());
    CHECK(frames.members[1].offset == 50 + begins[1]);
    CHECK(frames.members[0].end_offset == 50 + begins[1]);
    CHECK(all(frames) == text);
  }
  SECTION("with a hole in the second") {
    std::fill(file.begin() + static_cast<std::ptrdiff_t>(begins[1]) + 700, file.begin() + static_cast<std::ptrdiff_t>(begins[1]) + 900, uint8_t{0});
    const FrameFile frames = SurveyFrameFile(file, 0);
    REQUIRE(frames.members.size() >= 3);
    CHECK(frames.members.back().survey.check == StreamCheck::agrees);
    size_t proven = 0;
    for (const FrameMember& member : frames.members) proven += member.survey.check == StreamCheck::agrees ? 1 : 0;
    CHECK(proven == 3);
  }
  SECTION("with its first bytes lost, and a frame to be skipped") {
    Bytes bytes(300, 'x');
    Append(bytes, ByteView(file).subspan(begins[1]));
    const uint8_t skip[] = {0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    Append(bytes, skip);
    const FrameFile frames = SurveyFrameFile(bytes, 0);
    CHECK(frames.members.size() == 3);
    REQUIRE(frames.foreign.size() == 1);
    CHECK(frames.foreign[0].length == 300);
    REQUIRE(frames.skipped.size() == 1);
    CHECK(frames.skipped[0].length == 11);
  }
}

}  // namespace pulih
