#include "tests/formats/archive/framed.h"

#include <lz4frame.h>
#include <zstd.h>

#include <string>

namespace pulih {

Bytes Lz4Framed(ByteView plain, bool checksum) {
  LZ4F_preferences_t how{};
  how.frameInfo.contentChecksumFlag = checksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
  Bytes out(LZ4F_compressFrameBound(plain.size(), &how));
  out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), &how));
  return out;
}

Bytes ZstdFramed(ByteView plain, bool checksum) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  Bytes out(ZSTD_compressBound(plain.size()));
  out.resize(ZSTD_compress2(context, out.data(), out.size(), plain.data(), plain.size()));
  ZSTD_freeCCtx(context);
  return out;
}

Bytes FramesSpecimen(std::mt19937_64& random) {
  Bytes out;
  const bool is_lz4 = random() % 2 == 0;
  for (uint64_t n = 1 + random() % 3; n > 0; --n) {
    std::string text;
    for (uint64_t row = random() % 40; row > 0; --row) text += std::to_string(random() % 5000) + "\tpaket\n";
    const bool checksum = random() % 2 == 0;
    Append(out, is_lz4 ? Lz4Framed(AsBytes(text), checksum) : ZstdFramed(AsBytes(text), checksum));
  }
  return out;
}

}  // namespace pulih
