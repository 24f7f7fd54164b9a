#include "formats/repo/certificate.h"

#include "engine/base/byte_reader.h"
#include "engine/base/byte_writer.h"
#include "engine/base/check.h"
#include "formats/repo/decode_status.h"

namespace pulih {

namespace {

constexpr std::string_view kWhat = "certificate";
constexpr uint8_t kKindCertificate = 1;
constexpr uint8_t kKindRevocation = 2;
constexpr size_t kMaxLabelSize = 64;

bool IsKnownRole(uint8_t role) {
  return role >= static_cast<uint8_t>(Role::owner) && role <= static_cast<uint8_t>(Role::audit);
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::owner: return "owner";
    case Role::restore: return "restore";
    case Role::backup: return "backup";
    case Role::maintain: return "maintain";
    case Role::audit: return "audit";
  }
  return "unknown";
}

Bytes EncodeCertificateBody(const Certificate& certificate) {
  ByteWriter out;
  out.U8(certificate.is_revocation ? kKindRevocation : kKindCertificate);
  out.Raw(certificate.domain.view());
  out.Raw(certificate.writer.view());
  out.Le64(static_cast<uint64_t>(certificate.time_ns));
  if (certificate.is_revocation) {
    out.Le64(certificate.last_entries);
    return std::move(out).Take();
  }
  PULIH_CHECK(certificate.label.size() <= kMaxLabelSize);
  out.U8(static_cast<uint8_t>(certificate.role));
  out.Raw(certificate.sign_key);
  out.Raw(certificate.box_key);
  out.U8(static_cast<uint8_t>(certificate.label.size()));
  out.Raw(AsBytes(certificate.label));
  return std::move(out).Take();
}

Result<Certificate> DecodeCertificateBody(ByteView body) {
  ByteReader in(body);
  Certificate certificate;
  const uint8_t kind = in.U8();
  if (kind != kKindCertificate && kind != kKindRevocation) return CorruptIn(kWhat, "its kind is not known");
  certificate.is_revocation = kind == kKindRevocation;
  certificate.domain.bytes = in.Array<DomainId::kSize>();
  certificate.writer.bytes = in.Array<WriterId::kSize>();
  certificate.time_ns = static_cast<int64_t>(in.Le64());
  if (certificate.is_revocation) {
    certificate.last_entries = in.Le64();
  } else {
    const uint8_t role = in.U8();
    certificate.sign_key = in.Array<32>();
    certificate.box_key = in.Array<32>();
    const uint8_t label_size = in.U8();
    certificate.label = ToText(in.Raw(label_size));
    if (!IsKnownRole(role)) return CorruptIn(kWhat, "its role is not known");
    if (label_size > kMaxLabelSize) return CorruptIn(kWhat, "its label is too long");
    certificate.role = static_cast<Role>(role);
  }
  if (!in.Finish()) return CorruptIn(kWhat, "its length does not fit what it says");
  return certificate;
}

}  // namespace pulih
