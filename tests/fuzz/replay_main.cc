// Replays every fuzz target without libFuzzer: over seeds (random valid encodings), over seeded mutations of
// them, and over files in regressions/<target>/. It runs in every build's tests, so decoders stay under the
// eyes of whatever sanitizer that build has. Beside the targets' own assertion it checks that no input makes a
// decoder take memory out of proportion to its size.
//
//   fuzz_replay [--seed N] [--runs N] [--target NAME] [--regressions DIRECTORY] [--write-corpus DIRECTORY]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/endian.h"
#include "engine/base/hex.h"
#include "tests/engine/recover/claim_specimens.h"
#include "tests/formats/archive/framed.h"
#include "tests/formats/archive/specimens.h"
#include "tests/formats/postgres/disk_specimens.h"
#include "tests/formats/postgres/dump_specimens.h"
#include "tests/formats/postgres/page_specimens.h"
#include "tests/formats/postgres/stream_specimens.h"
#include "tests/formats/repo/specimens.h"
#include "tests/formats/spse/specimens.h"
#include "tests/formats/text/specimens.h"
#include "tests/fuzz/heap_meter.h"
#include "tests/fuzz/identity.h"
#include "tests/fuzz/targets.h"

#define PULIH_DECLARE(name, specimen) extern "C" int Fuzz_##name(const uint8_t* data, size_t size);
PULIH_FUZZ_TARGETS(PULIH_DECLARE)
#undef PULIH_DECLARE

namespace pulih {
namespace {

// Any of what a case meets.
Bytes EvidenceSpecimen(Random& random) {
  static constexpr Bytes (*kKinds[])(Random&) = {InflateSpecimen, TarSpecimen,      DumpArchiveSpecimen, SqlScriptSpecimen,
                                                 ControlSpecimen, HeapPageSpecimen, WalSpecimen,         CsvSpecimen};
  return kKinds[random() % std::size(kKinds)](random);
}

struct Target {
  std::string name;
  int (*run)(const uint8_t*, size_t);
  Bytes (*specimen)(Random&);
};

const std::vector<Target>& Targets() {
#define PULIH_ENTRY(name, specimen) Target{#name, &Fuzz_##name, &specimen},
  static const std::vector<Target> targets = {PULIH_FUZZ_TARGETS(PULIH_ENTRY)};
#undef PULIH_ENTRY
  return targets;
}

struct Options {
  uint64_t seed = 1;
  std::optional<uint64_t> runs;
  std::string target, regressions, write_corpus;
};

constexpr size_t kSeeds = 64;

// Without --runs a target gets so many inputs, or so many bytes of input where they are long.
constexpr uint64_t kRuns = 20000, kMutatedBytes = 24u << 20;

// Values of a few bytes that decoders mind: counts and lengths that lie, steps over the ends of integers.
constexpr uint8_t kInterestingBytes[] = {0x00, 0x01, 0x02, 0x7f, 0x80, 0x81, 0xfe, 0xff, '/', '.', '\n', '='};
constexpr uint64_t kInterestingNumbers[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x3fffff, 0x400000, 0x400001,
                                            0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff};

// One change of one kind. `other` is another seed of the same target.
void Mutate(Bytes& bytes, const Bytes& other, Random& random) {
  const size_t at = bytes.empty() ? 0 : random() % bytes.size();
  const auto begin = [&bytes](size_t offset) { return bytes.begin() + static_cast<std::ptrdiff_t>(offset); };
  switch (random() % 8) {
    case 0:
      if (!bytes.empty()) bytes[at] ^= static_cast<uint8_t>(1u << (random() % 8));
      break;
    case 1:
      if (!bytes.empty()) bytes[at] = kInterestingBytes[random() % std::size(kInterestingBytes)];
      break;
    case 2: {  // a little-endian number of 2, 4 or 8 bytes
      const size_t width = size_t{2} << (random() % 3);
      uint8_t number[8];
      StoreLe<uint64_t>(number, kInterestingNumbers[random() % std::size(kInterestingNumbers)]);
      if (at + width <= bytes.size()) std::copy_n(number, width, begin(at));
      break;
    }
    case 3: {  // a varint that is longer or larger
      bytes.insert(begin(at), 1 + random() % 9, static_cast<uint8_t>(0x80 | random()));
      break;
    }
    case 4:
      bytes.resize(at);
      break;
    case 5:
      if (!bytes.empty()) bytes.erase(begin(at), begin(at + 1 + random() % (bytes.size() - at)));
      break;
    case 6: {  // a piece of itself twice
      const size_t size = bytes.empty() ? 0 : 1 + random() % (bytes.size() - at);
      const Bytes piece(begin(at), begin(at + size));
      bytes.insert(begin(at), piece.begin(), piece.end());
      break;
    }
    default: {  // goes on as another one
      const size_t from = other.empty() ? 0 : random() % other.size();
      bytes.resize(at);
      bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
      break;
    }
  }
}

// What decoding and encoding an input of this size may take at once. The largest factor is an empty text in a
// list: 1 byte on disk, 32 in memory; a vector that grows holds its old half as well.
size_t AllowedHeap(const Target& target, size_t input_size) {
  // Eight bytes of a numeric may ask for 16,383 digits behind the point, and so may each element of an array: the text is
  // PostgreSQL's own, and the target holds three of them.
  if (target.name == "value" || target.name == "disk_value") return (size_t{1} << 20) + 8192 * input_size;
  if (target.name == "inflate") return (size_t{1} << 20) + 128 * input_size;  // code tables and windows, whatever the input
  // Containers of deflated members: tables and windows as above, and what comes out, at most 1,032 bytes for one, twice.
  if (target.name == "source" || target.name == "sheet" || target.name == "warc") return (size_t{1} << 20) + 2200 * input_size;
  // The window of a block of lz4 is 64 KiB by itself, whatever the input.
  if (target.name == "frames") return (size_t{128} << 10) + 128 * input_size;
  return (size_t{64} << 10) + 128 * input_size;
}

// Runs one input from a buffer of exactly its size, so that a sanitizer sees a read beyond it.
bool RunOne(const Target& target, const Bytes& input, uint64_t& accepted) {
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[input.size()]);
  std::copy(input.begin(), input.end(), exact.get());
  ResetHeapPeak();
  const size_t before = HeapNow();
  accepted_inputs = 0;
  target.run(exact.get(), input.size());
  if (accepted_inputs > 0) ++accepted;
  const size_t taken = HeapPeak() - before;
  if (taken <= AllowedHeap(target, input.size())) return true;
  std::fprintf(stderr, "%s: %zu bytes of input took %zu of heap: %s\n", target.name.c_str(), input.size(), taken, ToHex(input).c_str());
  return false;
}

bool ReplayRegressions(const Target& target, const std::string& directory, size_t& files) {
  const std::filesystem::path folder = std::filesystem::path(directory) / target.name;
  if (!std::filesystem::is_directory(folder)) return true;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    ++files;
    uint64_t accepted = 0;
    if (!RunOne(target, ToBytes(content), accepted)) return false;
  }
  return true;
}

