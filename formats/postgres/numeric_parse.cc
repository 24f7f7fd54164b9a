// Text to a numeric's image. A name of its own because numeric.cc only reads.
#include <algorithm>
#include <charconv>

#include "engine/base/endian.h"
#include "formats/postgres/numeric.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

// What a numeric can hold (PostgreSQL's documentation, "Numeric Types").
constexpr int64_t kMaxDigitsBefore = 131072, kMaxDigitsAfter = 16383;
constexpr uint16_t kNegative = 0x4000, kNan = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;
// numeric_send shows the bits of the stored head: for infinities this one is set.
constexpr uint16_t kInfinityScale = 0x0020;

void PutBe16(Bytes& to, uint16_t v) {
  to.resize(to.size() + 2);
  StoreBe(to.data() + to.size() - 2, v);
}

Bytes Image(const std::vector<uint16_t>& digits, int64_t weight, uint16_t sign, uint16_t scale) {
  Bytes image;
  image.reserve(8 + 2 * digits.size());
  PutBe16(image, static_cast<uint16_t>(digits.size()));
  PutBe16(image, static_cast<uint16_t>(weight));
  PutBe16(image, sign);
  PutBe16(image, scale);
  for (const uint16_t digit : digits) PutBe16(image, digit);
  return image;
}

// A number as it was written: its digits without the point, and how many of them stand before it.
struct Written {
  bool negative = false;
  std::string digits;
  int64_t before = 0;
};

Result<Written> ReadWritten(std::string_view text) {
  const auto none = [&text] { return Status(Code::invalid, "read numeric: '" + Excerpt(text) + "': not a number"); };
  Written w;
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    w.negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  bool point = false;
  size_t at = 0;
  for (; at < rest.size() && (IsDigit(rest[at]) || (rest[at] == '.' && !point)); ++at) {
    if (rest[at] == '.') {
      point = true;
    } else {
      w.digits.push_back(rest[at]);
      w.before += point ? 0 : 1;
    }
  }
  if (w.digits.empty()) return none();
  rest.remove_prefix(at);
  if (rest.empty()) return w;
  if (rest[0] != 'e' && rest[0] != 'E') return none();
  rest.remove_prefix(1);
  if (rest.size() > 1 && rest[0] == '+' && IsDigit(rest[1])) rest.remove_prefix(1);
  int32_t exponent = 0;
  const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
  if (end.ec == std::errc::result_out_of_range) {
    return Status(Code::invalid, "read numeric: '" + Excerpt(text) + "': the exponent is too large");
  }
  if (end.ec != std::errc() || end.ptr != rest.data() + rest.size()) return none();
  w.before += exponent;
  return w;
}

}  // namespace

Result<Bytes> NumericImage(std::string_view text) {
  text = Trimmed(text);
  if (EqualWords(text, "nan")) return Image({}, 0, kNan, 0);
  if (const int sign = InfinitySign(text); sign != 0) {
    return Image({}, 0, sign > 0 ? kInfinity : kMinusInfinity, kInfinityScale);
  }
  PULIH_TRY_ASSIGN(Written w, ReadWritten(text));
  const int64_t scale = std::max<int64_t>(static_cast<int64_t>(w.digits.size()) - w.before, 0);
  const size_t zeros = std::min(w.digits.find_first_not_of('0'), w.digits.size());
  w.digits.erase(0, zeros);
  w.before -= static_cast<int64_t>(zeros);
  if (scale > kMaxDigitsAfter || (!w.digits.empty() && w.before > kMaxDigitsBefore)) {
    return Status(Code::invalid, "read numeric: '" + Excerpt(text) + "': has more digits than a numeric can hold");
  }
  // From here on a digit of base 10000 is four decimal ones that end at a multiple of four from the point.
  const int64_t groups_before = w.before > 0 ? (w.before + 3) / 4 : -(-w.before / 4);
  w.digits.insert(0, static_cast<size_t>(groups_before * 4 - w.before), '0');
  w.digits.append((4 - w.digits.size() % 4) % 4, '0');
  std::vector<uint16_t> digits;
  for (size_t i = 0; i < w.digits.size(); i += 4) {
    uint16_t digit = 0;
    for (size_t k = i; k < i + 4; ++k) digit = static_cast<uint16_t>(digit * 10 + (w.digits[k] - '0'));
    digits.push_back(digit);
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  const auto shown_scale = static_cast<uint16_t>(scale);
  if (digits.empty()) return Image({}, 0, 0, shown_scale);
  return Image(digits, groups_before - 1, w.negative ? kNegative : uint16_t{0}, shown_scale);
}

}  // namespace pulih
