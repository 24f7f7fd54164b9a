#include "engine/crypto/sealer.h"

#include "engine/base/check.h"
#include "engine/base/endian.h"
#include "engine/crypto/aead.h"
#include "formats/repo/group.h"

namespace pulih {
namespace {

static_assert(kFrameNonceSize == kAeadNonceSize && kFrameTagSize == kAeadTagSize);
constexpr size_t kSessionKeySize = 32;
constexpr size_t kMinSealedSize = kFrameInnerHeadSize + kFrameTagSize;
constexpr size_t kMaxSealedSize = kMinSealedSize + kMaxObjectSize;
constexpr size_t kAdditionalSize = 1 + SessionId::kSize;
using Additional = std::array<uint8_t, kAdditionalSize>;

std::array<uint8_t, 4> Le32(uint32_t v) {
  std::array<uint8_t, 4> bytes;
  StoreLe(bytes.data(), v);
  return bytes;
}

Hmac Subkey(ByteView key, std::string_view context) {
  Digest derived = Hmac(key).Mac({AsBytes(context)});
  Hmac subkey(derived.view());
  WipeMemory(derived.bytes);
  return subkey;
}

// The key of one frame, wiped when the frame is done.
class FrameKey {
 public:
  FrameKey(const Hmac& frame, const AeadNonce& nonce) : key_(frame.Mac({nonce})) {}
  ~FrameKey() { WipeMemory(key_.bytes); }
  FrameKey(const FrameKey&) = delete;
  FrameKey& operator=(const FrameKey&) = delete;
  ByteView view() const { return key_.view(); }

