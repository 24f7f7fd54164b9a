// The image of a value: shown, taken for a key, its type numbers taken out; none of it crashes. What is shown of a type
// that can be read back is shown the same again. The first byte chooses the type.
#include "formats/postgres/key_image.h"
#include "formats/postgres/portable_image.h"
#include "formats/postgres/value_text.h"
#include "tests/formats/postgres/value_specimens.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  if (size == 0) return 0;
  const TypeList& types = SpecimenTypes();
  const auto type = static_cast<TypeIndex>(data[0] % types.size());
  Bytes image(data + 1, data + size);
  Bytes key;
  (void)AppendKeyImage(types, type, image, key).ok();
  const auto text = ValueText(types, type, image);
  if (MakePortable(types, type, image).ok() && text.ok()) {
    // Without its type numbers it says the same.
    const auto portable = ValueText(types, type, image);
    if (!portable.ok() || *portable != *text) std::abort();
  }
  if (!text.ok()) return 0;
  ++accepted_inputs;
  const auto read = ValueImage(types, type, *text);
  if (!read.ok()) return 0;
  const auto again = ValueText(types, type, *read);
  if (!again.ok() || *again != *text) {
    std::fprintf(stderr, "%s: %s\nread back: %s\n", types[type].name.c_str(), text->c_str(), again.ok() ? again->c_str() : again.status().ToString().c_str());
    std::abort();
  }
  return 0;
}
