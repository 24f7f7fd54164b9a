#include "tests/formats/postgres/stream_specimens.h"

#include <string>

#include "engine/base/hex.h"
#include "formats/postgres/copy_binary.h"
#include "tests/formats/postgres/value_specimens.h"

namespace pulih {

Bytes CopySpecimen(std::mt19937_64& random) {
  const size_t columns = random() % 6;
  Bytes out(1, static_cast<uint8_t>(columns));
  AppendCopyHeader(out);
  const Bytes image(random() % 40, static_cast<uint8_t>(random()));
  for (uint64_t row = 0, rows = random() % 4; row < rows; ++row) {
    CopyRow values(columns);
    for (auto& value : values) {
      if (random() % 3 != 0) value = ByteView(image).first(random() % (image.size() + 1));
    }
    (void)AppendCopyRow(values, out).ok();
  }
  AppendCopyTrailer(out);
  return out;
}

Bytes ValueImageSpecimen(std::mt19937_64& random) {
  const auto& specimens = ValueSpecimens();
  const ValueSpecimen& one = specimens[random() % specimens.size()];
  std::string digits;
  for (const char c : one.image) {
    if (c != ' ' && c != '\n') digits.push_back(c);
  }
  Bytes out(1, static_cast<uint8_t>(TypeNamed(one.type)));
  if (const auto image = FromHex(digits)) Append(out, *image);
  return out;
}

}  // namespace pulih
