#include "formats/repo/certificate.h"

#include "tests/formats/repo/codec_checks.h"
#include "tests/formats/repo/reencode.h"
#include "tests/formats/repo/specimens.h"

namespace pulih {
namespace {

Certificate BackupCertificate() {
  Certificate certificate;
  certificate.domain.bytes.fill(0xd0);
  certificate.writer.bytes.fill(0x11);
  certificate.time_ns = 258;
  certificate.role = Role::backup;
  certificate.sign_key.fill(0x22);
  certificate.box_key.fill(0x33);
  certificate.label = "db1";
  return certificate;
}
Bytes GoldenCertificate() {
  return Hex("01" + Repeated(0xd0, 16) + Repeated(0x11, 16) + "0201000000000000 03" + Repeated(0x22, 32) + Repeated(0x33, 32) + "03 646231");
}
Bytes GoldenRevocation() {
  return Hex("02" + Repeated(0xd0, 16) + Repeated(0x11, 16) + "0201000000000000 0700000000000000");
}

TEST_CASE("a certificate has the bytes that the format says") {
  CHECK(ToHex(EncodeCertificateBody(BackupCertificate())) == ToHex(GoldenCertificate()));
  const auto back = DecodeCertificateBody(GoldenCertificate());
  REQUIRE(back.ok());
  CHECK_FALSE(back->is_revocation);
  CHECK(back->domain == BackupCertificate().domain);
  CHECK(back->writer == BackupCertificate().writer);
  CHECK(back->time_ns == 258);
  CHECK(back->role == Role::backup);
  CHECK(back->sign_key == BackupCertificate().sign_key);
  CHECK(back->box_key == BackupCertificate().box_key);
  CHECK(back->label == "db1");
}

TEST_CASE("a revocation has the bytes that the format says") {
  Certificate revocation = BackupCertificate();
  revocation.is_revocation = true;
  revocation.last_entries = 7;
  CHECK(ToHex(EncodeCertificateBody(revocation)) == ToHex(GoldenRevocation()));
  const auto back = DecodeCertificateBody(GoldenRevocation());
  REQUIRE(back.ok());
  CHECK(back->is_revocation);
  CHECK(back->last_entries == 7);
  CHECK(back->label.empty());
}

TEST_CASE("certificates and revocations are canonical") {
  for (const Bytes& golden : {GoldenCertificate(), GoldenRevocation()}) {
    IsCanonical(golden, ReencodeCertificate);
    ATrailingByteIsRefused(golden, ReencodeCertificate);
  }
  RandomValuesComeBack(500, CertificateSpecimen, ReencodeCertificate);
}

TEST_CASE("a certificate's kind, role and label length are checked") {
  const size_t role_at = 1 + 16 + 16 + 8, label_at = role_at + 1 + 64;
  for (const uint8_t kind : {0, 3, 255}) {
    Bytes bytes = GoldenCertificate();
    bytes[0] = kind;
    CHECK(DecodeCertificateBody(bytes).status().code() == Code::corrupt);
  }
  for (const uint8_t role : {0, 6, 255}) {
    Bytes bytes = GoldenCertificate();
    bytes[role_at] = role;
    CHECK(DecodeCertificateBody(bytes).status().code() == Code::corrupt);
  }
  Certificate certificate = BackupCertificate();
  certificate.label = std::string(64, 'x');
  Bytes longest = EncodeCertificateBody(certificate);
  CHECK(DecodeCertificateBody(longest).ok());
  longest[label_at] = 65;
  longest.push_back('x');
  CHECK(DecodeCertificateBody(longest).status().code() == Code::corrupt);
}

TEST_CASE("every role has a name") {
  CHECK(RoleName(Role::owner) == "owner");
  CHECK(RoleName(Role::restore) == "restore");
  CHECK(RoleName(Role::backup) == "backup");
  CHECK(RoleName(Role::maintain) == "maintain");
  CHECK(RoleName(Role::audit) == "audit");
}

}  // namespace
}  // namespace pulih
