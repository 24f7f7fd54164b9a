#include "engine/recover/claim_codec.h"
#include "tests/fuzz/identity.h"

namespace {
std::optional<pulih::Bytes> Reencode(pulih::ByteView bytes) {
  const auto claim = pulih::DecodeRowClaim(bytes);
  if (!claim.ok()) return std::nullopt;
  return pulih::EncodeRowClaim(*claim);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { return pulih::RequireIdentity(data, size, Reencode); }
