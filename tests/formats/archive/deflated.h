// Deflate streams for tests, made by zlib, which also is the oracle: the slow obvious twin that everybody agrees with.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "engine/base/bytes.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

struct DeflateWay {
  DeflateWrap wrap = DeflateWrap::zlib;
  int level = 6, strategy = 0, memory = 8;
};
Bytes Deflated(ByteView plain, const DeflateWay& way = {});

// What zlib makes of the beginning of a stream: all bytes of symbols that lie in it whole.
Bytes InflatedByZlib(ByteView stream, DeflateWrap wrap);

// Rows of a table as COPY writes them: text with repetitions near and far.
std::string TableText(std::mt19937_64& random, size_t size);

}  // namespace pulih
