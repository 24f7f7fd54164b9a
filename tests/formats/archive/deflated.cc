#include "tests/formats/archive/deflated.h"

#include <zlib.h>

#include <array>

namespace pulih {
namespace {

int WindowBits(DeflateWrap wrap) {
  return wrap == DeflateWrap::raw ? -15 : wrap == DeflateWrap::zlib ? 15 : 15 + 16;
}

}  // namespace

Bytes Deflated(ByteView plain, const DeflateWay& way) {
  z_stream z{};
  deflateInit2(&z, way.level, Z_DEFLATED, WindowBits(way.wrap), way.memory, way.strategy);
  Bytes out(deflateBound(&z, plain.size()) + 64);
  z.next_in = const_cast<Bytef*>(plain.data());
  z.avail_in = static_cast<uInt>(plain.size());
  z.next_out = out.data();
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

Bytes InflatedByZlib(ByteView stream, DeflateWrap wrap) {
  z_stream z{};
  inflateInit2(&z, WindowBits(wrap));
  z.next_in = const_cast<Bytef*>(stream.data());
  z.avail_in = static_cast<uInt>(stream.size());
  Bytes out;
  std::array<uint8_t, 1 << 16> piece;
  int result = Z_OK;
  do {
    z.next_out = piece.data();
    z.avail_out = piece.size();
    result = inflate(&z, Z_SYNC_FLUSH);
    Append(out, ByteView(piece).first(piece.size() - z.avail_out));
  } while (result == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
  inflateEnd(&z);
  return out;
}

std::string TableText(std::mt19937_64& random, size_t size) {
  static const char* const kWords[] = {"pengadaan", "jasa",  "konsultansi", "pembangunan", "jalan",    "gedung", "belanja",
                                       "modal",     "kantor", "dinas",       "kesehatan",   "peralatan", "selesai", "ulang"};
  std::string text;
  for (uint64_t row = 1; text.size() < size; ++row) {
    text += std::to_string(3000000 + row) + "\t";
    for (uint64_t words = 2 + random() % 6; words > 0; --words) text += std::string(kWords[random() % std::size(kWords)]) + " ";
    text.back() = '\t';
    text += std::to_string(random() % 100000000) + ".00\t2014-0" + std::to_string(1 + random() % 9) + "-1" +
            std::to_string(random() % 10) + " 08:00:00\t" + (random() % 3 == 0 ? "\\N" : "t") + "\n";
  }
  text.resize(size);
  return text;
}

}  // namespace pulih
