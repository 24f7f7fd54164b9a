// A numeric's binary image (numeric_send), looked into:
//
//   ndigits be16 | weight be16 signed | sign be16 | dscale be16 | ndigits digits be16, each 0 … 9999
//
// The first digit is worth 10000^weight, each further one a ten-thousandth of the one before; dscale is how many
// decimal digits stand after the point. sign: 0 positive, 0x4000 negative, 0xC000 NaN, 0xD000 infinity, 0xF000
// −infinity (since PostgreSQL 14). Refused is what numeric_recv refuses; as there, digits that dscale hides count as
// zeros, and there is no negative zero. Source: src/backend/utils/adt/numeric.c.
//
// A view borrows from the image and is valid as long as it is. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint16_t kNumericBase = 10000;
inline constexpr unsigned kNumericDigitWidth = 4;  // decimal digits in one of base 10000

class NumericView {
 public:
  enum class Kind : uint8_t { minus_infinity, finite, infinity, nan };

  static Result<NumericView> Read(ByteView image);

  Kind kind() const { return kind_; }
  bool negative() const { return negative_; }  // false for zero
  uint16_t scale() const { return scale_; }
  // Without zeros at either end; 0 digits is zero, and its weight is 0.
  int32_t weight() const { return weight_; }
  size_t digit_count() const { return digits_.size() / 2; }
  uint16_t digit(size_t i) const;

 private:
  void Trim();

  Kind kind_ = Kind::finite;
  bool negative_ = false;
  uint16_t scale_ = 0;
  uint16_t last_unit_ = 1;  // the last digit counts in multiples of this: 1, 10, 100 or 1000
  int32_t weight_ = 0;
  ByteView digits_;
};

// As numeric_out writes it: "-1234.50", "NaN", "Infinity".
void AppendNumeric(const NumericView& value, std::string& out);

// In the order of PostgreSQL: −infinity, the numbers by value, infinity, NaN. The scale does not matter.
int CompareNumerics(const NumericView& a, const NumericView& b);

// The image that numeric_in and numeric_send give. `invalid` for text that is no number or too large for one.
Result<Bytes> NumericImage(std::string_view text);

}  // namespace pulih
