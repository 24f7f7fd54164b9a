#include "formats/postgres/disk_value.h"

#include <algorithm>

#include "formats/postgres/builtin_types.h"
#include "formats/postgres/disk_image.h"
#include "formats/postgres/disk_text.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/value_text.h"

namespace pulih {

namespace {

constexpr int32_t kModifierOffset = 4;  // VARHDRSZ: of the modifiers of numeric and character types

// Types of a composite's fields and of array elements lead to earlier ones only, but a hostile list may not.
PhysicalForm FormAt(const TypeList& types, TypeIndex type, int depth) {
  constexpr int kMaxDepth = 32;
  if (type >= types.size() || depth == kMaxDepth) return {};
  const PgType& t = types[type];
  switch (t.kind) {
    case PgTypeKind::base: {
      const BuiltinType* builtin = t.oid != 0 ? BuiltinTypeOf(t.oid) : nullptr;
      return builtin != nullptr ? PhysicalForm{builtin->length, builtin->align} : PhysicalForm{};
    }
    case PgTypeKind::domain: return FormAt(types, t.element, depth + 1);
    case PgTypeKind::enumeration: return {4, 'i'};
    case PgTypeKind::composite: return {-1, 'd'};
    case PgTypeKind::array:
    case PgTypeKind::range:
    case PgTypeKind::multirange: return {-1, FormAt(types, t.element, depth + 1).align == 'd' ? 'd' : 'i'};
  }
  return {};
}

size_t CharacterCount(const DiskContext& context, ByteView text) {
  if (!context.utf8) return text.size();
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](uint8_t c) { return (c & 0xc0) != 0x80; }));
}

// `image` is numeric's.
bool FitsNumeric(int32_t modifier, ByteView image) {
  const auto digits = LoadBe<uint16_t>(image.data()), sign = LoadBe<uint16_t>(image.data() + 4);
  const auto weight = LoadBe<int16_t>(image.data() + 2);
  return FitsNumericModifier(modifier, sign, LoadBe<uint16_t>(image.data() + 6), weight, digits,
                             digits == 0 ? uint16_t{0} : LoadBe<uint16_t>(image.data() + 8));
}

}  // namespace

Status CorruptDisk(const PgType& type, std::string_view why) {
  return Status(Code::corrupt, "decode value: type " + type.name + ": " + std::string(why));
}

DiskContext ContextOf(const Schema& schema, bool float_times) {
  return {schema.types, schema.enum_labels, float_times, schema.encoding == "UTF8"};
}

PhysicalForm FormOf(const TypeList& types, TypeIndex type) { return FormAt(types, type, 0); }

Status DiskImage::Append(TypeIndex type, ByteView value, Bytes& image) {
  PULIH_TRY_ASSIGN(const TypeIndex at, BelowDomains(context_.types, type));
  if (depth_ == kMaxDepth) return CorruptDisk(context_.types[at], "nests too deep");
  ++depth_;
  PULIH_TRY(AppendByKind(at, value, image));
  --depth_;
  return OkStatus();
}

Status DiskImage::AppendByKind(TypeIndex at, ByteView value, Bytes& image) {
  const PgType& type = context_.types[at];
  switch (type.kind) {
    case PgTypeKind::base: {
      const DiskBase base = DiskBaseOf(type.oid);
      if (base == nullptr)
        return Status(Code::unsupported, "decode value: type " + type.name + ": its form on disk is not known");
      return base(context_, value, image) ? OkStatus() : CorruptDisk(type, "these bytes are no value of it");
    }
    case PgTypeKind::enumeration: {
      if (value.size() != 4) return CorruptDisk(type, "it has four bytes");
      const auto label = context_.enum_labels.find(LoadLe<uint32_t>(value.data()));
      if (label == context_.enum_labels.end()) return CorruptDisk(type, "no label has this number");
      pulih::Append(image, AsBytes(label->second));
      return OkStatus();
    }
    case PgTypeKind::array: return AppendArray(type, value, image);
    case PgTypeKind::composite: return AppendComposite(type, value, image);
    case PgTypeKind::range: return AppendRange(type, value, image);
    case PgTypeKind::multirange: return AppendMultirange(type, value, image);
    case PgTypeKind::domain: break;  // BelowDomains has left them behind
  }
  return CorruptDisk(type, "is of an unknown kind");
}

Status AppendDiskImage(const DiskContext& context, TypeIndex type, ByteView value, Bytes& image) {
  const size_t before = image.size();
  Status status = DiskImage(context).Append(type, value, image);
  if (!status.ok()) image.resize(before);
  return status;
}

Status AppendDiskText(const DiskContext& context, TypeIndex type, ByteView value, std::string& text) {
  PULIH_TRY_ASSIGN(const TypeIndex at, BelowDomains(context.types, type));
  const PgType& t = context.types[at];
  if (t.kind == PgTypeKind::base && IsTextType(t.oid)) {
    if (!IsSoundText(context, value)) return CorruptDisk(t, "these bytes are no text");
    text += AsText(value);
    return OkStatus();
  }
  Bytes image;
  PULIH_TRY(AppendDiskImage(context, type, value, image));
  return AppendValueText(context.types, type, image, text);
}

bool FitsModifier(const DiskContext& context, TypeIndex type, int32_t modifier, ByteView image) {
  if (modifier < kModifierOffset) return true;
  const auto at = BelowDomains(context.types, type);
  if (!at.ok()) return false;
  const PgType& t = context.types[*at];
  if (t.kind != PgTypeKind::base) return true;
  const auto most = static_cast<size_t>(modifier - kModifierOffset);
  switch (t.oid) {
    case pg_oid::kNumeric: return image.size() >= 8 && FitsNumeric(modifier, image);
    case pg_oid::kVarchar: return image.size() <= most || CharacterCount(context, image) <= most;
    case pg_oid::kBpchar: return CharacterCount(context, image) == most;
    default: return true;
  }
}

bool AppendPrefixText(const DiskContext& context, TypeIndex type, ByteView beginning, std::string& text) {
  const auto at = BelowDomains(context.types, type);
  if (!at.ok() || context.types[*at].kind != PgTypeKind::base) return false;
  const uint32_t oid = context.types[*at].oid;
  if (oid == pg_oid::kBytea) return AppendValueText(context.types, *at, beginning, text).ok();
  if (!IsTextType(oid)) return false;
  // At most three bytes of a character that was cut.
  for (size_t less = 0; less <= 3 && less <= beginning.size(); ++less) {
    const ByteView whole = beginning.first(beginning.size() - less);
    if (!IsSoundText(context, whole)) continue;
    text += AsText(whole);
    return true;
  }
  return false;
}

}  // namespace pulih
