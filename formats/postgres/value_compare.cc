#include <bit>
#include <cmath>

#include "formats/postgres/image_reader.h"
#include "formats/postgres/net_address.h"
#include "formats/postgres/numeric.h"
#include "formats/postgres/value_renderer.h"
#include "formats/postgres/value_text.h"

namespace pulih {

namespace {

__extension__ using Int128 = __int128;

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr int64_t kDaysPerMonth = 30;  // of an interval, when it is compared

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// NaN is equal to itself and above all other numbers.
int OrderFloats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return Order(std::isnan(a), std::isnan(b));
  return Order(a, b);
}

Int128 IntervalSpan(ImageReader& in) {
  const int64_t micros = in.I64();
  const int64_t days = in.I32();
  const int64_t months = in.I32();
  return Int128{micros} + Int128{months * kDaysPerMonth + days} * kMicrosPerDay;
}

int OrderTimetz(ImageReader& a, ImageReader& b) {
  const int64_t time_a = a.I64(), time_b = b.I64();
  const int64_t zone_a = a.I32(), zone_b = b.I32();
  // The same instant first (zones count west), then the zone.
  const Int128 at_a = Int128{time_a} + zone_a * int64_t{1'000'000}, at_b = Int128{time_b} + zone_b * int64_t{1'000'000};
  return at_a != at_b ? Order(at_a, at_b) : Order(zone_a, zone_b);
}

ByteView WithoutBlanksBehind(ByteView text) {
  while (!text.empty() && text.back() == ' ') text = text.first(text.size() - 1);
  return text;
}

Result<int> OrderNumerics(ByteView a, ByteView b) {
  PULIH_TRY_ASSIGN(const NumericView x, NumericView::Read(a));
  PULIH_TRY_ASSIGN(const NumericView y, NumericView::Read(b));
  return CompareNumerics(x, y);
}

// Evaluation order matters to the readers, not to which of the two is read first.
int OrderBase(uint32_t oid, ImageReader& a, ImageReader& b) {
  switch (oid) {
    case pg_oid::kBool: {
      const bool x = a.U8() != 0, y = b.U8() != 0;
      return Order(x, y);
    }
    case pg_oid::kInt2: return Order(a.I16(), b.I16());
    case pg_oid::kInt4:
    case pg_oid::kDate: return Order(a.I32(), b.I32());
    case pg_oid::kInt8:
    case pg_oid::kMoney:
    case pg_oid::kTime:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz: return Order(a.I64(), b.I64());
    case pg_oid::kOid: return Order(a.U32(), b.U32());
    case pg_oid::kXid8: return Order(a.U64(), b.U64());
    case pg_oid::kFloat4: return OrderFloats(std::bit_cast<float>(a.U32()), std::bit_cast<float>(b.U32()));
    case pg_oid::kFloat8: return OrderFloats(a.F64(), b.F64());
    case pg_oid::kInterval: return Order(IntervalSpan(a), IntervalSpan(b));
    case pg_oid::kTimetz: return OrderTimetz(a, b);
    case pg_oid::kInet: return CompareNetAddresses(ReadNetAddress(a, false), ReadNetAddress(b, false));
    case pg_oid::kCidr: return CompareNetAddresses(ReadNetAddress(a, true), ReadNetAddress(b, true));
    case pg_oid::kUuid: return Compare(a.Raw(16), b.Raw(16));
    case pg_oid::kBpchar: return Compare(WithoutBlanksBehind(a.Rest()), WithoutBlanksBehind(b.Rest()));
    default: return Compare(a.Rest(), b.Rest());
  }
}

}  // namespace

Result<int> CompareImages(const TypeList& types, TypeIndex type, ByteView a, ByteView b) {
  PULIH_TRY_ASSIGN(const TypeIndex at, BelowDomains(types, type));
  const PgType& t = types[at];
  if (t.kind != PgTypeKind::base) return Compare(a, b);
  if (t.oid == pg_oid::kNumeric) return OrderNumerics(a, b);
  ImageReader in_a(a), in_b(b);
  const int order = OrderBase(t.oid, in_a, in_b);
  for (ImageReader* in : {&in_a, &in_b}) {
    if (!in->Finish()) return Status(Code::corrupt, "compare values: type " + t.name + ": " + in->why());
  }
  return order;
}

ValueClass ClassOf(const TypeList& types, TypeIndex type) {
  const Result<TypeIndex> at = BelowDomains(types, type);
  if (!at.ok()) return ValueClass::other;
  const PgType& t = types[*at];
  if (t.kind == PgTypeKind::enumeration) return ValueClass::text;
  if (t.kind != PgTypeKind::base) return ValueClass::other;
  switch (t.oid) {
    case pg_oid::kBool: return ValueClass::boolean;
    case pg_oid::kInt2:
    case pg_oid::kInt4:
    case pg_oid::kInt8:
    case pg_oid::kOid:
    case pg_oid::kFloat4:
    case pg_oid::kFloat8:
    case pg_oid::kNumeric: return ValueClass::number;
    case pg_oid::kText:
    case pg_oid::kVarchar:
    case pg_oid::kBpchar:
    case pg_oid::kName:
    case pg_oid::kChar:
    case pg_oid::kUnknown:
    case pg_oid::kRefcursor:
    case pg_oid::kXml: return ValueClass::text;
    case pg_oid::kDate:
    case pg_oid::kTime:
    case pg_oid::kTimetz:
    case pg_oid::kTimestamp:
    case pg_oid::kTimestamptz:
    case pg_oid::kInterval: return ValueClass::time;
    case pg_oid::kBytea: return ValueClass::bytes;
    case pg_oid::kJson:
    case pg_oid::kJsonb: return ValueClass::json;
    default: return ValueClass::other;
  }
}

}  // namespace pulih
