// A compressed value behind its word: output stays below its bound, and the same input cut short gives a beginning of it.
#include <algorithm>

#include "formats/postgres/toast.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  constexpr uint32_t kMost = uint32_t{16} << 10;
  const ByteView input(data, size);
  const Detoasted whole = DecompressWithWord(input, false, kMost);
  if (whole.bytes.size() > kMost) std::abort();
  accepted_inputs += whole.cut ? 0 : 1;
  const Detoasted part = DecompressWithWord(input.first(size - size / 3), false, kMost);
  const size_t common = std::min(part.bytes.size(), whole.bytes.size());
  if (!whole.cut && (part.bytes.size() > whole.bytes.size() ||
                     !Equal(ByteView(part.bytes).first(common), ByteView(whole.bytes).first(common))))
    std::abort();
  (void)ReadToastPointer(input.first(std::min(size, kToastPointerSize)));
  return 0;
}
