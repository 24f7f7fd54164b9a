#include "formats/repo/row.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

// Three columns: "ab", NULL, and one of 300 bytes that was moved out, in two pieces.
Bytes Golden() {
  return Hex("01 01 03 02"
             "04 6162"
             "d904 02" + Repeated(0xc1, 32) + "00 8002" + Repeated(0xc2, 32) + "07 2c");
}

TEST_CASE("a row has the bytes that the format says") {
  const Bytes text = ToBytes(AsBytes("ab"));
  ObjectId one, two;
  one.bytes.fill(0xc1);
  two.bytes.fill(0xc2);
  Bytes row;
  EncodeRow({ByteView(text), std::monostate(), MovedColumn{300, {{one, 0, 256}, {two, 7, 44}}}}, row);
  CHECK(ToHex(row) == ToHex(Golden()));
  CHECK(LinksOfRow(DecodeRow(row)->columns) == std::vector<ObjectId>{one, two});
  const Bytes many = WithCount(row, 300);
  CHECK(DecodeRow(many)->count == 300);
}

TEST_CASE("a row is read in exactly one form") {
  IsCanonical(Golden(), ReencodeRow);
  ATrailingByteIsRefused(Golden(), ReencodeRow);
  RandomValuesComeBack(300, RowSpecimen, ReencodeRow);
}

TEST_CASE("a row that lies about its columns is refused") {
  const auto refused = [](std::string_view hex) { return DecodeRow(Hex(hex)).status().code() == Code::corrupt; };
  CHECK(refused("01 01 02 04 00 00"));        // marks a third column
  CHECK(refused("01 00 01 01"));              // stands for no row
  CHECK(refused("01 01 8180808010"));         // more columns than a table has
  CHECK(refused("01 01 01 00 03 00"));        // moved out, in no piece
  CHECK(refused("01 01 01 00 ffffffffffffffff7f"));  // longer than anything
  CHECK(DecodeRow(Hex("02 01 01 01")).status().code() == Code::unsupported);
}

}  // namespace
}  // namespace pulih
