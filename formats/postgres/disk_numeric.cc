// numeric: its head and digits on disk, and the image of them.
#include "formats/postgres/disk_image.h"
#include "formats/postgres/disk_text.h"
#include "formats/postgres/numeric.h"

namespace pulih {

namespace {

constexpr uint16_t kShort = 0x8000, kSpecial = 0xc000;

bool ReadHead(ByteView value, DiskNumeric& number, size_t& size) {
  if (value.size() < 2) return false;
  const auto word = LoadLe<uint16_t>(value.data());
  size = 2;
  switch (word & kSpecial) {
    case kSpecial:
      number.sign = word & 0xf000;
      number.scale = 0;
      number.weight = 0;
      return value.size() == 2 && (word & 0x0fff) == 0 && number.sign != 0xe000;
    case kShort:
      number.sign = (word & 0x2000) != 0 ? 0x4000 : 0;
      number.scale = (word >> 7) & 0x3f;
      number.weight = static_cast<int16_t>((word & 0x3f) - (word & 0x40));
      return true;
    default:
      if (value.size() < 4) return false;
      number.sign = word & 0x4000;
      number.scale = word & 0x3fff;
      number.weight = static_cast<int16_t>(LoadLe<uint16_t>(value.data() + 2));
      size = 4;
      return true;
  }
}

}  // namespace

bool ReadDiskNumeric(ByteView value, DiskNumeric& number) {
  size_t head = 0;
  if (!ReadHead(value, number, head)) return false;
  number.digits = value.subspan(head);
  const size_t count = number.count();
  if (number.digits.size() % 2 != 0 || count > 0x7fff) return false;
  if (count == 0) return number.weight == 0 && number.sign != 0x4000;
  if (number.digit(0) == 0 || number.digit(count - 1) == 0) return false;
  for (size_t i = 0; i < count; ++i) {
    if (number.digit(i) >= kNumericBase) return false;
  }
  return true;
}

bool NumericFromDisk(const DiskContext&, ByteView value, Bytes& image) {
  DiskNumeric number;
  if (!ReadDiskNumeric(value, number)) return false;
  for (const uint16_t word : {static_cast<uint16_t>(number.count()), static_cast<uint16_t>(number.weight), number.sign, number.scale})
    AppendBe(image, word);
  for (size_t i = 0; i < number.count(); ++i) AppendBe(image, number.digit(i));
  return true;
}

}  // namespace pulih
