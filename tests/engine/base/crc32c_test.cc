#include "engine/base/crc32c.h"

#include <catch2/catch.hpp>
#include <random>

namespace pulih {
namespace {

// By the definition: one bit after the other.
uint32_t Slow(uint32_t state, ByteView bytes) {
  for (const uint8_t byte : bytes) {
    state ^= byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78u : 0u);
  }
  return state;
}

uint32_t Of(ByteView bytes) {
  Crc32c crc;
  crc.Update(bytes);
  return crc.Finish();
}

}  // namespace

TEST_CASE("CRC-32C gives the values that the standards list") {
  CHECK(Of({}) == 0);
  CHECK(Of(AsBytes("123456789")) == 0xe3069283);
  CHECK(Of(Bytes(32, 0)) == 0x8a9136aa);     // RFC 3720, B.4
  CHECK(Of(Bytes(32, 0xff)) == 0x62a8ab43);
}

TEST_CASE("CRC-32C by tables and by instruction is CRC-32C bit by bit, for every length and alignment") {
  std::mt19937 random(7);
  Bytes bytes(3000);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t length = 0; length < 80; ++length) {
      const ByteView part = ByteView(bytes).subspan(begin, length);
      const auto state = static_cast<uint32_t>(random());
      const uint32_t expected = Slow(state, part);
      REQUIRE(StepCrc32cByTables(state, part) == expected);
      if (HasCrc32cInstruction()) REQUIRE(StepCrc32cByInstruction(state, part) == expected);
    }
  }
  CHECK(Of(bytes) == (Slow(0xffffffff, bytes) ^ 0xffffffff));
}

TEST_CASE("CRC-32C of pieces is that of the whole") {
  std::mt19937 random(8);
  Bytes bytes(500);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    Crc32c crc;
    crc.Update(ByteView(bytes).first(cut));
    crc.Update(ByteView(bytes).subspan(cut));
    REQUIRE(crc.Finish() == Of(bytes));
  }
}

}  // namespace pulih
