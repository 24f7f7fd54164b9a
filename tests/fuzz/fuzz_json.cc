// JSON: refused, or read; and what is written from it is read the same again.
#include "formats/text/json.h"

#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const Result<Json> value = ReadJson(AsText({data, size}));
  if (!value.ok()) return 0;
  ++accepted_inputs;
  const std::string text = JsonText(*value);
  const Result<Json> again = ReadJson(text);
  if (!again.ok() || !(*again == *value) || JsonText(*again) != text) std::abort();
  return 0;
}
