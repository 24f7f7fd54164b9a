// CertificateBook: the writers of a repository whose certificates the root key signed, and the revocations.
// Built once when a repository is opened; what does not verify is left out and counted.
//
// A value; thread-safe for reading.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret_bytes.h"
#include "engine/crypto/sign.h"
#include "engine/store/store.h"
#include "formats/repo/certificate.h"

namespace pulih {

struct CertifiedWriter {
  Certificate certificate;
  std::optional<uint64_t> revoked_after;  // log entries that still count; nothing: not revoked
};

class CertificateBook {
 public:
  // Reads certs/. A blob that does not authenticate is put into `refused`; into `foreign` when its bytes still give
  // its name: then it is whole, and of another root key. An init that was killed leaves such.
  static Result<CertificateBook> Load(Store& store, const DomainId& domain, const PublicKey& root);

  const CertifiedWriter* Find(const WriterId& writer) const;
  const std::map<WriterId, CertifiedWriter>& writers() const { return writers_; }
  const std::vector<std::string>& refused() const { return refused_; }
  const std::vector<std::string>& foreign() const { return foreign_; }

 private:
  std::map<WriterId, CertifiedWriter> writers_;
  std::vector<std::string> refused_, foreign_;
};

// Signs with the root seed; the bytes of certs/<id>.
Bytes SignCertificate(const Certificate& certificate, const SecretBytes& root_seed);
// Stores it under certs/<first 32 hex digits of its SHA-256>.
Status PutCertificate(Store& store, ByteView blob);

}  // namespace pulih
