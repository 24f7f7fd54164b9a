#include "formats/postgres/disk_column.h"

#include <algorithm>

#include "formats/postgres/base_text.h"
#include "formats/postgres/calendar.h"
#include "formats/postgres/disk_image.h"
#include "formats/postgres/disk_text.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/value_text.h"

namespace pulih {

namespace {

constexpr int32_t kModifierOffset = 4;

// Of types of which every pattern of bits is a value.
size_t PlainSize(uint32_t oid) {
  switch (oid) {
    case pg_oid::kChar: return 1;
    case pg_oid::kInt2: return 2;
    case pg_oid::kInt4:
    case pg_oid::kOid:
    case pg_oid::kXid:
    case pg_oid::kCid:
    case pg_oid::kFloat4: return 4;
    case pg_oid::kInt8:
    case pg_oid::kXid8:
    case pg_oid::kFloat8:
    case pg_oid::kMoney: return 8;
    case pg_oid::kUuid: return 16;
    default: return 0;
  }
}

size_t CharacterCount(ByteView text, bool utf8) {
  if (!utf8) return text.size();
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](uint8_t c) { return (c & 0xc0) != 0x80; }));
}

bool Keeps(int32_t modifier, const DiskNumeric& number) {
  return modifier < kModifierOffset || FitsNumericModifier(modifier, number.sign, number.scale, number.weight, number.count(),
                                                           number.count() == 0 ? uint16_t{0} : number.digit(0));
}

}  // namespace

DiskColumn::DiskColumn(const DiskContext& context, TypeIndex type, int32_t modifier)
    : context_(context), type_(type), modifier_(modifier) {
  const auto below = BelowDomains(context.types, type);
  if (!below.ok()) {
    kind_ = Kind::unknown;
    return;
  }
  type_ = *below;
  const PgType& base = context.types[type_];
  if (base.kind == PgTypeKind::enumeration) kind_ = Kind::enumeration;
  if (base.kind != PgTypeKind::base) return;
  if (IsTextType(base.oid)) {
    kind_ = Kind::text;
    if (modifier >= kModifierOffset && base.oid != pg_oid::kText)
      most_ = static_cast<size_t>(modifier - kModifierOffset);
    if (base.oid == pg_oid::kBpchar && most_ != SIZE_MAX) least_ = most_;
  } else if (base.oid == pg_oid::kNumeric) {
    kind_ = Kind::numeric;
  } else if (!context.float_times && (base.oid == pg_oid::kTimestamp || base.oid == pg_oid::kTimestamptz)) {
    kind_ = Kind::timestamp;
    if (base.oid == pg_oid::kTimestamptz) zone_ = "+00";
  } else if (base.oid == pg_oid::kDate) {
    kind_ = Kind::date;
  } else if (base.oid == pg_oid::kBool) {
    kind_ = Kind::boolean;
  } else if (size_ = PlainSize(base.oid); size_ != 0) {
    kind_ = Kind::plain;
    is_integer_ = base.oid == pg_oid::kInt2 || base.oid == pg_oid::kInt4 || base.oid == pg_oid::kInt8;
  } else if (DiskBaseOf(base.oid) == nullptr) {
    kind_ = Kind::unknown;
  }
}

bool DiskColumn::Fits(ByteView value) const {
  switch (kind_) {
    case Kind::unknown: return true;
    case Kind::plain: return value.size() == size_;
    case Kind::enumeration: return value.size() == 4 && LoadLe<uint32_t>(value.data()) != 0;
    case Kind::boolean: return value.size() == 1 && value[0] <= 1;
    case Kind::date: {
      if (value.size() != 4) return false;
      const auto days = static_cast<int32_t>(LoadLe<uint32_t>(value.data()));
      return (days >= kFirstDay && days < kDateEnd) || days == kDateInfinity || days == kDateMinusInfinity;
    }
    case Kind::numeric: {
      DiskNumeric number;
      return ReadDiskNumeric(value, number) && Keeps(modifier_, number);
    }
    case Kind::timestamp: {
      if (value.size() != 8) return false;
      const auto micros = static_cast<int64_t>(LoadLe<uint64_t>(value.data()));
      return (micros >= kFirstTimestamp && micros < kTimestampEnd) || micros == kTimestampInfinity ||
             micros == kTimestampMinusInfinity;
    }
    case Kind::text: {
      if (!IsSoundText(context_, value)) return false;
      if (value.size() <= most_ && least_ == 0) return true;
      const size_t characters = CharacterCount(value, context_.utf8);
      return characters >= least_ && characters <= most_;
    }
    case Kind::other: break;
  }
  std::string text;
  return AppendText(value, text);
}

// The commonest values, without an image. `decided`: the answer is the column's; else nothing was appended.
bool DiskColumn::AppendQuickly(ByteView value, std::string& text, bool& decided) const {
  decided = true;
  switch (kind_) {
    case Kind::numeric: {
      DiskNumeric number;
      if (!ReadDiskNumeric(value, number) || !Keeps(modifier_, number)) return false;
      return decided = AppendUsualNumeric(number, text);
    }
    case Kind::timestamp:
      if (value.size() != 8) return false;
      return decided = AppendUsualTimestamp(static_cast<int64_t>(LoadLe<uint64_t>(value.data())), zone_, text);
    case Kind::date:
      if (value.size() != 4) return false;
      return decided = AppendUsualDate(static_cast<int32_t>(LoadLe<uint32_t>(value.data())), text);
    case Kind::boolean:
      if (value.size() != 1 || value[0] > 1) return false;
      text.push_back(value[0] == 1 ? 't' : 'f');
      return true;
    case Kind::plain:
      if (value.size() != size_) return false;
      if (!is_integer_) break;
      if (size_ == 2) AppendInteger(static_cast<int16_t>(LoadLe<uint16_t>(value.data())), text);
      else if (size_ == 4) AppendInteger(static_cast<int32_t>(LoadLe<uint32_t>(value.data())), text);
      else AppendInteger(static_cast<int64_t>(LoadLe<uint64_t>(value.data())), text);
      return true;
    default: break;
  }
  return decided = false;
}

bool DiskColumn::AppendText(ByteView value, std::string& text, bool fits) const {
  if (kind_ == Kind::unknown) return false;
  if (kind_ == Kind::text) {
    if (!fits && !Fits(value)) return false;
    text += AsText(value);
    return true;
  }
  bool decided = false;
  const bool appended = AppendQuickly(value, text, decided);
  return decided ? appended : AppendByImage(value, text);
}

bool DiskColumn::AppendByImage(ByteView value, std::string& text) const {
  image_.clear();
  return AppendDiskImage(context_, type_, value, image_).ok() && FitsModifier(context_, type_, modifier_, image_) &&
         AppendValueText(context_.types, type_, image_, text).ok();
}

}  // namespace pulih
