#include "formats/postgres/numeric.h"

#include <algorithm>

#include "engine/base/endian.h"
#include "formats/postgres/base_text.h"

namespace pulih {

namespace {

constexpr uint16_t kPositive = 0x0000, kNegative = 0x4000, kNan = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;
constexpr uint16_t kMaxScale = 0x3FFF;  // NUMERIC_DSCALE_MAX: the bits of a stored numeric
constexpr size_t kHead = 8;

Status Corrupt(const char* why) { return Status(Code::corrupt, std::string("read numeric: ") + why); }

uint16_t StoredDigit(ByteView digits, size_t i) { return LoadBe<uint16_t>(digits.data() + 2 * i); }

}  // namespace

Result<NumericView> NumericView::Read(ByteView image) {
  if (image.size() < kHead) return Corrupt("its image ends early");
  const size_t count = LoadBe<uint16_t>(image.data());
  const uint16_t sign = LoadBe<uint16_t>(image.data() + 4);
  NumericView view;
  view.weight_ = static_cast<int16_t>(LoadBe<uint16_t>(image.data() + 2));
  view.scale_ = LoadBe<uint16_t>(image.data() + 6);
  view.digits_ = image.subspan(kHead);
  if (view.digits_.size() != 2 * count) return Corrupt("its image has not as many digits as it says");
  if (view.scale_ > kMaxScale) return Corrupt("its scale is too large");
  for (size_t i = 0; i < count; ++i) {
    if (StoredDigit(view.digits_, i) >= kNumericBase) return Corrupt("a digit is above 9999");
  }
  switch (sign) {
    case kPositive: break;
    case kNegative: view.negative_ = true; break;
    case kNan: view.kind_ = Kind::nan; break;
    case kInfinity: view.kind_ = Kind::infinity; break;
    case kMinusInfinity: view.kind_ = Kind::minus_infinity; break;
    default: return Corrupt("its sign is none");
  }
  view.Trim();
  return view;
}

void NumericView::Trim() {
  if (kind_ != Kind::finite) digits_ = {};
  // What of the digits lies within the scale: all before the point and scale_ decimals after it.
  const int64_t decimals = (int64_t{weight_} + 1) * kNumericDigitWidth + scale_;
  size_t count = digits_.size() / 2;
  if (decimals <= 0) {
    count = 0;
  } else if (const auto kept = static_cast<size_t>((decimals + kNumericDigitWidth - 1) / kNumericDigitWidth);
             kept <= count) {
    count = kept;
    for (auto cut = static_cast<int64_t>(kept) * kNumericDigitWidth - decimals; cut > 0; --cut) last_unit_ *= 10;
  }
  digits_ = digits_.first(2 * count);
  while (!digits_.empty() && digit(digit_count() - 1) == 0) {
    digits_ = digits_.first(digits_.size() - 2);
    last_unit_ = 1;
  }
  while (!digits_.empty() && digit(0) == 0) {
    digits_ = digits_.subspan(2);
    --weight_;
  }
  if (digits_.empty()) {
    weight_ = 0;
    negative_ = false;
  }
}

uint16_t NumericView::digit(size_t i) const {
  const uint16_t digit = StoredDigit(digits_, i);
  return i + 1 == digit_count() ? static_cast<uint16_t>(digit - digit % last_unit_) : digit;
}

void AppendNumeric(const NumericView& value, std::string& out) {
  switch (value.kind()) {
    case NumericView::Kind::nan: out += "NaN"; return;
    case NumericView::Kind::infinity: out += "Infinity"; return;
    case NumericView::Kind::minus_infinity: out += "-Infinity"; return;
    case NumericView::Kind::finite: break;
  }
  // The digit worth 10000^place; there are zeros to both sides of those that are kept.
  const auto digit_at = [&value](int32_t place) -> uint16_t {
    const int32_t i = value.weight() - place;
    return i >= 0 && static_cast<size_t>(i) < value.digit_count() ? value.digit(static_cast<size_t>(i)) : uint16_t{0};
  };
  if (value.negative()) out.push_back('-');
  const int32_t first = value.digit_count() == 0 ? 0 : std::max(value.weight(), 0);
  AppendInteger(digit_at(first), out);
  for (int32_t place = first - 1; place >= 0; --place) AppendPadded(digit_at(place), kNumericDigitWidth, out);
  if (value.scale() == 0) return;
  out.push_back('.');
  const size_t end = out.size() + value.scale();
  for (int32_t place = -1; out.size() < end; --place) AppendPadded(digit_at(place), kNumericDigitWidth, out);
  out.resize(end);
}

int CompareNumerics(const NumericView& a, const NumericView& b) {
  if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
  if (a.kind() != NumericView::Kind::finite) return 0;
  const auto sign = [](const NumericView& v) { return v.digit_count() == 0 ? 0 : v.negative() ? -1 : 1; };
  if (sign(a) != sign(b)) return sign(a) < sign(b) ? -1 : 1;
  if (a.weight() != b.weight()) return a.weight() < b.weight() ? -sign(a) : sign(a);
  for (size_t i = 0; i < std::min(a.digit_count(), b.digit_count()); ++i) {
    if (a.digit(i) != b.digit(i)) return a.digit(i) < b.digit(i) ? -sign(a) : sign(a);
  }
  if (a.digit_count() == b.digit_count()) return 0;
  return a.digit_count() < b.digit_count() ? -sign(a)
                                           : sign(a);  // no zeros at the end: the longer one is further from 0
}

void NumericText(ImageReader& in, std::string& out) {
  // The layout has its own reader; what it says of the reason is longer than a literal here could be.
  if (auto value = NumericView::Read(in.Rest()); value.ok()) {
    AppendNumeric(*value, out);
  } else {
    in.Fail("not what numeric_recv takes");
  }
}

}  // namespace pulih
