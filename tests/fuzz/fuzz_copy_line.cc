// A line of COPY text: what is read and written again is read the same; every byte of a value has its place.
#include "formats/postgres/copy_text.h"
#include "tests/fuzz/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const std::string_view line = AsText({data, size});
  std::vector<CopyField> fields;
  if (!SplitCopyLine(line, fields)) return 0;
  ++accepted_inputs;
  if (fields.empty() || fields.front().begin != 0 || fields.back().end != size) std::abort();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0 && fields[i].begin != fields[i - 1].end + 1) std::abort();
    const std::string_view written = line.substr(fields[i].begin, fields[i].end - fields[i].begin);
    std::string value, again, value_again;
    std::vector<uint32_t> places;
    if (!DecodeCopyField(written, value, &places)) continue;
    if (places.size() != value.size() || (!places.empty() && places.back() > written.size())) std::abort();
    AppendCopyField(value, again);
    if (!DecodeCopyField(again, value_again) || value_again != value) std::abort();
  }
  return 0;
}
