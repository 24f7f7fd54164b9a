#include "formats/postgres/text_form.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "formats/postgres/value_parse.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/value_text.h"
#include "formats/postgres/words.h"

namespace pulih {

namespace {

size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// How many digits stand at the beginning.
size_t Digits(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && IsDigit(text[n])) ++n;
  return n;
}

// Takes exactly `n` digits that make at most `most`.
bool TakeDigits(std::string_view& text, size_t n, unsigned most, unsigned& value) {
  if (text.size() < n) return false;
  value = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!IsDigit(text[i])) return false;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(n);
  return value <= most;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

template <typename Integer>
bool IsInteger(std::string_view text) {
  std::string_view digits = text;
  const bool minus = Take(digits, '-');
  if (digits.empty() || Digits(digits) != digits.size()) return false;
  if (digits[0] == '0' && (digits.size() > 1 || minus)) return false;
  Integer value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

bool IsNumeric(std::string_view text, int32_t modifier) {
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") return true;
  const bool minus = Take(text, '-');
  const size_t before = Digits(text);
  if (before == 0 || (before > 1 && text[0] == '0')) return false;
  const bool zero_before = text[0] == '0';
  text.remove_prefix(before);
  size_t after = 0;
  if (Take(text, '.')) {
    after = Digits(text);
    if (after == 0) return false;
    const std::string_view decimals = text.substr(0, after);
    // There is no negative zero.
    if (minus && zero_before && decimals.find_first_not_of('0') == std::string_view::npos) return false;
    text.remove_prefix(after);
  } else if (minus && zero_before) {
    return false;
  }
  if (!text.empty()) return false;
  if (modifier < 4) return before <= 131072 && after <= 16383;
  const auto precision = static_cast<int32_t>(((modifier - 4) >> 16) & 0xffff);
  int32_t scale = (modifier - 4) & 0x7ff;
  if (scale >= 1024) scale -= 2048;
  if (after != static_cast<size_t>(std::max(scale, 0))) return false;
  const int32_t most = precision - scale;
  return zero_before || (most > 0 && before <= static_cast<size_t>(most));
}

unsigned DaysIn(unsigned year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// "2014-09-27"; years have at least four digits.
bool TakeDate(std::string_view& text) {
  const size_t width = Digits(text);
  unsigned year = 0, month = 0, day = 0;
  if (width < 4 || width > 7 || (width > 4 && text[0] == '0')) return false;
  if (!TakeDigits(text, width, 9999999, year) || !Take(text, '-') || !TakeDigits(text, 2, 12, month) || month == 0 ||
      !Take(text, '-') || !TakeDigits(text, 2, 31, day) || day == 0)
    return false;
  // Years before Christ leap otherwise than their number says; one day more does no harm there.
  return day <= DaysIn(year, month) || (month == 2 && day == 29 && text.ends_with(" BC"));
}

// "22:00:00.25". `decimals` at most, and no zero at the end of them.
bool TakeClock(std::string_view& text, int32_t modifier) {
  unsigned hour = 0, minute = 0, second = 0;
  if (!TakeDigits(text, 2, 24, hour) || !Take(text, ':') || !TakeDigits(text, 2, 59, minute) || !Take(text, ':') ||
      !TakeDigits(text, 2, 60, second))
    return false;
  if (hour == 24 && (minute != 0 || second != 0)) return false;
  if (!Take(text, '.')) return true;
  const size_t decimals = Digits(text);
  const size_t most = modifier >= 0 && modifier < 6 ? static_cast<size_t>(modifier) : 6;
  if (decimals == 0 || decimals > most || text[decimals - 1] == '0') return false;
  text.remove_prefix(decimals);
  return true;
}

// "+07", "-03:30", "+07:07:12".
bool TakeZone(std::string_view& text) {
  if (!Take(text, '+') && !Take(text, '-')) return false;
  unsigned part = 0;
  if (!TakeDigits(text, 2, 15, part)) return false;
  for (int i = 0; i < 2 && Take(text, ':'); ++i) {
    if (!TakeDigits(text, 2, 59, part)) return false;
  }
  return true;
}

bool IsMoment(uint32_t oid, std::string_view text, int32_t modifier) {
  if (text == "infinity" || text == "-infinity") return oid == pg_oid::kDate || oid == pg_oid::kTimestamp || oid == pg_oid::kTimestamptz;
  const bool has_date = oid == pg_oid::kDate || oid == pg_oid::kTimestamp || oid == pg_oid::kTimestamptz;
  const bool has_zone = oid == pg_oid::kTimestamptz || oid == pg_oid::kTimetz;
  if (has_date && !TakeDate(text)) return false;
  if (oid != pg_oid::kDate) {
    if (has_date && !Take(text, ' ')) return false;
    if (!TakeClock(text, modifier)) return false;
  }
  if (has_zone && !TakeZone(text)) return false;
  return text.empty() || (has_date && text == " BC");
}

bool OnlyOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = IsDigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
    if (hyphen ? text[i] != '-' : !hex) return false;
  }
  return true;
}

// Hexadecimal since 9.0; before, octal escapes.
bool IsBytea(std::string_view text) {
  if (!text.starts_with("\\x")) return ByteaImage(text).ok();
  return text.size() % 2 == 0 && (text.size() == 2 || OnlyOf(text.substr(2), "0123456789abcdef"));
}

bool IsBit(std::string_view text, int32_t modifier, bool exactly) {
  if (!text.empty() && !OnlyOf(text, "01")) return false;
  if (modifier < 0) return true;
  return exactly ? text.size() == static_cast<size_t>(modifier) : text.size() <= static_cast<size_t>(modifier);
}

// Braces in balance, outside quotes; the elements are not looked at.
bool IsArray(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !OnlyOf(text.substr(0, equals), "[]:-0123456789")) return false;
    text.remove_prefix(equals + 1);
  }
  if (!text.starts_with('{') || !text.ends_with('}')) return false;
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == '{') {
      ++depth;
    } else if (!quoted && c == '}') {
      if (--depth == 0 && i + 1 != text.size()) return false;
    }
  }
  return depth == 0 && !quoted;
}