void WriteCorpus(const Target& target, const std::vector<Bytes>& seeds, const std::string& directory) {
  const std::filesystem::path folder = std::filesystem::path(directory) / target.name;
  std::filesystem::create_directories(folder);
  for (size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream out(folder / ("seed-" + std::to_string(i)), std::ios::binary);
    out.write(reinterpret_cast<const char*>(seeds[i].data()), static_cast<std::streamsize>(seeds[i].size()));
  }
}

uint64_t Runs(const Target& target, const Options& options, const std::vector<Bytes>& seeds) {
  if (options.runs) return *options.runs;
  // Each run makes a window anew.
  if (target.name == "frames") return kRuns / 8;
  // It reads each input ten times, and tries what is no stream at every bit.
  if (target.name == "inflate") return kRuns / 32;
  uint64_t bytes = 1;
  for (const Bytes& seed : seeds) bytes += seed.size();
  return std::min(kRuns, kMutatedBytes * seeds.size() / bytes);
}

bool Replay(const Target& target, const Options& options) {
  Random random(options.seed);
  std::vector<Bytes> seeds;
  for (size_t i = 0; i < kSeeds; ++i) seeds.push_back(target.specimen(random));
  if (!options.write_corpus.empty()) WriteCorpus(target, seeds, options.write_corpus);

  uint64_t accepted = 0;
  for (const Bytes& seed : seeds) {
    if (!RunOne(target, seed, accepted)) return false;
  }
  if (accepted != seeds.size()) {
    std::fprintf(stderr, "%s: only %llu of %zu seeds are valid\n", target.name.c_str(), static_cast<unsigned long long>(accepted), seeds.size());
    return false;
  }
  const uint64_t runs = Runs(target, options, seeds);
  for (uint64_t run = 0; run < runs; ++run) {
    Bytes input = seeds[random() % kSeeds];
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) Mutate(input, seeds[random() % kSeeds], random);
    if (!RunOne(target, input, accepted)) {
      std::fprintf(stderr, "seed %llu, run %llu\n", static_cast<unsigned long long>(options.seed), static_cast<unsigned long long>(run));
      return false;
    }
  }
  size_t files = 0;
  if (!options.regressions.empty() && !ReplayRegressions(target, options.regressions, files)) return false;
  std::printf("%-20s seed %llu: %llu runs, %llu accepted, %zu regressions\n", target.name.c_str(), static_cast<unsigned long long>(options.seed),
              static_cast<unsigned long long>(runs + kSeeds), static_cast<unsigned long long>(accepted), files);
  return true;
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i], value = argv[i + 1];
    if (option == "--seed") options.seed = std::strtoull(value.c_str(), nullptr, 10);
    if (option == "--runs") options.runs = std::strtoull(value.c_str(), nullptr, 10);
    if (option == "--target") options.target = value;
    if (option == "--regressions") options.regressions = value;
    if (option == "--write-corpus") options.write_corpus = value;
  }
  bool all_well = true;
  for (const Target& target : Targets()) {
    if (options.target.empty() || options.target == target.name) all_well = Replay(target, options) && all_well;
  }
  return all_well ? 0 : 1;
}

}  // namespace
}  // namespace pulih

int main(int argc, char** argv) { return pulih::Main(argc, argv); }
