#include "engine/repo/codec.h"

#include <zstd.h>

#include <array>

namespace pulih {
namespace {

constexpr size_t kProbeSample = 16u << 10;
constexpr size_t kProbeFrom = 128u << 10;  // smaller inputs are simply compressed
constexpr int kProbeLevel = 1;

// At least 3% smaller, or it is not worth the time of every later reader.
bool IsWorthIt(size_t compressed, size_t plain) { return compressed < plain - plain / 32; }

}  // namespace

struct Compressor::Context {
  ZSTD_CCtx* cctx = ZSTD_createCCtx();
  ~Context() { ZSTD_freeCCtx(cctx); }
};

Compressor::Compressor(int level) : context_(std::make_unique<Context>()), level_(level) {
  PULIH_CHECK(context_->cctx != nullptr);
}
Compressor::~Compressor() = default;

bool Compressor::LooksIncompressible(ByteView plain) {
  if (plain.size() < kProbeFrom) return false;
  std::array<uint8_t, ZSTD_COMPRESSBOUND(kProbeSample)> out;
  const size_t last = plain.size() - kProbeSample;
  for (const size_t at : {size_t{0}, last / 2, last}) {
    const size_t n = ZSTD_compressCCtx(context_->cctx, out.data(), out.size(), plain.data() + at, kProbeSample, kProbeLevel);
    if (ZSTD_isError(n) || IsWorthIt(n, kProbeSample)) return false;
  }
  return true;
}

Compressor::Payload Compressor::Compress(ByteView plain) {
  if (plain.empty() || LooksIncompressible(plain)) return {Codec::raw, plain};
  // A result that does not fit in less than the plaintext is of no use, so no more room than that is given.
  buffer_.resize(plain.size());
  const size_t n = ZSTD_compressCCtx(context_->cctx, buffer_.data(), buffer_.size(), plain.data(), plain.size(), level_);
  if (ZSTD_isError(n) || !IsWorthIt(n, plain.size())) return {Codec::raw, plain};
  return {Codec::zstd, ByteView(buffer_).first(n)};
}

struct Decompressor::Context {
  ZSTD_DCtx* dctx = ZSTD_createDCtx();
  ~Context() { ZSTD_freeDCtx(dctx); }
};

Decompressor::Decompressor() : context_(std::make_unique<Context>()) { PULIH_CHECK(context_->dctx != nullptr); }
Decompressor::~Decompressor() = default;

Result<Bytes> Decompressor::Decompress(Codec codec, ByteView payload, uint32_t plain_size) {
  if (codec == Codec::raw) {
    if (payload.size() != plain_size) return Status(Code::corrupt, "decompressing an object: raw payload of another length");
    return ToBytes(payload);
  }
  // One frame and nothing behind it (docs/format.md): libzstd itself takes any number of them.
  if (ZSTD_findFrameCompressedSize(payload.data(), payload.size()) != payload.size()) {
    return Status(Code::corrupt, "decompressing an object: it is not one whole zstd frame");
  }
  Bytes plain(plain_size);
  const size_t n = ZSTD_decompressDCtx(context_->dctx, plain.data(), plain.size(), payload.data(), payload.size());
  if (ZSTD_isError(n) || n != plain_size) {
    return Status(Code::corrupt, std::string("decompressing an object: ") +
                                     (ZSTD_isError(n) ? ZSTD_getErrorName(n) : "shorter than stated"));
  }
  return plain;
}

}  // namespace pulih
