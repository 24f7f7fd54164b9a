#include "formats/repo/signed_blob.h"

#include "formats/repo/config.h"
#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

Bytes Golden() { return Hex("50554c4948434647 01000000 03000000 aabbcc" + Repeated(0x51, 64)); }

TEST_CASE("a signed blob is head, body and signature") {
  const Bytes body = {0xaa, 0xbb, 0xcc};
  Bytes blob = EncodeSignedBlobHead("PULIHCFG", 1, body);
  CHECK(blob.size() == kSignedBlobHeadSize + body.size());
  blob.insert(blob.end(), kSignedBlobSignatureSize, 0x51);
  CHECK(ToHex(blob) == ToHex(Golden()));

  const auto view = ParseSignedBlob("PULIHCFG", 1, "config", blob);
  REQUIRE(view.ok());
  CHECK(Equal(view->body, body));
  CHECK(view->signed_bytes.data() == blob.data());
  CHECK(view->signed_bytes.size() == kSignedBlobHeadSize + body.size());
  CHECK(Equal(view->signature, Bytes(64, 0x51)));
}

TEST_CASE("a signed blob is canonical") {
  IsCanonical(Golden(), ReencodeSignedBlob);
  ATrailingByteIsRefused(Golden(), ReencodeSignedBlob);
  RandomValuesComeBack(500, SignedBlobSpecimen, ReencodeSignedBlob);
}

TEST_CASE("a signed blob with another magic cannot pose") {
  const auto status = ParseSignedBlob("PULIHCRT", 1, "certificate", Golden()).status();
  CHECK(status.code() == Code::corrupt);
  CHECK(status.message() == "decode certificate: it does not start with PULIHCRT");
}

TEST_CASE("a signed blob of a newer version is unsupported and named, whatever follows") {
  Bytes bytes = Golden();
  bytes[8] = 9;
  bytes.resize(20);
  const auto status = ParseSignedBlob("PULIHCFG", 1, "config", bytes).status();
  CHECK(status.code() == Code::unsupported);
  CHECK(status.message() == "decode config: format version 9 is newer than 1, the newest this program knows");
}

TEST_CASE("a signed blob's body length is compared with what is there") {
  for (const std::string length : {"00000000", "02000000", "04000000", "ffffffff", "43000000"}) {
    CHECK_FALSE(ParseSignedBlob("PULIHCFG", 1, "config", Hex("50554c4948434647 01000000" + length + "aabbcc" + Repeated(0x51, 64))).ok());
  }
  CHECK(ParseSignedBlob("PULIHCFG", 1, "config", Hex("50554c4948434647 01000000 00000000" + Repeated(0x51, 64))).ok());
}

}  // namespace
}  // namespace pulih
