// A value as it stands on a page: decoded, rendered, checked as a column's; none of it crashes, and where a column says
// that bytes do not fit, none can render them. The first byte chooses the type.
#include "formats/postgres/disk_column.h"
#include "tests/formats/postgres/disk_specimens.h"
#include "tests/formats/postgres/value_specimens.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  if (size == 0) return 0;
  const DiskContext context{SpecimenTypes(), SpecimenLabels(), false, true};
  const auto type = static_cast<TypeIndex>(data[0] % context.types.size());
  const ByteView value(data + 1, size - 1);
  std::string text, as_column, prefix;
  const bool is_value = AppendDiskText(context, type, value, text).ok();
  (void)AppendPrefixText(context, type, value, prefix);
  const DiskColumn column(context, type, -1);
  const bool has_text = column.AppendText(value, as_column);
  if (has_text != (is_value && column.is_known()) || (has_text && (as_column != text || !column.Fits(value)))) {
    std::fprintf(stderr, "%s: %s\n%s\n", context.types[type].name.c_str(), text.c_str(), as_column.c_str());
    std::abort();
  }
  accepted_inputs += is_value ? 1 : 0;
  return 0;
}
