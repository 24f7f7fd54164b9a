#include "formats/archive/frame_codec.h"

#include <lz4frame.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <bit>
#include <string_view>

namespace pulih {
namespace {

class Lz4Decoder final : public FrameDecoder {
 public:
  static std::unique_ptr<FrameDecoder> New() {
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) return nullptr;
    return std::unique_ptr<FrameDecoder>(new Lz4Decoder(context));
  }
  ~Lz4Decoder() override { LZ4F_freeDecompressionContext(context_); }

  FrameStep Step(ByteView in, std::span<uint8_t> out) override {
    FrameStep step{FrameEvent::more, in.size(), out.size()};
    const size_t hint = LZ4F_decompress(context_, out.data(), &step.written, in.data(), &step.taken, nullptr);
    if (LZ4F_isError(hint) != 0) {
      const bool is_checksum = std::string_view(LZ4F_getErrorName(hint)) == "ERROR_contentChecksum_invalid";
      return {is_checksum ? FrameEvent::mismatch : FrameEvent::error, 0, 0};
    }
    if (hint == 0) step.event = FrameEvent::ended;
    return step;
  }

 private:
  explicit Lz4Decoder(LZ4F_dctx* context) : context_(context) {}
  LZ4F_dctx* const context_;
};

class ZstdDecoder final : public FrameDecoder {
 public:
  static std::unique_ptr<FrameDecoder> New() {
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    if (context == nullptr) return nullptr;
    std::unique_ptr<FrameDecoder> made(new ZstdDecoder(context));
    constexpr int kLog = std::bit_width(kMostFrameWindow) - 1;
    if (ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, kLog)) != 0) return nullptr;
    return made;
  }
  ~ZstdDecoder() override { ZSTD_freeDCtx(context_); }

  FrameStep Step(ByteView in, std::span<uint8_t> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const size_t left = ZSTD_decompressStream(context_, &output, &input);
    FrameStep step{FrameEvent::more, input.pos, output.pos};
    if (ZSTD_isError(left) != 0)
      step.event = ZSTD_getErrorCode(left) == ZSTD_error_checksum_wrong ? FrameEvent::mismatch : FrameEvent::error;
    else if (left == 0)
      step.event = FrameEvent::ended;
    return step;
  }

 private:
  explicit ZstdDecoder(ZSTD_DCtx* context) : context_(context) {}
  ZSTD_DCtx* const context_;
};

}  // namespace

std::unique_ptr<FrameDecoder> NewFrameDecoder(FrameCodec codec) {
  return codec == FrameCodec::lz4 ? Lz4Decoder::New() : ZstdDecoder::New();
}

}  // namespace pulih
