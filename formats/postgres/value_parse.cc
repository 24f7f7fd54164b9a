#include "formats/postgres/value_parse.h"

#include <bit>
#include <charconv>
#include <limits>

#include "formats/postgres/net_address.h"
#include "formats/postgres/numeric.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/value_text.h"
#include "formats/postgres/words.h"

namespace pulih {

Status InvalidText(std::string_view type, std::string_view text, std::string_view why) {
  return Status(Code::invalid, "read " + std::string(type) + ": '" + Excerpt(text) + "': " + std::string(why));
}

namespace {

constexpr size_t kMaxName = 63;  // NAMEDATALEN, less its end

// Any beginning of the words true, false, yes and no, and enough of on and off to tell them apart.
Result<Bytes> BoolImage(std::string_view text) {
  const std::string_view typed = Trimmed(text);
  const auto begins = [&typed](std::string_view word, size_t least) {
    return typed.size() >= least && typed.size() <= word.size() && EqualWords(typed, word.substr(0, typed.size()));
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || typed == "1") return Bytes{1};
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || typed == "0") return Bytes{0};
  return InvalidText("boolean", text, "neither true nor false");
}

template <typename Integer>
Result<Bytes> IntegerImage(std::string_view type, std::string_view text) {
  std::string_view digits = Trimmed(text);
  if (digits.size() > 1 && digits[0] == '+' && IsDigit(digits[1])) digits.remove_prefix(1);
  Integer value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec == std::errc::result_out_of_range) return InvalidText(type, text, "out of range");
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size())
    return InvalidText(type, text, "not a whole number");
  return ImageOf(value);
}

template <typename Float, typename Bits>
Result<Bytes> FloatImage(std::string_view text) {
  using Limits = std::numeric_limits<Float>;
  std::string_view digits = Trimmed(text);
  if (EqualWords(digits, "nan")) return ImageOf(std::bit_cast<Bits>(Limits::quiet_NaN()));
  if (const int sign = InfinitySign(digits); sign != 0) {
    return ImageOf(std::bit_cast<Bits>(sign > 0 ? Limits::infinity() : -Limits::infinity()));
  }
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  // from_chars also takes "nan(…)"; PostgreSQL does not.
  if (digits.find_first_of("nN") != std::string_view::npos) return InvalidText("float", text, "not a number");
  Float value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec == std::errc::result_out_of_range) return InvalidText("float", text, "out of range");
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size())
    return InvalidText("float", text, "not a number");
  return ImageOf(std::bit_cast<Bits>(value));
}

Result<Bytes> TextImage(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    return InvalidText("text", text, "holds a zero byte, which no text of a database does");
  return ToBytes(text);
}

Result<Bytes> NameImage(std::string_view text) {
  if (text.size() > kMaxName) return InvalidText("name", text, "longer than the 63 bytes that a name has");
  return TextImage(text);
}

// One byte, or "\ooo" for one above 127 (PostgreSQL 16). Of longer text the first counts.
Result<Bytes> CharImage(std::string_view text) {
  const auto octal = [&text](size_t i, char most) { return text[i] >= '0' && text[i] <= most; };
  if (text.size() == 4 && text[0] == '\\' && octal(1, '3') && octal(2, '7') && octal(3, '7')) {
    return Bytes{static_cast<uint8_t>(((text[1] - '0') << 6) | ((text[2] - '0') << 3) | (text[3] - '0'))};
  }
  return Bytes{text.empty() ? uint8_t{0} : static_cast<uint8_t>(text[0])};
}

Result<Bytes> BaseImage(const PgType& type, std::string_view text) {
  switch (type.oid) {
    case pg_oid::kBool: return BoolImage(text);
    case pg_oid::kInt2: return IntegerImage<int16_t>("smallint", text);
    case pg_oid::kInt4: return IntegerImage<int32_t>("integer", text);
    case pg_oid::kInt8: return IntegerImage<int64_t>("bigint", text);
    case pg_oid::kOid: return IntegerImage<uint32_t>("oid", text);
    case pg_oid::kFloat4: return FloatImage<float, uint32_t>(text);
    case pg_oid::kFloat8: return FloatImage<double, uint64_t>(text);
    case pg_oid::kNumeric: return NumericImage(text);
    case pg_oid::kMoney: return MoneyImage(text);
    case pg_oid::kText:
    case pg_oid::kVarchar:
    case pg_oid::kBpchar: return TextImage(text);
    case pg_oid::kName: return NameImage(text);
    case pg_oid::kChar: return CharImage(text);
    case pg_oid::kBytea: return ByteaImage(text);
    case pg_oid::kUuid: return UuidImage(text);
    case pg_oid::kDate: return DateImage(text);
    case pg_oid::kTime: return TimeOfDayImage(text);
    case pg_oid::kTimestamp: return TimestampImage(text, false);
    case pg_oid::kTimestamptz: return TimestampImage(text, true);
    case pg_oid::kInet: return NetAddressImage(text, false);
    case pg_oid::kCidr: return NetAddressImage(text, true);
    case pg_oid::kJson: return JsonImage(text);
    case pg_oid::kJsonb: return JsonbImage(text);
    default: return Status(Code::unsupported, "read value: type " + type.name + ": its text is not understood here");
  }
}

}  // namespace

Result<Bytes> ValueImage(const TypeList& types, TypeIndex type, std::string_view text) {
  PULIH_TRY_ASSIGN(const TypeIndex at, BelowDomains(types, type));
  const PgType& t = types[at];
  if (t.kind == PgTypeKind::enumeration) return TextImage(text);
  if (t.kind == PgTypeKind::base) return BaseImage(t, text);
  return Status(Code::unsupported,
                "read value: type " + t.name + ": text of arrays, rows and ranges is not understood here");
}

}  // namespace pulih
