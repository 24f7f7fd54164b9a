// pg_dump's archives: contents and blocks of whatever bytes lie inside the input, in order, and are the same when asked
// again. An order of disk blocks has every byte once.
#include "formats/postgres/dump_archive.h"
#include "formats/postgres/dump_blocks.h"
#include "formats/postgres/dump_order.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const ByteView bytes(data, size);
  for (const bool custom : {true, false}) {
    const ArchiveToc toc = ReadArchiveToc(bytes, custom);
    std::vector<int32_t> ids;
    for (const ArchiveEntry& entry : toc.entries) {
      if (entry.begin > entry.end || entry.end > size) std::abort();
      if (entry.has_data) ids.push_back(entry.dump_id);
    }
    for (const ByteStretch& lost : toc.damaged)
      if (lost.begin >= lost.end || lost.end > size) std::abort();
    if (toc.complete) ++accepted_inputs;
    if (!custom || toc.end > size) continue;
    const DumpBlocks blocks(bytes, toc.head.compression, toc.complete ? ids : std::vector<int32_t>());
    DumpBlock block;
    for (uint64_t at = toc.end, before = at; blocks.Next(at, block); before = at) {
      if (at <= before || block.begin < before || block.end != at || at > size) std::abort();
      for (const DumpPiece& piece : block.pieces)
        if (piece.begin > piece.end || piece.end > size) std::abort();
    }
  }
  const size_t cut = size / 2 / kDiskBlock * kDiskBlock;
  const DumpOrder order = OrderDumpBlocks({bytes.first(cut), bytes.subspan(cut)});
  uint64_t ordered = 0;
  for (const OrderedRun& run : order.runs) ordered += run.length;
  if (ordered != (order.runs.empty() ? 0 : size)) std::abort();
  return 0;
}
