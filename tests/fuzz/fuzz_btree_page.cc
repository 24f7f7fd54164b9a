// A leaf of a B-tree. The first byte chooses the shape of the key; entries lie inside the page and come in proportion to
// it.
#include "formats/postgres/btree_page.h"

#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  if (size == 0) return 0;
  static const std::vector<IndexShape> kShapes = {
      {}, {{4, 4, false}}, {{8, 8, false}, {-1, 4, false}}, {{-1, 4, false}, {-2, 1, false}, {2, 2, false}}, {{1, 1, false}}};
  const ByteView page(data + 1, size - 1);
  const LeafPage leaf = ReadLeafPage(page, kShapes[data[0] % kShapes.size()]);
  if (leaf.header.kind == BtreePageKind::leaf) ++accepted_inputs;
  for (const IndexEntry& entry : leaf.entries) {
    if (size_t{entry.offset} + entry.length > page.size()) std::abort();
    for (const TupleField& field : entry.fields)
      if (field.kind != TupleField::Kind::null && field.offset + field.bytes.size() > entry.length) std::abort();
  }
  return 0;
}
