#include "engine/repo/key_store.h"

#include <algorithm>
#include <set>

#include "engine/crypto/sha256.h"
#include "engine/repo/event_log.h"
#include "engine/repo/pack_builder.h"
#include "engine/repo/pack_reader.h"
#include "engine/store/attempts.h"
#include "formats/repo/signed_blob.h"

namespace pulih {
namespace {

constexpr size_t kSlotIdDigits = 32;

Status NeedsRoot(std::string_view what) {
  return Status(Code::wrong_key, std::string(what) + ": the key at hand does not hold the root key",
                "open the repository with a passphrase or the recovery text");
}

struct StoredSlot {
  std::string id;
  Bytes blob;
  Status problem;
};

Result<std::vector<StoredSlot>> ReadSlots(Store& store) {
  std::vector<StoredSlot> slots;
  PULIH_TRY(store.List("keys/", [&](const BlobInfo& blob) -> Status {
    if (slots.size() == kMaxKeySlots) return OkStatus();
    StoredSlot slot{blob.name.substr(5), {}, {}};
    auto bytes = GetWhole(store, blob.name, kMaxKeySlotSize);
    if (bytes.ok()) {
      slot.blob = std::move(bytes).value();
    } else {
      slot.problem = bytes.status();
    }
    slots.push_back(std::move(slot));
    return OkStatus();
  }));
  return slots;
}

// By the config's own word, which is enough to tell a foreign key from a damaged config.
bool IsOfAnotherRoot(Store& store, const PublicKey& root) {
  auto blob = GetFirstValid(store, "config/0", kMaxConfigSize, [&](ByteView bytes) -> Status {
    PULIH_TRY_ASSIGN(const SignedBlobView view, ParseSignedBlob(kConfigMagic, kConfigVersion, "config", bytes));
    PULIH_TRY_ASSIGN(const Config config, DecodeConfigBody(view.body));
    const bool is_sound = VerifySignature(config.root_key, view.signed_bytes, view.signature);
    return is_sound && config.root_key != root ? OkStatus() : Status(Code::corrupt, "not of another root");
  });
  return blob.ok();
}

// The one id that starts with `prefix`.
Result<std::string> UniqueId(const std::vector<std::string>& ids, std::string_view prefix, std::string_view what) {
  std::vector<std::string> matches;
  for (const std::string& id : ids) {
    if (id.compare(0, prefix.size(), prefix) == 0) matches.push_back(id);
  }
  if (prefix.empty() || matches.empty()) {
    return Status(Code::not_found, "finding a " + std::string(what) + ": " + std::string(prefix) + ": there is none", "see `pulih key list`");
  }
  if (matches.size() > 1) {
    return Status(Code::invalid, "finding a " + std::string(what) + ": " + std::string(prefix) + ": it fits several", "give more digits");
  }
  return matches.front();
}

}  // namespace

Result<std::string> StoreKeySlot(Store& store, const Keyring& keyring, SlotKind kind, ByteView secret, const KdfCost& cost,
                                 std::string_view label, const Environment& environment) {
  PULIH_TRY_ASSIGN(const Bytes blob, SealKeySlot(keyring, kind, secret, cost, label, environment.clock.NowNs(), environment.random));
  const std::string id = Sha256Of(blob).hex().substr(0, kSlotIdDigits);
  PULIH_TRY(store.Put("keys/" + id, blob).Within("storing a key slot"));
  return id;
}

Result<OpenedSlot> OpenByPassphrase(Store& store, std::string_view typed) {
  PULIH_TRY_ASSIGN(const bool there, HasRepository(store));
  if (!there) {
    return Status(Code::no_repository, "opening the repository: " + store.Describe() + ": there is none",
                  "`pulih init` makes one; check the path given by --repo or PULIH_REPO");
  }
  SlotKind kind = SlotKind::passphrase;
  SecretBytes secret = SecretBytes::CopyOf(AsBytes(typed));
  if (auto recovery = ParseRecoveryText(typed)) {
    if (!recovery->ok()) return std::move(*recovery).error();
    kind = SlotKind::recovery;
    secret = std::move(*recovery).value();
  }
  PULIH_TRY_ASSIGN(const std::vector<StoredSlot> slots, ReadSlots(store));
  Status worst, broken;
  std::optional<OpenedSlot> outdated;
  bool tried = false;
  for (const StoredSlot& slot : slots) {
    auto decoded = slot.problem.ok() ? DecodeKeySlot(slot.blob) : Result<KeySlot>(slot.problem);
    if (!decoded.ok()) {
      worst = decoded.status().code() == Code::unsupported || worst.ok() ? decoded.status() : worst;
      continue;
    }
    if (decoded->kind != kind) continue;
    auto keyring = OpenKeySlot(slot.blob, secret.view());
    if (!keyring.ok()) {
      if (keyring.status().code() == Code::wrong_key) {
        tried = true;
      } else if (worst.ok()) {
        worst = keyring.status();
      }
      continue;
    }
    auto chain = ReadConfigChain(store, keyring->root_public);
    if (!chain.ok()) {
      // What an interrupted init left opens as well, and is of another root: it is not this repository's. Else the
      // config is damaged, and no other slot's refusal may hide that.
      if (IsOfAnotherRoot(store, keyring->root_public)) {
        tried = true;
      } else {
        broken = chain.status();
      }
      continue;
    }
    const Config& config = chain->newest;
    const auto content = keyring->content_public.find(config.content_generation);
    const bool is_current = content != keyring->content_public.end() && content->second == config.content_key &&
                            keyring->content_secrets.contains(config.content_generation);
    OpenedSlot opened{std::move(keyring).value(), slot.id};
    if (is_current) return opened;
    // From before a rotation that was interrupted, with the same passphrase: the new one reads more.
    if (!outdated) outdated = std::move(opened);
  }
  if (outdated) return std::move(*outdated);
  if (!broken.ok()) return broken;
  if (!worst.ok() && (!tried || worst.code() == Code::unsupported)) return std::move(worst).Within("opening a key slot");
  if (slots.empty()) return Status(Code::corrupt, "opening the repository: it has no key slot left", "use a role file with --key");
  return Status(Code::wrong_key, kind == SlotKind::recovery ? "opening the repository: the recovery text does not fit"
                                                            : "opening the repository: wrong passphrase");
}

Result<std::vector<SlotInfo>> ListKeySlots(Store& store) {
  PULIH_TRY_ASSIGN(const std::vector<StoredSlot> slots, ReadSlots(store));
  std::vector<SlotInfo> infos;
  for (const StoredSlot& slot : slots) {
    SlotInfo info;
    info.id = slot.id;
    auto decoded = slot.problem.ok() ? DecodeKeySlot(slot.blob) : Result<KeySlot>(slot.problem);
    if (decoded.ok()) {
      info.kind = decoded->kind;
      info.label = decoded->label;
      info.created_ns = decoded->created_ns;
      info.kdf_passes = decoded->kdf_passes;
      info.kdf_memory_kib = decoded->kdf_memory_kib;
      // It may open all the same (then it is whole): what authenticates it is its passphrase.
      if (Sha256Of(slot.blob).hex().substr(0, kSlotIdDigits) != AttemptBase(slot.id)) {
        info.problem = Status(Code::corrupt, "reading a key slot: its bytes do not give its name");
      }
    } else {
      info.problem = decoded.status();
    }
    infos.push_back(std::move(info));
  }
  std::sort(infos.begin(), infos.end(), [](const SlotInfo& a, const SlotInfo& b) { return a.created_ns < b.created_ns; });
  return infos;
}

std::vector<WriterInfo> ListWriters(const Repository& repository) {
  std::vector<WriterInfo> infos;
  for (const auto& [id, writer] : repository.certificates().writers()) {
    infos.push_back({id, writer.certificate.role, writer.certificate.label, writer.certificate.time_ns, writer.revoked_after.has_value()});
  }
  std::sort(infos.begin(), infos.end(), [](const WriterInfo& a, const WriterInfo& b) { return a.created_ns < b.created_ns; });
  return infos;
}

Status RemoveKeySlot(Repository& repository, std::string_view id_prefix) {
  if (!repository.keyring().can_administer()) return NeedsRoot("removing a key slot");
  PULIH_TRY_ASSIGN(const auto slots, ListKeySlots(repository.store()));
  std::vector<std::string> ids;
  for (const SlotInfo& slot : slots) ids.push_back(slot.id);
  PULIH_TRY_ASSIGN(const std::string id, UniqueId(ids, id_prefix, "key slot"));
  if (std::count_if(slots.begin(), slots.end(), [&](const SlotInfo& s) { return s.id != id && s.problem.ok(); }) == 0) {
    return Status(Code::invalid, "removing a key slot: " + id + ": it is the last way in", "add another with `pulih key add` first");
  }
  return repository.store().Remove("keys/" + id).Within("removing a key slot");
}

Result<WriterId> RevokeWriter(Repository& repository, std::string_view id_prefix) {
  const Keyring& keys = repository.keyring();
  if (!keys.can_administer()) return NeedsRoot("revoking a writer");
  std::vector<std::string> ids;
  for (const auto& [writer, certified] : repository.certificates().writers()) ids.push_back(writer.hex());
  PULIH_TRY_ASSIGN(const std::string id, UniqueId(ids, id_prefix, "writer"));
  const WriterId writer = *WriterId::FromHexText(id);
  if (keys.writer && writer == keys.writer->id) {
    return Status(Code::invalid, "revoking a writer: " + id + ": it is the one that is asking");
  }
  PULIH_TRY_ASSIGN(const auto sizes, LogSizes(repository.store()));
  PULIH_TRY_ASSIGN(const auto numbers, LogNumbers(repository.store()));
  const auto own_numbers = numbers.find(writer);
  if (own_numbers != numbers.end() && own_numbers->second.size() != sizes.at(writer)) {
    // What it wrote before counts up to its last entry, and where that is cannot be said.
    return Status(Code::corrupt, "revoking a writer: " + id + ": its log has a hole after entry " + std::to_string(sizes.at(writer)),
                  "put back log/" + id + "/" + std::to_string(sizes.at(writer)) + ", or revoking would disown its later snapshots");
  }
  Certificate revocation;
  revocation.is_revocation = true;
  revocation.domain = keys.domain;
  revocation.writer = writer;
  revocation.time_ns = repository.environment().clock.NowNs();
  revocation.last_entries = sizes.contains(writer) ? sizes.at(writer) : 0;
  PULIH_TRY(PutCertificate(repository.store(), SignCertificate(revocation, keys.root_seed)));
  return writer;
}

Result<SecretBytes> ExportRole(Repository& repository, Role role, std::string_view label, bool grant_structure) {
  const Keyring& keys = repository.keyring();
  if (!keys.can_administer()) return NeedsRoot("exporting a role");
  std::optional<WriterKeys> writer;
  if (role != Role::audit) {
    writer = MakeWriterKeys(repository.environment().random);
    Certificate certificate;
    certificate.domain = keys.domain;
    certificate.writer = writer->id;
    certificate.time_ns = repository.environment().clock.NowNs();
    certificate.role = role;
    certificate.sign_key = writer->sign.public_key;
    certificate.box_key = writer->box.public_key;
    certificate.label = std::string(label);
    writer->certificate = SignCertificate(certificate, keys.root_seed);
    PULIH_TRY(PutCertificate(repository.store(), writer->certificate));
  }
  return EncodeRoleFile(keys.For(role, std::move(writer), grant_structure));
}

Status LogKeyEvent(Repository& repository, std::string note) {
  if (!repository.keyring().writer) return OkStatus();
  LeafFields fields;
  fields.type = "key";
  fields.repository = repository.config().repository;
  fields.time_ns = repository.environment().clock.NowNs();
  fields.note = std::move(note);
  PULIH_TRY_ASSIGN(const ReadLogEntry entry, AppendEvent(repository.store(), *repository.keyring().writer, std::move(fields)));
  repository.pins().logs[entry.leaf.writer] = {entry.frontier.size(), entry.frontier.Root()};
  return repository.pins().Save(repository.environment().files);
}

// --- rotation --------------------------------------------------------------------------------------------------

namespace {

// Opens every session that a pack in the store names; counts those that nobody can open.
Status OpenAllSessions(Repository& repository, std::set<SessionId>& lost) {
  return repository.store().List("packs/", [&](const BlobInfo& blob) -> Status {
    if (!PackNameOf(blob.name)) return OkStatus();
    auto head = ReadPackHead(repository.store(), blob.name, repository.keyring().domain);
    if (!head.ok()) return OkStatus();  // damaged: verify tells
    for (const SessionWrap& wrap : head->wraps) {
      if (!repository.sessions().Open(wrap).ok()) lost.insert(wrap.session);
    }
    return OkStatus();
  });
}

// Seals all opened sessions that wraps/<number> does not have yet to the new key.
Result<uint64_t> Rewrap(Repository& repository, const Keyring& next, uint64_t number, std::set<SessionId>& done) {
  Wraps wraps;
  wraps.domain = next.domain;
  wraps.config_number = number;
  wraps.content_generation = next.content_public.rbegin()->first;
  uint64_t total = 0;
  const auto store = [&]() -> Status {
    Bytes blob = EncodeSignedBlobHead(kWrapsMagic, kWrapsVersion, EncodeWrapsBody(wraps));
    const Signature signature = Sign(next.root_seed, blob);
    Append(blob, signature);
    auto put = PutAttempt(repository.store(), "wraps/" + std::to_string(number), blob);
    wraps.sessions.clear();
    return put.ok() ? OkStatus() : std::move(put).error().Within("storing wraps");
  };
  for (const auto& [id, key] : repository.sessions().opened()) {
    if (!done.insert(id).second) continue;
    RewrappedSession session;
    session.session = id;
    session.writer = key->writer();
    const Bytes sealed = SealToPublicKey(next.content_public.rbegin()->second, key->secret(), repository.environment().random);
    std::copy(sealed.begin(), sealed.end(), session.sealed_key.begin());
    wraps.sessions.push_back(session);
    ++total;
    if (wraps.sessions.size() == kMaxWrapsPerBlob) PULIH_TRY(store());
  }
  if (!wraps.sessions.empty()) PULIH_TRY(store());
  return total;
}

}  // namespace

Result<Rotated> RotateContentKey(Repository& repository, const RotateOptions& options) {
  if (!repository.keyring().can_administer() || !repository.keyring().can_read()) return NeedsRoot("rotating the content key");
  Store& store = repository.store();
  const Environment& environment = repository.environment();
  PULIH_TRY_ASSIGN(const auto old_slots, ListKeySlots(store));

  Keyring next = repository.keyring().Clone();
  BoxPair content = MakeBoxPair(environment.random);
  const auto generation = static_cast<uint16_t>(next.content_public.rbegin()->first + 1);
  next.content_public[generation] = content.public_key;
  next.content_secrets[generation] = std::move(content.secret);

  Rotated rotated;
  rotated.config_number = repository.config().number + 1;
  std::set<SessionId> done, lost;
  PULIH_TRY(OpenAllSessions(repository, lost));
  PULIH_TRY_ASSIGN(rotated.sessions, Rewrap(repository, next, rotated.config_number, done));

  RecoveryText recovery = MakeRecoveryText(environment.random);
  PULIH_TRY(PutKeySlot(store, next, SlotKind::passphrase, AsBytes(options.passphrase), options.cost, options.label, environment));
  PULIH_TRY(PutKeySlot(store, next, SlotKind::recovery, recovery.secret.view(), options.cost, "recovery text", environment));

  // From here on new runs seal to the new key.
  Config config = repository.config();
  PULIH_TRY_ASSIGN(const ConfigChain chain, ReadConfigChain(store, next.root_public));
  config.number = rotated.config_number;
  config.previous = chain.newest_digest;
  config.created_ns = environment.clock.NowNs();
  config.content_key = content.public_key;
  config.content_generation = generation;
  PULIH_TRY(PutConfig(store, config, next.root_seed));

  // Nothing that fails from here on may keep the new recovery text from its owner: the old one is no longer enough.
  rotated.recovery_text = std::move(recovery.printed);
  const auto note = [&](Status status) {
    if (rotated.unfinished.ok()) rotated.unfinished = std::move(status);
  };
  // Runs that began before the new config and ended meanwhile sealed to the old key.
  note(OpenAllSessions(repository, lost));
  const auto late = Rewrap(repository, next, rotated.config_number, done);
  if (late.ok()) rotated.sessions += *late;
  note(late.status());
  rotated.sessions_lost = lost.size();
  for (const SlotInfo& slot : old_slots) {
    Status removed = store.Remove("keys/" + slot.id).Within("removing an old key slot");
    if (removed.code() != Code::not_found) note(std::move(removed));
  }
  return rotated;
}

}  // namespace pulih
