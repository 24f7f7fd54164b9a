// pg_control, a map of filenodes, a version file: any bytes give values or a refusal.
#include "formats/postgres/catalog.h"
#include "formats/postgres/control.h"

#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const ByteView input(data, size);
  if (ReadPgControl(input).ok()) ++accepted_inputs;
  if (ReadFilenodeMap(input).ok()) ++accepted_inputs;
  (void)MajorOfVersionFile(AsText(input));
  (void)ReadDatabases(input, {});
  return 0;
}