bool IsRange(std::string_view text) {
  if (text == "empty") return true;
  return text.size() >= 3 && (text.front() == '[' || text.front() == '(') && (text.back() == ']' || text.back() == ')') &&
         text.find(',') != std::string_view::npos;
}

bool IsBaseText(uint32_t oid, int32_t modifier, std::string_view text) {
  switch (oid) {
    case pg_oid::kBool: return text == "t" || text == "f";
    case pg_oid::kInt2: return IsInteger<int16_t>(text);
    case pg_oid::kInt4: return IsInteger<int32_t>(text);
    case pg_oid::kInt8: return IsInteger<int64_t>(text);
    case pg_oid::kOid:
    case pg_oid::kXid:
    case pg_oid::kCid: return IsInteger<uint32_t>(text);
    case pg_oid::kNumeric: return IsNumeric(text, modifier);
    // A character is a byte at least.
    case pg_oid::kVarchar:
      return modifier < 4 || text.size() <= static_cast<size_t>(modifier - 4) || Characters(text) <= static_cast<size_t>(modifier - 4);
    case pg_oid::kBpchar: return modifier < 4 || Characters(text) == static_cast<size_t>(modifier - 4);
    case pg_oid::kName: return text.size() <= 63;
    case pg_oid::kChar: return text.size() <= 4;
    case pg_oid::kBytea: return IsBytea(text);
    case pg_oid::kDate:
    case pg_oid::kTime:
    case pg_oid::kTimetz:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return IsMoment(oid, text, modifier);
    case pg_oid::kInterval: return !text.empty() && OnlyOf(text, "0123456789:.+- aegdhiklmnorstuyw@");
    case pg_oid::kUuid: return IsUuid(text);
    case pg_oid::kBit: return IsBit(text, modifier, true);
    case pg_oid::kVarbit: return IsBit(text, modifier, false);
    case pg_oid::kMoney: return !text.empty() && text.size() <= 40 && text.find_first_of("0123456789") != std::string_view::npos;
    case pg_oid::kMacaddr: return text.size() == 17 && OnlyOf(text, "0123456789abcdef:");
    case pg_oid::kMacaddr8: return text.size() == 23 && OnlyOf(text, "0123456789abcdef:");
    case pg_oid::kPoint:
    case pg_oid::kLseg:
    case pg_oid::kPath:
    case pg_oid::kBox:
    case pg_oid::kPolygon:
    case pg_oid::kLine:
    case pg_oid::kCircle: return OnlyOf(text, "0123456789.,+-eE()[]{}<>NaInfity");
    case pg_oid::kFloat4:
    case pg_oid::kFloat8:
    case pg_oid::kInet:
    case pg_oid::kCidr:
    case pg_oid::kJson:
    case pg_oid::kJsonb: {
      TypeList one(1);
      one[0].oid = oid;
      return ValueImage(one, 0, text).ok();
    }
    default: return true;
  }
}

