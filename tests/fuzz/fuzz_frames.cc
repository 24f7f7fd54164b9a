// Frames of lz4 and zstd: a survey keeps its promises on any bytes, also where they are cut into pieces, and members and
// what belongs to none lie inside the file, in order.
#include "formats/archive/frame_inflate.h"

#include <algorithm>

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
    if (run.bytes.empty() || run.bytes.size() > kInflateRun || !run.markers.empty()) std::abort();
    size += run.bytes.size();
    std::vector<CompressedRange> ranges;
    AppendCompressed(run, 0, static_cast<uint32_t>(run.bytes.size()), ranges);
    if (ranges.empty()) std::abort();
    return OkStatus();
  }
  uint64_t expected = 0, size = 0;
};

InflateLimits Limits() {
  InflateLimits limits;
  limits.max_output = 1u << 20;
  return limits;
}

void Tell(const DeflateStream& stream, const InflateSurvey& survey) {
  Gather gather;
  if (!TellStream(stream, survey, gather).ok()) std::abort();
  if (gather.size != gather.expected || gather.size != survey.output_size || gather.size > Limits().max_output) std::abort();
}

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const ByteView bytes(data, size);
  const FrameFile file = SurveyFrameFile(bytes, 0, Limits());
  uint64_t at = 0;
  for (const FrameMember& member : file.members) {
    if (member.offset < at || member.end_offset <= member.offset || member.end_offset > size) std::abort();
    at = member.end_offset;
    Tell(member.stream, member.survey);
    if (member.survey.reached_end) ++accepted_inputs;
  }
  for (const auto* ranges : {&file.skipped, &file.foreign})
    for (const CompressedRange& range : *ranges)
      if (range.length == 0 || range.offset + range.length > size) std::abort();
  DeflateStream pieces;
  pieces.wrap = DeflateWrap::lz4;
  ReadFrameWrap(bytes, pieces.wrap);
  for (size_t from = 0; from < size; from += 13) pieces.pieces.push_back({bytes.subspan(from, std::min<size_t>(13, size - from)), from, from == 13 * 5});
  Tell(pieces, Survey(pieces, AnyByte(), Limits()));
  return 0;
}
