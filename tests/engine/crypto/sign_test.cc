#include "engine/crypto/sign.h"

#include <catch2/catch.hpp>

#include "engine/base/hex.h"

using namespace pulih;

namespace {

SecretBytes SecretFromHex(std::string_view hex) { return SecretBytes::CopyOf(*FromHex(hex)); }

Bytes Counting(uint8_t from, size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(from + i);
  return bytes;
}

}  // namespace

TEST_CASE("Ed25519 signs as in RFC 8032, from the seed alone") {
  struct Vector {
    std::string_view seed, public_key, message, signature;
  };
  const Vector vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465"
       "5141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb0"
       "0d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc0"
       "27beceea1ec40a"},
  };
  for (const Vector& v : vectors) {
    const SecretBytes seed = SecretFromHex(v.seed);
    const Bytes message = *FromHex(v.message);
    const PublicKey key = SigningPublicKey(seed);
    CHECK(ToHex(key) == v.public_key);
    const Signature signature = Sign(seed, message);
    CHECK(ToHex(signature) == v.signature);
    CHECK(VerifySignature(key, message, signature));
  }
}

TEST_CASE("a signature holds for its bytes and its key only") {
  auto random = NewSeededRandom(1);
  const SigningPair pair = MakeSigningPair(*random), other = MakeSigningPair(*random);
  const Bytes message = ToBytes("config/0");
  const Signature signature = Sign(pair.seed, message);
  REQUIRE(VerifySignature(pair.public_key, message, signature));
  CHECK_FALSE(VerifySignature(other.public_key, message, signature));
  CHECK_FALSE(VerifySignature(pair.public_key, ToBytes("config/1"), signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    Signature changed = signature;
    changed[i] ^= 1;
    REQUIRE_FALSE(VerifySignature(pair.public_key, message, changed));
    REQUIRE_FALSE(VerifySignature(pair.public_key, message, ByteView(signature).first(i)));
  }
}

TEST_CASE("X25519 public keys are those of RFC 7748") {
  const SecretBytes alice = SecretFromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  CHECK(ToHex(BoxPublicKey(alice)) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
}

TEST_CASE("a sealed box made by libsodium's crypto_box_seal opens") {
  const SecretBytes secret = SecretBytes::CopyOf(Counting(1, 32));
  const Bytes sealed = *FromHex(
      "0c04d95cb24eb3cfd6af8007694c2dbf91ecaa236db56fe96625280e524a5d5cef6cfb147cb369989af78a51ad9615eeb99a4d3538a0c610"
      "420c8bd16818cb89f221bba6");
  auto opened = OpenSealed(secret, sealed);
  REQUIRE(opened.ok());
  CHECK(AsText(opened->view()) == "from crypto_box_seal");
}

TEST_CASE("what is sealed to a public key opens with its secret, and with nothing else") {
  auto random = NewSeededRandom(2);
  const BoxPair to = MakeBoxPair(*random), other = MakeBoxPair(*random);
  for (const size_t size : {size_t{0}, size_t{1}, size_t{32}, size_t{1000}}) {
    const Bytes message = Counting(5, size);
    const Bytes sealed = SealToPublicKey(to.public_key, message, *random);
    CHECK(sealed.size() == message.size() + kSealedBoxOverhead);
    auto opened = OpenSealed(to.secret, sealed);  // crypto_box_seal_open
    REQUIRE(opened.ok());
    CHECK(Equal(opened->view(), message));
    CHECK(OpenSealed(other.secret, sealed).status().code() == Code::corrupt);
  }
}

TEST_CASE("every flipped byte and every truncation of a sealed box is refused") {
  auto random = NewSeededRandom(4);
  const BoxPair to = MakeBoxPair(*random);
  const Bytes sealed = SealToPublicKey(to.public_key, Counting(0, 32), *random);
  for (size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    REQUIRE(OpenSealed(to.secret, changed).status().code() == Code::corrupt);
    REQUIRE(OpenSealed(to.secret, ByteView(sealed).first(i)).status().code() == Code::corrupt);
  }
}

TEST_CASE("the same source of randomness seals to the same bytes") {  // I10
  const BoxPair to = MakeBoxPair(*NewSeededRandom(1));
  const Bytes message = Counting(0, 32);
  auto a = NewSeededRandom(9), b = NewSeededRandom(9);
  const Bytes first = SealToPublicKey(to.public_key, message, *a);
  CHECK(first == SealToPublicKey(to.public_key, message, *b));
  CHECK(first != SealToPublicKey(to.public_key, message, *b));

  // As another implementation computed it, from the seeded source's first 32 bytes as ephemeral secret.
  const PublicKey fixed = BoxPublicKey(SecretBytes::CopyOf(Counting(1, 32)));
  CHECK(ToHex(SealToPublicKey(fixed, ToBytes("tender"), *NewSeededRandom(9))) ==
        "faa2d0aaacd1fff59b4b3a0f7e3e6ec3adb2bc9ef5cf654f7b38131155ae470f4cafc3c00ac2007e8256e15f76bf870aa08bf3a2ae51");
}
