// Sealing objects into frames and opening them again (layout: formats/repo/frame.h).
//
// A SessionKey is 32 random bytes made for one run. Its id is HMAC-SHA-256(key, "pulih/session/1" ‖ domain ‖
// writer): a commitment, checked before the key is used. Subkeys: K_mask, K_nonce, K_frame = HMAC(key,
// "pulih/frame-mask/1", "pulih/frame-nonce/1", "pulih/frame-key/1").
//   nonce     = first 24 bytes of HMAC(K_nonce, 32 random bytes ‖ kind ‖ ObjectId ‖ codec ‖ level ‖ le32 payload length)
//   frame key = HMAC(K_frame, nonce)
//   mask      = HMAC(K_mask, nonce): 4 bytes hide the length, the next ones are the fill at the frame's end
//   additional data = u8 frame version ‖ SessionId
// Hedged nonces repeat only if randomness *and* content repeat, need no counter, and let any number of
// threads seal at once. Per-frame keys let one frame be opened for an auditor without the rest.
//
// Thread-safe once constructed. Nothing is interpreted before the seal holds (I4).
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret_bytes.h"
#include "engine/crypto/sha256.h"
#include "formats/repo/frame.h"

namespace pulih {

class SessionKey {
 public:
  static SessionKey Make(const DomainId& domain, const WriterId& writer, RandomSource& random);
  // wrong_key when the key does not match the id it was filed under.
  static Result<SessionKey> Adopt(SecretBytes key, const SessionId& expected, const DomainId& domain, const WriterId& writer);

  const SessionId& id() const { return id_; }
  const WriterId& writer() const { return writer_; }
  ByteView secret() const { return key_.view(); }

  // The whole frame, fill included. `inner.payload` is already compressed; `level` only feeds the nonce.
  Bytes SealFrame(const FrameInner& inner, uint8_t level, RandomSource& random) const;

  // What a frame at a known place holds. `frame` is its stored bytes, fill included; `storage` receives the
  // opened bytes, which the result's payload borrows. corrupt when length or seal do not hold.
  Result<FrameInner> OpenFrame(ByteView frame, Bytes& storage) const;

  // The stored size (fill included) of the frame that starts with `head` (kFrameHeadSize bytes): for walking a
  // pack whose directory is lost. corrupt when it is beyond kMaxFrameSize.
  Result<uint32_t> FrameSizeAt(ByteView head) const;

 private:
  SessionKey(SecretBytes key, const DomainId& domain, const WriterId& writer);
  SecretBytes key_;
  WriterId writer_;
  SessionId id_;
  Hmac mask_, nonce_, frame_;
};

// Names of contents. K_id in, names out; shared by writer and reader.
class Namer {
 public:
  explicit Namer(ByteView k_id) : hmac_(k_id) {}
  // HMAC(K_id, u8 kind ‖ SHA-256(plaintext)); for a group, `digest` is the hash of its member list.
  ObjectId ObjectName(ObjectKind kind, const Digest& digest) const;
  // HMAC(K_id, "file" ‖ SHA-256(content)).
  FileId FileName(const Digest& content) const;
  // HMAC(K_id, "link" ‖ key of the group's first path), cut to 16 bytes.
  HardLinkId LinkName(ByteView first_key) const;
  // HMAC(K_id, label ‖ 0 ‖ bytes): retention groups, catalog keys.
  Digest Blind(std::string_view label, ByteView bytes) const;

  // Recomputes the name of a plaintext: a chunk's or node's from its hash, a group's from its member table.
  // corrupt when a group's table does not parse.
  Result<ObjectId> NameOf(ObjectKind kind, ByteView plain) const;

 private:
  Hmac hmac_;
};

}  // namespace pulih