 private:
  Digest key_;
};

Additional AdditionalOf(const SessionId& session) {
  Additional additional;
  additional[0] = kFrameVersion;
  std::copy(session.bytes.begin(), session.bytes.end(), additional.begin() + 1);
  return additional;
}

// HMAC(K_mask, nonce) hides the length with its first 4 bytes and gives the fill from the next: to others the
// fill looks random, and to us a frame has no byte that could change unnoticed.
ByteView MaskFill(const Digest& mask, size_t size) { return mask.view().subspan(4, size); }

struct FrameHead {
  AeadNonce nonce;
  Digest mask;
  uint32_t sealed_size = 0;
  uint32_t frame_size() const { return static_cast<uint32_t>(FrameSizeFor(sealed_size - kMinSealedSize)); }
};

Status BadFrame(const SessionId& session, std::string_view why) {
  return Status(Code::corrupt, "opening a frame failed: session " + session.hex().substr(0, 16) + ": " + std::string(why));
}

Result<FrameHead> ReadFrameHead(const Hmac& mask, const SessionId& session, ByteView bytes) {
  if (bytes.size() < kFrameHeadSize) return BadFrame(session, "the frame is cut short");
  FrameHead head;
  std::copy_n(bytes.begin(), kFrameNonceSize, head.nonce.begin());
  head.mask = mask.Mac({head.nonce});
  head.sealed_size = LoadLe<uint32_t>(bytes.data() + kFrameNonceSize) ^ LoadLe<uint32_t>(head.mask.bytes.data());
  if (head.sealed_size < kMinSealedSize || head.sealed_size > kMaxSealedSize) {
    return BadFrame(session, "its length makes no sense");
  }
  return head;
}

}  // namespace

SessionKey::SessionKey(SecretBytes key, const DomainId& domain, const WriterId& writer)
    : key_(std::move(key)),
      writer_(writer),
      id_{Hmac(key_.view()).Mac({AsBytes("pulih/session/1"), domain.view(), writer.view()}).bytes},
      mask_(Subkey(key_.view(), "pulih/frame-mask/1")),
      nonce_(Subkey(key_.view(), "pulih/frame-nonce/1")),
      frame_(Subkey(key_.view(), "pulih/frame-key/1")) {}

SessionKey SessionKey::Make(const DomainId& domain, const WriterId& writer, RandomSource& random) {
  SecretBytes key(kSessionKeySize);
  random.Fill(key.mutable_view());
  return SessionKey(std::move(key), domain, writer);
}

Result<SessionKey> SessionKey::Adopt(SecretBytes key, const SessionId& expected, const DomainId& domain,
                                     const WriterId& writer) {
  if (key.size() == kSessionKeySize) {
    SessionKey session(std::move(key), domain, writer);
    if (EqualSecrets(session.id().view(), expected.view())) return session;
  }
  return Status(Code::wrong_key, "taking a session key failed: session " + expected.hex().substr(0, 16) +
                                     ": the key is not the one that the session is named after");
}

// One allocation of the final size; the payload is copied once, behind its head, and sealed where it stands.
Bytes SessionKey::SealFrame(const FrameInner& inner, uint8_t level, RandomSource& random) const {
  PULIH_CHECK(inner.payload.size() <= kMaxObjectSize);
  const auto payload_size = static_cast<uint32_t>(inner.payload.size());
  const std::array<uint8_t, 32> hedge = random.Array<32>();
  const std::array<uint8_t, 1> kind{static_cast<uint8_t>(inner.kind)};
  const std::array<uint8_t, 2> codec_and_level{static_cast<uint8_t>(inner.codec), level};
  const Digest nonce_source = nonce_.Mac({hedge, kind, inner.id.view(), codec_and_level, Le32(payload_size)});
  AeadNonce nonce;
  std::copy_n(nonce_source.bytes.begin(), nonce.size(), nonce.begin());
  const Digest mask = mask_.Mac({nonce});
  const size_t inner_size = kFrameInnerHeadSize + payload_size;
  const auto sealed_size = static_cast<uint32_t>(inner_size + kFrameTagSize);

  Bytes frame;
  frame.reserve(FrameSizeFor(payload_size));
  Append(frame, nonce);
  Append(frame, Le32(sealed_size ^ LoadLe<uint32_t>(mask.bytes.data())));
  std::array<uint8_t, kFrameInnerHeadSize> head;
  EncodeInnerHead(inner, head.data());
  Append(frame, head);
  Append(frame, inner.payload);
  frame.resize(frame.size() + kFrameTagSize);
  const MutableByteView sealed = MutableByteView(frame).subspan(kFrameHeadSize);
  AeadSeal(FrameKey(frame_, nonce).view(), nonce, AdditionalOf(id_), sealed.first(inner_size), sealed);
  Append(frame, MaskFill(mask, FrameSizeFor(payload_size) - frame.size()));
  return frame;
}

Result<FrameInner> SessionKey::OpenFrame(ByteView frame, Bytes& storage) const {
  PULIH_TRY_ASSIGN(const FrameHead head, ReadFrameHead(mask_, id_, frame));
  if (frame.size() != head.frame_size()) return BadFrame(id_, "its length is not that of its place");
  const ByteView sealed = frame.subspan(kFrameHeadSize, head.sealed_size);
  const ByteView fill = frame.subspan(kFrameHeadSize + head.sealed_size);
  if (!EqualSecrets(fill, MaskFill(head.mask, fill.size()))) return BadFrame(id_, "its fill was changed");
  // A buffer that is handed in again is not shrunk, so it is zeroed only when it grows: the payload's view
  // says what of it counts.
  const size_t inner_size = sealed.size() - kFrameTagSize;
  if (storage.size() < inner_size) {
    storage.clear();
    storage.resize(inner_size);
  }
  const MutableByteView opened = MutableByteView(storage).first(inner_size);
  if (!AeadOpen(FrameKey(frame_, head.nonce).view(), head.nonce, AdditionalOf(id_), sealed, opened)) {
    return BadFrame(id_, "its seal does not hold");
  }
  return DecodeInner(opened);
}

Result<uint32_t> SessionKey::FrameSizeAt(ByteView head) const {
  PULIH_TRY_ASSIGN(const FrameHead read, ReadFrameHead(mask_, id_, head));
  return read.frame_size();
}

ObjectId Namer::ObjectName(ObjectKind kind, const Digest& digest) const {
  const std::array<uint8_t, 1> kind_byte{static_cast<uint8_t>(kind)};
  return ObjectId{hmac_.Mac({kind_byte, digest.view()}).bytes};
}

FileId Namer::FileName(const Digest& content) const {
  return FileId{hmac_.Mac({AsBytes("file"), content.view()}).bytes};
}

HardLinkId Namer::LinkName(ByteView first_key) const {
  const Digest mac = hmac_.Mac({AsBytes("link"), first_key});
  return *HardLinkId::FromView(mac.view().first(HardLinkId::kSize));
}

Digest Namer::Blind(std::string_view label, ByteView bytes) const {
  const std::array<uint8_t, 1> zero{0};
  return hmac_.Mac({AsBytes(label), zero, bytes});
}

Result<ObjectId> Namer::NameOf(ObjectKind kind, ByteView plain) const {
  if (kind != ObjectKind::group) return ObjectName(kind, Sha256Of(plain));
  PULIH_TRY_ASSIGN(const GroupView group, ParseGroup(plain));
  Sha256 members;
  for (const ByteView member : group.members) {
    members.Update(Le32(static_cast<uint32_t>(member.size())));
    members.Update(Sha256Of(member).view());
  }
  return ObjectName(kind, members.Finish());
}

}  // namespace pulih
