// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104): the names of everything. They come from OpenSSL's
// libcrypto, because it uses the processor's SHA instructions (1.6 GB/s a core on the machine where this
// was chosen; libsodium's 0.39), and because names must be checkable with sha256sum.
// The one place that includes OpenSSL is object_hash.cc.
//
// Values. A Sha256 can be copied in mid-stream: a pack's body hash and its name share one pass.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"

namespace pulih {

class Sha256 {
 public:
  Sha256();
  void Update(ByteView bytes);
  Digest Finish() const;  // of everything so far; the stream may go on

 private:
  // libcrypto's SHA256_CTX, kept as plain words so that this header needs no OpenSSL. Checked in the .cc.
  alignas(8) uint8_t state_[112];
};

Digest Sha256Of(ByteView bytes);
Digest Sha256Of(std::initializer_list<ByteView> pieces);

// HMAC with a fixed key: the two key blocks are hashed once. Holds secret state; wiped when destroyed.
class Hmac {
 public:
  explicit Hmac(ByteView key);
  ~Hmac();
  Hmac(const Hmac&) = default;
  Hmac& operator=(const Hmac&) = default;

  Digest Mac(std::initializer_list<ByteView> pieces) const;

 private:
  Sha256 inner_, outer_;
};

}  // namespace pulih
