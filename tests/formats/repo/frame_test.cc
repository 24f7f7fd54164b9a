#include "formats/repo/frame.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

// A raw chunk of three bytes.
Bytes Opened() {
  return Hex(Repeated(0, 32) + "01 00" + Repeated(0xa7, 32) + "03000000" + "616263");
}

Bytes OpenedWith(uint8_t kind, uint8_t codec, std::string plain_size, std::string payload) {
  return Hex(Repeated(0, 32) + ToHex(Bytes{kind, codec}) + Repeated(0xa7, 32) + plain_size + payload);
}

TEST_CASE("the inner head of a frame has the bytes that the format says") {
  const Bytes payload = ToBytes("abc");
  FrameInner inner;
  inner.kind = ObjectKind::chunk;
  inner.codec = Codec::raw;
  inner.id.bytes.fill(0xa7);
  inner.plain_size = 3;
  inner.payload = payload;
  Bytes out(kFrameInnerHeadSize, 0xee);
  EncodeInnerHead(inner, out.data());
  Append(out, payload);
  CHECK(ToHex(out) == ToHex(Opened()));

  const Bytes opened = Opened();
  const auto back = DecodeInner(opened);
  REQUIRE(back.ok());
  CHECK(back->kind == ObjectKind::chunk);
  CHECK(back->codec == Codec::raw);
  CHECK(back->id == inner.id);
  CHECK(back->plain_size == 3);
  CHECK(AsText(back->payload) == "abc");
}

TEST_CASE("a frame's inner part is canonical") {
  IsCanonical(Opened(), ReencodeFrame);
  RandomValuesComeBack(1000, FrameSpecimen, ReencodeFrame);
}

TEST_CASE("a frame whose commitment is not zero is corrupt") {
  for (size_t at = 0; at < kFrameCommitmentSize; ++at) {
    Bytes bytes = Opened();
    bytes[at] = 1;
    CHECK(DecodeInner(bytes).status().code() == Code::corrupt);
  }
}

TEST_CASE("a frame of a kind or codec from the future is unsupported and named") {
  const auto kind = DecodeInner(OpenedWith(4, 0, "03000000", "616263")).status();
  CHECK(kind.code() == Code::unsupported);
  CHECK(kind.message() == "decode frame: object kind 4 is not known to this program");
  const auto codec = DecodeInner(OpenedWith(1, 2, "03000000", "616263")).status();
  CHECK(codec.code() == Code::unsupported);
  CHECK(codec.message() == "decode frame: codec 2 is not known to this program");
}

TEST_CASE("a frame's plain length is bounded and goes with its payload") {
  CHECK_FALSE(DecodeInner(OpenedWith(1, 0, "02000000", "616263")).ok());
  CHECK_FALSE(DecodeInner(OpenedWith(1, 0, "04000000", "616263")).ok());
  CHECK(DecodeInner(OpenedWith(1, 0, "00000000", "")).ok());
  // Compressed: shorter than the plaintext, which is at most kMaxObjectSize.
  CHECK(DecodeInner(OpenedWith(1, 1, "04000000", "616263")).ok());
  CHECK_FALSE(DecodeInner(OpenedWith(1, 1, "03000000", "616263")).ok());
  CHECK_FALSE(DecodeInner(OpenedWith(1, 1, "04000000", "")).ok());
  CHECK(DecodeInner(OpenedWith(1, 1, "00004000", "616263")).ok());
  CHECK_FALSE(DecodeInner(OpenedWith(1, 1, "01004000", "616263")).ok());
  CHECK_FALSE(DecodeInner(OpenedWith(1, 1, "ffffffff", "616263")).ok());
}

TEST_CASE("frame sizes are multiples of the alignment and hold the payload") {
  CHECK(kFrameOverhead == 114);
  CHECK(FrameSizeFor(0) == 128);
  CHECK(FrameSizeFor(14) == 128);
  CHECK(FrameSizeFor(15) == 144);
  CHECK(FrameSizeFor(kMaxObjectSize) == kMaxFrameSize);
}

}  // namespace
}  // namespace pulih
