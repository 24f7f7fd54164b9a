#include "formats/postgres/portable_image.h"

#include <string>

#include "engine/base/check.h"
#include "engine/base/endian.h"

namespace pulih {
namespace {

constexpr int kMaxDepth = 64;          // of types in types; and it bounds the recursion
constexpr int32_t kMaxDimensions = 6;  // MAXDIM
constexpr uint8_t kRangeEmpty = 0x01, kRangeLowerInfinite = 0x08, kRangeUpperInfinite = 0x10, kRangeLowerNull = 0x20,
                  kRangeUpperNull = 0x40;

Status Corrupt(const char* why) { return Status(Code::corrupt, std::string("image of a value: ") + why); }

// Walks an image and writes a number at each place that has one.
class NumberWriter {
 public:
  // Without `oids`: 0 everywhere.
  NumberWriter(const TypeList& types, const std::vector<uint32_t>* oids) : types_(types), oids_(oids) {}

  Status Walk(TypeIndex index, MutableByteView image, int depth) {
    if (index >= types_.size()) return Corrupt("its type is not in the list");
    if (depth > kMaxDepth) return Corrupt("its type is nested too deeply");
    const PgType& type = types_[index];
    switch (type.kind) {
      case PgTypeKind::base:
      case PgTypeKind::enumeration: return OkStatus();
      case PgTypeKind::domain: return Walk(type.element, image, depth + 1);
      case PgTypeKind::array: return WalkArray(type, image, depth);
      case PgTypeKind::composite: return WalkComposite(type, image, depth);
      case PgTypeKind::range: return WalkRange(type, image, depth);
      case PgTypeKind::multirange: return WalkMultirange(type, image, depth);
    }
    return Corrupt("its type is of no known kind");
  }

  // int32 dimensions | int32 flags | int32 number of the elements' type
  Status WriteHead(const PgType& array, MutableByteView& rest, int32_t& dimensions) {
    int32_t flags = 0;
    if (!Take32(rest, dimensions) || !Take32(rest, flags)) return Corrupt("it is cut short");
    if (dimensions < 0 || dimensions > kMaxDimensions) return Corrupt("an array has too many dimensions");
    if (flags != 0 && flags != 1) return Corrupt("an array has flags that are not known");
    return Number(array.element, rest);
  }

 private:
  // The next be32 of `rest`, which must have it.
  static bool Take32(MutableByteView& rest, int32_t& value) {
    if (rest.size() < sizeof value) return false;
    value = LoadBe<int32_t>(rest.data());
    rest = rest.subspan(sizeof value);
    return true;
  }

  Status Number(TypeIndex index, MutableByteView& rest) {
    if (rest.size() < sizeof(uint32_t)) return Corrupt("it is cut short");
    if (index >= types_.size()) return Corrupt("its type is not in the list");
    const uint32_t here = LoadBe<uint32_t>(rest.data());
    const uint32_t known = types_[index].oid;
    // Where the number is the same everywhere, another one means that this is not the type's image.
    if (here != 0 && known != 0 && here != known) return Corrupt("a type number in it is not that of its type");
    StoreBe(rest.data(), oids_ == nullptr ? uint32_t{0} : (*oids_)[index]);
    rest = rest.subspan(sizeof(uint32_t));
    return OkStatus();
  }

  // A be32 length and so many bytes; -1 is NULL.
  Status Value(TypeIndex index, MutableByteView& rest, bool may_be_null, int depth) {
    int32_t length = 0;
    if (!Take32(rest, length)) return Corrupt("it is cut short");
    if (length == -1 && may_be_null) return OkStatus();
    if (length < 0 || static_cast<size_t>(length) > rest.size()) return Corrupt("a length in it is wrong");
    const MutableByteView value = rest.first(static_cast<size_t>(length));
    rest = rest.subspan(static_cast<size_t>(length));
    return Walk(index, value, depth + 1);
  }

  Status WalkArray(const PgType& type, MutableByteView rest, int depth) {
    int32_t dimensions = 0;
    PULIH_TRY(WriteHead(type, rest, dimensions));
    uint64_t elements = dimensions == 0 ? 0 : 1;
    for (int32_t i = 0; i < dimensions; ++i) {
      int32_t length = 0, lower = 0;
      if (!Take32(rest, length) || !Take32(rest, lower)) return Corrupt("it is cut short");
      if (length < 0) return Corrupt("a dimension of an array is negative");
      elements *= static_cast<uint64_t>(length);
      // Each element takes at least its length's four bytes; this also keeps the product from running over.
      if (elements > rest.size() / sizeof(int32_t)) return Corrupt("an array has more elements than bytes");
    }
    for (uint64_t i = 0; i < elements; ++i) PULIH_TRY(Value(type.element, rest, true, depth));
    return rest.empty() ? OkStatus() : Corrupt("bytes follow its end");
  }

