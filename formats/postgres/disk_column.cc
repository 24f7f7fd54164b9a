#include "formats/postgres/disk_column.h"

#include <algorithm>
#include <limits>

#include "formats/postgres/disk_image.h"
#include "formats/postgres/numeric.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/value_text.h"

namespace pulih {

namespace {

constexpr int32_t kModifierOffset = 4;
// MIN_TIMESTAMP and END_TIMESTAMP: 4713 BC to 294277, in microseconds since 2000.
constexpr int64_t kFirstInstant = -211813488000000000, kInstantEnd = 9223371331200000000;

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
  } else if (size_ = PlainSize(base.oid); size_ != 0) {
    kind_ = Kind::plain;
  } else if (DiskBaseOf(base.oid) == nullptr) {
    kind_ = Kind::unknown;
  }
}

bool DiskColumn::Fits(ByteView value) const {
  switch (kind_) {
    case Kind::unknown: return true;
    case Kind::plain: return value.size() == size_;
    case Kind::enumeration: return value.size() == 4 && LoadLe<uint32_t>(value.data()) != 0;
    case Kind::numeric: return FitsNumeric(value);
    case Kind::timestamp: {
      if (value.size() != 8) return false;
      const auto micros = static_cast<int64_t>(LoadLe<uint64_t>(value.data()));
      return (micros >= kFirstInstant && micros < kInstantEnd) || micros == std::numeric_limits<int64_t>::min() ||
             micros == std::numeric_limits<int64_t>::max();
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

bool DiskColumn::FitsNumeric(ByteView value) const {
  image_.clear();
  return NumericFromDisk(context_, value, image_) && FitsModifier(context_, type_, modifier_, image_);
}

bool DiskColumn::AppendText(ByteView value, std::string& text) const {
  switch (kind_) {
    case Kind::unknown: return false;
    case Kind::text:
      if (!Fits(value)) return false;
      text += AsText(value);
      return true;
    case Kind::numeric: {
      if (!FitsNumeric(value)) return false;
      const auto number = NumericView::Read(image_);
      if (!number.ok()) return false;
      AppendNumeric(*number, text);
      return true;
    }
    default: break;
  }
  image_.clear();
  return AppendDiskImage(context_, type_, value, image_).ok() && FitsModifier(context_, type_, modifier_, image_) &&
         AppendValueText(context_.types, type_, image_, text).ok();
}

}  // namespace pulih
