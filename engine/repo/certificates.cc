#include "engine/repo/certificates.h"

#include "engine/crypto/keyring.h"
#include "engine/crypto/sha256.h"
#include "engine/store/attempts.h"
#include "formats/repo/signed_blob.h"

namespace pulih {
namespace {

constexpr uint64_t kMaxCertificateSize = 1024;
constexpr size_t kIdDigits = 32;

std::string NameOf(ByteView blob) { return "certs/" + Sha256Of(blob).hex().substr(0, kIdDigits); }

Result<Certificate> Authenticate(ByteView blob, const DomainId& domain, const PublicKey& root) {
  PULIH_TRY_ASSIGN(const SignedBlobView view, ParseSignedBlob(kCertificateMagic, kCertificateVersion, "certificate", blob));
  if (!VerifySignature(root, view.signed_bytes, view.signature)) {
    return Status(Code::corrupt, "reading a certificate: not signed by this repository's root key");
  }
  PULIH_TRY_ASSIGN(Certificate certificate, DecodeCertificateBody(view.body));
  if (certificate.domain != domain) return Status(Code::corrupt, "reading a certificate: made for another domain");
  if (!certificate.is_revocation && WriterIdOf(certificate.sign_key, certificate.box_key) != certificate.writer) {
    return Status(Code::corrupt, "reading a certificate: the writer id does not belong to its keys");
  }
  return certificate;
}

}  // namespace

Result<CertificateBook> CertificateBook::Load(Store& store, const DomainId& domain, const PublicKey& root) {
  CertificateBook book;
  std::vector<Certificate> revocations;
  PULIH_TRY(store.List("certs/", [&](const BlobInfo& blob) -> Status {
    auto bytes = GetWhole(store, blob.name, kMaxCertificateSize);
    auto certificate = bytes.ok() ? Authenticate(*bytes, domain, root) : Result<Certificate>(bytes.status());
    if (!certificate.ok()) {
      const bool is_whole = bytes.ok() && NameOf(*bytes) == AttemptBase(blob.name);
      (is_whole ? book.foreign_ : book.refused_).push_back(blob.name + ": " + certificate.status().message());
    } else if (certificate->is_revocation) {
      revocations.push_back(*certificate);
    } else {
      book.writers_[certificate->writer].certificate = *certificate;
    }
    return OkStatus();
  }));
  for (const Certificate& revocation : revocations) {
    const auto it = book.writers_.find(revocation.writer);
    if (it == book.writers_.end()) continue;
    // The strictest of several revocations holds.
    const uint64_t before = it->second.revoked_after.value_or(UINT64_MAX);
    it->second.revoked_after = std::min(before, revocation.last_entries);
  }
  return book;
}

const CertifiedWriter* CertificateBook::Find(const WriterId& writer) const {
  const auto it = writers_.find(writer);
  return it == writers_.end() ? nullptr : &it->second;
}

Bytes SignCertificate(const Certificate& certificate, const SecretBytes& root_seed) {
  Bytes blob = EncodeSignedBlobHead(kCertificateMagic, kCertificateVersion, EncodeCertificateBody(certificate));
  const Signature signature = Sign(root_seed, blob);
  Append(blob, signature);
  return blob;
}

Status PutCertificate(Store& store, ByteView blob) {
  auto put = PutAttempt(store, NameOf(blob), blob);
  return put.ok() ? OkStatus() : std::move(put).error().Within("storing a certificate");
}

}  // namespace pulih
