// The stream of a binary COPY: pieces of any size give the same rows, and rows that were read are written and read again
// the same. The first byte says how many columns are expected.
#include "formats/postgres/copy_binary.h"

#include "tests/fuzz/identity.h"

namespace pulih {
namespace {

bool Rewritten(ByteView stream, size_t columns, size_t piece, Bytes& out) {
  CopyParser parser(columns);
  AppendCopyHeader(out);
  bool ok = true;
  for (size_t at = 0; ok && at < stream.size(); at += piece) {
    const ByteView part = stream.subspan(at, std::min(piece, stream.size() - at));
    ok = parser.Feed(part, [&](const CopyRow& row) { return AppendCopyRow(row, out); }).ok();
  }
  AppendCopyTrailer(out);
  return ok && parser.Finish().ok();
}

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  if (size == 0) return 0;
  const size_t columns = data[0] % 6;
  const ByteView stream(data + 1, size - 1);
  Bytes whole, in_pieces, again;
  const bool accepted = Rewritten(stream, columns, size, whole);
  if (Rewritten(stream, columns, 3, in_pieces) != accepted || in_pieces != whole) std::abort();
  if (!accepted) return 0;
  ++accepted_inputs;
  if (!Rewritten(whole, columns, whole.size(), again) || again != whole) std::abort();
  return 0;
}
