// The commonest values straight from their bytes on a page to their text, without the image that disk_value.h makes
// between the two: millions of them are numbers and instants. It decides nothing of its own: what is rare (digits that
// the scale hides, years without four digits, infinity) is left to disk_value.h, which says the same of all others, only
// slower (tests/formats/postgres/disk_text_test.cc compares the two).
//
// Private to formats/postgres. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/endian.h"

namespace pulih {

// numeric on disk: a head of le16 words, then digits of base 10000, le16, none of them zero at either end.
//
//   short (9.1)   1 0 | sign 1 bit | scale 6 bits | weight 7 bits, signed
//   long          sign 2 bits (0 positive, 1 negative) | scale 14 bits;   then the weight, le16
//   no number     1 1 0 0: NaN, 1 1 0 1: infinity, 1 1 1 1: -infinity (14)
struct DiskNumeric {
  uint16_t sign = 0, scale = 0;  // as in the image (numeric.h)
  int16_t weight = 0;
  ByteView digits;

  size_t count() const { return digits.size() / 2; }
  uint16_t digit(size_t i) const { return LoadLe<uint16_t>(digits.data() + 2 * i); }
  bool is_number() const { return sign < 0xc000; }
};

// False for bytes that are no numeric. Borrows them.
bool ReadDiskNumeric(ByteView value, DiskNumeric& number);

// What numeric(precision,scale) takes, in words of the image: it rounds to `scale` digits and keeps them, and has
// precision - scale before the point. Digits are of base 10000; `first` is the first one.
bool FitsNumericModifier(int32_t modifier, uint16_t sign, uint16_t scale, int16_t weight, size_t digits, uint16_t first);

// These append the text, or answer false, append nothing and say nothing of the value.
bool AppendUsualNumeric(const DiskNumeric& number, std::string& text);
bool AppendUsualDate(int32_t days, std::string& text);
// `zone` ends the text of a timestamptz: "+00".
bool AppendUsualTimestamp(int64_t micros, std::string_view zone, std::string& text);

}  // namespace pulih
