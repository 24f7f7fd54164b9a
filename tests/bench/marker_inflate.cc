// How fast deflate streams are read: the survey, the telling, and the telling with markers (the first 4 KiB taken away).
//
//   marker_inflate FILE.gz [ROUNDS]
//
// Prints one line for each, in MB of output a second on one core; the figure is the best of the rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

#include "formats/archive/gzip.h"

namespace pulih {
namespace {

class Count : public InflateSink {
 public:
  Status BeginSegment(const InflateSegment& segment) override {
    std::printf("  segment resync %u trust %d end %d: bits %llu-%llu, %llu bytes\n", segment.resync,
                static_cast<int>(segment.trust), static_cast<int>(segment.end),
                static_cast<unsigned long long>(segment.begin_bit), static_cast<unsigned long long>(segment.end_bit),
                static_cast<unsigned long long>(segment.output_size));
    return OkStatus();
  }
  Status Run(const InflatedRun& run) override {
    bytes += run.bytes.size();
    for (const uint32_t marker : run.markers) unknown += marker != 0;
    return OkStatus();
  }
  uint64_t bytes = 0, unknown = 0;
};

double Seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void Measure(const char* what, const DeflateStream& stream, int rounds) {
  InflateSurvey survey;
  double surveying = 1e9, telling = 1e9;
  for (int round = 0; round < rounds; ++round) surveying = std::min(surveying, Seconds([&] { survey = Survey(stream, TextBytes()); }));
  Count last;
  for (int round = 0; round < rounds; ++round) {
    Count count;
    telling = std::min(telling, Seconds([&] { (void)TellStream(stream, survey, count).ok(); }));
    last = count;
  }
  const double mb = static_cast<double>(last.bytes) / 1e6;
  std::printf("%s: %.1f MB, check %d, unknown %.2f %%, survey %.0f MB/s, tell %.0f MB/s\n", what, mb,
              static_cast<int>(survey.check), 100.0 * static_cast<double>(last.unknown) / static_cast<double>(last.bytes + 1),
              mb / surveying, mb / telling);
}

int Run(const char* name, int rounds) {
  std::ifstream file(name, std::ios::binary);
  const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  DeflateStream stream;
  stream.wrap = DeflateWrap::gzip;
  AppendPieces(bytes, 0, stream.pieces);
  Measure("as it is", stream, rounds);
  if (bytes.size() <= 4096) return 0;
  stream.pieces.clear();
  AppendPieces(ByteView(bytes).subspan(4096), 4096, stream.pieces);
  stream.head_lost = true;
  Measure("without its head", stream, rounds);
  return 0;
}

}  // namespace
}  // namespace pulih

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return pulih::Run(argv[1], argc > 2 ? std::max(1, std::atoi(argv[2])) : 5);
}
