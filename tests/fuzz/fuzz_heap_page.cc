// A heap page of any size: line pointers, walks, the carver and the checksum look at any bytes, and no field lies
// outside of its tuple.
#include "formats/postgres/heap_page.h"
#include "formats/postgres/toast.h"
#include "formats/postgres/tuple_carve.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const ByteView page(data, size);
  const TupleShape shape{{{4, 4, true}, {-1, 4, false}, {8, 8, false}, {-2, 1, false}}, true, true};
  (void)IdentifyPage(page);
  (void)HasRightChecksum(page, 1);
  std::vector<TupleField> fields;
  const auto walk = [&](const TupleShape& of, ByteView tuple, bool exact) {
    size_t used = 0;
    if (WalkTuple(of, tuple, exact, fields, used) != TupleFault::none) return;
    ++accepted_inputs;
    if (used > tuple.size()) std::abort();
    for (const TupleField& field : fields) {
      if (!field.bytes.empty() &&
          (field.bytes.data() < tuple.data() || field.bytes.data() + field.bytes.size() > tuple.data() + used))
        std::abort();
    }
    (void)ChunkOf(fields);
  };
  for (size_t n = 1; n <= ItemCount(page); ++n) {
    const ItemId item = ReadItemId(page, n);
    if (item.state != ItemState::normal || !IsSoundHeapItem(item, page.size())) continue;
    walk(shape, page.subspan(item.offset, item.length), true);
    walk(ToastShape(), page.subspan(item.offset, item.length), true);
  }
  const TupleCarver carver({{shape, 1, nullptr}, {ToastShape(), 3, nullptr}});
  for (const CarvedTuple& tuple : carver.Carve(page)) {
    if (tuple.offset + tuple.length > page.size()) std::abort();
    walk(carver.target(tuple.target).shape, page.subspan(tuple.offset), false);
  }
  return 0;
}