struct Below {
  const PgType* type = nullptr;
  TypeIndex index = 0;
};
// The type below domains; null when the list leads nowhere.
Below BelowOf(const Schema& schema, TypeIndex type) {
  const auto at = BelowDomains(schema.types, type);
  if (!at.ok()) return {};
  return {&schema.types[*at], *at};
}

}  // namespace

ColumnGrammar GrammarOfColumn(const Schema& schema, const SchemaColumn& column) {
  ColumnGrammar grammar;
  const Below below = BelowOf(schema, column.type);
  if (below.type == nullptr) return grammar;
  grammar.kind = below.type->kind;
  grammar.oid = below.type->oid;
  grammar.modifier = column.modifier;
  const auto words = schema.enum_words.find(below.index);
  if (words != schema.enum_words.end() && !words->second.empty()) grammar.words = &words->second;
  return grammar;
}

bool IsTextOf(const ColumnGrammar& grammar, std::string_view text) {
  switch (grammar.kind) {
    case PgTypeKind::base: return grammar.oid == 0 || IsBaseText(grammar.oid, grammar.modifier, text);
    case PgTypeKind::array: return IsArray(text);
    case PgTypeKind::composite: return text.size() >= 2 && text.front() == '(' && text.back() == ')';
    case PgTypeKind::range: return IsRange(text);
    case PgTypeKind::multirange: return text.size() >= 2 && text.front() == '{' && text.back() == '}';
    case PgTypeKind::enumeration:
      return grammar.words == nullptr || std::find(grammar.words->begin(), grammar.words->end(), text) != grammar.words->end();
    case PgTypeKind::domain: break;
  }
  return true;
}

bool IsColumnText(const Schema& schema, const SchemaColumn& column, std::string_view text) {
  return IsTextOf(GrammarOfColumn(schema, column), text);
}

size_t LeastTextSize(const Schema& schema, const SchemaColumn& column) {
  const Below below = BelowOf(schema, column.type);
  size_t least = 0;
  switch (below.type == nullptr ? 0 : below.type->oid) {
    case pg_oid::kBool:
    case pg_oid::kInt2:
    case pg_oid::kInt4:
    case pg_oid::kInt8:
    case pg_oid::kOid: least = 1; break;
    case pg_oid::kNumeric: {
      const int32_t scale = column.modifier < 4 ? 0 : (column.modifier - 4) & 0x7ff;
      least = scale == 0 || scale >= 1024 ? 1 : static_cast<size_t>(scale) + 2;
      least = std::min<size_t>(least, 3);  // NaN
      break;
    }
    case pg_oid::kBpchar: least = column.modifier < 4 ? 0 : static_cast<size_t>(column.modifier - 4); break;
    case pg_oid::kDate:
    case pg_oid::kTime:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: least = 8; break;  // infinity
    case pg_oid::kUuid: least = 36; break;
    default: break;
  }
  return column.not_null ? least : std::min<size_t>(least, 2);
}

std::string AsPostgresWrites(const Schema& schema, const SchemaColumn& column, std::string_view text) {
  const Below below = BelowOf(schema, column.type);
  std::string out(text);
  if (below.type == nullptr || below.type->kind != PgTypeKind::base || below.type->oid == 0) return out;
  const auto image = ValueImage(schema.types, column.type, text);
  if (!image.ok()) return out;
  auto written = ValueText(schema.types, column.type, *image);
  if (!written.ok()) return out;
  out = std::move(*written);
  if (below.type->oid == pg_oid::kBpchar && column.modifier >= 4) {
    const size_t width = static_cast<size_t>(column.modifier - 4), have = Characters(out);
    if (have < width) out.append(width - have, ' ');
  } else if (below.type->oid == pg_oid::kNumeric && column.modifier >= 4 && !out.empty() && IsDigit(out.back())) {
    const int32_t scale = (column.modifier - 4) & 0x7ff;
    if (scale > 0 && scale < 1024) {
      const size_t point = out.find('.');
      const size_t have = point == std::string::npos ? 0 : out.size() - point - 1;
      if (have == 0) out += '.';
      if (have < static_cast<size_t>(scale)) out.append(static_cast<size_t>(scale) - have, '0');
    }
  }
  return out;
}

}  // namespace pulih
