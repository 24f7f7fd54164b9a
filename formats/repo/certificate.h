// certs/<id>: who may write, signed by the root key. Envelope: signed_blob.h, magic "PULIHCRT". Body:
//   u8 kind (1 certificate, 2 revocation) | DomainId 16 | WriterId 16 | le64 time ns
//   | certificate: u8 role | signing public key 32 | box public key 32 | u8 label length, label (UTF-8, <= 64)
//   | revocation:  le64 last accepted entries of the writer's log
// WriterId = first 16 bytes of SHA-256("pulih/writer/1" ‖ signing key ‖ box key): it cannot be claimed with
// other keys. A revocation holds from the moment that it is seen: entries of the writer's log beyond the
// number are not accepted, what was written before stays readable.
//
// Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace pulih {

inline constexpr uint32_t kCertificateVersion = 1;
inline constexpr std::string_view kCertificateMagic = "PULIHCRT";

enum class Role : uint8_t { owner = 1, restore = 2, backup = 3, maintain = 4, audit = 5 };
std::string_view RoleName(Role role);

struct Certificate {
  bool is_revocation = false;
  DomainId domain;
  WriterId writer;
  int64_t time_ns = 0;
  // certificate
  Role role = Role::backup;
  std::array<uint8_t, 32> sign_key{}, box_key{};
  std::string label;
  // revocation
  uint64_t last_entries = 0;
};

Bytes EncodeCertificateBody(const Certificate& certificate);
Result<Certificate> DecodeCertificateBody(ByteView body);

}  // namespace pulih
