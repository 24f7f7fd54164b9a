#include "engine/crypto/sealer.h"

#include <catch2/catch.hpp>

#include <set>

#include "engine/base/endian.h"
#include "engine/base/hex.h"
#include "engine/crypto/aead.h"
#include "formats/repo/group.h"

using namespace pulih;

namespace {

constexpr uint8_t kLevel = 3;

// A generator that has failed: it always gives the same byte.
class FrozenRandom final : public RandomSource {
 public:
  explicit FrozenRandom(uint8_t byte) : byte_(byte) {}
  void Fill(MutableByteView into) override { std::fill(into.begin(), into.end(), byte_); }

 private:
  uint8_t byte_;
};

template <typename Id>
Id Filled(uint8_t byte) {
  Id id;
  id.bytes.fill(byte);
  return id;
}

const DomainId kDomain = Filled<DomainId>(0xd0);
const WriterId kWriter = Filled<WriterId>(0xa1);

SecretBytes CountingKey() {
  SecretBytes key(32);
  for (size_t i = 0; i < key.size(); ++i) key.data()[i] = static_cast<uint8_t>(i);
  return key;
}

// HMAC-SHA-256(00 01 … 1f, "pulih/session/1" ‖ domain ‖ writer), by another implementation.
constexpr std::string_view kGoldenSession = "2c3fc56eac8132555b39f6b67144d0aee587f95b7c0e14ec72c0faeccb17af8a";

SessionKey GoldenSession() {
  auto session = SessionKey::Adopt(CountingKey(), *SessionId::FromHexText(kGoldenSession), kDomain, kWriter);
  REQUIRE(session.ok());
  return std::move(session).value();
}

FrameInner RawChunk(ByteView payload) {
  FrameInner inner;
  inner.id = Filled<ObjectId>(0x0b);
  inner.plain_size = static_cast<uint32_t>(payload.size());
  inner.payload = payload;
  return inner;
}

Code OpenCode(const SessionKey& session, ByteView frame) {
  Bytes storage;
  return session.OpenFrame(frame, storage).status().code();
}

}  // namespace

TEST_CASE("a frame has the bytes that another implementation computed") {
  const SessionKey session = GoldenSession();
  FrozenRandom random(7);
  const Bytes payload = ToBytes("tender 4711");
  CHECK(ToHex(session.SealFrame(RawChunk(payload), kLevel, random)) ==
        "865231d7a587aa2459b2bd6f78bf7cf80f41412f8ba00f2ab5391b7df73156cba068efda57054ac1b2440921a9a689a1bd5981d0bf4e6fd5616b"
        "be6ebb5e65133a4fbfdd1234cfea837d4c4d7cf99709dd45d8d14a525da9ba497dca93fff42e5e1605087dc7de4c23d0baed62a3bbdfab400dfa"
        "843da7a744af29ac8bb1e20d");
}

TEST_CASE("what is sealed in a frame comes back: kind, codec, name, length and payload") {
  auto random = NewSeededRandom(1);
  const SessionKey session = SessionKey::Make(kDomain, kWriter, *random);
  Bytes storage;
  for (const size_t size : {0u, 1u, 13u, 14u, 15u, 16u, 1000u, 1u << 20, kMaxObjectSize}) {
    const Bytes payload(size, 0x5a);
    FrameInner inner = RawChunk(payload);
    inner.kind = size % 2 == 0 ? ObjectKind::node : ObjectKind::group;
    const Bytes frame = session.SealFrame(inner, kLevel, *random);
    CHECK(frame.size() == FrameSizeFor(size));
    CHECK(frame.size() % kFrameAlignment == 0);
    CHECK(frame.capacity() == frame.size());
    CHECK(*session.FrameSizeAt(ByteView(frame).first(kFrameHeadSize)) == frame.size());
    auto opened = session.OpenFrame(frame, storage);
    REQUIRE(opened.ok());
    CHECK(opened->kind == inner.kind);
    CHECK(opened->codec == inner.codec);
    CHECK(opened->id == inner.id);
    CHECK(opened->plain_size == size);
    CHECK(Equal(opened->payload, payload));
  }
  // The storage is by now larger than a small frame needs.
  const Bytes small = ToBytes("small");
  auto opened = session.OpenFrame(session.SealFrame(RawChunk(small), kLevel, *random), storage);
  REQUIRE(opened.ok());
  CHECK(Equal(opened->payload, small));
}

