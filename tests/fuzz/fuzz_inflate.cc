// Marker inflate: a survey keeps its promises on any bytes. What is told has the surveyed sizes; cutting the pieces
// otherwise changes nothing; a stream with a hole gives, before it, the same bytes as without.
#include "formats/archive/marker_inflate.h"

#include "formats/archive/gzip.h"
#include "tests/fuzz/identity.h"

namespace pulih {
namespace {

class Gather : public InflateSink {
 public:
  Status BeginSegment(const InflateSegment& segment) override {
    expected += segment.output_size;
    return OkStatus();
  }
  Status Run(const InflatedRun& run) override {
    if (run.bytes.size() > kInflateRun || (!run.markers.empty() && run.markers.size() != run.bytes.size())) std::abort();
    size += run.bytes.size();
    for (const uint8_t byte : run.bytes) sum = sum * 31 + byte;
    for (const uint32_t marker : run.markers) sum = sum * 31 + marker;
    std::vector<CompressedRange> ranges;
    AppendCompressed(run, 0, static_cast<uint32_t>(run.bytes.size()), ranges);
    if (ranges.empty()) std::abort();
    return OkStatus();
  }
  uint64_t expected = 0, size = 0, sum = 0;
};

InflateLimits Limits() {
  InflateLimits limits;
  limits.max_output = 1u << 20;
  limits.max_segments = 64;
  return limits;
}

Gather Told(const DeflateStream& stream, const InflateSurvey& survey) {
  Gather gather;
  if (!TellStream(stream, survey, gather).ok()) std::abort();
  if (gather.size != gather.expected || gather.size != survey.output_size || gather.size > Limits().max_output) std::abort();
  return gather;
}

InflateSurvey Check(DeflateWrap wrap, ByteView bytes, size_t piece, size_t hole, Gather& told) {
  DeflateStream stream;
  stream.wrap = wrap;
  for (size_t at = 0; at < bytes.size(); at += piece)
    stream.pieces.push_back({bytes.subspan(at, std::min(piece, bytes.size() - at)), at, at / piece == hole});
  const InflateSurvey survey = Survey(stream, TextBytes(), Limits());
  told = Told(stream, survey);
  return survey;
}

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const ByteView bytes(data, size);
  for (const DeflateWrap wrap : {DeflateWrap::raw, DeflateWrap::zlib, DeflateWrap::gzip}) {
    Gather whole, cut, damaged;
    const InflateSurvey survey = Check(wrap, bytes, size + 1, SIZE_MAX, whole);
    const InflateSurvey in_pieces = Check(wrap, bytes, 13, SIZE_MAX, cut);
    if (whole.sum != cut.sum || survey.check != in_pieces.check || survey.segments.size() != in_pieces.segments.size()) std::abort();
    Check(wrap, bytes, 29, 1, damaged);
    if (survey.check == StreamCheck::agrees) ++accepted_inputs;
  }
  GzipLimits limits;
  limits.inflate = Limits();
  for (const GzipMember& member : SurveyGzip(bytes, 0, TextBytes(), limits).members) Told(member.stream, member.survey);
  return 0;
}
