#include "formats/repo/frame.h"

#include <algorithm>
#include <string>

#include "engine/base/byte_reader.h"
#include "engine/base/endian.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "frame";

bool IsKnownKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(ObjectKind::chunk) && kind <= static_cast<uint8_t>(ObjectKind::node);
}

// What both sides hold of the sizes: raw is the plaintext itself, and compressed is shorter than it.
bool SizesAgree(Codec codec, uint32_t plain_size, size_t payload_size) {
  if (plain_size > kMaxObjectSize) return false;
  return codec == Codec::raw ? payload_size == plain_size : payload_size > 0 && payload_size < plain_size;
}

}  // namespace

void EncodeInnerHead(const FrameInner& inner, uint8_t* out) {
  PULIH_CHECK(SizesAgree(inner.codec, inner.plain_size, inner.payload.size()));
  std::fill_n(out, kFrameCommitmentSize, uint8_t{0});
  out += kFrameCommitmentSize;
  *out++ = static_cast<uint8_t>(inner.kind);
  *out++ = static_cast<uint8_t>(inner.codec);
  out = std::copy(inner.id.bytes.begin(), inner.id.bytes.end(), out);
  StoreLe<uint32_t>(out, inner.plain_size);
}

Result<FrameInner> DecodeInner(ByteView opened) {
  if (opened.size() < kFrameInnerHeadSize) return CorruptIn(kWhat, "it is shorter than its head");
  const ByteView commitment = opened.first(kFrameCommitmentSize);
  if (std::any_of(commitment.begin(), commitment.end(), [](uint8_t b) { return b != 0; })) {
    return CorruptIn(kWhat, "the bytes that commit to its key are not zero");
  }
  ByteReader in(opened.subspan(kFrameCommitmentSize));
  const uint8_t kind = in.U8(), codec = in.U8();
  FrameInner inner;
  inner.id.bytes = in.Array<32>();
  inner.plain_size = in.Le32();
  inner.payload = in.Raw(in.remaining());

  if (!IsKnownKind(kind)) {
    return Status(Code::unsupported, "decode frame: object kind " + std::to_string(kind) + " is not known to this program");
  }
  if (codec > static_cast<uint8_t>(Codec::zstd)) {
    return Status(Code::unsupported, "decode frame: codec " + std::to_string(codec) + " is not known to this program");
  }
  inner.kind = static_cast<ObjectKind>(kind);
  inner.codec = static_cast<Codec>(codec);
  if (!SizesAgree(inner.codec, inner.plain_size, inner.payload.size())) {
    return CorruptIn(kWhat, "its plain length does not go with its payload");
  }
  return inner;
}

}  // namespace pulih
