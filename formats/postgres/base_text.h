// The renderers of the built-in base types, one for each kind of image; value_text.cc chooses among them. Each takes
// its bytes from the reader and appends the text; what an image may not be fails the reader. None recurses, and none
// writes more than some 8 bytes for one, but for a numeric, whose exponent can stand for 150 KB of zeros.
//
// Private to formats/postgres. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>

#include "engine/base/digits.h"
#include "formats/postgres/image_reader.h"

namespace pulih {

using BaseText = void (*)(ImageReader& in, std::string& out);

// scalar_text.cc
void BoolText(ImageReader& in, std::string& out);
void Int2Text(ImageReader& in, std::string& out);
void Int4Text(ImageReader& in, std::string& out);
void Int8Text(ImageReader& in, std::string& out);
void Unsigned4Text(ImageReader& in, std::string& out);  // oid, xid, cid
void Unsigned8Text(ImageReader& in, std::string& out);  // xid8
void MoneyText(ImageReader& in, std::string& out);
void PlainText(ImageReader& in, std::string& out);      // text and all that is kept as text
void VersionedText(ImageReader& in, std::string& out);  // jsonb, jsonpath: 1, then text
void CharText(ImageReader& in, std::string& out);       // "char", one byte
void ByteaText(ImageReader& in, std::string& out);
void UuidText(ImageReader& in, std::string& out);
void BitText(ImageReader& in, std::string& out);
void LsnText(ImageReader& in, std::string& out);
void TidText(ImageReader& in, std::string& out);
void SnapshotText(ImageReader& in, std::string& out);  // pg_snapshot, txid_snapshot
void Int2VectorText(ImageReader& in, std::string& out);
void OidVectorText(ImageReader& in, std::string& out);
// float_text.cc
void Float4Text(ImageReader& in, std::string& out);
void Float8Text(ImageReader& in, std::string& out);
void AppendFloat4(float value, std::string& out);
void AppendFloat8(double value, std::string& out);
// numeric.cc
void NumericText(ImageReader& in, std::string& out);
// datetime_text.cc
void DateText(ImageReader& in, std::string& out);
void TimeOfDayText(ImageReader& in, std::string& out);
void TimetzText(ImageReader& in, std::string& out);
void TimestampText(ImageReader& in, std::string& out);
void TimestamptzText(ImageReader& in, std::string& out);
void IntervalText(ImageReader& in, std::string& out);
// net_text.cc
void InetText(ImageReader& in, std::string& out);
void CidrText(ImageReader& in, std::string& out);
void MacaddrText(ImageReader& in, std::string& out);
void Macaddr8Text(ImageReader& in, std::string& out);
// geo_text.cc
void PointText(ImageReader& in, std::string& out);
void LsegText(ImageReader& in, std::string& out);
void BoxText(ImageReader& in, std::string& out);
void PathText(ImageReader& in, std::string& out);
void PolygonText(ImageReader& in, std::string& out);
void LineText(ImageReader& in, std::string& out);
void CircleText(ImageReader& in, std::string& out);
// search_text.cc
void TsvectorText(ImageReader& in, std::string& out);
void TsqueryText(ImageReader& in, std::string& out);

// With zeros before it, to `width` digits. Not for negative values.
inline void AppendPadded(uint64_t value, size_t width, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const auto length = static_cast<size_t>(end - digits);
  if (length < width) out.append(width - length, '0');
  out.append(digits, end);
}

}  // namespace pulih
