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

TEST_CASE("some columns are read as decoding the whole row reads them") {
  std::mt19937_64 random(Catch::rngSeed());
  for (int run = 0; run < 300; ++run) {
    const Bytes bytes = RowSpecimen(random);
    const auto whole = DecodeRow(bytes);
    REQUIRE(whole.ok());
    std::vector<uint32_t> which;
    for (uint32_t i = 0; i < whole->columns.size(); ++i) {
      if (random() % 2 == 0) which.push_back(i);
    }
    std::vector<std::optional<ByteView>> images;
    REQUIRE(ReadColumns(bytes, which, images).ok());
    for (size_t i = 0; i < which.size(); ++i) {
      const ByteView* image = std::get_if<ByteView>(&whole->columns[which[i]]);
      CHECK(images[i].has_value() == (image != nullptr));
      if (image != nullptr && images[i]) CHECK(Equal(*image, *images[i]));
    }
    for (size_t size = 0; size < bytes.size(); ++size) (void)ReadColumns(ByteView(bytes).first(size), which, images).ok();
  }
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
