// SessionBook opens session keys from their wraps and keeps them: those in the heads of packs and those that
// rotations made (wraps/<n>). It holds nothing without a content secret (a backup host: only the key of its own
// present run, which is not in here).
//
// Thread-safe. Session keys live as long as the book.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/crypto/keyring.h"
#include "engine/crypto/sealer.h"
#include "engine/repo/certificates.h"
#include "engine/store/store.h"
#include "formats/repo/pack.h"
#include "formats/repo/wraps.h"

namespace pulih {

class SessionBook {
 public:
  // Borrows; both outlive the book.
  SessionBook(const Keyring& keyring, const CertificateBook& certificates)
      : keyring_(keyring), certificates_(certificates) {}

  // Opens the wrap with whichever content secret fits. corrupt when its writer is not certified or did not sign
  // it; wrong_key when no secret at hand opens it and no rotation brought it.
  Result<std::shared_ptr<const SessionKey>> Open(const SessionWrap& wrap);

  // Reads wraps/: sessions sealed again to newer content keys. A blob that does not authenticate is skipped.
  Status LoadRotations(Store& store);

  // Everything opened so far: what a rotation seals again.
  std::map<SessionId, std::shared_ptr<const SessionKey>> opened() const;

 private:
  Result<std::shared_ptr<const SessionKey>> OpenSealedKey(ByteView sealed, const SessionId& id, const WriterId& writer);

  const Keyring& keyring_;
  const CertificateBook& certificates_;
  mutable std::mutex mutex_;
  std::map<SessionId, std::shared_ptr<const SessionKey>> opened_;
  std::map<SessionId, SessionWrap> checked_;  // the wrap by which it was opened; another one is checked by itself
  std::multimap<SessionId, std::pair<uint16_t, RewrappedSession>> rewrapped_;
};

// One blob of wraps/, authenticated.
Result<Wraps> ReadWraps(Store& store, const std::string& blob_name, const Keyring& keyring);

// A new session of this run and its wrap, sealed to the newest content key and signed.
struct NewSession {
  SessionKey key;
  SessionWrap wrap;
};
NewSession MakeSession(const Keyring& keyring, const PublicKey& content_key, RandomSource& random);

}  // namespace pulih
