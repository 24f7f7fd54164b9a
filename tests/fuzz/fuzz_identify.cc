// Whatever the bytes, identification ends and every block is counted once.
#include <cstdlib>

#include "engine/recover/identify.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const pulih::ByteView bytes(data, size);
  pulih::BlockMapper mapper(pulih::IdentifyFile(bytes, size).kind);
  std::vector<pulih::BlockRun> runs;
  mapper.Take(bytes, runs);
  uint64_t blocks = 0;
  for (const pulih::BlockRun& run : runs) blocks += run.blocks;
  if (blocks != (size + pulih::kBlockSize - 1) / pulih::kBlockSize) std::abort();
  pulih::accepted_inputs += 1;
  return 0;
}
