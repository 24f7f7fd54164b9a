#include "engine/repo/sessions.h"

#include "formats/repo/signed_blob.h"

namespace pulih {
namespace {
constexpr uint64_t kMaxWrapsBlob = 16u << 20;
}

Result<std::shared_ptr<const SessionKey>> SessionBook::OpenSealedKey(ByteView sealed, const SessionId& id,
                                                                     const WriterId& writer) {
  for (const auto& [generation, secret] : keyring_.content_secrets) {
    auto opened = OpenSealed(secret, sealed);
    if (!opened.ok()) continue;
    auto key = SessionKey::Adopt(std::move(opened).value(), id, keyring_.domain, writer);
    if (!key.ok()) return std::move(key).error();
    return std::make_shared<const SessionKey>(std::move(key).value());
  }
  return Status(Code::wrong_key, "opening session " + id.hex().substr(0, 16) + ": no content key at hand fits",
                "a key file made before a rotation does not open what was written after it");
}

Result<std::shared_ptr<const SessionKey>> SessionBook::Open(const SessionWrap& wrap) {
  {
    std::lock_guard lock(mutex_);
    const auto it = checked_.find(wrap.session);
    if (it != checked_.end() && it->second == wrap) return opened_.at(wrap.session);
  }
  const CertifiedWriter* writer = certificates_.Find(wrap.writer);
  if (writer == nullptr) {
    return Status(Code::corrupt, "opening session " + wrap.session.hex().substr(0, 16) + ": writer " + wrap.writer.hex() +
                                     " has no certificate of this repository");
  }
  if (!VerifySignature(writer->certificate.sign_key, WrapSigningInput(keyring_.domain, wrap), wrap.signature)) {
    return Status(Code::corrupt, "opening session " + wrap.session.hex().substr(0, 16) + ": its wrap is not signed by its writer");
  }
  auto key = OpenSealedKey(wrap.sealed_key, wrap.session, wrap.writer);
  if (!key.ok()) {
    std::vector<RewrappedSession> others;
    {
      std::lock_guard lock(mutex_);
      const auto [begin, end] = rewrapped_.equal_range(wrap.session);
      for (auto it = begin; it != end; ++it) others.push_back(it->second.second);
    }
    for (const RewrappedSession& other : others) {
      if (key.ok() || other.writer != wrap.writer) continue;
      key = OpenSealedKey(other.sealed_key, wrap.session, wrap.writer);
    }
  }
  if (!key.ok()) return key;
  std::lock_guard lock(mutex_);
  checked_.emplace(wrap.session, wrap);
  return opened_.emplace(wrap.session, *key).first->second;
}

Result<Wraps> ReadWraps(Store& store, const std::string& blob_name, const Keyring& keyring) {
  PULIH_TRY_ASSIGN(const Bytes bytes, GetWhole(store, blob_name, kMaxWrapsBlob));
  PULIH_TRY_ASSIGN(const SignedBlobView view, ParseSignedBlob(kWrapsMagic, kWrapsVersion, "wraps", bytes));
  if (!VerifySignature(keyring.root_public, view.signed_bytes, view.signature)) {
    return Status(Code::corrupt, "reading wraps: not signed by the root key of the key at hand");
  }
  PULIH_TRY_ASSIGN(Wraps wraps, DecodeWrapsBody(view.body));
  if (wraps.domain != keyring.domain) return Status(Code::corrupt, "reading wraps: made for another domain");
  return wraps;
}

Status SessionBook::LoadRotations(Store& store) {
  if (!keyring_.can_read()) return OkStatus();
  return store.List("wraps/", [&](const BlobInfo& blob) -> Status {
    const auto wraps = ReadWraps(store, blob.name, keyring_);
    if (!wraps.ok()) return OkStatus();  // verify tells
    std::lock_guard lock(mutex_);
    for (const RewrappedSession& session : wraps->sessions) {
      rewrapped_.emplace(session.session, std::pair(static_cast<uint16_t>(wraps->content_generation), session));
    }
    return OkStatus();
  });
}

std::map<SessionId, std::shared_ptr<const SessionKey>> SessionBook::opened() const {
  std::lock_guard lock(mutex_);
  return opened_;
}

NewSession MakeSession(const Keyring& keyring, const PublicKey& content_key, RandomSource& random) {
  const WriterKeys& writer = *keyring.writer;
  SessionKey key = SessionKey::Make(keyring.domain, writer.id, random);
  SessionWrap wrap;
  wrap.session = key.id();
  wrap.writer = writer.id;
  const Bytes sealed = SealToPublicKey(content_key, key.secret(), random);
  PULIH_CHECK(sealed.size() == wrap.sealed_key.size());
  std::copy(sealed.begin(), sealed.end(), wrap.sealed_key.begin());
  wrap.signature = Sign(writer.sign.seed, WrapSigningInput(keyring.domain, wrap));
  return {std::move(key), wrap};
}

}  // namespace pulih
