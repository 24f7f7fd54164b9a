#include "formats/repo/wraps.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

std::string Session(uint8_t id) { return Repeated(id, 32) + Repeated(0x11, 16) + Repeated(0x77, 80); }

Bytes Golden() { return Hex(Repeated(0xd0, 16) + "0500000000000000 02000000 02000000" + Session(1) + Session(2)); }

TEST_CASE("wraps have the bytes that the format says") {
  Wraps wraps;
  wraps.domain.bytes.fill(0xd0);
  wraps.config_number = 5;
  wraps.content_generation = 2;
  wraps.sessions.resize(2);
  for (uint8_t i = 0; i < 2; ++i) {
    wraps.sessions[i].session.bytes.fill(static_cast<uint8_t>(i + 1));
    wraps.sessions[i].writer.bytes.fill(0x11);
    wraps.sessions[i].sealed_key.fill(0x77);
  }
  CHECK(ToHex(EncodeWrapsBody(wraps)) == ToHex(Golden()));

  const auto back = DecodeWrapsBody(Golden());
  REQUIRE(back.ok());
  CHECK(back->domain == wraps.domain);
  CHECK(back->config_number == 5);
  CHECK(back->content_generation == 2);
  REQUIRE(back->sessions.size() == 2);
  CHECK(back->sessions[1].session == wraps.sessions[1].session);
  CHECK(back->sessions[1].writer == wraps.sessions[1].writer);
  CHECK(back->sessions[1].sealed_key == wraps.sessions[1].sealed_key);
}

TEST_CASE("wraps are canonical") {
  IsCanonical(Golden(), ReencodeWraps);
  ATrailingByteIsRefused(Golden(), ReencodeWraps);
  RandomValuesComeBack(500, WrapsSpecimen, ReencodeWraps);
}

TEST_CASE("wraps out of order, or of one session twice, are corrupt") {
  const std::string head = Repeated(0xd0, 16) + "0500000000000000 02000000 02000000";
  CHECK(DecodeWrapsBody(Hex(head + Session(2) + Session(1))).status().code() == Code::corrupt);
  CHECK(DecodeWrapsBody(Hex(head + Session(1) + Session(1))).status().code() == Code::corrupt);
}

TEST_CASE("a number of wraps without wraps behind it is refused") {
  const std::string head = Repeated(0xd0, 16) + "0500000000000000 02000000";
  CHECK(DecodeWrapsBody(Hex(head + "00000000")).ok());
  CHECK(DecodeWrapsBody(Hex(head + "ffffffff")).status().code() == Code::corrupt);
  CHECK(DecodeWrapsBody(Hex(head + "01000100")).status().code() == Code::corrupt);
  CHECK(DecodeWrapsBody(Hex(head + "03000000" + Session(1) + Session(2))).status().code() == Code::corrupt);
}

}  // namespace
}  // namespace pulih
