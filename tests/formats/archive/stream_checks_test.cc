#include "formats/archive/stream_checks.h"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <random>

namespace pulih {
namespace {

TEST_CASE("Adler-32 and CRC-32 give their published values") {
  CHECK(Adler32(AsBytes("Wikipedia")) == 0x11E60398);
  CHECK(Adler32({}) == 1);
  CHECK(Crc32(AsBytes("123456789")) == 0xCBF43926);
  CHECK(Crc32({}) == 0);
}

TEST_CASE("stream checks of any length, in pieces or at once, are those of zlib") {
  std::mt19937_64 random(1);
  for (const size_t size : {1, 7, 8, 15, 16, 17, 5551, 5552, 5553, 100000}) {
    Bytes bytes(size);
    for (uint8_t& byte : bytes) byte = random() % 4 == 0 ? static_cast<uint8_t>(random()) : 0xff;
    const ByteView all(bytes);
    const auto zlib_size = static_cast<uInt>(size);
    CHECK(Adler32(all) == adler32(1, bytes.data(), zlib_size));
    CHECK(Crc32(all) == crc32(0, bytes.data(), zlib_size));
    const size_t cut = random() % size;
    CHECK(Adler32(all.subspan(cut), Adler32(all.first(cut))) == Adler32(all));
    CHECK(Crc32(all.subspan(cut), Crc32(all.first(cut))) == Crc32(all));
  }
}

TEST_CASE("Adler-32 does not overflow on the largest bytes") {
  const Bytes bytes(1 << 20, 0xff);
  CHECK(Adler32(bytes) == adler32(1, bytes.data(), 1 << 20));
}

}  // namespace
}  // namespace pulih
