#include "engine/recover/claim_codec.h"
#include "tests/fuzz/identity.h"

namespace {
std::optional<pulih::Bytes> Reencode(pulih::ByteView bytes) {
  const auto schema = pulih::DecodeSchema(bytes);
  if (!schema.ok()) return std::nullopt;
  return pulih::EncodeSchema(*schema);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { return pulih::RequireIdentity(data, size, Reencode); }
