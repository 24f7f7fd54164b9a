#include <cmath>

#include "formats/postgres/base_text.h"

namespace pulih {

namespace {

constexpr size_t kPointSize = 16;
constexpr double kSmallest = 1.0e-6;  // EPSILON of src/include/utils/geo_decls.h

void AppendPoints(ImageReader& in, uint64_t count, std::string& out) {
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    if (i != 0) out.push_back(',');
    PointText(in, out);
  }
}

// How many points follow: at least one, and no more than there are bytes for.
uint64_t ReadPointCount(ImageReader& in) {
  const uint32_t count = in.U32();
  if (count == 0 || in.remaining() != uint64_t{count} * kPointSize) in.Fail("it has not as many points as it says");
  return in.failed() ? 0 : count;
}

}  // namespace

void PointText(ImageReader& in, std::string& out) {
  out.push_back('(');
  Float8Text(in, out);
  out.push_back(',');
  Float8Text(in, out);
  out.push_back(')');
}

void LsegText(ImageReader& in, std::string& out) {
  out.push_back('[');
  AppendPoints(in, 2, out);
  out.push_back(']');
}

void BoxText(ImageReader& in, std::string& out) { AppendPoints(in, 2, out); }

void PathText(ImageReader& in, std::string& out) {
  const bool closed = in.U8() != 0;
  const uint64_t count = ReadPointCount(in);
  out.push_back(closed ? '(' : '[');
  AppendPoints(in, count, out);
  out.push_back(closed ? ')' : ']');
}

void PolygonText(ImageReader& in, std::string& out) {
  const uint64_t count = ReadPointCount(in);
  out.push_back('(');
  AppendPoints(in, count, out);
  out.push_back(')');
}

void LineText(ImageReader& in, std::string& out) {
  const double a = in.F64(), b = in.F64(), c = in.F64();
  if (std::fabs(a) <= kSmallest && std::fabs(b) <= kSmallest) in.Fail("a line has a direction");
  out.push_back('{');
  AppendFloat8(a, out);
  out.push_back(',');
  AppendFloat8(b, out);
  out.push_back(',');
  AppendFloat8(c, out);
  out.push_back('}');
}

void CircleText(ImageReader& in, std::string& out) {
  out.push_back('<');
  PointText(in, out);
  const double radius = in.F64();
  if (radius < 0) in.Fail("its radius is negative");
  out.push_back(',');
  AppendFloat8(radius, out);
  out.push_back('>');
}

}  // namespace pulih
