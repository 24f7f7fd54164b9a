// Compressing and decompressing the plaintext of objects: the one place that includes zstd. What does not
// shrink by at least 3% is kept raw; a quick probe (three samples of 16 KiB at level 1) decides that for
// large inputs, so that photographs and archives cost little.
//
// One Compressor and one Decompressor per thread. Source of the format: RFC 8878.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "formats/repo/frame.h"

namespace pulih {

// Levels above 12 are not offered: libzstd had rare corruption at 16 and more until 1.5.5.
inline constexpr int kMinCompressionLevel = 1, kDefaultCompressionLevel = 3, kMaxCompressionLevel = 12;

class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // The payload for `plain`: a view of `plain` itself (raw) or of a buffer that is valid until the next call.
  struct Payload {
    Codec codec = Codec::raw;
    ByteView bytes;
  };
  Payload Compress(ByteView plain);
  int level() const { return level_; }

 private:
  bool LooksIncompressible(ByteView plain);
  struct Context;
  std::unique_ptr<Context> context_;
  int level_;
  Bytes buffer_;
};

class Decompressor {
 public:
  Decompressor();
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Exactly `plain_size` bytes (<= kMaxObjectSize, checked by the frame's decoder), or corrupt.
  Result<Bytes> Decompress(Codec codec, ByteView payload, uint32_t plain_size);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace pulih
