// The envelope of every small signed blob of a repository (config, certificates, wraps):
//   magic 8 | le32 version | le32 body length | body | Ed25519 signature 64 over all bytes before it
// A newer version is `unsupported` and is named; anything else that does not fit is `corrupt`. Nothing in the
// body is interpreted before the signature holds (I4): that is the caller's duty, who has the key.
//
// Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr size_t kSignedBlobHeadSize = 16;
inline constexpr size_t kSignedBlobSignatureSize = 64;

// The bytes to be signed; append the signature to them.
Bytes EncodeSignedBlobHead(std::string_view magic, uint32_t version, ByteView body);

struct SignedBlobView {
  ByteView body;
  ByteView signed_bytes;
  ByteView signature;
};
// `what` names the kind of blob in messages: "config".
Result<SignedBlobView> ParseSignedBlob(std::string_view magic, uint32_t version, std::string_view what, ByteView blob);

}  // namespace pulih
