// How fast single steps of recovery are on one core, in MB a second of processor time:
//
//   recover_speed HEAP SCHEMA.sql SCRIPT.sql.gz [ROUNDS]
//
//   identify         the kind of every 4 KiB of HEAP, and of SCRIPT.sql.gz
//   heap             HEAP (a relation file, repeated up to 64 MB) to claims of rows, every value decoded, with the tables of SCHEMA.sql
//   marker inflate   SCRIPT.sql.gz without its first 4 KiB: MB of what comes out
//
// The figure is the best of the rounds. Build: with the libraries recover and formats_*, as tests/bench/marker_inflate.cc.
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

#include "engine/recover/extract_pages.h"
#include "engine/recover/identify.h"
#include "formats/archive/gzip.h"
#include "formats/postgres/sql_script.h"

namespace pulih {
namespace {

Bytes ReadAll(const char* name) {
  std::ifstream file(name, std::ios::binary);
  return Bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

class CountRows : public ExtractSink {
 public:
  Status Row(const RowClaim&) override {
    ++rows;
    return OkStatus();
  }
  Status Range(const RangeNote&) override { return OkStatus(); }
  Status Remark(const std::string&) override { return OkStatus(); }
  uint64_t rows = 0;
};

class CountBytes : public InflateSink {
 public:
  Status BeginSegment(const InflateSegment&) override { return OkStatus(); }
  Status Run(const InflatedRun& run) override {
    bytes += run.bytes.size();
    return OkStatus();
  }
  uint64_t bytes = 0;
};

double ProcessorSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double Best(int rounds, const std::function<void()>& work) {
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    const double began = ProcessorSeconds();
    work();
    best = std::min(best, ProcessorSeconds() - began);
  }
  return best;
}

void Tell(const char* what, uint64_t bytes, double seconds) {
  std::printf("%-26s %8.1f MB  %7.0f MB/s\n", what, static_cast<double>(bytes) / 1e6, static_cast<double>(bytes) / 1e6 / seconds);
}

void Identify(const char* what, const Bytes& bytes, int rounds) {
  const Identity head = IdentifyFile(ByteView(bytes).first(std::min<size_t>(bytes.size(), 64u << 10)), bytes.size());
  Tell(what, bytes.size(), Best(rounds, [&] {
    std::vector<BlockRun> runs;
    BlockMapper(head.kind).Take(bytes, runs);
  }));
}

int Run(char** names, int rounds) {
  Bytes heap = ReadAll(names[0]);
  const Bytes script = ReadAll(names[1]), packed = ReadAll(names[2]);
  if (heap.empty() || script.empty() || packed.size() <= 4096) return 1;
  // So that what is done once for a file, telling whose it is, does not count for more than it does.
  for (const Bytes once = heap; heap.size() < (64u << 20);) heap.insert(heap.end(), once.begin(), once.end());
  Identify("identify, heap", heap, rounds);
  Identify("identify, gzip", packed, rounds);

  const Schema schema = ReadDdl(AsText(script));
  CountRows rows;
  const double carving = Best(rounds, [&] {
    rows = CountRows();
    (void)MakePagesExtractor()->Extract({{"16400", heap}}, schema, rows).ok();
  });
  Tell("heap, every value decoded", heap.size(), carving);
  std::printf("%-26s %8llu rows\n", "", static_cast<unsigned long long>(rows.rows));

  DeflateStream stream;
  stream.wrap = DeflateWrap::gzip;
  AppendPieces(ByteView(packed).subspan(4096), 4096, stream.pieces);
  stream.head_lost = true;
  CountBytes out;
  const double inflating = Best(rounds, [&] {
    out = CountBytes();
    (void)TellStream(stream, Survey(stream, TextBytes()), out).ok();
  });
  Tell("marker inflate", out.bytes, inflating);
  return 0;
}

}  // namespace
}  // namespace pulih

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  return pulih::Run(argv + 1, argc > 4 ? std::max(1, std::atoi(argv[4])) : 5);
}