  Status WalkComposite(const PgType& type, MutableByteView rest, int depth) {
    int32_t count = 0;
    if (!Take32(rest, count)) return Corrupt("it is cut short");
    if (count < 0 || static_cast<size_t>(count) != type.fields.size())
      return Corrupt("a composite has another number of fields than its type");
    for (const PgTypeField& field : type.fields) {
      PULIH_TRY(Number(field.type, rest));
      PULIH_TRY(Value(field.type, rest, true, depth));
    }
    return rest.empty() ? OkStatus() : Corrupt("bytes follow its end");
  }

  Status WalkRange(const PgType& type, MutableByteView rest, int depth) {
    if (rest.empty()) return Corrupt("it is cut short");
    const uint8_t flags = rest[0];
    rest = rest.subspan(1);
    if ((flags & (kRangeEmpty | kRangeLowerInfinite | kRangeLowerNull)) == 0)
      PULIH_TRY(Value(type.element, rest, false, depth));
    if ((flags & (kRangeEmpty | kRangeUpperInfinite | kRangeUpperNull)) == 0)
      PULIH_TRY(Value(type.element, rest, false, depth));
    return rest.empty() ? OkStatus() : Corrupt("bytes follow its end");
  }

  Status WalkMultirange(const PgType& type, MutableByteView rest, int depth) {
    int32_t count = 0;
    if (!Take32(rest, count)) return Corrupt("it is cut short");
    if (count < 0 || static_cast<size_t>(count) > rest.size() / sizeof(int32_t))
      return Corrupt("a multirange has more ranges than bytes");
    for (int32_t i = 0; i < count; ++i) PULIH_TRY(Value(type.element, rest, false, depth));
    return rest.empty() ? OkStatus() : Corrupt("bytes follow its end");
  }

  const TypeList& types_;
  const std::vector<uint32_t>* oids_;
};

bool HasNumbers(const TypeList& types, TypeIndex index, int depth) {
  // What cannot be walked is walked, so that it is refused there.
  if (index >= types.size() || depth > kMaxDepth) return true;
  const PgType& type = types[index];
  if (type.kind == PgTypeKind::array || type.kind == PgTypeKind::composite) return true;
  if (type.kind == PgTypeKind::base || type.kind == PgTypeKind::enumeration) return false;
  return HasNumbers(types, type.element, depth + 1);
}

TypeIndex BelowDomains(const TypeList& types, TypeIndex type) {
  for (int depth = 0; depth < kMaxDepth && type < types.size() && types[type].kind == PgTypeKind::domain; ++depth)
    type = types[type].element;
  return type;
}

Status WriteHead(const TypeList& types, const std::vector<uint32_t>* oids, TypeIndex type, MutableByteView beginning) {
  PULIH_CHECK(HasNumberInHeadOnly(types, type));
  int32_t dimensions = 0;
  return NumberWriter(types, oids).WriteHead(types[BelowDomains(types, type)], beginning, dimensions);
}

}  // namespace

bool HasTypeNumbers(const TypeList& types, TypeIndex type) { return HasNumbers(types, type, 0); }

bool HasNumberInHeadOnly(const TypeList& types, TypeIndex type) {
  type = BelowDomains(types, type);
  return type < types.size() && types[type].kind == PgTypeKind::array && !HasTypeNumbers(types, types[type].element);
}

Status MakePortable(const TypeList& types, TypeIndex type, MutableByteView image) {
  return NumberWriter(types, nullptr).Walk(type, image, 0);
}

Status MakeLocal(const TypeList& types, const std::vector<uint32_t>& oids, TypeIndex type, MutableByteView image) {
  PULIH_CHECK(oids.size() == types.size());
  return NumberWriter(types, &oids).Walk(type, image, 0);
}

Status MakeHeadPortable(const TypeList& types, TypeIndex type, MutableByteView beginning) {
  return WriteHead(types, nullptr, type, beginning);
}

Status MakeHeadLocal(const TypeList& types, const std::vector<uint32_t>& oids, TypeIndex type,
                     MutableByteView beginning) {
  PULIH_CHECK(oids.size() == types.size());
  return WriteHead(types, &oids, type, beginning);
}

}  // namespace pulih
