#include "formats/postgres/key_image.h"

#include <string>

#include "engine/base/endian.h"
#include "formats/postgres/value_text.h"

namespace pulih {
namespace {

Status WrongLength(const PgType& type, size_t length) {
  return Status(Code::corrupt, "key of a row: type " + type.name + ": an image of " + std::to_string(length) + " bytes is none");
}

// --- numeric -----------------------------------------------------------------------------------------------------
// Image (numeric_send): be16 ndigits, weight, sign, dscale, then ndigits be16 digits of base 10000, the first worth
// 10000^weight. Key, in the order of PostgreSQL's btree:
//   0x10 −infinity | 0x20 negative: the bytes of its positive twin, each turned | 0x30 zero | 0x40 positive | 0x50 infinity | 0x60 NaN
//   positive = be16 (weight + 0x8000) | each digit + 1 as be16, without zeros at the end | 0x0000
constexpr uint16_t kPositive = 0x0000, kNegative = 0x4000, kNan = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;
constexpr size_t kNumericHead = 8;
constexpr uint16_t kNumericBase = 10000;

Status AppendNumericKey(const PgType& type, ByteView image, Bytes& key) {
  if (image.size() < kNumericHead) return WrongLength(type, image.size());
  size_t count = LoadBe<uint16_t>(image.data());
  const auto weight = static_cast<int16_t>(LoadBe<uint16_t>(image.data() + 2));
  const uint16_t sign = LoadBe<uint16_t>(image.data() + 4);
  if (image.size() != kNumericHead + 2 * count) return WrongLength(type, image.size());
  const auto digit = [&](size_t i) { return LoadBe<uint16_t>(image.data() + kNumericHead + 2 * i); };
  switch (sign) {
    case kNan: key.push_back(0x60); return OkStatus();
    case kInfinity: key.push_back(0x50); return OkStatus();
    case kMinusInfinity: key.push_back(0x10); return OkStatus();
    case kPositive:
    case kNegative: break;
    default: return Status(Code::corrupt, "key of a row: type numeric: its sign is none");
  }
  while (count > 0 && digit(count - 1) == 0) --count;
  size_t first = 0;
  while (first < count && digit(first) == 0) ++first;
  if (first == count) {
    key.push_back(0x30);
    return OkStatus();
  }
  const uint8_t turn = sign == kNegative ? 0xFF : 0x00;
  const auto put = [&](uint32_t word) {
    key.push_back(static_cast<uint8_t>(word >> 8) ^ turn);
    key.push_back(static_cast<uint8_t>(word) ^ turn);
  };
  key.push_back(sign == kNegative ? 0x20 : 0x40);
  put(static_cast<uint32_t>(weight - static_cast<int32_t>(first) + 0x8000) & 0xFFFF);
  for (size_t i = first; i < count; ++i) {
    if (digit(i) >= kNumericBase) return Status(Code::corrupt, "key of a row: type numeric: a digit is too large");
    put(digit(i) + 1u);
  }
  put(0);
  return OkStatus();
}

// --- the others --------------------------------------------------------------------------------------------------

// The length of a type whose image is one signed number; 0 for other types.
size_t SignedLength(uint32_t oid) {
  switch (oid) {
    case pg_oid::kInt2: return 2;
    case pg_oid::kInt4:
    case pg_oid::kDate: return 4;
    case pg_oid::kInt8:
    case pg_oid::kMoney:
    case pg_oid::kTime:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return 8;
    default: return 0;
  }
}

// The same of a type whose image is in order as it is.
size_t PlainLength(uint32_t oid) {
  switch (oid) {
    case pg_oid::kBool: return 1;
    case pg_oid::kOid: return 4;
    case pg_oid::kXid8:
    case pg_oid::kPgLsn: return 8;
    case pg_oid::kUuid: return 16;
    default: return 0;
  }
}

void AppendEscaped(ByteView image, Bytes& key) {
  for (const uint8_t byte : image) {
    key.push_back(byte);
    if (byte == 0) key.push_back(0xFF);
  }
  key.push_back(0x00);
  key.push_back(0x01);
}

}  // namespace

namespace {

TypeIndex Below(const TypeList& types, TypeIndex type) {
  while (type < types.size() && types[type].kind == PgTypeKind::domain) {
    if (types[type].element >= type) break;  // a list refers backwards only
    type = types[type].element;
  }
  return type;
}

// A whole number as PostgreSQL writes it, of at most 18 digits.
bool ReadWhole(std::string_view text, bool& negative, uint64_t& size) {
  constexpr size_t kMostDigits = 18;
  negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kMostDigits || (text[0] == '0' && (negative || text.size() > 1))) return false;
  size = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    size = size * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

void AppendWholeNumericKey(bool negative, uint64_t size, Bytes& key) {
  if (size == 0) return key.push_back(0x30);
  uint8_t bytes[1 + 2 + 2 * 5 + 2];  // 18 decimal digits are five
  uint8_t* to = bytes + sizeof bytes;
  const uint8_t turn = negative ? 0xFF : 0x00;
  const auto put_before = [&](uint32_t word) {
    *--to = static_cast<uint8_t>(word) ^ turn;
    *--to = static_cast<uint8_t>(word >> 8) ^ turn;
  };
  put_before(0);
  uint32_t digits = 0;
  bool any = false;
  for (; size != 0; size /= kNumericBase, ++digits) {
    const auto digit = static_cast<uint32_t>(size % kNumericBase);
    any = any || digit != 0;
    if (any) put_before(digit + 1);
  }
  put_before(digits - 1 + 0x8000);
  *--to = negative ? 0x20 : 0x40;
  Append(key, {to, bytes + sizeof bytes});
}

// False where the way by the image has to tell.
bool AppendWholeKey(uint32_t oid, std::string_view text, Bytes& key) {
  bool negative = false;
  uint64_t size = 0;
  if (oid != pg_oid::kNumeric && oid != pg_oid::kInt4 && oid != pg_oid::kInt8) return false;
  if (!ReadWhole(text, negative, size)) return false;
  if (oid == pg_oid::kNumeric) {
    AppendWholeNumericKey(negative, size, key);
    return true;
  }
  const int64_t value = negative ? -static_cast<int64_t>(size) : static_cast<int64_t>(size);
  const size_t length = SignedLength(oid), at = key.size();
  if (length == 4 && value != static_cast<int32_t>(value)) return false;
  key.resize(at + length);
  if (length == 4) StoreBe(key.data() + at, static_cast<uint32_t>(value));
  else StoreBe(key.data() + at, static_cast<uint64_t>(value));
  key[at] ^= 0x80;
  return true;
}

}  // namespace

Status AppendKeyOfText(const TypeList& types, TypeIndex type, std::string_view text, Bytes& key) {
  const TypeIndex below = Below(types, type);
  if (below < types.size() && types[below].kind == PgTypeKind::base && AppendWholeKey(types[below].oid, text, key)) return OkStatus();
  PULIH_TRY_ASSIGN(const Bytes image, ValueImage(types, type, text));
  const size_t before = key.size();
  Status status = AppendKeyImage(types, type, image, key);
  if (!status.ok()) key.resize(before);
  return status;
}

Status AppendKeyImage(const TypeList& types, TypeIndex type, ByteView image, Bytes& key) {
  type = Below(types, type);
  if (type >= types.size()) return Status(Code::corrupt, "key of a row: a column has a type that its table does not list");
  const PgType& t = types[type];
  if (t.kind == PgTypeKind::base) {
    if (t.oid == pg_oid::kNumeric) return AppendNumericKey(t, image, key);
    const size_t is_signed = SignedLength(t.oid);
    const size_t length = is_signed != 0 ? is_signed : PlainLength(t.oid);
    if (length != 0) {
      if (image.size() != length) return WrongLength(t, image.size());
      const size_t at = key.size();
      Append(key, image);
      if (is_signed != 0) key[at] ^= 0x80;
      return OkStatus();
    }
  }
  // char(n): blanks at the end count for nothing, whether or not the text was padded to n.
  if (t.oid == pg_oid::kBpchar) {
    while (!image.empty() && image.back() == ' ') image = image.first(image.size() - 1);
  }
  AppendEscaped(image, key);
  return OkStatus();
}

}  // namespace pulih
