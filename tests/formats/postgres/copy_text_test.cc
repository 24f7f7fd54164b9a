#include "formats/postgres/copy_text.h"

#include <catch2/catch.hpp>

namespace pulih {
namespace {

std::string Decoded(std::string_view field) {
  std::string out;
  REQUIRE(DecodeCopyField(field, out));
  return out;
}

}  // namespace

TEST_CASE("COPY text has the escapes that PostgreSQL documents") {
  CHECK(Decoded("plain") == "plain");
  CHECK(Decoded("a\\tb\\nc\\rd\\be\\ff\\vg") == "a\tb\nc\rd\be\ff\vg");
  CHECK(Decoded("back\\\\slash") == "back\\slash");
  CHECK(Decoded("\\101\\7\\0123") == "A\a\n3");
  CHECK(Decoded("\\x41\\xe9\\x7g") == "A\xe9\ag");
  CHECK(Decoded("\\xg") == "xg");
  CHECK(Decoded("\\q\\.") == "q.");
  std::string out;
  CHECK_FALSE(DecodeCopyField("cut\\", out));
}

TEST_CASE("COPY text that is written is read the same") {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  std::string written;
  AppendCopyField(all, written);
  CHECK(written.find('\n') == std::string::npos);
  CHECK(written.find('\t') == std::string::npos);
  CHECK(Decoded(written) == all);
}

TEST_CASE("fields keep where they stood, and values where each byte came from") {
  std::vector<CopyField> fields;
  REQUIRE(SplitCopyLine("1\t\\N\t\tx\\ty", fields));
  CHECK(fields == std::vector<CopyField>{{0, 1}, {2, 4}, {5, 5}, {6, 10}});
  std::string out;
  std::vector<uint32_t> places;
  REQUIRE(DecodeCopyField("x\\ty\\101", out, &places));
  CHECK(out == "x\tyA");
  CHECK(places == std::vector<uint32_t>{1, 3, 4, 8});
}

TEST_CASE("a line with more fields than a table has columns is no row") {
  std::vector<CopyField> fields;
  CHECK_FALSE(SplitCopyLine(std::string(5000, '\t'), fields));
  CHECK(fields.size() == kMaxCopyFields);
}

}  // namespace pulih