TEST_CASE("a compressed payload keeps its codec and its plain length") {
  auto random = NewSeededRandom(1);
  const SessionKey session = SessionKey::Make(kDomain, kWriter, *random);
  const Bytes payload(100, 1);
  FrameInner inner = RawChunk(payload);
  inner.codec = Codec::zstd;
  inner.plain_size = 5000;
  Bytes storage;
  auto opened = session.OpenFrame(session.SealFrame(inner, kLevel, *random), storage);
  REQUIRE(opened.ok());
  CHECK(opened->codec == Codec::zstd);
  CHECK(opened->plain_size == 5000);
}

TEST_CASE("every flipped bit, every truncation and every addition to a frame is refused") {
  auto random = NewSeededRandom(2);
  const SessionKey session = SessionKey::Make(kDomain, kWriter, *random);
  for (const size_t size : {0u, 11u, 14u, 30u}) {  // fills of 14, 3, 0 and 0 bytes
    const Bytes payload(size, 0x33);
    const Bytes frame = session.SealFrame(RawChunk(payload), kLevel, *random);
    REQUIRE(OpenCode(session, frame) == Code::ok);
    for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
      Bytes changed = frame;
      changed[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      REQUIRE(OpenCode(session, changed) == Code::corrupt);
    }
    for (size_t cut = 0; cut < frame.size(); ++cut) REQUIRE(OpenCode(session, ByteView(frame).first(cut)) == Code::corrupt);
    for (size_t added = 1; added <= 16; ++added) {
      Bytes longer = frame;
      longer.resize(frame.size() + added);
      REQUIRE(OpenCode(session, longer) == Code::corrupt);
    }
  }
}

TEST_CASE("a frame of another session, domain or writer is refused") {
  auto random = NewSeededRandom(3);
  const SessionKey session = SessionKey::Make(kDomain, kWriter, *random);
  const Bytes payload = ToBytes("x");
  const Bytes frame = session.SealFrame(RawChunk(payload), kLevel, *random);
  REQUIRE(OpenCode(session, frame) == Code::ok);
  CHECK(OpenCode(SessionKey::Make(kDomain, kWriter, *random), frame) == Code::corrupt);

  // The same 32 bytes in another domain or under another writer are another session, with another id in the
  // additional data: not even the holder of the key can pass its frames off as another writer's.
  FrozenRandom frozen(9);
  const SessionKey here = SessionKey::Make(kDomain, kWriter, frozen);
  const Bytes sealed_here = here.SealFrame(RawChunk(payload), kLevel, *random);
  REQUIRE(OpenCode(here, sealed_here) == Code::ok);
  CHECK(OpenCode(SessionKey::Make(Filled<DomainId>(1), kWriter, frozen), sealed_here) == Code::corrupt);
  CHECK(OpenCode(SessionKey::Make(kDomain, Filled<WriterId>(1), frozen), sealed_here) == Code::corrupt);
}

TEST_CASE("a seal that holds but lacks the zero bytes that commit to its key is refused") {
  const SessionKey session = GoldenSession();
  FrozenRandom random(7);
  const Bytes payload = ToBytes("tender 4711");
  const Bytes frame = session.SealFrame(RawChunk(payload), kLevel, random);
  // Who holds the session key can seal anything under the frame's own key; made here from the parts.
  const Hmac by_session(session.secret());
  const Digest frame_key = Hmac(by_session.Mac({AsBytes("pulih/frame-key/1")}).view()).Mac({ByteView(frame).first(24)});
  AeadNonce nonce;
  std::copy_n(frame.begin(), nonce.size(), nonce.begin());
  Bytes additional = ToBytes(session.id().view());
  additional.insert(additional.begin(), kFrameVersion);
  const size_t sealed_size = kFrameInnerHeadSize + payload.size() + kFrameTagSize;
  Bytes inner(sealed_size - kFrameTagSize);
  REQUIRE(AeadOpen(frame_key.view(), nonce, additional, ByteView(frame).subspan(kFrameHeadSize, sealed_size), inner));
  inner[0] = 1;
  Bytes forged = frame;
  AeadSeal(frame_key.view(), nonce, additional, inner, MutableByteView(forged).subspan(kFrameHeadSize, sealed_size));
  CHECK(OpenCode(session, forged) == Code::corrupt);
}

