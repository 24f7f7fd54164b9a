// The shortest text that reads back as the same number, in the form that PostgreSQL gives it (since version 12,
// extra_float_digits 1): plain digits where the exponent is moderate, else "1.5e+20" with two digits or more.
//
// std::to_chars finds the shortest digits, and PostgreSQL (src/common/d2s.c) finds the same but for one thing: digits
// that stand exactly halfway between two numbers it does not use, though rounding to even would bring them back.
// So 1e23 is 9.999999999999999e+22 there. Such digits are noticed here and given more places.
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "formats/postgres/base_text.h"

namespace pulih {

namespace {

template <typename Float>
struct Shape;
template <>
struct Shape<double> {
  using Bits = uint64_t;
  static constexpr int kPlainBelow = 15;  // exponents from -4 to one less than this are written plainly
};
template <>
struct Shape<float> {
  using Bits = uint32_t;
  static constexpr int kPlainBelow = 6;
};

// digits × 10^(exponent − (number of digits − 1)); digits without zeros at the end.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal ReadScientific(std::string_view text) {
  Decimal d;
  const size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c != '.') d.digits.push_back(c);
  }
  while (d.digits.size() > 1 && d.digits.back() == '0') d.digits.pop_back();
  std::string_view exponent = text.substr(e + 1);
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), d.exponent);
  return d;
}

template <typename Float>
Decimal Shortest(Float value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  return ReadScientific({text, end});
}

template <typename Float>
Decimal Rounded(Float value, int places) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, places - 1).ptr;
  return ReadScientific({text, end});
}

// A number as odd × 2^exponent, and whether it was found to be one with an odd part of 64 bits.
struct Dyadic {
  uint64_t odd = 0;
  int exponent = 0;
  bool exact = false;
  bool operator==(const Dyadic&) const = default;
};

Dyadic AsDyadic(uint64_t factor, int exponent) {
  const int twos = std::countr_zero(factor);
  return {factor >> twos, exponent + twos, true};
}

Dyadic AsDyadic(const Decimal& d) {
  uint64_t factor = 0;
  std::from_chars(d.digits.data(), d.digits.data() + d.digits.size(), factor);
  const int tens = d.exponent - static_cast<int>(d.digits.size()) + 1;
  if (factor == 0) return {};
  const int twos = std::countr_zero(factor);
  factor >>= twos;
  for (int i = 0; i < tens; ++i) {
    // The odd parts of numbers and of what lies halfway have 55 bits at most.
    if (factor > std::numeric_limits<uint64_t>::max() / 5) return {};
    factor *= 5;
  }
  for (int i = 0; i > tens; --i) {
    if (factor % 5 != 0) return {};
    factor /= 5;
  }
  return AsDyadic(factor, tens + twos);
}

// Whether the digits stand exactly between `value` and one of its neighbours.
template <typename Float>
bool IsHalfway(const Decimal& d, Float value) {
  constexpr int kMantissaBits = std::numeric_limits<Float>::digits - 1;
  using Bits = typename Shape<Float>::Bits;
  const Bits bits = std::bit_cast<Bits>(value);
  const Bits stored = bits & ((Bits{1} << kMantissaBits) - 1);
  const int biased = static_cast<int>(bits >> kMantissaBits);
  const uint64_t mantissa = biased == 0 ? stored : stored | (Bits{1} << kMantissaBits);
  const int exponent = (biased == 0 ? 1 : biased) - (std::numeric_limits<Float>::max_exponent - 1) - kMantissaBits;
  const Dyadic it = AsDyadic(d);
  if (!it.exact) return false;
  if (it == AsDyadic(2 * mantissa + 1, exponent - 1)) return true;
  // Below a power of two the numbers stand twice as close.
  const bool is_power = stored == 0 && biased > 1;
  return it == (is_power ? AsDyadic(4 * mantissa - 1, exponent - 2) : AsDyadic(2 * mantissa - 1, exponent - 1));
}

template <typename Float>
bool ReadsBack(const Decimal& d, Float value) {
  std::string text = d.digits + "e" + std::to_string(d.exponent - static_cast<int>(d.digits.size()) + 1);
  Float back = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), back);
  return end.ec == std::errc() && back == value;
}

template <typename Float>
Decimal StrictlyShortest(Float value) {
  Decimal d = Shortest(value);
  if (!IsHalfway(d, value)) return d;
  for (int places = static_cast<int>(d.digits.size()); places < std::numeric_limits<Float>::max_digits10; ++places) {
    Decimal more = Rounded(value, places);
    if (ReadsBack(more, value) && !IsHalfway(more, value)) return more;
  }
  return Rounded(value, std::numeric_limits<Float>::max_digits10);
}

void AppendPlain(const Decimal& d, std::string& out) {
  if (d.exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-d.exponent - 1), '0');
    out += d.digits;
    return;
  }
  const auto before = static_cast<size_t>(d.exponent) + 1;
  out.append(d.digits, 0, before);
  if (d.digits.size() <= before) {
    out.append(before - d.digits.size(), '0');
  } else {
    out.push_back('.');
    out.append(d.digits, before);
  }
}

void AppendScientific(const Decimal& d, std::string& out) {
  out.push_back(d.digits[0]);
  if (d.digits.size() > 1) {
    out.push_back('.');
    out.append(d.digits, 1);
  }
  out += d.exponent < 0 ? "e-" : "e+";
  AppendPadded(static_cast<uint64_t>(std::abs(d.exponent)), 2, out);
}

template <typename Float>
void AppendFloat(Float value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  const Float size = std::fabs(value);
  if (std::isinf(size)) {
    out += "Infinity";
  } else if (size == 0) {
    out.push_back('0');
  } else {
    const Decimal d = StrictlyShortest(size);
    d.exponent < -4 || d.exponent >= Shape<Float>::kPlainBelow ? AppendScientific(d, out) : AppendPlain(d, out);
  }
}

}  // namespace

void AppendFloat4(float value, std::string& out) { AppendFloat(value, out); }
void AppendFloat8(double value, std::string& out) { AppendFloat(value, out); }
void Float4Text(ImageReader& in, std::string& out) { AppendFloat4(std::bit_cast<float>(in.U32()), out); }
void Float8Text(ImageReader& in, std::string& out) { AppendFloat8(in.F64(), out); }

}  // namespace pulih
