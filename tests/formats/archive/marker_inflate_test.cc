#include "formats/archive/marker_inflate.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <optional>

#include "tests/formats/archive/deflated.h"

namespace pulih {
namespace {

struct Told {
  InflateSegment segment;
  Bytes bytes;
  std::vector<uint32_t> markers;
};

// Everything that is told, and that it is told as promised.
class Collect : public InflateSink {
 public:
  Status BeginSegment(const InflateSegment& segment) override {
    segments.push_back({segment, {}, {}});
    return OkStatus();
  }
  Status Run(const InflatedRun& run) override {
    Told& told = segments.back();
    REQUIRE(run.at == told.bytes.size());
    REQUIRE(!run.bytes.empty());
    REQUIRE(run.bytes.size() <= kInflateRun);
    REQUIRE((run.markers.empty() || run.markers.size() == run.bytes.size()));
    REQUIRE((!run.steps.empty() && run.steps.front().at == 0));
    for (size_t i = 1; i < run.steps.size(); ++i) REQUIRE(run.steps[i - 1].at <= run.steps[i].at);
    for (const InflateStep& step : run.steps) REQUIRE((step.from < step.to && step.at < run.bytes.size()));
    Append(told.bytes, run.bytes);
    told.markers.resize(told.bytes.size());
    std::copy(run.markers.begin(), run.markers.end(), told.markers.end() - static_cast<ptrdiff_t>(run.markers.size()));
    return OkStatus();
  }
  std::vector<Told> segments;
};

std::vector<Told> Tell(const DeflateStream& stream, const InflateSurvey& survey) {
  Collect collect;
  REQUIRE(TellStream(stream, survey, collect).ok());
  REQUIRE(collect.segments.size() == survey.segments.size());
  uint64_t output = 0;
  for (const Told& told : collect.segments) {
    REQUIRE(told.bytes.size() == told.segment.output_size);
    output += told.bytes.size();
  }
  REQUIRE(output == survey.output_size);
  return collect.segments;
}

// The segment stands at `at` of the truth: known bytes are true, markers name true bytes, one marker one byte.
bool TrueAt(const Told& told, ByteView truth, size_t at) {
  if (at + told.bytes.size() > truth.size()) return false;
  const uint32_t base = told.segment.resync == 0 ? 0 : (told.segment.resync - 1) * kInflateWindow;
  for (size_t i = 0; i < told.bytes.size(); ++i) {
    const uint8_t expected = truth[at + i];
    if (told.markers[i] == 0) {
      if (told.bytes[i] != expected) return false;
      continue;
    }
    const uint32_t back = told.markers[i] - base;
    if (told.bytes[i] != 0 || back == 0 || back > kInflateWindow || back > at || truth[at - back] != expected) return false;
  }
  return true;
}

// Somewhere in the truth, from `from` on; the place.
std::optional<size_t> PlaceOf(const Told& told, ByteView truth, size_t from) {
  if (told.segment.end == SegmentEnd::stream_end && told.bytes.size() <= truth.size()) {
    const size_t at = truth.size() - told.bytes.size();
    return TrueAt(told, truth, at) ? std::optional(at) : std::nullopt;
  }
  for (size_t at = from; at + told.bytes.size() <= truth.size(); ++at)
    if (TrueAt(told, truth, at)) return at;
  return std::nullopt;
}

std::vector<DeflatePiece> WithHole(ByteView stream, size_t begin, size_t size) {
  return {{stream.first(begin), 0, false}, {stream.subspan(begin, size), begin, true},
          {stream.subspan(begin + size), begin + size, false}};
}

TEST_CASE("an intact stream, however it was made and cut into pieces, is proven and the same as zlib's") {
  std::mt19937_64 random(2014);
  const DeflateWrap wrap = GENERATE(DeflateWrap::zlib, DeflateWrap::gzip, DeflateWrap::raw);
  const int level = GENERATE(0, 1, 6, 9);
  const int strategy = GENERATE(Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{300}, size_t{70000}, size_t{400000}}) {
    std::string plain = TableText(random, size);
    if (size == 70000) std::fill(plain.begin() + 100, plain.end() - 100, 'x');  // distances of 1
    if (size == 400000) for (size_t i = 100000; i < 200000; ++i) plain[i] = static_cast<char>(random());
    const Bytes packed = Deflated(AsBytes(plain), {wrap, level, strategy, 8});
    DeflateStream stream;
    stream.wrap = wrap;
    for (size_t at = 0; at < packed.size();) {
      const size_t n = std::min<size_t>(packed.size() - at, random() % 3 == 0 ? random() % 4 : random() % 5000);
      stream.pieces.push_back({ByteView(packed).subspan(at, n), 1000 + at, false});
      at += n;
    }
    const InflateSurvey survey = Survey(stream, TextBytes());
    REQUIRE(survey.head_sound);
    REQUIRE(survey.reached_end);
    REQUIRE(survey.end_offset == 1000 + packed.size());
    REQUIRE(survey.check == (wrap == DeflateWrap::raw ? StreamCheck::none : StreamCheck::agrees));
    REQUIRE(survey.segments.size() == 1);
    REQUIRE(survey.segments[0].trust == (wrap == DeflateWrap::raw ? SegmentTrust::exact : SegmentTrust::proven));
    const auto told = Tell(stream, survey);
    REQUIRE(AsText(told[0].bytes) == plain);
  }
}

TEST_CASE("a hole anywhere in a small stream: before it all that zlib gives, behind it nothing untrue") {
  std::mt19937_64 random(7);
  const std::string plain = TableText(random, 24000);
  // Small blocks, so that there are some behind every hole.
  const Bytes packed = Deflated(AsBytes(plain), {DeflateWrap::zlib, 6, Z_DEFAULT_STRATEGY, 1});
  const size_t hole = GENERATE(0, 1, 64);
  // PULIH_NIGHTLY=1 leaves no place out; 5 meets every alignment of bits too.
  const size_t step = std::getenv("PULIH_NIGHTLY") != nullptr ? 1 : 5;
  size_t resumed = 0;
  for (size_t at = 0; at + hole <= packed.size(); at += step) {
    DeflateStream stream;
    Bytes damaged = packed;
    std::fill_n(damaged.begin() + static_cast<ptrdiff_t>(at), hole, uint8_t{0});
    stream.pieces = WithHole(damaged, at, hole);
    // The rest of the stream is known, but not how much of it is missing.
    if (hole == 0) stream.pieces[2] = {ByteView(packed).subspan(std::min(at + 5, packed.size())), at + 5, false};
    const InflateSurvey survey = Survey(stream, TextBytes());
    if (survey.holes_were_data) {  // zeros stood there anyway, or only the header was hit: the checksum said so
      const bool is_same = AsText(Tell(stream, survey)[0].bytes) == plain;
      REQUIRE(is_same);
      continue;
    }
    const auto told = Tell(stream, survey);
    size_t from = 0;
    for (const Told& t : told) {
      if (t.segment.resync == 0) {
        REQUIRE(TrueAt(t, AsBytes(plain), 0));
        const bool is_same = t.bytes == InflatedByZlib(ByteView(packed).first(at), DeflateWrap::zlib);
        if (at > 2) REQUIRE(is_same);
        from = t.bytes.size();
        continue;
      }
      REQUIRE(t.segment.trust == SegmentTrust::behind);
      REQUIRE(PlaceOf(t, AsBytes(plain), from));
      ++resumed;
    }
  }
  CHECK(resumed > packed.size() / step / 2);
}

TEST_CASE("thousands of holes and changes in large streams give not one untrue byte that claims to be true") {
  std::mt19937_64 random(99);
  const bool known = GENERATE(true, false);
  size_t resumed = 0, unknown = 0, told_bytes = 0;
  for (int round = 0; round < 40; ++round) {
    const std::string plain = TableText(random, 100000 + random() % 400000);
    const DeflateWrap wrap = random() % 2 == 0 ? DeflateWrap::zlib : DeflateWrap::gzip;
    const Bytes packed = Deflated(AsBytes(plain), {wrap, static_cast<int>(1 + random() % 9), 0, static_cast<int>(4 + random() % 5)});
    for (int draw = 0; draw < 25; ++draw) {
      Bytes damaged = packed;
      const size_t size = std::min<size_t>(random() % 3 == 0 ? 1 + random() % 4096 : 512, packed.size() / 2);
      const size_t at = random() % (packed.size() - size);
      for (size_t i = 0; i < size; ++i) damaged[at + i] = known ? 0 : static_cast<uint8_t>(random());
      DeflateStream stream;
      stream.wrap = wrap;
      if (known) {
        stream.pieces = WithHole(damaged, at, size);
      } else {
        stream.pieces = {{damaged, 0, false}};
      }
      const InflateSurvey survey = Survey(stream, TextBytes());
      const auto told = Tell(stream, survey);
      size_t from = 0;
      for (const Told& t : told) {
        if (t.segment.trust == SegmentTrust::suspect) {  // says itself that it may be wrong
          if (t.segment.resync == 0) REQUIRE(AsText(t.bytes).substr(0, t.segment.sound_size) == plain.substr(0, t.segment.sound_size));
          continue;
        }
        REQUIRE(t.segment.sound_size == t.bytes.size());
        if (t.segment.resync == 0) {
          REQUIRE((known || t.segment.trust == SegmentTrust::proven));
          REQUIRE(TrueAt(t, AsBytes(plain), 0));
          from = t.bytes.size();
          continue;
        }
        REQUIRE(PlaceOf(t, AsBytes(plain), from));
        ++resumed;
        told_bytes += t.bytes.size();
        for (const uint32_t marker : t.markers) unknown += marker != 0;
      }
    }
  }
  CHECK(resumed > 300);
  CHECK(unknown < told_bytes);
}

TEST_CASE("several holes give several segments, each with markers of its own") {
  std::mt19937_64 random(4);
  const std::string plain = TableText(random, 2000000);
  const Bytes packed = Deflated(AsBytes(plain));
  DeflateStream stream;
  size_t begin = 0;
  for (size_t hole = packed.size() / 5; hole + 4096 < packed.size(); hole += packed.size() / 5) {
    stream.pieces.push_back({ByteView(packed).subspan(begin, hole - begin), begin, false});
    stream.pieces.push_back({ByteView(packed).subspan(hole, 4096), hole, true});
    begin = hole + 4096;
  }
  stream.pieces.push_back({ByteView(packed).subspan(begin), begin, false});
  const InflateSurvey survey = Survey(stream, TextBytes());
  // The holes still hold the data here, and the checksum tells so; only when they do not are they holes.
  CHECK(survey.holes_were_data);
  Bytes zeroed = packed;
  for (DeflatePiece& piece : stream.pieces) {
    if (piece.damaged) std::fill_n(zeroed.begin() + static_cast<ptrdiff_t>(piece.offset), piece.bytes.size(), uint8_t{0});
    piece.bytes = ByteView(zeroed).subspan(piece.offset, piece.bytes.size());
  }
  const InflateSurvey real = Survey(stream, TextBytes());
  CHECK(!real.holes_were_data);
  CHECK(real.check == StreamCheck::not_reached);
  CHECK(real.reached_end);
  REQUIRE(real.segments.size() == 5);
  std::map<uint32_t, uint32_t> segment_of;
  size_t from = 0;
  for (const Told& t : Tell(stream, real)) {
    const auto place = PlaceOf(t, AsBytes(plain), from);
    REQUIRE(place);
    from = *place + t.bytes.size();
    for (const uint32_t marker : t.markers)
      if (marker != 0) REQUIRE(segment_of.try_emplace(marker, t.segment.resync).first->second == t.segment.resync);
  }
}

TEST_CASE("a stream whose head is lost begins at its next block") {
  std::mt19937_64 random(5);
  const std::string plain = TableText(random, 300000);
  const Bytes packed = Deflated(AsBytes(plain));
  DeflateStream stream;
  stream.head_lost = true;
  stream.pieces = {{ByteView(packed).subspan(20000), 20000, false}};
  const InflateSurvey survey = Survey(stream, TextBytes());
  REQUIRE(survey.segments.size() == 1);
  CHECK(survey.segments[0].resync == 1);
  CHECK(survey.segments[0].trust == SegmentTrust::behind);
  CHECK(survey.reached_end);
  const auto told = Tell(stream, survey);
  CHECK(TrueAt(told[0], AsBytes(plain), plain.size() - told[0].bytes.size()));
}

TEST_CASE("a wrong checksum makes the whole stream suspect, a wrong header alone does not") {
  const std::string plain = "a row\tof a table\n";
  Bytes packed = Deflated(AsBytes(plain));
  DeflateStream stream;
  SECTION("checksum") {
    packed.back() ^= 1;
    stream.pieces = {{packed, 0, false}};
    const InflateSurvey survey = Survey(stream, TextBytes());
    CHECK(survey.check == StreamCheck::disagrees);
    REQUIRE(survey.segments.size() == 1);
    CHECK(survey.segments[0].trust == SegmentTrust::suspect);
  }
  SECTION("header") {
    packed[0] = 0;
    stream.pieces = {{packed, 0, false}};
    const InflateSurvey survey = Survey(stream, TextBytes());
    CHECK(!survey.head_sound);
    CHECK(survey.check == StreamCheck::agrees);
    REQUIRE(survey.segments.size() == 1);
    CHECK(survey.segments[0].trust == SegmentTrust::proven);
  }
}

TEST_CASE("a stream that is cut is exact where the cut is known, else up to its last block") {
  std::mt19937_64 random(12);
  const std::string plain = TableText(random, 400000);
  const Bytes packed = Deflated(AsBytes(plain));
  DeflateStream stream;
  stream.pieces = {{ByteView(packed).first(packed.size() - 9000), 0, false}};
  stream.ends_here = GENERATE(true, false);
  const InflateSurvey survey = Survey(stream, TextBytes());
  REQUIRE(survey.segments.size() == 1);
  const InflateSegment& segment = survey.segments[0];
  CHECK(segment.end == SegmentEnd::input_end);
  CHECK(segment.trust == (stream.ends_here ? SegmentTrust::suspect : SegmentTrust::exact));
  CHECK((segment.sound_size < segment.output_size) == stream.ends_here);
  CHECK(segment.sound_size > 100000);
  CHECK(Tell(stream, survey)[0].bytes == InflatedByZlib(stream.pieces[0].bytes, DeflateWrap::zlib));
}

TEST_CASE("noise is not taken for blocks of text") {
  std::mt19937_64 random(6);
  Bytes noise(4 << 20);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
  DeflateStream stream;
  stream.head_lost = true;
  stream.ends_here = GENERATE(true, false);
  stream.pieces = {{noise, 0, false}};
  CHECK(Survey(stream, TextBytes()).segments.empty());
  CHECK(Survey(stream, AnyByte()).segments.empty());
}

TEST_CASE("output beyond a limit is not told") {
  const std::string zeros(64 << 20, '0');
  const Bytes packed = Deflated(AsBytes(zeros));
  DeflateStream stream;
  stream.pieces = {{packed, 0, false}};
  SECTION("bytes") {
    InflateLimits limits;
    limits.max_output = 1000001;
    const InflateSurvey survey = Survey(stream, TextBytes(), limits);
    CHECK(survey.output_size == 1000001);
    REQUIRE(survey.segments.size() == 1);
    CHECK(survey.segments[0].end == SegmentEnd::limit);
    CHECK(survey.segments[0].trust == SegmentTrust::exact);
    CHECK(Tell(stream, survey)[0].bytes.size() == 1000001);
  }
  SECTION("ratio") {
    InflateLimits limits;
    limits.max_ratio = 100;
    const InflateSurvey survey = Survey(stream, TextBytes(), limits);
    CHECK(survey.output_size < 2u << 20);
    CHECK(survey.segments[0].end == SegmentEnd::limit);
  }
}

TEST_CASE("a sink that refuses ends the telling") {
  class Refuse : public Collect {
   public:
    Status Run(const InflatedRun&) override { return Status(Code::interrupted, "enough"); }
  };
  const Bytes packed = Deflated(AsBytes("text"));
  DeflateStream stream;
  stream.pieces = {{packed, 0, false}};
  Refuse refuse;
  CHECK(TellStream(stream, Survey(stream, TextBytes()), refuse).code() == Code::interrupted);
}

TEST_CASE("the steps of runs name the compressed bytes that made them, and none of a hole") {
  std::mt19937_64 random(8);
  const std::string plain = TableText(random, 700000);
  Bytes packed = Deflated(AsBytes(plain));
  const size_t hole = packed.size() / 2;
  std::fill_n(packed.begin() + static_cast<ptrdiff_t>(hole), 4096, uint8_t{0});
  DeflateStream stream;
  // As chunks of a custom dump stand: 4096 bytes, with five of something else between.
  for (size_t at = 0; at < packed.size();) {
    const size_t end = at < hole ? std::min(hole, at + 4096) : at == hole ? hole + 4096 : std::min(packed.size(), at + 4096);
    stream.pieces.push_back({ByteView(packed).subspan(at, end - at), at + 5 * stream.pieces.size(), at == hole});
    at = end;
  }
  class Ranges : public InflateSink {
   public:
    explicit Ranges(const DeflateStream& of) : stream(of) {}
    Status BeginSegment(const InflateSegment& segment) override {
      last = segment.begin_offset;
      return OkStatus();
    }
    Status Run(const InflatedRun& run) override {
      std::vector<CompressedRange> all, some;
      AppendCompressed(run, 0, static_cast<uint32_t>(run.bytes.size()), all);
      REQUIRE(!all.empty());
      for (const CompressedRange& range : all) {
        REQUIRE(range.offset + 1 >= last);
        last = range.offset + range.length;
        bool inside = false;
        for (const DeflatePiece& piece : stream.pieces)
          inside |= !piece.damaged && piece.offset <= range.offset && last <= piece.offset + piece.bytes.size();
        REQUIRE(inside);
        covered += range.length;
      }
      AppendCompressed(run, 100, 1, some);
      REQUIRE(some.front().offset == all.front().offset);
      REQUIRE(some.back().length < 2048);
      return OkStatus();
    }
    const DeflateStream& stream;
    uint64_t last = 0, covered = 0;
  };
  Ranges ranges(stream);
  const InflateSurvey survey = Survey(stream, TextBytes());
  REQUIRE(survey.segments.size() == 2);
  REQUIRE(TellStream(stream, survey, ranges).ok());
  uint64_t in_segments = 0;
  for (const InflateSegment& segment : survey.segments) in_segments += (segment.end_bit - segment.begin_bit) / 8;
  CHECK(ranges.covered + 16 >= in_segments);
  CHECK(ranges.covered <= in_segments + 2 * 40);  // neighbours may share a byte
}

TEST_CASE("runs of one value become damaged pieces, shorter ones do not") {
  std::mt19937_64 random(9);
  Bytes bytes(20000);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(1 + random() % 254);
  const size_t size = GENERATE(127, 128, 129, 4096);
  const size_t at = GENERATE(0, 1, 63, 64, 8191, 15904);
  std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at), size, uint8_t{0});
  std::vector<DeflatePiece> pieces;
  AppendPieces(bytes, 500, pieces);
  size_t total = 0, holes = 0;
  for (const DeflatePiece& piece : pieces) {
    CHECK(piece.offset == 500 + total);
    total += piece.bytes.size();
    if (!piece.damaged) continue;
    ++holes;
    CHECK(piece.offset == 500 + at);
    CHECK(piece.bytes.size() == size);
  }
  CHECK(total == bytes.size());
  CHECK(holes == (size >= kShortestHole ? 1 : 0));
}

TEST_CASE("a hole of bytes that are missing, nobody knows how many, is passed") {
  std::mt19937_64 random(10);
  const std::string plain = TableText(random, 500000);
  const Bytes packed = Deflated(AsBytes(plain));
  DeflateStream stream;
  stream.pieces = {{ByteView(packed).first(30000), 0, false}, {{}, 30000, true}, {ByteView(packed).subspan(33000), 30000, false}};
  const InflateSurvey survey = Survey(stream, TextBytes());
  const auto told = Tell(stream, survey);
  REQUIRE(told.size() == 2);
  CHECK(told[0].segment.end == SegmentEnd::damage);
  CHECK(TrueAt(told[0], AsBytes(plain), 0));
  CHECK(TrueAt(told[1], AsBytes(plain), plain.size() - told[1].bytes.size()));
}

}  // namespace
}  // namespace pulih