TEST_CASE("the size of a frame is told from its head, and nonsense is refused") {
  const SessionKey session = GoldenSession();
  FrozenRandom random(7);
  const Bytes payload(100, 1);
  const Bytes frame = session.SealFrame(RawChunk(payload), kLevel, random);
  REQUIRE(*session.FrameSizeAt(ByteView(frame).first(kFrameHeadSize)) == frame.size());
  CHECK(*session.FrameSizeAt(frame) == frame.size());
  CHECK(session.FrameSizeAt(ByteView(frame).first(kFrameHeadSize - 1)).status().code() == Code::corrupt);

  const size_t least = kFrameInnerHeadSize + kFrameTagSize, sealed_size = least + payload.size();
  const auto with_length = [&](size_t length) {
    Bytes head = ToBytes(ByteView(frame).first(kFrameHeadSize));
    const uint32_t mask = LoadLe<uint32_t>(frame.data() + kFrameNonceSize) ^ static_cast<uint32_t>(sealed_size);
    StoreLe(head.data() + kFrameNonceSize, mask ^ static_cast<uint32_t>(length));
    return session.FrameSizeAt(head);
  };
  CHECK(*with_length(least) == FrameSizeFor(0));
  CHECK(*with_length(least + kMaxObjectSize) == kMaxFrameSize);
  CHECK(with_length(least - 1).status().code() == Code::corrupt);
  CHECK(with_length(least + kMaxObjectSize + 1).status().code() == Code::corrupt);
  CHECK(with_length(0).status().code() == Code::corrupt);
  CHECK(with_length(UINT32_MAX).status().code() == Code::corrupt);
}

TEST_CASE("a hundred thousand frames never share a nonce, even when the source of randomness is frozen") {
  const SessionKey session = GoldenSession();
  FrozenRandom frozen(0);
  const Namer namer(Bytes(32, 1));
  std::set<std::array<uint8_t, kFrameNonceSize>> nonces;
  constexpr uint32_t kFrames = 100'000;
  for (uint32_t i = 0; i < kFrames; ++i) {
    std::array<uint8_t, 4> plain;
    StoreLe(plain.data(), i);
    FrameInner inner = RawChunk(plain);
    inner.id = namer.ObjectName(ObjectKind::chunk, Sha256Of(plain));
    const Bytes frame = session.SealFrame(inner, kLevel, frozen);
    std::array<uint8_t, kFrameNonceSize> nonce;
    std::copy_n(frame.begin(), nonce.size(), nonce.begin());
    nonces.insert(nonce);
  }
  CHECK(nonces.size() == kFrames);
}

TEST_CASE("every field that changes the sealed bytes changes a frame's nonce") {
  const SessionKey session = GoldenSession();
  FrozenRandom frozen(0);
  const Bytes payload(50, 1);
  const auto nonce_of = [&](const FrameInner& inner, uint8_t level) {
    const Bytes frame = session.SealFrame(inner, level, frozen);
    return Bytes(frame.begin(), frame.begin() + kFrameNonceSize);
  };
  FrameInner compressed = RawChunk(payload);
  compressed.codec = Codec::zstd;
  compressed.plain_size = 100;
  FrameInner shorter = compressed;
  shorter.payload = ByteView(payload).first(49);
  FrameInner node = RawChunk(payload), other = RawChunk(payload);
  node.kind = ObjectKind::node;
  other.id.bytes[31] ^= 1;
  const std::set<Bytes> nonces = {nonce_of(RawChunk(payload), 3), nonce_of(RawChunk(payload), 4), nonce_of(compressed, 3),
                                  nonce_of(shorter, 3),           nonce_of(node, 3),              nonce_of(other, 3)};
  CHECK(nonces.size() == 6);
  FrozenRandom awake(1);
  const Bytes hedged = session.SealFrame(RawChunk(payload), 3, awake);
  CHECK(nonces.count(Bytes(hedged.begin(), hedged.begin() + kFrameNonceSize)) == 0);
}

