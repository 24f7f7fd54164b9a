// numeric on disk: a head of le16 words, then digits of base 10000, le16, none of them zero at either end.
//
//   short (9.1)   1 0 | sign 1 bit | scale 6 bits | weight 7 bits, signed
//   long          sign 2 bits (0 positive, 1 negative) | scale 14 bits;   then the weight, le16
//   no number     1 1 0 0: NaN, 1 1 0 1: infinity, 1 1 1 1: -infinity (14)
#include "formats/postgres/disk_image.h"
#include "formats/postgres/numeric.h"

namespace pulih {

namespace {

constexpr uint16_t kShort = 0x8000, kSpecial = 0xc000;

struct NumericHead {
  uint16_t sign = 0, scale = 0;
  int16_t weight = 0;
  size_t size = 2;
};

bool ReadHead(ByteView value, NumericHead& head) {
  if (value.size() < 2) return false;
  const auto word = LoadLe<uint16_t>(value.data());
  switch (word & kSpecial) {
    case kSpecial: head.sign = word & 0xf000; return value.size() == 2 && (word & 0x0fff) == 0 && head.sign != 0xe000;
    case kShort:
      head.sign = (word & 0x2000) != 0 ? 0x4000 : 0;
      head.scale = (word >> 7) & 0x3f;
      head.weight = static_cast<int16_t>((word & 0x3f) - (word & 0x40));
      return true;
    default:
      if (value.size() < 4) return false;
      head = {static_cast<uint16_t>(word & 0x4000), static_cast<uint16_t>(word & 0x3fff),
              static_cast<int16_t>(LoadLe<uint16_t>(value.data() + 2)), 4};
      return true;
  }
}

}  // namespace

bool NumericFromDisk(const DiskContext&, ByteView value, Bytes& image) {
  NumericHead head;
  if (!ReadHead(value, head)) return false;
  const ByteView digits = value.subspan(head.size);
  const size_t count = digits.size() / 2;
  if (digits.size() % 2 != 0 || count > 0x7fff) return false;
  const auto digit = [&](size_t i) { return LoadLe<uint16_t>(digits.data() + 2 * i); };
  if (count == 0 && (head.weight != 0 || head.sign == 0x4000)) return false;
  if (count != 0 && (digit(0) == 0 || digit(count - 1) == 0)) return false;
  for (const uint16_t word : {static_cast<uint16_t>(count), static_cast<uint16_t>(head.weight), head.sign, head.scale})
    AppendBe(image, word);
  for (size_t i = 0; i < count; ++i) {
    if (digit(i) >= kNumericBase) return false;
    AppendBe(image, digit(i));
  }
  return true;
}

}  // namespace pulih
