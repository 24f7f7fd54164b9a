#include "engine/crypto/sha256.h"

#include <catch2/catch.hpp>

#include "engine/base/hex.h"
#include "engine/crypto/random.h"
#include "engine/crypto/siphash.h"

using namespace pulih;

namespace {

std::string HashHex(std::string_view text) { return Sha256Of(AsBytes(text)).hex(); }

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(HashHex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(HashHex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HashHex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(HashHex(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a SHA-256 taken in pieces is that of the whole, however it is cut") {
  const std::string text(200, 'x');
  const Digest whole = Sha256Of(AsBytes(text));
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.Update(AsBytes(text).first(cut));
    hash.Update(AsBytes(text).subspan(cut));
    REQUIRE(hash.Finish() == whole);
    REQUIRE(Sha256Of({AsBytes(text).first(cut), AsBytes(text).subspan(cut)}) == whole);
  }
}

TEST_CASE("a SHA-256 can be read and copied in mid-stream and goes on") {
  Sha256 hash;
  hash.Update(AsBytes("ab"));
  Sha256 fork = hash;
  CHECK(hash.Finish() == Sha256Of(AsBytes("ab")));
  hash.Update(AsBytes("c"));
  fork.Update(AsBytes("d"));
  CHECK(hash.Finish() == Sha256Of(AsBytes("abc")));
  CHECK(fork.Finish() == Sha256Of(AsBytes("abd")));
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231") {
  struct Vector {
    Bytes key;
    std::string message;
    std::string mac;
  };
  Bytes counting(25);
  for (size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<uint8_t>(i + 1);
  const Vector vectors[] = {
      {Bytes(20, 0x0b), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {ToBytes("Jefe"), "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {Bytes(20, 0xaa), std::string(50, '\xdd'), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {Bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {Bytes(131, 0xaa),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const Vector& v : vectors) {
    const Hmac hmac(v.key);
    CHECK(hmac.Mac({AsBytes(v.message)}).hex() == v.mac);
    // The key blocks are hashed once: a second code, and one taken in pieces, must be the same.
    CHECK(hmac.Mac({AsBytes(v.message).first(3), AsBytes(v.message).subspan(3)}).hex() == v.mac);
  }
}

TEST_CASE("SipHash-2-4 gives the values of its reference implementation") {
  SipKey key;
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  Bytes message(64);
  for (size_t i = 0; i < message.size(); ++i) message[i] = static_cast<uint8_t>(i);
  const std::pair<size_t, uint64_t> vectors[] = {
      {0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},  {2, 0x0d6c8009d9a94f5a},  {7, 0xab0200f58b01d137},
      {8, 0x93f5f5799a932462}, {15, 0xa129ca6149be45e5}, {63, 0x958a324ceb064572},
  };
  for (const auto& [size, value] : vectors) CHECK(SipHash24(key, ByteView(message).first(size)) == value);
}