TEST_CASE("a session key filed under another id is refused") {
  const SessionId id = *SessionId::FromHexText(kGoldenSession);
  CHECK(SessionKey::Adopt(CountingKey(), id, kDomain, kWriter).ok());
  const auto refused = [](SecretBytes key, const SessionId& session, const DomainId& domain, const WriterId& writer) {
    return SessionKey::Adopt(std::move(key), session, domain, writer).status().code() == Code::wrong_key;
  };
  for (size_t i = 0; i < SessionId::kSize; ++i) {
    SessionId other = id;
    other.bytes[i] ^= 1;
    REQUIRE(refused(CountingKey(), other, kDomain, kWriter));
  }
  SecretBytes other_key = CountingKey();
  other_key.data()[31] ^= 1;
  CHECK(refused(std::move(other_key), id, kDomain, kWriter));
  CHECK(refused(CountingKey(), id, Filled<DomainId>(0xd1), kWriter));
  CHECK(refused(CountingKey(), id, kDomain, Filled<WriterId>(0xa2)));
  CHECK(refused(SecretBytes(), id, kDomain, kWriter));
  CHECK(refused(SecretBytes(31), id, kDomain, kWriter));
}

// It was left zero, so every session that a rotation sealed again was filed under writer 0 and never found.
TEST_CASE("a session key knows whose it is") {
  CHECK(GoldenSession().writer() == kWriter);
  CHECK(SessionKey::Make(kDomain, kWriter, *NewSeededRandom(1)).writer() == kWriter);
}

TEST_CASE("names are those that another implementation computed") {
  const Namer namer(Bytes(32, 0x1d));
  const Bytes abc = ToBytes("abc");
  CHECK(namer.ObjectName(ObjectKind::chunk, Sha256Of(abc)).hex() == "f24e28f0ecd9b2e8bbdbc15b4e288e33729f2f24bf58d9d438ef228a977fc07c");
  CHECK(namer.FileName(Sha256Of(abc)).hex() == "35029f24505191c40896a1c4b3db1549d3f268ea2e8b161b6dbf146c325789dc");
  CHECK(namer.LinkName(ToBytes(std::string_view("a\0b", 3))).hex() == "e3edc0a082627276f4377e15bd66ec49");
  CHECK(namer.Blind("retention", ToBytes("host")).hex() == "524fcf6a72975bb03112188d111c5a23239ddf1158839747d0752d8d4ff33bb8");

  Bytes group = ToBytes("abcde");
  AppendGroupTable(group, {3, 2});
  auto name = namer.NameOf(ObjectKind::group, group);
  REQUIRE(name.ok());
  CHECK(name->hex() == "d56863ceea3482b2a4c5807d77a495023b4eb363fb6b94aca0a88da47d4c8e5a");
}

TEST_CASE("a plaintext's name is recomputed by its kind, and a torn group has none") {
  const Namer namer(Bytes(32, 0x1d)), stranger(Bytes(32, 0x1e));
  const Bytes plain = ToBytes("some content");
  CHECK(*namer.NameOf(ObjectKind::chunk, plain) == namer.ObjectName(ObjectKind::chunk, Sha256Of(plain)));
  CHECK(*namer.NameOf(ObjectKind::node, plain) == namer.ObjectName(ObjectKind::node, Sha256Of(plain)));
  CHECK(*namer.NameOf(ObjectKind::chunk, plain) != *namer.NameOf(ObjectKind::node, plain));
  CHECK(*namer.NameOf(ObjectKind::chunk, plain) != *stranger.NameOf(ObjectKind::chunk, plain));
  CHECK(namer.NameOf(ObjectKind::group, plain).status().code() == Code::corrupt);
  CHECK(namer.Blind("a", ToBytes("b")) != namer.Blind("ab", {}));

  // Where members meet is part of a group's name, not only what they add up to.
  Bytes one = ToBytes("abcde"), two = one;
  AppendGroupTable(one, {3, 2});
  AppendGroupTable(two, {2, 3});
  CHECK(*namer.NameOf(ObjectKind::group, one) != *namer.NameOf(ObjectKind::group, two));
}
